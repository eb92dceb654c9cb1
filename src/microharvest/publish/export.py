"""Offers and entries as JSON lines or CSV, streamed in pages.

What must stay true: memory does not grow with the store; the order is by bytes of (source, record id) or of the entry
id, so that equal content gives equal bytes; absent is absent, but for `cluster_id`, which is null until link saw the
record. The export of offers is the data team's own and holds every source; the export of entries is the public
catalogue as its current release says it. A file is complete or not there: it is written beside and renamed.
"""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Literal

import msgspec
from msgspec import json

from microharvest.clock import iso, utc_now
from microharvest.model.offer import OFFER_FIELDS, decode_offer
from microharvest.publish.judging import Judge, Judged
from microharvest.settings import QualitySettings
from microharvest.sources import SourceConfig
from microharvest.store import catalogue as releases
from microharvest.store import exports
from microharvest.store.database import Database

__all__ = ["ENTRY_COLUMNS", "OFFER_COLUMNS", "Format", "export_entries", "export_offers", "export_to"]

Format = Literal["jsonl", "csv"]
PAGE = 500
EQUAL_WEIGHTS = QualitySettings()
UNDECIDED = msgspec.Raw(b'{"value":"undecided"}')

_ABOUT_OFFER = ("licence", "redistribute", "first_seen", "last_seen", "issues", "basis")
_ABOUT_ENTRY = ("licence", "licences", "attribution", "members_not_shown", "basis")
OFFER_COLUMNS = ("source", "record_id", "cluster_id", "withdrawn", *OFFER_FIELDS, *_ABOUT_OFFER, "scores")
"""Names of the lines of `export offers`, in order; CSV adds `title_languages` after `title`."""
ENTRY_COLUMNS = ("id", "members", "relations", "scores", "provenance", *OFFER_FIELDS, *_ABOUT_ENTRY)
"""Names of the lines of `export entries`, in order; CSV adds `title_languages` after `title`."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""

_encoder = json.Encoder(decimal_format="number", order="deterministic")


def export_offers(
    database: Database,
    sources: Mapping[str, SourceConfig],
    out: BinaryIO,
    fmt: Format = "jsonl",
    *,
    weights: QualitySettings = EQUAL_WEIGHTS,
    isco: Mapping[str, str] | None = None,
    spreadsheet_safe: bool = False,
) -> int:
    """Write every accepted offer, withdrawn ones with `withdrawn: true`; returns how many. Scored as of today.
    `isco`: codes of ESCO's occupations by URI."""
    judge = Judge(weights, utc_now().date(), isco)
    return _write(_offers(database, sources, judge), OFFER_COLUMNS, out, fmt, spreadsheet_safe)


def export_entries(
    catalogue: Database,
    out: BinaryIO,
    fmt: Format = "jsonl",
    *,
    weights: QualitySettings = EQUAL_WEIGHTS,
    isco: Mapping[str, str] | None = None,
    spreadsheet_safe: bool = False,
) -> int:
    """Write the published entries of the current release, scored on the day it was made; returns how many."""
    return _write(_entries(catalogue, weights, isco), ENTRY_COLUMNS, out, fmt, spreadsheet_safe)


class export_to:  # noqa: N801 - reads as a verb: `with export_to(path) as out`
    """`with export_to(path) as out:` writes beside `path` and renames at the end; on an error nothing is left.

    Who may read a file that was there may read the new one, and nobody else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> BinaryIO:
        number, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
        self._temporary = Path(name)
        self._out = os.fdopen(number, "wb")
        return self._out

    def __exit__(self, kind: object, _error: object, _trace: object) -> None:
        try:
            if kind is None:
                self._out.flush()
                os.fsync(self._out.fileno())
                self._temporary.chmod(self._path.stat().st_mode & 0o777 if self._path.exists() else 0o666 & ~_umask())
                self._temporary.replace(self._path)
        finally:
            self._out.close()
            self._temporary.unlink(missing_ok=True)


def _umask() -> int:
    """The process's mask, which can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _offers(database: Database, sources: Mapping[str, SourceConfig], judge: Judge) -> Iterator[dict[str, Any]]:
    with database.read() as connection:
        remembered = exports.source_rows(connection)
        after = ("", "")
        while page := exports.offer_page(connection, after, PAGE):
            for row in page:
                yield _offer(row, sources.get(row.source), remembered.get(row.source), judge)
            after = (page[-1].source, page[-1].native_id)


def _offer(row: Any, source: SourceConfig | None, remembered: Any, judge: Judge) -> dict[str, Any]:
    """One line. A source whose file is gone has no licence any more; the store knows whether it might be shown."""
    line: dict[str, Any] = {
        "source": row.source,
        "record_id": row.native_id,
        "cluster_id": row.cluster_id,
        "withdrawn": row.status == "withdrawn",
    }
    if row.doc is not None:
        line.update(json.decode(row.coded or row.doc, type=dict[str, msgspec.Raw]))
    if row.doc and row.status != "withdrawn":
        authority = source.authority if source is not None else "aggregator"
        _add_judgement(line, judge.offer(decode_offer(row.coded or row.doc), {row.source: authority}, row.last_seen))
    if source is not None:
        line["licence"] = source.licence
        line["redistribute"] = source.redistribute
    elif remembered is not None and remembered.redistribute:
        line["redistribute"] = remembered.redistribute
    line["first_seen"], line["last_seen"] = iso(row.first_seen), iso(row.last_seen)
    issues = json.decode(row.issues) + json.decode(row.coded_issues or "[]")
    if issues:
        line["issues"] = issues
    return line


def _entries(catalogue: Database, weights: QualitySettings, isco: Mapping[str, str] | None) -> Iterator[dict[str, Any]]:
    with catalogue.read() as connection:
        row = releases.catalogue_row(connection)
        if row is None or not row.current:
            return
        judge = Judge(weights, releases.published_at(connection, row.current).date(), isco)
        after = ""
        while page := releases.entries_at(connection, row.current, after, PAGE):
            for entry in page:
                line: dict[str, Any] = json.decode(entry.doc, type=dict[str, msgspec.Raw])
                _add_judgement(line, judge.entry(entry.doc))
                yield line
            after = page[-1].id


def _add_judgement(line: dict[str, Any], judged: Judged) -> None:
    line["scores"] = judged.scores
    if judged.all_sectors:
        line["sectors"] = judged.all_sectors


def _write(lines: Iterator[dict[str, Any]], columns: tuple[str, ...], out: BinaryIO, fmt: Format, safe: bool) -> int:
    count = 0
    if fmt == "csv":
        header = [
            name for column in columns for name in ((column, "title_languages") if column == "title" else (column,))
        ]
        out.write(_row(header, safe=False))
    for line in lines:
        if bytes(line.get("is_microcredential", b"")) == b"{}":
            line["is_microcredential"] = UNDECIDED  # the stored form leaves out what is the default
        if fmt == "jsonl":
            ordered = {column: line[column] for column in columns if column in line}
            out.write(json.Encoder(decimal_format="number").encode(ordered) + b"\n")
        else:
            out.write(_row([cell for column in columns for cell in _cells(column, line.get(column))], safe=safe))
        count += 1
    return count


def _cells(column: str, value: Any) -> list[str]:
    """The cell of a column; the title is its text in the first language, and the tags of all."""
    plain = json.decode(value) if isinstance(value, msgspec.Raw) else value
    if column == "title":
        texts: dict[str, str] = plain or {}
        tags = sorted(texts)
        return [texts[tags[0]], " ".join(tags)] if tags else ["", ""]
    if plain is None:
        return [""]
    if isinstance(plain, str):
        return [plain]
    return [bytes(value).decode() if isinstance(value, msgspec.Raw) else _encoder.encode(value).decode()]


def _row(cells: list[str], *, safe: bool) -> bytes:
    text = io.StringIO()
    guarded = [f"'{cell}" if safe and cell.startswith(_FORMULA) else cell for cell in cells]
    csv.writer(text).writerow(guarded)  # RFC 4180: CRLF, quotes doubled
    return text.getvalue().encode()
