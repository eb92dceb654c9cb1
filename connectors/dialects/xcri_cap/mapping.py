"""XCRI-CAP 1.2 and 1.1: courses with their presentations, out of a provider's catalogue.

One record per course, its presentations and the provider's head inside. What stays true: a start told in prose is no
date; several fees in one sentence are no price; credits keep the scheme that counts them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
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
)

__all__ = ["Mapping"]

DC = "http://purl.org/dc/elements/1.1"
XSI_TYPE = "@{http://www.w3.org/2001/XMLSchema-instance}type"
XHTML = "http://www.w3.org/1999/xhtml"
KNOWN = (
    "http://xcri.org/profiles/",
    DC,
    "http://purl.org/dc/terms",
    "http://purl.org/net/mlo",
    "http://purl.org/net/cm",
)
BLOCKS = frozenset(("p", "div", "li", "ul", "ol", "br", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "table"))
DROPPED = frozenset(("phone", "fax", "email", "image", "contact", "contactPoint", "contactpoint", "video"))
"""Contact data (rule 12) and media: not even kept as bytes."""

DELETED = "3"
"""Of `recstatus` (1 added, 2 updated): what a feed of changes says is no longer there."""

DESCRIBED = {
    "learningoutcome": "learning_outcomes", "learningoutcomes": "learning_outcomes", "objective": "learning_outcomes",
    "entryprofile": "entry_requirement", "entryrequirements": "entry_requirement", "prerequisite": "entry_requirement",
    "prerequisites": "entry_requirement", "assessment": "assessment", "assessmentstrategy": "assessment",
    "metadatakeywords": "subject",
}  # fmt: skip
"""What XCRI 1.1 tells in a description of its own type (`xsi:type="xcriTerms:entryProfile"`); others describe."""

OF_COURSE = ("abstract", "description", "learningoutcome", "learningoutcomes", "objective", "assessment")
"""What a presentation may say in place of a course that says nothing of it."""

NEVER = "1900-01-01"
"""What stands for no date at all ("Year of entry: 1900")."""

COURSE_LEFT_OUT = {
    "applicationprocedure": "prose on how to apply", "regulations": "the provider's rules", "leadsto": "no field",
    "contributor": "persons (rule 12)", "creator": "persons (rule 12)", "date": "of the description",
    "generated": "of the file", "type": "a type of the description", "format": "a type of the description",
    "specialfeature": "prose: no field", "support": "prose: no field", "providedresource": "prose: no field",
    "requiredresource": "prose: no field", "structure": "prose: no field", "careeroutcome": "prose: no field",
    "@recstatus": "read while cutting", "@slip": "set while cutting",
}  # fmt: skip
PRESENTATION_LEFT_OUT = {
    "description": "of the course, if that has none", "abstract": "of the course, if that has none",
    "applyfrom": "when application begins",
    "applyto": "where to apply", "enquireto": "where to ask", "applicationprocedure": "prose on how to apply",
    "attendancepattern": "time of day: no field", "languageofassessment": "of the assessment",
    "placesavailable": "seats", "places": "seats", "age": "no field", "subject": "of the course", "type": "no field",
    "assessment": "of the course, if that has none", "learningoutcome": "of the course, if that has none",
    "objective": "of the course, if that has none",
    "regulations": "the provider's rules", "@recstatus": "of the file",
}  # fmt: skip
PROVIDER_LEFT_OUT = ("description", "abstract", "subject", "@recstatus", "regulations")


class _XcriNames(Names):
    """Elements of XCRI, MLO, credit and Dublin Core by their local names in lower case: in real feeds they stand in
    each other's namespaces and in any case (`mlo:start`, `dc:start`, `applyfrom`). XHTML keeps the prefix `x`."""

    def spell(self, tag: str) -> str:
        uri, _, local = tag[1:].partition("}") if tag.startswith("{") else ("", "", tag)
        if uri == XHTML:
            return f"x:{local}"
        return local.lower() if not uri or uri.startswith(KNOWN) else tag


class Mapping:
    """`Mapping(settings)`; see `kit.Dialect`."""

    version = 3
    names: Names = _XcriNames()

    def __init__(self, settings: DialectSettings) -> None:
        self._settings = settings
        self._modes = lookup_table(__file__, "attendance_mode")

    def cut(self, document: Document) -> Iterator[Record]:
        """One record per course, with the head of the provider above it. `select = "course"` streams large files; the
        head is then what stands before the course."""
        if document.xml is None:
            return
        heads: dict[Any, Any] = {}
        for course in document.xml.iter():
            if not isinstance(course.tag, str) or self.names.qualified(course.tag) != "course":
                continue
            provider = self._provider_of(course)
            if provider is not None and provider not in heads:
                whole = course is not document.xml
                heads[provider] = self._head(provider if whole else None, course)
            head = heads.get(provider)
            slip = {"slip": DC} if any(str(each.tag).startswith(f"{{{DC}}}") for each in course.iter()) else {}
            element = compose("offer", [course, *([head] if head is not None else [])], attributes=slip, drop=DROPPED)
            _part_blocks(element)
            record = record_from_xml(
                element,
                self.names,
                native_id=None,
                datestamp=document.datestamp,
                deleted=course.get("recstatus") == DELETED,
                url=document.url,
            )
            record.native_id = document.native_id or self._native_id(record)
            yield record

    def _provider_of(self, course: Any) -> Any:
        above = (each for each in course.iterancestors() if self.names.qualified(each.tag) == "provider")
        return next(above, None)

    def _head(self, provider: Any, course: Any) -> Any:
        """The provider without its courses; without `provider`, what stands before the course."""
        parts = list(provider) if provider is not None else list(course.itersiblings(preceding=True))[::-1]
        kept = [each for each in parts if isinstance(each.tag, str) and self._is_of_head(each.tag)]
        return compose("provider", kept)

    def _is_of_head(self, tag: str) -> bool:
        return self.names.qualified(tag) in ("identifier", "title", "url", "location")

    def _native_id(self, record: Record) -> str | None:
        """The course's identifier: an address as it stands, another one behind the provider's, where it is unique."""
        if self._settings.identity:
            return identify(record, self._settings.identity) or identify(
                record, tuple(f"course.{path}" for path in self._settings.identity)
            )
        own = identify(record, ("course.identifier",))
        if own is None or own.startswith(("http://", "https://", "urn:")):
            return own
        provider = identify(record, ("provider.identifier",))
        return f"{provider.rstrip('/')}/{own}" if provider is not None else own

    def map_record(self, record: Record, draft: Draft) -> None:
        """The course is the offer, its presentations are the instances."""
        for slip in record.texts("@slip"):
            draft.issue("feed.namespace", "", slip.value)
        course = record.first("course")
        if course is None:
            draft.refuse("record.not_an_offer")
            return
        _map_texts(course, draft)
        for qualification in course.each("qualification"):
            _map_qualification(qualification, draft)
        for credit in course.each("credit"):
            _map_credit(credit, draft)
        for name, field in (("haspart", "has_part"), ("ispartof", "part_of")):
            for text in course.texts(name):
                draft.say(field, text)
        provider = record.first("provider")
        if provider is not None:
            _map_provider(provider, draft.part("provider"))
        fields = {"description", *DESCRIBED.values()}
        silent = {field for field in fields if not draft.has(field)}
        for presentation in course.each("presentation"):
            if presentation.peek("@recstatus") == [DELETED]:
                _skip(presentation, presentation.names(), "a start that is no longer offered")
            else:
                _map_described(presentation, draft, OF_COURSE, silent)
                self._map_presentation(presentation, draft)
        _skip(course, COURSE_LEFT_OUT)

    def _map_presentation(self, part: Record, draft: Draft) -> None:
        instance = draft.part("instance")
        for text in part.texts("title"):
            instance.say("title", text)
        _say_identifiers(part, instance)
        for text in part.texts("url"):
            instance.say("homepage", text)
        for name, field in (("start", "start_date"), ("end", "end_date"), ("applyuntil", "application_deadline")):
            for moment in part.each(name):
                exact = _exact(moment, "@dtf")
                if exact is not None and exact.value.startswith(NEVER):
                    draft.issue("date.invalid", f"instances.{field}", exact.value)
                else:
                    instance.say(field, exact)
        for duration in part.each("duration"):
            instance.say("duration", _exact(duration, "@interval"))
        for mode in part.each("studymode"):
            instance.say("schedule", mode.whole() or mode.text("@identifier"))
            mode.skip("@identifier", "the code of the word")
        for mode in part.each("attendancemode"):
            code = mode.text("@identifier")
            row = self._modes.get(code.value.casefold()) if code is not None else None
            uri = row["uri"] if row is not None else None
            instance.say("mode", mode.whole() or code, uri=uri, basis="mapped" if uri else "declared")
        for text in part.texts("languageofinstruction"):
            instance.say("languages", text)
        for text in part.texts("cost"):
            instance.say("price", text)
        for name in ("prerequisite", "prerequisites", "entryrequirements"):
            for text in part.texts(name):
                draft.say("entry_requirement", text)
        for venue in part.each("venue"):
            places = list(venue.each("provider"))
            for place in places or [venue]:
                _map_place(place, instance.part("location"))
        _skip(part, PRESENTATION_LEFT_OUT)


def _part_blocks(root: Any) -> None:
    """Paragraphs end with a line: their text would run together where nothing stands between the tags."""
    for element in root.iter(f"{{{XHTML}}}*"):
        if element.tag.rpartition("}")[2] in BLOCKS and not (element.tail or "").startswith("\n"):
            element.tail = "\n" + (element.tail or "")


def _exact(part: Record, attribute: str) -> Text | None:
    """What the attribute says for machines, else the text for people."""
    exact, text = part.text(attribute), part.whole()
    return exact or text


def _map_texts(course: Record, draft: Draft) -> None:
    languages: set[str | None] = set()
    for text in course.texts("title"):
        draft.say("alt_title" if text.lang in languages else "title", text)
        languages.add(text.lang)
    _map_described(course, draft, ("abstract", "description", *DESCRIBED, "url"))
    for text in course.texts("level"):
        draft.say("nqf_level", text)
    _say_identifiers(course, draft)
    for part in course.each("subject"):
        code, label = part.text("@identifier"), part.whole()
        draft.say("subject", label or code, code=code.value if code is not None else None)
    for text in course.texts("modified"):
        draft.say("modified", text)


def _map_described(part: Record, draft: Draft, names: Iterable[str], fields: Collection[str] | None = None) -> None:
    """The texts of these elements, each in the field of its name, or of the type a description gives itself; `fields`:
    the only ones that may be said."""
    for name in names:
        for inner in part.each(name):
            kind = (inner.value(XSI_TYPE) or "").rpartition(":")[2].casefold() if name == "description" else name
            text = inner.whole()
            _skip(inner, ("@href", "@src", "@title"), "a link beside the text")
            field = "homepage" if name == "url" else DESCRIBED.get(kind, "description")
            if text is None or (fields is not None and field not in fields):
                continue
            for word in text.value.split(",") if field == "subject" else (text.value,):
                draft.say(field, Text(word.strip(), text.lang, text.path))


def _say_identifiers(part: Record, draft: Draft) -> None:
    """The scheme is the identifier's type: `ukrlp:ukprn`, `xcri:internalID`."""
    for identifier in part.each("identifier"):
        text: Text | None = identifier.whole()
        is_address = text is not None and text.value.startswith(("http://", "https://", "urn:"))
        kind = (identifier.value(XSI_TYPE) or "").rpartition(":")[2]
        draft.say("identifier", text, scheme=kind or ("uri" if is_address else "code"))


def _map_qualification(part: Record, draft: Draft) -> None:
    for text in (*part.texts("title"), *part.texts("abbr"))[:1]:
        if not draft.has("source_label"):
            draft.say("source_label", text)
        else:
            draft.issue("value.surplus", "source_label", text.value)
    part.skip("abbr", "the title is kept")
    for text in (*part.texts("educationlevel"), *part.texts("level")):
        draft.say("nqf_level", text)
    for text in part.texts("awardedby"):
        draft.part("awarding_body").say("name", text)
    for text in part.texts("accreditedby"):
        draft.part("quality_assurance").say("agent", text)
    _skip(part, ("identifier", "description", "type", "url"), "of the qualification only name, level, bodies are kept")


def _map_credit(part: Record, draft: Draft) -> None:
    """Scheme, level and value; a level counts within its scheme."""
    scheme, level = part.text("scheme"), part.text("level")
    draft.say("credits", part.text("value"), framework=scheme.value if scheme is not None else None)
    if level is not None:
        named = f"{_short(scheme)} level {_short(level)}" if scheme is not None else level.value
        draft.say("nqf_level", Text(named, None, level.path))


def _short(text: Text) -> str:
    """The last part of an address (`http://purl.org/net/cm/terms/ECTS#1`), any other text as it stands."""
    return re.split("[/#]", text.value)[-1] if text.value.startswith("http") else text.value


def _map_provider(part: Record, provider: Draft) -> None:
    for text in part.texts("title"):
        provider.say("name", text)
    _say_identifiers(part, provider)
    for text in part.texts("url"):
        provider.say("homepage", text)
    for location in part.each("location"):
        provider.say("city", location.text("town"))
        _skip(location, location.names(), "of a seat only the town is kept")
    _skip(part, PROVIDER_LEFT_OUT)


def _map_place(place: Record, location: Draft) -> None:
    parts = [place, *place.each("location")]
    for inner in parts:
        location.say("city", inner.text("town"))
        _skip(inner, ("identifier", "url", "description", "lat", "long", "latitude", "longitude", "abstract"))
    lines = [
        text for name in ("title", "street", "address", "postcode") for inner in parts for text in inner.texts(name)
    ]
    if lines:
        spelt = ", ".join(dict.fromkeys(text.value for text in lines))
        location.say("address", Text(spelt, None, lines[0].path))


def _skip(part: Record, left_out: Iterable[str], reason: str = "see the tables of this module") -> None:
    for name in left_out:
        part.skip(name, reason)
