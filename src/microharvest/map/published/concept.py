"""One concept of a published vocabulary, and the tables that such files are."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from microharvest.kit.readers.answer import Unreadable as UnreadableAnswer
from microharvest.kit.readers.archive import is_zip
from microharvest.kit.readers.workbook import read_sheet

__all__ = ["Label", "PublishedConcept", "Unreadable", "table_rows"]

_MAX_CELL = 8 * 1024 * 1024
_AS_SAID: Mapping[str, str] = {}


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


def table_rows(
    content: bytes, columns: Sequence[str], known_as: Mapping[str, str] = _AS_SAID
) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, row) of a workbook's sheet, or of a CSV in UTF-8, parted by comma or semicolon, whose header names
    `columns`. `known_as`: {column as another export of the publisher calls it: as this one does}.

    Raises Unreadable: another encoding or header, rows of another width.
    """
    lines = _sheet_lines(content) if is_zip(content[:4]) else _csv_lines(content)
    header = [known_as.get(name.strip(), name) for name in next(lines, (0, []))[1]]
    absent = [name for name in columns if name not in header]
    if absent:
        raise Unreadable(f"Its first row names no column {absent[0]!r}.")
    for line, row in lines:
        if len(row) != len(header):
            raise Unreadable(f"Line {line} has {len(row)} cells under {len(header)} column names.")
        yield line, dict(zip(header, row, strict=True))


def _sheet_lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    try:
        yield from read_sheet(io.BytesIO(content)).rows
    except UnreadableAnswer as error:
        raise Unreadable(error.detail or "It is no workbook that can be read.") from None


def _csv_lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
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
        yield from ((rows.line_num, row) for row in rows if row)
    except csv.Error as error:
        raise Unreadable(f"Line {rows.line_num} is no CSV ({error}).") from None
