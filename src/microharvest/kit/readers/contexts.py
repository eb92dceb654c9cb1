"""JSON-LD contexts that are known by address, written out in place before any RDF parser sees them.

What must stay true: nothing is fetched. A context nobody knows is told and replaced by a vocabulary under its own
address, so that its terms stay visible as unread values and do not vanish.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from microharvest.kit.readers.answer import Unreadable

__all__ = ["MAX_NESTING", "inline_contexts"]

MAX_NESTING = 100
"""A JSON-LD document nested deeper is refused: oxigraph's time grows with the square of the depth."""

_KEYWORDS = {"id": "@id", "type": "@type"}
_SCHEMA_ORG = re.compile(r"(https?)://(?:www\.)?schema\.org(?:/.*)?")
_CREDENTIALS = re.compile(
    r"https?://(?:www\.w3\.org/(?:2018|ns)/credentials/v[12]|purl\.imsglobal\.org/spec/ob/v3p0/.*)"
)
_ELM = re.compile(r"https?://data\.europa\.eu/snb/model/(?:context/[\w-]+|elm/?|ontology/?)")
"""The published context, and the namespaces that are given for one."""
_ELM_MODEL = "http://data.europa.eu/snb/model/elm/"
_PREFIXES = {
    "elm": _ELM_MODEL,
    "dc": "http://purl.org/dc/terms/",
    "dcterms": "http://purl.org/dc/terms/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "adms": "http://www.w3.org/ns/adms#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rov": "http://www.w3.org/ns/regorg#",
    "locn": "http://www.w3.org/ns/locn#",
    "org": "http://www.w3.org/ns/org#",
    "cred": "https://www.w3.org/2018/credentials#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_ELM_TERMS = {
    "dcterms": "spatial creator temporal language publisher valid Location PeriodOfTime",
    "skos": "inScheme notation Concept ConceptScheme",
    "adms": "identifier schemeAgency",
    "foaf": "homepage member",
    "rov": "registration",
    "locn": "geometry Geometry",
    "org": "hasSubOrganization subOrganizationOf memberOf",
    "cred": "credentialSubject VerifiableCredential",
}
"""Terms that are not the model's own, by prefix; everything else is in the vocabulary itself."""
_ELM_TEXTS = {
    "dcterms": "title description",
    "skos": "prefLabel altLabel definition",
    "rov": "legalName",
    "elm": "noteLiteral geographicName category",
}
"""Terms whose value may be a map of language to text."""
_ELM_RENAMED = {
    "thematicArea": "elm:ISCEDFCode", "eqfLevel": "elm:EQFLevel", "nqfLevel": "elm:NQFLevel",
    "contentURL": "elm:contentUrl", "eIDASIdentifier": "elm:eidasLegalIdentifier", "dcType": "dcterms:type",
    "dateModified": "dcterms:modified", "dateIssued": "dcterms:issued", "elmSubject": "elm:subject",
}  # fmt: skip


def inline_contexts(value: Any) -> tuple[Any, list[str]]:
    """The document with every remote context written out, and the addresses of those that are not known.

    Raises Unreadable(source.protocol) where it is nested deeper than `MAX_NESTING`.
    """
    unknown: dict[str, None] = {}
    return _inlined(value, unknown, 0), list(unknown)


def _inlined(value: Any, unknown: dict[str, None], depth: int) -> Any:
    _refuse_depth(depth)
    if isinstance(value, list):
        return [_inlined(member, unknown, depth + 1) for member in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _context(member, unknown, depth + 1) if name == "@context" else _inlined(member, unknown, depth + 1)
        for name, member in value.items()
    }


def _refuse_depth(depth: int) -> None:
    if depth > MAX_NESTING:
        raise Unreadable("source.protocol", f"JSON-LD nested deeper than {MAX_NESTING} levels.")


def _context(context: Any, unknown: dict[str, None], depth: int) -> Any:
    _refuse_depth(depth)
    if isinstance(context, list):
        # Stable: what is known goes last, for the last vocabulary holds.
        members = sorted(context, key=lambda member: not (isinstance(member, str) and not _is_known(member.strip())))
        inlined = [_context(member, unknown, depth + 1) for member in members]
        return [each for member in inlined for each in (member if isinstance(member, list) else [member])]
    if isinstance(context, str):
        return _known(context.strip(), unknown)
    if isinstance(context, dict):  # a scoped context or an import may name an address too
        imported = context.get("@import")
        if isinstance(imported, str):
            unknown[imported] = None
        return _inlined({name: part for name, part in context.items() if name != "@import"}, unknown, depth)
    return {}


def _is_known(address: str) -> bool:
    return any(pattern.fullmatch(address) for pattern in (_SCHEMA_ORG, _ELM, _CREDENTIALS))


def _known(address: str, unknown: dict[str, None]) -> dict[str, Any]:
    schema = _SCHEMA_ORG.fullmatch(address)
    if schema is not None:
        return {**_KEYWORDS, "@vocab": f"{schema[1]}://schema.org/"}
    if _ELM.fullmatch(address):
        return _elm()
    if _CREDENTIALS.fullmatch(address):
        return {**_KEYWORDS, "@vocab": "https://www.w3.org/2018/credentials#"}
    unknown[address] = None
    return {**_KEYWORDS, "@vocab": address.rstrip("#/") + "#"} if re.match(r"https?://[^\s<>\"]+$", address) else {}


@cache
def _elm() -> dict[str, Any]:
    """The terms of the European Learning Model's context as far as offers use them."""
    terms: dict[str, Any] = {**_KEYWORDS, **_PREFIXES, **_ELM_RENAMED, "@vocab": _ELM_MODEL}
    for prefix, names in _ELM_TERMS.items():
        terms.update((name, f"{prefix}:{name}") for name in names.split())
    for prefix, names in _ELM_TEXTS.items():
        terms.update((name, {"@id": f"{prefix}:{name}", "@container": "@language"}) for name in names.split())
    return terms
