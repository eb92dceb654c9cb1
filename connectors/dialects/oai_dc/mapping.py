"""Dublin Core, in OAI-PMH or as plain XML: what its fifteen elements and the dcterms say about an offer.

Dublin Core has no place for credits, levels, outcomes, dates or prices of a course; nothing is read into it.
What stays true: `dc:date` is never a start date, a person's name is never an organisation's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from microharvest.kit import (
    DialectSettings,
    Document,
    Draft,
    Names,
    Record,
    Text,
    identify,
    record_from_xml,
)

__all__ = ["Mapping"]

ESCO = "http://data.europa.eu/esco/"
EQF = "http://data.europa.eu/snb/eqf/"
COUNTRY = re.compile(r"[A-Z]{2}|https?://publications\.europa\.eu/resource/authority/country/\w+")
ISCED = re.compile(r"https?://data\.europa\.eu/snb/isced-f/(\d{2,4})")
URN = re.compile(r"(doi|hdl|urn:[a-z0-9-]+|isbn|oai)[:/]", re.IGNORECASE)
SCHEMES = ("@xsi:type", "@scheme", "@dcterms:scheme", "@type")

PREFIXES = ("dc:", "dcterms:", "oai_dc:", "")
"""Where an element may stand. The last two are wrong and read all the same (feed.namespace)."""

PUBLICATIONS = frozenset(
    f"info:eu-repo/semantics/{kind}".casefold()
    for kind in (
        "article", "bachelorThesis", "masterThesis", "doctoralThesis", "book", "bookPart", "review",
        "conferenceObject", "conferencePaper", "conferencePoster", "contributionToPeriodical", "workingPaper",
        "preprint", "report", "researchProposal", "reportPart", "patent", "studentThesis", "technicalDocumentation",
    )
)  # fmt: skip
"""The info:eu-repo types of scholarly works: repositories mix them with courses."""

DCMI_TYPES = frozenset(
    ("collection", "dataset", "event", "image", "interactiveresource", "movingimage", "physicalobject",
     "service", "software", "sound", "stillimage", "text")
)  # fmt: skip
"""What a thing is made of; says nothing about a credential."""

LEFT_OUT = {
    "creator": "persons, seldom an institution (rule 12)",
    "contributor": "persons (rule 12)",
    "instructor": "persons (rule 12)",
    "mediator": "persons or organisations without a stated part",
    "rightsHolder": "the text's owner, not the provider",
    "date": "not a date of the course",
    "created": "not a date of the course",
    "issued": "not a date of the course",
    "available": "not a date of the course",
    "valid": "not a date of the course",
    "dateSubmitted": "not a date of the course",
    "dateAccepted": "not a date of the course",
    "dateCopyrighted": "not a date of the course",
    "temporal": "the period a text is about",
    "rights": "the source file says the licence",
    "license": "the source file says the licence",
    "accessRights": "the source file says the licence",
    "format": "media type of a description",
    "medium": "media type of a description",
    "source": "what a text was derived from",
    "bibliographicCitation": "of a publication",
    "conformsTo": "a profile of the description",
    "references": "a link without a stated meaning",
    "isReferencedBy": "a link without a stated meaning",
    "isFormatOf": "a link without a stated meaning",
    "hasFormat": "a link without a stated meaning",
    "isVersionOf": "a link without a stated meaning",
    "hasVersion": "a link without a stated meaning",
    "replaces": "a link without a stated meaning",
    "isReplacedBy": "a link without a stated meaning",
    "provenance": "history of the description",
}


class Mapping:
    """`Mapping(settings)`; see `kit.Dialect`."""

    version = 1
    one_record = True
    names = Names(
        {
            "dc": ("http://purl.org/dc/elements/1.1/", "http://purl.org/dc/elements/1.1"),
            "dcterms": ("http://purl.org/dc/terms/", "http://purl.org/dc/terms"),
            "oai_dc": ("http://www.openarchives.org/OAI/2.0/oai_dc/", "http://www.openarchives.org/OAI/2.0/oai_dc"),
            "xsi": ("http://www.w3.org/2001/XMLSchema-instance",),
        },
        lang_attributes=("lang",),
    )

    def __init__(self, settings: DialectSettings) -> None:
        self._settings = settings

    def cut(self, document: Document) -> Iterator[Record]:
        """One record per Dublin Core description; a plain file may hold many at any depth."""
        if document.xml is None:
            if document.deleted:
                yield self._record(document, None)
            return
        if document.raw_xml is not None or document.native_id is not None:
            yield self._record(document, document.xml)
            return
        for element in _descriptions(document.xml, self.names):
            yield self._record(document, element)

    def _record(self, document: Document, element: Any) -> Record:
        record = record_from_xml(
            element,
            self.names,
            native_id=document.native_id,
            datestamp=document.datestamp,
            deleted=document.deleted,
            raw_xml=document.raw_xml,
            url=document.url,
        )
        if self._settings.identity:
            record.native_id = identify(record, self._settings.identity)
        elif record.native_id is None:
            record.native_id = identify(record, ("dc:identifier", "dcterms:identifier", "identifier"))
        return record

    def map_record(self, record: Record, draft: Draft) -> None:
        """Dublin Core elements by name; `draft.refused` where a type says it is a publication."""
        here = _Elements(record)
        if any(kind.value.casefold() in PUBLICATIONS for kind in here.texts("type")):
            draft.refuse("record.not_an_offer")
            return
        if any(record.peek(prefix + "title") for prefix in PREFIXES[2:]):
            draft.issue("feed.namespace", "title", record.peek("oai_dc:title") or record.peek("title"))
        _map_texts(here, draft)
        _map_provider(here, draft)
        _map_identifiers(here, draft)
        _map_subjects(here, draft)
        _map_links(here, draft)
        _map_education(here, draft)
        here.leave_out()


class _Elements:
    """The elements of a record by their Dublin Core name, whatever namespace of `PREFIXES` they stand in."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._present: dict[str, list[str]] = {}
        for name in record.names():
            prefix, colon, local = name.rpartition(":")
            if prefix + colon in PREFIXES:
                self._present.setdefault(local, []).append(name)
        for several in self._present.values():
            if len(several) > 1:
                several.sort(key=lambda name: PREFIXES.index(name[: name.rfind(":") + 1]))

    def each(self, name: str) -> Iterator[Record]:
        for full in self._present.get(name, ()):
            yield from self._record.each(full)

    def texts(self, name: str) -> Iterable[Text]:
        """Their texts; attributes are read where they change the meaning and count as read here."""
        present = self._present.get(name)
        return chain.from_iterable(map(self._record.texts, present)) if present else ()

    def leave_out(self) -> None:
        for name, full in self._present.items():
            if name in LEFT_OUT:
                for one in full:
                    self._record.skip(one, LEFT_OUT[name])
        self._record.skip("@xsi:schemaLocation", "where the schema is")


def _descriptions(root: Any, names: Names) -> Iterator[Any]:
    for element in root.iter():
        if isinstance(element.tag, str) and any(
            isinstance(child.tag, str) and names.qualified(child.tag) in ("dc:title", "dcterms:title", "dc:identifier")
            for child in element
        ):
            yield element


def _map_texts(here: _Elements, draft: Draft) -> None:
    languages: set[str | None] = set()
    for title in here.texts("title"):
        # The first title of a language is the title; what follows is another name for the same thing.
        draft.say("alt_title" if title.lang in languages else "title", title)
        languages.add(title.lang)
    for title in here.texts("alternative"):
        draft.say("alt_title", title)
    paragraphs: dict[str | None, list[Text]] = {}
    for name in ("description", "abstract", "tableOfContents"):
        for text in here.texts(name):
            paragraphs.setdefault(text.lang, []).append(text)
    for lang, texts in paragraphs.items():
        draft.say("description", Text("\n\n".join(text.value for text in texts), lang, texts[0].path))
    for language in here.texts("language"):
        draft.say("languages", language)
    for modified in here.texts("modified"):
        draft.say("modified", modified)


def _map_provider(here: _Elements, draft: Draft) -> None:
    """One publisher, maybe named in several languages. A second organisation stays unread and is reported."""
    provider: Draft | None = None
    languages: set[str | None] = set()
    for part in here.each("publisher"):
        lang = part.lang
        if provider is not None and (lang is None or lang in languages):
            continue
        name = part.whole()
        if name is None:
            continue
        provider = provider or draft.part("provider")
        if name.value.startswith(("http://", "https://")):
            provider.say("homepage", name)
        else:
            provider.say("name", name)
            languages.add(lang)


def _map_identifiers(here: _Elements, draft: Draft) -> None:
    for text in here.texts("identifier"):
        if text.value.startswith(("http://", "https://")):
            draft.say("homepage", text)
            continue
        draft.say("identifier", text, scheme=_scheme(text.value) or "code")


def _scheme(value: str) -> str | None:
    """`doi`, `urn:nbn`, `oai`... where an identifier begins with it."""
    found = URN.match(value)
    return found[1].lower() if found else None


def _map_subjects(here: _Elements, draft: Draft) -> None:
    for part in here.each("subject"):
        scheme = ""
        if part.names():
            scheme = " ".join(value for name in SCHEMES for value in part.peek(name))
            for name in SCHEMES:
                part.skip(name, "tells which list a subject is from")
        text = part.whole()
        if text is None:
            continue
        if ISCED.fullmatch(text.value) or "isced" in scheme.casefold():
            draft.say("isced_f", text)
        elif text.value.startswith(ESCO):
            draft.say("occupations" if "/occupation/" in text.value else "skills", text, uri=text.value)
        else:
            draft.say("subject", text, scheme=scheme)


def _map_links(here: _Elements, draft: Draft) -> None:
    for text in here.texts("relation"):
        if text.value.startswith(ESCO):
            draft.say("occupations" if "/occupation/" in text.value else "skills", text, uri=text.value)
    for name, field in (("isPartOf", "part_of"), ("hasPart", "has_part")):
        for text in here.texts(name):
            draft.say(field, text, scheme=_scheme(text.value))
    for name in ("coverage", "spatial"):
        for text in here.texts(name):
            if COUNTRY.fullmatch(text.value):
                draft.say("country", text)


def _map_education(here: _Elements, draft: Draft) -> None:
    for text in here.texts("educationLevel"):
        is_eqf = text.value.startswith(EQF) or "eqf" in text.value.casefold()
        draft.say("eqf_level" if is_eqf else "nqf_level", text)
    for text in here.texts("audience"):
        draft.say("target_group", text)
    for text in here.texts("instructionalMethod"):
        draft.say("mode", text)
    for text in here.texts("extent"):
        draft.say("workload", text)
    for text in here.texts("requires"):
        if not text.value.startswith(("http://", "https://")):
            draft.say("entry_requirement", text)
    labelled = False
    for text in here.texts("type"):
        if text.value.rpartition("/")[2].casefold() in DCMI_TYPES:
            continue
        draft.say("credential_type", text)
        if not labelled:
            draft.say("source_label", text)
            labelled = True
