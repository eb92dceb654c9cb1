"""What is asked of an offer, by sub-score: each fact holds, does not hold, or does not apply (None).

Source of the list: the trust points of the Council Recommendation 2022/C 243/02 and of Cedefop's studies of
microcredentials, as far as an offer's own data can answer them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta

import msgspec

from microharvest.model.coded import assured, registered
from microharvest.model.offer import Offer
from microharvest.model.values import Concept, Sector
from microharvest.quality.annex import ELEMENTS
from microharvest.quality.assurance import standing_of
from microharvest.quality.repetition import repeats

__all__ = ["FACTS", "Fact", "Given"]

ENOUGH_TEXT = 80
"""Characters that say something. Four in five published qualifications have no text at all (TUM's count, 2024)."""
HOURS_PER_ECTS = (20, 40)
"""25 to 30 by the ECTS Users' Guide; outside of this band one of the two numbers is wrong."""
_REGISTERS = re.compile(
    r"\bror\b|\beter\b|deqar|\bpic\b|schac|erasmus|\bvat\b|ukprn|siret|siren|\buai\b|\bbrin\b|isni|wikidata|\bgrid\b"
    r"|orgnr|business.?id|national.?id|registration",
    re.IGNORECASE,
)
"""Registers of organisations, by what schemes and URIs of them say; an address of a provider's own is none."""
_NO_LANGUAGE = frozenset({"mul", "und"})
YEAR = timedelta(days=365)
SURE = 0.6
"""Confidence from which a derived sector counts as coded; a word of the title alone never has it."""


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """An offer, the authority of each source that tells it (`sources.Authority`), the day it is judged on, and the
    economic sectors it was found to belong to. `soon_days`: what ends before ends soon; `unseen`: for how many days too
    many no complete run has shown it (None: nobody can say). What holds is asked of it without its defaults."""

    offer: Offer
    authorities: tuple[str, ...] = ()
    on: date
    sectors: tuple[Sector, ...] = ()
    soon_days: int = 90
    unseen: int | None = None


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """`raise_it`: what would make it hold, as advice to whoever publishes the feed."""

    code: str
    weight: int
    holds: Callable[[Given], bool | None]
    raise_it: str


def _said(offer: Offer, *fields: str) -> bool:
    return any(getattr(offer, name) for name in fields)


def _coded(concepts: Sequence[Concept]) -> bool | None:
    """Whether all have a URI; None where there are none."""
    return all(one.uri for one in concepts) if concepts else None


def _outcome_says_more(given: Given) -> bool | None:
    outcomes = given.offer.learning_outcomes
    return None if not outcomes else not all(repeats(one.title, given.offer.title) for one in outcomes)


def _outcomes_enough(given: Given) -> bool | None:
    outcomes = given.offer.learning_outcomes
    if not outcomes:
        return None
    return len(outcomes) >= 2 or max(len(text) for one in outcomes for text in one.title.values()) >= ENOUGH_TEXT


def _description_says_more(given: Given) -> bool:
    return bool(given.offer.description) and not repeats(given.offer.description, given.offer.title)


def _description_enough(given: Given) -> bool:
    return max(map(len, given.offer.description.values()), default=0) >= ENOUGH_TEXT


def _languages(given: Given) -> set[str]:
    """Of the offer, and those in which a start of it is held."""
    return {*given.offer.languages, *(tag for one in given.offer.instances for tag in one.languages)}


def _language_said(given: Given) -> bool:
    return not _languages(given) <= _NO_LANGUAGE


def _language_is_one(given: Given) -> bool | None:
    languages = _languages(given)
    return None if not languages else _NO_LANGUAGE.isdisjoint(languages)


def _start_is_no_guess(given: Given) -> bool | None:
    """1 January and 1 August are what exporters write who do not know (seen in a national exporter's source)."""
    starts = [one.start_date for one in given.offer.instances if one.start_date]
    return None if not starts else not all(start[5:10] in {"01-01", "08-01"} for start in starts)


def _workload_coded(given: Given) -> bool:
    """National credits alone do not compare, and what was computed from them was not said."""
    hours = given.offer.workload_hours is not None and given.offer.basis.get("workload_hours") != "derived"
    return hours or any(one.framework in {"ECTS", "ECVET"} and not one.derived for one in given.offer.credits)


def _ratio_is_sane(given: Given) -> bool | None:
    ects = [one.points for one in given.offer.credits if one.framework == "ECTS" and not one.derived]
    worked = given.offer.workload_hours
    if len(ects) != 1 or worked is None or given.offer.basis.get("workload_hours") == "derived":
        return None
    low, high = HOURS_PER_ECTS
    return low <= worked / ects[0] <= high


def _skills(given: Given) -> bool:
    outcomes = [skill for one in given.offer.learning_outcomes for skill in one.skills]
    return any(one.coded for one in (*given.offer.skills, *outcomes))


def _assured_today(given: Given) -> bool | None:
    state = standing_of(given.offer.quality_assurance, given.on, given.soon_days).state
    known = assured(given.offer, given.on)
    return known if state in {"none", "undated"} else known is True or state in {"in_force", "ends_soon"}


def _assured_longer(given: Given) -> bool | None:
    state, until = standing_of(given.offer.quality_assurance, given.on, given.soon_days)
    return None if until is None or state == "later" else state == "in_force"


def _assurance_resolvable(given: Given) -> bool | None:
    claims = given.offer.quality_assurance
    return any(one.agent or one.report for one in claims) if claims else None


def _provider_identified(given: Given) -> bool:
    bodies = [body for body in (given.offer.provider, *given.offer.awarding_body) if body]
    said = (f"{one.scheme} {one.value}" for body in bodies for one in body.identifiers)
    return registered(given.offer) or any(_REGISTERS.search(one) for one in said)


def _not_stale(given: Given) -> bool | None:
    """It costs and never earns: that we harvest a feed says nothing of what stands in it."""
    return False if given.unseen is not None and given.unseen > 0 else None


def _changed_lately(given: Given) -> bool | None:
    modified = given.offer.modified
    return None if modified is None else modified[:10] >= (given.on - YEAR).isoformat()


def _start_ahead(given: Given) -> bool | None:
    moments = [
        moment
        for one in given.offer.instances
        for moment in (one.application_deadline or one.start_date or one.end_date, one.end_date)
        if moment
    ]
    return None if not moments else any(moment >= given.on.isoformat()[: len(moment)] for moment in moments)


def _price_stated(given: Given) -> bool:
    return _said(given.offer, "prices", "grants") or any(one.prices for one in given.offer.instances)


def _mode_stated(given: Given) -> bool:
    return _said(given.offer, "modes") or any(one.modes for one in given.offer.instances)


FACTS: dict[str, tuple[Fact, ...]] = {
    "completeness": tuple(
        Fact(
            code=f"annex1.{element.code}",
            weight=2 if element.mandatory else 1,
            holds=lambda given, filled=element.filled: filled(given.offer),  # type: ignore[misc]
            raise_it=f"State it: {element.name} is {'mandatory' if element.mandatory else 'optional'} in Annex I.",
        )
        for element in ELEMENTS
    ),
    "informativeness": (
        Fact(code="text.outcome_repeats", weight=2, holds=_outcome_says_more,
             raise_it="Say what a learner can do afterwards: an outcome that repeats the title says nothing."),
        Fact(code="text.outcomes_short", weight=1, holds=_outcomes_enough,
             raise_it="Two outcomes or more, or one of at least 80 characters."),
        Fact(code="text.description_repeats", weight=1, holds=_description_says_more,
             raise_it="Add a description that is more than the title."),
        Fact(code="text.description_short", weight=1, holds=_description_enough,
             raise_it="A description of at least 80 characters."),
        Fact(code="text.language_mul", weight=1, holds=_language_is_one,
             raise_it='Name the languages of instruction: "multiple" is none.'),
        Fact(code="text.start_guessed", weight=1, holds=_start_is_no_guess,
             raise_it="Give the real start: 1 January and 1 August read as placeholders."),
    ),
    "comparability": (
        Fact(code="coded.level", weight=2, raise_it="State the EQF level.",
             holds=lambda given: given.offer.eqf_level is not None),
        Fact(code="coded.workload", weight=2, raise_it="State ECTS, or the workload in hours.",
             holds=_workload_coded),
        Fact(code="coded.subject", weight=2, raise_it="State the field of study with at least three digits of ISCED-F.",
             holds=lambda given: any(len(one.code) >= 3 for one in given.offer.isced_f)),
        Fact(code="coded.language", weight=1, raise_it="State the language of instruction.", holds=_language_said),
        Fact(code="coded.skills", weight=2, raise_it="Link the outcomes to skills of ESCO.", holds=_skills),
        Fact(code="coded.sector", weight=1, holds=lambda given: any(one.confidence >= SURE for one in given.sectors),
             raise_it="State the sector in NACE Rev. 2.1, or the occupations in ESCO: words of a title prove little."),
        Fact(code="coded.ratio", weight=1, raise_it="Check credits and hours: one ECTS is 25 to 30 hours.",
             holds=_ratio_is_sane),
        Fact(code="coded.mode", weight=1, raise_it="Use the Europass list of modes of learning.",
             holds=lambda given: _coded([*given.offer.modes, *(m for i in given.offer.instances for m in i.modes)])),
        Fact(code="coded.assessment", weight=1, raise_it="Use the Europass list of assessment types.",
             holds=lambda given: _coded(given.offer.assessment)),
        Fact(code="coded.type", weight=1, raise_it="Use the Europass list of types of learning opportunity.",
             holds=lambda given: _coded([given.offer.credential_type] if given.offer.credential_type else [])),
    ),
    "assurance": (
        Fact(code="trust.quality_assurance", weight=2, raise_it="State how quality is assured, and by whom.",
             holds=lambda given: _said(given.offer, "quality_assurance")),
        Fact(code="trust.in_force", weight=1, raise_it="Renew the accreditation, or its dates.", holds=_assured_today),
        Fact(code="trust.resolvable", weight=1, holds=_assurance_resolvable,
             raise_it="Name who assures the quality, or link the decision, so that the claim can be followed up."),
        Fact(code="trust.nqf", weight=1, raise_it="State the level in the national qualifications framework.",
             holds=lambda given: any(one.uri for one in given.offer.nqf_level)),
        Fact(code="trust.identified", weight=1, holds=_provider_identified,
             raise_it="Identify the provider by a register: ROR, ETER, DEQAR, PIC, a VAT or national number."),
        Fact(code="trust.authority", weight=1, raise_it="The provider or the national register should tell it, too.",
             holds=lambda given: any(one != "aggregator" for one in given.authorities)),
        Fact(code="trust.corroborated", weight=1, raise_it="A second, independent feed should tell it.",
             holds=lambda given: len(given.authorities) > 1),
    ),
    "freshness": (
        Fact(code="time.seen", weight=2, holds=_not_stale,
             raise_it="Harvest its source again: no complete run has shown it for longer than `seen_days`."),
        Fact(code="time.modified", weight=1, raise_it="Look at it once a year, and state when.", holds=_changed_lately),
        Fact(code="time.ahead", weight=2, raise_it="Give the next start, or withdraw the offer.", holds=_start_ahead),
        Fact(code="time.accreditation", weight=1, holds=_assured_longer,
             raise_it="Renew the accreditation: it has ended, or ends within `expiry_days`."),
    ),
    "inclusion": (
        Fact(code="access.price", weight=2, raise_it="State the price, or that it is free, or who pays.",
             holds=_price_stated),
        Fact(code="access.requirement", weight=1, raise_it="State what is required to begin, or that nothing is.",
             holds=lambda given: _said(given.offer, "entry_requirement")),
        Fact(code="access.mode", weight=1, raise_it="State whether it is online or where it takes place.",
             holds=_mode_stated),
        Fact(code="access.language", weight=1, raise_it="State the language of instruction.", holds=_language_said),
        Fact(code="access.target_group", weight=1, raise_it="State for whom it is meant.",
             holds=lambda given: _said(given.offer, "target_group")),
        Fact(code="access.accessibility", weight=1, raise_it="State how it is accessible to people with disabilities.",
             holds=lambda given: _said(given.offer, "accessibility")),
    ),
}  # fmt: skip
"""The facts of each sub-score, most telling ones first."""
