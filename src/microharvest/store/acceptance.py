"""Acceptance: the one transaction in which a run becomes visible. What must stay true:

- heads move, the change log is written, withdrawals are applied and the watermark moves together or not at all;
- `change.seq` is taken from the counter row inside this transaction, so it is in commit order;
- an absence counts only if the caller says so (`absences`): a full and complete run.

The same classification serves the preview (`classify`) and the real thing (`apply_run`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Connection, bindparam, exists, select, text, update
from sqlalchemy.sql.elements import TextClause

from microharvest.store.columns import MOMENT
from microharvest.store.database import insert_ignore, table_of
from microharvest.store.harvest_tables import ChangeRow, CounterRow, RecordRow, VersionRow

__all__ = ["Absences", "Changes", "absences_of", "apply_run", "classify", "log_changes", "next_seq", "store_seq"]

_record, _counter, _version = table_of(RecordRow), table_of(CounterRow), table_of(VersionRow)

_KIND = (
    "CASE WHEN v.deleted THEN 'withdrawn' WHEN r.native_id IS NULL THEN 'added' "
    "WHEN r.status <> 'active' THEN 'returned' ELSE 'changed' END"
)
_FROM = (
    "FROM version v LEFT JOIN record r ON r.source = v.source AND r.native_id = v.native_id "
    "WHERE v.run = :run AND v.source = :source AND ("
    "(v.deleted AND r.status IN ('active', 'missing')) OR "
    "(NOT v.deleted AND (r.native_id IS NULL OR r.status <> 'active' OR r.doc_hash <> v.doc_hash)))"
)


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What a run's versions change: counts by kind, and up to ten native ids of each as examples."""

    counts: dict[str, int]
    examples: dict[str, list[str]]


class Absences(msgspec.Struct, frozen=True, kw_only=True):
    """What a complete list says by silence: records of the source that it does not hold (any more).

    `missing`: active until now. `due`: missing long enough to be withdrawn. `still`: missing, not yet due.
    `returned`: missing or withdrawn until now, and listed again with unchanged content.
    """

    missing: tuple[str, ...] = ()
    still: tuple[str, ...] = ()
    due: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()


def classify(connection: Connection, run: int, source: str) -> Changes:
    """Counts and examples of what acceptance of the run's versions would write into the change log."""
    params = {"run": run, "source": source}
    counts = {
        str(kind): int(n)
        for kind, n in connection.execute(text(f"SELECT {_KIND} AS kind, count(*) {_FROM} GROUP BY {_KIND}"), params)
    }
    examples = {
        kind: [
            str(native_id)
            for (native_id,) in connection.execute(
                text(f"SELECT v.native_id {_FROM} AND {_KIND} = :kind ORDER BY v.native_id LIMIT 10"),
                {**params, "kind": kind},
            )
        ]
        for kind in counts
    }
    return Changes(counts=counts, examples=examples)


def absences_of(
    connection: Connection, run: int, source: str, present: Collection[int], *, runs: int, before: datetime | None
) -> Absences:
    """Compare the source's records with what the run saw (id hashes of records that are there).

    A missing record is due once `runs` complete runs missed it and it went missing at or before `before`
    (None: at once).
    """
    landed = exists().where(_version.c.run == run, _version.c.native_id == _record.c.native_id)
    rows = connection.execute(
        select(
            _record.c.native_id, _record.c.id_hash, _record.c.status, _record.c.missing_runs, _record.c.missing_since
        )
        .where(_record.c.source == source, ~landed)
        .execution_options(yield_per=10_000)
    )
    missing: list[str] = []
    still: list[str] = []
    due: list[str] = []
    returned: list[str] = []
    for native_id, id_hash, status, missing_runs, missing_since in rows:
        if id_hash in present:
            if status != "active":
                returned.append(native_id)
        elif status == "active":
            if runs <= 1 and before is None:
                due.append(native_id)
            else:
                missing.append(native_id)
        elif status == "missing":
            ripe = missing_runs + 1 >= runs and (before is None or missing_since is None or missing_since <= before)
            (due if ripe else still).append(native_id)
    return Absences(
        missing=tuple(sorted(missing)),
        still=tuple(sorted(still)),
        due=tuple(sorted(due)),
        returned=tuple(sorted(returned)),
    )


def apply_run(connection: Connection, run: int, source: str, absences: Absences, now: datetime) -> dict[str, int]:
    """Make a run's versions and absences the accepted state; returns the number of log entries by kind."""
    base = next_seq(connection)
    params = {"run": run, "source": source, "at": now}
    logged = connection.execute(
        _timed(
            "INSERT INTO change (seq, at, run, source, native_id, kind, version, prior) "
            "SELECT :base + row_number() OVER (ORDER BY v.native_id), :at, :run, v.source, v.native_id, "
            f"{_KIND}, v.id, r.head {_FROM}"
        ),
        {**params, "base": base},
    ).rowcount
    base += logged
    connection.execute(
        _timed(
            "UPDATE record SET status = 'withdrawn', missing_since = NULL, missing_runs = 0, raw_hash = v.raw_hash, "
            "last_seen = :at FROM version v WHERE v.run = :run AND v.source = :source AND v.deleted "
            "AND record.source = v.source AND record.native_id = v.native_id"
        ),
        params,
    )
    connection.execute(
        _timed(
            "INSERT INTO record (source, native_id, id_hash, head, raw_hash, doc_hash, map_version, status, "
            "first_seen, last_seen, missing_since, missing_runs) "
            "SELECT v.source, v.native_id, v.id_hash, v.id, v.raw_hash, v.doc_hash, v.map_version, 'active', "
            ":at, :at, NULL, 0 FROM version v WHERE v.run = :run AND v.source = :source AND NOT v.deleted "
            "ON CONFLICT (source, native_id) DO UPDATE SET head = excluded.head, raw_hash = excluded.raw_hash, "
            "doc_hash = excluded.doc_hash, map_version = excluded.map_version, status = 'active', "
            "last_seen = excluded.last_seen, missing_since = NULL, missing_runs = 0"
        ),
        params,
    )
    for kind, ids in (("returned", absences.returned), ("missing", absences.missing), ("withdrawn", absences.due)):
        base = log_changes(connection, run, source, kind, ids, base, now)
    _set_status(connection, source, absences, now)
    store_seq(connection, base)
    connection.execute(
        text(
            "INSERT INTO touched (source, native_id) SELECT DISTINCT source, native_id FROM change "
            "WHERE run = :run AND source = :source ON CONFLICT DO NOTHING"
        ),
        {"run": run, "source": source},
    )
    return {
        str(kind): int(n)
        for kind, n in connection.execute(
            text("SELECT kind, count(*) FROM change WHERE run = :run AND source = :source GROUP BY kind"),
            {"run": run, "source": source},
        )
    }


def log_changes(
    connection: Connection, run: int, source: str, kind: str, ids: Sequence[str], base: int, now: datetime
) -> int:
    """Append one log entry per id that keeps its head; returns the last seq used."""
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        rows = connection.execute(
            select(_record.c.native_id, _record.c.head).where(_record.c.source == source, _record.c.native_id.in_(part))
        )
        heads = {row.native_id: row.head for row in rows}
        connection.execute(
            table_of(ChangeRow).insert(),
            [
                {
                    "seq": base + number, "at": now, "run": run, "source": source, "native_id": native_id,
                    "kind": kind, "version": heads[native_id], "prior": heads[native_id],
                }
                for number, native_id in enumerate(part, start=1)
            ],
        )  # fmt: skip
        base += len(part)
    return base


def next_seq(connection: Connection) -> int:
    """Lock the counter of the change log until commit; returns the last number used."""
    insert_ignore(connection, CounterRow, [{"name": "change", "value": 0}], keys=["name"])
    value = connection.execute(
        select(_counter.c.value).where(_counter.c.name == "change").with_for_update()
    ).scalar_one()
    return int(value)


def store_seq(connection: Connection, value: int) -> None:
    """Write the counter back after `next_seq`."""
    connection.execute(update(_counter).where(_counter.c.name == "change").values(value=value))


def _set_status(connection: Connection, source: str, absences: Absences, now: datetime) -> None:
    changes: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = (
        (absences.returned, {"status": "active", "missing_since": None, "missing_runs": 0, "last_seen": now}),
        (absences.missing, {"status": "missing", "missing_since": now, "missing_runs": 1}),
        (absences.still, {"missing_runs": _record.c.missing_runs + 1}),
        (absences.due, {"status": "withdrawn", "missing_since": None, "missing_runs": 0}),
    )
    for ids, values in changes:
        for start in range(0, len(ids), 500):
            connection.execute(
                update(_record)
                .where(_record.c.source == source, _record.c.native_id.in_(ids[start : start + 500]))
                .values(**values)
            )


def _timed(statement: str) -> TextClause:
    """A statement whose `:at` is a stored moment, typed for both databases."""
    clause = text(statement).bindparams(bindparam("at", type_=MOMENT), bindparam("run", type_=BigInteger()))
    if ":base" in statement:
        clause = clause.bindparams(bindparam("base", type_=BigInteger()))
    return clause
