"""Learning Object Metadata: IEEE LOM, IMS metadata 1.2 and NL-LOM, mostly over OAI-PMH.

A learning object is material and no offer: one becomes an offer where its `learningResourceType` says that it is a
course. The aggregation level does not say so (level 3 is "a course" in IEEE 1484.12.1, a chapter with four video clips
in real records). What stays true: of a vCard its organisation is kept and nothing else, also in the record's bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from microharvest.kit import (
    DialectSettings,
    Document,
    Draft,
    Names,
    Record,
    Text,
    compose,
    identify,
    lookup_table,
    record_from_xml,
    thing_of,
)

__all__ = ["Mapping"]

ORG = re.compile(r"^\s*ORG(?:;[^:\n]*)?:((?:\\.|[^;\\\n])+)", re.MULTILINE | re.IGNORECASE)
LEVEL = re.compile(r"(?:https?://data\.europa\.eu/snb/eqf/)?[1-8]")
ISCED = re.compile(r"(?:https?://data\.europa\.eu/snb/isced-f/)?(\d{2,4})")
ESCO = "http://data.europa.eu/esco/"
INSTITUTIONS = ("publisher", "content provider", "educational institution", "hogeschool", "universiteit", "initiator")
"""Roles of a contribution in which an organisation offers a thing."""
DROPPED = frozenset(("annotation", "metametadata", "metaMetadata", "photo", "logo"))
"""Who commented, who wrote the description: persons (rule 12), not even kept as bytes."""

GENERAL_LEFT_OUT = ("coverage", "structure", "aggregationlevel")
EDUCATIONAL_LEFT_OUT = (
    "interactivitytype", "interactivitylevel", "semanticdensity", "intendedenduserrole", "context", "typicalagerange",
    "difficulty", "description", "language",
)  # fmt: skip
"""How a material is used and by whom; schools and universities are no level of a framework."""
RELATIONS = {"haspart": "has_part", "ispartof": "part_of"}


class _LomNames(Names):
    """Elements by their local names in lower case: IMS writes `learningresourcetype`, IEEE `learningResourceType`, and
    real records mix namespaces."""

    def spell(self, tag: str) -> str:
        uri, _, local = tag[1:].partition("}") if tag.startswith("{") else ("", "", tag)
        return tag if uri == "http://www.w3.org/2001/XMLSchema-instance" else local.lower()


class Mapping:
    """`Mapping(settings)`; see `kit.Dialect`."""

    version = 2
    names: Names = _LomNames(lang_attributes=("language",))

    def __init__(self, settings: DialectSettings) -> None:
        self._settings = settings
        self._types = {word: row["type"] for word, row in lookup_table(__file__, "offer_types").items()}
        added = settings.lookups.get("offer_types", {})
        self._types |= {
            word.casefold(): self._types.get(str(kind).casefold(), str(kind)) for word, kind in added.items()
        }

    def cut(self, document: Document) -> Iterator[Record]:
        """One record per <lom>, without what names persons."""
        if document.xml is None:
            if document.deleted:
                yield record_from_xml(
                    None,
                    self.names,
                    native_id=document.native_id,
                    datestamp=document.datestamp,
                    deleted=True,
                    raw_xml=document.raw_xml,
                    url=document.url,
                )
            return
        for element in document.xml.iter():
            if isinstance(element.tag, str) and self.names.qualified(element.tag) == "lom":
                yield self._record(element, document)

    def _record(self, lom: Any, document: Document) -> Record:
        home = lom.tag.rpartition("}")[0]
        strange = {each.tag.rpartition("}")[0] for each in lom.iter() if isinstance(each.tag, str)} - {home}
        slip = {"slip": " ".join(sorted(uri.lstrip("{") or "none" for uri in strange))} if strange else {}
        element = compose("lom", list(lom), attributes=slip, drop=DROPPED)
        for card in element.iter():
            if isinstance(card.tag, str) and self.names.qualified(card.tag) in ("vcard", "entity"):
                found = ORG.search(card.text or "")
                card.text = f"ORG:{found[1].strip()}" if found is not None else None
        record = record_from_xml(
            element, self.names, native_id=document.native_id, datestamp=document.datestamp, url=document.url
        )
        if self._settings.identity:
            record.native_id = identify(record, self._settings.identity)
        elif record.native_id is None:
            record.native_id = identify(
                record, ("general.identifier.entry", "general.catalogentry.entry.langstring", "technical.location")
            )
        return record

    def map_record(self, record: Record, draft: Draft) -> None:
        """A course is an offer; any other learning object is refused."""
        kinds = [text for part in record.each("educational") for text in _values(part, "learningresourcetype")]
        levels = [text for part in record.each("general") for text in _values(part, "aggregationlevel")]
        words = [*kinds, *(Text(f"aggregation level {text.value}", None, text.path) for text in levels)]
        word = next((word for word in words if word.value.casefold() in self._types), None)
        if word is None:
            draft.refuse("record.not_an_offer")
            return
        for slip in record.texts("@slip"):
            draft.issue("feed.namespace", "", slip.value)
        kind = self._types[word.value.casefold()]
        draft.say("credential_type", word if kind.startswith("http") else kind, uri=kind, basis="mapped")
        draft.say("source_label", word)
        for part in record.each("general"):
            _map_general(part, draft)
        _map_provider(record, draft)
        for part in record.each("educational"):
            _map_educational(part, draft)
        for part in record.each("technical"):
            for text in part.texts("location"):
                draft.say("homepage", text)
            _skip(part, part.names(), "of a file, not of a course")
        for part in record.each("rights"):
            if [text.value.casefold() for text in _values(part, "cost")] == ["no"]:
                draft.say("price", "free", basis="derived")
            _skip(part, part.names(), "the source file says the licence")
        for part in record.each("relation"):
            _map_relation(part, draft)
        for part in record.each("classification"):
            _map_classification(part, draft)
        _skip(record, ("schema",), "which edition of LOM it is")


def _map_general(part: Record, draft: Draft) -> None:
    languages: set[str | None] = set()
    for text in _spoken(part, "title"):
        draft.say("alt_title" if text.lang in languages else "title", text)
        languages.add(text.lang)
    for text in _spoken(part, "description"):
        draft.say("description", text)
    for keyword in part.each("keyword"):
        texts = _strings(keyword)
        for text in texts:
            draft.say("subject", text, thing=thing_of(texts))
    for text in part.texts("language"):
        draft.say("languages", text)
    for scheme, text in _identifiers(part):
        draft.say("identifier", text, scheme=scheme)
    _skip(part, GENERAL_LEFT_OUT)


def _map_provider(record: Record, draft: Draft) -> None:
    """The first organisation that publishes or provides; of other contributions nothing is kept."""
    chosen: str | None = None
    for cycle in record.each("lifecycle"):
        for contribution in cycle.each("contribute"):
            roles = {text.value.casefold() for text in _values(contribution, "role")}
            cards = [*contribution.each("centity"), *contribution.each("entity")]
            for card in cards:
                text = card.text("vcard") or card.own()
                name = _organisation(text)
                if chosen is None and name is not None and not roles.isdisjoint(INSTITUTIONS):
                    chosen = name.value
                    draft.part("provider").say("name", name)
            _skip(contribution, contribution.names(), "who made it (rule 12) and when")
        _skip(cycle, ("version", "status"), "of the material")


def _organisation(card: Text | None) -> Text | None:
    found = ORG.search(card.value) if card is not None else None
    return None if found is None or card is None else Text(re.sub(r"\\(.)", r"\1", found[1]).strip(), None, card.path)


def _map_educational(part: Record, draft: Draft) -> None:
    for time in part.each("typicallearningtime"):
        draft.say("workload", time.text("datetime") or time.text("duration"))
        time.skip("description", "the time is kept")
    _skip(part, (*EDUCATIONAL_LEFT_OUT, "learningresourcetype"), "see the README")


def _map_relation(part: Record, draft: Draft) -> None:
    kinds = [RELATIONS.get(text.value.casefold()) for text in _values(part, "kind")]
    field = next(filter(None, kinds), None)
    for resource in part.each("resource"):
        for scheme, text in _identifiers(resource):
            if field is not None:
                draft.say(field, text, scheme=scheme)
        _skip(resource, resource.names(), "of the related object")


def _map_classification(part: Record, draft: Draft) -> None:
    """By its purpose: level, discipline, prerequisite, objective; others (access rights, idea) have no field."""
    purpose = next((text.value.casefold() for text in _values(part, "purpose")), "")
    for path in part.each("taxonpath"):
        source = " ".join(text.value for text in _spoken(path, "source")).casefold()
        for taxon in path.each("taxon"):
            _say_taxon(taxon, purpose, source, draft)
        path.skip("source", "tells which list a taxon is from")
    prose = {"prerequisite": "entry_requirement", "educational objective": "learning_outcomes"}
    prose["competency"] = "learning_outcomes"
    for name in ("description", "keyword"):
        for text in _spoken(part, name):
            if purpose in prose:
                draft.say(prose[purpose], text)


def _say_taxon(taxon: Record, purpose: str, source: str, draft: Draft) -> None:
    key, labels = taxon.text("id"), list(_spoken(taxon, "entry"))
    uri = key.value if key is not None and key.value.startswith(("http://", "https://")) else None
    code = key.value if key is not None and uri is None else None
    if key is not None and "isced" in f"{source} {key.value}".casefold() and ISCED.fullmatch(key.value):
        draft.say("isced_f", key, uri=uri)
        return
    if uri is not None and uri.startswith(ESCO):
        field: str | None = "occupations" if "/occupation/" in uri else "skills"
    else:
        field = {
            "discipline": "subject", "educational level": "nqf_level", "prerequisite": "entry_requirement",
            "educational objective": "learning_outcomes", "competency": "skills", "skill level": "nqf_level",
        }.get(purpose)  # fmt: skip
    if field == "nqf_level" and "eqf" in source:
        field = "eqf_level"
    if field == "eqf_level" and key is not None and LEVEL.fullmatch(key.value):
        labels = [key]  # its number; a label need not name it
    for text in labels or ([key] if key is not None else []):
        if field is not None:
            said = {"scheme": source} if field == "eqf_level" else {"uri": uri, "code": code}
            draft.say(field, text, thing=thing_of(labels), **said)


def _identifiers(part: Record) -> Iterator[tuple[str, Text]]:
    """(catalogue, entry); IMS calls it catalogentry."""
    for name in ("identifier", "catalogentry"):
        for entry in part.each(name):
            scheme = entry.value("catalog") or "code"
            for text in (*_spoken(entry, "entry"), *([own] if (own := entry.own()) is not None else [])):
                yield scheme, text


def _values(part: Record, name: str) -> list[Text]:
    """The words of a vocabulary: `<value>`, with `<langstring>` in IMS metadata.

    The profile of German university repositories gives `<id>` and `<entry>` in its place: there the word is the end of
    the address (`https://w3id.org/kim/hcrt/course`), the same in every language.
    """
    found = []
    for term in part.each(name):
        skipped = ("source", "entry") if term.peek("id") else ("source",)
        _skip(term, skipped, "which vocabulary a word is from; its label beside its id")
        found += list(_spoken(term, "value"))
        found += [Text(key.value.rpartition("/")[2].replace("_", " "), None, key.path) for key in term.texts("id")]
    return found


def _spoken(part: Record, name: str) -> Iterator[Text]:
    """The texts of a property: in `<string>` or `<langstring>` by language, or bare."""
    for spoken in part.each(name):
        yield from _strings(spoken)


def _strings(spoken: Record) -> list[Text]:
    inside = [text.whole() for inner in ("string", "langstring") for text in spoken.each(inner)]
    return [text for text in (spoken.own(), *inside) if text is not None]


def _skip(part: Record, left_out: Iterable[str], reason: str = "see the tables of this module") -> None:
    for name in left_out:
        part.skip(name, reason)
