"""kill -9 at every point within replay, prune, forget and approve --rekey: the store is valid, and doing it again ends
where an undisturbed one ends."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from microharvest import pipeline
from microharvest.harvest.engine import RunOptions
from microharvest.harvest.erase import forget_again, forget_record, forget_value
from microharvest.harvest.operator import approve
from microharvest.harvest.prune import prune
from microharvest.harvest.replay import replay
from microharvest.settings import HarvestSettings, MergeSettings, PublishSettings, Settings
from microharvest.sources import SourceConfig, load_sources
from microharvest.store.database import Database
from microharvest.store.quarantine import Selection
from microharvest.telemetry import arm_failpoints
from tests.integration.test_forget import traces
from tests.reliability.scenario import free_leases

NOW = datetime(2026, 11, 1, tzinfo=UTC)
NAME = "Zoë Quistorp-Lindqvist"
SOURCE = """
title = "Table"
protocol = "file"
dialect = "columns"
url = "{url}"
licence = "https://creativecommons.org/publicdomain/zero/1.0/"
[network]
allow = ["local"]
[withdraw]
runs = 1
grace = "P0D"
[identity]
key = {key}
[columns]
title = {{ from = "title", lang = "en" }}
description = {{ from = "text", lang = "en" }}
provider = "by"
"""
MAX_POINTS = 60

Act = Callable[[Database, SourceConfig, Settings], Any]


def head(day: int) -> str:
    lines = [f"{number};Course {number} day {day if number < 6 else 0};By {NAME} {number};Uni" for number in range(12)]
    return "\n".join(["id;title;text;by", *lines, ";Without id;x;Uni", f";Of {NAME};x;Uni"]) + "\n"


class Bench:
    """One store that is made once, and put back before every attempt."""

    def __init__(self, folder: Path, store: str, *, last: str) -> None:
        self.folder, self.store, self.last = folder, store, last
        self.settings = Settings(
            store=store, spool=str(folder / "spool"), harvest=HarvestSettings(inline=True, batch_size=4, lease_s=5)
        )
        self.file = Path(store.partition(":///")[2]) if store.startswith("sqlite") else None
        self.make()
        if self.file is not None:
            shutil.copyfile(self.file, folder / "kept.db")

    def config(self, key: str = '["id"]') -> SourceConfig:
        sources = self.folder / "config" / "sources"
        sources.mkdir(parents=True, exist_ok=True)
        (sources / "s.toml").write_text(SOURCE.format(url=(self.folder / "t.csv").as_uri(), key=key))
        return load_sources(self.folder / "config", {})["s"]

    def make(self) -> None:
        """Three accepted days with releases, then `last`, which may be held."""
        pipeline.init_stores(self.settings, clock=lambda: NOW)
        sources, stores = {"s": self.config()}, pipeline.open_stores(self.settings)
        for day in range(4):
            now = NOW + timedelta(days=400 * day)
            (self.folder / "t.csv").write_text(head(day) if day < 3 else self.last)
            asyncio.run(
                pipeline.harvest(
                    stores,
                    self.settings,
                    sources,
                    RunOptions(),
                    environ={},
                    clock=lambda now=now: now,  # type: ignore[misc]
                )
            )
            pipeline.link(stores, sources, MergeSettings(), clock=lambda now=now: now)  # type: ignore[misc]
            pipeline.publish(stores, sources, PublishSettings(), clock=lambda now=now: now)  # type: ignore[misc]
        stores.close()

    def put_back(self) -> None:
        if self.file is not None:
            for suffix in ("-wal", "-shm"):
                self.file.with_name(self.file.name + suffix).unlink(missing_ok=True)
            shutil.copyfile(self.folder / "kept.db", self.file)
            return
        database = Database(self.store)
        with database.write() as connection:
            for table in connection.execute(
                text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            ).scalars().all():  # fmt: skip
                connection.execute(text(f'DROP TABLE "{table}" CASCADE'))
        database.dispose()
        self.make()

    def attempt(self, act: Act, config: SourceConfig, spec: str | None) -> bool:
        """Carry out `act` in a child process that dies at a failpoint; True if it lived to the end."""
        child = os.fork()
        if child == 0:
            code = 1
            try:
                arm_failpoints(spec)
                database = Database(self.store)
                act(database, config, self.settings)
                database.dispose()
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        assert status == 0 or os.WTERMSIG(status) == signal.SIGKILL, f"status {status}"
        return status == 0

    def observe(self) -> dict[str, Any]:
        """What must be valid after any kill, and what the end must look like."""
        if self.file is not None:
            with closing(sqlite3.connect(self.file)) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        database = Database(self.store)
        with database.read() as connection:
            seqs = connection.execute(text("SELECT seq FROM change ORDER BY seq")).scalars().all()
            assert list(seqs) == list(range(1, len(seqs) + 1))
            orphans = "SELECT count(*) FROM record r LEFT JOIN version v ON v.id = r.head WHERE v.id IS NULL"
            assert connection.execute(text(orphans)).scalar() == 0
            seen = {
                "records": connection.execute(
                    text("SELECT r.native_id, r.status, v.doc FROM record r JOIN version v ON v.id = r.head ORDER BY 1")
                ).all(),
                "log": connection.execute(text("SELECT native_id, kind FROM change ORDER BY 1, 2")).all(),
                "versions": connection.execute(text("SELECT native_id, doc FROM version ORDER BY 1, 2")).all(),
                "quarantine": connection.execute(text("SELECT code, content FROM quarantine ORDER BY 1, 2")).all(),
                "members": connection.execute(text("SELECT native_id, cluster_id FROM member ORDER BY 1")).all(),
                "alias": connection.execute(text("SELECT old_id, new_id FROM alias ORDER BY 1")).all(),
                "entries": connection.execute(text("SELECT id, from_release, doc FROM entry ORDER BY 1, 2")).all(),
                "list": connection.execute(text("SELECT count(*) FROM forgotten WHERE done IS NULL")).scalar(),
            }
        database.dispose()
        plain = lambda one: bytes(one) if isinstance(one, memoryview) else one  # noqa: E731
        return {
            name: [tuple(plain(cell) for cell in row) for row in rows] if isinstance(rows, list) else rows
            for name, rows in seen.items()
        }


def later() -> datetime:
    return NOW + timedelta(days=1300)


def replayed(database: Database, config: SourceConfig, settings: Settings) -> None:
    replay(database, config, settings, Selection(source="s"), who="me", clock=later)


def pruned(database: Database, config: SourceConfig, settings: Settings) -> None:
    prune(database, database, settings, who="me", clock=later)


def forgotten(database: Database, config: SourceConfig, settings: Settings) -> None:
    with database.read() as connection:
        begun = connection.execute(text("SELECT count(*) FROM forgotten")).scalar()
        whole = connection.execute(text("SELECT count(*) FROM record WHERE native_id = '3'")).scalar()
    if not begun:
        forget_value(database, database, NAME, who="me", clock=later)
    if whole:
        forget_record(database, database, "s", "3", who="me", clock=later)
    forget_again(database, database, clock=later)


def rekeyed(database: Database, config: SourceConfig, settings: Settings) -> None:
    with database.read() as connection:
        held = connection.execute(text("SELECT max(id) FROM run WHERE acceptance = 'held'")).scalar()
    if held is not None:
        approve(database, config, held, who="me", rekey=True, clock=later)


NEW_IDS = "id;title;text;by\n" + "".join(
    f"{number + 100};Course {number} day {2 if number < 6 else 0};By {NAME} {number};Uni\n" for number in range(12)
)


@pytest.mark.parametrize("name", ["replay", "prune", "forget", "rekey"])
def test_a_kill_anywhere_leaves_a_valid_store(store_url: str, tmp_path: Path, name: str) -> None:
    act: Act = {"replay": replayed, "prune": pruned, "forget": forgotten, "rekey": rekeyed}[name]
    bench = Bench(tmp_path, store_url, last=NEW_IDS if name == "rekey" else head(2))
    config = bench.config('["id", "title"]' if name == "replay" else '["id"]')
    before = bench.observe()
    assert bench.attempt(act, config, None)
    end = bench.observe()
    assert end != before
    every = range(1, MAX_POINTS) if bench.file is not None else range(1, MAX_POINTS, 3)
    for point in every:
        bench.put_back()
        if bench.attempt(act, config, f"*:{point}"):
            break
        bench.observe()
        free_leases(bench.store)
        assert bench.attempt(act, config, None)
        after = bench.observe()
        if bench.file is not None:  # on PostgreSQL the store is made anew, with ids and keys of its own
            unsalted = {one for one in end if name != "forget" or one in {"list", "quarantine"}}
            assert {one: after[one] for one in unsalted} == {one: end[one] for one in unsalted}
        assert {one: len(after[one]) for one in after if one != "list"} == {
            one: len(end[one]) for one in end if one != "list"
        }
        assert after["list"] == 0
        if name == "forget":
            database = Database(bench.store)
            assert traces(database) == []
            database.dispose()
    else:
        pytest.fail("more failpoints than expected")
    assert point > 1, "no failpoint was passed"
