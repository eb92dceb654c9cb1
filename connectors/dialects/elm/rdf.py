"""ELM as RDF (Turtle, RDF/XML, JSON-LD…), and QualityLink's profile of it, as the same tree of elements LOQ XML has.

What stays true: the tree depends on what the graph says and not on how it was written; a learner's credential and what
only hangs on one is not taken over, nor is any person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from microharvest.connectors.dialects.elm.courses import LINKS, MODEL  # found by a path hook

from microharvest.kit import CREDENTIAL_TYPES
from microharvest.kit.graph import Shape, local_of, references, tree_of

__all__ = ["QL", "courses_of", "credentials_in", "is_given"]

QL = "http://data.quality-link.eu/ontology/v1#"
DCTERMS = "http://purl.org/dc/terms/"
NOTATION = "http://www.w3.org/2004/02/skos/core#notation"
SPECIFIES = "learningAchievementSpecification"
OFFERED_BY = "learningOpportunity"
LIKE_ELM = (
    DCTERMS, "http://xmlns.com/foaf/0.1/", "http://www.w3.org/ns/adms#", "http://www.w3.org/ns/regorg#",
    "http://www.w3.org/ns/org#", "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "http://www.w3.org/ns/locn#",
)  # fmt: skip
"""Vocabularies whose properties LOQ XML writes without prefix."""

ELEMENTS = {
    "LearningOpportunity": "learningOpportunity",
    "LearningOpportunityInstance": "learningOpportunity",
    "LearningAchievementSpecification": SPECIFIES,
    "LearningOpportunitySpecification": SPECIFIES,
    "Qualification": "qualification",
    "QualificationReference": "qualificationReference",
    "Organisation": "organisation",
    "HigherEducationInstitution": "organisation",
    "Agent": "agent",
    "Group": "agent",
}
UNNAMED = "#specification"
"""Behind the opportunity's address: the key of a specification without a name of its own."""
ORDER = ("Qualification", *ELEMENTS)
"""A node of several types is a qualification before anything else."""

PERSONS = frozenset(("Person", "ContactPoint", "Mailbox", "Phone"))
IDS_ONLY = frozenset(
    (SPECIFIES, OFFERED_BY, "hasPart", "isPartOf", "publisher", "member", "memberOf", "isMemberOf", "organisation",
     "hasSubOrganization", "subOrganizationOf", "groupMemberOf", "specialisationOf", "generalisationOf")
)  # fmt: skip
TEXTS = frozenset(
    ("contentUrl", "schemeId", "notation", "title", "description", "noteLiteral", "legalName", "prefLabel", "altLabel")
)


def is_given(key: str) -> bool:
    """Whether an id is the source's own address and not a key made of others."""
    return ":" in key and not key.endswith(UNNAMED)


def credentials_in(nodes: Iterable[dict[str, Any]]) -> list[str]:
    """The ids of learners' credentials in a graph."""
    return [
        node["@id"]
        for node in nodes
        if not CREDENTIAL_TYPES.isdisjoint(map(local_of, node.get("@type", ())))
        or any(local_of(name) == "credentialSubject" for name in node)
    ]


def courses_of(nodes: list[dict[str, Any]]) -> Any:
    """The graph as a LOQ document: `<Courses>` over specifications, opportunities and what they refer to."""
    held = _reachable(nodes, credentials_in(nodes))
    kept = [node for node in nodes if node["@id"] not in held]
    named = _named_specifications(kept)
    _turn_round(named)
    for node in named:
        if any(kind.startswith(QL) for kind in node.get("@type", ())) and f"{DCTERMS}publisher" in node:
            node[f"{QL}publisher"] = node.pop(f"{DCTERMS}publisher")  # who teaches, not who describes
    root = f"{{{_namespace(named)}}}Courses"
    return tree_of(named, Shape(root, _element, _tag, LINKS | IDS_ONLY, TEXTS, PERSONS))


def _element(kinds: Iterable[str]) -> str:
    names = {local_of(kind) for kind in kinds}
    return next((ELEMENTS[name] for name in ORDER if name in names), "thing")


def _tag(address: str) -> str | None:
    """The property's element in LOQ XML, or its full name."""
    namespace = address[: len(address) - len(local_of(address))]
    local = local_of(address)
    if local == OFFERED_BY:
        return None  # turned round, see _turn_round
    if namespace in LIKE_ELM or namespace.startswith(MODEL[1:]):
        return local
    return f"{{{namespace or 'relative:'}}}{local}"


def _namespace(nodes: Iterable[dict[str, Any]]) -> str:
    """The model's edition, told by the first name that is the model's own."""
    for node in nodes:
        for name in (*node.get("@type", ()), *node):
            if name.startswith(MODEL[1:]):
                return str(name[: len(name) - len(local_of(name))])
    return "http://data.europa.eu/snb/model/ontology/"


def _reachable(nodes: Iterable[dict[str, Any]], heads: list[str]) -> set[str]:
    """Everything a learner's credential is made of."""
    found: set[str] = set()
    if heads:
        by_id = {node["@id"]: node for node in nodes}
        pending = list(heads)
        while pending:
            key = pending.pop()
            if key not in found and key in by_id:
                found.add(key)
                pending.extend(target for _, target in references(by_id[key]))
    return found


def _named_specifications(nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The nodes, with a name for every specification and opportunity that has none: its identifier's notation, else
    that of the opportunity it hangs on (from raw stable values, never from a title)."""
    names = dict(_names_of_blank_heads(nodes))
    if not names:
        return [dict(node) for node in nodes]
    return [
        {
            name: names.get(values, values)
            if name == "@id"
            else values
            if name == "@type"
            else [{"@id": names.get(value["@id"], value["@id"])} if "@id" in value else value for value in values]
            for name, values in node.items()
        }
        for node in nodes
    ]


def _names_of_blank_heads(nodes: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    by_id = {node["@id"]: node for node in nodes}
    owners = {
        target: node["@id"]
        for node in nodes
        for name, target in references(node)
        if local_of(name) in (SPECIFIES, OFFERED_BY) and not node["@id"].startswith("_:")
    }
    for key, node in by_id.items():
        if key.startswith("_:") and _element(node.get("@type", ())) in (SPECIFIES, "qualification", OFFERED_BY):
            notation = next(_notations(node, by_id), None)
            if notation is not None:
                yield key, notation
            elif key in owners:
                yield key, owners[key] + UNNAMED


def _notations(node: dict[str, Any], by_id: dict[str, dict[str, Any]]) -> Iterator[str]:
    for name, target in references(node):
        if local_of(name) == "identifier" and target in by_id:
            yield from sorted(value["@value"] for value in by_id[target].get(NOTATION, ()) if value.get("@value"))


def _turn_round(nodes: list[dict[str, Any]]) -> None:
    """A specification that names its opportunities: the opportunity names the specification, as in LOQ XML."""
    by_id = {node["@id"]: node for node in nodes}
    for node in nodes:
        for name, target in list(references(node)):
            opportunity = by_id.get(target)
            if local_of(name) == OFFERED_BY and opportunity is not None:
                links = opportunity.setdefault(name[: -len(OFFERED_BY)] + SPECIFIES, [])
                if not any(local_of(each) == SPECIFIES for each, _ in references(opportunity)):
                    links.append({"@id": node["@id"]})
