"""The six sub-scores of an offer, 0 to 100, with the codes of the facts that do not hold; and their weighted mean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import msgspec

from microharvest.model.offer import decode_offer
from microharvest.quality.facts import FACTS, Given
from microharvest.settings import QualitySettings

__all__ = ["Scores", "SubScore", "mean_of", "score", "score_entry"]


class SubScore(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`value`: the weight of the facts that hold in that of those that apply, in percent; None where none applies.
    `lacks`: codes of `FACTS` that apply and do not hold, most telling first."""

    value: int | None
    lacks: tuple[str, ...] = ()


class Scores(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`overall` is the mean of the sub-scores by the weights of `quality.toml`; those without a value are left out."""

    overall: int | None
    completeness: SubScore
    informativeness: SubScore
    comparability: SubScore
    assurance: SubScore
    freshness: SubScore
    inclusion: SubScore


class _Member(msgspec.Struct, frozen=True):
    source: str
    authority: str


class _Entry(msgspec.Struct, frozen=True):
    members: tuple[_Member, ...] = ()


_entries = msgspec.json.Decoder(_Entry)


def score(given: Given, weights: QualitySettings) -> Scores:
    """All sub-scores of an offer."""
    parts = {name: _sub_score(name, given) for name in FACTS}
    return Scores(overall=mean_of({name: part.value for name, part in parts.items()}, weights), **parts)


def score_entry(doc: bytes, day: date, weights: QualitySettings) -> Scores:
    """The scores of an entry as the catalogue stores it; `day`: that of its release, so that they do not drift."""
    told = _entries.decode(doc)
    authorities = {one.source: one.authority for one in told.members}
    return score(Given(offer=decode_offer(doc), authorities=tuple(authorities.values()), on=day), weights)


def mean_of(values: Mapping[str, float | None], weights: QualitySettings) -> int | None:
    """The weighted mean of the sub-scores that have a value; None where none has, or all of those weigh nothing."""
    known = [(value, getattr(weights, name)) for name, value in values.items() if value is not None]
    total = sum(weight for _, weight in known)
    return round(sum(value * weight for value, weight in known) / total) if total else None


def _sub_score(name: str, given: Given) -> SubScore:
    answers = [(fact, fact.holds(given)) for fact in FACTS[name]]
    applying = sum(fact.weight for fact, holds in answers if holds is not None)
    if not applying:
        return SubScore(value=None)
    held = sum(fact.weight for fact, holds in answers if holds)
    return SubScore(
        value=round(100 * held / applying), lacks=tuple(fact.code for fact, holds in answers if holds is False)
    )
