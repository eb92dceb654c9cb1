"""CSV and XLSX: one document per row, {column: cell}, empty cells left out.

What must stay true: a cell is never put under another column's name (a row that does not fit is rejected with its
bytes while the others stand); rows stream; what breaks the file as a whole raises Unreadable.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from itertools import chain, islice

from microharvest.connectors.protocols.file.options import Options  # found by a path hook
from microharvest.connectors.protocols.file.plain import Plain, batched

from microharvest.kit import Batch, Document, Evidence, Finding, Rejected
from microharvest.kit.readers import (
    Encoding,
    Header,
    Row,
    Unreadable,
    find_delimiter,
    find_encoding,
    find_quote,
    name_columns,
    read_rows,
    read_sheet,
)

__all__ = ["read_csv", "read_xlsx"]

MAX_LINE_CHARS = 8 * 1024 * 1024
_SAMPLE_CHARS = 64 * 1024
_SAMPLE_ROWS = 20
_TOTAL = re.compile(
    r"(?:(?:grand |sub)?totals?|sum|summe|(?:gesamt|zwischen)(?:summe)?|insgesamt|anzahl|count|rows|total général|"
    r"somme|totale|totaal|totalt|summa|suma|razem|celkem|yhteensä|összesen|σύνολο)\s*[:=]?\s*[\d.,\s]*",
    re.IGNORECASE,
)
"""The first cell of a line of totals; it counts only where few other cells are filled, and those with figures."""
_FIGURE = re.compile(r"[\d.,'\s%€$£-]+(?:EUR|CHF|USD|GBP|h)?")


class _Aside:
    """Rows left out: how many, and the first one in words; a file may hold nothing else."""

    def __init__(self) -> None:
        self._first, self._count = "", 0

    def note(self, row: str) -> None:
        self._first = self._first or row[:200]
        self._count += 1

    def finding(self) -> tuple[Finding, ...]:
        found = Finding(code="feed.row_aside", detail=self._first, count=self._count)
        return (found,) if self._count else ()


def read_csv(plain: Plain, options: Options) -> Iterator[Batch]:
    """`skip_rows` counts lines before the header."""
    stream = plain.stream
    found = find_encoding(stream, options.encoding, plain.charset)
    stream.seek(0)
    delimiter, quote = options.delimiter, options.quote
    if "auto" in (delimiter, quote):
        sample = _sample(plain, found, options.skip_rows)
        delimiter = find_delimiter(sample, '"' if quote == "auto" else quote) if delimiter == "auto" else delimiter
        quote = find_quote(sample, delimiter) if quote == "auto" else quote
    text = io.TextIOWrapper(stream, encoding=found.codec, errors=found.errors, newline="")
    try:
        for _ in range(options.skip_rows):
            text.readline(MAX_LINE_CHARS)
        rows = read_rows(text, delimiter, quote)
        header = Header(list(options.header), [], []) if options.header else _read_header(rows)
        yield Batch(findings=found.findings + _doubts(header))
        yield from _rows(rows, header.names, plain.url, found, options.skip_rows)
    finally:
        text.detach()  # the stream is the caller's to close


def _sample(plain: Plain, encoding: Encoding, skip_rows: int) -> str:
    decoder = codecs.getincrementaldecoder(encoding.codec)(encoding.errors)
    wide = 4 if encoding.codec.startswith(("utf-16", "utf-32")) else 1
    sample = decoder.decode(plain.stream.read(wide * _SAMPLE_CHARS))
    plain.stream.seek(0)
    return "\n".join(sample.splitlines()[skip_rows:]) if skip_rows else sample


def _read_header(rows: Iterator[Row]) -> Header:
    first = next(rows, None)
    if first is not None and first.source.startswith("sep=") and len(first.source.strip()) <= 5:
        first = next(rows, None)
    if first is None:
        raise Unreadable("source.cut", "The file holds no header row.")
    return name_columns(first.cells)


def _doubts(header: Header) -> tuple[Finding, ...]:
    doubled = tuple(Finding(code="feed.header_duplicate", detail=one) for one in header.duplicates)
    damaged = ", ".join(header.damaged)[:200]
    return (*doubled, Finding(code="feed.header_damaged", detail=damaged)) if damaged else doubled


def _rows(rows: Iterator[Row], names: list[str], url: str, encoding: Encoding, before: int) -> Iterator[Batch]:
    """`before`: lines above the first one that `rows` counts."""
    first = list(islice(rows, _SAMPLE_ROWS))
    # Where every row ends in the same surplus of empty cells they mean nothing; in a single row they mean a shift.
    widths = {len(row.cells) for row in first if not any(map(str.strip, row.cells[len(names) :]))}
    padded = widths.pop() if len(widths) == 1 and len(first) > 1 and len({len(row.cells) for row in first}) == 1 else 0
    fits = {len(names), max(padded, len(names))}
    last: Row | None = None
    aside = _Aside()

    def outcomes() -> Iterator[Document | Rejected]:
        nonlocal last
        for row in chain(first, rows):
            last = row
            cells, line = row.cells, before + row.line - row.source.count("\n", 0, -1)
            if len(cells) in fits and (len(cells) == len(names) or not any(map(str.strip, cells[len(names) :]))):
                value = {name: cell for name, cell in zip(names, cells, strict=False) if cell and not cell.isspace()}
                if _is_aside(value, names):
                    aside.note(f"Line {line}: {row.source.strip()}")
                elif value:
                    yield Document(value=value, url=url, line=line)
            else:
                detail = f"Line {line} has {len(cells)} cells, the header {len(names)}."
                content = row.source.encode(encoding.codec.removesuffix("-sig"), "replace")
                yield Rejected(code="feed.row_width", detail=detail, content=content)

    yield from batched(outcomes())
    # A last row that is neither ended nor of full width was cut in the middle; one that is whole proves no end.
    truncated = last is not None and not last.source.endswith(("\n", "\r")) and len(last.cells) not in fits
    cut = (Finding(code="feed.truncated", detail="The last row is not whole."),) if truncated else ()
    yield Batch(findings=(*aside.finding(), *cut), evidence=Evidence(ended=not truncated))


def _is_aside(value: dict[str, str], names: list[str]) -> bool:
    """The header once more (exports put together, a second language is none), or a line of totals."""
    if not value:
        return False
    (name, first), *others = value.items()
    if len(value) * 3 <= len(names) and _TOTAL.fullmatch(first.strip()):
        return all(_FIGURE.fullmatch(cell.strip()) for _, cell in others)  # "Total" may be what a course is called
    if not others or " ".join(first.replace("\ufeff", "").split()) not in name:
        return False
    again = dict(zip(names, name_columns([value.get(one, "") for one in names]).names, strict=True))
    return all(again.get(one) == one for one in value)


def read_xlsx(plain: Plain, options: Options) -> Iterator[Batch]:
    """`header_row` counts rows of the sheet; 0 finds the first row of names."""
    sheet = read_sheet(plain.stream, options.sheet)
    rows = iter(sheet.rows)
    if options.header:
        header = Header(list(options.header), [], [])
        rows = islice(rows, max(0, options.header_row - 1), None)
    else:
        header, rows = _find_header(rows, options.header_row)
    findings = _doubts(header)
    if sheet.others:
        detail = f"{sheet.name} was read, not {', '.join(sheet.others)}"[:200]
        findings = (*findings, Finding(code="feed.sheet_chosen", detail=detail))
    yield Batch(findings=findings)
    aside = _Aside()
    yield from batched(_sheet_rows(rows, header.names, plain.url, aside))
    yield Batch(findings=aside.finding(), evidence=Evidence(ended=True, closed=True))


def _find_header(
    rows: Iterator[tuple[int, list[str]]], header_row: int
) -> tuple[Header, Iterator[tuple[int, list[str]]]]:
    """A row of names is the first that fills more than half as many cells as the first rows usually do."""
    first = list(islice(rows, max(_SAMPLE_ROWS, header_row)))
    filled = [sum(1 for cell in cells if cell.strip()) for _, cells in first]
    counts = sorted(count for count in filled if count)
    typical = counts[len(counts) // 2] if counts else 0
    at = header_row - 1 if header_row else next((n for n, count in enumerate(filled) if count * 2 > typical), 0)
    if at >= len(first) or not filled[at]:
        raise Unreadable("source.cut", "The sheet holds no header row.")
    cells = first[at][1]
    while not cells[-1].strip():
        cells = cells[:-1]
    return name_columns(cells), chain(first[at + 1 :], rows)


def _sheet_rows(rows: Iterator[tuple[int, list[str]]], names: list[str], url: str, aside: _Aside) -> Iterator[Document]:
    """Cells know their column, so nothing shifts: what stands beyond the header is `column_N`."""
    for number, cells in rows:
        beyond = [f"column_{number}" for number in range(len(names) + 1, len(cells) + 1)]
        value = {
            name: cell for name, cell in zip((*names, *beyond), cells, strict=False) if cell and not cell.isspace()
        }
        if _is_aside(value, names):
            aside.note(f"Row {number}: {' '.join(value.values())}")
        elif value:
            yield Document(value=value, url=url)
