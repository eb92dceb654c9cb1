"""Notices written in the transaction they tell of, and delivered after it: at least once, in order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, select, update

from microharvest.store.database import table_of
from microharvest.store.harvest_tables import OutboxRow

__all__ = ["Notice", "mark_delivered", "undelivered"]

_outbox = table_of(OutboxRow)


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the outbox; `payload` is what its writer gave, decoded."""

    id: int
    at: datetime
    topic: str
    payload: dict[str, Any]


def undelivered(connection: Connection, limit: int = 200) -> list[Notice]:
    """The oldest notices nobody delivered yet."""
    rows = connection.execute(select(_outbox).where(_outbox.c.delivered.is_(None)).order_by(_outbox.c.id).limit(limit))
    return [
        Notice(id=row.id, at=row.at, topic=row.topic, payload=msgspec.json.decode(row.payload, type=dict[str, Any]))
        for row in rows
    ]


def mark_delivered(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    """Note that these went out."""
    connection.execute(update(_outbox).where(_outbox.c.id.in_(ids)).values(delivered=now))
