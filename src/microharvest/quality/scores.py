"""The six sub-scores of an offer, 0 to 100, with the codes of the facts that do not hold; and their weighted mean."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from microharvest.model.offer import without_defaults
from microharvest.quality.facts import FACTS, Fact, Given
from microharvest.settings import QualitySettings

__all__ = ["ADVICE", "Scores", "SubScore", "judge", "mean_of", "score"]

ADVICE: dict[str, str] = {fact.code: fact.raise_it for facts in FACTS.values() for fact in facts}
"""What would raise a score, by the code of what is lacking."""


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


def score(given: Given, weights: QualitySettings) -> Scores:
    """All sub-scores of an offer."""
    return judge(given, weights)[0]


def judge(given: Given, weights: QualitySettings) -> tuple[Scores, dict[str, float]]:
    """All sub-scores of an offer, and the points of the overall score that each lacking fact costs it."""
    given = msgspec.structs.replace(given, offer=without_defaults(given.offer))
    parts, lacking = {}, {}
    for name in FACTS:
        parts[name], lacking[name] = _sub_score(name, given)
    shares = {name: getattr(weights, name) for name, part in parts.items() if part.value is not None}
    total = sum(shares.values()) or 1.0
    costs = {
        code: points * shares[name] / total
        for name, codes in lacking.items()
        for code, points in codes.items()
        if shares[name]
    }
    return Scores(overall=mean_of({name: part.value for name, part in parts.items()}, weights), **parts), costs


def mean_of(values: Mapping[str, float | None], weights: QualitySettings) -> int | None:
    """The weighted mean of the sub-scores that have a value; None where none has, or all of those weigh nothing."""
    known = [(value, getattr(weights, name)) for name, value in values.items() if value is not None]
    total = sum(weight for _, weight in known)
    return round(sum(value * weight for value, weight in known) / total) if total else None


def _sub_score(name: str, given: Given) -> tuple[SubScore, dict[str, float]]:
    """The sub-score, and the points of it that each lacking fact costs."""
    applying, missing = 0, list[Fact]()
    for fact in FACTS[name]:
        holds = fact.holds(given)
        if holds is not None:
            applying += fact.weight
            if not holds:
                missing.append(fact)
    if not applying:
        return SubScore(value=None), {}
    costs = {fact.code: 100 * fact.weight / applying for fact in missing}
    held = applying - sum(fact.weight for fact in missing)
    return SubScore(value=round(100 * held / applying), lacks=tuple(costs)), costs
