"""The audit trail: what people did, append-only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from microharvest.store.database import table_of
from microharvest.store.harvest_tables import ActionRow

__all__ = ["last_actions", "note_action"]

_action = table_of(ActionRow)


def note_action(
    connection: Connection, at: datetime, who: str, what: str, subject: str, why: str, before: str, after: str
) -> None:
    """Who did what to what, when and why, and what was before and after."""
    values = {"at": at, "who": who, "what": what, "subject": subject, "why": why, "before": before, "after": after}
    connection.execute(insert(_action).values(**values))


def last_actions(connection: Connection, subject: str | None = None, limit: int = 20) -> list[Any]:
    """The newest rows first, of one subject or of all."""
    statement = select(_action).order_by(_action.c.id.desc()).limit(limit)
    return list(connection.execute(statement if subject is None else statement.where(_action.c.subject == subject)))
