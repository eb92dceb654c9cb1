"""A connector's sample on a loopback server, harvested by the real engine into a store of its own, fault by fault.

    async with Stage(sample) as stage:
        await stage.harvest()
        stage.fault = FAULTS["reset"]
        report = await stage.harvest()

What must stay true: nothing but loopback is dialled, no wait is slept (it is noted), every run is bounded in time.
"""

from __future__ import annotations

import asyncio
import atexit
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import msgspec
from aiohttp import web

from microharvest.harvest.engine import Engine, RunOptions
from microharvest.harvest.fetch.client import Client, MemoryHostBook
from microharvest.harvest.report import RunReport
from microharvest.settings import HarvestSettings, Settings
from microharvest.sources import SourceConfig
from microharvest.store.database import Database
from microharvest.store.node import ensure_node
from microharvest.store.reporting import heads
from microharvest.store.runs import source_row
from microharvest.store.schema import migrate
from microharvest.testing.contract import Sample, drive
from microharvest.testing.feed_server import Answer, FeedServer

__all__ = ["LOGIN", "TOKEN", "Fault", "Remembered", "Stage", "plain_url"]

Fault = Callable[[web.Request, Answer], Awaitable[web.StreamResponse | Answer]]
"""What a server does instead of its honest answer."""

SOURCE = "sample"
BOUND_S = 60.0
LOGIN = "/login"
"""Where a server that wants a log-in sends people: a fault answers there too."""


class Remembered(msgspec.Struct, frozen=True):
    """What a store knows of a source: what must not move when a run fails."""

    state: str
    watermark: str | None
    accepted_run: int | None
    heads: dict[str, tuple[str, bytes]]


@cache
def _template() -> Path:
    """An empty store, migrated once in a process and copied for each stage."""
    folder = tempfile.mkdtemp(prefix="microharvest-stage-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = Path(folder) / "empty.db"
    database = Database(f"sqlite:///{path}", create=True)
    try:
        migrate(database, "harvest")
        ensure_node(database, datetime.fromisoformat("2026-01-01T00:00:00+00:00"))
    finally:
        database.dispose()
    return path


class Stage:
    """One sample, one server, one store. `bodies`: other bytes for responses; `fault`: what the server does instead for
    the addresses in `faulty` (all where it is empty); `waits`: what would have been slept; `windows`: whether a
    list with dates in its address is the list without them, as deltas need it."""

    def __init__(self, sample: Sample, **network: Any) -> None:
        self.sample = sample
        self.bodies: Mapping[int, bytes] = {}
        self.fault: Fault | None = None
        self.faulty: frozenset[str] = frozenset()
        self.kill_after: int | None = None
        self.killed_at = 0.0
        self.windows = True
        self.waits: list[float] = []
        self.busiest = 0
        self.requests = drive(sample).asked
        self._busy = 0
        self._network = {"rate_per_s": 1_000_000.0, "attempts": 1, "deadline_s": 5.0, **network}
        self._stack = AsyncExitStack()
        self._served: dict[str, int] = {}
        self._asked = 0
        self._task: asyncio.Task[RunReport] | None = None
        self.now = sample.now
        self.origin = "{0.scheme}://{0.netloc}".format(urlsplit(sample.url))
        self.here = ""
        self.folder: Path
        self.server: FeedServer
        self.database: Database
        self.config: SourceConfig
        self._settings: Settings

    async def __aenter__(self) -> Self:
        folder = self.folder = Path(
            self._stack.enter_context(tempfile.TemporaryDirectory(prefix="microharvest-stage-"))
        )
        shutil.copy(_template(), folder / "stage.db")
        self.server = await self._stack.enter_async_context(FeedServer())
        self.server.add_prefix("/", self._serve)
        self.database = Database(f"sqlite:///{folder / 'stage.db'}")
        self._stack.callback(self.database.dispose)
        self._settings = Settings(
            store=f"sqlite:///{folder / 'stage.db'}", spool=str(folder / "spool"),
            harvest=HarvestSettings(inline=True),
        )  # fmt: skip
        self.here = self.server.url("").rstrip("/")
        self.config = self.configured(self.sample.url.replace(self.origin, self.here))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def configured(self, url: str, **more: Any) -> SourceConfig:
        """The sample as a source file would say it."""
        sample = self.sample
        said = {
            "id": SOURCE, "title": "Sample", "protocol": sample.protocol, "dialect": sample.dialect, "url": url,
            "licence": "unknown", "fetch": sample.fetch, "columns": sample.columns, "lookups": sample.lookups,
            "identity": {"key": sample.identity.key}, "defaults": sample.defaults, "languages": sample.languages,
            "country": sample.country, "network": {"allow": ["127.0.0.0/8"], **self._network}, **more,
        }  # fmt: skip
        config: SourceConfig = msgspec.convert(said, SourceConfig)
        return config

    async def harvest(self, config: SourceConfig | None = None, **options: Any) -> RunReport:
        """A run on the next day; TimeoutError where it does not end within a minute, CancelledError where killed."""
        self.now += timedelta(days=1)
        self._served.clear()
        self._asked = 0
        engine = Engine(self.database, self._settings, environ={"SAMPLE_TOKEN": TOKEN}, clock=lambda: self.now)
        async with engine:
            client = Client(
                spool=engine.workplace.folder, hosts=MemoryHostBook(), user_agent=self._settings.user_agent,
                sleep=self._note_wait,
            )  # fmt: skip
            async with client:
                engine.client = client
                self._task = asyncio.create_task(engine.harvest(config or self.config, RunOptions(**options)))
                async with asyncio.timeout(BOUND_S):
                    return await self._task

    async def _note_wait(self, seconds: float) -> None:
        self.waits.append(seconds)

    async def _serve(self, request: web.Request) -> web.StreamResponse | Answer:
        self._busy += 1
        self.busiest = max(self.busiest, self._busy)
        try:
            await asyncio.sleep(0)
            self._asked += 1
            if self.kill_after is not None and self._asked > self.kill_after and self._task:
                self._task.cancel()
                self.killed_at = time.monotonic()
            wanted = plain_url(self.origin + request.raw_path)
            honest = self._honest(wanted)
            if self.fault is not None and (
                not self.faulty or request.path == LOGIN or wanted in {plain_url(url) for url in self.faulty}
            ):
                return await self.fault(request, honest)
            return honest
        finally:
            self._busy -= 1

    def _honest(self, url: str) -> Answer:
        places = [place for place, one in enumerate(self.sample.responses) if plain_url(one.url) == url]
        if not places and self.windows:  # a delta asks for the same list with dates
            bare = _without_dates(url)
            places = [
                place for place, one in enumerate(self.sample.responses) if _without_dates(plain_url(one.url)) == bare
            ]
        if not places:
            return Answer(status=404)
        index = self._served.get(url, 0)
        self._served[url] = index + 1
        place = places[min(index, len(places) - 1)]
        response = self.sample.responses[place]
        return Answer(body=self.body_of(place), status=response.status, headers=response.headers)

    def body_of(self, place: int) -> bytes:
        """The bytes of a response as this server gives them: its own address in place of the sample's."""
        response = self.sample.responses[place]
        content = self.bodies[place] if place in self.bodies else response.content(self.sample.folder)
        return content.replace(self.origin.encode(), self.here.encode())

    def remembered(self) -> Remembered:
        """What the store knows now."""
        with self.database.read() as connection:
            row = source_row(connection, SOURCE)
            known = {one.native_id: (one.status, one.doc or b"") for one in heads(connection)}
        return Remembered(row.protocol_state, row.watermark, row.accepted_run, known)

    @property
    def active(self) -> set[str]:
        """Keys of the records that are accepted and there."""
        return {key for key, (status, _) in self.remembered().heads.items() if status == "active"}

    def stored(self) -> bytes:
        """Every byte of the store's files and the spool."""
        return b"".join(path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file())

    def list_urls(self) -> list[str]:
        """The addresses of the sample's lists, in the order they are asked."""
        return [one.url for one in self.requests if one.kind == "list"]


TOKEN = "s3cr3t-t0ken-of-the-sample"  # noqa: S105 - made up, to be looked for


def plain_url(url: str) -> str:
    """An address for comparing: two ways of percent-encoding it are one."""
    return unquote(url)


def _without_dates(url: str) -> str:
    """An address without arguments that hold a date."""
    path, _, query = url.partition("?")
    kept = [pair for pair in query.split("&") if not (pair.partition("=")[2][:4].isdecimal() and "-" in pair)]
    return f"{path}?{'&'.join(kept)}" if kept else path
