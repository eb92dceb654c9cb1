"""RDF of strangers: Turtle, N-Triples, N-Quads, TriG, RDF/XML and JSON-LD as one list of flat nodes.

What must stay true: nothing is fetched, and nothing that a file holds ends the process. oxigraph reads strictly, but
some input takes it down (measured with 0.5.13: triple terms nested 20,000 deep are a segmentation fault, entities that
multiply in RDF/XML abort) or takes it minutes, so such input is refused or read by lxml first.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from microharvest.kit.protocol import Finding
from microharvest.kit.readers.answer import Unreadable, strip_bom
from microharvest.kit.readers.contexts import inline_contexts
from microharvest.kit.readers.json import decode_json, encode_json
from microharvest.kit.readers.xml import read_tree, xml_bytes

__all__ = [
    "MAX_RDF_BYTES",
    "Flattened",
    "Syntax",
    "find_syntax",
    "looks_like_rdf",
    "nodes_of_json",
    "read_rdf",
]

Syntax = Literal["turtle", "nquads", "rdfxml", "jsonld"]
MAX_RDF_BYTES = 32 * 1024 * 1024
"""A graph takes some 26 times its file (measured: 385 MB for 12 MB of Turtle), and a parse process has 1 GB."""
MAX_TERM_DEPTH = 16
"""How deep triple terms may nest; the same signs in ordinary text come in pairs."""

_BY_NAME: dict[str, Syntax] = {
    ".ttl": "turtle", ".nt": "turtle", ".trig": "turtle", ".nq": "nquads", ".rdf": "rdfxml", ".owl": "rdfxml",
    ".jsonld": "jsonld", "text/turtle": "turtle", "application/x-turtle": "turtle", "application/trig": "turtle",
    "application/n-triples": "turtle", "application/n-quads": "nquads", "application/rdf+xml": "rdfxml",
    "application/ld+json": "jsonld",
}  # fmt: skip
_XML_START = re.compile(rb"\s*(?:<\?xml[\s?]|<!DOCTYPE\s|<!--|<(?:[\w.-]+:)?RDF[\s>])")
_JSON_START = re.compile(rb"\s*(?:\{\s*(?:\"|\})|\[\s*(?:[{\]]))")
_RDF_ROOT = re.compile(rb"<(?:[\w.-]+:)?RDF[\s>]")
_TURTLE_START = re.compile(rb"(?:\s|#[^\n]*\n)*(?:@prefix|@base|prefix|base)\s", re.IGNORECASE)
_TERMS = re.compile(rb"<<|>>")
_BASE = re.compile(r"[a-z][a-z0-9+.-]*://[^\s<>\"{}|\\^`]*", re.IGNORECASE)


class Flattened(dict[str, Any]):
    """A graph as one JSON value: `{"@graph": [node…], "@context": [addresses of contexts nobody knows]}`.

    Flattened JSON-LD: nodes in the order they first appear, {"@id", "@type": […], IRI: [value…]}, where a value is
    {"@value", "@language" or "@type"} or {"@id"}; blank nodes are `_:…`. A type of its own: no feed can pretend to it.
    """


def find_syntax(head: bytes, *names: str) -> Syntax | None:
    """The syntax by what the bytes begin with, else by the first known name (`.ttl`, `text/turtle`); None if neither.

    Bytes go first: servers send Turtle as text/plain and RDF/XML as anything.
    """
    start = strip_bom(head)
    if _XML_START.match(start):
        return "rdfxml"
    named = next((_BY_NAME[name] for name in names if name in _BY_NAME), None)
    if named not in ("turtle", "nquads") and _JSON_START.match(start):
        return "jsonld"
    return named


def looks_like_rdf(head: bytes, *names: str) -> bool:
    """Whether a file is RDF other than JSON-LD (which is JSON to everybody else): by its first bytes and names."""
    start = strip_bom(head)
    if _XML_START.match(start):
        return _RDF_ROOT.search(start) is not None
    return _TURTLE_START.match(start) is not None or find_syntax(head, *names) in ("turtle", "nquads")


def read_rdf(content: bytes, syntax: Syntax, base: str) -> tuple[Flattened, list[Finding]]:
    """All statements of a document. Raises Unreadable: source.too_large, source.protocol, source.cut.

    A document with addresses that are none (blanks inside) is read without judging them: `feed.repaired`.
    """
    if len(content) > MAX_RDF_BYTES:
        raise Unreadable("source.too_large", f"An RDF document of more than {MAX_RDF_BYTES} bytes.")
    if syntax == "jsonld":
        return nodes_of_json(decode_json(content), base), []
    if syntax == "rdfxml":
        content = xml_bytes(read_tree(content))  # depth, entities and encodings are lxml's to judge
    else:
        content = strip_bom(content)
        _refuse_nested_terms(content)
    try:
        return _parse(content, syntax, base, lenient=False)
    except SyntaxError as error:
        strict = str(error)
    try:
        found = _parse(content, syntax, base, lenient=True)
    except SyntaxError:
        raise Unreadable("source.protocol", f"Not RDF: {strict}"[:200]) from None
    graph, findings = found
    return graph, [*findings, Finding(code="feed.repaired", detail=f"addresses not judged: {strict}"[:200])]


def nodes_of_json(value: Any, base: str) -> Flattened:
    """A JSON-LD document with known contexts written out; what is flat already stays. Raises like `read_rdf`."""
    if isinstance(value, Flattened):
        return value
    plain, unknown = inline_contexts(value)
    try:
        graph, _ = _parse(encode_json(plain), "jsonld", base, lenient=True)
    except SyntaxError as error:
        raise Unreadable("source.protocol", f"Not JSON-LD: {error}"[:200]) from None
    if unknown:
        graph["@context"] = unknown
    return graph


def _refuse_nested_terms(content: bytes) -> None:
    depth = 0
    for sign in _TERMS.finditer(content):
        depth = depth + 1 if sign[0] == b"<<" else max(0, depth - 1)
        if depth > MAX_TERM_DEPTH:
            raise Unreadable("source.protocol", f"Triple terms nested deeper than {MAX_TERM_DEPTH} levels.")


def _parse(content: bytes, syntax: Syntax, base: str, *, lenient: bool) -> tuple[Flattened, list[Finding]]:
    from microharvest.kit.readers.rdf_parsing import parse_rdf  # oxigraph: 11 MB in every process, for a few feeds

    base_iri = base if _BASE.fullmatch(base) else "relative:/"  # visible, and never mistaken for an address
    nodes, about_statements = parse_rdf(content, syntax, base_iri, lenient=lenient)
    left_out = f"{about_statements} statements about statements were left out"
    findings = [Finding(code="feed.repaired", detail=left_out)] if about_statements else []
    return Flattened({"@graph": nodes}), findings
