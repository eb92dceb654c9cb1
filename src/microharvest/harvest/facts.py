"""What the guards judge a run by, gathered from the store; and what a person reads to judge the guards.

Nothing costs more than a count on an unchanged day: offers are only opened where records are gone or replaced.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection
from datetime import datetime
from typing import Any

from microharvest.harvest.contrast import Contrast
from microharvest.harvest.guard import GuardSettings, RunFacts, allowed_to_go, emptied_fields
from microharvest.harvest.lifespan import has_ended
from microharvest.harvest.setup import dialect_settings_of
from microharvest.harvest.shape import SAMPLE, absent_columns, renamed_paths, values_by_path
from microharvest.harvest.verdict import Verdict
from microharvest.kit.manifest import load_dialect
from microharvest.sources import SourceConfig
from microharvest.store import ending as stored
from microharvest.store import guarding
from microharvest.store.acceptance import Absences, Changes
from microharvest.store.database import Connection
from microharvest.store.guarding import Rekeyed
from microharvest.store.records import count_by_status
from microharvest.store.runs import OpenRun

__all__ = ["details", "find_absent_columns", "gather_facts", "gone_ids"]

COLUMN_SAMPLE = 50_000
"""Records looked through for a column that is in none of the others: a second or two, and only where one is missing."""

WHOLE = 0.8
"""Share of the source that must have changed before a path that is gone counts as gone from the feed."""


def gone_ids(connection: Connection, config: SourceConfig, run: int, absences: Absences) -> list[str]:
    """Live records that the run would end: newly absent, absent and due at once, declared deleted."""
    at_once = absences.due if config.withdraw.runs <= 1 else ()
    return [*absences.missing, *at_once, *guarding.tombstoned(connection, run, config.id)]


def gather_facts(
    connection: Connection,
    config: SourceConfig,
    run: OpenRun,
    verdict: Verdict,
    scope: str,
    present: Collection[int],
    absences: Absences,
    changes: Changes,
    settings: GuardSettings,
    now: datetime,
) -> tuple[RunFacts, Rekeyed]:
    """The facts, and the proposal of aliases where records came back under other ids."""
    active = count_by_status(connection, config.id).get("active", 0)
    gone = gone_ids(connection, config, run.id, absences)
    ended, brought = 0, None
    if len(gone) > allowed_to_go(active, settings):
        today = now.date()
        ended = sum(has_ended(doc, today) for _, doc in guarding.head_docs(connection, config.id, gone))
        brought = guarding.brought_by(connection, config.id, gone)
    added = changes.counts.get("added", 0)
    found = guarding.rekeyed(connection, run.id, config.id, gone) if gone and added else Rekeyed()
    contrast = _contrast(connection, run.id, config.id, now)
    replaced = contrast.replaced
    rejected = guarding.rejected_in(connection, run.id)
    whole = scope == "full" and verdict.outcome == "complete"
    renamed = _renamed(connection, config, run.id) if whole and replaced > WHOLE * (active - len(gone)) else {}
    facts = RunFacts(
        scope=scope,
        outcome=verdict.outcome,
        active=active,
        present=len(present),
        added=added,
        gone=len(gone) - ended,
        gone_with=brought,
        ended=ended,
        rekeyed=found.count,
        rejected=rejected,
        rejected_known=stored.known_rejected(connection, run.id),
        rejected_before=guarding.rejected_in(connection, run.base_run) if rejected else 0,
        rejected_as=guarding.frequent_rejection(connection, run.id) if rejected else "",
        absent_canaries=stored.absent_ids(config.expect.canary_ids, present),
        fill=stored.fill_rates(connection, run.id, config.id, tuple(config.expect.fill), present),
        replaced=replaced,
        emptied=contrast.emptied(),
        alike=contrast.alike(),
        scaled=contrast.scaled(),
        other=contrast.other,
        damaged=contrast.damaged,
        example=contrast.example,
        renamed=renamed,
        unread=frozenset(guarding.unread_paths(connection, config.id, run.id) if renamed else ()),
    )
    return facts, found


def find_absent_columns(connection: Connection, config: SourceConfig, run: OpenRun, present: int) -> tuple[int, str]:
    """(columns of `[columns]` that no record has, their names). Only a run that mapped every record can tell; what it
    told stands as long as the mapping does."""
    dialect = load_dialect(config.dialect)(dialect_settings_of(config))
    if not getattr(dialect, "named", None):
        return 0, ""
    if guarding.landed_live(connection, run.id) < present:
        return stored.finding_of(connection, run.base_run, "feed.column_absent")
    records = guarding.landed_bytes(connection, run.id, COLUMN_SAMPLE)
    absent, looked = absent_columns(dialect, ((zlib.decompress(raw), kind) for raw, kind in records))
    return len(absent), f"{', '.join(absent)} (in none of {looked:,} records)" if absent else ""


def details(facts: RunFacts, found: Rekeyed, settings: GuardSettings) -> list[tuple[str, str]]:
    """(what, words): what a person needs beside the sentence to judge a held run."""
    lines = [
        (field, f"filled in {one.had:,} of {facts.replaced:,} changed records before, in {one.had - one.lost:,} now")
        for field, one in emptied_fields(facts, settings).items()
    ]
    for old, new in sorted(facts.renamed.items(), key=lambda one: (one[0] in facts.unread, one[0])):
        lines.append(("path", f"{old} is gone" + (f", its values stand in {new}" if new else "")))
    if facts.example:
        lines.append(("title", facts.example))
    if facts.ended:
        lines.append(("ended", f"{facts.ended:,} of those gone had their last end in the past and do not count"))
    if found.count:
        lines.append(("re-keyed", f"{found.count:,} records have the content of one that is gone"))
        lines.extend(("alias", f"{old} -> {new}") for old, new in found.pairs[:10])
        if len(found.pairs) > 10:
            lines.append(("alias", f"and {len(found.pairs) - 10:,} more"))
    if facts.rejected:
        lines.append(("refused", f"{facts.rejected:,}, most of them {facts.rejected_as}"))
    return lines


def _contrast(connection: Connection, run: int, source: str, now: datetime) -> Contrast:
    """Every live record replaced, before and after. Instances that are over count as none."""
    contrast = Contrast(now.date())
    for old, new in guarding.replaced_docs(connection, run, source):
        contrast.add(old, new)
    return contrast


def _renamed(connection: Connection, config: SourceConfig, run: int) -> dict[str, str | None]:
    names = load_dialect(config.dialect)(dialect_settings_of(config)).names
    pairs = [
        (_values(row.old, row.old_type, names), _values(row.new, row.new_type, names))
        for row in guarding.changed_bytes(connection, run, config.id, SAMPLE)
    ]
    return renamed_paths([old for old, _ in pairs], [new for _, new in pairs])


def _values(raw: Any, media_type: str, names: Any) -> dict[str, frozenset[str]]:
    return values_by_path(zlib.decompress(raw), media_type, names)
