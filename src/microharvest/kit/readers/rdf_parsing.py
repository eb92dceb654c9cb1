"""oxigraph's statements as flat nodes: the one module that loads it, because few feeds are RDF. See `rdf`."""

from __future__ import annotations

from typing import Any

import pyoxigraph as ox

from microharvest.kit.readers.answer import Unreadable

__all__ = ["MAX_TRIPLES", "parse_rdf"]

MAX_TRIPLES = 1_000_000
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_LOOKED_AT = 32
_STRING = "http://www.w3.org/2001/XMLSchema#string"
_LANG_STRING = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
_FORMATS = {
    "turtle": ox.RdfFormat.TRIG,  # of which Turtle and N-Triples are a part
    "nquads": ox.RdfFormat.N_QUADS,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}


def parse_rdf(content: bytes, syntax: str, base_iri: str, *, lenient: bool) -> tuple[list[dict[str, Any]], int]:
    """(nodes in the order they first appear, statements about statements, which are left out).

    Raises SyntaxError, and Unreadable source.too_large.
    """
    nodes: dict[str, dict[str, Any]] = {}
    about_statements = 0
    for count, quad in enumerate(ox.parse(input=content, format=_FORMATS[syntax], base_iri=base_iri, lenient=lenient)):
        if count >= MAX_TRIPLES:
            raise Unreadable("source.too_large", f"RDF of more than {MAX_TRIPLES} statements.")
        subject, target = quad.subject, quad.object
        if isinstance(subject, ox.Triple) or isinstance(target, ox.Triple):
            about_statements += 1
            continue
        key = _name(subject)
        node = nodes.get(key)
        if node is None:
            node = nodes[key] = {"@id": key}
        predicate = quad.predicate.value
        if predicate == RDF_TYPE and isinstance(target, ox.NamedNode):
            _note(node.setdefault("@type", []), target.value)
        else:
            _note(node.setdefault(predicate, []), _value(target))
    return list(nodes.values()), about_statements


def _note(values: list[Any], value: Any) -> None:
    """Said again is said once: exporters write type and label of a concept wherever they use it, thousands of times.
    Only the first are looked at, for long lists (the parts of a catalogue) do not repeat themselves."""
    if value not in values[:_LOOKED_AT]:
        values.append(value)


def _name(term: Any) -> str:
    return f"_:{term.value}" if isinstance(term, ox.BlankNode) else str(term.value)


def _value(term: Any) -> dict[str, Any]:
    if not isinstance(term, ox.Literal):
        return {"@id": _name(term)}
    if term.language:
        return {"@value": term.value, "@language": term.language}
    datatype = term.datatype.value
    return {"@value": term.value} if datatype in (_STRING, _LANG_STRING) else {"@value": term.value, "@type": datatype}
