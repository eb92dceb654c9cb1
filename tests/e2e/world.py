"""A configuration, three feeds on loopback and a store with a first release, worked on by the real command line.

The good beginning is made once and copied for every test: a folder and one SQLite file are everything there is.
Commands run as processes of their own; nothing they start can leave this machine (see `tests.e2e.inside`).
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from microharvest.testing.feed_server import Answer, FeedServer
from microharvest.testing.oai_repository import OaiRepository

__all__ = ["CANARY", "Done", "World", "feeds", "first_world", "rows_of"]

COMMAND = str(Path(sys.executable).with_name("microharvest"))
INSIDE = str(Path(__file__).with_name("inside"))
CANARY = "canary-7f3a9b-hush"
"""The bearer token of the source `courses`; it must never come out anywhere."""

SENTENCE = re.compile(r"^error: (?P<sentence>.+[.?])  \[(?P<code>[a-z]+\.[a-z_]+)\]$")
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")

ATTEMPTS = {
    "run": "every attempt is written down, with its outcome",
    "request": "what an attempt asked for",
    "body": "what it was answered: address, status, hash",
    "finding": "what an attempt noticed",
    "unmapped": "what an attempt did not read",
    "quarantine": "input that could not be used is kept for replay",
    "outbox": "notices about attempts",
    "host": "hosts that asked to wait",
}
"""Tables that may change though no data does, and why."""

BOOKKEEPING = {
    "source": {
        "lease_owner": "who is working", "lease_until": "until when", "fence": "rises with every lease",
        "next_due": "the next attempt", "last_started": "this attempt", "last_ended": "this attempt",
        "last_complete": "an attempt that read everything, whatever became of it",
        "failures": "failed attempts in a row",
    },
}  # fmt: skip
"""The same for columns."""

SETTINGS = """
store = "sqlite:///{folder}/store.db"
[harvest]
inline = true
workers = 1
{harvest}
[network]
attempts = 1
rate_per_s = 1000
"""
SOURCE = """
title = "Feed {name}"
protocol = "{protocol}"
dialect = "{dialect}"
url = "{url}"
licence = "https://creativecommons.org/publicdomain/zero/1.0/"
languages = ["en"]
network = {{ allow = ["127.0.0.0/8"] }}
"""
COLUMNS = """
identity = { key = ["Code"] }
columns = { title = "Title", provider = "Provider" }
"""
AUTH = 'auth = { type = "bearer", token = "env:COURSES_TOKEN" }\n'
ROWS, RECORDS = 24, 30
_DC = 'xmlns:d="http://purl.org/dc/elements/1.1/" xmlns="http://www.openarchives.org/OAI/2.0/oai_dc/"'


def rows_of(source: str, number: int = ROWS, *, extra: str = "") -> bytes:
    """A good CSV feed."""
    rows = [f"{source}-{one},Course {one} of {source},University of {source}" for one in range(number)]
    return "\n".join(["Code,Title,Provider", *rows, extra]).encode()


class Feeds:
    """The server in a thread of its own, so that tests may wait for commands. `oai_tail` cuts later pages of /oai."""

    def __init__(self, server: FeedServer) -> None:
        self.server = server
        self.oai_cut = False
        self._repository = OaiRepository(now=datetime(2026, 2, 1, tzinfo=UTC), page_size=10)
        for one in range(RECORDS):
            payload = f"<dc {_DC}><d:title>Record {one}</d:title><d:publisher>School {one % 3}</d:publisher></dc>"
            self._repository.put(f"oai:school:{one}", payload, at=datetime(2026, 1, 1 + one % 20, tzinfo=UTC))
        for source in ("courses", "modules"):
            server.add(f"/{source}.csv", rows_of(source))
        server.add("/oai", self._oai)

    async def _oai(self, request: web.Request) -> Answer:
        status, headers, body = self._repository.respond(dict(request.query))
        whole = request.query["verb"] in {"Identify", "ListRecords"} and "resumptionToken" not in request.query
        if self.oai_cut and not whole:
            body = body[: len(body) // 2]
        return Answer(body=body, status=status, headers=headers)

    def mend(self) -> None:
        """Everything as it was in the beginning."""
        self.oai_cut = False
        for path in ("/courses.csv", "/modules.csv", "/oai"):
            self.server.mend_path(path)


@contextmanager
def feeds() -> Iterator[Feeds]:
    """The feeds on loopback, for as long as the block lasts."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(30)

    server = FeedServer()
    run(server.__aenter__())
    try:
        yield Feeds(server)
    finally:
        run(server.__aexit__(None, None, None))
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


class Done:
    """What a command left: status, both streams, and its one sentence if it failed."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err
        for shown in (out, err):
            assert "Traceback" not in shown, shown
            assert CANARY not in shown
            assert not CONTROLS.search(shown), shown

    @property
    def sentence(self) -> str:
        """The one sentence on standard error."""
        return self._said()["sentence"]

    @property
    def code(self) -> str:
        """The code behind it."""
        return self._said()["code"]

    def _said(self) -> re.Match[str]:
        assert len(self.err.splitlines()) == 1, f"one sentence, not {self.err!r}"
        said = SENTENCE.match(self.err.rstrip("\n"))
        assert said, self.err
        return said

    def lines(self) -> list[dict[str, Any]]:
        """JSON lines of standard output."""
        return [msgspec.json.decode(line) for line in self.out.splitlines()]


class World:
    """One copy. `run` carries out a command; `data` is everything that bad input must leave alone."""

    def __init__(self, folder: Path, feeds: Feeds) -> None:
        self.folder, self.feeds = folder, feeds
        self.config, self.store = folder / "config", folder / "store.db"
        self.environ = {
            "PATH": os.environ.get("PATH", ""), "HOME": str(folder), "PYTHONPATH": INSIDE, "LANG": "C.UTF-8",
            "STAYED_INSIDE_LOG": str(folder / "outside.log"), "COURSES_TOKEN": CANARY,
        }  # fmt: skip
        for name in ("COVERAGE_PROCESS_START", "VIRTUAL_ENV"):
            if name in os.environ:
                self.environ[name] = os.environ[name]

    def write_settings(self, harvest: str = "") -> None:
        """(Re)write microharvest.toml with more lines in [harvest]."""
        (self.config / "microharvest.toml").write_text(SETTINGS.format(folder=self.folder, harvest=harvest))

    def write_source(self, name: str, url: str, *, protocol: str = "file", dialect: str = "columns", extra: str = ""):  # type: ignore[no-untyped-def]
        """(Re)write a source file."""
        text = SOURCE.format(name=name, url=url, protocol=protocol, dialect=dialect)
        text += COLUMNS if protocol == "file" else ""
        (self.config / "sources" / f"{name}.toml").write_text(text + extra)

    def source_file(self, name: str) -> Path:
        """Where a source is described."""
        return self.config / "sources" / f"{name}.toml"

    def command(self, *words: str) -> list[str]:
        """The command line."""
        return [COMMAND, *words, "--config", str(self.config)]

    def start(self, *words: str, **named: Any) -> subprocess.Popen[str]:
        """A command that goes on by itself."""
        return subprocess.Popen(
            self.command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.environ,
            cwd=self.folder, **named,
        )  # fmt: skip

    def end(self, process: subprocess.Popen[str]) -> Done:
        """Wait for it."""
        out, err = process.communicate(timeout=60)
        return self._checked(Done(process.returncode, out, err))

    def run(self, *words: str, **named: Any) -> Done:
        """A command from beginning to end."""
        return self.end(self.start(*words, **named))

    def _checked(self, done: Done) -> Done:
        log = self.folder / "outside.log"
        assert not log.exists(), log.read_text()
        return done

    def data(self) -> dict[str, list[Any]]:
        """Every row that is data, by table: no run that was not accepted may change one of them."""
        with closing(sqlite3.connect(self.store)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {table: _rows(connection, table) for table in sorted(tables) if table not in ATTEMPTS}

    def leaks(self) -> list[str]:
        """Tables that hold the secret, packed or not."""
        with closing(sqlite3.connect(self.store)) as connection:
            tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return [
                table
                for table in tables
                for row in connection.execute(f"SELECT * FROM {table}")
                if any(CANARY.encode() in _bytes(value) for value in row)
            ]

    def query(self, sql: str) -> list[Any]:
        """Rows of the store."""
        with closing(sqlite3.connect(self.store)) as connection:
            return connection.execute(sql).fetchall()


def _bytes(value: Any) -> bytes:
    if not isinstance(value, bytes):
        return str(value).encode()
    try:
        return zlib.decompress(value)
    except zlib.error:
        return value


def _rows(connection: sqlite3.Connection, table: str) -> list[Any]:
    left_out = BOOKKEEPING.get(table, {})
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] not in left_out]
    seen = " WHERE id IN (SELECT head FROM record)" if table == "version" else ""  # others are not accepted
    return sorted(connection.execute(f"SELECT {', '.join(columns)} FROM {table}{seen}"), key=repr)


def first_world(folder: Path, feeds: Feeds) -> World:
    """Three sources harvested, linked and published."""
    world = World(folder, feeds)
    (world.config / "sources").mkdir(parents=True)
    world.write_settings()
    world.write_source("courses", feeds.server.url("/courses.csv"), extra=AUTH)
    world.write_source("modules", feeds.server.url("/modules.csv"))
    world.write_source("records", feeds.server.url("/oai"), protocol="oai_pmh", dialect="oai_dc")
    for words in (["init"], ["harvest", "--all"], ["link"], ["publish"]):
        done = world.run(*words)
        assert (done.status, done.err) == (0, ""), done.err
    assert len(world.data()["record"]) == 2 * ROWS + RECORDS
    assert len(world.data()["entry"]) > ROWS
    return world


def copy_of(world: World, folder: Path) -> World:
    """The same world somewhere else."""
    shutil.copytree(world.folder, folder, dirs_exist_ok=True)
    copied = World(folder, world.feeds)
    copied.write_settings()
    return copied
