"""What one schema.org record says: from properties to statements, with the base address and language of its context."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from microharvest.kit import Draft, Record, Text, thing_of
from microharvest.kit.jsonld import absolute, is_relative

__all__ = ["LEFT_OUT", "Reader", "skip"]

OUTCOMES = "learning_outcomes"
ESCO = "http://data.europa.eu/esco/"
PAGES = frozenset(
    ("WebSite", "WebPage", "ItemPage", "CollectionPage", "AboutPage", "DataCatalog", "BreadcrumbList", "ItemList",
     "Organization", "EducationalOrganization", "CollegeOrUniversity", "School", "LocalBusiness")
)  # fmt: skip
"""What a course lies in without being a part of it: where it is written, or who runs it."""
DAYS = re.compile(r"P(?!T)[^T]+", re.IGNORECASE)
"""A duration in days, weeks, months or years: how long something goes on, not the hours it takes."""
ISCED = re.compile(r"https?://data\.europa\.eu/snb/isced-f/\d{2,4}")
SCHEDULES = re.compile(r"(full|part)[ -]?time", re.IGNORECASE)
ATTENDANCE = {"OnlineEventAttendanceMode": "online", "OfflineEventAttendanceMode": "onsite"}
ATTENDANCE["MixedEventAttendanceMode"] = "blended"

LEFT_OUT = {
    "@type": "read while cutting",
    "image": "media", "thumbnailUrl": "media", "logo": "media", "video": "media", "trailer": "media",
    "license": "the source file says the licence",
    "publisher": "who publishes the page, not who teaches",
    "copyrightYear": "of the text", "dateCreated": "of the page", "datePublished": "of the page",
    "aggregateRating": "opinions", "totalHistoricalEnrollment": "how many came, not what is offered",
    "potentialAction": "a search box", "interactionStatistic": "clicks", "typicalAgeRange": "no field",
    "disambiguatingDescription": "no field", "assesses": "what is tested, not how",
    "isFamilyFriendly": "no field", "interactivityType": "no field", "syllabusSections": "no field",
    "availability": "of the sale", "accessMode": "how a text is perceived", "accessModeSufficient": "the same",
    "http://purl.org/dc/terms/conformsTo": "a profile of the description",
    "citation": "what a text is based on", "isBasedOn": "what a text is based on", "mentions": "what a text names",
    "discussionUrl": "of the page", "recordedAt": "where a film was made", "version": "of the text",
    "producer": "who made the material", "sourceOrganization": "who made the material", "funder": "who paid for it",
    "educationalUse": "how a material is used", "encodingFormat": "of a file", "additionalType": "read while cutting",
    "workTranslation": "the text in another language", "subjectOf": "where it is spoken of",
}  # fmt: skip
INSTANCE_LEFT_OUT = {
    **LEFT_OUT,
    "description": "an instance has none", "organizer": "persons and hosts", "maximumAttendeeCapacity": "seats",
    "remainingAttendeeCapacity": "seats", "doorTime": "no field", "subEvent": "single meetings",
    "superEvent": "a link upwards", "courseSchedule": "read for its dates",
}  # fmt: skip


class Reader:
    """One record on its way into a draft, with the base address and language its context declares."""

    def __init__(self, record: Record, draft: Draft) -> None:
        self.draft = draft
        self._base = self._language = ""
        for context in record.each("@context"):
            unknown = context.own()
            if unknown is not None:
                draft.issue("feed.unknown_context", "@context", unknown.value)
            self._base = context.value("@base") or self._base
            self._language = context.value("@language") or self._language

    def texts(self, record: Record, name: str) -> Iterator[Text]:
        """Plain strings, `{"@value", "@language"}` objects, and the names of things."""
        for part in record.each(name):
            yield from self.labels(part)

    def labels(self, part: Record) -> Iterator[Text]:
        """What a value is called: itself if it is a text, else its @value, name, or description."""
        own = part.own()
        if own is not None:
            yield self._spoken(own, None)
            return
        value = part.text("@value")
        if value is not None:
            yield self._spoken(value, part.value("@language"))
            return
        part.skip("@type", "what kind of thing it is")
        for name in ("name", "headline", "targetName", "description"):
            if part.peek(name) or any(inner.names() for inner in part.each(name)):
                yield from self.texts(part, name)
                return

    def _spoken(self, text: Text, lang: str | None) -> Text:
        return Text(text.value, lang or self._language or None, text.path)

    def address(self, part: Record, *names: str) -> Text | None:
        """The first address among `names`, absolute where the page is known; objects give their @id."""
        for name in names:
            for member in part.each(name):
                found = member.own() or member.text("@id") or member.text("url")
                if found is not None and not found.value.startswith("_:"):
                    return Text(absolute(self._base, found.value), None, found.path)
        return None

    def map_texts(self, record: Record) -> None:
        draft = self.draft
        languages: set[str | None] = set()
        for text in self.texts(record, "name" if record.first("name") else "headline"):
            draft.say("alt_title" if text.lang in languages else "title", text)
            languages.add(text.lang)
        for text in self.texts(record, "alternateName"):
            draft.say("alt_title", text)
        for text in self.texts(record, "description" if record.first("description") else "abstract"):
            draft.say("description", text)
        record.skip("abstract", "the description is kept")
        record.skip("headline", "the name is kept")
        own = self.address(record, "@id")
        if own is not None and not is_relative(own.value):
            draft.say("identifier", own, scheme="uri")
        draft.say("homepage", self.address(record, "url", "mainEntityOfPage"))
        record.skip("mainEntityOfPage", "the page's address is in url")
        for text in record.texts("sameAs"):
            draft.say("identifier", text, scheme="uri")
        for text in record.texts("courseCode"):
            draft.say("code", text)
        self.say_identifiers(record, draft)
        draft.say("modified", record.text("dateModified"))
        draft.say("status", record.text("creativeWorkStatus"))
        for name in ("accessibilityFeature", "accessibilityControl", "accessibilitySummary"):
            for text in self.texts(record, name):
                draft.say("accessibility", text)

    def say_identifiers(self, record: Record, draft: Draft) -> None:
        for part in record.each("identifier"):
            text = part.own() or part.text("value") or part.text("@id") or part.text("url")
            scheme = part.value("propertyID")
            part.skip("@type", "PropertyValue")
            if text is not None:
                uri = text.value.startswith(("http://", "https://"))
                draft.say("identifier", text, scheme=scheme or ("uri" if uri else "code"))

    def map_learning(self, record: Record, *, required: str) -> None:
        """`required`: the field of competencyRequired, which a course asks for and a credential proves."""
        draft = self.draft
        for part in record.each("teaches"):
            self._say_outcome(part)
        asked = (
            "coursePrerequisites",
            "programPrerequisites",
            *(("competencyRequired",) if required != OUTCOMES else ()),
        )
        for part in (part for name in asked for part in record.each(name)):
            for text in self.labels(part):
                draft.say("entry_requirement", text)
            skip(part, ("url", "@id", "termCode", "inDefinedTermSet"), "the term's name is kept")
        for part in record.each("competencyRequired") if required == OUTCOMES else ():
            self._say_outcome(part)
        for part in record.each("educationalAlignment"):
            self._map_alignment(part)
        for name in ("about", "keywords"):
            for part in record.each(name):
                self._say_subject(part, split=name == "keywords")
        for part in record.each("educationalLevel"):
            self._say_level(part)
        self.say_languages(record, draft)
        for part in record.each("audience"):
            for name in ("audienceType", "educationalRole", "name"):
                for text in self.texts(part, name):
                    draft.say("target_group", text)
            own = part.own()
            draft.say("target_group", own)
            part.skip("@type", "Audience")
        for name in ("occupationalCategory", "relevantOccupation"):
            for part in record.each(name):
                code = part.value("codeValue")
                skip(part, ("inCodeSet", "url", "termCode"))
                for text in self.labels(part):
                    draft.say("occupations", text, uri=code)
        self._say_amounts(record, "courseWorkload", "workload")
        self._say_amounts(record, "timeToComplete", "duration")
        self._say_amounts(record, "numberOfCredits", "credits")
        for text in self.texts(record, "financialAidEligible"):
            if text.value not in ("true", "false"):
                draft.say("grants", text)
        for name in ("isPartOf", "hasPart", "hasCourse"):
            for part in record.each(name):
                if name == "isPartOf" and PAGES & set(part.peek("@type")):
                    skip(part, part.names(), "where a course is written is nothing it counts towards")
                elif part.own() or part.peek("@id") or part.peek("url"):
                    link = part.own() or self.address(part, "@id", "url")
                    field = "part_of" if name == "isPartOf" else "has_part"
                    draft.say(field, Text(absolute(self._base, link.value), None, link.path) if link else None)
                    skip(part, part.names(), "the part's address is kept; the part is a record of its own")

    def map_time(self, record: Record) -> None:
        """timeRequired, after all instances were asked: hours are workload, days a duration, where nobody else told."""
        days = any(DAYS.fullmatch(value) for value in record.peek("timeRequired"))
        field = "duration" if days else "workload"
        if not self.draft.has(field):
            self._say_amounts(record, "timeRequired", field)

    def _say_outcome(self, part: Record) -> None:
        address = self.address(part, "url", "@id", "targetUrl") if part.names() else None
        skip(part, ("termCode", "inDefinedTermSet", "alignmentType", "educationalFramework", "targetDescription"))
        nested = self.draft.part("learning_outcome")
        for text in self.labels(part):
            nested.say("title", text)
            if address is not None and address.value.startswith(ESCO):
                nested.say("skills", text, uri=address.value)

    def _say_subject(self, part: Record, *, split: bool) -> None:
        address = self.address(part, "url", "@id") if part.names() else None
        code, framework = part.text("termCode"), _framework(part).casefold()
        skip(part, ("inDefinedTermSet",), "the list a subject is from")
        texts = list(self.labels(part)) or ([code] if code is not None else [])
        for text in texts:
            if ISCED.fullmatch(text.value) or (address is not None and ISCED.fullmatch(address.value)):
                uri = address.value if address is not None else text.value
                self.draft.say("isced_f", Text(uri, None, text.path), uri=uri)
                continue
            if code is not None and "isced" in framework:
                self.draft.say("isced_f", code)
                continue
            link, number = address.value if address else None, code.value if code else None
            thing = None if split else thing_of(texts)
            for piece in text.value.split(",") if split else (text.value,):
                word = Text(piece.strip(), text.lang, text.path)
                self.draft.say("subject", word, uri=link, code=number, thing=thing)

    def _say_level(self, part: Record) -> None:
        framework = _framework(part)
        skip(part, ("inDefinedTermSet", "educationalFramework", "termCode", "targetDescription", "alignmentType"))
        address = self.address(part, "url", "@id", "targetUrl") if part.names() else None
        for text in self.labels(part):
            uri = address.value if address is not None else ""
            is_eqf = "eqf" in f"{framework} {uri} {text.value}".casefold()
            self.draft.say("eqf_level" if is_eqf else "nqf_level", text, uri=uri, scheme=framework)

    def _map_alignment(self, part: Record) -> None:
        kind = "".join(part.peek("alignmentType")).casefold()
        framework = _framework(part).casefold()
        if kind == "educationallevel" or framework == "eqf":
            self._say_level(part)
        elif kind in ("teaches", "") and part.peek("targetName"):
            self._say_outcome(part)
        elif kind == "educationalsubject" or "isced" in framework:
            for text in part.texts("targetName"):
                address = self.address(part, "targetUrl")
                is_isced = "isced" in framework
                self.draft.say("isced_f" if is_isced else "subject", text, uri=address.value if address else None)
        elif kind == "requires":
            for text in part.texts("targetName"):
                self.draft.say("entry_requirement", text)

    def _say_amounts(self, record: Record, name: str, field: str, instance: Draft | None = None) -> None:
        """A number, a text, or a structured value with its unit; "Full-time" is the schedule of the instance."""
        for part in record.each(name):
            value = part.own() or part.text("value") or part.text("@value")
            unit = part.value("unitText") or part.value("unitCode")
            kind = part.value("credentialCategory") or part.value("name")
            skip(part, ("@type", "description"))
            if field == "credits":
                self.draft.say(field, value, framework=unit or kind, unit=unit)
            elif value is not None and SCHEDULES.fullmatch(value.value):
                (instance or self.draft).say("schedule", value)
            else:
                self.draft.say(field, value, unit=unit)

    def say_languages(self, record: Record, draft: Draft) -> None:
        """In what it is taught; languages it is "available" in as well are often those of subtitles."""
        taught = list(record.each("inLanguage"))
        for part in taught or record.each("availableLanguage"):
            code = part.text("alternateName")
            part.skip("name", "the language's code is kept")
            if code is not None:
                draft.say("languages", code)
                part.skip("@type", "Language")
            else:
                for text in self.labels(part):
                    draft.say("languages", text)

    def map_provider(self, record: Record, names: tuple[str, ...]) -> None:
        """The first organisation that provides; others stay unread and are reported."""
        for name in names:
            for part in record.each(name):
                if "Person" in part.peek("@type"):
                    skip(part, part.names(), "a person (rule 12)")
                    continue
                self.say_organisation(part, self.draft.part("provider"))
                return

    def say_organisation(self, part: Record, draft: Draft) -> None:
        own = part.own()
        if own is not None and own.value.startswith(("http://", "https://")):
            draft.say("homepage", own)
            return
        for text in self.labels(part):
            draft.say("name", text)
        draft.say("homepage", self.address(part, "url"))
        key = self.address(part, "@id")
        if key is not None and not is_relative(key.value):
            draft.say("identifier", key, scheme="uri")
        for text in part.texts("sameAs"):
            draft.say("identifier", text, scheme="uri")
        self.say_identifiers(part, draft)
        for address in part.each("address"):
            self._say_place(address, draft)
        left_out = ("@type", "image", "logo", "description", "alternateName", "parentOrganization", "department")
        skip(part, (*left_out, "legalName", "slogan", "subOrganization", "aggregateRating"))

    def _say_place(self, address: Record, draft: Draft) -> None:
        """Country and city of a PostalAddress; a location also keeps the rest as text."""
        for text in self.texts(address, "addressCountry"):
            draft.say("country", text)
        draft.say("city", address.text("addressLocality"))
        street = [address.text(name) for name in ("streetAddress", "postalCode", "addressLocality", "addressRegion")]
        known = [text for text in street if text is not None]
        if draft.kind == "location":
            own = address.own()
            draft.say("address", own)
            if known and known != [street[2]]:
                draft.say("address", Text(", ".join(text.value for text in known), None, known[0].path))
        skip(address, ("@type", "name", "postOfficeBoxNumber"))

    def map_award(self, record: Record) -> None:
        """The credential itself is what is described."""
        for text in self.texts(record, "credentialCategory"):
            self.draft.say("credential_type", text)
            if not self.draft.has("source_label"):
                self.draft.say("source_label", text)
        for body in record.each("recognizedBy"):
            self.say_organisation(body, self.draft.part("awarding_body"))
        skip(record, ("validFor", "validIn"), "how long and where it holds: no field")

    def map_awards(self, record: Record, *, dated: bool) -> None:
        draft = self.draft
        for name in ("educationalCredentialAwarded", "occupationalCredentialAwarded", "programType"):
            for part in record.each(name):
                categories = list(self.texts(part, "credentialCategory"))
                names = list(self.labels(part))
                for text in categories or names:
                    draft.say("credential_type", text)
                for text in names[:1] if not draft.has("source_label") else ():
                    draft.say("source_label", text)
                for level in part.each("educationalLevel"):
                    self._say_level(level)
                for body in part.each("recognizedBy"):
                    self.say_organisation(body, draft.part("awarding_body"))
                for proven in part.each("competencyRequired"):
                    self._say_outcome(proven)
                skip(part, ("@type", "url", "@id", "description"))
        for text in self.texts(record, "learningResourceType"):
            if not draft.has("source_label"):
                draft.say("source_label", text)
        if dated and any(record.peek(name) for name in ("startDate", "endDate", "applicationDeadline")):
            self._say_period(record, draft.part("instance"))  # a programme without instances of its own
        for name in ("educationalProgramMode", *(("courseMode",) if dated else ())):  # pages write both on a course
            for text in self.texts(record, name):
                self._say_mode(text, draft)

    def _say_mode(self, text: Text, draft: Draft) -> None:
        draft.say("schedule" if SCHEDULES.fullmatch(text.value) else "mode", text)

    def _say_period(self, record: Record, instance: Draft) -> None:
        schedule = record.first("courseSchedule")
        for name, field in (("startDate", "start_date"), ("endDate", "end_date")):
            found = record.text(name) or (schedule.text(name) if schedule is not None else None)
            instance.say(field, found)
        instance.say("application_deadline", record.text("applicationDeadline"))

    def map_instance(self, part: Record) -> None:
        instance = self.draft.part("instance")
        for text in self.texts(part, "name"):
            instance.say("title", text)
        key = self.address(part, "@id")
        if key is not None and not is_relative(key.value):
            instance.say("identifier", key, scheme="uri")
        self.say_identifiers(part, instance)
        instance.say("homepage", self.address(part, "url"))
        self._say_period(part, instance)
        instance.say("duration", part.text("duration"))
        for name in ("courseMode", "eventAttendanceMode"):
            for text in self.texts(part, name):
                known = ATTENDANCE.get(text.value.rpartition("/")[2])
                if known is not None:
                    instance.say("mode", Text(known, None, text.path), basis="mapped")
                else:
                    self._say_mode(text, instance)
        if not self.draft.has("workload"):
            self._say_amounts(part, "courseWorkload", "workload", instance)
        self.say_languages(part, instance)
        for text in part.texts("eventStatus"):
            instance.say("status", text)
        self.map_offers(part, instance)
        for place in part.each("location"):
            self._map_location(place, instance)
        skip(part, INSTANCE_LEFT_OUT)

    def _map_location(self, place: Record, instance: Draft) -> None:
        if "VirtualLocation" in place.peek("@type"):
            skip(place, place.names(), "a meeting's address is nowhere")
            return
        location = instance.part("location")
        addresses = list(place.each("address"))
        for address in addresses:
            self._say_place(address, location)
        if not addresses:
            for text in self.labels(place):
                location.say("address", text)
        skip(place, ("@type", "@id", "name", "url", "geo", "description", "sameAs"))

    def map_offers(self, record: Record, draft: Draft) -> None:
        """Prices; `category` says free where there is no amount."""
        said = False
        for offer in record.each("offers"):
            said = self._say_price(offer, draft) or said
            left_out = ("@type", "category", "url", "availability", "validFrom", "validThrough", "seller", "offeredBy")
            skip(offer, (*left_out, "@id", "name", "description", "eligibleRegion", "availabilityStarts"))
        free = record.text("isAccessibleForFree")
        if free is not None and free.value.casefold() == "true" and not said:
            draft.say("price", Text("free", None, free.path), basis="derived")

    def _say_price(self, offer: Record, draft: Draft) -> bool:
        low, high = offer.text("lowPrice") or offer.text("minPrice"), offer.text("highPrice") or offer.text("maxPrice")
        price, currency = offer.text("price"), offer.value("priceCurrency")
        category = offer.text("category")
        bounds = [bound.value if bound is not None else "?" for bound in (low, high)]
        if price is None and bounds[0] != bounds[1]:
            draft.issue("price.several", "price", f"{' - '.join(bounds)} {currency or ''}".strip())
            return True
        price = price or low
        if price is not None and category is not None and category.value.casefold() == "paid" and _is_zero(price.value):
            draft.issue("price.invalid", "price", f"{price.value} ({category.value})")
            return True
        if price is not None:
            draft.say("price", price, currency=currency)
            return True
        said = False
        for specification in offer.each("priceSpecification"):
            said = self._say_price(specification, draft) or said
            specification.skip("@type", "a price")
        if not said and category is not None and category.value.casefold() == "free":
            draft.say("price", category, currency=currency)
            said = True
        return said


def _framework(part: Record) -> str:
    """The list or framework a term is from, by its name or address."""
    sets = [each for name in ("inDefinedTermSet", "educationalFramework") for each in part.each(name)]
    said = [each.own() or each.text("name") or each.text("@id") or each.text("url") for each in sets]
    return " ".join(text.value for text in said if text is not None)


def _is_zero(price: str) -> bool:
    return not price.strip("0.,")


def skip(part: Record, left_out: Any, reason: str = "see LEFT_OUT and the README") -> None:
    for name in left_out:
        part.skip(name, reason)
