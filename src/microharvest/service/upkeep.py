"""What follows accepted runs: link what was touched, publish when a release is due, deliver notices.

What is to be done stands in the store (touched records, touched clusters, undelivered notices), so what a crash cut
off or a command line accepted is taken up as well. Linking and publishing block, so they run in threads of their own
that end with the process: their transactions are whole or not there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import msgspec

from microharvest.clock import Clock
from microharvest.coding.run import is_due
from microharvest.errors import MicroharvestError
from microharvest.service.boundary import contained, in_thread
from microharvest.service.roster import Roster
from microharvest.settings import MergeSettings, PublishSettings
from microharvest.sources import SourceConfig
from microharvest.store.database import Database
from microharvest.store.outbox import mark_delivered, undelivered
from microharvest.store.schedule import catalogue_due, has_touched, has_touched_clusters, set_catalogue_due
from microharvest.telemetry import logger

__all__ = ["Link", "Publish", "Upkeep", "release_after"]

_log = logger("microharvest.service")

Link = Callable[[Mapping[str, SourceConfig], MergeSettings], object]
Publish = Callable[[Mapping[str, SourceConfig], PublishSettings, MergeSettings], object]

FIRST_REST = timedelta(minutes=1)
LONGEST_REST = timedelta(hours=1)
EXPECTED = {"publish.pinned": "info", "publish.foreign": "error"}
"""Refusals that are states, not faults: the next release is tried when it is due."""


class Upkeep:
    """One look at a time: `look` is awaited by its caller before the next."""

    def __init__(
        self,
        harvest: Database,
        catalogue: Database,
        roster: Roster,
        *,
        link: Link,
        publish: Publish,
        publish_every: timedelta,
        clock: Clock,
    ) -> None:
        self._harvest, self._catalogue, self._roster = harvest, catalogue, roster
        self._link, self._publish, self._every, self._clock = link, publish, publish_every, clock
        self._faults = 0
        self._rest_until: datetime | None = None

    async def look(self, *, idle: bool) -> bool:
        """Do what is to be done; whether that was anything. After a fault nothing is tried for a while, longer each
        time. Never raises."""
        if self._rest_until is not None and self._clock() < self._rest_until:
            return False
        worked: bool | None = None
        try:
            worked = await contained("upkeep.broken", self._keep_up(idle=idle), None)
        except MicroharvestError as error:
            _log.error("upkeep.failed", code=error.code, sentence=error.sentence)
        if worked is None:
            self._rest()
        else:
            self._faults, self._rest_until = 0, None
        return worked is not False

    async def _keep_up(self, *, idle: bool) -> bool:
        await asyncio.to_thread(self._deliver)
        if touched := await asyncio.to_thread(self._is_touched):
            report = await in_thread(self._link, self._roster.sources, self._roster.merge)
            _log.info("link.ended", **_figures(report))
        if due := await asyncio.to_thread(self._release_is_due, idle=idle):
            await self._release()
        return touched or due

    def _rest(self) -> None:
        self._faults += 1
        self._rest_until = self._clock() + min(LONGEST_REST, FIRST_REST * 2 ** min(self._faults - 1, 8))

    def _deliver(self) -> None:
        with self._harvest.read() as connection:
            notices = undelivered(connection)
        for notice in notices:
            _log.info("notice", topic=notice.topic, notice=notice.id, written=str(notice.at), payload=notice.payload)
        if notices:
            with self._harvest.write() as connection:
                mark_delivered(connection, [notice.id for notice in notices], self._clock())

    def _is_touched(self) -> bool:
        """Also when a vocabulary was imported: link holds all offers against it first."""
        with self._harvest.read() as connection:
            return has_touched(connection) or is_due(connection)

    def _release_is_due(self, *, idle: bool) -> bool:
        """The first release waits until the first round of harvests is over, and until there is something in it."""
        with self._catalogue.read() as connection:
            due = catalogue_due(connection)
        if due is not None:
            return due <= self._clock() or due > self._clock() + self._every  # the clock went back
        if not idle:
            return False
        with self._harvest.read() as connection:
            return has_touched_clusters(connection)

    async def _release(self) -> None:
        try:
            report = await in_thread(self._publish, self._roster.sources, self._roster.rules, self._roster.merge)
            _log.info("publish.ended", **_figures(report))
        except MicroharvestError as error:
            if error.code not in EXPECTED:
                raise
            getattr(_log, EXPECTED[error.code])("publish.refused", code=error.code, sentence=error.sentence)
        await asyncio.to_thread(self._plan_release)

    def _plan_release(self) -> None:
        with self._catalogue.write() as connection:
            set_catalogue_due(connection, release_after(catalogue_due(connection), self._every, self._clock()))


def release_after(due: datetime | None, every: timedelta, now: datetime) -> datetime:
    """When the next release is due after one made `now`: releases do not drift."""
    every = max(every, timedelta(seconds=1))
    if due is None or due > now:
        return now + every
    return due + every * ((now - due) // every + 1)


def _figures(report: object) -> dict[str, object]:
    """The numbers of a stage's report, for the log."""
    if not isinstance(report, msgspec.Struct):
        return {}
    values = msgspec.structs.asdict(report)
    return {name: value for name, value in values.items() if isinstance(value, int)}
