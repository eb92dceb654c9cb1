"""One URL or path as a whole: CSV, JSON, JSON Lines, XML or RDF, plain or gzip.

What must stay true: the format is judged by what the bytes are before what anybody calls them; an HTML page or an
error message with status 200 is no feed; the list has ended only where the format or its last line says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePosixPath
from typing import BinaryIO, Literal
from urllib.parse import urlsplit

import msgspec
from microharvest.connectors.protocols.file.formats import (  # found by a path hook
    read_csv,
    read_graph,
    read_json,
    read_jsonl,
    read_xml,
)

from microharvest.kit import Batch, Body, Failure, Next, ProtocolState, Refused, Request
from microharvest.kit.readers import (
    Unreadable,
    looks_like_html,
    looks_like_rdf,
    open_plain,
    refuse_status,
    strip_bom,
)

__all__ = ["Options", "Reader"]

Format = Literal["csv", "json", "jsonl", "rdf", "xml"]

_BY_EXTENSION: dict[str, Format] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".xml": "xml",
}  # fmt: skip
_BY_MEDIA_TYPE: dict[str, Format] = {
    "text/csv": "csv", "text/tab-separated-values": "csv", "application/json": "json", "application/ld+json": "json",
    "application/x-ndjson": "jsonl", "application/jsonl": "jsonl", "application/xml": "xml", "text/xml": "xml",
}  # fmt: skip
_PASSING = frozenset({"source.cut", "source.not_a_feed"})


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of `[fetch]` for `protocol = "file"`."""

    # What the file is; auto looks at its bytes, then its name, then its media type.
    format: Literal["auto", "csv", "json", "jsonl", "rdf", "xml"] = "auto"
    # json, jsonl: dotted path to the list or object (`data.items`); xml: local name of the record element.
    select: str = ""
    # json: the selection is an object of objects; each object's key is put into it as "@key".
    keyed: bool = False
    # json: dotted path to the number of records the publisher announces.
    total: str = ""
    # csv: a codec's name (cp1250, utf-8); auto finds it from the whole file.
    encoding: str = "auto"
    # csv: one character; auto scores comma, semicolon, tab and pipe.
    delimiter: str = "auto"
    # csv: the quote character; empty where quotes are ordinary characters.
    quote: str = '"'
    # csv: lines before the header (or before the first row, with `header`).
    skip_rows: int = 0
    # csv: the columns' names, where the file has no header row.
    header: tuple[str, ...] = ()
    # Ask with validators, so that an unchanged file costs nothing.
    conditional: bool = True
    # evidence: the announced total must be reached for a complete run; ignore: it is wrong.
    declared_total: Literal["evidence", "ignore"] = "evidence"

    def __post_init__(self) -> None:
        if self.delimiter != "auto" and len(self.delimiter) != 1:
            raise ValueError("delimiter must be one character, or auto")
        if len(self.quote) > 1:
            raise ValueError("quote must be one character, or empty")
        if self.skip_rows < 0:
            raise ValueError("skip_rows must not be negative")
        if len(set(self.header)) != len(self.header):
            raise ValueError("header must not name a column twice")


class Reader:
    """Follows `kit.Protocol`."""

    def __init__(self, options: Options, url: str) -> None:
        self._options = options
        self._url = url

    def scope(self, state: ProtocolState, *, full: bool) -> Literal["full", "delta"]:
        """A file is always everything."""
        return "full"

    def start(self, state: ProtocolState, now: datetime, *, full: bool) -> list[Request]:
        """The file itself."""
        return [Request(lane="file", url=self._url, conditional=self._options.conditional)]

    def parse(self, body: Body, request: Request) -> Iterator[Batch | Refused]:
        """Documents in file order, and the evidence of the end."""
        refused = refuse_status(body)
        if refused is not None:
            yield refused
            return
        try:
            with body.open() as stream, open_plain(stream) as plain:
                yield from self._read(plain, body)
        except Unreadable as error:
            then: Literal["retry", "fatal"] = "retry" if error.code in _PASSING else "fatal"
            yield Refused(code=error.code, then=then, detail=error.detail)

    def failed(self, request: Request, failure: Failure) -> Next:
        """Without its file a run has nothing."""
        return Next(lane="incomplete")

    def peek(self, tail: bytes, request: Request) -> list[Request]:
        """A file leads nowhere."""
        return []

    def _read(self, stream: BinaryIO, body: Body) -> Iterator[Batch]:
        head = stream.read(4096)
        stream.seek(0)
        if not head.strip():
            raise Unreadable("source.cut", "The file is empty.")
        if looks_like_html(head):
            raise Unreadable("source.not_a_feed", "The answer is an HTML page.")
        options = self._options
        chosen = find_format(head, body) if options.format == "auto" else options.format
        if chosen == "csv":
            yield from read_csv(
                stream,
                body.url,
                encoding=options.encoding,
                delimiter=options.delimiter,
                quote=options.quote,
                skip_rows=options.skip_rows,
                header=options.header,
            )
        elif chosen == "json":
            total = options.total if options.declared_total == "evidence" else ""
            yield from read_json(stream, body.url, select=options.select, keyed=options.keyed, total=total)
        elif chosen == "jsonl":
            yield from read_jsonl(stream, body.url, select=options.select)
        elif chosen == "rdf":
            yield from read_graph(stream, body.url, _extension(body), body.media_type())
        else:
            yield from read_xml(stream, body.url, select=options.select, size=body.size)


def find_format(head: bytes, body: Body) -> Format:
    """The format of a file: by its first bytes, then by its name, then by its media type; else CSV.

    Raises Unreadable source.not_a_feed for archives and spreadsheets, which are not read.
    """
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise Unreadable("source.not_a_feed", "The file is an archive, a spreadsheet or a PDF, which is not read.")
    start = strip_bom(head).replace(b"\x00", b"").lstrip()
    named = _BY_EXTENSION.get(_extension(body))
    said = _BY_MEDIA_TYPE.get(body.media_type())
    if looks_like_rdf(head, _extension(body), body.media_type()):
        return "rdf"
    if start.startswith(b"<"):
        return "xml"
    if start.startswith(b"{"):
        first, ended, rest = start.partition(b"\n")
        several = bool(ended) and first.rstrip().endswith(b"}") and rest.lstrip().startswith(b"{")
        return "jsonl" if several or "jsonl" in {named, said} else "json"
    if start.startswith(b"["):
        return "json"
    return named or said or "csv"


def _extension(body: Body) -> str:
    """`.csv` of `https://…/Courses.CSV.gz`."""
    return PurePosixPath(urlsplit(body.url).path.lower().removesuffix(".gz")).suffix
