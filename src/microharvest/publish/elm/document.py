"""A LOQ document over the entries of a release, streamed.

What must stay true: each id stands once, each `skos:notation` once in the whole document (the schema's
UniqueNotationCheck); sections come in the schema's order though every entry adds to all of them, so each grows in a
file of its own; memory holds 8 bytes per organisation and identifier, and one page of entries.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import BinaryIO

import msgspec
from msgspec import json

from microharvest.model.offer import Offer, decode_offer
from microharvest.publish.elm.demands import Version, missing
from microharvest.publish.elm.loq import SECTIONS, Piece, pieces
from microharvest.publish.elm.markup import element, plain
from microharvest.store import catalogue as releases
from microharvest.store.database import Database

__all__ = ["LoqReport", "export_loq"]

PAGE = 500
_NAMESPACES: dict[Version, str] = {
    "3.1": "http://data.europa.eu/snb/model/ap/loq-constraints/",
    "3.3": "http://data.europa.eu/snb/model/application-profile/loq-constraints/",
}
_ANY_URI = "http://www.w3.org/2001/XMLSchema#anyURI"
_XSD_VERSIONS: dict[Version, str] = {"3.1": "3.1.0", "3.3": "3.3.1"}


class LoqReport(msgspec.Struct, kw_only=True):
    """How many entries were written; of those withheld, how many for each reason (one may have several)."""

    written: int = 0
    withheld: int = 0
    reasons: dict[str, int] = {}


def export_loq(
    catalogue: Database, out: BinaryIO, version: Version = "3.3", *, withheld_to: BinaryIO | None = None
) -> LoqReport:
    """Write the current release. `withheld_to` gets a JSON line `{"id", "reasons"}` per entry that is left out."""
    report = LoqReport()
    with ExitStack() as stack:
        files = {section: stack.enter_context(tempfile.TemporaryFile()) for section in SECTIONS}
        writer = _Writer(files)
        for entry_id, entry in _entries(catalogue):
            reasons = missing(entry, version)
            if not reasons:
                writer.write(pieces(entry_id, entry, version))
                report.written += 1
                continue
            report.withheld += 1
            for reason in reasons:
                report.reasons[reason] = report.reasons.get(reason, 0) + 1
            if withheld_to is not None:
                withheld_to.write(json.encode({"id": entry_id, "reasons": reasons}) + b"\n")
        _compose(out, files, version)
    return report


class _Writer:
    """Puts records into their sections, each id once."""

    def __init__(self, files: Mapping[str, BinaryIO]) -> None:
        self._files = files
        self._ids: set[bytes] = set()
        self._notations: set[bytes] = set()

    def write(self, found: Iterator[Piece]) -> None:
        for piece in found:
            if not _first(self._ids, piece.ident):
                continue
            content = piece.before + self._identifiers(piece) + piece.after
            self._files[piece.section].write(element(piece.name, content, id=piece.ident).encode() + b"\n")

    def _identifiers(self, piece: Piece) -> str:
        free = [one for one in dict.fromkeys(piece.notations) if _first(self._notations, one[1])]
        return "".join(element("identifier", _notation(scheme, value)) for scheme, value in free)


def _notation(scheme: str, value: str) -> str:
    kind = _ANY_URI if scheme == "uri" else scheme
    attributes = {"type": kind} if "://" in kind else {}
    return element("skos:notation", plain(value), **attributes)


def _first(seen: set[bytes], text: str) -> bool:
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    if digest in seen:
        return False
    seen.add(digest)
    return True


def _compose(out: BinaryIO, files: Mapping[str, BinaryIO], version: Version) -> None:
    space, schema = _NAMESPACES[version], _XSD_VERSIONS[version]
    out.write(b'<?xml version="1.0" encoding="UTF-8"?>\n')
    skos = "http://www.w3.org/2004/02/skos/core#"
    out.write(f'<Courses xmlns="{space}" xmlns:skos="{skos}" xsdVersion="{schema}">\n'.encode())
    for section, file in files.items():
        if file.tell():
            file.seek(0)
            out.write(f"<{section}>\n".encode())
            shutil.copyfileobj(file, out)
            out.write(f"</{section}>\n".encode())
    out.write(b"</Courses>\n")


def _entries(catalogue: Database) -> Iterator[tuple[str, Offer]]:
    with catalogue.read() as connection:
        row = releases.catalogue_row(connection)
        after = ""
        while row is not None and (page := releases.entries_at(connection, row.current, after, PAGE)):
            for one in page:
                yield one.id, decode_offer(one.doc)
            after = page[-1].id
