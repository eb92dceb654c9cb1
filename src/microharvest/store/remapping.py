"""Runs of kind `map`: versions that differ only in what we make of the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, bindparam, func, select, text, update

from microharvest.store.acceptance import next_seq, store_seq
from microharvest.store.columns import MOMENT
from microharvest.store.database import table_of, upsert
from microharvest.store.harvest_tables import RecordRow, RunRow, SourceRow, VersionRow
from microharvest.store.runs import insert_run

__all__ = ["apply_remapped", "close_map_run", "land_remapped", "landed", "open_map_run", "stamp"]

_run, _record, _version, _source = table_of(RunRow), table_of(RecordRow), table_of(VersionRow), table_of(SourceRow)


def open_map_run(connection: Connection, source: str, map_version: str, fence: int, owner: str, now: datetime) -> int:
    """A new run of kind `map`; an earlier one that was interrupted is dropped, nothing of it was visible."""
    old = connection.execute(
        select(_run.c.id).where(_run.c.source == source, _run.c.kind == "map", _run.c.state == "running")
    ).scalars()
    for number in list(old):
        connection.execute(_version.delete().where(_version.c.run == number))
        connection.execute(
            update(_run).where(_run.c.id == number).values(state="ended", outcome="failed", acceptance="rejected")
        )
    base = connection.execute(select(_source.c.accepted_run).where(_source.c.id == source)).scalar()
    return insert_run(
        connection, source=source, kind="map", scope="full", fence=fence, owner=owner, started=now, base_run=base,
        map_version=map_version,
    )  # fmt: skip


def land_remapped(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Store versions of a map run; storing one twice changes nothing."""
    update_columns = ["doc", "doc_hash", "issues", "raw_of", "map_version"]
    upsert(connection, VersionRow, rows, keys=["run", "native_id"], update=update_columns)


def landed(connection: Connection, run: int) -> tuple[int, tuple[str, ...]]:
    """How many versions a run landed, and up to ten native ids."""
    count = connection.execute(select(func.count()).select_from(_version).where(_version.c.run == run)).scalar_one()
    ids = connection.execute(
        select(_version.c.native_id).where(_version.c.run == run).order_by(_version.c.native_id).limit(10)
    ).scalars()
    return int(count), tuple(ids)


def apply_remapped(connection: Connection, run: int, source: str, now: datetime) -> int:
    """Move heads to the newly mapped versions; status stays what it was. Returns the log entries written."""
    base = next_seq(connection)
    logged = connection.execute(
        text(
            "INSERT INTO change (seq, at, run, source, native_id, kind, version, prior) "
            "SELECT :base + row_number() OVER (ORDER BY v.native_id), :at, v.run, v.source, v.native_id, 'changed', "
            "v.id, r.head FROM version v JOIN record r ON r.source = v.source AND r.native_id = v.native_id "
            "WHERE v.run = :run AND v.source = :source AND r.doc_hash <> v.doc_hash"
        ).bindparams(bindparam("at", type_=MOMENT), bindparam("base", type_=BigInteger())),
        {"base": base, "at": now, "run": run, "source": source},
    ).rowcount
    connection.execute(
        text(
            "UPDATE record SET head = v.id, doc_hash = v.doc_hash FROM version v WHERE v.run = :run "
            "AND v.source = :source AND record.source = v.source AND record.native_id = v.native_id"
        ),
        {"run": run, "source": source},
    )
    store_seq(connection, base + logged)
    connection.execute(
        text(
            "INSERT INTO touched (source, native_id) SELECT source, native_id FROM version "
            "WHERE run = :run AND source = :source ON CONFLICT DO NOTHING"
        ),
        {"run": run, "source": source},
    )
    return int(logged)


def stamp(connection: Connection, source: str, map_version: str) -> None:
    """Every record of the source is mapped with this version now, changed or not."""
    connection.execute(update(_record).where(_record.c.source == source).values(map_version=map_version))


def close_map_run(connection: Connection, run: int, *, accepted: bool, counts: str, now: datetime) -> None:
    """End the run; a planned one leaves nothing behind."""
    if not accepted:
        connection.execute(_version.delete().where(_version.c.run == run))
    connection.execute(
        update(_run)
        .where(_run.c.id == run)
        .values(
            state="ended",
            outcome="complete",
            acceptance="accepted" if accepted else "rejected",
            accepted_at=now if accepted else None,
            ended=now,
            counts=counts,
        )
    )
