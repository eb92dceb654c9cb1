"""The daemon as a process: signals, restarts, a leader that dies. Everything is finished exactly once."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import text

from microharvest.pipeline import init_stores
from microharvest.settings import load_settings
from microharvest.store.database import Database
from microharvest.testing.feed_server import Answer, FeedServer

DAEMON = """
import asyncio, os, sys
from pathlib import Path
from microharvest.service.daemon import serve
from microharvest.settings import load_settings
from microharvest.telemetry import set_up_logs

set_up_logs(form="json", level="info")
folder = Path(sys.argv[1])
sys.exit(asyncio.run(serve(folder, load_settings(folder), os.environ, port=0, tick_s=0.2, drain_s=float(sys.argv[2]))))
"""

SETTINGS = """
store = "sqlite:///{store}"
[harvest]
lease_s = 5
workers = 1
inline = {inline}
[network]
rate_per_s = 1000
attempts = 1
"""

SOURCE = """
title = "{source}"
protocol = "file"
dialect = "columns"
url = "{url}"
licence = "https://creativecommons.org/publicdomain/zero/1.0/"
languages = ["en"]
schedule = {{ every = "PT24H", jitter_s = 0 }}
network = {{ allow = ["127.0.0.0/8"], rate_per_s = 1000 }}
identity = {{ key = ["Code"] }}
columns = {{ title = "Title", provider = "Provider" }}
"""
ROWS = 20


def feed(source: str) -> bytes:
    rows = [f"{source}-{number},Course {number} of {source},University of {source}" for number in range(ROWS)]
    return "\n".join(["Code,Title,Provider", *rows, ""]).encode()


class Daemon:
    """A process of ours, its log events as they come."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.events: list[dict[str, Any]] = []
        self._changed = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            said = line.decode()
            self.events.append(json.loads(said) if said.startswith("{") else {"event": "text", "said": said})
            self._changed.set()

    async def said(self, event: str, **values: Any) -> dict[str, Any]:
        """The first event of that name and those values, awaited."""
        async with asyncio.timeout(60):
            while True:
                self._changed.clear()
                for entry in self.events:
                    if entry["event"] == event and values.items() <= entry.items():
                        return entry
                assert not self._reading.done(), self.events
                await self._changed.wait()

    async def ended(self) -> int:
        async with asyncio.timeout(60):
            status = await self.process.wait()
            await self._reading
        return status


class World:
    """A configuration, a store, a feed server whose slow feed waits at a gate."""

    def __init__(self, folder: Path, server: FeedServer, *, inline: str) -> None:
        self.folder, self.server = folder / "config", server
        self.store = folder / "store.db"
        self.gate = asyncio.Event()
        (self.folder / "sources").mkdir(parents=True)
        (self.folder / "microharvest.toml").write_text(SETTINGS.format(store=self.store, inline=inline))
        for source in ("one", "two", "slow"):
            self.add(source)
            server.add(f"/{source}.csv", self.slow if source == "slow" else feed(source))
        init_stores(load_settings(self.folder, environ={}))

    def add(self, source: str) -> None:
        url = self.server.url(f"/{source}.csv")
        (self.folder / "sources" / f"{source}.toml").write_text(SOURCE.format(source=source, url=url))

    async def slow(self, request: web.Request) -> Answer:
        await self.gate.wait()
        return Answer(body=feed("slow"), headers={"Content-Type": "text/csv"})

    @asynccontextmanager
    async def daemon(self, drain_s: float = 0.3) -> AsyncIterator[Daemon]:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("MICROHARVEST_")}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", DAEMON, str(self.folder), str(drain_s), stderr=asyncio.subprocess.PIPE, env=environ
        )  # fmt: skip
        daemon = Daemon(process)
        try:
            yield daemon
        finally:
            if process.returncode is None:
                process.kill()
            await daemon.ended()

    def rows(self, statement: str) -> list[Any]:
        database = Database(f"sqlite:///{self.store}")
        try:
            with database.read() as connection:
                return list(connection.execute(text(statement)))
        finally:
            database.dispose()

    def added(self) -> Counter[str]:
        """Log entries by source; fails if a record was added twice."""
        rows = self.rows("SELECT source, native_id, kind FROM change")
        assert len({(row.source, row.native_id) for row in rows}) == len(rows)
        assert {row.kind for row in rows} <= {"added"}
        return Counter(row.source for row in rows)

    async def asked(self, path: str, times: int) -> None:
        await until(lambda: len(self.server.calls_to(path)) >= times)


async def until(true: Callable[[], bool]) -> None:
    for _ in range(6000):
        if true():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it did not come to be")


@pytest.fixture
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """Only the first test pays for parse processes; the others are about the daemon itself."""
    async with FeedServer() as server:
        world = World(tmp_path, server, inline="false" if "stopped" in request.node.name else "true")
        yield world
        world.gate.set()


async def test_a_daemon_stopped_in_the_middle_goes_on_and_finishes_everything_once(world: World) -> None:
    for source in ("gone", "page"):
        world.add(source)
    world.server.break_path("/page.csv", "html")
    async with world.daemon() as daemon:
        url = (await daemon.said("serve.listening"))["url"]
        for source in ("one", "two", "gone", "page"):
            await daemon.said("turn.ended", source=source)
        await world.asked("/slow.csv", 1)
        async with aiohttp.ClientSession() as session, session.get(f"{url}/healthz") as answer:
            health = await answer.json()
            assert (answer.status, health["role"], health["running"]) == (200, "leader", ["slow"])
        daemon.process.send_signal(signal.SIGTERM)
        assert await daemon.ended() == 0
        assert [entry for entry in daemon.events if entry["event"] == "text"] == []
    assert world.added() == {"one": ROWS, "two": ROWS}
    assert [row.lease_owner for row in world.rows("SELECT lease_owner FROM source")] == [None] * 5
    assert len(world.rows("SELECT id FROM run WHERE state = 'running'")) == 1

    world.gate.set()
    async with world.daemon() as daemon:
        await daemon.said("turn.ended", source="slow", outcome="complete")
        await daemon.said("publish.ended", added=3 * ROWS)
        daemon.process.send_signal(signal.SIGINT)
        assert await daemon.ended() == 0
    assert world.added() == {"one": ROWS, "two": ROWS, "slow": ROWS}
    assert not world.rows("SELECT id FROM run WHERE state = 'running'")
    assert not world.rows("SELECT source FROM touched")
    asked = Counter(call.path for call in world.server.calls)
    del asked["/page.csv"]  # a page in the place of a feed is asked for again within the run
    assert asked == {"/one.csv": 1, "/two.csv": 1, "/gone.csv": 1, "/slow.csv": 2}
    runs = world.rows("SELECT source, count(*) AS n FROM run GROUP BY source")
    assert {row.source: row.n for row in runs} == dict.fromkeys(("one", "two", "gone", "page", "slow"), 1)


async def test_a_second_signal_does_not_wait(world: World) -> None:
    async with world.daemon(drain_s=60.0) as daemon:
        for source in ("one", "two"):
            await daemon.said("turn.ended", source=source)
        await world.asked("/slow.csv", 1)
        daemon.process.send_signal(signal.SIGTERM)
        await daemon.said("service.draining", running=["slow"])
        daemon.process.send_signal(signal.SIGTERM)
        assert await daemon.ended() == 0
    assert {row.lease_owner for row in world.rows("SELECT lease_owner FROM source")} == {None}


async def test_files_are_followed_and_a_hangup_reads_them_again(world: World) -> None:
    world.gate.set()
    async with world.daemon() as daemon:
        await daemon.said("turn.ended", source="one")
        world.server.add("/three.csv", feed("three"))
        world.add("three")
        await daemon.said("turn.ended", source="three", outcome="complete")
        before = len([entry for entry in daemon.events if entry["event"] == "config.loaded"])
        daemon.process.send_signal(signal.SIGHUP)
        await until(lambda: len([one for one in daemon.events if one["event"] == "config.loaded"]) > before)
        daemon.process.send_signal(signal.SIGTERM)
        assert await daemon.ended() == 0


async def test_a_follower_takes_over_from_a_leader_that_was_killed(world: World) -> None:
    async with world.daemon() as leader:
        await leader.said("leader.took_over")
        await leader.said("turn.ended", source="one")
        await leader.said("turn.ended", source="two")
        await world.asked("/slow.csv", 1)
        async with world.daemon() as follower:
            await follower.said("leader.waiting")
            assert len(world.server.calls_to("/slow.csv")) == 1, "a follower starts nothing"
            leader.process.kill()
            await leader.ended()
            await follower.said("leader.took_over")
            world.gate.set()
            await follower.said("turn.ended", source="slow", outcome="complete")
            await follower.said("link.ended")
            follower.process.send_signal(signal.SIGTERM)
            assert await follower.ended() == 0
    assert world.added() == {"one": ROWS, "two": ROWS, "slow": ROWS}
    assert len(world.server.calls_to("/slow.csv")) == 2, "once by each, one after the other"
    assert len(world.rows("SELECT id FROM run WHERE source = 'slow'")) == 1, "the follower resumed the leader's run"
    (row,) = world.rows("SELECT fence FROM source WHERE id = 'slow'")
    assert row.fence == 2
