"""SQL of decisions: added, revoked, found by the records they name. Nothing is ever deleted.

What must stay true: numbers have no gaps and are handed out under `links.claim`, so that a dump loaded into a fresh
store has the numbers it had; a decision touches the records or clusters concerned in the transaction that stores it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, func, insert, select, update

from microharvest.model.decision import Assertion, Decision, Record, Revocation, stamp
from microharvest.store.database import among, insert_ignore, named, table_of
from microharvest.store.decision_tables import DecisionRow
from microharvest.store.harvest_tables import (
    GoldenRow,
    MemberRow,
    RecordRow,
    TouchedRow,
)

__all__ = [
    "active_values",
    "add_decision",
    "assertions_all",
    "assertions_of",
    "decision_rows",
    "decisions_on",
    "entry_withholds",
    "find_decision",
    "known_marks",
    "known_records",
    "named_in_revoked",
    "provider_page",
    "provider_withholds",
    "revoke_decision",
    "stated",
    "touch_records",
    "value_decisions",
]

_decision, _member, _record = table_of(DecisionRow), table_of(MemberRow), table_of(RecordRow)
_golden = table_of(GoldenRow)
_active = _decision.c.revoked_at.is_(None)


def stated(row: Any) -> Decision:
    """A row as the decision it holds."""
    revoked = None
    if row.revoked_at is not None:
        revoked = Revocation(at=stamp(row.revoked_at), who=row.revoked_by or "", why=row.revoked_why or "")
    return Decision(
        kind=row.kind,
        who=row.who,
        at=stamp(row.at),
        why=row.why,
        one=None if row.source is None else (row.source, row.native_id),
        other=None if row.other_source is None else (row.other_source, row.other_native_id),
        provider=row.provider,
        field=row.field,
        value=msgspec.Raw(row.value.encode()),
        seen=tuple(msgspec.json.decode(row.seen)),
        revoked=revoked,
    )


def add_decision(connection: Connection, decision: Decision) -> int:
    """Store a decision, revoked or not; its number. The caller holds `links.claim`."""
    number = int(connection.execute(select(func.max(_decision.c.id))).scalar() or 0) + 1
    one, other, revoked = decision.one or (None, None), decision.other or (None, None), decision.revoked
    connection.execute(
        insert(_decision).values(
            id=number,
            mark=decision.mark,
            kind=decision.kind,
            source=one[0],
            native_id=one[1],
            other_source=other[0],
            other_native_id=other[1],
            provider=decision.provider,
            field=decision.field,
            value=bytes(decision.value).decode(),
            seen=msgspec.json.encode(decision.seen).decode(),
            who=decision.who,
            at=datetime.fromisoformat(decision.at),
            why=decision.why,
            revoked_at=datetime.fromisoformat(revoked.at) if revoked else None,
            revoked_by=revoked.who if revoked else None,
            revoked_why=revoked.why if revoked else None,
        )
    )
    return number


def revoke_decision(connection: Connection, number: int, revoked: Revocation) -> bool:
    """Take a decision back; False if it is not there or was taken back before."""
    here = (_decision.c.id == number) & _active
    values = {"revoked_at": datetime.fromisoformat(revoked.at), "revoked_by": revoked.who, "revoked_why": revoked.why}
    return connection.execute(update(_decision).where(here).values(**values)).rowcount == 1


def find_decision(connection: Connection, number: int) -> Any:
    """One row, or None."""
    return connection.execute(select(_decision).where(_decision.c.id == number)).one_or_none()


def known_marks(connection: Connection, marks: Iterable[str]) -> dict[str, Any]:
    """The rows of decisions this store has already, by mark."""
    known = select(_decision).where(among(connection, _decision.c.mark, set(marks)))
    return {row.mark: row for row in connection.execute(known)}


def decision_rows(
    connection: Connection, after: int = 0, limit: int | None = None, *, active: bool = False
) -> list[Any]:
    """Decisions in the order in which they were made."""
    rows = select(_decision).where(_decision.c.id > after, *([_active] if active else [])).order_by(_decision.c.id)
    return list(connection.execute(rows if limit is None else rows.limit(limit)))


def decisions_on(connection: Connection, records: Iterable[Record]) -> list[Any]:
    """Every decision that names any of the records, revoked ones too, by number."""
    listed, found = set(records), {}
    for names in (("source", "native_id"), ("other_source", "other_native_id")):
        for condition in named(connection, _decision.c, listed, names):
            found.update({row.id: row for row in connection.execute(select(_decision).where(condition))})
    return [found[number] for number in sorted(found)]


def assertions_of(connection: Connection, records: Iterable[Record]) -> list[Assertion]:
    """The active `same` and `different` that name any of the records, by number."""
    return [
        _assertion(row)
        for row in decisions_on(connection, records)
        if row.revoked_at is None and row.kind in {"same", "different"}
    ]


def named_in_revoked(connection: Connection, records: Iterable[Record]) -> set[Record]:
    """Those that a revoked `same` or `different` names."""
    rows = [row for row in decisions_on(connection, records) if row.kind in {"same", "different"}]
    taken_back = [row for row in rows if row.revoked_at is not None]
    return {
        pair for row in taken_back for pair in ((row.source, row.native_id), (row.other_source, row.other_native_id))
    }


def assertions_all(connection: Connection) -> list[Assertion]:
    """Every active `same` and `different`, by number."""
    wanted = _active & _decision.c.kind.in_(["same", "different"])
    return [_assertion(row) for row in connection.execute(select(_decision).where(wanted).order_by(_decision.c.id))]


def active_values(connection: Connection) -> list[Any]:
    """Every active `value`, by number."""
    wanted = _active & (_decision.c.kind == "value")
    return list(connection.execute(select(_decision).where(wanted).order_by(_decision.c.id)))


def value_decisions(connection: Connection, clusters: Iterable[str]) -> dict[str, list[Any]]:
    """The active `value` decisions on each cluster, through the member they name, by number."""
    found: dict[str, list[Any]] = {}
    for row in _through_members(connection, clusters, "value"):
        found.setdefault(row.cluster_id, []).append(row)
    return found


def entry_withholds(connection: Connection, clusters: Iterable[str]) -> dict[str, int]:
    """The first active `withhold` on each cluster that has one."""
    found: dict[str, int] = {}
    for row in _through_members(connection, clusters, "withhold"):
        found.setdefault(row.cluster_id, int(row.id))
    return found


def provider_withholds(connection: Connection) -> dict[str, int]:
    """{provider as it was named: number} of the active ones."""
    rows = connection.execute(
        select(_decision.c.provider, func.min(_decision.c.id).label("id"))
        .where(_active, _decision.c.kind == "withhold", _decision.c.provider.is_not(None))
        .group_by(_decision.c.provider)
    )
    return {str(row.provider): int(row.id) for row in rows}


def provider_page(connection: Connection, after: str, limit: int) -> list[Any]:
    """(cluster_id, doc) of golden records after a cluster, by bytes."""
    page = select(_golden.c.cluster_id, _golden.c.doc).where(_golden.c.cluster_id > after)
    return list(connection.execute(page.order_by(_golden.c.cluster_id).limit(limit)))


def known_records(connection: Connection, records: Iterable[Record]) -> set[Record]:
    """Those the store has accepted, withdrawn ones too."""
    columns = select(_record.c.source, _record.c.native_id)
    return {
        (row.source, row.native_id)
        for condition in named(connection, _record.c, set(records))
        for row in connection.execute(columns.where(condition))
    }


def touch_records(connection: Connection, records: Iterable[Record]) -> None:
    """Link has to look at these, as far as they are there."""
    rows = [{"source": one[0], "native_id": one[1]} for one in sorted(known_records(connection, records))]
    insert_ignore(connection, TouchedRow, rows, keys=("source", "native_id"))


def _assertion(row: Any) -> Assertion:
    return Assertion(row.kind, (row.source, row.native_id), (row.other_source, row.other_native_id), row.id)


def _through_members(connection: Connection, clusters: Iterable[str], kind: str) -> Iterator[Any]:
    here = (_member.c.source == _decision.c.source) & (_member.c.native_id == _decision.c.native_id)
    joined = _decision.join(_member, here)
    yield from connection.execute(
        select(*_decision.c, _member.c.cluster_id)
        .select_from(joined)
        .where(_active, _decision.c.kind == kind, among(connection, _member.c.cluster_id, set(clusters)))
        .order_by(_decision.c.id)
    ).all()
