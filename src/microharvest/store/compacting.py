"""Taking erased bytes out of the files, not only out of the rows.

SQLite: VACUUM writes the file anew from the rows that live, and the write-ahead log is folded in and cut to nothing.
PostgreSQL: VACUUM FULL does the same for a table; its write-ahead log and old backups of the cluster keep what they
have until they are recycled, which is the cluster's own business.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from microharvest.store.database import Database

__all__ = ["compact"]

_BUSY = "another process was using it: stop the daemon and run `microharvest forget --again`"


def compact(database: Database, tables: Iterable[str]) -> str:
    """Rewrite what was erased from; returns what could not be done, or an empty text."""
    return _vacuum_file(database) if database.is_sqlite else _vacuum_tables(database, tables)


def _vacuum_file(database: Database) -> str:
    pooled = database.engine.raw_connection()
    try:
        connection = pooled.driver_connection
        assert isinstance(connection, sqlite3.Connection)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("VACUUM")
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError as error:
        return f"{database.shown} could not be written anew ({error}): {_BUSY}"
    finally:
        pooled.close()
    return f"The write-ahead log of {database.shown} could not be emptied: {_BUSY}" if busy else ""


def _vacuum_tables(database: Database, tables: Iterable[str]) -> str:
    try:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SET lock_timeout = '10s'"))
            for table in sorted(tables):
                connection.execute(text(f'VACUUM FULL "{table}"'))
    except DBAPIError as error:
        said = str(error.orig).strip().splitlines()[0][:200]
        return f"Tables of {database.shown} could not be written anew ({said}): {_BUSY}"
    return ""
