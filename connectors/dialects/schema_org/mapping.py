"""schema.org courses, programmes, credentials and their instances, as JSON-LD from pages or files.

One record per course or programme, with its instances, offers and provider inside, references resolved: it can be
mapped again without its page. What else a page describes is refused as no offer, and so counted. What stays true: a
title is never an id; a person is never an organisation; an event or a learning resource is no course for that alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from microharvest.connectors.dialects.schema_org.reading import LEFT_OUT, Reader, skip  # found by a path hook

from microharvest.kit import (
    CREDENTIAL_TYPES,
    DialectSettings,
    Document,
    Draft,
    Names,
    Record,
    identify,
    is_credential,
    lookup_table,
    part_credentials,
)
from microharvest.kit import record_from_json as record_of
from microharvest.kit.jsonld import Nodes, Vocabulary, absolute, addresses, is_relative, types_of
from microharvest.kit.readers import Unreadable, decode_json

__all__ = ["Mapping"]

COURSES = frozenset(
    ("Course", "EducationalOccupationalProgram", "WorkBasedProgram", "EducationalOccupationalCredential")
)
STARTS = frozenset(("CourseInstance", "EducationEvent"))
"""Offer and instance at once where they stand alone; inside a course they are its instances."""
PERHAPS = frozenset(("LearningResource", "CreativeWork", "Event", "BusinessEvent"))
"""Offers where their own type (`learningResourceType`) says course, or the source file says so of all of them."""
PERSONS = frozenset(
    ("instructor", "author", "contributor", "editor", "performer", "attendee", "review", "comment", "contactPoint",
     "telephone", "email", "faxNumber", "employee", "founder", "alumni", "member", "copyrightHolder", "creator",
     "maintainer", "accountablePerson", "sponsor", "translator", "attendees", "performers")
)  # fmt: skip
"""Properties that are not even kept as bytes: persons and contact data (rule 12)."""

SCHEMA = Vocabulary(
    namespaces=("https://schema.org/", "http://schema.org/", "https://www.schema.org/", "http://www.schema.org/"),
    contexts=tuple(
        f"{scheme}://{host}schema.org{path}"
        for scheme in ("https", "http")
        for host in ("", "www.")
        for path in ("", "/docs/jsonldcontext.json", "/docs/jsonldcontext.jsonld", "/version/latest")
    ),
    prefixes=("schema", "sdo"),
    drop=PERSONS,
    hidden=frozenset(("Person", "Patient")),
)
FOLLOWED = frozenset(
    ("provider", "offeredBy", "offers", "hasCourseInstance", "location", "address", "about", "teaches", "recognizedBy",
     "educationalCredentialAwarded", "courseSchedule", "educationalAlignment", "audience", "priceSpecification",
     "coursePrerequisites", "programPrerequisites")
)  # fmt: skip


class Mapping:
    """`Mapping(settings)`; see `kit.Dialect`."""

    version = 4
    names = Names()

    def __init__(self, settings: DialectSettings) -> None:
        self._settings = settings
        self._types = {word: row["type"] for word, row in lookup_table(__file__, "offer_types").items()}
        added = settings.lookups.get("offer_types", {})
        self._types |= {
            word.casefold(): self._types.get(str(kind).casefold(), str(kind)) for word, kind in added.items()
        }

    def cut(self, document: Document) -> Iterator[Record]:
        """Every course of the document, instances without a course around them, and what may be one; of everything
        else one small record that will be refused."""
        if document.deleted:
            yield record_of(document.value, native_id=document.native_id, datestamp=document.datestamp, deleted=True)
            return
        rest, held = part_credentials(_opened(document.value))
        nodes = Nodes(rest, SCHEMA)
        _turn_offers(nodes)
        credentials = [*held, *nodes.find(CREDENTIAL_TYPES)]
        found = _offers(nodes)
        for node in found:
            record = self._record(node, nodes, document)
            record.native_id = self._native_id(record, document, alone=len(found) == 1)
            yield record
        others = [(each, ["VerifiableCredential"]) for each in credentials]
        others += [(each, sorted(types_of(each)) or ["untyped"]) for each in _noise(nodes, found)]
        for number, (node, types) in enumerate(others):
            yield self._refused(node, types, number, document)

    def _refused(self, node: Any, types: list[str], number: int, document: Document) -> Record:
        """What stands for a thing that is no offer: its types and nothing of its content."""
        keys = [node.get(name) for name in ("@id", "id")] if isinstance(node, dict) else []
        key = next((key for key in keys if isinstance(key, str)), f"{document.url}#{number}-{'-'.join(types)}")
        return record_of({"@type": types}, native_id=key, url=document.url)

    def _record(self, node: dict[str, Any], nodes: Nodes, document: Document) -> Record:
        value = {name: member for name, member in nodes.resolved(node, FOLLOWED).items() if name != "@context"}
        if "isPartOf" in value:
            value["isPartOf"] = nodes.with_types(value["isPartOf"])
        language = nodes.language or document.language  # kept inside, like the base
        context = {"@language": language} if language else {}
        if document.url and any(
            is_relative(address) for address in addresses(value, ("@id", "url", "mainEntityOfPage"))
        ):
            context["@base"] = document.url  # kept inside: the record is read again without its page
        if context or nodes.unknown_contexts:
            value["@context"] = [*nodes.unknown_contexts, *([context] if context else [])]
        return record_of(value, native_id=None, datestamp=document.datestamp, url=document.url)

    def _native_id(self, record: Record, document: Document, *, alone: bool) -> str | None:
        if PERHAPS & set(record.peek("@type")) and self._kind(record) is None:
            return f"{document.url}#{'-'.join(record.peek('@id') or record.peek('@type'))}"  # it will be refused
        for path in self._settings.identity:
            found = identify(record, (path,))
            if found is not None:
                return absolute(document.url, found) if path.rpartition(".")[2] in ("@id", "url") else found
        if self._settings.identity:
            return None
        for name in ("@id", "id", "url"):
            found = identify(record, (name,))
            if found is not None and not found.startswith("_:"):
                return absolute(document.url, found)
        code = identify(record, ("courseCode", "identifier", "identifier.value"))
        return code if code is not None or not alone else document.native_id

    def _kind(self, record: Record) -> tuple[str, str] | None:
        """(the source's word, what sort of offer it says) of something that need not be an offer."""
        words = [*record.peek("learningResourceType"), *record.peek("additionalType"), *record.peek("@type")]
        words += [word for part in record.each("learningResourceType") for word in part.peek("name")]
        for word in (word.rpartition("/")[2] for word in words):
            if word.casefold() in self._types:
                return word, self._types[word.casefold()]
        return None

    def map_record(self, record: Record, draft: Draft) -> None:
        """The course is the offer, `hasCourseInstance` its instances."""
        types = set(record.peek("@type"))
        if is_credential(record):
            draft.refuse("record.credential_refused")
            return
        kind = None if types & (COURSES | STARTS) else self._kind(record)
        if kind is None and not types & (COURSES | STARTS):
            draft.refuse("record.not_an_offer")
            return
        if kind is not None:
            word, sort = kind
            draft.say("credential_type", word if sort.startswith("http") else sort, uri=sort, basis="mapped")
            draft.say("source_label", word)
        is_credential_itself = "EducationalOccupationalCredential" in types
        reader = Reader(record, draft)
        reader.map_texts(record)
        reader.map_learning(record, required="learning_outcomes" if is_credential_itself else "entry_requirement")
        starts = not types & COURSES and (bool(types & STARTS) or bool(record.peek("startDate")))
        reader.map_provider(record, ("provider", "offeredBy", *(("organizer",) if starts else ())))
        if is_credential_itself:
            reader.map_award(record)
        reader.map_awards(record, dated=bool(types & COURSES))
        if starts:
            reader.map_instance(record)  # offer and instance at once
            reader.map_time(record)
            return
        reader.map_offers(record, draft)
        for name in ("hasCourseInstance", "subjectOf", "event"):
            for part in record.each(name):
                if name == "hasCourseInstance" or STARTS & set(part.peek("@type")):
                    reader.map_instance(part)
        reader.map_time(record)
        skip(record, LEFT_OUT)


def _turn_offers(nodes: Nodes) -> None:
    """Offers that name their course (in a catalogue of offers) are that course's, where the course has none itself."""
    turned: set[int] = set()
    for node in [inner for top in nodes.top() for inner in nodes.inside(top) if "itemOffered" in inner]:
        said = {name: value for name, value in node.items() if name != "itemOffered"}
        items = node["itemOffered"] if isinstance(node["itemOffered"], list) else [node["itemOffered"]]
        for item in (nodes.known(each) for each in items if isinstance(each, dict)):
            if types_of(item) & COURSES and ("offers" not in item or id(item) in turned):
                item.setdefault("offers", []).append(said)
                turned.add(id(item))


def _offers(nodes: Nodes) -> list[dict[str, Any]]:
    """Courses and what may be one; but no instance or credential that a course refers to as its own."""
    courses = list(nodes.find(COURSES | STARTS, within=CREDENTIAL_TYPES))
    perhaps = list(nodes.find(PERHAPS, within=COURSES | STARTS | CREDENTIAL_TYPES))
    perhaps = [node for node in perhaps if not any(types_of(inner) & COURSES for inner in nodes.inside(node))]
    owned = _owned(nodes, courses)
    parts = STARTS | PERHAPS | {"EducationalOccupationalCredential", "Thing"}
    return [node for node in (*courses, *perhaps) if not (_key(node) in owned and types_of(node) <= parts)]


def _noise(nodes: Nodes, found: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Things beside the offers (WebSite, BreadcrumbList, ImageObject...) that hold none and are no part of one, and
    what has a name and no type: it may be a course, and nobody says so."""
    owned = _owned(nodes, found)
    looked_at = COURSES | STARTS | PERHAPS | CREDENTIAL_TYPES
    for node in nodes.top():
        is_part = _key(node) in owned or any(types_of(inner) & looked_at for inner in nodes.inside(node))
        if not is_part and (types_of(node) or "name" in node):
            yield node


def _owned(nodes: Nodes, offers: list[dict[str, Any]]) -> set[str]:
    """The ids of everything the offers refer to."""
    return {
        key
        for offer in offers
        for inner in nodes.inside(nodes.resolved(offer, FOLLOWED))
        if (key := _key(inner)) is not None and key != _key(offer)
    }


def _key(node: dict[str, Any]) -> str | None:
    key = node.get("@id")
    return key if isinstance(key, str) else None


def _opened(value: Any) -> Any:
    """The document itself where it came as a text inside JSON."""
    if isinstance(value, dict) and not any(name.startswith("@") or name == "type" for name in value):
        texts = [member for member in value.values() if isinstance(member, str)]
        opened = [thing for text in texts if (thing := _decoded(text)) is not None]
        return opened or value
    decoded = _decoded(value) if isinstance(value, str) else None
    return value if decoded is None else decoded


def _decoded(text: str) -> Any:
    if text.lstrip()[:1] not in ("{", "[") or '"@type"' not in text:
        return None
    try:
        return decode_json(text.encode("utf-8", "replace"))
    except Unreadable:
        return None
