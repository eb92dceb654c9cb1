"""The end of a run: verdict from the evidence, guards, and acceptance, in one transaction under the fence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import json

from microharvest.harvest.facts import details, find_absent_columns, gather_facts
from microharvest.harvest.guard import GuardSettings, Hold, RunFacts, alike_fields, hold_for
from microharvest.harvest.report import COUNTS, RunReport
from microharvest.harvest.verdict import RequestFacts, Verdict, differing_totals, judge
from microharvest.model.idmap import IdSet
from microharvest.sources import SourceConfig
from microharvest.store import ending as stored
from microharvest.store.acceptance import Absences, Changes, absences_of, apply_run, classify
from microharvest.store.database import Connection, Database
from microharvest.store.forgetting import clean_run
from microharvest.store.landing import add_findings
from microharvest.store.leases import Lease, check_fence
from microharvest.store.runs import OpenRun, request_rows, source_row
from microharvest.telemetry import failpoint

__all__ = ["absences_for", "accept", "end_run", "guard_settings", "settle"]

GROWN = 100
"""Records a list may grow by on any day, however short it was. More is told and not held: archives open."""

PLANNED = "Planned only: nothing was accepted."


class _Judged(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the decision about a run stands on."""

    verdict: Verdict
    scope: str
    present: IdSet
    absences: Absences
    changes: Changes
    rejected: int
    acceptance: str
    held: Hold | None
    details: list[tuple[str, str]]


def end_run(database: Database, config: SourceConfig, run: OpenRun, lease: Lease, now: datetime) -> RunReport:
    """Judge, guard, accept or hold; returns the report."""
    with database.write() as connection:
        check_fence(connection, config.id, lease.fence)
        report = settle(connection, config, run, now)
        failpoint("acceptance.before_commit")
    failpoint("acceptance.committed")
    return report


def settle(connection: Connection, config: SourceConfig, run: OpenRun, now: datetime) -> RunReport:
    """`end_run` within a transaction of the caller's, who holds the fence."""
    judged = _decide(connection, config, run, now)
    verdict = judged.verdict
    logged: dict[str, int] = {}
    if judged.acceptance == "accepted":
        logged = accept(connection, config, run, verdict, judged.scope, judged.absences, now)
        failpoint("acceptance.applied")
    counts = _counts(connection, run.id, judged) | {kind: n for kind, n in logged.items() if kind in COUNTS}
    issues = stored.issue_counts(connection, run.id)
    absent = stored.finding_of(connection, run.id, "feed.column_absent")[1]
    values = {
        "scope": judged.scope, "outcome": verdict.outcome, "acceptance": judged.acceptance,
        "held_because": judged.held and judged.held.sentence, "held_code": judged.held and judged.held.code,
        "held_detail": json.encode(judged.details).decode() if judged.held else None,
        "unproven": verdict.unproven, "counts": json.encode(counts).decode(),
        "issues": json.encode(issues).decode(), "error_code": verdict.code, "error": verdict.because or None,
    }  # fmt: skip
    supersedes = run.kind == "harvest" and not run.plan
    stored.close_run(connection, run.id, config.id, now=now, values=values, supersedes=supersedes)
    if run.kind == "harvest":
        stored.note_source(connection, config.id, config.title, config.redistribute, verdict.outcome, now)
    notice = {"source": config.id, "run": run.id, "counts": counts}
    if judged.held:
        notice["because"] = judged.held.code
    stored.notify(connection, f"run.{judged.acceptance}", notice, now)
    _notify_moved(connection, config, run, now)
    clean_run(connection, run.id)
    return RunReport(
        source=config.id,
        run=run.id,
        outcome=verdict.outcome,
        scope=judged.scope,
        acceptance=judged.acceptance,
        held_because=judged.held.sentence if judged.held else None,
        held_code=judged.held.code if judged.held else None,
        held_detail=judged.details if judged.held else [],
        counts=counts,
        issues=issues,
        code=verdict.code,
        because=verdict.because,
        examples=_examples(judged.changes, judged.absences),
        absent_columns=absent,
        plan=run.plan,
    )


def _decide(connection: Connection, config: SourceConfig, run: OpenRun, now: datetime) -> _Judged:
    """Verdict, absences, guards: whether the run is accepted, held or rejected."""
    rows = request_rows(connection, run.id)
    verdict, totals = _judge(rows, config, run)
    present = present_ids(rows)
    scope = "delta" if run.item_limit is not None else run.scope
    absences = absences_for(connection, config, run.id, present, verdict, scope, now)
    changes = classify(connection, run.id, config.id)
    settings = guard_settings(config)
    facts, found = gather_facts(connection, config, run, verdict, scope, present, absences, changes, settings, now)
    held = hold_for(facts, settings)
    pinned = source_row(connection, config.id).pinned_run
    if pinned is not None:
        sentence = f"{config.id} is pinned to run {pinned} since it was reverted; approve this run to release it."
        held = Hold(code="hold.pinned", sentence=sentence)
    if run.plan:
        held = Hold(code="hold.planned", sentence=PLANNED)
    findings = _findings(facts, found.count, verdict, totals)
    findings["feed.alike"] = _alike(facts, settings)
    if run.kind == "harvest":
        findings["feed.column_absent"] = find_absent_columns(connection, config, run, len(present))
    add_findings(connection, run.id, {code: one for code, one in findings.items() if one[0]})
    lost = verdict.outcome in {"failed", "blocked"}
    acceptance = "rejected" if lost else "held" if held else "accepted"
    return _Judged(
        verdict=verdict,
        scope=scope,
        present=present,
        absences=absences,
        changes=changes,
        rejected=stored.quarantined(connection, run.id),
        acceptance=acceptance,
        held=held if acceptance == "held" else None,
        details=details(facts, found, settings),
    )


def accept(
    connection: Connection,
    config: SourceConfig,
    run: OpenRun,
    verdict: Verdict,
    scope: str,
    absences: Absences,
    now: datetime,
) -> dict[str, int]:
    """Apply the run, move watermark, protocol state and validators; returns what was logged.

    A delta that is in doubt moves no watermark: what it may have missed is asked for again.
    """
    logged = apply_run(connection, run.id, config.id, absences, now)
    if run.kind != "harvest":
        stored.note_accepted_at(connection, run.id, now)
        return logged
    whole = verdict.outcome == "complete" and run.item_limit is None
    full = whole and scope == "full"
    certain = full or not verdict.unproven
    stored.note_acceptance(connection, run.id, config.id, whole=whole, full=full, certain=certain, now=now)
    return logged


def absences_for(
    connection: Connection,
    config: SourceConfig,
    run: int,
    present: Collection[int],
    verdict: Verdict,
    scope: str,
    now: datetime,
) -> Absences:
    """What silence means: nothing but for a full and complete run; two runs must agree where one is unproven."""
    withdraw = config.withdraw
    runs = 1 if withdraw.strategy == "expire" else withdraw.runs
    if verdict.unproven:
        runs = max(2, runs)
    grace: timedelta = withdraw.grace
    before = None if runs <= 1 and not grace else now - grace
    found = absences_of(connection, run, config.id, present, runs=runs, before=before)
    if scope != "full" or verdict.outcome != "complete" or withdraw.strategy == "tombstone":
        return Absences(returned=found.returned)
    return found


def guard_settings(config: SourceConfig) -> GuardSettings:
    """The thresholds of a source."""
    bounds = config.expect.records
    return GuardSettings(
        max_ratio=config.withdraw.max_ratio,
        max_count=config.withdraw.max_count,
        min_records=bounds.min or None,
        max_records=bounds.max,
        canary_ids=config.expect.canary_ids,
        fill=config.expect.fill,
    )


def _judge(rows: Iterable[Any], config: SourceConfig, run: OpenRun) -> tuple[Verdict, list[str]]:
    """The verdict, and the lists whose server announced another total than it delivered."""
    facts, lane_ids = [], {}
    sets: dict[str, IdSet] = {}
    others: dict[str, int] = {}
    paged: Counter[str] = Counter()
    for row in rows:
        seen = row.seen or b""
        if row.state in {"done", "failed", "cut"}:
            sets.setdefault(row.lane, IdSet()).update(seen)
            others[row.lane] = others.get(row.lane, 0) + max(0, row.records - len(seen) // 8)
            paged[row.lane] += len(seen) // 8 if row.kind == "list" else 0
        facts.append(
            RequestFacts(
                lane=row.lane,
                kind=row.kind,
                state=row.state,
                ended=row.ended,
                total=row.total,
                proven=row.proof in {"length", "chunked", "local"} or bool(row.closed),
                code=row.code,
                detail=row.detail,
            )
        )
    lane_ids = {lane: len(ids) + others.get(lane, 0) for lane, ids in sets.items()}
    again = {lane for lane, ids in sets.items() if paged[lane] > len(ids)}
    trust = config.fetch.get("declared_total") != "ignore"
    limited = run.item_limit is not None and sum(lane_ids.values()) >= run.item_limit
    totals = [] if run.item_limit is not None else differing_totals(facts, lane_ids)
    return judge(facts, lane_ids, again, trust_totals=trust, limited=limited), totals


def present_ids(rows: Iterable[Any]) -> IdSet:
    """Id hashes of all records the requests of a run delivered as being there."""
    return IdSet(row.seen for row in rows if row.seen)


def _counts(connection: Connection, run: int, judged: _Judged) -> dict[str, int]:
    """The counters of the run, from its diff: what it would do if it is held."""
    changes, absences, present = judged.changes.counts, judged.absences, len(judged.present)
    added, changed = changes.get("added", 0), changes.get("changed", 0)
    back = changes.get("returned", 0) + len(absences.returned)
    known_rejected = stored.known_rejected(connection, run)
    return {
        "seen": present + stored.tombstones(connection, run),
        "added": added,
        "changed": changed,
        "unchanged": max(0, present - added - changed - back - known_rejected),
        "missing": len(absences.missing),
        "withdrawn": changes.get("withdrawn", 0) + len(absences.due),
        "returned": back,
        "refused": stored.refused(connection, run),
        "quarantined": judged.rejected,
    }


def _examples(changes: Changes, absences: Absences) -> dict[str, list[str]]:
    examples = {kind: list(ids) for kind, ids in changes.examples.items()}
    for kind, ids in (("missing", absences.missing), ("withdrawn", absences.due), ("returned", absences.returned)):
        if ids:
            examples[kind] = (examples.get(kind, []) + list(ids))[:10]
    return examples


def _findings(facts: RunFacts, rekeyed: int, verdict: Verdict, totals: list[str]) -> dict[str, tuple[int, str]]:
    """(count, example) by code: what the whole of a run showed, held for it or not."""
    renamed = ", ".join(f"{old} -> {new or 'nothing'}" for old, new in facts.renamed.items())
    grown = facts.active > 0 and facts.added > max(GROWN, 9 * facts.active)
    return {
        "feed.grown": (int(grown), f"{facts.added:,} records added to {facts.active:,}"),
        "feed.path_gone": (len(facts.renamed), renamed),
        "feed.rekeyed": (rekeyed, ""),
        "feed.unproven": (int(verdict.unproven), ""),
        "feed.total_differs": (len(totals), totals[0] if totals else ""),
    }


def _alike(facts: RunFacts, settings: GuardSettings) -> tuple[int, str]:
    found = alike_fields(facts, settings)
    return len(found), "; ".join(f"{field}: {one.value[:60]}" for field, one in found.items())


def _notify_moved(connection: Connection, config: SourceConfig, run: OpenRun, now: datetime) -> None:
    """One notice for a feed that lives elsewhere now, not one a day."""
    moved = stored.finding_of(connection, run.id, "feed.moved")[1]
    if moved and moved != stored.finding_of(connection, run.base_run, "feed.moved")[1]:
        stored.notify(connection, "source.moved", {"source": config.id, "run": run.id, "moved": moved}, now)
