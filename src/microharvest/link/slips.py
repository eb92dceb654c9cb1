"""Slips of the pen: two spellings of one word, and what two lists of words do not share but for slips. Pure."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from rapidfuzz.distance import Levenshtein

__all__ = ["is_slip", "left_over"]

_OPPOSITES = (
    *(
        ("micro", "macro"),
        ("mikro", "makro"),
        ("inter", "intra"),
        ("hyper", "hypo"),
        ("pre", "post"),
        ("over", "under"),
    ),
    *(("un", ""), ("non", ""), ("in", ""), ("ex", "im"), ("in", "out"), ("de", "in")),
)
"""Beginnings of words that turn the meaning round: such a pair is no slip of the pen."""


def left_over(mine: AbstractSet[str], theirs: AbstractSet[str]) -> tuple[list[str], list[str]]:
    """The words without a counterpart, slips of the pen allowed."""
    rest, others = sorted(mine - theirs), sorted(theirs - mine)
    pairs = sorted(
        (-Levenshtein.normalized_similarity(word, other), word, other)
        for word in rest
        for other in others
        if is_slip(word, other)
    )
    for _, word, other in pairs:
        if word in rest and other in others:
            rest.remove(word)
            others.remove(other)
    return rest, others


def is_slip(one: str, other: str) -> bool:
    """Two spellings of one word in letters a to z: close, without digits, and not each other's opposite."""
    allowed = 1 if max(len(one), len(other)) < 8 else 2
    if abs(len(one) - len(other)) > allowed or Levenshtein.distance(one, other, score_cutoff=allowed) > allowed:
        return False
    if min(len(one), len(other)) < 3 or not (one + other).isascii():
        return False
    return not any(letter.isdigit() for letter in one + other) and not _opposite(one, other)


def _opposite(one: str, other: str) -> bool:
    return any(
        word.startswith(left) and against.startswith(right) and word[len(left) :] == against[len(right) :]
        for left, right in _OPPOSITES
        for word, against in ((one, other), (other, one))
    )
