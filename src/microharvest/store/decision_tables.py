"""The part of the harvest schema that holds what people decided. Rows are revoked, never deleted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint

from microharvest.store.columns import BIG, ID_TEXT, MOMENT, column, required
from microharvest.store.harvest_tables import HarvestBase

__all__ = ["DecisionRow", "MemberWasRow"]


class DecisionRow(HarvestBase, table=True):
    """What a person decided (see model/decision.py). Rows are revoked, never deleted; ids have no gaps.

    `mark` tells one decision from another in any store; `value` is JSON, `seen` a JSON list of JSON texts.
    """

    __tablename__ = "decision"
    id: int = column(BIG, key=True)
    mark: str = required()
    kind: str = required()
    source: str | None = column(ID_TEXT)
    native_id: str | None = column(ID_TEXT)
    other_source: str | None = column(ID_TEXT)
    other_native_id: str | None = column(ID_TEXT)
    provider: str | None = column()
    field: str | None = column()
    value: str = required(default="null")
    seen: str = required(default="[]")
    who: str = required()
    at: datetime = required(MOMENT)
    why: str = required()
    revoked_at: datetime | None = column(MOMENT)
    revoked_by: str | None = column()
    revoked_why: str | None = column()
    __table_args__ = (
        UniqueConstraint("mark"),
        Index("ix_decision_source_native_id", "source", "native_id"),
        Index("ix_decision_other_source_other_native_id", "other_source", "other_native_id"),
    )


class MemberWasRow(HarvestBase, table=True):
    """The cluster a record had before a decision moved it: what it has back when the decision is taken back."""

    __tablename__ = "member_was"
    source: str = column(ID_TEXT, key=True)
    native_id: str = column(ID_TEXT, key=True)
    cluster_id: str = required(ID_TEXT)
