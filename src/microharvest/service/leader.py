"""What the daemon does at each tick, as leader or as follower. What must stay true:

- only the leader starts turns, and one source has one turn at a time; beyond this process the leases decide;
- a turn that is cut off (stop, crash, lost lease) is due still: only its end moves the due time;
- nothing a source, a file or a passing fault of the store does ends the ticking.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

from microharvest.clock import Clock, iso, utc_now
from microharvest.errors import MicroharvestError, RunError, StoreError
from microharvest.harvest.report import RunReport
from microharvest.service.boundary import contained
from microharvest.service.health import Health
from microharvest.service.roster import Roster
from microharvest.service.turns import begin_turn, due_in_store, end_turn, is_suspended, make_due, plan_turns
from microharvest.service.upkeep import Upkeep
from microharvest.service.watch import ClockWatch
from microharvest.sources import SourceConfig
from microharvest.store.database import Database
from microharvest.store.leadership import LeaderLock
from microharvest.telemetry import bound, logger

__all__ = ["Harvest", "Leader"]

_log = logger("microharvest.service")

Harvest = Callable[[SourceConfig], Coroutine[Any, Any, RunReport]]

BUSY_REST = timedelta(seconds=10)
FAULT_REST = timedelta(minutes=1)
QUIET_S = 60.0


class Leader:
    """Ticks; `poke` is called when a tick should come at once. All methods belong to one event loop."""

    def __init__(
        self,
        database: Database,
        roster: Roster,
        lock: LeaderLock,
        upkeep: Upkeep,
        harvest: Harvest,
        *,
        concurrency: int,
        clock: Clock = utc_now,
        poke: Callable[[], None] = lambda: None,
        rest: Callable[[], None] = lambda: None,
    ) -> None:
        self._database, self._roster, self._lock, self._upkeep = database, roster, lock, upkeep
        self._harvest, self._concurrency, self._clock = harvest, concurrency, clock
        self._poke, self._give_back = poke, rest
        self._worked_at: float | None = time.monotonic()
        self._watch = ClockWatch(clock)
        self._running: dict[str, asyncio.Task[None]] = {}
        self._resting: dict[str, datetime] = {}
        self._just_ended: set[str] = set()
        self._refused: set[str] = set()
        self._looking: asyncio.Task[bool] | None = None
        self._leads = False
        self._waited = False
        self._forced = False
        self._stopping = False
        self._store_ok = True
        self._ticked: float | None = None

    def force_reload(self) -> None:
        """Read the configuration again at the next tick, whatever the files' times say."""
        self._forced = True

    def health(self) -> Health:
        """The state of things, without asking the store."""
        return Health(
            role="leader" if self._leads else "follower",
            store=self._store_ok,
            running=sorted(self._running),
            sources=len(self._roster.sources),
            broken=sorted(self._roster.broken),
            last_tick_s=None if self._ticked is None else round(time.monotonic() - self._ticked, 1),
            stopping=self._stopping,
        )

    async def tick(self) -> None:
        """One look at everything. Never raises."""
        try:
            await contained("tick.broken", self._look(), None)
            self._store_ok = True
        except StoreError as error:
            if self._store_ok:
                _log.error("store.lost", code=error.code, sentence=error.sentence)
            self._store_ok = False
        self._ticked = time.monotonic()

    async def _look(self) -> None:
        if self._stopping or not await self._take_lead():
            return
        moved = self._watch.jumped()
        if moved is not None:
            _log.warning("clock.jumped", seconds=round(moved.total_seconds()))
            await self._plan()
        await self._follow_configuration()
        await self._start_due()
        if self._looking is None or self._looking.done():
            await self._rest_a_while()
            self._looking = asyncio.create_task(self._upkeep.look(idle=not self._running))

    async def _take_lead(self) -> bool:
        led = self._leads
        try:
            self._leads = await asyncio.to_thread(self._lock.try_acquire)
        except StoreError:
            self._leads = False  # a fault of the store ends the lead, too
            raise
        if self._leads and not led:
            _log.info("leader.took_over")
            self._roster.reload()
            await self._plan()
        elif led and not self._leads:
            _log.warning("leader.lost")
        elif not self._leads and not self._waited:
            self._waited = True
            _log.info("leader.waiting", because="Another daemon serves this store; this one takes over when it ends.")
        return self._leads

    async def _plan(self) -> None:
        planned = await asyncio.to_thread(plan_turns, self._database, self._roster.sources, self._clock())
        for source in self._roster.sources.keys() - planned.keys():
            _log.info("source.not_active", source=source)

    async def _follow_configuration(self) -> None:
        forced, self._forced = self._forced, False
        change = await asyncio.to_thread(self._roster.reload, forced=forced)
        if change is None:
            return
        sources, now = self._roster.sources, self._clock()
        anew = {source: sources[source] for source in change.rescheduled}
        rest = {source: sources[source] for source in change.changed - change.rescheduled}
        await asyncio.to_thread(plan_turns, self._database, rest, now)
        await asyncio.to_thread(plan_turns, self._database, anew, now, anew=True)
        mended = change.changed & self._refused
        self._refused -= mended
        await asyncio.to_thread(make_due, self._database, mended, now)

    async def _start_due(self) -> None:
        now = self._clock()
        self._just_ended.clear()
        due = await asyncio.to_thread(due_in_store, self._database, self._roster.sources, now)
        self._resting = {source: until for source, until in self._resting.items() if until > now}
        for source in due:
            if len(self._running) >= self._concurrency or self._stopping:
                return
            # A turn that ended while the store was asked moved its due time after the answer.
            if source not in self._running.keys() | self._resting.keys() | self._just_ended:
                task = asyncio.create_task(self._turn(self._roster.sources[source]))
                self._running[source] = task
                task.add_done_callback(lambda _, source=source: self._ended(source))  # type: ignore[misc]

    def _ended(self, source: str) -> None:
        self._running.pop(source, None)
        self._just_ended.add(source)
        self._worked_at = time.monotonic()
        self._poke()

    async def _rest_a_while(self) -> None:
        """Give back what only work needs, once there was none for a minute: the next run may be due in a moment."""
        if self._running or (self._looking is not None and self._looking.result()):
            self._worked_at = time.monotonic()
        elif self._worked_at is not None and time.monotonic() - self._worked_at >= QUIET_S:
            self._worked_at = None
            await asyncio.to_thread(self._give_back)

    async def _turn(self, config: SourceConfig) -> None:
        """Serve one source. Whatever happens stays with the source; its rest keeps a fault from spinning."""
        with bound(source=config.id):
            try:
                await asyncio.to_thread(begin_turn, self._database, config.id, self._clock())
                report = await self._carry_out(config)
                if self._stopping and (report is None or is_suspended(report)):
                    return
                due = await asyncio.to_thread(end_turn, self._database, config, report, self._clock())
                _log.info("turn.ended", outcome=report.outcome if report else "failed", next_due=iso(due))
            except RunError as error:
                self._rest(config, BUSY_REST, error)
            except StoreError as error:
                self._rest(config, FAULT_REST, error)

    async def _carry_out(self, config: SourceConfig) -> RunReport | None:
        """The run's report; None if it could not even begin. Raises RunError and StoreError, which are not its own."""
        try:
            return await contained("turn.broken", self._harvest(config), None)
        except (RunError, StoreError):
            raise
        except MicroharvestError as error:
            self._refused.add(config.id)
            _log.error("turn.refused", code=error.code, sentence=error.sentence)
        return None

    def _rest(self, config: SourceConfig, rest: timedelta, error: MicroharvestError) -> None:
        self._resting[config.id] = self._clock() + rest
        _log.warning("turn.put_off", code=error.code, sentence=error.sentence, seconds=rest.total_seconds())

    async def drain(self, drain_s: float, hurry: asyncio.Event) -> None:
        """Start nothing more; give what runs `drain_s` to end by itself, or until `hurry`; then cancel it."""
        self._stopping = True
        tasks: set[asyncio.Task[Any]] = set(self._running.values())
        if self._looking is not None:
            tasks.add(self._looking)
        tasks = {task for task in tasks if not task.done()}
        if tasks:
            _log.info("service.draining", running=sorted(self._running), seconds=drain_s)
            resting = asyncio.create_task(_all_done(tasks))
            hurried = asyncio.create_task(_set(hurry))
            await asyncio.wait({resting, hurried}, timeout=drain_s, return_when=asyncio.FIRST_COMPLETED)
            for task in (resting, hurried, *tasks):
                task.cancel()
            await asyncio.gather(resting, hurried, *tasks, return_exceptions=True)
        await asyncio.to_thread(self._lock.release)
        self._leads = False


async def _all_done(tasks: set[asyncio.Task[Any]]) -> None:
    await asyncio.wait(tasks)


async def _set(event: asyncio.Event) -> None:
    await event.wait()
