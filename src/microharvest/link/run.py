"""Linking what changed: touched records in, members, clusters, redirects and golden records out.

A pass goes through stages, each in transactions of bounded size: features of touched records, who the providers are,
keys, pairs, groups. What a record waits for stands in the store, so a crash anywhere leaves a valid state and the next
pass goes on. What must stay true: the clusters are a function of the accepted records, the epoch's rules and people's
decisions; no order of harvests or passes matters.
"""

from __future__ import annotations

import gc
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
from microharvest.link.workers import HERE, Workers, cores
from microharvest.settings import MergeSettings
from microharvest.sources import SourceConfig
from microharvest.store import decisions, links, matching
from microharvest.store.database import Connection, Database
from microharvest.telemetry import failpoint

__all__ = ["LinkReport", "link_changed"]

FEW, MOST = 2000, 32_000
"""Records per transaction: what bounds memory. Steps grow while they are quick, for others wait for the store."""
QUICK_S, SLOW_S = 1.5, 4.0
LEFT = 400
"""Clusters that lost a member, looked at in one transaction."""
BACKLOG = 10_000
"""From so many records on, other processes help."""

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
        _Pass(database.write, sources, merge, rules, report, asking, clock, progress, stages).carry_out(everything)
        return report
    with database.rehearse() as connection:

        @contextmanager
        def same() -> Iterator[Connection]:
            yield connection

        _Pass(same, sources, merge, rules, report, asking, clock, progress, stages).carry_out(everything)
    return report


@contextmanager
def _uncollected() -> Iterator[None]:
    """A step makes hundreds of thousands of rows that live until its end: looking for cycles among them again and again
    took a quarter of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


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
        self.workers = HERE
        self.sizes: dict[str, int] = {}
        self.waiting: dict[int, list[int]] = {}

    def carry_out(self, everything: bool) -> None:
        with self.opened() as connection:
            links.claim(connection)
            self._begin(connection, everything)
        if self.total > 4 * BACKLOG:
            self.workers = Workers(cores())
        try:
            while self._read() or self._work():
                pass
        finally:
            self.workers.close()
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
        self.total = 4 * links.count_touched(connection) + sum(n * (4 - stage) for stage, n in due.items())

    def _read(self) -> int:
        """Features of what was touched."""
        count = self._step("link.read", lambda connection, size: read_touched(connection, size, self.workers))
        self.report.touched += count
        return count

    def _work(self) -> int:
        """The earliest stage that anybody waits for."""
        count = self._step("link.providers", lambda connection, _: resolve_providers(connection, self.rules.aliases), 0)
        if not count:
            count = self._step("link.keys", self._renew)
        if not count:
            count = self._step("link.pairs", self._compare)
            self.report.compared += count
        return count or self._step("link.stored", self._group)

    def _step(self, point: str, work: Callable[[Connection, int], int], weight: int = 1) -> int:
        began = time.perf_counter()
        size = self.sizes.setdefault(point, FEW)
        with self.opened() as connection, _uncollected():
            links.claim(connection)
            count = work(connection, size)
            if count:
                failpoint(point)
        took = time.perf_counter() - began
        if took < QUICK_S and count >= size:
            self.sizes[point] = min(2 * size, MOST)
        elif took > SLOW_S:
            self.sizes[point] = max(size // 2, FEW)
        self.stages[point] = self.stages.get(point, 0.0) + took
        if count:
            failpoint("link.done")
            self.done += count * weight
            if self.progress is not None:
                self.progress(self.done, max(self.total, self.done))
        return count

    def _due(self, connection: Connection, stage: int, size: int) -> list[int]:
        """The next records that wait for a stage: listed once, looked up when it is their turn."""
        while True:
            waiting = self.waiting.get(stage) or matching.waiting(connection, stage)
            self.waiting[stage] = waiting[size:]
            due = set(matching.waiting_among(connection, waiting[:size], stage))
            if due or not waiting:
                return [rid for rid in waiting[:size] if rid in due]

    def _renew(self, connection: Connection, size: int) -> int:
        rows = matching.records_of(connection, self._due(connection, matching.KEYS, size))
        return renew_keys(connection, self.rules.card, rows, self.workers) if rows else 0

    def _compare(self, connection: Connection, size: int) -> int:
        rows = matching.records_of(connection, self._due(connection, matching.PAIRS, size))
        return compare_due(connection, self.rules.card, rows, self.workers) if rows else 0

    def _group(self, connection: Connection, size: int) -> int:
        rids = self._due(connection, matching.GROUPS, size)
        left = matching.left_clusters(connection, LEFT)
        if not rids and not left:
            return 0
        if self.number is None:
            self.number = links.next_pass(connection)
        now: datetime = self.clock()
        grouping = Grouping(
            *(connection, self.rules.card, self.sources, self.merge, now, self.number, self.report, self.asking),
            self.workers,
        )
        return grouping.run(rids, left)
