"""Publishing: clusters that changed in, one numbered release out, or none.

What must stay true: a release is built in bounded transactions while readers see the one before; one short
transaction makes it current; only then are touched clusters consumed, and only those that did not change again. A
crash anywhere leaves the catalogue as it was or as it should be, and the next publish goes on: it compares documents,
so that what is there already makes no second release.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from typing import Any

import msgspec
from msgspec import json

from microharvest.clock import Clock, utc_now
from microharvest.errors import RunError
from microharvest.model.ids import content_hash, id_hash
from microharvest.publish.entry import Verdict
from microharvest.publish.verdicts import Seen, read_verdicts
from microharvest.settings import MergeSettings, PublishSettings
from microharvest.sources import SourceConfig
from microharvest.store import catalogue as releases
from microharvest.store import exports, links
from microharvest.store.database import Database
from microharvest.store.forgetting import allowed
from microharvest.telemetry import failpoint

__all__ = ["BATCH", "PublishReport", "publish"]

BATCH = 400
"""Clusters per transaction."""
LISTED = 1000
"""Clusters withheld by decision that a report names; `withheld` counts all."""

_RULES = "publish.rules"
"""The counter that holds a hash of the rules the last publish went by: other rules mean looking at everything."""


class PublishReport(msgspec.Struct, kw_only=True):
    """What one publish did. `release`: the number of the new release, None if nothing changed or it was a plan.

    `withheld`: clusters looked at that are not published, by reason; `by_decision`: those of them that a person
    withheld, with the number of the decision (at most `LISTED`); `plan`: nothing was written.
    """

    release: int | None = None
    added: int = 0
    changed: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    withheld: dict[str, int] = {}
    by_decision: dict[str, int] = {}
    plan: bool = False


class _Difference(msgspec.Struct, kw_only=True):
    """What one batch changes in the catalogue."""

    entries: list[dict[str, Any]] = []
    withheld: dict[str, str | None] = {}


def publish(
    harvest: Database,
    catalogue: Database,
    sources: Mapping[str, SourceConfig],
    settings: PublishSettings,
    merge: MergeSettings | None = None,
    *,
    plan: bool = False,
    everything: bool = False,
    clock: Clock = utc_now,
) -> PublishReport:
    """Make the catalogue say what link found. The two databases may be one.

    Raises RunError `publish.pinned` after a rollback, StoreError `publish.foreign` for another node's catalogue and
    `store.busy` if another process publishes at the same time. A plan writes nothing and works while pinned, too.
    """
    return _Publication(harvest, catalogue, sources, settings, merge or MergeSettings(), clock).run(plan, everything)


class _Publication:
    """One pass over the clusters that changed."""

    def __init__(
        self,
        harvest: Database,
        catalogue: Database,
        sources: Mapping[str, SourceConfig],
        settings: PublishSettings,
        merge: MergeSettings,
        clock: Clock,
    ) -> None:
        self.harvest, self.catalogue, self.sources, self.clock = harvest, catalogue, sources, clock
        self.settings, self.merge = settings, merge
        self.token = json.encode({"builder": secrets.token_hex(8)}).decode()
        self.report = PublishReport()
        self.withheld: Counter[str] = Counter()
        self.number: int | None = None
        self.seen: set[int] = set()

    def run(self, plan: bool, everything: bool) -> PublishReport:
        self.report.plan = plan
        with self.harvest.read() as connection:
            node = links.node_id(connection)
            known_rules = exports.counter(connection, _RULES)
        rules = self._rules()
        behind = self._open(node, plan)
        for batch in self._batches(everything or behind is None or known_rules != rules):
            self._take(batch, plan)
        self.report.withheld = dict(sorted(self.withheld.items()))
        if plan:
            return self.report
        if behind and self.number is None:
            self._begin()  # after a rollback the current release is not the newest: going on is a release
        if self.number is not None:
            self._flip()
        self._consume(rules)
        return self.report

    def _open(self, node: str, plan: bool) -> bool | None:
        """Is the current release older than the newest? None before the first release."""
        if plan:
            with self.catalogue.read() as connection:
                last, row = releases.last_release(connection), releases.catalogue_row(connection)
                return None if not last or row is None else row.current < last
        with self.catalogue.write() as connection:
            row = releases.publisher(connection, node)
            if row.pinned:
                raise RunError(
                    "publish.pinned",
                    f"Publishing is pinned at release {row.current} ({row.pinned_because or 'no reason given'}): "
                    "run `microharvest resume-publishing`.",
                )
            releases.remove_leftovers(connection)
            last = releases.last_release(connection)
        return None if not last else row.current < last

    def _batches(self, everything: bool) -> Iterator[list[Seen]]:
        after = ""
        page = exports.cluster_page if everything else exports.touched_page
        while True:
            with self.harvest.read() as connection:
                ids = page(connection, after, BATCH)
                batch = read_verdicts(connection, ids, self.sources, self.settings, self.merge)
            if not ids:
                return
            after = ids[-1]
            yield batch

    def _take(self, batch: list[Seen], plan: bool) -> None:
        verdicts = [seen.verdict for seen in batch]
        with self.catalogue.read() as connection:
            difference = self._compare(connection, verdicts)
        if not plan:
            self.seen.update(_mark(seen) for seen in batch)
            if difference.entries or difference.withheld:
                self._store(difference)

    def _compare(self, connection: Any, verdicts: list[Verdict]) -> _Difference:
        """Count the verdicts into the report; what is not in the catalogue yet is the difference."""
        entries = releases.open_entries(connection, [verdict.id for verdict in verdicts])
        reasons = releases.open_withheld(connection, [verdict.id for verdict in verdicts])
        difference = _Difference()
        for verdict in verdicts:
            old = entries.get(verdict.id)
            if verdict.reason is not None:
                self.withheld[verdict.reason] += 1
            if verdict.decision is not None and len(self.report.by_decision) < LISTED:
                self.report.by_decision[verdict.id] = verdict.decision
            if verdict.reason != reasons.get(verdict.id):
                difference.withheld[verdict.id] = verdict.reason
            state = "withdrawn" if verdict.state == "withheld" else verdict.state
            was_shown = old is not None and old.state == "published"
            old_hash = None if old is None else old.doc_hash
            if state == "published":
                same = was_shown and old_hash == verdict.doc_hash
                self.report.added += not was_shown
                self.report.changed += was_shown and not same
                self.report.unchanged += same
            else:
                same = old is None or old.state == state or (old.state == "withdrawn" and state != "merged")
                self.report.withdrawn += was_shown
            if not same:
                doc = verdict.doc or json.encode({"id": verdict.id, "state": state})
                hashed = verdict.doc_hash if verdict.doc else content_hash(doc)
                row = {"id": verdict.id, "state": state, "doc": doc, "doc_hash": hashed}
                difference.entries.append(row)
        return difference

    def _begin(self) -> None:
        with self.catalogue.write() as connection:
            self.number = releases.begin_release(connection, self.token, self.clock())

    def _store(self, difference: _Difference) -> None:
        if self.number is None:
            self._begin()
        assert self.number is not None
        with self.harvest.read() as connection:
            moved = links.redirects_of(connection, [row["id"] for row in difference.entries])
        with self.catalogue.write() as connection:
            releases.guard_build(connection, self.number, self.token)
            with nullcontext(connection) if self.harvest is self.catalogue else self.harvest.read() as asked:
                entries = allowed(asked, difference.entries)
            releases.write_entries(connection, self.number, entries)
            releases.write_withheld(connection, self.number, difference.withheld)
            releases.add_redirects(connection, self.number, moved)
        failpoint("publish.built")

    def _flip(self) -> None:
        assert self.number is not None
        report = self.report
        counts = {name: getattr(report, name) for name in ("added", "changed", "withdrawn", "withheld")}
        with self.catalogue.write() as connection:
            releases.guard_build(connection, self.number, self.token)
            releases.finish_release(connection, self.number, json.encode(counts).decode(), self.clock())
            failpoint("publish.flip")
        failpoint("publish.flipped")
        report.release = self.number

    def _consume(self, rules: int) -> None:
        """Touched clusters that are still as they were read need no second look."""
        after = ""
        while True:
            with self.harvest.write() as connection:
                links.claim(connection)
                ids = exports.touched_page(connection, after, BATCH)
                now = read_verdicts(connection, ids, self.sources, self.settings, self.merge, judged=False)
                known = {seen.verdict.id for seen in now}
                done = [seen.verdict.id for seen in now if _mark(seen) in self.seen]
                exports.drop_touched_clusters(connection, [*done, *(one for one in ids if one not in known)])
                if not ids:
                    exports.set_counter(connection, _RULES, rules)
            if not ids:
                break
            after = ids[-1]
        failpoint("publish.consumed")

    def _rules(self) -> int:
        """A hash of everything but the offers that decides what is shown."""
        shown = {
            name: (one.redistribute, one.derive, one.licence, one.credit, one.authority)
            for name, one in sorted(self.sources.items())
        }
        return id_hash(json.encode((self.settings, self.merge, shown), order="deterministic").decode())


def _mark(seen: Seen) -> int:
    return id_hash(f"{seen.verdict.id}\x1f{seen.mark}")
