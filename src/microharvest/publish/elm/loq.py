"""One entry as records of a LOQ document: opportunities, specification, outcomes, assessments, organisations, places.

Element order is that of the schema's sequences (LOQ XSD 3.1.0 and 3.3.1; both agree on what is written here). A
Qualification is written only where EQF and NQF levels are both known; everything else is a
LearningAchievementSpecification. What has no place in LOQ (skills outside an outcome, scores) stays out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from microharvest.map.vocabulary import concept_list
from microharvest.model.coded import as_said
from microharvest.model.instance import Instance
from microharvest.model.offer import Offer, encode_offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import Concept, Identifier, LangMap, LearningOutcome, Location, Price
from microharvest.publish.elm.demands import Version, country_of, tagged
from microharvest.publish.elm.markup import concept, element, plain, reference, texts
from microharvest.publish.elm.terms import (
    country_uri,
    currency_uri,
    date_time,
    eqf_uri,
    framework_uri,
    hours,
    language_uri,
    xs_duration,
)

__all__ = ["SECTIONS", "Piece", "pieces"]

SECTIONS = (
    "learningOpportunityReferences",
    "learningAchievementSpecificationReferences",
    "learningOutcomeReferences",
    "learningAssessmentSpecificationReferences",
    "agentReferences",
    "locationReferences",
)
"""The sections of <Courses> that are written, in the schema's order."""
OPPORTUNITIES, SPECIFICATIONS, OUTCOMES, ASSESSMENTS, AGENTS, LOCATIONS = SECTIONS

_QDR = "http://data.europa.eu/snb/qdr/"
_ESCO_SKILL = "http://data.europa.eu/esco/skill/"
_BASE = "urn:microharvest:"


class Piece(NamedTuple):
    """One record: its section, element name, id (unique in the document), and its XML `before` and `after` identifiers.

    `notations`: identifiers it would like to have, as (scheme, notation): the writer puts in those that are free.
    """

    section: str
    name: str
    ident: str
    before: str
    after: str
    notations: tuple[tuple[str, str], ...] = ()


def pieces(entry_id: str, entry: Offer, version: Version) -> Iterator[Piece]:
    """The records of an entry that meets all demands; organisations and their places may repeat between entries."""
    own = f"{_BASE}{entry_id}"
    assert entry.provider is not None
    outcomes = [one for one in entry.learning_outcomes if tagged(one.title)]
    bodies = [body for body in entry.awarding_body if body.name and country_of(body, entry)]
    for number, instance in enumerate(entry.instances or (Instance(),), start=1):
        yield from _opportunity(f"{own}#opportunity-{number}", own, entry, instance)
    yield _specification(own, entry, len(outcomes), bodies, version)
    for number, outcome in enumerate(outcomes, start=1):
        yield _outcome(f"{own}#outcome-{number}", outcome)
    for number, assessment in enumerate(_assessments(entry), start=1):
        ident = f"{own}#assessment-{number}"
        kinds = concept("type", [assessment.uri])
        yield Piece(
            ASSESSMENTS,
            "learningAssessmentSpecification",
            ident,
            "",
            texts("title", _assessment_title(assessment)) + kinds,
        )
    for body in (entry.provider, *bodies):
        yield from _organisation(body, entry)


def _opportunity(ident: str, own: str, entry: Offer, instance: Instance) -> Iterator[Piece]:
    assert entry.provider is not None
    places = [place for place in instance.locations if place.country and country_uri(place.country)]
    title = tagged(instance.title) or tagged(entry.title)
    teaching = [tag for tag in instance.languages or entry.languages if tag in title]
    parts = (
        texts("title", title),
        texts("description", tagged(entry.description)),
        concept("type", _listed([entry.credential_type] if entry.credential_type else [], "credential_types")),
        _homepages(instance.homepage or entry.homepage),
        _period(instance),
        _text("duration", xs_duration(instance.duration or entry.duration or "")),
        concept("mode", _listed(instance.modes or entry.modes, "modes")),
        "".join(element("grant", texts("title", tagged(grant))) for grant in entry.grants if tagged(grant)),
        concept("learningSchedule", _listed(_one(instance.schedule or entry.schedule), "schedules")[:1]),
        _text("applicationDeadline", date_time(instance.application_deadline or "")),
        "".join(_price(price) for price in instance.prices or entry.prices),
        reference("providedBy", organisation_id(entry.provider)),
        "".join(reference("location", f"{ident}-place-{n}") for n in range(1, len(places) + 1)),
        reference("learningAchievementSpecification", f"{own}#specification"),
        concept("defaultLanguage", [language_uri(next(iter([*teaching, *title])))]),
        _text("modified", date_time(entry.modified or "")),
    )
    wanted = tuple(_notation(one) for one in instance.identifiers)
    yield Piece(OPPORTUNITIES, "learningOpportunity", ident, "", "".join(parts), wanted)
    for number, place in enumerate(places, start=1):
        yield Piece(LOCATIONS, "location", f"{ident}-place-{number}", "", _place(place))


def _specification(own: str, entry: Offer, outcomes: int, bodies: Sequence[Organisation], version: Version) -> Piece:
    levels = [one.uri for one in entry.nqf_level if one.uri and one.uri.startswith(_QDR)]
    qualification = entry.eqf_level is not None and bool(levels)
    parts = (
        texts("title", tagged(entry.title)),
        "".join(texts("skos:altLabel", tagged(label)) for label in entry.alt_title),
        texts("description", tagged(entry.description)),
        _homepages(entry.homepage),
        concept("ISCEDFCode", [subject.uri for subject in entry.isced_f]),
        concept("educationSubject", [subject.uri for subject in entry.subjects]),
        _text("volumeOfLearning", hours(entry.workload_hours) if entry.workload_hours else None),
        "".join(
            element("creditPoint", concept("framework", [uri]), element("point", plain(str(one.points))))
            for one in entry.credits
            if not one.derived and (uri := framework_uri(one.framework))
        ),
        "" if qualification or entry.eqf_level is None else concept("educationLevel", [eqf_uri(entry.eqf_level)]),
        concept("language", [language_uri(tag) for tag in entry.languages]),
        concept("mode", _listed(entry.modes, "modes")),
        concept("targetGroup", _listed(entry.target_group, "target_groups")),
        _note("entryRequirement", tagged(entry.entry_requirement), version),
        "".join(reference("learningOutcome", f"{own}#outcome-{n}") for n in range(1, outcomes + 1)),
        "".join(reference("provenBy", f"{own}#assessment-{n}") for n in range(1, len(_assessments(entry)) + 1)),
        "".join(_awarding(own, body) for body in bodies),
        concept("EQFLevel", [eqf_uri(entry.eqf_level)]) if qualification and entry.eqf_level else "",
        concept("NQFLevel", levels) if qualification else "",
    )
    wanted = tuple(_notation(one) for one in entry.identifiers)
    name = "qualification" if qualification else "learningAchievementSpecification"
    return Piece(SPECIFICATIONS, name, f"{own}#specification", "", "".join(parts), wanted)


def _awarding(own: str, body: Organisation) -> str:
    return element(
        "awardingOpportunity",
        reference("awardingBody", organisation_id(body)),
        reference("location", f"{organisation_id(body)}#location"),
        reference("learningAchievementSpecification", f"{own}#specification"),
    )


def _outcome(ident: str, outcome: LearningOutcome) -> Piece:
    uris = [skill.uri for skill in outcome.skills if skill.uri and skill.coded]
    others = concept("relatedSkill", [uri for uri in uris if not uri.startswith(_ESCO_SKILL)])
    esco = concept("relatedESCOSkill", [uri for uri in uris if uri.startswith(_ESCO_SKILL)])
    return Piece(OUTCOMES, "learningOutcome", ident, "", texts("title", tagged(outcome.title)) + others + esco)


def organisation_id(body: Organisation) -> str:
    """A URI the body has itself, else one over everything that is said of it."""
    for identifier in body.identifiers:
        if identifier.scheme == "uri" and "://" in identifier.value:
            return identifier.value
    digest = hashlib.blake2b(encode_offer(Offer(provider=as_said(body))), digest_size=12).hexdigest()
    return f"{_BASE}organisation:{digest}"


def _organisation(body: Organisation, entry: Offer) -> Iterator[Piece]:
    """Names are proper nouns: one without a language keeps `und`, which LOQ's texts may carry."""
    ident = organisation_id(body)
    homepage = _homepages((body.homepage,) if body.homepage else ())
    wanted = tuple(_notation(one) for one in body.identifiers if one.value != ident)
    after = homepage + reference("location", f"{ident}#location")
    yield Piece(AGENTS, "organisation", ident, texts("legalName", body.name), after, wanted)
    place = Location(country=body.country or entry.country, city=body.city)
    yield Piece(LOCATIONS, "location", f"{ident}#location", "", _place(place))


def _place(place: Location) -> str:
    full = _note("fullAddress", {"und": place.address}, "3.1") if place.address else ""
    name = texts("geographicName", {"und": place.city}) if place.city else ""
    return name + element("address", full, concept("countryCode", [country_uri(place.country or "")]))


def _homepages(urls: Sequence[str]) -> str:
    return "".join(element("homepage", element("contentUrl", plain(url))) for url in urls)


def _period(instance: Instance) -> str:
    start = _text("startDate", date_time(instance.start_date or ""))
    end = _text("endDate", date_time(instance.end_date or ""))
    return element("temporal", start, end) if start or end else ""


def _price(price: Price) -> str:
    if price.currency is None:
        return ""
    amount = concept("unit", [currency_uri(price.currency)]) + element("value", plain(f"{price.amount:f}"))
    return element("priceDetail", element("amount", amount))


def _note(name: str, by_language: LangMap, version: Version) -> str:
    """3.1 takes one literal in a note, 3.3.1 one per language."""
    if not by_language:
        return ""
    kept = by_language if version == "3.3" else dict([next(iter(by_language.items()))])
    return element(name, texts("noteLiteral", kept))


def _assessments(entry: Offer) -> list[Concept]:
    return [one for one in entry.assessment if _assessment_title(one)]


def _assessment_title(assessment: Concept) -> LangMap:
    term = concept_list("assessments").by_uri.get(assessment.uri or "")
    return {"en": term.label} if term else tagged(assessment.label)


def _listed(concepts: Sequence[Concept], name: str) -> list[str]:
    """URIs of the published list LOQ restricts the property to."""
    known = concept_list(name).by_uri
    return [one.uri for one in concepts if one.uri is not None and one.uri in known]


def _one(value: Concept | None) -> list[Concept]:
    return [value] if value is not None else []


def _notation(identifier: Identifier) -> tuple[str, str]:
    return identifier.scheme, identifier.value


def _text(name: str, value: str | None) -> str:
    return element(name, plain(value)) if value else ""
