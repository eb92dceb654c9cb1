"""CSV of strangers: quoting is strict, widths are exact, and lines have a ceiling.

One unbalanced quote swallowed 4,999 rows into a field without an error under Python's default; `strict=True` stops
there and names the line. `csv.Sniffer` is quadratic (80 kB took 20 s), so the delimiter is scored here, in one pass
over a bounded sample. Rows stream: nothing here holds more than a line of the file.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple, TextIO

from microharvest.kit.readers.answer import Unreadable

__all__ = ["Header", "Row", "find_delimiter", "find_quote", "name_columns", "read_rows"]

DELIMITERS = (",", ";", "\t", "|")
MAX_FIELD_CHARS = 1 << 20
MAX_LINE_CHARS = 8 * 1024 * 1024
MAX_COLUMNS = 2_000
_SAMPLE_CHARS = 64 * 1024


class Row(NamedTuple):
    """`cells` as they stand; `source` the row's own text with its line end; `line` where it ends, from 1."""

    cells: list[str]
    source: str
    line: int


class Header(NamedTuple):
    """Column names, unique; `duplicates`: names that stood there twice and are now name#1, name#2; `damaged`: names
    that were empty or held line breaks, as they are now."""

    names: list[str]
    duplicates: list[str]
    damaged: list[str]


def find_delimiter(sample: str, quote: str = '"') -> str:
    """The delimiter of a file, from its beginning: a `sep=;` line says it, else the most even rows tell.

    Each candidate is scored by the share of rows that have the most frequent width, and by that width. A text
    without any delimiter gives a comma: one column.
    """
    said = re.match(r"sep=(.)\r?\n", sample)
    if said:
        return said[1]
    whole = len(sample) < _SAMPLE_CHARS
    lines = sample[:_SAMPLE_CHARS].splitlines(keepends=True)
    lines = lines if whole or len(lines) < 2 else lines[:-1]
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        try:
            widths = Counter(len(row) for row in _reader(iter(lines), delimiter, quote, strict=False) if row)
        except csv.Error:
            continue
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))
        score = count / widths.total() * (1 + min(width, 50) / 100) if width > 1 else 0.0
        if score > best_score:
            best, best_score = delimiter, score
    return best


def find_quote(sample: str, delimiter: str) -> str:
    """The quote character, from the beginning of a file: an apostrophe where nearly every filled cell stands between
    two of them, else the double quote."""
    cells = [cell.strip() for line in sample[:_SAMPLE_CHARS].splitlines()[:-1] for cell in line.split(delimiter)]
    filled = [cell for cell in cells if cell]
    wrapped = sum(1 for cell in filled if len(cell) > 1 and cell[0] == cell[-1] == "'")
    return "'" if filled and wrapped * 10 >= len(filled) * 8 else '"'


def name_columns(cells: list[str]) -> Header:
    """Names trimmed; an empty one is `column_N` (from 1); of two equal ones neither keeps the name."""
    names = [
        " ".join(cell.replace("\ufeff", "").split()) or f"column_{number}" for number, cell in enumerate(cells, start=1)
    ]
    counts = Counter(names)
    duplicates = [name for name, count in counts.items() if count > 1]
    taken: Counter[str] = Counter()
    unique: list[str] = []
    for name in names:
        if counts[name] > 1:
            taken[name] += 1
            name = f"{name}#{taken[name]}"
        unique.append(name)
    damaged = [name for name, cell in zip(unique, cells, strict=True) if not cell.strip() or len(cell.splitlines()) > 1]
    return Header(unique, duplicates, damaged)


def read_rows(text: TextIO, delimiter: str, quote: str = '"') -> Iterator[Row]:
    """Every row that is not an empty line. `text` is opened with newline="".

    `quote` empty means that quotes are ordinary characters. Raises Unreadable source.protocol with the line number
    (quoting, a field over 1 MiB, more than 2,000 columns, a line over 8 MiB).
    """
    lines: list[str] = []

    def feed() -> Iterator[str]:
        while line := text.readline(MAX_LINE_CHARS + 1):
            if len(line) > MAX_LINE_CHARS:
                raise Unreadable("source.protocol", f"Line {reader.line_num + 1} is longer than {MAX_LINE_CHARS}.")
            lines.append(line)
            yield line

    reader = _reader(feed(), delimiter, quote, strict=True)
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            begun = max(1, reader.line_num - len(lines) + 1)
            hint = f'; set [fetch] quote = "" if {quote} is no quote here' if quote else ""
            raise Unreadable("source.protocol", f"Line {begun}: {error}{hint}.") from None
        if cells is None:
            return
        if len(cells) > MAX_COLUMNS:
            raise Unreadable("source.protocol", f"Line {reader.line_num} has more than {MAX_COLUMNS} columns.")
        source = lines[0] if len(lines) == 1 else "".join(lines)
        lines.clear()
        if cells:
            yield Row(cells, source, reader.line_num)


def _reader(lines: Iterator[str], delimiter: str, quote: str, *, strict: bool) -> Any:
    csv.field_size_limit(MAX_FIELD_CHARS)
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE
    return csv.reader(lines, delimiter=delimiter, quotechar=quote or None, quoting=quoting, strict=strict)
