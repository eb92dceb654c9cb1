"""What an entry says and a LOQ document of it does not: every case has a code, is counted, and stands in the handbook.

What must stay true (a test tries): an entry to which no code applies reads back as the same offer, and where one
applies, no field differs but those it names. Not losses, for LOQ says them in another place: the duration, schedule and
price of an offer stand at each of its opportunities, as do title and homepage once more; a date is midnight of its day;
a city is the name of a place; where LOQ demands a title of an accreditation or entitlement, it is called by its type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import msgspec

from microharvest.map.normalise.language import languages
from microharvest.map.normalise.text import clean_text
from microharvest.map.normalise.title import title
from microharvest.model.instance import Instance
from microharvest.model.offer import Offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import Concept, Credits, Location, Price, Subject
from microharvest.publish.elm.bodies import accreditable, awarding, is_programme, placed
from microharvest.publish.elm.demands import tagged, taught_in
from microharvest.publish.elm.loq import addresses, category, entitling, is_qualification, nqf_uris
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


_T = TypeVar("_T")


class Loss(msgspec.Struct, frozen=True):
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
    yield "supervision", entry.supervision
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
    return (
        len(addresses(entry.subjects)) < len(entry.subjects)
        or len(nqf_uris(entry, version)) < len(entry.nqf_level)
        or any(one.uri is None and not tagged(one.label) for one in entry.assessment)
    )


def _within(value: object, kind: type[_T]) -> Iterator[_T]:
    """Every value of a kind inside a part of an offer."""
    if isinstance(value, kind):
        yield value
    parts = [getattr(value, each) for each in value.__struct_fields__] if isinstance(value, msgspec.Struct) else value
    for part in parts if isinstance(parts, list | tuple) else ():
        yield from _within(part, kind)


def _valued(entry: Offer) -> Iterator[Credits | Price | Subject]:
    yield from _within(entry, Credits)
    yield from _within(entry, Price)
    yield from _within(entry, Subject)


def _label_lost(entry: Offer, version: Version) -> bool:
    closed = [one for _, concepts in _listed_concepts(entry) for one in concepts]
    closed += [one for one in entry.assessment if one.uri]
    closed += [one.type for one in entry.quality_assurance]
    closed += [one for each in entry.entitlements for one in (each.type, each.status)]
    closed += list(entry.nqf_level) if is_qualification(entry, version) else []
    numbered = any(one.code for one in (*entry.subjects, *entry.nqf_level))
    return numbered or any(one is not None and one.label for one in closed)


def _nameless(entry: Offer, version: Version) -> bool:
    titles = [one.title for one in entry.quality_assurance]
    titles += [texts for field in _TEXTS if field != _QA for texts in _within(getattr(entry, field), dict)]
    return any("und" in texts for texts in titles)


def _spelt_otherwise(entry: Offer, version: Version) -> bool:
    for field in (*_TEXTS, "provider", "awarding_body"):
        for texts in _within(getattr(entry, field), dict):
            for words in texts.values():
                if _read(field, words) != words:
                    return True
    places = [place.address for place in _within(entry.instances, Location) if place.address]
    return any(_read("description", one) != one for one in places) or any(
        title(words).value != words for words in category(entry).values()
    )


def _read(field: str, words: str) -> str | None:
    """What any reader makes of a text: of names and titles one line, of prose its paragraphs."""
    if field in ("grants", "learning_outcomes"):
        return clean_text(words).value
    return (clean_text(whitelisted(words)) if field in ("description", "entry_requirement") else title(words)).value


def _heads(entry: Offer) -> tuple[Offer | Instance, ...]:
    return entry, *entry.instances


def _dates(entry: Offer) -> Iterator[str | None]:
    yield entry.modified
    for instance in entry.instances:
        yield from (instance.start_date, instance.end_date, instance.application_deadline)
    for assurance in entry.quality_assurance:
        yield from (assurance.valid_from, assurance.valid_to)


def _language_lost(entry: Offer, version: Version) -> bool:
    return any(languages(language_uri(tag) or "", None).value != (tag,) for tag in taught_in(entry))


def _occupations_lost(entry: Offer, version: Version) -> bool:
    written = {uri for one in filter(entitling, entry.entitlements) for uri in addresses(one.occupations)}
    return any(not addresses([one]) or addresses([one])[0] not in written for one in entry.occupations)


def _country_lost(entry: Offer, version: Version) -> bool:
    """It is read from the awarding bodies, of which RDF says none first, else from the provider."""
    bodies = awarding(entry) or ([entry.provider] if entry.provider else [])
    return any(placed(body, entry).country != entry.country for body in bodies)


def _assurance_lost(entry: Offer, version: Version) -> bool:
    qualification = is_qualification(entry, version)
    taken = accreditable(entry, qualification=qualification)
    return len(taken) < len(entry.quality_assurance) or any(is_programme(one) and not qualification for one in taken)


def _overridden(entry: Offer, version: Version) -> bool:
    """A value of the offer that every instance has its own of stands nowhere."""
    return entry.instances != () and any(
        getattr(entry, field) and all(getattr(one, field) for one in entry.instances)
        for field in ("duration", "schedule", "prices")
    )


_QA = "quality_assurance"
_CONCEPTS = (
    *("modes", "schedule", "setting", "activities", "target_group", "supervision", "credential_type", "instances"),
    *("learning_outcomes", "nqf_level", "subjects", "assessment", "quality_assurance", "entitlements"),
)
_TEXTS = ("title", "alt_title", "description", "entry_requirement", "grants", *_CONCEPTS)

_PART = (
    "A part must be a specification of the same document; ours are named as their source does (`--beside` says them)."
)
_NOWHERE = {
    "sectors": "LOQ has no sector.", "skills": "LOQ has skills within a learning outcome alone.",
    "accessibility": "LOQ has no accessibility.", "part_of": _PART, "has_part": _PART,
}  # fmt: skip
LOSSES: dict[str, Loss] = {
    **{
        field: Loss(why, (field,), lambda entry, _, field=field: bool(getattr(entry, field)))  # type: ignore[misc]
        for field, why in _NOWHERE.items()
    },
    "occupations": Loss(
        "LOQ has occupations within an entitlement alone, and asks its type and status.", ("occupations",),
        _occupations_lost),
    "source_label": Loss(
        "The source's word would be read as another type than the one known.", ("source_label",),
        lambda entry, _: entry.source_label is not None and not category(entry)),
    "is_microcredential": Loss(
        "LOQ has no microcredential; it is derived again from credits and names.", ("is_microcredential",),
        lambda entry, _: entry.is_microcredential.value != "undecided"),
    "country": Loss(
        "LOQ has the country of organisations; that of the issuer is read from them.", ("country",), _country_lost),
    "awarding_body": Loss(
        "LOQ demands name and country of an organisation.", ("awarding_body",),
        lambda entry, _: len(awarding(entry)) < len(entry.awarding_body)),
    "quality_assurance": Loss(
        "LOQ demands type, agent and its country, and has accreditations of qualifications and organisations alone.",
        (_QA,), _assurance_lost),
    "entitlements": Loss(
        "LOQ demands type and status.", ("entitlements",),
        lambda entry, _: not all(map(entitling, entry.entitlements))),
    "learning_outcomes": Loss(
        "LOQ demands a title in a known language, and names skills by address.", ("learning_outcomes",),
        lambda entry, _: not all(tagged(one.title) and len(addresses(one.skills)) == len(one.skills)
                                 for one in entry.learning_outcomes)),
    "credits": Loss(
        "The list has ECTS and ECVET; derived credits are not passed on.", ("credits",),
        lambda entry, _: any(one.derived or not framework_uri(one.framework) for one in entry.credits)),
    "workload_hours": Loss(
        "A duration has no fractions of a minute.", ("workload_hours",),
        lambda entry, _: entry.workload_hours is not None and hours(entry.workload_hours) is None),
    "durations": Loss(
        "No xs:duration says it.", ("duration", "instances"),
        lambda entry, _: any(one.duration and not xs_duration(one.duration) for one in _heads(entry))),
    "prices": Loss(
        "LOQ demands a currency of its list.", ("prices", "instances"),
        lambda entry, _: any(not currency_uri(one.currency or "") for one in _within(entry, Price))),
    "overridden": Loss(
        "Duration, schedule and price stand at opportunities, and each has its own.",
        ("duration", "schedule", "prices"), _overridden),
    "dates": Loss(
        "LOQ takes no year or month alone.", ("modified", "instances", _QA),
        lambda entry, _: any(one and not date_time(one) for one in _dates(entry))),
    "languages": Loss("The authority list has languages without region and script.", ("languages",), _language_lost),
    "instance_languages": Loss(
        "An opportunity has no language of its own: they are the specification's where it has none.",
        ("instances", "languages"),
        lambda entry, _: any(one.languages for one in entry.instances)),
    "locations": Loss(
        "LOQ demands a country; a city beside an address is not read back.", ("instances",),
        lambda entry, _: any(not country_uri(one.country or "") or (one.city and one.address)
                             for one in _within(entry, Location))),
    "city": Loss(
        "The city of an organisation is written as the name of its place, and not read back.",
        ("provider", "awarding_body"), lambda entry, _: any(one.city for one in _within(entry, Organisation))),
    "concepts": Loss("LOQ takes concepts of its lists, and others by address alone.", _CONCEPTS, _no_term),
    "labels": Loss(
        "A concept of a list is its address; what the source called or numbered it stays out.", _CONCEPTS, _label_lost),
    "originals": Loss(
        "LOQ has the value, not the words it was read from.", ("credits", "isced_f", "prices", "instances"),
        lambda entry, _: any(one.original for one in _valued(entry))),
    "texts": Loss("LOQ takes texts in known languages.", _TEXTS, _nameless),
    "notes": Loss(
        "A note of 3.1 has one language.", ("entry_requirement",),
        lambda entry, version: version == "3.1" and len(tagged(entry.entry_requirement)) > 1),
    "spelling": Loss(
        "White space, control signs or markup that any reader of names cleans.",
        ("provider", "awarding_body", "source_label", *_TEXTS), _spelt_otherwise),
    "identifiers": Loss(
        "A notation stands once in a document, and an earlier object has it.",
        ("identifiers", "instances", "provider", "awarding_body"), lambda entry, _: False),
    "organisations": Loss(
        "An organisation stands once in a document, and an earlier entry describes it otherwise.",
        ("provider", "awarding_body", _QA, "country"), lambda entry, _: False),
}  # fmt: skip
"""Code -> what is meant by it. `identifiers` and `organisations` only the whole document tells (`document`)."""
