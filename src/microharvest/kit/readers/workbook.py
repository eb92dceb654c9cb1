"""XLSX through calamine, as rows of text: the container is judged first, and a cell says what it holds, no more.

What must stay true: a workbook is read only after its size is known (calamine lays a sheet out cell by cell, so one
value in the last corner would take 17 billion of them); a number is written as a person would write it (5, not 5.0),
a date as ISO 8601; nothing is taken from formulas but the value that was stored with them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, BinaryIO, NamedTuple

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from microharvest.kit.readers.answer import Unreadable
from microharvest.kit.readers.archive import is_zip, open_archive, unpack

__all__ = ["Sheet", "cell_text", "is_workbook", "read_sheet"]

MAX_UNPACKED_BYTES = 256 * 1024 * 1024
MAX_CELLS = 3_000_000  # calamine takes about 100 bytes for each
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.I)
_CELL = re.compile(rb"""<(?:\w+:)?c(?:\s[^<>]{0,200}?\br=["']([A-Za-z]{1,3})([0-9]{1,7})["'])?[\s/>]""")
_OVERLAP = 256


class Sheet(NamedTuple):
    """`rows`: every row from the first used one, as text, with its number (from 1). `others`: names of further visible
    sheets that were not asked for."""

    name: str
    rows: Iterator[tuple[int, list[str]]]
    others: tuple[str, ...]


def is_workbook(stream: BinaryIO) -> bool:
    """Is this ZIP archive an OOXML workbook? The stream is left at its start. Raises as `open_archive`."""
    stream.seek(0)
    head = stream.read(4)
    stream.seek(0)
    if not is_zip(head):
        return False
    with open_archive(stream) as archive:
        names = {entry.filename.lower() for entry in archive.infolist()}
    stream.seek(0)
    return "[content_types].xml" in names and any(name.startswith("xl/") for name in names)


def read_sheet(stream: BinaryIO, wanted: str = "") -> Sheet:
    """A sheet by its name or number (from 1); without one the first visible sheet that has rows.

    Raises Unreadable: what `open_archive` raises, source.too_large (256 MiB unpacked, three million cells),
    source.not_a_feed (no such sheet, or nothing in it), source.encrypted, source.protocol.
    """
    _weigh(stream)
    try:
        book = CalamineWorkbook.from_filelike(stream)
        shown = [
            one.name
            for one in book.sheets_metadata
            if one.visible == SheetVisibleEnum.Visible and one.typ == SheetTypeEnum.WorkSheet
        ]
        if wanted:
            names = [wanted] if wanted in book.sheet_names else []
            if not names and wanted.isdecimal() and 1 <= int(wanted) <= len(book.sheet_names):
                names = [book.sheet_names[int(wanted) - 1]]
        else:
            names = shown
        if len(names) > 1:  # one sheet in memory at a time
            names = [name for name in names if book.get_sheet_by_name(name).start is not None]
        sheet = book.get_sheet_by_name(names[0]) if names else None
        if sheet is not None and sheet.start is not None:
            return Sheet(names[0], _rows(sheet), tuple(names[1:]))
    except CalamineError as error:
        raise Unreadable("source.protocol", f"The workbook cannot be read: {error}"[:200]) from None
    there = ", ".join(shown)[:200]
    raise Unreadable("source.not_a_feed", f"No sheet {wanted or 'with rows'} in the workbook; visible ones: {there}.")


def _rows(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    for number, row in enumerate(sheet.iter_rows(), start=1):
        yield number, [cell_text(cell) for cell in row]


def cell_text(value: Any) -> str:
    """A cell as text: `true`, `5`, `12.5`, `2026-03-01`, `2026-03-01T09:30:00`, `09:30:00`, `PT30H`; errors are empty.

    Numbers have the 15 digits a spreadsheet keeps: 0.1 + 0.2 is 0.3 there too.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        text = format(Decimal(format(value, ".15g")), "f")
        return "0" if text == "-0" else text
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        minutes, seconds = divmod(int(value.total_seconds()), 60)
        hours, minutes = divmod(minutes, 60)
        parts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
        return "PT" + ("".join(f"{count}{unit}" for count, unit in parts if count) or "0S")
    return ""


def _weigh(stream: BinaryIO) -> None:
    """Unpack everything once, keep nothing: the true sizes, and how far the cells of a sheet reach."""
    unpacked = 0
    with open_archive(stream) as archive:
        for entry in archive.infolist():
            is_sheet = _SHEET.fullmatch(entry.filename) is not None
            before, columns, lines, cells = b"", 0, 0, 0
            for piece in unpack(archive, entry, MAX_UNPACKED_BYTES):
                unpacked += len(piece)
                if unpacked > MAX_UNPACKED_BYTES:
                    raise Unreadable("source.too_large", "The workbook is too large to read: save the sheet as CSV.")
                if is_sheet:
                    text = before + piece
                    for found in _CELL.finditer(text):
                        cells += 1
                        if found[1]:
                            columns, lines = max(columns, _column(found[1])), max(lines, int(found[2]))
                    before = text[-_OVERLAP:]
                if max(cells, columns * lines) > MAX_CELLS:
                    detail = f"A sheet spreads over more than {MAX_CELLS} cells: save it as CSV."
                    raise Unreadable("source.too_large", detail)
    stream.seek(0)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
