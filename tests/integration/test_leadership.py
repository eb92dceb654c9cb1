"""Of several daemons on one store one leads."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from microharvest.errors import StoreError
from microharvest.store.database import Database
from microharvest.store.leadership import AdvisoryLock, FileLock, leader_lock
from tests.integration.service_world import database, sqlite

__all__ = ["database", "sqlite"]


def test_one_leads_until_it_lets_go(database: Database, store_url: str) -> None:
    other_database = Database(store_url)
    first, second = leader_lock(database), leader_lock(other_database)
    assert first.try_acquire()
    assert not second.try_acquire()
    assert first.try_acquire(), "asking again keeps it"
    first.release()
    first.release()
    assert second.try_acquire()
    assert not first.try_acquire()
    first.release()
    second.release()
    other_database.dispose()


def test_a_lock_on_a_removed_file_binds_nobody(sqlite: Database) -> None:
    first, second = leader_lock(sqlite), leader_lock(sqlite)
    assert isinstance(first, FileLock)
    assert first.try_acquire()
    assert sqlite.path is not None
    sqlite.path.with_name("store.db.leader").unlink()
    assert second.try_acquire()
    assert not first.try_acquire(), "the first notices, and steps down"
    second.release()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        FileLock(tmp_path / "absent" / "store.db.leader").try_acquire()
    assert caught.value.code == "store.read_only"


def test_a_session_that_ended_took_the_lock_with_it(pg_url: str) -> None:
    mine, other = Database(pg_url), Database(pg_url)
    first, second = leader_lock(mine), leader_lock(other)
    assert isinstance(first, AdvisoryLock)
    assert first.try_acquire()
    with other.engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND "
                "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
        )
    with pytest.raises(StoreError) as caught:
        first.try_acquire()
    assert caught.value.code == "store.unreachable"
    assert second.try_acquire()
    assert not first.try_acquire(), "it asks again on a new session"
    first.release()
    second.release()
    mine.dispose()
    other.dispose()
