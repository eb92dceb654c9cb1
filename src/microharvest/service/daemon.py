"""The long-running service: one process, one engine, one ticker, a small web face; ends on SIGTERM or SIGINT.

APScheduler only wakes the loop. Its jobs live in memory and carry nothing: due times stand in the store, tasks in our
own registry, because its shutdown cancels coroutine jobs whatever it is asked (3.11.3) and its job stores run a slot
twice where two schedulers share one.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import UTC
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from microharvest.clock import Clock, utc_now
from microharvest.errors import ExitStatus, MicroharvestError
from microharvest.harvest.engine import Engine, RunOptions
from microharvest.harvest.report import RunReport
from microharvest.harvest.worker import NURSERY
from microharvest.service.leader import Harvest, Leader
from microharvest.service.roster import Roster
from microharvest.service.schedule import slack_of
from microharvest.service.turns import begin_turn, due_now, end_turn
from microharvest.service.upkeep import Link, Publish, Upkeep
from microharvest.service.web import check_host, listening, make_app
from microharvest.settings import MergeSettings, PublishSettings, Settings
from microharvest.sources import SourceConfig
from microharvest.store.leadership import leader_lock
from microharvest.telemetry import logger

if TYPE_CHECKING:
    from microharvest.link.rules import LinkRules
    from microharvest.link.run import LinkReport
    from microharvest.pipeline import Stores
    from microharvest.publish.run import PublishReport

__all__ = ["TICK_S", "Work", "serve", "serve_stores", "sync_once"]

_log = logger("microharvest.service")

TICK_S = 5.0
DRAIN_S = 20.0


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """The three stages as the daemon calls them. `stop` asks `harvest` to suspend what it is doing; `rest` gives back
    what only work needs."""

    harvest: Harvest
    link: Link
    publish: Publish
    stop: Callable[[], None] = lambda: None
    rest: Callable[[], None] = lambda: None


class _Wishes:
    """What signals and the ticker ask for."""

    def __init__(self) -> None:
        self.wake, self.stop, self.hurry = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def end(self) -> None:
        """The first wish to end lets runs come to rest, the second does not."""
        (self.hurry if self.stop.is_set() else self.stop).set()
        self.wake.set()


async def serve(
    config_dir: Path,
    settings: Settings,
    environ: Mapping[str, str],
    *,
    host: str | None = None,
    port: int | None = None,
    tick_s: float = TICK_S,
    drain_s: float = DRAIN_S,
) -> int:
    """Serve until a signal; returns the exit status. Raises ConfigError and StoreError before it begins."""
    from microharvest import pipeline

    check_host(host or settings.serve.host)
    roster = Roster(config_dir, environ)
    roster.load()
    stores = pipeline.open_stores(settings)
    try:
        async with Engine(stores.harvest, settings, environ=environ) as engine:
            work = Work(
                harvest=lambda config: engine.harvest(config, RunOptions()),
                link=lambda sources, merge: pipeline.link(stores, sources, merge, rules=roster.link_rules),
                publish=partial(pipeline.publish, stores),
                stop=engine.stopping.set,
                rest=partial(_rest, stores),
            )
            return await serve_stores(
                stores, roster, settings, work, host=host, port=port, tick_s=tick_s, drain_s=drain_s
            )
    finally:
        stores.close()


async def serve_stores(
    stores: Stores,
    roster: Roster,
    settings: Settings,
    work: Work,
    *,
    host: str | None = None,
    port: int | None = None,
    tick_s: float = TICK_S,
    drain_s: float = DRAIN_S,
    clock: Clock = utc_now,
) -> int:
    """`serve` with everything opened by the caller."""
    wishes = _Wishes()
    upkeep = Upkeep(
        stores.harvest,
        stores.catalogue,
        roster,
        link=work.link,
        publish=work.publish,
        publish_every=settings.publish.every,
        clock=clock,
    )
    leader = Leader(
        stores.harvest,
        roster,
        leader_lock(stores.harvest),
        upkeep,
        work.harvest,
        concurrency=settings.harvest.concurrency,
        clock=clock,
        poke=wishes.wake.set,
        rest=work.rest,
    )
    app = make_app(leader.health, tick_s=tick_s)
    address = host or settings.serve.host, settings.serve.port if port is None else port
    with _signals(wishes, leader):
        async with listening(app, *address), _ticking(wishes.wake, tick_s):
            _log.info("service.started", sources=len(roster.sources), broken=len(roster.broken))
            while not wishes.stop.is_set():
                wishes.wake.clear()
                await leader.tick()
                await wishes.wake.wait()
            work.stop()
            await leader.drain(drain_s, wishes.hurry)
    _log.info("service.ended")
    return int(ExitStatus.DONE)


def _rest(stores: Stores) -> None:
    """Between two runs a daemon needs neither parse processes nor the caches of its connections: 50 MB."""
    NURSERY.stop()
    stores.close()  # the next one to ask connects again
    with contextlib.suppress(AttributeError):  # glibc, and it alone, keeps for ever what threads freed
        ctypes.CDLL(None).malloc_trim(0)


@contextlib.contextmanager
def _signals(wishes: _Wishes, leader: Leader) -> Iterator[None]:
    def reload() -> None:
        leader.force_reload()
        wishes.wake.set()

    loop = asyncio.get_running_loop()
    wanted = {signal.SIGTERM: wishes.end, signal.SIGINT: wishes.end, signal.SIGHUP: reload}
    for number, act in wanted.items():
        loop.add_signal_handler(number, act)
    try:
        yield
    finally:
        for number in wanted:
            loop.remove_signal_handler(number)


@contextlib.asynccontextmanager
async def _ticking(wake: asyncio.Event, tick_s: float) -> AsyncIterator[None]:
    async def tick() -> None:
        wake.set()

    defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
    scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=defaults)
    scheduler.add_job(tick, "interval", seconds=tick_s)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)


async def sync_once(
    stores: Stores,
    settings: Settings,
    sources: Mapping[str, SourceConfig],
    merge: MergeSettings,
    rules: PublishSettings,
    *,
    link_rules: LinkRules | None = None,
    environ: Mapping[str, str],
    clock: Clock = utc_now,
) -> tuple[list[RunReport], LinkReport, PublishReport | None]:
    """Everything that is due, once: harvest, link what changed, publish; and the next due times noted."""
    from microharvest import pipeline

    due = await asyncio.to_thread(due_now, stores.harvest, sources, clock())
    for source in due:
        await asyncio.to_thread(begin_turn, stores.harvest, source, clock())
    reports = await pipeline.harvest(stores, settings, due, RunOptions(), environ=environ, clock=clock)
    linked = await asyncio.to_thread(pipeline.link, stores, sources, merge, rules=link_rules, clock=clock)
    try:
        released = await asyncio.to_thread(pipeline.publish, stores, sources, rules, merge, clock=clock)
    except MicroharvestError as error:
        if error.code != "publish.pinned":
            raise
        released = None
    for report in reports:
        config = due[report.source]
        early = slack_of(config.schedule)
        await asyncio.to_thread(end_turn, stores.harvest, config, report, clock(), early=early)
    return reports, linked, released
