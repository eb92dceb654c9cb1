"""Reading accepted records: hashes for parse processes, heads for mapping again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from microharvest.store.database import table_of
from microharvest.store.harvest_tables import RecordRow, VersionRow

__all__ = ["count_by_status", "has_overdue", "head_rows", "known_hashes", "raw_of_version"]

_record, _version = table_of(RecordRow), table_of(VersionRow)
CHUNK = 2000


def known_hashes(connection: Connection, source: str, map_version: str) -> Iterator[tuple[int, bytes]]:
    """(id hash, raw hash) of every accepted record mapped with `map_version`, ordered by id hash."""
    accepted = (
        select(_record.c.id_hash, _record.c.raw_hash)
        .where(_record.c.source == source, _record.c.map_version == map_version)
        .order_by(_record.c.id_hash)
        .execution_options(yield_per=10_000)
    )
    for id_hash, raw_hash in connection.execute(accepted):
        yield id_hash, bytes(raw_hash)


def count_by_status(connection: Connection, source: str) -> dict[str, int]:
    """Records of a source by status."""
    rows = connection.execute(
        select(_record.c.status, func.count()).where(_record.c.source == source).group_by(_record.c.status)
    )
    return {str(status): int(count) for status, count in rows}


def has_overdue(connection: Connection, source: str, before: datetime) -> bool:
    """Is a record missing since then?"""
    overdue = (_record.c.source == source) & (_record.c.status == "missing") & (_record.c.missing_since <= before)
    return connection.execute(select(_record.c.native_id).where(overdue).limit(1)).first() is not None


def head_rows(connection: Connection, source: str, after: str) -> list[Any]:
    """Up to 2,000 records with the version they stand on, by native id, after `after`."""
    return list(
        connection.execute(
            select(_version, _record.c.status)
            .join(_version, _version.c.id == _record.c.head)
            .where(_record.c.source == source, _record.c.native_id > after)
            .order_by(_record.c.native_id)
            .limit(CHUNK)
        )
    )


def raw_of_version(connection: Connection, version: int) -> bytes | None:
    """The compressed bytes of a version that points elsewhere for them."""
    return connection.execute(select(_version.c.raw).where(_version.c.id == version)).scalar()
