"""What two records are to each other when they are not one offer: the way from siblings to stackability. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from microharvest.link.features import Features

__all__ = ["ALIKE", "RELATIONS", "TELLING", "direction", "relation_of"]

TELLING = ("provider", "title", "ordinal", "year", "grade", "stage", "tech", "bundle")
"""The features whose buckets decide."""

RELATIONS = {
    "progression": "The other one follows: the next level, or the advanced course after the introduction.",
    "part": "Both are parts or modules of one whole; the other one comes later.",
    "newer_edition": "The other one is a newer edition.",
    "bundle": "The other one is the programme or certificate that goes by the same name.",
    "elsewhere": "The same course at another provider.",
}
_GRADE_ORDER = ("intro", "middle", "advanced")
_STEPS = frozenset({"level", "cefr", "number"})
ALIKE = frozenset({"equal", "tagged", "reordered", "reworded", "typo", "cut"})
"""Buckets of titles that go by one name."""


def relation_of(one: Features, other: Features, buckets: Mapping[str, str]) -> str | None:
    """A code of RELATIONS and whether `other` follows (`>`), precedes (`<`) or neither (`=`); None if no relation.

    `buckets`: {feature: bucket} of the pair, at least of those in TELLING.
    """
    if buckets["provider"] not in {"same", "absent", "unnamed"}:
        apart = any(buckets[kind] == "conflict" for kind in ("ordinal", "year", "grade", "stage", "tech"))
        return "elsewhere=" if buckets["title"] in ALIKE and not apart else None
    if buckets["ordinal"] == "conflict":
        mine, theirs = _numbered(one), _numbered(other)
        kinds = mine.keys() & theirs.keys() or mine.keys() | theirs.keys()
        left, right = (
            min((number for kind, number in said.items() if kind in kinds), default="") for said in (mine, theirs)
        )
        return f"{'progression' if kinds & _STEPS else 'part'}{_order(left, right)}"
    if buckets["year"] == "conflict":
        return f"newer_edition{_order(max(one.marked('year')), max(other.marked('year')))}"
    if buckets["grade"] == "conflict":
        grades = [_GRADE_ORDER.index(max(said.marked("grade"), key=_GRADE_ORDER.index)) for said in (one, other)]
        return f"progression{_order(str(grades[0]), str(grades[1]))}"
    if buckets["bundle"] == "one_sided" and buckets["title"] in ALIKE:
        return "bundle>" if other.marked("bundle") else "bundle<"
    return None


def direction(relation: str, one: str, other: str) -> tuple[str, str, str]:
    """(first, second, kind) of a relation between two clusters; where neither comes first, the smaller id does."""
    kind, sign = relation[:-1], relation[-1]
    if sign == "<" or (sign == "=" and other < one):
        one, other = other, one
    return one, other, kind


def _numbered(features: Features) -> dict[str, str]:
    """{kind: number as text that sorts}, the smallest of a kind."""
    found: dict[str, str] = {}
    for mark in sorted(features.marked("ordinal"), reverse=True):
        kind, _, number = mark.partition(" ")
        found[kind] = number.rjust(4, "0")
    return found


def _order(left: str, right: str) -> str:
    return ">" if left < right else "<" if right < left else "="
