"""Who this store is: one row, made once, part of every public id."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import select

from microharvest.store.database import Database, insert_ignore, table_of
from microharvest.store.harvest_tables import NodeRow

__all__ = ["ensure_node", "node_id"]

_node = table_of(NodeRow)


def ensure_node(database: Database, now: datetime) -> bool:
    """Give the store its identity if it has none; True if it was given now."""
    with database.write() as connection:
        before = connection.execute(select(_node.c.node_id)).scalar()
        row = {"id": 1, "node_id": uuid.uuid4().hex, "created": now}
        insert_ignore(connection, NodeRow, [row], keys=["id"])
    return before is None


def node_id(database: Database) -> str:
    """The identity `init` made."""
    with database.read() as connection:
        return str(connection.execute(select(_node.c.node_id)).scalar_one())
