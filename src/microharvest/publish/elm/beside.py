"""What stands beside a LOQ document: scores and provenance of its entries, as JSON-LD (PROV-O, DQV).

The profile's shapes are closed: one property more and an offer is refused. So this is a graph of its own, about the
same addresses. A value's origin names the record of the source; of values that lost nothing is said here. What an
offer is part of, or made of, stands here too, as its source names it: LOQ links specifications of one document alone.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from msgspec import json

from microharvest.publish.elm.bodies import BASE
from microharvest.publish.elm.loq import specification_id
from microharvest.publish.elm.terms import is_iri
from microharvest.publish.judging import Judge
from microharvest.quality.scores import Scores
from microharvest.settings import QualitySettings

__all__ = ["CONTEXT", "beside"]

CONTEXT: dict[str, Any] = {
    "@vocab": f"{BASE}term:",
    "dc": "http://purl.org/dc/terms/",
    "dqv": "http://www.w3.org/ns/dqv#",
    "prov": "http://www.w3.org/ns/prov#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "attribution": "dc:rights",
    "derivedFrom": "prov:wasDerivedFrom",
    "hasPart": "dc:hasPart",
    "identifier": "dc:identifier",
    "isPartOf": "dc:isPartOf",
    "licence": {"@id": "dc:license", "@type": "@id"},
    "measured": "dqv:hasQualityMeasurement",
    "metric": {"@id": "dqv:isMeasurementOf", "@type": "@id"},
    "value": {"@id": "dqv:value", "@type": "xsd:integer"},
    "at": {"@id": "prov:generatedAtTime", "@type": "xsd:dateTime"},
}
_SCORES = ("overall", "completeness", "informativeness", "comparability", "assurance", "freshness", "inclusion")


def beside(entry_id: str, doc: bytes, day: date, weights: QualitySettings) -> dict[str, Any]:
    """The node of an entry as the catalogue stores it; `day`: that of its release."""
    told = json.decode(doc)
    basis = told.get("basis", {})
    return {
        "@id": specification_id(entry_id),
        "@type": "prov:Entity",
        "identifier": entry_id,
        "licence": [one for one in told.get("licences", ()) if is_iri(one)],
        "attribution": told.get("attribution", []),
        "derivedFrom": [
            {"@type": "prov:Entity", "source": one["source"], "identifier": one["native_id"]}
            for one in told.get("members", ())
        ],
        **{
            name: [{"@id": one["value"]} if is_iri(one["value"]) else one["value"] for one in parts]
            for name, parts in (("isPartOf", told.get("part_of")), ("hasPart", told.get("has_part")))
            if parts
        },
        "measured": list(_measurements(Judge(weights, day).entry(doc).scores)),
        "origin": [_origin(field, one, basis.get(field)) for field, one in told.get("provenance", {}).items()],
    }


def _measurements(scores: Scores) -> Any:
    for name in _SCORES:
        part = getattr(scores, name)
        value = part if name == "overall" else part.value
        if value is not None:
            lacks = {} if name == "overall" else {"lacks": list(part.lacks)}
            yield {"@type": "dqv:QualityMeasurement", "metric": f"{BASE}score:{name}", "value": value, **lacks}


def _origin(field: str, one: dict[str, Any], basis: str | None) -> dict[str, Any]:
    """Where a field's value comes from; what is not known of it is left out."""
    said = {
        "field": field, "basis": basis, "rule": one.get("rule"), "at": one.get("at"), "source": one.get("source"),
        "identifier": one.get("native_id"),
    }  # fmt: skip
    return {name: value for name, value in said.items() if value is not None}
