"""The review queue: cluster decisions with a thin margin, the thinnest first, each with everything needed to judge."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from microharvest.explain.pair import pair_sheet
from microharvest.explain.sheets import PairSheet
from microharvest.model.decision import Record
from microharvest.store import margins
from microharvest.store.database import Connection

__all__ = ["QueueItem", "QueueLine", "next_item", "queue_lines"]

UNIT = 1000
"""Stored margins are in thousandths."""
Ends = tuple[str, str, str, str]


class QueueLine(msgspec.Struct, frozen=True, kw_only=True):
    """A pair to look at. `kind`: `merge` (one cluster now), `apart` (two) or `either` (two, though one of them fits two
    others); `margin`: by how little, 0 or more."""

    kind: str
    margin: float
    one: str
    other: str
    cluster: str


class QueueItem(msgspec.Struct, frozen=True, kw_only=True):
    """The next pair with its sheet; `waiting`: how many pairs there are, this one included."""

    line: QueueLine
    pair: PairSheet
    records: tuple[Record, Record]
    waiting: int

    @property
    def ends(self) -> Ends:
        """What to skip it by."""
        return (*self.records[0], *self.records[1])


def next_item(connection: Connection, skip: Collection[Ends] = ()) -> QueueItem | None:
    """The thinnest open pair that is not skipped; None when there is none."""
    rows, waiting = margins.open_margins(connection, 1, skip)
    if not rows:
        return None
    row = rows[0]
    one, other = (row.one_source, row.one_native_id), (row.other_source, row.other_native_id)
    return QueueItem(line=_line(row), pair=pair_sheet(connection, one, other), records=(one, other), waiting=waiting)


def queue_lines(connection: Connection, limit: int, kind: str | None = None) -> tuple[list[QueueLine], int]:
    """(the first pairs, how many there are)."""
    rows, waiting = margins.open_margins(connection, limit, kind=kind)
    return [_line(row) for row in rows], waiting


def _line(row: Any) -> QueueLine:
    return QueueLine(
        kind=row.kind,
        margin=row.margin / UNIT,
        one=f"{row.one_source}/{row.one_native_id}",
        other=f"{row.other_source}/{row.other_native_id}",
        cluster=row.cluster_id,
    )
