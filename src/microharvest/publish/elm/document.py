"""A LOQ document over the entries of a release, streamed: XML or JSON-LD, and what stands beside it.

What must stay true: each address stands once and each `skos:notation` once in the whole document (the schema's
UniqueNotationCheck); both forms say the same; memory holds 24 bytes or so per organisation and identifier, and one page
of entries. An address under an entry's own is unique as it is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import date
from typing import BinaryIO, Literal

import msgspec
from msgspec import json

from microharvest.model.coded import named
from microharvest.model.idmap import IdMap
from microharvest.model.ids import id_hash
from microharvest.model.offer import decode_offer
from microharvest.publish.elm.beside import CONTEXT, beside
from microharvest.publish.elm.bodies import BASE
from microharvest.publish.elm.demands import Version, missing
from microharvest.publish.elm.jsonld import JsonLdDocument, context_of, node_of
from microharvest.publish.elm.loq import things
from microharvest.publish.elm.losses import left_out
from microharvest.publish.elm.said import Part, Thing
from microharvest.publish.elm.xml import XmlDocument
from microharvest.settings import QualitySettings
from microharvest.store import catalogue as releases
from microharvest.store.database import Database

__all__ = ["Form", "LoqReport", "export_loq"]

Form = Literal["elm-xml", "elm-jsonld"]
PAGE = 500
EQUAL_WEIGHTS = QualitySettings()
_POSITIVE = (1 << 63) - 1


class LoqReport(msgspec.Struct, kw_only=True):
    """How many entries were written; of those withheld, how many for each reason (one may have several); of those
    written, of how many something of each kind (`losses.LOSSES`) is left out."""

    written: int = 0
    withheld: int = 0
    reasons: dict[str, int] = {}
    left_out: dict[str, int] = {}


Entry = tuple[str, bytes, date]
"""Its id, its document as the catalogue stores it, the day of the release."""


def export_loq(
    catalogue: Database | Iterable[Entry],
    out: BinaryIO,
    version: Version = "3.3",
    form: Form = "elm-xml",
    *,
    withheld_to: BinaryIO | None = None,
    beside_to: BinaryIO | None = None,
    weights: QualitySettings = EQUAL_WEIGHTS,
) -> LoqReport:
    """Write the current release, or entries as they come. `withheld_to` gets a JSON line `{"id", "reasons"}` per entry
    that is left out, `beside_to` the scores and provenance of those that are written."""
    entries = _entries(catalogue) if isinstance(catalogue, Database) else catalogue
    report, once = LoqReport(), _Once()
    with ExitStack() as stack:
        write = _open(stack, out, version, form)
        graph = stack.enter_context(JsonLdDocument(beside_to, CONTEXT)) if beside_to is not None else None
        for entry_id, doc, day in entries:
            entry = named(decode_offer(doc))
            reasons = missing(entry, version)
            if reasons:
                report.withheld += 1
                _count(report.reasons, reasons)
                if withheld_to is not None:
                    withheld_to.write(json.encode({"id": entry_id, "reasons": reasons}) + b"\n")
                continue
            report.written += 1
            told_before: set[str] = set()
            for thing in things(entry_id, entry, version):
                kept = once.admit(thing, f"{BASE}{entry_id}#", told_before)
                if kept is not None:
                    write(kept)
            _count(report.left_out, [*left_out(entry, version), *sorted(told_before)])
            if graph is not None:
                graph.write(beside(entry_id, doc, day, weights))
    return report


def _open(stack: ExitStack, out: BinaryIO, version: Version, form: Form) -> Callable[[Thing], None]:
    if form == "elm-xml":
        return stack.enter_context(XmlDocument(out, version)).write
    nodes = stack.enter_context(JsonLdDocument(out, context_of(version)))
    return lambda thing: nodes.write(node_of(thing))


class _Once:
    """What was written already: objects that several entries share, by address, and notations."""

    def __init__(self) -> None:
        self._shared, self._notations = IdMap(), IdMap()

    def admit(self, thing: Thing, own: str, told_before: set[str]) -> Thing | None:
        """The object with those of its identifiers that are free; None if it stands there. `told_before` gets the
        codes of what cannot be said for that reason."""
        ident = thing.ident or ""
        if not ident.startswith(own):
            content = id_hash(repr(thing)) & _POSITIVE
            known = id_hash(ident)
            if known in self._shared:
                if self._shared.get(known) != content:
                    told_before.add("organisations")
                return None
            self._shared.setdefault(known, content)
        parts = tuple(part for part in thing.parts if part.name != "identifier" or self._is_free(part))
        if len(parts) < len(thing.parts):
            told_before.add("identifiers")
        return thing._replace(parts=parts)

    def _is_free(self, part: Part) -> bool:
        assert isinstance(part.value, Thing)
        notation = id_hash(str(part.value.parts[0].value))
        if notation in self._notations:
            return False
        self._notations.setdefault(notation, 0)
        return True


def _count(counts: dict[str, int], codes: list[str]) -> None:
    for code in codes:
        counts[code] = counts.get(code, 0) + 1


def _entries(catalogue: Database) -> Iterator[Entry]:
    with catalogue.read() as connection:
        row = releases.catalogue_row(connection)
        if row is None or not row.current:
            return
        day = releases.published_at(connection, row.current).date()
        after = ""
        while page := releases.entries_at(connection, row.current, after, PAGE):
            for one in page:
                yield one.id, one.doc, day
            after = page[-1].id
