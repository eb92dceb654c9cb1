"""The formats of the file protocol by name: a new one is an entry here, and its name in `Options.format`.

What must stay true: a format is judged by what the bytes are before what anybody calls them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from microharvest.connectors.protocols.file.elements import read_xml  # found by a path hook
from microharvest.connectors.protocols.file.graphs import read_graph
from microharvest.connectors.protocols.file.options import Options
from microharvest.connectors.protocols.file.plain import Plain
from microharvest.connectors.protocols.file.tables import read_csv, read_xlsx
from microharvest.connectors.protocols.file.values import read_json, read_jsonl

from microharvest.kit import Batch
from microharvest.kit.readers import Unreadable, is_zip, looks_like_rdf, strip_bom

__all__ = ["EXTENSIONS", "FORMATS", "Format", "find_format", "refuse_binary"]

_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


class Format(NamedTuple):
    """`read` yields batches and the evidence of the end, or raises Unreadable. The rest tells files of this format."""

    read: Callable[[Plain, Options], Iterator[Batch]]
    extensions: tuple[str, ...]
    media_types: tuple[str, ...]


FORMATS = {
    "csv": Format(read_csv, (".csv", ".tsv", ".tab", ".txt"), ("text/csv", "text/tab-separated-values")),
    "xlsx": Format(
        read_xlsx, (".xlsx", ".xlsm"), ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",)
    ),
    "json": Format(read_json, (".json", ".jsonld"), ("application/json", "application/ld+json")),
    "jsonl": Format(read_jsonl, (".jsonl", ".ndjson"), ("application/x-ndjson", "application/jsonl")),
    "rdf": Format(
        read_graph,
        (".ttl", ".nt", ".trig", ".nq", ".rdf", ".owl"),
        ("text/turtle", "application/trig", "application/n-triples", "application/n-quads", "application/rdf+xml"),
    ),
    "xml": Format(read_xml, (".xml",), ("application/xml", "text/xml")),
}
EXTENSIONS = tuple(extension for one in FORMATS.values() for extension in one.extensions)


def refuse_binary(head: bytes, chosen: str) -> None:
    """Raises Unreadable for bytes no format reads, or not the chosen one (a format, or auto): source.not_a_feed,
    source.encrypted."""
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        if _ENCRYPTED in head:
            raise Unreadable("source.encrypted", "The workbook is encrypted.")
        raise Unreadable("source.not_a_feed", "The file is of the old Excel format; ask for XLSX or CSV.")
    if head.startswith(b"%PDF"):
        raise Unreadable("source.not_a_feed", "The file is a PDF.")
    if chosen != "auto" and is_zip(head) != (chosen == "xlsx"):
        raise Unreadable(
            "source.not_a_feed", f"The file is {'a' if is_zip(head) else 'no'} workbook; mend [fetch] format."
        )


def find_format(head: bytes, extension: str, media_type: str) -> str:
    """The format of an unpacked file: by its first bytes, then by its extension, then by its media type; else CSV."""
    if is_zip(head):
        return "xlsx"  # other archives were opened before
    start = strip_bom(head).replace(b"\x00", b"").lstrip()
    named = next((key for key, one in FORMATS.items() if extension in one.extensions), None)
    said = next((key for key, one in FORMATS.items() if media_type in one.media_types), None)
    if looks_like_rdf(head, extension, media_type):
        return "rdf"
    if start.startswith(b"<"):
        return "xml"
    if start.startswith(b"{"):
        first, ended, rest = start.partition(b"\n")
        several = bool(ended) and first.rstrip().endswith(b"}") and rest.lstrip().startswith(b"{")
        return "jsonl" if several or "jsonl" in {named, said} else "json"
    if start.startswith(b"["):
        return "jsonl" if "jsonl" in {named, said} else "json"
    return named or said or "csv"
