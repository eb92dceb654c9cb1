"""What link remembers between passes; tables of the harvest schema. What must stay true:

- all of it is derived from accepted heads, the epoch's rules and decisions, and can be built again;
- records are numbered to keep keys and pairs small; the numbers mean nothing outside;
- what a record waits for stands in `match_due`, so a pass that was cut off goes on.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Integer, UniqueConstraint

from microharvest.store.columns import BIG, BLOB, ID_TEXT, MOMENT, column, required
from microharvest.store.harvest_tables import HarvestBase

__all__ = [
    "HarvestBase",
    "LinkMarginRow",
    "MatchDueRow",
    "MatchEdgeRow",
    "MatchEpochRow",
    "MatchKeyRow",
    "MatchLeftRow",
    "MatchProviderRow",
    "MatchRecordRow",
    "MatchStopRow",
    "RelationRow",
]


class MatchEpochRow(HarvestBase, table=True):
    """One row: under which scorecard (TOML) and aliases (JSON) everything is linked, until `link --all` changes it."""

    __tablename__ = "match_epoch"
    id: int = column(Integer(), key=True)
    version: str = required()
    scorecard: str = required()
    aliases: str = required(default="[]")
    features: int = required(Integer())
    since: datetime = required(MOMENT)


class MatchRecordRow(HarvestBase, table=True):
    """What link compares of each active record (MessagePack), its provider's node, its keys (8 bytes each)."""

    __tablename__ = "match_record"
    rid: int = column(BIG, key=True)
    source: str = required(ID_TEXT)
    native_id: str = required(ID_TEXT)
    node: int = required(BIG, index=True)
    doc: bytes = required(BLOB)
    keys: bytes = required(BLOB)
    __table_args__ = (UniqueConstraint("source", "native_id"),)


class MatchProviderRow(HarvestBase, table=True):
    """Each way in which records name a provider, and the organisation it is; None until that is resolved."""

    __tablename__ = "match_provider"
    node: int = column(BIG, key=True)
    organisation: int | None = column(BIG)
    doc: bytes = required(BLOB)


class MatchKeyRow(HarvestBase, table=True):
    """Keys (hashed) under which records are compared at all."""

    __tablename__ = "match_key"
    k: int = column(BIG, key=True)
    rid: int = column(BIG, key=True)
    __table_args__ = ({"sqlite_with_rowid": False},)


class MatchStopRow(HarvestBase, table=True):
    """Keys that join nobody, and why: a code of GUARDS."""

    __tablename__ = "match_stop"
    k: int = column(BIG, key=True)
    kind: str = required()
    value: str = required()
    reason: str = required()
    records: int = required(Integer())


class MatchEdgeRow(HarvestBase, table=True):
    """Pairs worth remembering: near enough to be one offer (weight in thousandths), or siblings (which relation)."""

    __tablename__ = "match_edge"
    one: int = column(BIG, key=True)
    other: int = column(BIG, key=True)
    weight: int = required(Integer())
    sibling: str | None = column()
    __table_args__ = (Index("ix_match_edge_other", "other"), {"sqlite_with_rowid": False})


class MatchDueRow(HarvestBase, table=True):
    """Records that link is not through with: what is to be done next.

    `rid` 0: all providers are to be resolved; -1: those that came or went, and what they can touch.
    """

    __tablename__ = "match_due"
    rid: int = column(BIG, key=True)
    stage: int = required(Integer(), index=True)


class MatchLeftRow(HarvestBase, table=True):
    """Clusters that lost a member that is no longer there."""

    __tablename__ = "match_left"
    cluster_id: str = column(ID_TEXT, key=True)


class LinkMarginRow(HarvestBase, table=True):
    """The thinnest decisions about a cluster: `merge`, the weakest that made it; `apart`, the strongest it was refused;
    `either`, how little nearer its one record is to that of the pair than to another.

    `margin` in thousandths of a log-odds; the pair is the one that spoke loudest.
    """

    __tablename__ = "link_margin"
    cluster_id: str = column(ID_TEXT, key=True)
    kind: str = column(key=True)
    margin: int = required(Integer(), index=True)
    one_source: str = required(ID_TEXT)
    one_native_id: str = required(ID_TEXT)
    other_source: str = required(ID_TEXT)
    other_native_id: str = required(ID_TEXT)


class RelationRow(HarvestBase, table=True):
    """How clusters that are not one offer belong together; `other` follows, contains or renews `one`."""

    __tablename__ = "relation"
    one_id: str = column(ID_TEXT, key=True)
    other_id: str = column(ID_TEXT, key=True)
    kind: str = column(key=True)
    __table_args__ = (Index("ix_relation_other_id", "other_id"),)
