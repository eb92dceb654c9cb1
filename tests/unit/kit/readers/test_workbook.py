"""XLSX: cells as text without invention, the sheet that was meant, and workbooks made to do harm."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from typing import Any

import openpyxl
import pytest

from microharvest.kit.readers import Unreadable, is_workbook, read_sheet
from microharvest.kit.readers.workbook import cell_text

PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
    'Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>',
}
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def by_hand(sheet: str) -> io.BytesIO:
    """A workbook around the XML of one sheet's data."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**PARTS, "xl/worksheets/sheet1.xml": f"<worksheet {MAIN}>{sheet}</worksheet>"}.items():
            archive.writestr(name, text)
    return stream


def made(*sheets: tuple[str, list[list[Any]]], hidden: tuple[str, ...] = ()) -> io.BytesIO:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = "hidden" if title in hidden else "visible"
    stream = io.BytesIO()
    book.save(stream)
    return stream


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5.0, "5"), (-0.0, "0"), (2.5, "2.5"), (0.1 + 0.2, "0.3"), (1e15, "1000000000000000"), (1e-7, "0.0000001"),
        (123456789012345.0, "123456789012345"), (7, "7"), (True, "true"), (False, "false"), ("007", "007"), ("", ""),
        (dt.date(2026, 3, 1), "2026-03-01"), (dt.datetime(2026, 3, 1), "2026-03-01"),
        (dt.datetime(2026, 3, 1, 9, 30), "2026-03-01T09:30:00"), (dt.time(9, 30), "09:30:00"),
        (dt.timedelta(hours=30), "PT30H"), (dt.timedelta(seconds=90), "PT1M30S"), (dt.timedelta(), "PT0S"), (None, ""),
    ],
)  # fmt: skip
def test_a_cell_says_what_it_holds(value: Any, text: str) -> None:
    assert cell_text(value) == text


def test_values_come_through_a_real_workbook() -> None:
    stream = made(("S", [["n", "d", "b"], [5, dt.date(2026, 3, 1), True], [0.30000000000000004, None, False]]))
    assert is_workbook(stream)
    assert [cells for _, cells in read_sheet(stream).rows] == [
        ["n", "d", "b"], ["5", "2026-03-01", "true"], ["0.3", "", "false"],
    ]  # fmt: skip


def test_a_formula_gives_the_value_stored_with_it_or_nothing() -> None:
    cells = '<c r="A1"><f>1+1</f><v>2</v></c><c r="B1"><f>2+2</f></c><c r="C1" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
    stream = by_hand(f'<sheetData><row r="1">{cells}</row></sheetData>')
    (row,) = [cells for _, cells in read_sheet(stream).rows]
    assert (row[0], set(row[1:])) in (("2", {""}), ("2", set()))


SHEETS = [("Notes", []), ("Lists", [["x"]]), ("Data", [["id"], ["1"]]), ("More", [["id"], ["2"]])]


@pytest.mark.parametrize(
    ("wanted", "name", "others"), [("", "Data", ("More",)), ("More", "More", ()), ("2", "Lists", ()), ("3", "Data", ())]
)
def test_the_sheet_meant(wanted: str, name: str, others: tuple[str, ...]) -> None:
    sheet = read_sheet(made(*SHEETS, hidden=("Lists",)), wanted)
    assert (sheet.name, sheet.others) == (name, others)


def test_rows_are_numbered_as_the_sheet_numbers_them() -> None:
    stream = by_hand(
        '<sheetData><row r="3"><c r="B3"><v>1</v></c></row><row r="5"><c r="B5"><v>2</v></c></row></sheetData>'
    )
    numbered = {number: cells for number, cells in read_sheet(stream).rows if any(cells)}
    assert [(number, [cell for cell in cells if cell]) for number, cells in numbered.items()] == [
        (3, ["1"]),
        (5, ["2"]),
    ]


@pytest.mark.parametrize("wanted", ["Absent", "9", "0"])
def test_a_sheet_that_is_not_there(wanted: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_sheet(made(*SHEETS), wanted)
    assert (caught.value.code, "Data" in caught.value.detail) == ("source.not_a_feed", True)


FAR = '<sheetData><row r="1"><c r="A1"/></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
BOMBS = {
    "a cell in the last corner": (by_hand(FAR), "source.too_large"),
    "a million empty cells": (by_hand("<sheetData><row>" + "<c/>" * 1_000_000 + "</row></sheetData>"), "source.bomb"),
    "a bomb": (by_hand(" " * 8_000_000), "source.bomb"),
    "entities": (by_hand('<!DOCTYPE x [<!ENTITY a "b">]><sheetData/>'), None),
    "no sheet": (by_hand("<oops"), None),
    "cut": (io.BytesIO(made(("S", [["a"]])).getvalue()[:-40]), "source.cut"),
}


@pytest.mark.parametrize("case", BOMBS)
def test_workbooks_that_do_harm(case: str) -> None:
    stream, code = BOMBS[case]
    stream.seek(0)
    with pytest.raises(Unreadable) as caught:
        list(read_sheet(stream).rows)
    assert code is None or caught.value.code == code


def test_an_archive_is_no_workbook() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.csv", "x")
    assert not is_workbook(stream)
