"""What a run learns as it goes: protocol state, the server's clock, and what an unchanged address stands for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from msgspec import json
from msgspec.structs import replace
from sqlalchemy import Connection, select, update

from microharvest.clock import iso
from microharvest.kit.protocol import Request
from microharvest.store.database import Database, table_of
from microharvest.store.harvest_tables import RequestRow, RunRow
from microharvest.store.runs import Known, request_of

__all__ = ["note_seen", "note_state", "seen_of", "server_date", "stored_batches", "take_over"]

_request, _run = table_of(RequestRow), table_of(RunRow)


def stored_batches(database: Database, run: int, key: str) -> int:
    """Parcels of a pending request that are stored already."""
    query = select(_request.c.batches).where(_request.c.run == run, _request.c.key == key)
    with database.read() as connection:
        return int(connection.execute(query).scalar() or 0)


def note_seen(connection: Connection, run: int, key: str, seen: bytes, items: int) -> None:
    """What a request delivered although it did not come to its end."""
    connection.execute(
        update(_request).where(_request.c.run == run, _request.c.key == key).values(seen=seen, records=items)
    )


def note_state(connection: Connection, run: int, state: Mapping[str, Any], server_date: str | None) -> None:
    """Merge what an answer says of the server; the first server date of a run is its watermark to be."""
    if not state and not server_date:
        return
    row = connection.execute(select(_run.c.new_state, _run.c.server_date).where(_run.c.id == run)).one()
    values: dict[str, Any] = {}
    if state:
        merged = json.decode(row.new_state) | dict(state)
        values["new_state"] = json.encode(merged).decode()
    if server_date and row.server_date is None:
        values["server_date"] = server_date
    if values:
        connection.execute(update(_run).where(_run.c.id == run).values(**values))


def server_date(said: str | None, headers: Mapping[str, str], asked: datetime) -> str | None:
    """The server's clock as RFC 3339: what it says, else its Date header (RFC 9110 §6.6.1); never later than our own
    time of asking, for a clock that runs ahead would hide everything that changes until then."""
    if said is None:
        try:
            moment = parsedate_to_datetime(headers.get("date", ""))
        except (TypeError, ValueError):
            return None
        said = iso(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    return min(filter(None, (said, iso(asked))), default=None)


def take_over(connection: Connection, run: int, request: Request, known: Known, now: datetime) -> list[Request]:
    """Let a request stand for what the request that set its validator saw; returns what that one led to."""
    old = connection.execute(select(_request).where(_request.c.run == known.run, _request.c.key == known.key)).one()
    connection.execute(
        update(_request)
        .where(_request.c.run == run, _request.c.key == request.key)
        .values(
            state="done",
            seen=old.seen,
            records=old.records,
            ended=old.ended,
            total=old.total,
            closed=old.closed,
            proof=old.proof,
            sha256=old.sha256,
            etag=old.etag,
            last_modified=old.last_modified,
            taken_from_run=known.run,
            taken_from_key=known.key,
            done_at=now,
        )
    )
    rows = connection.execute(
        select(_request).where(_request.c.run == known.run, _request.c.parent == known.key).order_by(_request.c.ordinal)
    )
    return [replace(request_of(row), generation=0) for row in rows]  # a run of its own has not restarted anything


def seen_of(connection: Connection, run: int, key: str) -> bytes:
    """The packed id hashes of a done request."""
    found = connection.execute(select(_request.c.seen).where(_request.c.run == run, _request.c.key == key)).scalar()
    return found or b""
