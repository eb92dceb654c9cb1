"""The life of a source: active, paused (by a person, until resumed) or retired (for good; its id is never used again).

Retiring withdraws what the source said, as an accepted run of kind `retire`: in the change log like any other run.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from msgspec import json
from sqlalchemy import Connection, select, update

from microharvest.clock import Clock, utc_now
from microharvest.errors import ConfigError
from microharvest.store.acceptance import Absences, apply_run
from microharvest.store.actions import note_action
from microharvest.store.database import Database, table_of
from microharvest.store.ending import drop_held
from microharvest.store.harvest_tables import RecordRow, RunRow, SourceRow
from microharvest.store.leases import Lease, check_fence, leased
from microharvest.store.runs import open_settled_run, source_row

__all__ = ["Life", "lives", "set_life"]

Life = Literal["active", "paused", "retired"]

_source, _run, _record = table_of(SourceRow), table_of(RunRow), table_of(RecordRow)
TTL = timedelta(seconds=60)


def lives(connection: Connection) -> dict[str, str]:
    """The life of every source the store has seen; one it has not seen is active."""
    return {row.id: row.life for row in connection.execute(select(_source.c.id, _source.c.life))}


def set_life(database: Database, source: str, life: Life, *, who: str, why: str = "", clock: Clock = utc_now) -> int:
    """Pause, resume or retire; returns how many records were withdrawn (only retiring withdraws any).

    Raises ConfigError config.retired_source for one that is retired already, RunError run.busy.
    """
    with leased(database, source, life, TTL, clock=clock) as lease, database.write() as connection:
        check_fence(connection, source, lease.fence)
        now = clock()
        before = source_row(connection, source).life
        if before == "retired":
            raise ConfigError("config.retired_source", f"{source} is retired: its id is never used again.")
        connection.execute(update(_source).where(_source.c.id == source).values(life=life))
        withdrawn = _withdraw_all(connection, source, lease, now) if life == "retired" else 0
        done = {"active": "resume", "paused": "pause"}.get(life, "retire")
        note_action(connection, now, who, done, source, why, before, life)
    return withdrawn


def _withdraw_all(connection: Connection, source: str, lease: Lease, now: datetime) -> int:
    gone = connection.execute(
        select(_record.c.native_id)
        .where(_record.c.source == source, _record.c.status != "withdrawn")
        .order_by(_record.c.native_id)
    ).scalars()
    due = tuple(gone)
    run = open_settled_run(connection, source, "retire", lease.fence, lease.owner, now)
    drop_held(connection, source, run)
    logged = apply_run(connection, run, source, Absences(due=due), now)
    connection.execute(update(_run).where(_run.c.id == run).values(counts=json.encode(logged).decode()))
    connection.execute(update(_source).where(_source.c.id == source).values(accepted_run=run, next_due=None))
    return logged.get("withdrawn", 0)
