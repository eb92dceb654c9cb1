"""CSV: strict quoting, scored delimiters, unique names, lines with a ceiling."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from microharvest.kit.readers import csv
from microharvest.kit.readers.answer import Unreadable
from microharvest.kit.readers.csv import find_delimiter, name_columns, read_rows


def rows(text: str, delimiter: str = ",", quote: str = '"') -> list[list[str]]:
    return [row.cells for row in read_rows(io.StringIO(text, newline=""), delimiter, quote)]


@pytest.mark.parametrize(
    ("sample", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2\n3,5;4\n", ";"),
        ("a\tb, c\n1\t2, 3, 4\n", "\t"),
        ("a|b|c\n1|2|3\n", "|"),
        ('name;text\n"x";"one, two, three"\n"y";"four, five"\n', ";"),
        ("sep=|\na;b|c\n", "|"),
        ("single\ncolumn\n", ","),
        ("", ","),
    ],
)
def test_delimiters(sample: str, delimiter: str) -> None:
    assert find_delimiter(sample) == delimiter


def test_a_row_keeps_its_own_text_and_line() -> None:
    text = 'a,b\r\n"1\r\n2",3\r\n\r\n4,5'
    found = list(read_rows(io.StringIO(text, newline=""), ","))
    assert [(row.cells, row.source, row.line) for row in found] == [
        (["a", "b"], "a,b\r\n", 1),
        (["1\r\n2", "3"], '"1\r\n2",3\r\n', 3),
        (["4", "5"], "4,5", 5),
    ]


@pytest.mark.parametrize("text", ['a\n"b', '"a"b,c\n', "x" * (1 << 20) + "xx\n", "," * 2_000 + "\n"])
def test_what_breaks_the_file(text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        rows(text)
    assert caught.value.code == "source.protocol"
    assert "Line " in caught.value.detail


def test_a_line_has_a_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "MAX_LINE_CHARS", 10)
    assert rows("a,b\n1,2345678\n") == [["a", "b"], ["1", "2345678"]]
    with pytest.raises(Unreadable, match="Line 2 is longer"):
        rows("a,b\n1,23456789\n")


def test_names() -> None:
    found = name_columns([" id ", "", "title", "id", "a\n b"])
    assert found.names == ["id#1", "column_2", "title", "id#2", "a b"]
    assert found.duplicates == ["id"]


@pytest.mark.shared
def test_the_csv_spectrum(shared: Path) -> None:
    folder = shared / "hostile" / "csv" / "csv-spectrum"
    for path in sorted((folder / "csvs").glob("*.csv")):
        if path.stem in {"location_coordinates", "newlines_crlf"}:
            continue  # the expected files differ from the samples: a phone number, a line break
        with path.open(encoding="utf-8", newline="") as text:
            header, *others = rows(text.read())
        expected = json.loads((folder / "json" / f"{path.stem}.json").read_text(encoding="utf-8"))
        assert [dict(zip(header, row, strict=True)) for row in others] == expected, path.name
