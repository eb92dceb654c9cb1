"""The catalogue schema, which may stand in a database of its own: releases and entries as versions.

An entry version is valid from one release to another; a reader who follows `catalogue.current` sees whole
releases only. A release is built under its number while nobody reads it; one short transaction makes it current.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Index, Integer, MetaData
from sqlmodel import SQLModel

from microharvest.store.columns import BIG, BLOB, ID_TEXT, MOMENT, column, required
from microharvest.store.harvest_tables import NAMING

__all__ = ["CatalogueBase", "CatalogueRow", "EntryRedirectRow", "EntryRow", "ErasureRow", "ReleaseRow", "WithheldRow"]


class CatalogueBase(SQLModel):
    """Base of every table of the catalogue schema."""

    metadata = MetaData(naming_convention=NAMING)


class CatalogueRow(CatalogueBase, table=True):
    """One row: who publishes here, which release is current, whether publishing is pinned and why."""

    __tablename__ = "catalogue"
    id: int = column(Integer(), key=True)
    node_id: str | None = column()
    current: int = required(BIG, default=0)
    pinned: bool = required(Boolean(), default=False)
    pinned_because: str | None = column()
    next_due: datetime | None = column(MOMENT)


class ReleaseRow(CatalogueBase, table=True):
    """One numbered state of the catalogue. `state`: building, published, abandoned."""

    __tablename__ = "release"
    number: int = column(BIG, key=True)
    state: str = required(default="building")
    started: datetime = required(MOMENT)
    published: datetime | None = column(MOMENT)
    counts: str = required(default="{}")


class EntryRow(CatalogueBase, table=True):
    """An entry's content, valid from `from_release` until (not including) `to_release`.

    `state`: `published`, `withdrawn` (no active member; the id is kept) or `merged` (see entry_redirect).
    """

    __tablename__ = "entry"
    id: str = column(ID_TEXT, key=True)
    from_release: int = column(BIG, key=True)
    to_release: int | None = column(BIG)
    state: str = required(default="published")
    doc: bytes = required(BLOB)
    doc_hash: bytes = required(BLOB)
    __table_args__ = (Index("ix_entry_to_release", "to_release"),)


class WithheldRow(CatalogueBase, table=True):
    """A cluster that is not published, and why, valid like an entry version."""

    __tablename__ = "withheld"
    id: str = column(ID_TEXT, key=True)
    from_release: int = column(BIG, key=True)
    to_release: int | None = column(BIG)
    reason: str = required()


class EntryRedirectRow(CatalogueBase, table=True):
    """Public ids that moved, and the release since which they do."""

    __tablename__ = "entry_redirect"
    old_id: str = column(ID_TEXT, key=True)
    new_id: str = column(ID_TEXT, key=True)
    reason: str = required()
    from_release: int = required(BIG)


class ErasureRow(CatalogueBase, table=True):
    """An entry version from which something was erased in place, although releases are never changed otherwise."""

    __tablename__ = "erasure"
    id: str = column(ID_TEXT, key=True)
    from_release: int = column(BIG, key=True)
    at: datetime = required(MOMENT)
