"""Due times and lives of sources, and the due time of the next release. Times come from the caller.

A source without a row was never seen; its row is made at first sight. `life`: active, paused, retired. Only active
sources are ever due; retired is final, and the id is never used again.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, select, update

from microharvest.store.catalogue_tables import CatalogueRow
from microharvest.store.database import insert_ignore, table_of
from microharvest.store.harvest_tables import HostRow, RunRow, SourceRow, TouchedClusterRow, TouchedRow
from microharvest.store.leases import ensure_source, held_leases

__all__ = [
    "Turn",
    "catalogue_due",
    "count_failure",
    "due_sources",
    "has_touched",
    "has_touched_clusters",
    "mark_started",
    "postponed_hosts",
    "set_catalogue_due",
    "set_next_due",
    "turns_of",
]

_source, _run, _touched = table_of(SourceRow), table_of(RunRow), table_of(TouchedRow)
_catalogue, _host, _clusters = table_of(CatalogueRow), table_of(HostRow), table_of(TouchedClusterRow)


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What planning needs of a source. `unfinished`: a harvest was begun and waits to go on."""

    source: str
    life: str
    created: datetime
    next_due: datetime | None
    last_started: datetime | None
    last_ended: datetime | None
    failures: int
    unfinished: bool

    @property
    def last(self) -> datetime | None:
        """When the source last ran, by the daemon or by hand; None for never."""
        return max((moment for moment in (self.last_started, self.last_ended) if moment), default=None)


def turns_of(connection: Connection, ids: Collection[str], now: datetime) -> dict[str, Turn]:
    """One `Turn` per id, by id. Makes the row of a source at first sight, so it needs a write transaction."""
    for source in sorted(set(ids) - set(connection.execute(select(_source.c.id)).scalars())):
        ensure_source(connection, source, now)
    open_runs = select(_run.c.source).where(_run.c.state == "running", _run.c.kind == "harvest")
    unfinished = set(connection.execute(open_runs).scalars())
    rows = connection.execute(select(_source).order_by(_source.c.id))
    return {
        row.id: Turn(
            source=row.id,
            life=row.life,
            created=row.created,
            next_due=row.next_due,
            last_started=row.last_started,
            last_ended=row.last_ended,
            failures=row.failures,
            unfinished=row.id in unfinished,
        )
        for row in rows
        if row.id in ids
    }


def due_sources(connection: Connection, now: datetime, ids: Collection[str]) -> list[str]:
    """Those of `ids` that are active, planned for `now` or before, and worked on by nobody; longest waiting first."""
    wanted = set(ids) - {lease.source for lease in held_leases(connection, now)}
    rows = connection.execute(
        select(_source.c.id)
        .where(_source.c.life == "active", _source.c.next_due <= now)
        .order_by(_source.c.next_due, _source.c.id)
    ).scalars()
    return [source for source in rows if source in wanted]


def set_next_due(connection: Connection, source: str, when: datetime | None) -> None:
    """Note when a source is due; None: never, until it is planned again."""
    connection.execute(update(_source).where(_source.c.id == source).values(next_due=when))


def mark_started(connection: Connection, source: str, now: datetime) -> None:
    """Note that a turn begins. The due time stays, so that a turn cut off by a crash is due still."""
    connection.execute(update(_source).where(_source.c.id == source).values(last_started=now))


def count_failure(connection: Connection, source: str) -> None:
    """Count a turn that failed before it had a run to note it."""
    connection.execute(update(_source).where(_source.c.id == source).values(failures=_source.c.failures + 1))


def postponed_hosts(connection: Connection, now: datetime, longest: timedelta) -> dict[str, datetime]:
    """Which hosts asked to be left alone beyond `now`, and until when, but for what lies more than `longest` ahead."""
    asked = _host.c.not_before.between(now, now + longest)
    rows = connection.execute(select(_host.c.host, _host.c.not_before).where(asked))
    return {row.host: row.not_before for row in rows}


def has_touched(connection: Connection) -> bool:
    """Was anything accepted that link has not looked at yet?"""
    return connection.execute(select(_touched.c.source).limit(1)).first() is not None


def has_touched_clusters(connection: Connection) -> bool:
    """Did link change anything that publish has not looked at yet?"""
    return connection.execute(select(_clusters.c.cluster_id).limit(1)).first() is not None


def catalogue_due(connection: Connection) -> datetime | None:
    """When the next release is due; None: none was ever planned."""
    return connection.execute(select(_catalogue.c.next_due).limit(1)).scalar()


def set_catalogue_due(connection: Connection, when: datetime) -> None:
    """Note when the next release is due."""
    insert_ignore(connection, CatalogueRow, [{"id": 1, "current": 0, "pinned": False}], keys=["id"])
    connection.execute(update(_catalogue).values(next_due=when))
