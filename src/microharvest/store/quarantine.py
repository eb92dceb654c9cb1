"""SQL of the quarantine: what could not be used, kept whole until it is replayed, dropped or past its time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, func, select

from microharvest.store.database import table_of
from microharvest.store.harvest_tables import QuarantineRow, RecordRow, RequestRow, RunRow, VersionRow

__all__ = [
    "Selection",
    "count_rows",
    "drop_rows",
    "latest_view",
    "list_rows",
    "newest_of",
    "pages",
    "row_of",
    "sources_in",
]

_quarantine, _record, _version = table_of(QuarantineRow), table_of(RecordRow), table_of(VersionRow)
_run, _request = table_of(RunRow), table_of(RequestRow)
_CHUNK = 200


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows: by number, by source, by code; empty means any."""

    ids: tuple[int, ...] = ()
    source: str | None = None
    code: str | None = None

    @property
    def everything(self) -> bool:
        """True where nothing narrows it."""
        return not self.ids and self.source is None and self.code is None


def list_rows(connection: Connection, chosen: Selection, limit: int) -> list[Any]:
    """The newest rows, content left out; `size` is its length in bytes."""
    q = _quarantine.c
    columns = (q.id, q.source, q.run, q.native_id, q.code, q.detail, q.at, q.expires, q.media_type)
    listed = select(*columns, func.length(q.content).label("size")).where(*_where(chosen))
    return list(connection.execute(listed.order_by(q.id.desc()).limit(limit)))


def count_rows(connection: Connection, chosen: Selection) -> dict[tuple[str, str], int]:
    """How many rows of each (source, code)."""
    q = _quarantine.c
    counted = select(q.source, q.code, func.count()).where(*_where(chosen)).group_by(q.source, q.code)
    return {(source, code): int(n) for source, code, n in connection.execute(counted.order_by(q.source, q.code))}


def row_of(connection: Connection, number: int) -> Any:
    """One row whole, or None."""
    return connection.execute(select(_quarantine).where(_quarantine.c.id == number)).one_or_none()


def sources_in(connection: Connection, chosen: Selection) -> list[str]:
    """The sources that have such rows."""
    found = select(_quarantine.c.source).where(*_where(chosen)).distinct().order_by(_quarantine.c.source)
    return list(connection.execute(found).scalars())


def pages(connection: Connection, chosen: Selection, before: int | None = None) -> Iterator[list[Any]]:
    """The rows whole, newest first (from those before `before` on), in groups."""
    while True:
        page = select(_quarantine).where(*_where(chosen))
        if before is not None:
            page = page.where(_quarantine.c.id < before)
        rows = list(connection.execute(page.order_by(_quarantine.c.id.desc()).limit(_CHUNK)))
        if not rows:
            return
        before = rows[-1].id
        yield rows


def newest_of(connection: Connection, source: str, native_ids: Sequence[str]) -> dict[str, datetime]:
    """When the accepted content of each of these records was landed."""
    found: dict[str, datetime] = {}
    for start in range(0, len(native_ids), _CHUNK):
        part = native_ids[start : start + _CHUNK]
        rows = connection.execute(
            select(_record.c.native_id, _version.c.created)
            .join(_version, _version.c.id == _record.c.head)
            .where(_record.c.source == source, _record.c.native_id.in_(part))
        )
        found.update({row.native_id: row.created for row in rows})
    return found


def latest_view(connection: Connection, source: str) -> tuple[int, list[bytes], set[str]]:
    """(number, packed id hashes, ids in quarantine) of the last accepted harvest of a source; number 0 without one."""
    newest = select(func.max(_run.c.id)).where(
        _run.c.source == source, _run.c.kind == "harvest", _run.c.acceptance == "accepted"
    )
    run = int(connection.execute(newest).scalar() or 0)
    packed = connection.execute(select(_request.c.seen).where(_request.c.run == run, _request.c.seen.is_not(None)))
    refused = connection.execute(
        select(_quarantine.c.native_id).where(_quarantine.c.run == run, _quarantine.c.native_id.is_not(None))
    )
    return run, [bytes(one) for one in packed.scalars()], set(refused.scalars())


def drop_rows(connection: Connection, ids: Sequence[int]) -> int:
    """Delete rows; returns how many there were."""
    dropped = 0
    for start in range(0, len(ids), _CHUNK):
        part = ids[start : start + _CHUNK]
        dropped += connection.execute(delete(_quarantine).where(_quarantine.c.id.in_(part))).rowcount
    return dropped


def _where(chosen: Selection) -> list[Any]:
    conditions: list[Any] = []
    if chosen.ids:
        conditions.append(_quarantine.c.id.in_(chosen.ids))
    if chosen.source is not None:
        conditions.append(_quarantine.c.source == chosen.source)
    if chosen.code is not None:
        conditions.append(_quarantine.c.code == chosen.code)
    return conditions
