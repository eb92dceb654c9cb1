"""Column types that mean the same on SQLite and PostgreSQL.

Times are aware UTC in Python on both. Ids compare and sort by bytes on both (`COLLATE "C"`; SQLite's default).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Dialect, Integer, LargeBinary, Text
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Field

__all__ = ["BIG", "BLOB", "ID_TEXT", "MOMENT", "Moment", "column", "required"]


class Bytes(LargeBinary):
    """Bytes as they are: both drivers take them, and wrapping each cost a sixth of landing a page."""

    def bind_processor(self, dialect: Dialect) -> None:
        """None."""
        return


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite keeps it as naive UTC text that sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware in, UTC out; a naive datetime is a bug and raises ValueError."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Always aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


MOMENT: TypeEngine[Any] = Moment()
BIG: TypeEngine[Any] = BigInteger().with_variant(Integer(), "sqlite")
ID_TEXT: TypeEngine[Any] = Text().with_variant(Text(collation="C"), "postgresql")
BLOB: TypeEngine[Any] = Bytes()


def column(kind: TypeEngine[Any] | None = None, *, index: bool = False, key: bool = False, default: Any = None) -> Any:
    """A nullable column (or part of the primary key)."""
    sa = Column(kind if kind is not None else Text(), primary_key=key, nullable=not key, index=index)
    return Field(default=default, sa_column=sa)


def required(kind: TypeEngine[Any] | None = None, *, index: bool = False, default: Any = ...) -> Any:
    """A column that is never NULL."""
    return Field(default=default, sa_column=Column(kind if kind is not None else Text(), nullable=False, index=index))
