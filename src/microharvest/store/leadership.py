"""Who may tick: one daemon per store. The lock ends with its process, however that dies.

SQLite: flock on `<store>.leader` beside the store (the file stays: unlinking it would let two processes lock two
files of one name). PostgreSQL: a session advisory lock on a connection of its own. A leader that loses the lock
stops starting work; what it has begun is guarded by the sources' leases all the same.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from microharvest.errors import StoreError
from microharvest.store.database import Database

__all__ = ["AdvisoryLock", "FileLock", "LeaderLock", "leader_lock"]

_KEY = 0x6D686172
"""Advisory locks are numbers, one space per database: `mhar` in ASCII."""


class LeaderLock(Protocol):
    """Blocking calls, made from one thread at a time."""

    def try_acquire(self) -> bool:
        """Take the lock if it is free, or still held by us. Raises StoreError."""
        ...

    def release(self) -> None:
        """Give it back; safe to repeat."""
        ...


class FileLock:
    """The lock of a SQLite store."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def try_acquire(self) -> bool:
        """See `LeaderLock`. Raises StoreError store.read_only where the file cannot be made."""
        if self._file is not None:
            if self._is_ours(self._file):
                return True
            self.release()  # somebody removed the file: a lock on it binds nobody
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(
                "store.read_only", f"{self._path} cannot be written ({error.strerror}): check rights on its folder."
            ) from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        if not self._is_ours(file):
            os.close(file)
            return False
        self._file = file
        return True

    def release(self) -> None:
        """See `LeaderLock`."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _is_ours(self, file: int) -> bool:
        try:
            return os.path.samestat(os.fstat(file), os.stat(self._path))
        except OSError:
            return False


class AdvisoryLock:
    """The lock of a PostgreSQL store. The connection is opened at the first attempt and kept."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None
        self._held = False

    def try_acquire(self) -> bool:
        """See `LeaderLock`. Raises StoreError store.unreachable, after which the lock is lost."""
        try:
            connection = self._connected()
            if self._held:
                connection.execute(text("SELECT 1"))
            else:
                self._held = bool(connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _KEY}).scalar())
        except DBAPIError:
            self._held = False  # the session is gone, and the lock with it
            self.release()
            raise StoreError(
                "store.unreachable", f"{self._database.shown} does not answer: check the address and the server."
            ) from None
        return self._held

    def release(self) -> None:
        """See `LeaderLock`. Unlocked by name, for a server may take a while to notice that a session ended."""
        connection, held = self._connection, self._held
        self._connection, self._held = None, False
        if connection is not None:
            if held:
                with suppress(DBAPIError):
                    connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _KEY})
            connection.invalidate()
            connection.close()

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            # The server must notice within a minute that the leader's machine is gone.
            for name, value in (("idle", 30), ("interval", 10), ("count", 3)):
                self._connection.execute(text(f"SET tcp_keepalives_{name} = {value}"))
        return self._connection


def leader_lock(database: Database) -> LeaderLock:
    """The lock that belongs to a store."""
    if database.path is not None:
        return FileLock(database.path.with_name(f"{database.path.name}.leader"))
    return AdvisoryLock(database)
