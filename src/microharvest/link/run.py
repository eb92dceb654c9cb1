"""Linking what changed: touched records in, members, clusters, redirects and golden records out.

A pass goes through stages, each in transactions of bounded size: features of touched records, who the providers are,
keys, pairs, groups. What a record waits for stands in the store, so a crash anywhere leaves a valid state and the next
pass goes on. What must stay true: the clusters are a function of the accepted records, the epoch's rules and people's
decisions; no order of harvests or passes matters.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime

from microharvest.clock import Clock, utc_now
from microharvest.link.closing import Asking
from microharvest.link.features import VERSION
from microharvest.link.grouping import Grouping
from microharvest.link.pairing import compare_due
from microharvest.link.preparing import read_touched, renew_keys, resolve_providers
from microharvest.link.report import LinkReport
from microharvest.link.rules import LinkRules, rules_from_row, shipped_rules
from microharvest.settings import MergeSettings
from microharvest.sources import SourceConfig
from microharvest.store import decisions, links, matching
from microharvest.store.database import Connection, Database
from microharvest.telemetry import failpoint

__all__ = ["LinkReport", "link_changed"]

READ, COMPARED, GROUPED = 2000, 2000, 2000
"""Records per transaction: what bounds memory, and how long others wait for the store."""

Progress = Callable[[int, int], None]
_Opened = Callable[[], AbstractContextManager[Connection]]


def link_changed(
    database: Database,
    sources: Mapping[str, SourceConfig],
    merge: MergeSettings,
    *,
    rules: LinkRules | None = None,
    everything: bool = False,
    plan: bool = False,
    asking: Asking = decisions.assertions_of,
    clock: Clock = utc_now,
    progress: Progress | None = None,
    stages: dict[str, float] | None = None,
) -> LinkReport:
    """Consume the touched records, chunk by chunk. Raises StoreError only.

    `rules`: those of the configuration. They become the store's with `everything` (or in an empty store), which looks
    at every record anew; else the store's own hold. `plan`: do it all in one transaction and take it back.
    `progress(done, total)` is called after every chunk; `stages` gets the seconds each stage took. Touches written
    meanwhile are linked too or stay.
    """
    report = LinkReport(plan=plan)
    if not plan:
        _Pass(database.write, sources, merge, rules, report, asking, clock, progress, stages).run(everything)
        return report
    with database.rehearse() as connection:

        @contextmanager
        def same() -> Iterator[Connection]:
            yield connection

        _Pass(same, sources, merge, rules, report, asking, clock, progress, stages).run(everything)
    return report


class _Pass:
    """One pass: `opened` gives the transaction of each step."""

    def __init__(
        self,
        opened: _Opened,
        sources: Mapping[str, SourceConfig],
        merge: MergeSettings,
        rules: LinkRules | None,
        report: LinkReport,
        asking: Asking,
        clock: Clock,
        progress: Progress | None,
        stages: dict[str, float] | None,
    ) -> None:
        self.opened, self.sources, self.merge, self.wanted = opened, sources, merge, rules
        self.report, self.asking, self.clock, self.progress = report, asking, clock, progress
        self.rules = rules or shipped_rules()
        self.stages = {} if stages is None else stages
        self.number: int | None = None
        self.done = self.total = 0

    def run(self, everything: bool) -> None:
        with self.opened() as connection:
            links.claim(connection)
            self._begin(connection, everything)
        while self._read() or self._work():
            pass
        with self.opened() as connection:
            self.report.silenced = matching.count_stops(connection)

    def _begin(self, connection: Connection, everything: bool) -> None:
        """Settle the epoch, and what there is to do."""
        row = matching.epoch(connection)
        stale = row is not None and row.features != VERSION
        if row is not None and not everything:
            self.rules = rules_from_row(row)
        if row is None or everything or stale:
            if row is None or row.version != self.rules.version or stale:
                matching.set_epoch(connection, {**self.rules.row(), "since": self.clock()})
            matching.recompare_everything(connection)
            links.touch_everything(connection)
        self.report.epoch = self.rules.version
        if self.wanted is not None and self.wanted.version != self.rules.version:
            self.report.newer_rules = self.wanted.version
        due = matching.count_due(connection)
        self.total = 3 * links.count_touched(connection) + sum(n * (4 - stage) for stage, n in due.items())

    def _read(self) -> int:
        """Features of what was touched."""
        count = self._step("link.read", lambda connection: read_touched(connection, READ))
        self.report.touched += count
        return count

    def _work(self) -> int:
        """The earliest stage that anybody waits for."""
        count = self._step("link.providers", lambda connection: resolve_providers(connection, self.rules.aliases), 0)
        if not count:
            count = self._step("link.keys", lambda connection: renew_keys(connection, READ))
        if not count:
            count = self._step("link.pairs", lambda connection: compare_due(connection, self.rules.card, COMPARED))
            self.report.compared += count
        return count or self._step("link.stored", self._group)

    def _step(self, point: str, work: Callable[[Connection], int], weight: int = 1) -> int:
        began = time.perf_counter()
        with self.opened() as connection:
            links.claim(connection)
            count = work(connection)
            if count:
                failpoint(point)
        self.stages[point] = self.stages.get(point, 0.0) + time.perf_counter() - began
        if count:
            failpoint("link.done")
            self.done += count * weight
            if self.progress is not None:
                self.progress(self.done, max(self.total, self.done))
        return count

    def _group(self, connection: Connection) -> int:
        now: datetime = self.clock()
        if self.number is None:
            self.number = links.next_pass(connection)
        grouping = Grouping(
            connection, self.rules.card, self.sources, self.merge, now, self.number, self.report, self.asking
        )
        return grouping.run(GROUPED)
