"""A store, and a leader over it with a clock to turn and stages that note what they were asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from microharvest.harvest.report import RunReport
from microharvest.service.leader import Leader
from microharvest.service.roster import Roster
from microharvest.service.upkeep import Upkeep
from microharvest.sources import Schedule, SourceConfig
from microharvest.store.database import Database
from microharvest.store.leadership import leader_lock
from microharvest.store.schedule import (
    turns_of,
)
from tests.integration.stores import NOW, fresh_store

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
__all__ = [
    "DAY",
    "HOUR",
    "MINUTE",
    "World",
    "config",
    "database",
    "due_of",
    "failures_of",
    "report",
    "sqlite",
    "until",
    "world",
]


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    database = fresh_store(store_url)
    yield database
    database.dispose()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    database = fresh_store(f"sqlite:///{tmp_path / 'store.db'}")
    yield database
    database.dispose()


def config(source: str, **schedule: Any) -> SourceConfig:
    schedule = {"every": DAY, "jitter_s": 0} | schedule
    return SourceConfig(
        id=source,
        title=source,
        protocol="file",
        dialect="oai_dc",
        url=f"https://{source}.example.org/feed.xml",
        licence="unknown",
        schedule=Schedule(**schedule),
    )


def report(source: str, outcome: str = "complete", acceptance: str | None = "accepted") -> RunReport:
    return RunReport(source=source, run=1, outcome=outcome, scope="full", acceptance=acceptance)


def due_of(database: Database, source: str) -> datetime | None:
    with database.write() as connection:
        return turns_of(connection, [source], NOW)[source].next_due


def failures_of(database: Database, source: str) -> int:
    with database.write() as connection:
        return turns_of(connection, [source], NOW)[source].failures


SOURCE = """
title = "{source}"
protocol = "file"
dialect = "oai_dc"
url = "https://{source}.example.org/feed.xml"
licence = "unknown"
schedule = {{ every = "{every}", jitter_s = 0 }}
"""


class World:
    """A leader over a store, with a clock to turn and stages that note what they were asked."""

    def __init__(self, database: Database, folder: Path, *, concurrency: int = 8) -> None:
        self.database, self.folder = database, folder
        self.now = datetime.now(UTC)
        self.harvested: list[str] = []
        self.at_once = self.most_at_once = 0
        self.linked = self.published = self.rested = 0
        self.act: Callable[[str], Any] = lambda source: None
        self.link_act: Callable[[], Any] = lambda: None
        self.publish_act: Callable[[], Any] = lambda: None
        self.roster = Roster(folder, {})
        self.concurrency = concurrency
        self.lock = leader_lock(database)

    def write(self, *sources: str, every: str = "PT24H", text: str | None = None) -> None:
        (self.folder / "sources").mkdir(exist_ok=True)
        for source in sources:
            content = SOURCE.format(source=source, every=every) if text is None else text
            (self.folder / "sources" / f"{source}.toml").write_text(content)

    def leader(self) -> Leader:
        self.roster.load()
        upkeep = Upkeep(
            self.database,
            self.database,
            self.roster,
            link=self.link,
            publish=self.publish,
            publish_every=DAY,
            clock=lambda: self.now,
        )
        return Leader(
            self.database,
            self.roster,
            self.lock,
            upkeep,
            self.harvest,
            concurrency=self.concurrency,
            clock=lambda: self.now,
            rest=self.rest,
        )

    def rest(self) -> None:
        self.rested += 1

    async def harvest(self, config: SourceConfig) -> RunReport:
        self.harvested.append(config.id)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            acted = self.act(config.id)
            if asyncio.iscoroutine(acted):
                acted = await acted
            await asyncio.sleep(0)
        finally:
            self.at_once -= 1
        return acted if isinstance(acted, RunReport) else report(config.id)

    def link(self, sources: Any, merge: Any) -> None:
        self.linked += 1
        self.link_act()
        with self.database.write() as connection:
            connection.execute(text("DELETE FROM touched"))
            connection.execute(text("INSERT INTO touched_cluster VALUES ('c') ON CONFLICT DO NOTHING"))

    def publish(self, sources: Any, rules: Any, merge: Any) -> None:
        self.published += 1
        self.publish_act()
        with self.database.write() as connection:
            connection.execute(text("DELETE FROM touched_cluster"))

    async def settle(self, leader: Leader, ticks: int = 1) -> None:
        for _ in range(ticks):
            await leader.tick()
            await until(lambda: not leader.health().running)
            await until(lambda: leader._looking is None or leader._looking.done())


async def until(true: Callable[[], bool]) -> None:
    for _ in range(4000):
        if true():
            return
        await asyncio.sleep(0.005)
    pytest.fail("it did not come to be")


@pytest.fixture
def world(sqlite: Database, tmp_path: Path) -> World:
    return World(sqlite, tmp_path)
