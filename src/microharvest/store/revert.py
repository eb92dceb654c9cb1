"""Going back to an older accepted state, computed from the change log alone.

For every record of the source the last log entry up to that run says what it was then. Records that differ from it
get their old head or status back, with log entries of their own: nothing is deleted, the log only grows.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import json
from sqlalchemy import BigInteger, Connection, bindparam, func, insert, select, text, update

from microharvest.errors import ConfigError
from microharvest.store.acceptance import next_seq, store_seq
from microharvest.store.database import table_of
from microharvest.store.harvest_tables import ChangeRow, RecordRow, RunRow, SourceRow, VersionRow
from microharvest.store.runs import open_settled_run

__all__ = ["revert_to"]

_change, _record, _run = table_of(ChangeRow), table_of(RecordRow), table_of(RunRow)
_source, _version = table_of(SourceRow), table_of(VersionRow)

_THEN = text(
    "SELECT r.native_id, r.head, r.status, r.doc_hash, c.kind, c.version, v.doc_hash AS then_hash, "
    "v.id AS then_id, v.deleted AS then_deleted "
    "FROM record r LEFT JOIN change c ON c.seq = (SELECT max(x.seq) FROM change x "
    "WHERE x.source = r.source AND x.native_id = r.native_id AND x.seq <= :mark) "
    "LEFT JOIN version v ON v.id = c.version WHERE r.source = :source ORDER BY r.native_id"
).bindparams(bindparam("mark", type_=BigInteger()))


def revert_to(
    connection: Connection, source: str, to: int, *, fence: int, owner: str, now: datetime
) -> tuple[int, dict[str, int]]:
    """Make the state after run `to` the accepted one, under a run of its own; returns (its number, counts).

    What was forgotten since stays forgotten. Raises ConfigError command.pruned where a version is no longer kept.
    """
    mark = connection.execute(
        select(func.max(_change.c.seq)).where(_change.c.source == source, _change.c.run <= to)
    ).scalar()
    number = open_settled_run(connection, source, "revert", fence, owner, now, base=to)
    base = next_seq(connection)
    counts = {"added": 0, "changed": 0, "missing": 0, "withdrawn": 0, "returned": 0, "unchanged": 0}
    entries: list[dict[str, Any]] = []
    for row in list(connection.execute(_THEN, {"mark": mark or 0, "source": source})):
        kind = _difference(row)
        if kind in {"changed", "returned", "missing"} and row.then_id is None:
            raise ConfigError(
                "command.pruned", f"What {source} said in run {to} is no longer kept: choose a later run."
            )
        if row.then_deleted and kind != "withdrawn":
            kind = None  # forgotten since: there is nothing to go back to
        if kind is None:
            counts["unchanged"] += 1
            continue
        counts[kind] += 1
        version = row.version if row.version is not None and kind != "withdrawn" else row.head
        entries.append(
            {
                "seq": base + len(entries) + 1, "at": now, "run": number, "source": source,
                "native_id": row.native_id, "kind": kind, "version": version, "prior": row.head,
            }
        )  # fmt: skip
        _set_back(connection, source, row.native_id, kind, version, now)
    if entries:
        connection.execute(insert(_change), entries)
    store_seq(connection, base + len(entries))
    connection.execute(
        text(
            "INSERT INTO touched (source, native_id) SELECT DISTINCT source, native_id FROM change "
            "WHERE run = :run AND source = :source ON CONFLICT DO NOTHING"
        ),
        {"run": number, "source": source},
    )
    connection.execute(update(_run).where(_run.c.id == number).values(counts=json.encode(counts).decode()))
    connection.execute(
        text("DELETE FROM validator WHERE source = :source"), {"source": source}
    )  # a 304 would stand for a state that was just taken back
    connection.execute(update(_source).where(_source.c.id == source).values(accepted_run=number))
    return number, counts


def _difference(row: Any) -> str | None:
    """How the record must change to be as it was then; None if it is as it was."""
    then_gone = row.kind is None or row.kind == "withdrawn"
    if then_gone:
        return None if row.status == "withdrawn" else "withdrawn"
    if row.status == "withdrawn":
        return "returned"
    if row.kind == "missing":
        return None if row.status == "missing" and row.doc_hash == row.then_hash else "missing"
    if row.status == "missing":
        return "returned"
    return None if row.doc_hash == row.then_hash else "changed"


def _set_back(connection: Connection, source: str, native_id: str, kind: str, version: int, now: datetime) -> None:
    values: dict[str, Any] = {"missing_since": None, "missing_runs": 0}
    if kind == "withdrawn":
        values["status"] = "withdrawn"
    else:
        old = connection.execute(
            select(_version.c.raw_hash, _version.c.doc_hash, _version.c.map_version).where(_version.c.id == version)
        ).one()
        values |= {
            "status": "missing" if kind == "missing" else "active",
            "head": version,
            "raw_hash": old.raw_hash,
            "doc_hash": old.doc_hash,
            "map_version": old.map_version,
        }
        if kind == "missing":
            values |= {"missing_since": now, "missing_runs": 1}
    connection.execute(
        update(_record).where(_record.c.source == source, _record.c.native_id == native_id).values(**values)
    )
