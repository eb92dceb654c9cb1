"""What a dialect is: `cut` a document into self-contained records, `map_record` one of them. Pure.

A dialect folder's `mapping.py` has a class `Mapping` that follows `Dialect`. `version` is raised whenever the
same bytes would map differently: stored records are then mapped again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from typing import Protocol as TypingProtocol

import msgspec

from microharvest.kit.document import Document
from microharvest.kit.draft import Draft
from microharvest.kit.record import Names, Record

__all__ = ["Dialect", "DialectSettings", "identify"]

PLACEHOLDER_IDS = frozenset(
    ("", *["-", "--", "n/a", "na", "none", "null", "nil", "todo", "tbd", "unknown", "undefined", "x", "xxx"])
)


class DialectSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the source file says to a dialect: its tables and defaults, unread by anybody else."""

    source: str = ""
    languages: tuple[str, ...] = ()
    country: str | None = None
    identity: tuple[str, ...] = ()
    columns: dict[str, Any] = {}
    lookups: dict[str, dict[str, Any]] = {}


class Dialect(TypingProtocol):
    """The seam between a format and the common model. Constructed as `Mapping(settings)`.

    A dialect of XML that keeps everything once and links by id may set `reads_objects = True` and cut with
    `kit.objects_of(document)`: it then reads documents of any size. Others get the whole tree, up to 128 MiB.
    One that cuts exactly one record from a document with `raw_xml`, and keeps these bytes whole, may set
    `one_record = True`: what is unchanged is then recognised without being read. One whose source file names columns
    has `named`, all of them, and `has_column(record, name)`: a run then tells which of them no record has.
    """

    version: int
    names: Names

    def cut(self, document: Document) -> Iterator[Record]:
        """One self-contained record per offer, its instances inside. A record without an id has
        `native_id=None` and goes to quarantine."""
        ...

    def map_record(self, record: Record, draft: Draft) -> None:
        """Say what the record says. Never raises on odd input: what cannot be read is an issue."""
        ...


def identify(record: Record, paths: tuple[str, ...]) -> str | None:
    """The first usable identifier among `paths` (names, nested by `.`), never a placeholder, never a title.

    A zero is one only where nothing else is: lists are numbered from 0, and a column of zeros shows as
    `record.duplicate`.

    A path that is itself a name wins over its parts (a column may be called `institution[1].deqar_id`). Looks
    ahead without marking anything as read.
    """
    zero: str | None = None
    for path in paths:
        for value in _peek(record, [path]) or _peek(record, path.split(".")):
            if value == "0":
                zero = value
            elif value.casefold() not in PLACEHOLDER_IDS:
                return value
    return zero


def _peek(record: Record, names: list[str]) -> list[str]:
    here: Record | None = record
    for name in names[:-1]:
        here = here.first(name) if here else None
    return here.peek(names[-1]) if here else []
