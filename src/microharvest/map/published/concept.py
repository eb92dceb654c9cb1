"""One concept of a published vocabulary, and the tables that such files are."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

import msgspec

__all__ = ["Label", "PublishedConcept", "Unreadable", "table_rows"]

_MAX_CELL = 8 * 1024 * 1024


class Unreadable(Exception):  # noqa: N818 - a verdict on a file, in one sentence
    """The file is not what its kind says."""


class Label(msgspec.Struct, frozen=True):
    """The names of a concept in one language: the preferred one, and others."""

    language: str
    text: str
    others: tuple[str, ...] = ()


class PublishedConcept(msgspec.Struct, frozen=True):
    """`type`: what the publisher says it is ("KnowledgeSkillCompetence"); `status` as published, empty if not said.

    `keys`: by what an organisation is found (`register`); `valid_from` and `valid_to` as a register gives them.
    """

    uri: str
    type: str = ""
    code: str = ""
    status: str = ""
    country: str = ""
    labels: tuple[Label, ...] = ()
    keys: tuple[str, ...] = ()
    valid_from: str = ""
    valid_to: str = ""


def table_rows(content: bytes, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, row) of a CSV with a header that names `columns`, UTF-8, parted by comma or semicolon.

    Raises Unreadable: another encoding or header, rows of another width.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"It is not UTF-8 (byte {error.start}).") from None
    if "\0" in text:
        raise Unreadable("It holds NUL bytes: it is no text file.")
    first = text.partition("\n")[0]
    csv.field_size_limit(_MAX_CELL)
    rows = csv.reader(
        io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",", strict=True
    )
    try:
        header = next(rows, [])
        absent = [name for name in columns if name not in header]
        if absent:
            raise Unreadable(f"Its first row names no column {absent[0]!r}.")
        for row in rows:
            if not row:
                continue
            if len(row) != len(header):
                raise Unreadable(f"Line {rows.line_num} has {len(row)} cells under {len(header)} column names.")
            yield rows.line_num, dict(zip(header, row, strict=True))
    except csv.Error as error:
        raise Unreadable(f"Line {rows.line_num} is no CSV ({error}).") from None
