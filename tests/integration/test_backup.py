"""A backup is whole while others write; a restore brings the state back, but never what was forgotten since."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from microharvest.commands.forget import read_list, write_list
from microharvest.errors import ConfigError, MicroharvestError, StoreError
from microharvest.harvest.backup import RestoreReport, backup, catalogue_file, restore
from microharvest.harvest.erase import forget_record, forget_value
from microharvest.settings import PublishingSettings
from microharvest.sources import SourceConfig
from microharvest.store.actions import note_action
from microharvest.store.database import Database
from microharvest.store.leadership import leader_lock
from microharvest.store.leases import acquire
from microharvest.store.schema import migrate
from tests import postgres
from tests.integration.stores import NOW, fresh_store
from tests.integration.test_forget import MAIL, NAME, in_files, planted, released, traces, world
from tests.integration.test_harvest import World, log, state

__all__ = ["planted", "world"]


@pytest.fixture(autouse=True)
def client_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client tools that belong to the server under test."""
    for folder in map(str, postgres._binaries()):
        if Path(folder, "pg_dump").exists():
            monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
            return
    if shutil.which("pg_dump") is None:
        pytest.skip("needs pg_dump")


def put_back(world: World, path: Path, **options: Any) -> RestoreReport:
    world.database.dispose()
    known = options.pop("known", [])
    return restore(world.settings, path, known, who="me", clock=world.clock, **{"overwrite": True, **options})


async def test_a_restore_brings_the_state_back(planted: tuple[World, SourceConfig], tmp_path: Path) -> None:
    world, config = planted
    file = tmp_path / "copy.mh"
    assert backup(world.database, world.database, file, overwrite=False, who="me", clock=world.clock) == [file]
    before = state(world.database), log(world.database)
    world.server.add("/t.csv", b"id;title;text;ects;url;teacher\nd;Dyes;Other;2;;\ny;Y;;;;\n", content_type="text/csv")
    await world.harvest(config)
    assert (state(world.database), log(world.database)) == before, "held"
    forget_record(world.database, world.database, "s", "d", who="me", clock=world.clock)
    with pytest.raises(ConfigError) as there:
        put_back(world, file, overwrite=False)
    assert there.value.code == "config.exists"
    report = put_back(world, file)
    assert report.rules == 1
    after = state(world.database)
    assert {one: after[one] for one in after if one[0] != "f"} == {
        one: before[0][one] for one in before[0] if one != "d"
    }
    assert log(world.database)[: len(before[1])] != [], "the log is there"
    with world.database.read() as connection:
        whats = connection.execute(text("SELECT what FROM action ORDER BY id")).scalars().all()
        assert connection.execute(text("SELECT count(*) FROM source WHERE lease_owner IS NOT NULL")).scalar() == 0
    assert whats[-1] == "restore"
    assert (await world.harvest(config)).acceptance in {"accepted", "held"}


async def test_what_was_forgotten_since_stays_forgotten(planted: tuple[World, SourceConfig], tmp_path: Path) -> None:
    world, config = planted
    file = tmp_path / "copy.mh"
    backup(world.database, world.database, file, overwrite=False, who="me", clock=world.clock)
    for value in (NAME, MAIL):
        forget_value(world.database, world.database, value, who="me", clock=world.clock)
    report = put_back(world, file)
    assert (report.rules, report.left) == (2, ())
    assert traces(world.database) == []
    if world.database.is_sqlite:
        assert in_files(tmp_path) == []
    await world.harvest(config)
    released(world, config)
    assert traces(world.database) == []


async def test_a_list_kept_apart_serves_where_the_store_is_lost(
    planted: tuple[World, SourceConfig], tmp_path: Path
) -> None:
    world, _ = planted
    file, kept = tmp_path / "copy.mh", tmp_path / "forgotten.json"
    backup(world.database, world.database, file, overwrite=False, who="me", clock=world.clock)
    for value in (NAME, MAIL):
        forget_value(world.database, world.database, value, who="me", clock=world.clock)
    kept.write_bytes(write_list(world.database))
    assert b"uistorp" not in kept.read_bytes()
    if world.database.path is None:
        with world.database.write() as connection:
            connection.execute(text("DROP TABLE forgotten"))
    else:
        world.database.dispose()
        world.database.path.write_bytes(b"SQLite format 3\x00" + os.urandom(5000))
    with pytest.raises(MicroharvestError):
        put_back(world, file, overwrite=False)
    report = put_back(world, file, known=read_list(kept))
    assert report.rules == 2
    assert traces(world.database) == []
    if world.database.is_sqlite:
        assert report.left, "the former list could not be read, and that is said"


async def test_a_catalogue_of_its_own_is_copied_and_cleaned_too(
    planted: tuple[World, SourceConfig], tmp_path: Path
) -> None:
    world, _ = planted
    if not world.database.is_sqlite:
        pytest.skip("the same code; one more database is not needed")
    catalogue = Database(f"sqlite:///{tmp_path / 'catalogue.db'}", create=True)
    migrate(catalogue, "catalogue")
    with sqlite3.connect(tmp_path / "store.db") as connection:
        connection.execute("ATTACH ? AS other", (str(tmp_path / "catalogue.db"),))
        connection.execute("INSERT INTO other.entry SELECT * FROM main.entry")
    file = tmp_path / "copy.mh"
    files = backup(world.database, catalogue, file, overwrite=False, who="me", clock=world.clock)
    assert files == [file, catalogue_file(file)]
    for value in (NAME, MAIL):
        forget_value(world.database, catalogue, value, who="me", clock=world.clock)
    catalogue.dispose()
    world.settings = msgspec.structs.replace(
        world.settings, publish=PublishingSettings(store=f"sqlite:///{tmp_path / 'catalogue.db'}")
    )
    put_back(world, file)
    with catalogue.read() as connection:
        docs = connection.execute(text("SELECT doc FROM entry")).scalars().all()
    assert docs
    assert not any(b"uistorp" in bytes(doc) for doc in docs)
    catalogue.dispose()


async def test_a_copy_is_whole_while_others_write(store_url: str, tmp_path: Path) -> None:
    database = fresh_store(store_url)
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            with database.write() as connection:  # two rows, or none
                for part in ("one", "two"):
                    note_action(connection, NOW, "me", part, "x" * 5000, "", "", "")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            backup(database, database, tmp_path / f"copy{number}", overwrite=False, who="me")
    finally:
        stop.set()
        writer.join()
    database.dispose()
    if database.is_sqlite:
        for number in range(3):
            with sqlite3.connect(tmp_path / f"copy{number}") as copy:
                counts = dict(copy.execute("SELECT what, count(*) FROM action GROUP BY what").fetchall())
            assert counts.get("one", 0) == counts.get("two", 0)
    assert not [one for one in os.listdir(tmp_path) if one.startswith(".copy")]


async def test_what_is_no_backup_is_refused_and_nothing_changes(
    planted: tuple[World, SourceConfig], tmp_path: Path
) -> None:
    world, _ = planted
    before = state(world.database)
    file = tmp_path / "copy.mh"
    backup(world.database, world.database, file, overwrite=False, who="me", clock=world.clock)
    with pytest.raises(ConfigError) as exists:
        backup(world.database, world.database, file, overwrite=False, who="me", clock=world.clock)
    assert exists.value.code == "config.exists"
    whole = file.read_bytes()
    for content in (b"", b"hello", whole[: len(whole) // 2], whole[:4000] + b"\x00" * 60_000 + whole[64_000:]):
        file.write_bytes(content)
        with pytest.raises(MicroharvestError) as refused:
            put_back(world, file)
        assert refused.value.code in {"backup.unreadable", "backup.failed"}
        assert state(world.database) == before
    with pytest.raises(ConfigError):
        put_back(world, tmp_path / "absent")
    assert not [one for one in os.listdir(tmp_path) if "restoring" in one]


async def test_nobody_may_be_working_on_the_store(planted: tuple[World, SourceConfig], tmp_path: Path) -> None:
    world, _ = planted
    file = tmp_path / "copy.mh"
    backup(world.database, world.database, file, overwrite=False, who="me", clock=world.clock)
    lock = leader_lock(world.database)
    assert lock.try_acquire()
    with pytest.raises(StoreError) as running:
        put_back(world, file)
    assert running.value.code == "store.busy"
    lock.release()
    acquire(world.database, "s", "somebody", timedelta(hours=1))
    with pytest.raises(StoreError) as busy:
        put_back(world, file)
    assert busy.value.code == "store.busy"


async def test_without_client_tools_it_says_what_to_do(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    if world.database.is_sqlite:
        pytest.skip("SQLite needs none")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(StoreError) as refused:
        backup(world.database, world.database, world.folder / "x", overwrite=False, who="me")
    assert refused.value.code == "backup.no_tool"
    assert "pg_dump --format=custom" in refused.value.sentence
