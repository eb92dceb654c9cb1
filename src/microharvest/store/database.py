"""Opening a database, transactions, and everything that differs between SQLite and PostgreSQL.

SQLite: WAL, synchronous=FULL (a power cut loses nothing that was committed), page_size 16384, foreign keys on,
every write transaction begins IMMEDIATE (a read that turns into a write fails at once whatever the time-out).
PostgreSQL through psycopg 3, READ COMMITTED. No statement's parameters ever appear in an error.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Table,
    any_,
    cast,
    create_engine,
    event,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError, ProgrammingError
from sqlalchemy.pool import QueuePool
from sqlalchemy.sql.expression import ColumnClause, TableClause

from microharvest.errors import ConfigError, StoreError

__all__ = ["Connection", "Database", "among", "holds_bytes", "insert_ignore", "named", "table_of", "upsert"]

_WRITE = "microharvest_write"
_NAMES = ("source", "native_id")
_SEVERAL, _MANY = 20, 500
"""From so many rows on, they go to the driver as they are (SQLite), or through COPY (PostgreSQL)."""


def table_of(row: Any) -> Table:
    """The Core table of a SQLModel class."""
    table: Table = row.__table__
    return table


class Database:
    """One database: `with db.write() as connection:` is one transaction, `db.read()` a consistent view.

    Raises ConfigError for an address that makes no sense, StoreError for everything the database refuses.
    """

    def __init__(self, address: str, *, create: bool = False) -> None:
        self.url = _parse(address)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.path = Path(self.url.database or "") if self.is_sqlite else None
        if self.path is not None and not create and not _is_there(self.path):
            where = self.path.absolute()
            raise StoreError("store.absent", f"There is no store at {where}: run `microharvest init` first.")
        self.engine = _sqlite_engine(self.url) if self.is_sqlite else _postgresql_engine(self.url)

    @property
    def shown(self) -> str:
        """The address for messages."""
        return self.url.set(drivername=self.url.get_backend_name()).render_as_string(hide_password=True)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction; commits at the end, rolls back on any exception."""
        with self._translated(), self.engine.connect().execution_options(**{_WRITE: True}) as connection:
            with connection.begin():
                yield connection

    @contextmanager
    def rehearse(self) -> Iterator[Connection]:
        """One transaction that is always taken back; others cannot write meanwhile."""
        with self._translated(), self.engine.connect().execution_options(**{_WRITE: True}) as connection:
            with connection.begin() as transaction:
                yield connection
                transaction.rollback()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One read-only view (SQLite: a snapshot; PostgreSQL: repeatable read)."""
        options: dict[str, Any] = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with self._translated(), self.engine.connect().execution_options(**options) as connection:
            with connection.begin():
                yield connection

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise _translate(error, self.shown) from None


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError as error:
        raise StoreError("store.unreachable", f"{path} cannot be opened: {error.strerror}: check its rights.") from None


def _parse(address: str) -> URL:
    try:
        url = make_url(address)
        backend = url.get_backend_name()
    except (ArgumentError, ValueError):
        raise ConfigError(
            "config.invalid", "The store address is not a URL: write sqlite:///file.db or postgresql://host/name."
        ) from None
    if backend in {"postgresql", "postgres"}:
        said = url.query.get("password")  # libpq reads it here, too; in its own place it is hidden wherever it is shown
        if isinstance(said, str):
            url = url.set(password=said).difference_update_query(["password"])
        return url.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and url.database:
        return url.set(drivername="sqlite+pysqlite")
    raise ConfigError(
        "config.invalid",
        f"A store of kind {backend!r} is not supported: write sqlite:///file.db or postgresql://host/name.",
    )


def _sqlite_engine(url: URL) -> Engine:
    engine = create_engine(
        url,
        hide_parameters=True,
        poolclass=QueuePool,
        pool_size=4,
        max_overflow=8,
        pool_use_lifo=True,  # the one used last has its pages in its cache; in turn each would fill one of its own
        connect_args={"check_same_thread": False, "timeout": 10.0},
    )

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        cursor.execute("PRAGMA page_size=16384")
        cursor.execute("PRAGMA busy_timeout=10000")
        if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal" and os.access(url.database or "", os.W_OK):
            cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA cache_size=-8192")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        mode = "IMMEDIATE" if connection.get_execution_options().get(_WRITE) else "DEFERRED"
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


def _postgresql_engine(url: URL) -> Engine:
    try:
        engine = create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,
            pool_size=4,
            max_overflow=8,
            connect_args={"connect_timeout": 10, "application_name": "microharvest"},
        )
    except (NoSuchModuleError, ImportError):
        raise ConfigError("config.invalid", "PostgreSQL needs the package psycopg: install it.") from None

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: object) -> None:
        # A plan kept from when a table was small, for lists of any length, goes through all rows of a source with each
        # list: 15 s in one link of 100,000 records. Known lists are hashed, or looked up.
        connection.execute("SET plan_cache_mode = force_custom_plan")
        connection.commit()

    return engine


def _postgresql() -> Any:
    """The dialect's constructs, loaded where they are used: with SQLite as the store they would be 2 MB for nothing."""
    from sqlalchemy.dialects import postgresql

    return postgresql


def _translate(error: DBAPIError, shown: str) -> StoreError:
    """A driver's error as one of ours. Driver texts carry no parameters; only their first line is shown."""
    said = str(error.orig).strip().splitlines()[0][:300] if error.orig is not None else type(error).__name__
    low = said.lower()
    name = getattr(error.orig, "sqlite_errorname", "") or ""
    state = getattr(error.orig, "sqlstate", "") or ""
    if name == "SQLITE_FULL" or "disk is full" in low or "no space left" in low or state == "53100":
        return StoreError("store.full", f"The disk of {shown} is full: free space, then run again; nothing is lost.")
    if name.startswith("SQLITE_IOERR"):
        return StoreError(
            "store.full", f"{shown} cannot be written ({name}): the disk or a quota is full, or the disk is failing."
        )
    if name.startswith("SQLITE_READONLY") or "read-only" in low or state in {"25006", "42501"}:
        return StoreError("store.read_only", f"{shown} cannot be written: check rights on the file and its folder.")
    if name.startswith("SQLITE_BUSY") or "database is locked" in low or state in {"40001", "40P01", "55P03"}:
        return StoreError("store.busy", f"{shown} is held by another process: try again.")
    if name in {"SQLITE_CORRUPT", "SQLITE_NOTADB"} or "malformed" in low or "not a database" in low:
        return StoreError("store.damaged", f"{shown} is damaged or no store at all: restore a backup.")
    if name == "SQLITE_CANTOPEN" or (isinstance(error, OperationalError) and not name):
        return StoreError("store.unreachable", f"{shown} cannot be opened: {said}: check path, rights, network.")
    if isinstance(error, ProgrammingError | OperationalError) and ("no such table" in low or state == "42P01"):
        return StoreError("store.absent", f"There is no store in {shown} yet: run `microharvest init`.")
    return StoreError("store.failed", f"{shown} refused a statement: {said}")


def upsert(
    connection: Connection,
    row: Any,
    values: Sequence[Mapping[str, Any]] | Sequence[tuple[Any, ...]],
    *,
    keys: Sequence[str],
    update: Sequence[str],
    where: str | None = None,
    columns: Sequence[str] | None = None,
) -> None:
    """INSERT … ON CONFLICT (keys) DO UPDATE SET update, one executemany over dicts of the same shape, or over tuples
    of `columns`.

    Without `update` a conflict is passed over; without `keys`, too, it raises.
    `where`: a condition in SQL over the table's name and `excluded`, the same on both databases. The statement
    has one row of values: a list in VALUES is four times slower than executemany. On PostgreSQL many rows go through
    COPY.
    """
    if not values:
        return
    dialect, names = connection.dialect.name, tuple(columns or values[0])
    places: dict[str, Any] = {name: place if columns else name for place, name in enumerate(names)}
    if len(values) >= _MANY and dialect == "postgresql":
        table = table_of(row)
        rows = _poured(connection, table, values, places, keys if update else ())
        connection.execute(_or_else(_postgresql().insert(table).from_select(list(names), rows), keys, update, where))
        return
    statement = _upsert_statement(dialect, row, tuple(keys), tuple(update), where)
    if len(values) < _SEVERAL or dialect == "postgresql":
        mapped: list[Any] = [dict(zip(names, one, strict=True)) for one in values] if columns else [*values]
        connection.execute(statement, mapped)
    else:
        sql, order = _compiled(statement, connection.dialect, names)
        connection.exec_driver_sql(
            sql, _bound(connection, table_of(row), {name: places[name] for name in order}, values)
        )


@lru_cache(maxsize=256)
def _compiled(statement: Any, dialect: Any, names: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The text of a statement of `_upsert_statement`, and which column stands for each of its question marks."""
    compiled = statement.compile(dialect=dialect, column_keys=names)
    return str(compiled), tuple(compiled.positiontup)


@lru_cache(maxsize=256)
def _upsert_statement(dialect: str, row: Any, keys: tuple[str, ...], update: tuple[str, ...], where: str | None) -> Any:
    return _or_else((_postgresql() if dialect == "postgresql" else sqlite).insert(table_of(row)), keys, update, where)


def _or_else(insert: Any, keys: Sequence[str], update: Sequence[str], where: str | None) -> Any:
    """The insert, and what becomes of it where the key is taken."""
    if update:
        return insert.on_conflict_do_update(
            index_elements=list(keys),
            set_={name: insert.excluded[name] for name in update},
            where=text(where) if where else None,
        )
    return insert.on_conflict_do_nothing(index_elements=list(keys)) if keys else insert


def _bound(
    connection: Connection, table: Table, places: Mapping[str, Any], values: Sequence[Any]
) -> list[tuple[Any, ...]]:
    """Rows as the driver takes them: SQLAlchemy's own binding costs more than the database does. `places`: of columns,
    in order, where a value has them."""
    kinds = [table.c[name].type.dialect_impl(connection.dialect) for name in places]
    binds = [(place, bind) for place, kind in enumerate(kinds) if (bind := kind.bind_processor(connection.dialect))]
    taken = list(places.values())
    rows = list(map(itemgetter(*taken), values)) if len(taken) > 1 else [(one[taken[0]],) for one in values]
    if not any(callable(bind) for _, bind in binds):
        return rows
    listed = [list(row) for row in rows]
    for place, bind in binds:
        for row in listed:
            row[place] = bind(row[place])
    return [tuple(row) for row in listed]


def _poured(
    connection: Connection, table: Table, values: Sequence[Any], places: Mapping[str, Any], keys: Sequence[str]
) -> Any:
    """SELECT of rows that were copied into a temporary table; of rows with one key the last, as one after the other."""
    if keys:
        values = list({tuple(one[places[key]] for key in keys): one for one in values}.values())
    listed = ", ".join(f'"{name}"' for name in places)
    connection.exec_driver_sql("DROP TABLE IF EXISTS poured")
    shape = f'SELECT {listed} FROM "{table.name}" LIMIT 0'  # noqa: S608
    connection.exec_driver_sql(f"CREATE TEMP TABLE poured ON COMMIT DROP AS {shape}")
    cursor: Any = connection.connection.cursor()
    with cursor.copy(f"COPY poured ({listed}) FROM STDIN") as copy:
        for row in _bound(connection, table, places, values):
            copy.write_row(row)
    poured = TableClause("poured", *(ColumnClause(name, table.c[name].type) for name in places))
    return select(*poured.c)


def insert_ignore(
    connection: Connection, row: Any, values: Sequence[Mapping[str, Any]], *, keys: Sequence[str]
) -> None:
    """INSERT … ON CONFLICT (keys) DO NOTHING."""
    upsert(connection, row, values, keys=keys, update=())


def among(connection: Connection, column: Any, values: Iterable[int] | Iterable[str]) -> Any:
    """`column` is one of `values`, however many: one parameter, so no limit of a driver applies, and an index serves.

    The column is a number or a text, and so are all values.
    """
    listed = list(values)
    if connection.dialect.name == "postgresql":
        array = _postgresql().ARRAY(column.type)
        return column == any_(cast(literal(listed, array), array))
    return column.in_(select(func.json_each(_json(listed)).table_valued("value").c.value))


def holds_bytes(connection: Connection, column: Any, sought: bytes) -> Any:
    """These bytes stand in a column of bytes: looked for by the database, so that rows without them stay there."""
    if connection.dialect.name == "postgresql":
        return func.position(literal(sought).op("IN")(column)) > 0
    return func.instr(column, sought) > 0


def _json(listed: list[Any]) -> str:
    try:
        return msgspec.json.encode(listed).decode()
    except UnicodeEncodeError:  # half a surrogate pair, from a command line: nothing stored has it
        return json.dumps(listed)


def named(
    connection: Connection, columns: Any, records: Iterable[tuple[str, str]], names: tuple[str, str] = _NAMES
) -> Iterator[ColumnElement[bool]]:
    """Conditions that find records by an index over (source, native id), source by source; `names` of the columns."""
    by_source: dict[str, list[str]] = {}
    for source, native_id in records:
        by_source.setdefault(source, []).append(native_id)
    for source, ids in sorted(by_source.items()):
        yield (columns[names[0]] == source) & among(connection, columns[names[1]], ids)
