"""SQL of the review queue: the margins that link leaves, without what is decided or about to change."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from microharvest.store.database import table_of
from microharvest.store.decision_tables import DecisionRow
from microharvest.store.harvest_tables import TouchedRow
from microharvest.store.match_tables import LinkMarginRow

__all__ = ["open_margins"]

_margin, _decision, _touched = table_of(LinkMarginRow), table_of(DecisionRow), table_of(TouchedRow)

THIN = 2000
"""Thousandths of a log-odds: what weighs more is no question for a person."""


def open_margins(
    connection: Connection, limit: int, skip: Collection[tuple[str, str, str, str]] = (), kind: str | None = None
) -> tuple[list[Any], int]:
    """(the thinnest pairs nobody has decided, how many there are): kind, margin, cluster_id and the two records.

    A pair stands once, whichever of its clusters it is thin for. `skip`: pairs to leave out of the rows. Records that
    changed since they were linked are left out: link has to look at them first.
    """
    m = _margin.c
    pair = (m.kind, m.one_source, m.one_native_id, m.other_source, m.other_native_id)
    waits = or_(_touches(m.one_source, m.one_native_id), _touches(m.other_source, m.other_native_id))
    wanted = [func.abs(m.margin) < THIN, ~_is_decided(), ~waits, *([] if kind is None else [m.kind == kind])]
    thin = func.min(func.abs(m.margin)).label("margin")
    pairs = select(*pair, thin, func.min(m.cluster_id).label("cluster_id")).where(*wanted).group_by(*pair)
    total = int(connection.execute(select(func.count()).select_from(pairs.subquery())).scalar_one())
    rows = connection.execute(pairs.order_by(thin, *pair).limit(limit + len(skip)))
    return [row for row in rows if _ends(row) not in skip][:limit], total


def _ends(row: Any) -> tuple[str, str, str, str]:
    return (row.one_source, row.one_native_id, row.other_source, row.other_native_id)


def _touches(source: ColumnElement[Any], native_id: ColumnElement[Any]) -> ColumnElement[bool]:
    return exists().where(_touched.c.source == source, _touched.c.native_id == native_id)


def _is_decided() -> ColumnElement[bool]:
    """An active `same` or `different` names the pair, whichever of the two comes first."""
    one, other = (_decision.c.source, _decision.c.native_id), (_decision.c.other_source, _decision.c.other_native_id)
    mine, theirs = (_margin.c.one_source, _margin.c.one_native_id), (_margin.c.other_source, _margin.c.other_native_id)
    said = _decision.c.kind.in_(["same", "different"]) & _decision.c.revoked_at.is_(None)
    either = or_(*(_equal(a, mine) & _equal(b, theirs) for a, b in ((one, other), (other, one))))
    return exists().where(said, either)


def _equal(these: tuple[Any, Any], those: tuple[Any, Any]) -> ColumnElement[bool]:
    return and_(these[0] == those[0], these[1] == those[1])
