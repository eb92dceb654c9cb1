"""Hosts that asked to wait, kept across runs and processes (Retry-After persists)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from microharvest.store.database import Database, table_of, upsert
from microharvest.store.harvest_tables import HostRow

__all__ = ["StoreHostBook"]

_host = table_of(HostRow)


class StoreHostBook:
    """The client's port for postponed hosts, over the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def not_before(self, host: str) -> datetime | None:
        """When the host may be asked again; None if it never asked to wait."""
        with self._database.read() as connection:
            return connection.execute(select(_host.c.not_before).where(_host.c.host == host)).scalar()

    def postpone(self, host: str, until: datetime) -> None:
        """Remember that the host wants to be left alone until then; an earlier moment never shortens a later one."""
        row = {"host": host, "not_before": until}
        later = "excluded.not_before > host.not_before"
        with self._database.write() as connection:
            upsert(connection, HostRow, [row], keys=["host"], update=["not_before"], where=later)
