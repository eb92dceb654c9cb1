"""One entry as objects of LOQ: opportunities, specification, outcomes, activities, assessments, organisations, places.

Parts stand in the order of the schema's sequences (LOQ XSD 3.1.0 and 3.3.1; both agree on what is written here). A
Qualification is written only where EQF and NQF levels are both known; everything else is a
LearningAchievementSpecification. What is not written is told by `left_out`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from microharvest.map.normalise.concept import find_term
from microharvest.map.vocabulary import concept_list
from microharvest.model.instance import Instance
from microharvest.model.offer import Offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import Concept, Entitlement, LangMap, LearningOutcome, Price
from microharvest.publish.elm.bodies import (
    BASE,
    accreditable,
    assurance_id,
    awarding,
    homepages,
    html,
    identifiers_of,
    is_programme,
    note,
    organisation_id,
    organisations,
    place_of,
    placed,
    seat_id,
)
from microharvest.publish.elm.demands import Version, tagged, taught_in
from microharvest.publish.elm.said import Parts, Thing, coded, inside, link, text, texts
from microharvest.publish.elm.terms import (
    country_uri,
    currency_uri,
    date_time,
    eqf_uri,
    framework_uri,
    hours,
    is_iri,
    language_uri,
    listed,
    nqf_known,
    xs_duration,
)

__all__ = [
    "addresses", "category", "entitling", "is_qualification", "nqf_uris", "outcomes_of", "specification_id",
    "things",
]  # fmt: skip

_ESCO = "http://data.europa.eu/esco/"


def specification_id(entry_id: str) -> str:
    """The address of an entry's specification in a document."""
    return f"{BASE}{entry_id}#specification"


def things(entry_id: str, entry: Offer, version: Version) -> Iterator[Thing]:
    """The objects of an entry that meets all demands; organisations and their places may repeat between entries."""
    own = f"{BASE}{entry_id}"
    for number, instance in enumerate(entry.instances or (Instance(),), start=1):
        yield from _opportunity(f"{own}#opportunity-{number}", own, entry, instance, version)
    details = list(_details(own, entry))
    yield _specification(own, entry, details, version)
    yield from (thing for _, thing in details)
    yield from organisations(entry, qualification=is_qualification(entry, version))


def _opportunity(ident: str, own: str, entry: Offer, instance: Instance, version: Version) -> Iterator[Thing]:
    assert entry.provider is not None
    places = [place for place in instance.locations if place.country and country_uri(place.country)]
    title = tagged(instance.title) or tagged(entry.title)
    teaching = [tag for tag in instance.languages or entry.languages if tag in title]
    start, end = date_time(instance.start_date or ""), date_time(instance.end_date or "")
    parts = (
        *identifiers_of(instance.identifiers),
        *texts("title", title),
        *html("description", tagged(entry.description)),
        *coded("type", listed(_one(entry.credential_type), "credential_types", version)),
        *homepages(instance.homepage or entry.homepage),
        *inside("temporal", "PeriodOfTime", text("startDate", start), text("endDate", end)),
        *text("duration", xs_duration(instance.duration or entry.duration or "")),
        *coded("mode", listed(instance.modes, "modes", version)),
        *(one for grant in entry.grants for one in inside("grant", "Grant", texts("title", tagged(grant)))),
        *coded("learningSchedule", listed(_one(instance.schedule or entry.schedule), "schedules", version)),
        *text("applicationDeadline", date_time(instance.application_deadline or "")),
        *(one for price in instance.prices or entry.prices for one in _price(price)),
        *link("providedBy", [organisation_id(placed(entry.provider, entry))]),
        *link("location", (f"{ident}-place-{n}" for n in range(1, len(places) + 1))),
        *link("learningAchievementSpecification", [f"{own}#specification"]),
        *coded("defaultLanguage", list(filter(None, map(language_uri, [*teaching, *title, *entry.title])))[:1]),
        *text("status", instance.status),
    )
    yield Thing("LearningOpportunity", parts, ident)
    for number, place in enumerate(places, start=1):
        yield place_of(f"{ident}-place-{number}", place)


def is_qualification(entry: Offer, version: Version) -> bool:
    """LOQ asks both levels of a Qualification; without them an offer is a LearningAchievementSpecification."""
    return entry.eqf_level is not None and any(nqf_known(one.uri or "", version) for one in entry.nqf_level)


def nqf_uris(entry: Offer, version: Version) -> list[str]:
    """The levels that can be written: of the national list, and those of other frameworks where there is no
    Qualification (`educationLevel` takes any)."""
    qualification = is_qualification(entry, version)
    return [one.uri for one in entry.nqf_level if one.uri and (not qualification or nqf_known(one.uri, version))]


def _specification(own: str, entry: Offer, details: Sequence[tuple[str, Thing]], version: Version) -> Thing:
    qualification = is_qualification(entry, version)
    labels = {one.uri: tagged(one.label) for one in (*entry.subjects, *entry.nqf_level) if one.uri}
    eqf = [eqf_uri(entry.eqf_level)] if entry.eqf_level is not None else []
    bodies = [placed(body, entry) for body in awarding(entry)]

    assert entry.provider is not None
    provider = placed(entry.provider, entry)
    programme = filter(is_programme, accreditable(entry, qualification=qualification))
    assured = [assurance_id(one, provider) for one in programme]

    def linked(name: str) -> Parts:
        return link(name, (str(thing.ident) for property_name, thing in details if property_name == name))

    parts = (
        *identifiers_of(entry.identifiers),
        *texts("title", tagged(entry.title)),
        *(one for label in entry.alt_title for one in texts("skos:altLabel", tagged(label))),
        *html("description", tagged(entry.description)),
        *_supervised(entry, version),
        *homepages(entry.homepage),
        *texts("category", category(entry)),
        *text("status", entry.status),
        *text("modified", date_time(entry.modified or "")),
        *coded("ISCEDFCode", [subject.uri for subject in entry.isced_f]),
        *coded("educationSubject", addresses(entry.subjects), labels),
        *text("volumeOfLearning", hours(entry.workload_hours) if entry.workload_hours else None),
        *_credits(entry),
        *(() if qualification else coded("educationLevel", [*eqf, *nqf_uris(entry, version)], labels)),
        *coded("language", [language_uri(tag) for tag in taught_in(entry)]),
        *coded("mode", listed(entry.modes, "modes", version)),
        *coded("learningSetting", listed(_one(entry.setting), "settings", version)),
        *coded("targetGroup", listed(entry.target_group, "target_groups", version)),
        *note("entryRequirement", tagged(entry.entry_requirement), version),
        *linked("learningOutcome"),
        *linked("influencedBy"),
        *linked("provenBy"),
        *linked("entitlesTo"),
        *(one for body in bodies for one in _awarding(own, body)),
        *(coded("EQFLevel", eqf) + coded("NQFLevel", nqf_uris(entry, version)) if qualification else ()),
        *(link("accreditation", assured) if qualification else ()),
    )
    kind = "Qualification" if qualification else "LearningAchievementSpecification"
    return Thing(kind, parts, f"{own}#specification")


def _details(own: str, entry: Offer) -> Iterator[tuple[str, Thing]]:
    """What a specification links to, each with the property that does."""
    for number, outcome in enumerate(outcomes_of(entry), start=1):
        yield "learningOutcome", _outcome(f"{own}#outcome-{number}", outcome)
    for number, uri in enumerate(listed(entry.activities, "activities", "3.1"), start=1):
        title = texts("title", {"en": concept_list("activities").by_uri[uri].label})
        yield "influencedBy", _thing("LearningActivitySpecification", f"{own}#activity-{number}", title, ("type", uri))
    named = [one for one in entry.assessment if _assessment_title(one)]
    for number, one in enumerate(named, start=1):
        title, ident = texts("title", _assessment_title(one)), f"{own}#assessment-{number}"
        yield "provenBy", _thing("LearningAssessmentSpecification", ident, title, ("type", one.uri))
    for number, entitlement in enumerate(filter(entitling, entry.entitlements), start=1):
        yield "entitlesTo", _entitlement(f"{own}#entitlement-{number}", entitlement)


def _supervised(entry: Offer, version: Version) -> Parts:
    """A specification has no `idVerification` (a learner's assessment has): a note whose subject is the concept."""
    return tuple(
        part
        for uri in listed(entry.supervision, "supervision", version)
        for part in inside(
            "additionalNote", "Note",
            coded("dc:subject", [uri]),
            texts("noteLiteral", {"en": concept_list("supervision").by_uri[uri].label}),
        )
    )  # fmt: skip


def _thing(kind: str, ident: str, title: Parts, *concepts: tuple[str, str | None]) -> Thing:
    return Thing(kind, (*title, *(one for name, uri in concepts for one in coded(name, [uri]))), ident)


def outcomes_of(entry: Offer) -> list[LearningOutcome]:
    """Those with a title LOQ can take."""
    return [one for one in entry.learning_outcomes if tagged(one.title)]


def _outcome(ident: str, outcome: LearningOutcome) -> Thing:
    labels = {uri: tagged(skill.label) for skill in outcome.skills for uri in addresses([skill])}
    skills = addresses(outcome.skills)
    parts = (
        *texts("title", tagged(outcome.title)),
        *coded("type", listed(_one(outcome.type), "skill_types", "3.1")),
        *coded("reusabilityLevel", listed(_one(outcome.reuse_level), "skill_reuse_levels", "3.1")),
        *coded("relatedSkill", [uri for uri in skills if not uri.startswith(f"{_ESCO}skill/")], labels),
        *coded("relatedESCOSkill", [uri for uri in skills if uri.startswith(f"{_ESCO}skill/")], labels),
    )
    return Thing("LearningOutcome", parts, ident)


def entitling(one: Entitlement) -> bool:
    """Whether LOQ takes it: type and status of its lists."""
    return bool(
        listed(_one(one.type), "entitlements", "3.1") and listed(_one(one.status), "entitlement_statuses", "3.1")
    )


def _entitlement(ident: str, one: Entitlement) -> Thing:
    assert one.type is not None
    labels = {uri: tagged(each.label) for each in one.occupations for uri in addresses([each])}
    named = addresses(one.occupations)
    parts = (
        *texts("title", tagged(one.title) or {"en": concept_list("entitlements").by_uri[one.type.uri or ""].label}),
        *coded("type", [one.type.uri]),
        *coded("entitlementStatus", [one.status.uri if one.status else None]),
        *coded("limitOccupation", [uri for uri in named if uri.startswith(_ESCO)], labels),
        *coded("limitNationalOccupation", [uri for uri in named if not uri.startswith(_ESCO)], labels),
    )
    return Thing("LearningEntitlementSpecification", parts, ident)


def _awarding(own: str, body: Organisation) -> Parts:
    ident = organisation_id(body)
    return inside(
        "awardingOpportunity",
        "AwardingOpportunity",
        link("awardingBody", [ident]),
        link("location", [seat_id(body)]),
        link("learningAchievementSpecification", [f"{own}#specification"]),
    )


def _price(price: Price) -> Parts:
    unit = currency_uri(price.currency or "")
    if unit is None:
        return ()
    return inside(
        "priceDetail", "PriceDetail",
        inside("amount", "Amount", coded("unit", [unit]), text("value", f"{price.amount:f}")),
    )  # fmt: skip


def _credits(entry: Offer) -> Parts:
    return tuple(
        part
        for one in entry.credits
        if not one.derived and (uri := framework_uri(one.framework))
        for part in inside("creditPoint", "CreditPoint", coded("framework", [uri]), text("point", f"{one.points:f}"))
    )


def category(entry: Offer) -> LangMap:
    """The source's own word for what it awards, unless read alone it would be another type than the one known."""
    label = entry.credential_type.label if entry.credential_type else {}
    words = {"und": entry.source_label} if entry.source_label else dict(list(label.items())[:1])
    known = entry.credential_type.uri if entry.credential_type else None
    for word in words.values():
        term = find_term("credential_types", word, None).value
        if term is not None and term.uri != known:
            return {}
    return words


def _assessment_title(assessment: Concept) -> LangMap:
    term = concept_list("assessments").by_uri.get(assessment.uri or "")
    return tagged(assessment.label) or ({"en": term.label} if term else {})


def addresses(concepts: Iterable[Concept]) -> list[str]:
    """Of concepts of any list; that of a framework beside ESCO is kept as the code."""
    found = (one.uri or one.code or "" for one in concepts)
    return [uri for uri in found if uri.startswith(("http://", "https://")) and is_iri(uri)]


def _one(value: Concept | None) -> list[Concept]:
    return [value] if value is not None else []
