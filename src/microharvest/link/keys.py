"""Keys under which records are compared at all, and the guards that silence a key. Pure.

A key is a reason to look at a pair, never a merge by itself. What must stay true: a record's keys depend on its
features and its organisation alone; whether a key speaks depends on the records that carry it now, so a key may fall
silent and speak again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from rapidfuzz import fuzz

from microharvest.link.comparing import compare_titles
from microharvest.link.features import Features, Spelling

__all__ = [
    "BLOCK_CAP",
    "GUARDED",
    "GUARDS",
    "MAX_TITLES",
    "Key",
    "guard_of",
    "is_number",
    "key_hash",
    "keys_of",
    "told",
]

Key = tuple[str, str]
"""(kind, value). Kinds: id, url, number, code, title, start, size, field, skill, word, words."""

BLOCK_CAP = 60
"""A key that more records carry is silent: comparing is quadratic in it, and it names a page or a habit, no offer."""
MAX_TITLES = 4
"""Clearly different titles one page may have over all sources: one offer told in four languages still passes."""
GUARDED = ("id", "url", "number", "code")
"""Kinds that claim identity by themselves, and so must not stand on general pages or for a family of offers."""
GUARDS = {
    "several_records": "One source gives the number to several offers.",
    "crowded": "More records carry the key than one offer can have.",
    "several_titles": "One source gives the key to offers with different titles.",
    "several_codes": "One source gives the key to offers with different codes.",
    "several_numbers": "The key is shared by offers with different levels, parts, modules or years.",
    "several_sizes": "One source gives the key to offers of different credits.",
    "many_titles": "The key is shared by offers with too many different titles.",
    "provider_page": "The address is the provider's own homepage.",
    "two_providers": "Two different providers claim the identifier.",
}
_LONG = 5
"""Characters of a code that a register may have given out; a school's own ("101") are shorter."""
_WORDS = 5
"""Longest words of a title that are keys each together with the provider: long words are rare ones."""


def keys_of(features: Features, organisation: int) -> list[Key]:
    """Every key of a record, sorted. `organisation`: 0 where no provider is named."""
    keys: set[Key] = {("id", known) for known in features.ids}
    keys.update(("url", url) for url in features.urls)
    keys.update(("number", code) for code in features.codes if is_number(code))
    for title in features.titles:
        words = sorted(set(title.words))
        keys.update([("title", " ".join(words))] if words else [])
        rare = sorted(words, key=lambda word: (-len(word), word))[:_WORDS]
        if len(rare) > 1:
            keys.add(("words", f"{features.country}|{' '.join(rare[:3])}"))
            keys.add(("words", f"{organisation or features.country}|{' '.join(rare[:2])}"))
        if organisation:
            keys.update(("word", f"{organisation}|{word[:5]}") for word in rare)
    if organisation:
        keys.update(("code", f"{organisation}|{code}") for code in features.codes)
        keys.update(("start", f"{organisation}|{start}") for start in features.starts)
        keys.update(("field", f"{organisation}|{code}|{features.eqf}") for code in features.isced)
        keys.update(("skill", f"{organisation}|{skill}") for skill in features.skills)
        if features.ects or features.hours:
            keys.add(("size", f"{organisation}|{features.ects or features.hours}|{features.prices}"))
    return sorted(keys)


def is_number(code: str) -> bool:
    """Is a code long enough to name an offer whoever provides it?"""
    return len(code) >= _LONG and any(map(str.isdigit, code))


def told(key: Key) -> Key | None:
    """A key as a person reads it; None for those that only bring records together (words, sizes, starts)."""
    kind, value = key
    if kind == "code":
        return kind, value.partition("|")[2]
    return key if kind in {*GUARDED, "title"} else None


def key_hash(key: Key) -> int:
    """A signed 64-bit number."""
    return int.from_bytes(hashlib.blake2b("\x1f".join(key).encode(), digest_size=8).digest(), "big", signed=True)


def guard_of(key: Key, block: Sequence[tuple[str, int, Features]]) -> str | None:
    """Why a key joins nobody (a code of GUARDS), or None. `block`: (source, organisation, features) of all carriers."""
    if len(block) > BLOCK_CAP:
        return "crowded"
    kind, value = key
    if kind not in GUARDED or len(block) < 2:
        return None
    if kind == "url" and any(features.home == value for _, _, features in block):
        return "provider_page"
    by_source: dict[str, list[Features]] = {}
    for source, _, features in block:
        by_source.setdefault(source, []).append(features)
    if kind == "number" and len(by_source) < len(block):
        return "several_records"
    if any(_apart([features.codes for features in own]) > 1 for own in by_source.values()):
        return "several_codes"
    records = [features for _, _, features in block]
    if _numbers(records) or any(_apart([each.marked(mark) for each in records]) > 1 for mark in ("year", "stage")):
        return "several_numbers"
    if any(_different_titles(own) > 1 for own in by_source.values()):
        return "several_titles"
    if kind != "id" and any(_apart([features.ects for features in own]) > 1 for own in by_source.values()):
        return "several_sizes"
    if _different_titles(records) > MAX_TITLES:
        return "many_titles"
    if kind != "url" and len({organisation for _, organisation, _ in block if organisation}) > 1:
        return "two_providers"
    return None


def _numbers(records: Sequence[Features]) -> bool:
    """Do they name different levels, different parts...?"""
    kinds: dict[str, set[str]] = {}
    for features in records:
        for mark in features.marked("ordinal"):
            kind, _, number = mark.partition(" ")
            kinds.setdefault(kind, set()).add(number)
    return any(len(numbers) > 1 for numbers in kinds.values())


def _apart(sets: Sequence[Sequence[str] | Sequence[int]]) -> int:
    """Into how many groups sets fall that share a member, directly or through others; empty ones do not count."""
    groups: list[set[str | int]] = []
    for each in sets:
        if each:
            near = [group for group in groups if not group.isdisjoint(each)]
            groups = [group for group in groups if group.isdisjoint(each)]
            groups.append(set().union(each, *near))
    return len(groups)


def _different_titles(records: Sequence[Features]) -> int:
    """Into how many groups titles fall that are clearly not each other's: those of which two of one language differ by
    a word put in another's place. A title in another language is nobody's, and brings no two together."""
    groups: list[list[Features]] = []
    pairs: list[tuple[Features, Features]] = []
    for features in records:
        near = []
        for group in groups:
            said = [_akin(features, member) for member in group]
            pairs += [(features, member) for member, akin in zip(group, said, strict=True) if akin is False]
            near += [group] if True in said else []
        groups = [group for group in groups if group not in near]
        groups.append([features, *(member for group in near for member in group)])
    place = {id(features): number for number, group in enumerate(groups) for features in group}
    ends = [(place[id(one)], place[id(other)]) for one, other in pairs]
    return len({end for one, other in ends if one != other for end in (one, other)})


def _akin(one: Features, other: Features) -> bool | None:
    """None where the titles cannot tell: there is none, or they are in other languages."""
    said = {_like(mine, theirs) for mine in one.titles for theirs in other.titles}
    return True if True in said else False if False in said else None


def _like(one: Spelling, other: Spelling) -> bool | None:
    alike = fuzz.token_sort_ratio(" ".join(one.words), " ".join(other.words))
    bucket = compare_titles(one, other, alike)
    if bucket in {"foreign", "foreign_some", "unsure", "unsure_some"}:
        return None
    return bucket not in {"swapped_near", "swapped", "some", "low"}
