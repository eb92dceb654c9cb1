"""What an entry says and a LOQ document of it does not: every case has a code, is counted, and stands in the handbook.

What must stay true (a test tries): an entry to which no code applies reads back as the same offer, and where one
applies, no field differs but those it names. Not losses, for LOQ says them in another place: the duration, schedule and
price of an offer stand at each of its opportunities, as do title and homepage once more; a date is midnight of its day;
a city is the name of a place; where LOQ demands a title of an accreditation or entitlement, it is called by its type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from microharvest.map.normalise.language import languages
from microharvest.map.normalise.text import clean_text
from microharvest.map.normalise.title import name, title
from microharvest.model.instance import Instance
from microharvest.model.offer import Offer
from microharvest.model.values import Concept, LangMap, Price
from microharvest.publish.elm.bodies import accreditable, awarding, is_programme, placed
from microharvest.publish.elm.demands import tagged
from microharvest.publish.elm.loq import addresses, category, entitling, is_qualification, nqf_uris, outcomes_of
from microharvest.publish.elm.terms import (
    Version,
    country_uri,
    currency_uri,
    date_time,
    framework_uri,
    hours,
    language_uri,
    listed,
    whitelisted,
    xs_duration,
)

__all__ = ["LOSSES", "Loss", "left_out"]


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """`why` LOQ does not take it; `fields` of the offer that it touches; `holds` of an entry."""

    why: str
    fields: tuple[str, ...]
    holds: Callable[[Offer, Version], bool]


def left_out(entry: Offer, version: Version) -> list[str]:
    """The codes of everything that a document of this version does not say of an entry."""
    return [code for code, loss in LOSSES.items() if loss.holds(entry, version)]


def _listed_concepts(entry: Offer) -> Iterator[tuple[str, tuple[Concept | None, ...]]]:
    """(list, concepts) wherever LOQ takes the concepts of one list alone."""
    yield "modes", entry.modes
    yield "schedules", (entry.schedule,)
    yield "settings", (entry.setting,)
    yield "activities", entry.activities
    yield "target_groups", entry.target_group
    if not _is_category(entry):
        yield "credential_types", (entry.credential_type,)
    for instance in entry.instances:
        yield "modes", instance.modes
        yield "schedules", (instance.schedule,)
    for outcome in entry.learning_outcomes:
        yield "skill_types", (outcome.type,)
        yield "skill_reuse_levels", (outcome.reuse_level,)


def _is_category(entry: Offer) -> bool:
    """A type in the source's own words alone is the category."""
    kind = entry.credential_type
    words = set(category(entry).values())
    return kind is not None and kind.uri is None and not words.isdisjoint(kind.label.values())


def _no_term(entry: Offer, version: Version) -> bool:
    for known, several in _listed_concepts(entry):
        concepts = [one for one in several if one is not None]
        if len(listed(concepts, known, version)) < len(concepts):
            return True
    return False


def _open_concepts(entry: Offer) -> Iterator[Concept]:
    """Of lists that are not the profile's own: the address is kept, and the label beside it."""
    yield from entry.subjects
    yield from entry.nqf_level
    for outcome in entry.learning_outcomes:
        yield from outcome.skills
    for entitlement in entry.entitlements:
        yield from entitlement.occupations


def _label_lost(entry: Offer, version: Version) -> bool:
    closed = [one for _, concepts in _listed_concepts(entry) for one in concepts if one is not None]
    closed += [one for one in entry.assessment if one.uri]
    closed += [one.type for one in entry.quality_assurance if one.type is not None]
    closed += [one for each in entry.entitlements for one in (each.type, each.status) if one is not None]
    closed += list(entry.nqf_level) if is_qualification(entry, version) else []
    return any(one.label for one in closed) or any(one.code for one in (*entry.subjects, *entry.nqf_level))


def _texts(entry: Offer) -> Iterator[LangMap]:
    yield from (entry.title, entry.description, entry.entry_requirement, *entry.alt_title, *entry.grants)
    yield from (one.title for one in entry.learning_outcomes)
    yield from (one.title for one in entry.instances)
    yield from (one.title for one in entry.quality_assurance)
    yield from (one.title for one in entry.entitlements)
    yield from (one.label for one in _open_concepts(entry))
    yield from (one.label for one in entry.assessment if not one.uri)


def _spelt_otherwise(entry: Offer, version: Version) -> bool:
    bodies = [body for body in (entry.provider, *entry.awarding_body) if body is not None]
    lines = [words for texts in (entry.title, *entry.alt_title) for words in texts.values()]
    names = [words for body in bodies for words in body.name.values()]
    names += [words for one in entry.instances for words in one.title.values()]
    names += [words for one in entry.quality_assurance for words in (*one.title.values(), *one.agent.values())]
    names += [words for one in entry.entitlements for words in one.title.values()]
    names += [words for one in (*_open_concepts(entry), *entry.assessment) for words in one.label.values()]
    names += [*category(entry).values()]
    plain = [words for texts in entry.grants for words in texts.values()]
    plain += [words for one in entry.learning_outcomes for words in one.title.values()]
    html = [*entry.description.values(), *entry.entry_requirement.values()]
    html += [place.address for one in entry.instances for place in one.locations if place.address]
    return (
        any(title(one).value != one for one in lines)
        or any(name(one).value != one for one in names)
        or any(clean_text(one).value != one for one in plain)
        or any(clean_text(whitelisted(one)).value != one for one in html)
    )


def _is_moment(value: str | None) -> bool:
    return value is None or date_time(value) is not None


def _dates(entry: Offer) -> Iterator[str | None]:
    yield entry.modified
    for instance in entry.instances:
        yield from (instance.start_date, instance.end_date, instance.application_deadline)
    for assurance in entry.quality_assurance:
        yield from (assurance.valid_from, assurance.valid_to)


def _beside_all(own: object, of_instances: Iterable[object]) -> bool:
    """A value of the offer that every instance overrides stands nowhere."""
    several = list(of_instances)
    return bool(own) and bool(several) and all(several)


def _duration_lost(entry: Offer, version: Version) -> bool:
    durations = [entry.duration, *(one.duration for one in entry.instances)]
    return any(one and xs_duration(one) is None for one in durations)


def _prices(entry: Offer) -> list[Price]:
    return [*entry.prices, *(price for one in entry.instances for price in one.prices)]


def _price_lost(entry: Offer, version: Version) -> bool:
    return any(currency_uri(price.currency or "") is None for price in _prices(entry))


def _originals(entry: Offer, version: Version) -> bool:
    return (
        any(one.original for one in _prices(entry))
        or any(one.original for one in entry.credits)
        or any(one.original for one in entry.isced_f)
    )


def _language_lost(entry: Offer, version: Version) -> bool:
    return any(languages(language_uri(tag) or "", None).value != (tag,) for tag in entry.languages)


def _occupations_lost(entry: Offer, version: Version) -> bool:
    written = {uri for one in filter(entitling, entry.entitlements) for uri in addresses(one.occupations)}
    return any(not addresses([one]) or addresses([one])[0] not in written for one in entry.occupations)


def _country_lost(entry: Offer, version: Version) -> bool:
    """It is read from the awarding bodies, of which RDF says none first, else from the provider."""
    bodies = awarding(entry) or ([entry.provider] if entry.provider else [])
    return any(placed(body, entry).country != entry.country for body in bodies)


def _place_lost(instance: Instance) -> bool:
    return any(
        not (place.country and country_uri(place.country)) or (place.city and place.address)
        for place in instance.locations
    )


def _assurance_lost(entry: Offer, version: Version) -> bool:
    qualification = is_qualification(entry, version)
    taken = accreditable(entry, qualification=qualification)
    return len(taken) < len(entry.quality_assurance) or any(is_programme(one) and not qualification for one in taken)


def _offer_price(entry: Offer, version: Version) -> bool:
    return (
        _beside_all(entry.prices, (one.prices for one in entry.instances))
        or _beside_all(entry.duration, (one.duration for one in entry.instances))
        or _beside_all(entry.schedule, (one.schedule for one in entry.instances))
    )


_CONCEPTS = (
    *("modes", "schedule", "setting", "activities", "target_group", "credential_type", "instances"),
    *("learning_outcomes", "nqf_level", "subjects", "assessment", "quality_assurance", "entitlements"),
)
_TEXTS = ("title", "alt_title", "description", "entry_requirement", "grants", *_CONCEPTS)

LOSSES: dict[str, Loss] = {
    "sectors": Loss(why="LOQ has no sector.", fields=("sectors",), holds=lambda entry, _: bool(entry.sectors)),
    "skills": Loss(
        why="LOQ has skills within a learning outcome alone.", fields=("skills",),
        holds=lambda entry, _: bool(entry.skills),
    ),
    "occupations": Loss(
        why="LOQ has occupations within an entitlement alone, and asks its type and status.",
        fields=("occupations",), holds=_occupations_lost,
    ),
    "accessibility": Loss(
        why="LOQ has no accessibility.", fields=("accessibility",), holds=lambda entry, _: bool(entry.accessibility)
    ),
    "parts": Loss(
        why="A part must be a specification of the same document; ours are named as their source does.",
        fields=("part_of", "has_part"), holds=lambda entry, _: bool(entry.part_of or entry.has_part),
    ),
    "source_label": Loss(
        why="The source's word would be read as another type than the one known.", fields=("source_label",),
        holds=lambda entry, _: entry.source_label is not None and not category(entry),
    ),
    "is_microcredential": Loss(
        why="LOQ has no microcredential; it is derived again from credits and names.", fields=("is_microcredential",),
        holds=lambda entry, _: entry.is_microcredential.value != "undecided",
    ),
    "country": Loss(
        why="LOQ has the country of organisations; that of the issuer is read from them.", fields=("country",),
        holds=_country_lost,
    ),
    "awarding_body": Loss(
        why="LOQ demands name and country of an organisation.", fields=("awarding_body",),
        holds=lambda entry, _: len(awarding(entry)) < len(entry.awarding_body),
    ),
    "quality_assurance": Loss(
        why="LOQ demands type, agent and the agent's country, and has accreditations of qualifications and "
        "organisations alone.",
        fields=("quality_assurance",), holds=_assurance_lost,
    ),
    "entitlements": Loss(
        why="LOQ demands type and status.", fields=("entitlements",),
        holds=lambda entry, _: not all(map(entitling, entry.entitlements)),
    ),
    "learning_outcomes": Loss(
        why="LOQ demands a title in a known language, and names skills by address.", fields=("learning_outcomes",),
        holds=lambda entry, _: len(outcomes_of(entry)) < len(entry.learning_outcomes)
        or any(not addresses([skill]) for one in entry.learning_outcomes for skill in one.skills),
    ),
    "credits": Loss(
        why="The list has ECTS and ECVET; derived credits are not passed on.", fields=("credits",),
        holds=lambda entry, _: any(one.derived or not framework_uri(one.framework) for one in entry.credits),
    ),
    "workload_hours": Loss(
        why="A duration has no fractions of a minute.", fields=("workload_hours",),
        holds=lambda entry, _: entry.workload_hours is not None and hours(entry.workload_hours) is None,
    ),
    "durations": Loss(
        why="No xs:duration says it.", fields=("duration", "instances"), holds=_duration_lost
    ),
    "prices": Loss(
        why="LOQ demands a currency of its list.", fields=("prices", "instances"), holds=_price_lost
    ),
    "overridden": Loss(
        why="Duration, schedule and price stand at opportunities, and each has its own.",
        fields=("duration", "schedule", "prices"), holds=_offer_price,
    ),
    "dates": Loss(
        why="LOQ takes no year or month alone.", fields=("modified", "instances", "quality_assurance"),
        holds=lambda entry, _: not all(map(_is_moment, _dates(entry))),
    ),
    "languages": Loss(
        why="The authority list has languages without region and script.", fields=("languages",), holds=_language_lost
    ),
    "instance_languages": Loss(
        why="An opportunity has no language of its own.", fields=("instances",),
        holds=lambda entry, _: any(one.languages for one in entry.instances),
    ),
    "locations": Loss(
        why="LOQ demands a country; a city beside an address is not read back.", fields=("instances",),
        holds=lambda entry, _: any(map(_place_lost, entry.instances)),
    ),
    "city": Loss(
        why="The city of an organisation is written as the name of its place, and not read back.",
        fields=("provider", "awarding_body"),
        holds=lambda entry, _: any(body.city for body in (entry.provider, *entry.awarding_body) if body is not None),
    ),
    "concepts": Loss(
        why="LOQ takes concepts of its lists, and others by address alone.", fields=_CONCEPTS,
        holds=lambda entry, version: _no_term(entry, version)
        or len(addresses(entry.subjects)) < len(entry.subjects)
        or len(nqf_uris(entry, version)) < len(entry.nqf_level)
        or any(one.uri is None and not tagged(one.label) for one in entry.assessment),
    ),
    "labels": Loss(
        why="A concept of a list is its address; what the source called or numbered it stays out.",
        fields=_CONCEPTS, holds=_label_lost,
    ),
    "originals": Loss(
        why="LOQ has the value, not the words it was read from.", fields=("credits", "isced_f", "prices", "instances"),
        holds=_originals,
    ),
    "texts": Loss(
        why="LOQ takes texts in known languages.", fields=_TEXTS,
        holds=lambda entry, _: any("und" in texts for texts in _texts(entry)),
    ),
    "notes": Loss(
        why="A note of 3.1 has one language.", fields=("entry_requirement",),
        holds=lambda entry, version: version == "3.1" and len(tagged(entry.entry_requirement)) > 1,
    ),
    "spelling": Loss(
        why="White space, control signs or markup that any reader of names cleans.",
        fields=("provider", "awarding_body", "source_label", *_TEXTS), holds=_spelt_otherwise,
    ),
    "identifiers": Loss(
        why="A notation stands once in a document, and an earlier object has it.",
        fields=("identifiers", "instances", "provider", "awarding_body"), holds=lambda entry, _: False,
    ),
    "organisations": Loss(
        why="An organisation stands once in a document, and an earlier entry describes it otherwise.",
        fields=("provider", "awarding_body", "quality_assurance", "country"), holds=lambda entry, _: False,
    ),
}  # fmt: skip
"""Code -> what is meant by it. `identifiers` and `organisations` only the whole document tells (`document`)."""
