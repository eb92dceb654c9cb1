"""What the imported vocabularies say to one page of offers; and what an offer asks of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

import msgspec

from microharvest.coding.labels import Labels
from microharvest.map.published.register import acronym_key, domain_keys, id_keys, name_key
from microharvest.model.offer import Offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import Concept, QualityAssurance

__all__ = [
    "AGENCIES",
    "OCCUPATIONS",
    "REGISTERS",
    "REPORTS",
    "SKILLS",
    "Entry",
    "Known",
    "Standing",
    "agency_keys",
    "asks_of",
    "bodies_of",
    "body_keys",
    "declared_uris",
    "kind_of",
]

SKILLS, OCCUPATIONS = "esco-skills", "esco-occupations"
REGISTERS = ("ror", "eter", "deqar")
AGENCIES, REPORTS = "deqar-agencies", "deqar-reports"
_ESCO = re.compile(r"http://data\.europa\.eu/esco/(skill|occupation)/")


class Standing(msgspec.Struct, frozen=True):
    """The newest edition that has a URI, None if none has; `withdrawn`: it is no longer in force."""

    edition: str | None
    withdrawn: bool


class Entry(msgspec.Struct, frozen=True):
    """An entry of a register, as a key found it."""

    uri: str
    edition: str
    live: bool = True
    valid_from: str = ""
    valid_to: str = ""
    agency: str = ""


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """`labels(kind, language)`: None where nothing was imported. `standings`: by kind and URI; a kind without editions
    is absent. `entries`: by register and key. `reports`: by the institution's URI."""

    labels: Callable[[str, str], Labels | None]
    standings: Mapping[str, Mapping[str, Standing]]
    entries: Mapping[str, Mapping[str, tuple[Entry, ...]]]
    reports: Mapping[str, Entry]


def kind_of(uri: str) -> str | None:
    """The vocabulary that a URI belongs to."""
    found = _ESCO.match(uri)
    return None if found is None else SKILLS if found[1] == "skill" else OCCUPATIONS


def asks_of(offer: Offer) -> str:
    """The kinds whose editions bear on an offer: others may come and go, and it stays as it is."""
    asked = set()
    if offer.title or offer.learning_outcomes or offer.skills:
        asked.add(SKILLS)
    if offer.occupations or any(kind_of(uri) == OCCUPATIONS for _, uri in declared_uris(offer)):
        asked.add(OCCUPATIONS)
    if any(body_keys(body, offer.country) for body in bodies_of(offer)):
        asked.update((*REGISTERS, REPORTS))
    if any(agency_keys(one) for one in offer.quality_assurance):
        asked.add(AGENCIES)
    return " ".join(sorted(asked))


def declared_uris(offer: Offer) -> Iterator[tuple[str, str]]:
    """(kind, URI) of all links to ESCO that a source gives."""
    outcomes: list[Concept] = [skill for outcome in offer.learning_outcomes for skill in outcome.skills]
    for concept in (*offer.skills, *offer.occupations, *outcomes):
        kind = kind_of(concept.uri) if concept.uri else None
        if concept.uri and kind:
            yield kind, concept.uri


def bodies_of(offer: Offer) -> list[Organisation]:
    """Provider and awarding bodies."""
    return [body for body in (offer.provider, *offer.awarding_body) if body is not None]


def body_keys(body: Organisation, country: str | None) -> dict[str, tuple[str, ...]]:
    """By what an organisation may be found, the surest first: `id`, `domain`, `name`; only what it says."""
    ids = [key for one in body.identifiers for key in id_keys(one.scheme, one.value)]
    names = [key for name in body.name.values() for key in name_key(body.country or country or "", name)]
    found = {"id": ids, "domain": domain_keys(body.homepage or ""), "name": names}
    return {basis: tuple(dict.fromkeys(keys)) for basis, keys in found.items() if keys}


def agency_keys(assurance: QualityAssurance) -> tuple[str, ...]:
    """By what the agency that assures quality may be found."""
    return acronym_key(assurance.agent.values())
