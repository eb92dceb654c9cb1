"""How two values of one feature stand to each other: named buckets, which a scorecard weighs. Pure.

What must stay true: every comparison gives the same bucket both ways round, and says nothing of a value that is
absent on either side.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from rapidfuzz import fuzz

from microharvest.link.features import Spelling
from microharvest.link.slips import left_over

__all__ = ["COMPARERS", "TITLE_BUCKETS", "compare_titles"]

TITLE_BUCKETS = (
    *("absent", "unsure", "unsure_some", "foreign", "foreign_some", "low", "some", "swapped", "extra_far"),
    *("swapped_near", "extra", "foreign_near", "cut", "typo", "reworded", "reordered", "tagged", "extra_here", "equal"),
)
"""What says most last: of several titles the nearest pair counts, and two titles of one language tell more than two of
different ones. `foreign*`: the languages are known to differ; `unsure*`: one is not known, and the words are others.
`reworded`: "Basics of X" and "X for beginners". `tagged`: "X" and "X (online)"; `extra_here`: one source says both, or
"X" and "X for nurses", and knows why, whatever others say. `cut`: the end of one is lost, and what stood there may have
been all that tells it from a sibling."""

_CODE = re.compile(r"[a-z]{2,5}\d{3,5}[a-z]?")
_NEAR, _FAR, _LOW = 80.0, 55.0, 35.0


def compare_titles(one: Spelling, other: Spelling, alike: float) -> str:
    """The bucket of two titles; `alike`: their token_sort_ratio, 0 to 100. One without a word ("...", a picture) tells
    nothing, not even beside its like."""
    if not one.words or not other.words:
        return "unsure"
    if one.cut == other.cut and len(one.words) == len(other.words) and sorted(one.words) == sorted(other.words):
        if one.frame != other.frame or one.words != other.words:
            return "reworded" if one.frame != other.frame else "reordered"
        return "equal" if one.tags == other.tags else "tagged"
    mine, theirs = one.language.rstrip("?"), other.language.rstrip("?")
    known, foreign = bool(mine and theirs), bool(mine and theirs and mine != theirs)
    if (one.cut or other.cut) and _one_begins_the_other(one, other):
        return "cut"
    if foreign or (alike < _FAR and not known):
        if alike >= _NEAR:
            return "foreign_near"
        some = alike >= _FAR or _cognates(one, other)
        return ("foreign_some" if some else "foreign") if foreign else "unsure_some" if some else "unsure"
    if alike < _LOW:
        return "low"
    if alike < _FAR and not set(one.words) & set(other.words):
        return "some"
    if set(one.words) == set(other.words):
        return "extra"  # "history of art and archaeology, archaeology" names the strand that the other does not
    rest, others = left_over(*_without_codes(set(one.words), set(other.words)))
    if (not rest and not others) or "".join(one.words) == "".join(other.words):
        return "typo"
    if not rest or not others:
        longer = sum(len(word) for word in (other.words if others else one.words))
        return "extra" if sum(len(word) for word in rest or others) * 2 <= longer else "extra_far"
    return "swapped_near" if alike >= _NEAR else "swapped" if alike >= _FAR else "some"


def _without_codes(mine: set[str], theirs: set[str]) -> tuple[set[str], set[str]]:
    """Where one title names a course by its code ("BIO1204 Genetics") and the other by none, the code is no word."""
    coded = {word for word in mine ^ theirs if _CODE.fullmatch(word)}
    if mine.isdisjoint(coded) or theirs.isdisjoint(coded):
        mine, theirs = (mine - coded or mine), (theirs - coded or theirs)
    return mine, theirs


def _cognates(one: Spelling, other: Spelling) -> bool:
    """Is there a word in both, or one that begins alike in both languages (energy, energie)?"""
    return not {word[:4] for word in one.words if len(word) >= 4}.isdisjoint(word[:4] for word in other.words)


def _one_begins_the_other(one: Spelling, other: Spelling) -> bool:
    """The cut title is, up to slips, the beginning of the other."""
    for short, long in ((one, other), (other, one)):
        said = " ".join(short.words)
        whole = " ".join(long.words)
        if short.cut and len(said) >= 8 and fuzz.ratio(said, whole[: len(said)]) >= 90:
            return True
    return False


def _sets(one: Sequence[Any], other: Sequence[Any]) -> str:
    return "same" if set(one) & set(other) else "differ"


def _ordinals(one: Sequence[str], other: Sequence[str]) -> str:
    """Kinds both name must agree in one number; where they name different kinds, the numbers alone count."""
    mine, theirs = _by_kind(one), _by_kind(other)
    common = mine.keys() & theirs.keys()
    if not common:
        every, others = set().union(*mine.values()), set().union(*theirs.values())
        return "same" if every & others else "conflict"
    if any(mine[kind].isdisjoint(theirs[kind]) for kind in common):
        return "conflict"
    return "same" if mine.keys() == theirs.keys() else "one_sided"


def _by_kind(marks: Sequence[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for mark in marks:
        kind, _, number = mark.partition(" ")
        found.setdefault(kind, set()).add(number)
    return found


def _marks(one: Sequence[str], other: Sequence[str]) -> str:
    """ "Advanced Docker for beginners" says more than "Docker for beginners", and not the same."""
    return "conflict" if set(one).isdisjoint(other) else "one_sided"


def _codes(one: Sequence[str], other: Sequence[str]) -> str:
    """Codes of another make (456284, HLT234) are two registers' own and say nothing."""
    if set(one) & set(other):
        return "same"
    return "differ" if {_make(code) for code in one} & {_make(code) for code in other} else "absent"


@lru_cache(maxsize=65536)
def _make(code: str) -> str:
    return re.sub(r"\d+", "9", re.sub(r"[^\W\d_]", "a", code))


def _urls(one: Sequence[str], other: Sequence[str]) -> str:
    """Two pages of one site are two offers rather than one; pages of two sites say nothing."""
    if set(one) & set(other):
        return "same"
    sites = {url.partition("/")[0] for url in one} & {url.partition("/")[0] for url in other}
    return "differ" if sites else "absent"


def _hours(one: int, other: int) -> str:
    """Equal, or within 8 %: feeds round hours to what a credit is."""
    return "same" if one == other else "near" if abs(one - other) <= 0.08 * max(one, other) else "differ"


def _sizes(one: tuple[Sequence[int], int], other: tuple[Sequence[int], int]) -> str:
    """Credits of one side against hours of the other: a credit is 25 to 30 hours, and 20 to 32 as feeds round."""
    (mine, spent), (theirs, taken) = one, other
    if bool(mine) == bool(theirs):
        return "absent"
    hours = spent or taken
    return "same" if any(2 * points <= hours <= 3.2 * points for points in mine or theirs) else "differ"


def _skills(one: Sequence[str], other: Sequence[str]) -> str:
    """The share of skills both name."""
    mine, theirs = set(one), set(other)
    share = len(mine & theirs) / len(mine | theirs)
    return "most" if share >= 0.6 else "many" if share >= 0.35 else "some" if share >= 0.15 else "few"


COMPARERS: dict[str, Callable[[Any, Any], str]] = {
    "ordinal": _ordinals,
    "year": _marks,
    "grade": _marks,
    "stage": _marks,
    "bundle": _marks,
    "tech": _marks,
    "hours": _hours,
    "size": _sizes,
    "skills": _skills,
    "ects": _sets,
    "eqf": _sets,
    "isced": _sets,
    "language": _sets,
    "start": _sets,
    "price": _sets,
    "country": _sets,
    "code": _codes,
    "url": _urls,
    "id": _sets,
}
"""Feature -> comparison of two values that are both there."""
