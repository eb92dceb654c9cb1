"""Copies of a database: taken while it is in use, and put back in one step.

SQLite: its online backup, into one self-contained file. PostgreSQL: pg_dump's custom format, and its client tools to
put it back within one transaction. A copy is complete or not there: it is written beside and renamed.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sqlalchemy import inspect

from microharvest.errors import ConfigError, StoreError
from microharvest.store.database import Database
from microharvest.store.schema import SCHEMAS

__all__ = ["copy_file", "copy_to", "kind_of_copy", "load_dump", "put_in_place", "tables_of"]

SQLITE, POSTGRESQL = b"SQLite format 3\x00", b"PGDMP"


def copy_to(database: Database, path: Path) -> None:
    """A consistent copy of the whole database. Raises StoreError backup.failed, backup.no_tool."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        if database.is_sqlite:
            assert database.path is not None
            _copy_sqlite(database.path, beside)
        else:
            _dump(database, beside)
        with beside.open("rb+") as written:
            os.fsync(written.fileno())
        beside.replace(path)
    except OSError as error:
        raise StoreError("backup.failed", f"{path} cannot be written: {error.strerror or error}.") from None
    finally:
        beside.unlink(missing_ok=True)


def kind_of_copy(path: Path) -> str:
    """`sqlite` or `postgresql`. Raises ConfigError backup.unreadable."""
    try:
        with path.open("rb") as stream:
            start = stream.read(16)
    except OSError as error:
        raise ConfigError("backup.unreadable", f"{path} cannot be read: {error.strerror or error}.") from None
    if start == SQLITE:
        return "sqlite"
    if start.startswith(POSTGRESQL):
        return "postgresql"
    raise ConfigError(
        "backup.unreadable", f"{path} is no backup of a store: it is neither SQLite nor pg_dump's format."
    )


def tables_of(database: Database) -> set[str]:
    """The tables of a store that a database has; empty if it has none. Raises StoreError where it cannot be read."""
    with database.read() as connection:
        names = set(inspect(connection).get_table_names())
    ours = {name for metadata in SCHEMAS.values() for name in metadata.tables}
    return names & ours if names & {f"schema_{name}" for name in SCHEMAS} else set()


def copy_file(path: Path, target: Path) -> None:
    """A SQLite copy as a file of its own, checked. Raises ConfigError backup.unreadable, StoreError backup.failed."""
    try:
        target.unlink(missing_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _copy_sqlite(path, target)
    except StoreError:
        target.unlink(missing_ok=True)
        raise ConfigError("backup.unreadable", f"{path} fails its integrity check: use another backup.") from None
    except OSError as error:
        target.unlink(missing_ok=True)
        raise StoreError("backup.failed", f"{target} cannot be written: {error.strerror or error}.") from None


def put_in_place(new: Path, target: Path) -> None:
    """Let a closed SQLite file take the place of another, whose log must not be read into it."""
    former = target.with_name(f"{target.name}.replaced")
    if target.exists():
        target.replace(former)
    for suffix in ("-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    new.replace(target)
    former.unlink(missing_ok=True)


def load_dump(database: Database, path: Path) -> None:
    """Replace everything of a store in a PostgreSQL database by a dump, in one transaction.

    Raises StoreError backup.failed (nothing was changed), backup.no_tool.
    """
    tables = [name for metadata in SCHEMAS.values() for name in metadata.tables] + [
        f"schema_{name}" for name in SCHEMAS
    ]
    drops = "".join(f'DROP TABLE IF EXISTS "{name}" CASCADE;\n' for name in tables)
    options = ["--no-owner", "--no-privileges", "--file=-", str(path)]
    sql = _tool(database, "pg_restore", options, connect=False)
    _tool(
        database,
        "psql",
        ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--file=-"],
        given=f"SET lock_timeout = '30s';\n{drops}".encode() + sql,
    )


def _copy_sqlite(source: Path, target: Path) -> None:
    """Copy and check. Raises StoreError backup.failed."""
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=10)) as old:
            with closing(sqlite3.connect(target)) as new:
                old.backup(new)
                new.execute("PRAGMA journal_mode=DELETE")
                said = new.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.Error as error:
        raise StoreError("backup.failed", f"{source} cannot be copied: {error}.") from None
    if said != "ok":
        raise StoreError("backup.failed", f"The copy of {source} fails its integrity check: {said[:200]}.")


def _dump(database: Database, target: Path) -> None:
    _tool(database, "pg_dump", ["--format=custom", "--no-owner", "--no-privileges", f"--file={target}"])


def _tool(
    database: Database, name: str, options: Sequence[str], *, given: bytes | None = None, connect: bool = True
) -> bytes:
    """Run a client tool of PostgreSQL; the password goes by the environment, never by the command line."""
    program = shutil.which(name)
    shown = database.shown
    if program is None:
        raise StoreError(
            "backup.no_tool",
            f"{name} is not installed: install PostgreSQL's client tools, or run on a machine that has them: "
            f"pg_dump --format=custom --file=PATH '{shown}'.",
        )
    environ = dict(os.environ)
    address = database.url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    if database.url.password is not None:
        environ["PGPASSWORD"] = str(database.url.password)
    command = [program, *options, *([f"--dbname={address}"] if connect else [])]
    done = subprocess.run(command, input=given, capture_output=True, env=environ, check=False)  # noqa: S603
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        detail = said[-1][:300] if said else "no reason given"
        raise StoreError("backup.failed", f"{name} of {shown} failed: {detail}")
    return done.stdout
