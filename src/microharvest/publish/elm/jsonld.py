"""JSON-LD: an object as one node, under a context of our own that stands in the document.

There is no published context for LOQ: that of EDC lacks `defaultLanguage`, which LOQ demands, and types `dateModified`
as an address. Nobody needs the network to read this one. Concepts name their list where its address is known by
rule, as the profile's shapes for controlled vocabularies ask.
"""

from __future__ import annotations

import re
from types import TracebackType
from typing import Any, BinaryIO

from msgspec import json

from microharvest.publish.elm.demands import Version
from microharvest.publish.elm.said import Coded, Link, Tagged, Thing

__all__ = ["JsonLdDocument", "context_of", "node_of"]

_MODELS: dict[Version, str] = {
    "3.1": "http://data.europa.eu/snb/model/elm/",
    "3.3": "http://data.europa.eu/snb/model/ontology/",
}
_PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "dc": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rov": "http://www.w3.org/ns/regorg#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_FOREIGN = {
    "dc": (
        "description",
        "language",
        "modified",
        "subject",
        "temporal",
        "title",
        "type",
        "valid",
        "Location",
        "PeriodOfTime",
    ),
    "adms": ("identifier",),
    "foaf": ("homepage",),
    "rdf": ("value",),
    "rov": ("legalName",),
    "skos": ("altLabel", "notation", "prefLabel", "inScheme", "Concept", "ConceptScheme"),
}
"""What stands in other vocabularies; every other name is the model's own."""
_TEXTS = ("title", "description", "altLabel", "prefLabel", "legalName", "category", "geographicName", "noteLiteral")
_TYPED = {
    "anyURI": ("contentUrl", "schemeId"),
    "dateTime": ("startDate", "endDate", "applicationDeadline", "modified", "valid", "expiryDate"),
    "decimal": ("value",),
    "duration": ("duration", "volumeOfLearning"),
}
_LISTED = re.compile(
    r"(http://data\.europa\.eu/snb/(?!model/)[a-z-]+/|http://publications\.europa\.eu/resource/authority/[a-z-]+(?=/))/?[^/]+"
)
"""A concept of an EU list, and how the address of the list begins."""

_encoder = json.Encoder()


class JsonLdDocument:
    """`{"@context": …, "@graph": [node, …]}`, a node per line, written as they come."""

    def __init__(self, out: BinaryIO, context: dict[str, Any]) -> None:
        self._out, self._context = out, context
        self._between = b"\n"

    def __enter__(self) -> JsonLdDocument:
        self._out.write(b'{"@context":' + _encoder.encode(self._context) + b',"@graph":[')
        return self

    def write(self, node: dict[str, Any]) -> None:
        """Add a node."""
        self._out.write(self._between + _encoder.encode(node))
        self._between = b",\n"

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if kind is None:
            self._out.write(b"\n]}\n")


def context_of(version: Version) -> dict[str, Any]:
    """What the names of a document mean."""
    full = {name: f"{prefix}:{name}" for prefix, names in _FOREIGN.items() for name in names}
    typed = {name: kind for kind, names in _TYPED.items() for name in names}
    terms: dict[str, Any] = dict(full)
    for name in _TEXTS:
        terms[name] = {"@id": full.get(name, f"elm:{name}"), "@container": "@language"}
    for name, kind in typed.items():
        terms[name] = {"@id": full.get(name, f"elm:{name}"), "@type": f"xsd:{kind}"}
    return {"@vocab": _MODELS[version], "elm": _MODELS[version], **_PREFIXES, **terms}


def node_of(thing: Thing) -> dict[str, Any]:
    """An object with everything in it."""
    node: dict[str, Any] = {"@id": thing.ident} if thing.ident is not None else {}
    node["@type"] = thing.kind
    for full, value in thing.parts:
        name = full.rpartition(":")[2]
        match value:
            case Tagged():
                _add(node.setdefault(name, {}), value.language, value.text)
            case Thing():
                _add(node, name, node_of(value))
            case Coded():
                _add(node, name, _concept(value))
            case Link():
                _add(node, name, {"@id": value.ident})
            case _:
                _add(node, name, value)
    return node


def _add(node: dict[str, Any], name: str, value: Any) -> None:
    """One value stands alone, several in a list."""
    held = node.get(name)
    node[name] = value if held is None else [*held, value] if isinstance(held, list) else [held, value]


def _concept(concept: Coded) -> dict[str, Any]:
    node: dict[str, Any] = {"@id": concept.uri, "@type": "Concept"}
    found = _LISTED.fullmatch(concept.uri)
    if found is not None:
        scheme = found[1] + "25831c2" if found[1].endswith("/") else found[1]
        node["inScheme"] = {"@id": scheme, "@type": "ConceptScheme"}
    if concept.labels:
        node["prefLabel"] = concept.labels
    return node
