"""Scoring pairs of records: features in columns, buckets per pair, whole-number weights added up. Pure.

Weights are thousandths of a log-odds, so that sums are exact and no order of additions matters. What must stay true:
a pair's score depends on the two records' features, their organisations, silenced keys and the scorecard alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter, methodcaller
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from microharvest.link.comparing import COMPARERS, TITLE_BUCKETS, compare_titles
from microharvest.link.features import Features, Spelling
from microharvest.link.keys import is_number
from microharvest.link.scorecard import BESIDE, BUCKETS, CONFLICTS, FEATURES, FLOOR, OTHER_WORDS, Scorecard
from microharvest.link.titles import MARK_KINDS

__all__ = ["APART", "Columns", "Ints", "Organisations", "Scores", "columns_of", "relate", "score", "statements"]

Ints = NDArray[np.int64]
_VALUES: dict[str, Callable[[Features], Any]] = {
    **{kind: methodcaller("marked", kind) for kind in MARK_KINDS},
    "hours": attrgetter("hours"),
    "skills": attrgetter("skills"),
    "size": lambda one: (one.ects, one.hours) if bool(one.ects) != bool(one.hours) else (),
    "ects": attrgetter("ects"),
    "eqf": lambda one: (one.eqf,) if one.eqf else (),
    "isced": attrgetter("isced"),
    "language": attrgetter("languages"),
    "start": attrgetter("starts"),
    "price": attrgetter("prices"),
    "country": lambda one: (one.country,) if one.country else (),
    "code": attrgetter("codes"),
    "url": attrgetter("urls"),
    "id": attrgetter("ids"),
}  # fmt: skip
_PLACES = {name: {bucket: place for place, bucket in enumerate(buckets)} for name, buckets in BUCKETS.items()}
_DOUBTS = (
    *((kind, "one_sided") for kind in MARK_KINDS),
    *(("ects", "differ"), ("ects", "differ_here"), ("size", "differ")),
)
"""What speaks for siblings that share one page: its address then says less."""


_OTHER_WORDS = tuple(BUCKETS["title"].index(bucket) for bucket in OTHER_WORDS)
_TOLD_APART = (*_OTHER_WORDS, *(BUCKETS["title"].index(name) for name in ("reordered", "reworded", "typo", "tagged")))
"""Titles of one language that differ. One provider asks one price for many courses, gives many the same hours and
begins many on one day, and so do the campuses of one school: beside such titles, or another provider, agreement says
less."""

_GUESSED = tuple(BUCKETS["title"].index(bucket) for bucket in ("unsure", "unsure_some", "foreign", "foreign_some"))
"""Other words, a translation if the languages differ. Where no feed states either they are one rather than two:
equal hours and price brought 569 pairs of unlike titles of two lists of 3,700 courses near. A day in common still says
what it does."""


_UNLIKE = tuple(BUCKETS["title"].index(bucket) for bucket in ("absent", "unsure", "foreign", "low"))
"""Titles that share no word: two lists that count from one on have equal numbers too."""


APART = tuple(BUCKETS["provider"].index(bucket) for bucket in ("other", "some", "alike", "registered_apart"))
"""Both name a provider, and not the same one."""


class Organisations(msgspec.Struct, frozen=True):
    """Which organisation each record's provider is, and what tells two of them apart."""

    names: Mapping[int, str]
    """{organisation: folded name}."""
    registered: frozenset[int]
    """Those that have a register id."""


class Columns(msgspec.Struct):
    """Records in columns: per feature one small number per record (0 is absent) and what the numbers stand for."""

    sources: Ints
    titles: Ints
    title_sets: list[tuple[Spelling, ...]]
    provider: Ints
    organisations: Organisations
    values: dict[str, Ints]
    spelled: dict[str, list[Any]]
    cut: NDArray[np.bool_]
    generic: NDArray[np.bool_]
    shared: NDArray[np.bool_]
    silenced_id: NDArray[np.bool_]
    untold: NDArray[np.bool_]
    numbers: list[frozenset[str]]


class Scores(msgspec.Struct):
    """Per pair: `weight` with conflicts at the floor, `bare` without them, and the bucket of every feature."""

    weight: Ints
    bare: Ints
    buckets: dict[str, NDArray[np.int8]]


def columns_of(
    records: Sequence[Features],
    sources: Sequence[str],
    providers: Sequence[int],
    organisations: Organisations,
    silenced: Callable[[str, str], bool],
) -> Columns:
    """Put records into columns. `providers`: each record's organisation, 0 for none; `silenced(kind, value)`: a key
    that joins nobody."""
    values: dict[str, Ints] = {}
    spelled: dict[str, list[Any]] = {}
    for name, read in _VALUES.items():
        numbers: dict[Any, int] = {}
        said = map(read, records)
        values[name] = np.array([numbers.setdefault(one, len(numbers) + 1) if one else 0 for one in said], np.int64)
        spelled[name] = [None, *numbers]
    titles: dict[Any, int] = {}
    spoken = map(attrgetter("titles"), records)
    title_ids = np.array([titles.setdefault(one, len(titles) + 1) if one else 0 for one in spoken], np.int64)
    feeds: dict[str, int] = {}
    return Columns(
        sources=np.array([feeds.setdefault(source, len(feeds)) for source in sources], dtype=np.int64),
        titles=title_ids,
        title_sets=[(), *titles],
        provider=np.array(providers, dtype=np.int64),
        organisations=organisations,
        values=values,
        spelled=spelled,
        cut=np.array([any(title.cut for title in record.titles) for record in records], dtype=bool),
        generic=np.array([any(silenced("url", url) for url in record.urls) for record in records], dtype=bool),
        shared=np.array(
            [
                any(silenced("code", f"{organisation}|{code}") for code in record.codes)
                for record, organisation in zip(records, providers, strict=True)
            ],
            dtype=bool,
        ),
        silenced_id=np.array([any(silenced("id", known) for known in record.ids) for record in records], dtype=bool),
        untold=np.array(
            [all(title.language.endswith("?") for title in record.titles) for record in records], dtype=bool
        ),
        numbers=[
            frozenset(code for code in record.codes if is_number(code) and not silenced("number", code))
            for record in records
        ],
    )


def relate(columns: Columns, one: Ints, other: Ints) -> dict[str, NDArray[np.int8]]:
    """The bucket of every feature (its place in BUCKETS) for pairs of places."""
    found = {name: _simple(columns, name, one, other) for name in COMPARERS}
    same_source = columns.sources[one] == columns.sources[other]
    found["title"] = _titles(columns, one, other)
    longer = np.isin(found["title"], [_at("title", bucket) for bucket in ("extra", "extra_far", "tagged")])
    found["title"][longer & same_source] = _at("title", "extra_here")
    found["provider"] = _providers(columns, one, other)
    apart = np.isin(found["provider"], APART)
    code, url, start = found["code"], found["url"], found["start"]
    code[apart & (code == _at("code", "same"))] = _at("code", "absent")
    code[apart & (code == _at("code", "differ"))] = _at("code", "absent")
    alone = ~same_source & (found["provider"] != _at("provider", "same")) & (code == _at("code", "same"))
    code[alone] = _at("code", "doubted")
    for place in np.flatnonzero(alone & ~np.isin(found["title"], _UNLIKE)).tolist():
        if not columns.numbers[one[place]].isdisjoint(columns.numbers[other[place]]):
            code[place] = _at("code", "number")
    code[(columns.shared[one] | columns.shared[other]) & (code == _at("code", "same"))] = _at("code", "shared")
    code[same_source & (code == _at("code", "differ"))] = _at("code", "differ_here")
    generic = columns.generic[one] | columns.generic[other]
    url[generic & (url != _at("url", "absent"))] = _at("url", "generic")
    url[same_source & (url == _at("url", "differ"))] = _at("url", "differ_here")
    ects, size = found["ects"], found["size"]
    ects[same_source & (ects == _at("ects", "differ"))] = _at("ects", "differ_here")
    size[columns.values["size"][one] == columns.values["size"][other]] = _at("size", "absent")
    start[same_source & (start == _at("start", "same"))] = _at("start", "same_here")
    free = np.array([value == (0,) for value in columns.spelled["price"]], dtype=bool)
    nothing = free[columns.values["price"][one]] & free[columns.values["price"][other]]
    found["price"][nothing] = _at("price", "free")
    guessed = np.isin(found["title"], _GUESSED) & columns.untold[one] & columns.untold[other]
    elsewhere = ~np.isin(found["provider"], [_at("provider", bucket) for bucket in ("same", "unnamed")])
    beside = elsewhere | np.isin(found["title"], _TOLD_APART)
    for name in ("hours", "price", "start"):
        less = beside if name == "start" else beside | guessed
        found[name][less & (found[name] == _at(name, "same"))] = _at(name, BESIDE[name])
    skills, told = found["skills"], np.isin(found["title"], _OTHER_WORDS)
    skills[told & (skills >= _at("skills", "many"))] = _at("skills", BESIDE["skills"])
    known = found["id"]
    known[(known == _at("id", "differ")) | columns.silenced_id[one] | columns.silenced_id[other]] = 0
    for name in MARK_KINDS:
        mine, theirs = columns.values[name][one] > 0, columns.values[name][other] > 0
        lonely, lost = mine ^ theirs, (mine & columns.cut[other]) | (theirs & columns.cut[one])
        found[name][lonely] = _at(name, "one_sided")
        found[name][lonely & lost] = _at(name, "lost")
    doubted = np.logical_or.reduce([found[name] == _at(name, bucket) for name, bucket in _DOUBTS])
    url[doubted & (url == _at("url", "same"))] = _at("url", "doubted")
    return found


def statements(columns: Columns, one: Ints, other: Ints) -> list[bytes]:
    """What is to be said of pairs of places: the bucket of each feature, in order of FEATURES."""
    buckets = relate(columns, one, other)
    rows = np.stack([buckets[name] for name in FEATURES], axis=1)
    return [row.tobytes() for row in rows]


def score(columns: Columns, one: Ints, other: Ints, card: Scorecard) -> Scores:
    """Weights of pairs of places, in thousandths."""
    buckets = relate(columns, one, other)
    bare = np.full(len(one), card.prior, dtype=np.int64)
    conflict = np.zeros(len(one), dtype=bool)
    for name in FEATURES:
        row = np.array(card.row(name), dtype=np.int64)
        if name in CONFLICTS:
            row[_at(name, CONFLICTS[name])] = 0
            conflict |= buckets[name] == _at(name, CONFLICTS[name])
        bare += row[buckets[name]]
    return Scores(weight=np.where(conflict, FLOOR, np.clip(bare, FLOOR, -FLOOR)), bare=bare, buckets=buckets)


def _at(name: str, bucket: str) -> int:
    return _PLACES[name][bucket]


def _distinct(one: Ints, other: Ints) -> tuple[list[tuple[int, int]], Ints]:
    """The distinct unordered pairs, and for each pair its place among them."""
    low, high = np.minimum(one, other), np.maximum(one, other)
    packed = (low << 32) | high
    order = np.argsort(packed, kind="stable")
    ordered = packed[order]
    fresh = np.ones(len(ordered), dtype=bool)
    fresh[1:] = ordered[1:] != ordered[:-1]
    places = np.empty(len(ordered), dtype=np.int64)
    places[order] = np.cumsum(fresh) - 1
    distinct = ordered[fresh]
    return list(zip((distinct >> 32).tolist(), (distinct & 0xFFFFFFFF).tolist(), strict=True)), places


def _simple(columns: Columns, name: str, one: Ints, other: Ints) -> NDArray[np.int8]:
    """Absent on either side, equal, or compared: each distinct pair of values once."""
    mine, theirs = columns.values[name][one], columns.values[name][other]
    found = np.zeros(len(one), dtype=np.int8)
    there = (mine > 0) & (theirs > 0)
    found[there & (mine == theirs)] = _at(name, "most" if name == "skills" else "same")
    places = np.flatnonzero(there & (mine != theirs))
    if len(places):
        pairs, where = _distinct(mine[places], theirs[places])
        spelled, compare = columns.spelled[name], COMPARERS[name]
        found[places] = np.array(
            [_at(name, compare(spelled[left], spelled[right])) for left, right in pairs], dtype=np.int8
        )[where]
    return found


def _titles(columns: Columns, one: Ints, other: Ints) -> NDArray[np.int8]:
    """The best bucket over all titles of both records."""
    mine, theirs = columns.titles[one], columns.titles[other]
    found = np.zeros(len(one), dtype=np.int8)
    there = (mine > 0) & (theirs > 0)
    found[there & (mine == theirs)] = TITLE_BUCKETS.index("equal")
    places = np.flatnonzero(there & (mine != theirs))
    if not len(places):
        return found
    pairs, where = _distinct(mine[places], theirs[places])
    listed = [
        (place, left, right)
        for place, (first, second) in enumerate(pairs)
        for left in columns.title_sets[first]
        for right in columns.title_sets[second]
    ]
    alike = process.cpdist(
        [" ".join(left.words) for _, left, _ in listed],
        [" ".join(right.words) for _, _, right in listed],
        scorer=fuzz.token_sort_ratio,
        dtype=np.float32,
    )
    best = [0] * len(pairs)
    for (place, left, right), ratio in zip(listed, alike.tolist(), strict=True):
        best[place] = max(best[place], _at("title", compare_titles(left, right, ratio)))
    found[places] = np.array(best, dtype=np.int8)[where]
    return found


def _providers(columns: Columns, one: Ints, other: Ints) -> NDArray[np.int8]:
    """The same organisation, names that are alike, or others; two registered ones are surely two."""
    mine, theirs = columns.provider[one], columns.provider[other]
    found = np.zeros(len(one), dtype=np.int8)
    there = (mine != 0) & (theirs != 0)
    found[(mine == 0) & (theirs == 0) & (columns.sources[one] != columns.sources[other])] = _at("provider", "unnamed")
    found[there & (mine == theirs)] = _at("provider", "same")
    places = np.flatnonzero(there & (mine != theirs))
    numbers: dict[int, int] = {}
    left = np.array([numbers.setdefault(key, len(numbers)) for key in mine[places].tolist()], dtype=np.int64)
    right = np.array([numbers.setdefault(key, len(numbers)) for key in theirs[places].tolist()], dtype=np.int64)
    if len(places):
        keys, known = list(numbers), columns.organisations
        pairs, where = _distinct(left, right)
        found[places] = np.array([_provider(known, keys[a], keys[b]) for a, b in pairs], dtype=np.int8)[where]
    return found


def _provider(known: Organisations, one: int, other: int) -> int:
    if one in known.registered and other in known.registered:
        return _at("provider", "registered_apart")
    alike = fuzz.token_set_ratio(known.names.get(one, ""), known.names.get(other, ""))
    return _at("provider", "alike" if alike >= 80 else "some" if alike >= 50 else "other")
