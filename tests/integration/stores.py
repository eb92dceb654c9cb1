"""Small builders for tests over a real store: open one, land records, read the log."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import text

from microharvest.kit.protocol import Request
from microharvest.model.ids import content_hash, id_hash
from microharvest.store import landing
from microharvest.store.acceptance import Absences, apply_run
from microharvest.store.database import Database
from microharvest.store.leases import ensure_source
from microharvest.store.node import ensure_node
from microharvest.store.parcel import Landed, Parcel
from microharvest.store.runs import open_run
from microharvest.store.schema import migrate

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def fresh_store(url: str) -> Database:
    """Both schemas in one database. A SQLite file begins as a copy of one that was migrated: a third of the time."""
    path = url.removeprefix("sqlite:///")
    if path != url and not Path(path).exists():
        Path(path).write_bytes(_migrated())
    database = Database(url, create=True)
    if path == url:
        migrate(database, "harvest")
        migrate(database, "catalogue")
    ensure_node(database, NOW)
    return database


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/store.db", create=True)
        migrate(database, "harvest")
        migrate(database, "catalogue")
        database.dispose()
        return Path(folder, "store.db").read_bytes()


def landed(native_id: str, content: str, *, datestamp: str | None = None, deleted: bool = False) -> Landed:
    """A record whose bytes and offer are both made from `content`."""
    raw = f"{native_id}:{content}".encode()
    doc = b"" if deleted else f'{{"title":{{"en":"{content}"}}}}'.encode()
    return Landed(
        native_id, id_hash(native_id), content_hash(raw), datestamp, deleted, False,
        "application/json", zlib.compress(raw, 1), doc, content_hash(doc), "[]", "",
    )  # fmt: skip


def run_values(source: str = "s", now: datetime = NOW) -> dict[str, Any]:
    """What a run row needs."""
    return {
        "source": source, "kind": "harvest", "state": "running", "scope": "full", "plan": False, "unproven": False,
        "fence": 0, "started": now, "start_state": "{}", "new_state": "{}", "counts": "{}", "issues": "{}",
    }  # fmt: skip


def request(lane: str = "a", depth: int = 0, generation: int = 0, url: str = "http://127.0.0.1/") -> Request:
    """A request of a list."""
    return Request(lane=lane, url=f"{url}{depth}", depth=depth, generation=generation)


def arrival(run: int, asked: Request, source: str = "s", now: datetime = NOW) -> landing.Arrival:
    """Where a parcel belongs."""
    return landing.Arrival(
        run=run, source=source, request=asked, map_version="1", now=now, keep_quarantine=timedelta(days=1)
    )


def land(database: Database, records: Iterable[Landed], source: str = "s", now: datetime = NOW) -> int:
    """A run with one request that landed these records; not accepted."""
    with database.write() as connection:
        ensure_source(connection, source, now)
        asked = request()
        run = open_run(connection, run_values(source, now), [asked])
        landing.land_parcel(
            connection, arrival(run, asked, source, now), Parcel(landed=list(records)), 0, [], frozenset()
        )
    return run


def accepted(
    database: Database,
    records: Iterable[Landed],
    absences: Absences | None = None,
    source: str = "s",
    now: datetime = NOW,
) -> dict[str, int]:
    """Land and accept."""
    run = land(database, records, source, now)
    with database.write() as connection:
        return apply_run(connection, run, source, absences or Absences(), now)


def log(database: Database) -> list[tuple[int, str, str]]:
    """The change log: (seq, kind, native id)."""
    with database.read() as connection:
        return [tuple(row) for row in connection.execute(text("SELECT seq, kind, native_id FROM change ORDER BY seq"))]


def state(database: Database) -> dict[str, tuple[str, str]]:
    """native id -> (status, content of the accepted version)."""
    query = text("SELECT r.native_id, r.status, v.doc FROM record r JOIN version v ON v.id = r.head")
    with database.read() as connection:
        return {row[0]: (row[1], bytes(row[2] or b"").decode()[16:-3]) for row in connection.execute(query)}
