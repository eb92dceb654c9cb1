"""Scoring pairs of records: features in columns, buckets per pair, whole-number weights added up. Pure.

Weights are thousandths of a log-odds, so that sums are exact and no order of additions matters. What must stay true:
a pair's score depends on the two records' features, their organisations, silenced keys and the scorecard alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
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
Buckets = dict[str, NDArray[np.int8]]
Hopeful = Callable[["Scores"], NDArray[np.bool_]]
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
_TITLE_PLACES = _PLACES["title"]
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

_SWAPPED = tuple(BUCKETS["title"].index(name) for name in ("swapped_near", "swapped", "some", "low"))
"""Titles of one language of which each has a word of its own."""

_GUESSED = tuple(BUCKETS["title"].index(bucket) for bucket in ("unsure", "unsure_some", "foreign", "foreign_some"))
"""Other words, a translation if the languages differ. Where no feed states either they are one rather than two:
equal hours and price brought 569 pairs of unlike titles of two lists of 3,700 courses near. A day in common still says
what it does."""


_ONE_WORDING = frozenset({"equal", "tagged", "reworded", "reordered"})
"""Titles whose words are the same."""


_FOREIGN = frozenset({"foreign", "foreign_some", "foreign_near"})
"""Titles whose languages are known to differ."""


_LESSENED = (("hours", "same_beside", "same"), ("price", "same_beside", "same"), ("start", "same_beside", "same"),
             ("start", "same_beside", "same_here"), ("code", "doubted", "number"),
             ("skills", "beside", "many"), ("skills", "beside", "most"))  # fmt: skip
"""Feature, what becomes of a bucket beside unlike titles, and that bucket."""


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
    """Records in columns: per feature one small number per record (0 is absent) and what the numbers stand for.

    `wordings`, `tongues`: by number of titles, which words and which language they are of, 0 where that is not one.
    """

    sources: Ints
    titles: Ints
    title_sets: list[tuple[Spelling, ...]]
    wordings: Ints
    tongues: Ints
    provider: Ints
    organisations: Organisations
    values: dict[str, Ints]
    spelled: dict[str, list[Any]]
    cut: NDArray[np.bool_]
    generic: NDArray[np.bool_]
    shared: NDArray[np.bool_]
    silenced_id: NDArray[np.bool_]
    untold: NDArray[np.bool_]
    silenced: Callable[[str, str], bool]

    def numbers(self, place: int) -> set[str]:
        """The codes of a record that name an offer whoever provides it."""
        codes = self.spelled["code"][self.values["code"][place]]
        return {code for code in codes if is_number(code) and not self.silenced("number", code)}


class Scores(msgspec.Struct):
    """Per pair of those `kept`: `weight` with conflicts at the floor, `bare` without them, every feature's bucket."""

    kept: Ints
    weight: Ints
    bare: Ints
    buckets: Buckets


def columns_of(
    records: Sequence[Features],
    sources: Sequence[str],
    providers: Sequence[int],
    organisations: Organisations,
    silenced: Callable[[str, str], bool],
    hushed: Sequence[bool],
) -> Columns:
    """Put records into columns. `providers`: each record's organisation, 0 for none; `silenced(kind, value)`: a key
    that joins nobody; `hushed`: may the record have one?"""
    values: dict[str, Ints] = {}
    spelled: dict[str, list[Any]] = {}
    marked = [place for place, record in enumerate(records) if record.marks]
    for name, read in _VALUES.items():
        numbers: dict[Any, int] = {}
        said = map(read, map(records.__getitem__, marked) if name in MARK_KINDS else records)
        values[name] = np.zeros(len(records), dtype=np.int64)
        values[name][marked if name in MARK_KINDS else slice(None)] = _numbered(said, numbers)
        spelled[name] = [None, *numbers]
    titles: dict[Any, int] = {}
    title_ids = _numbered((one.titles for one in records), titles)
    feeds: dict[str, int] = {}
    asked = list(zip(hushed, records, strict=True))
    alone = [one[0] if len(one) == 1 else None for one in ((), *titles)]
    wordings = [tuple(sorted(title.words)) if title else () for title in alone]
    return Columns(
        sources=np.array([feeds.setdefault(source, len(feeds)) for source in sources], dtype=np.int64),
        titles=title_ids,
        title_sets=[(), *titles],
        wordings=_numbered(wordings),
        tongues=_numbered([title.language.rstrip("?") if title else "" for title in alone]),
        provider=np.array(providers, dtype=np.int64),
        organisations=organisations,
        values=values,
        spelled=spelled,
        cut=np.array([any(title.cut for title in record.titles) for record in records], dtype=bool),
        generic=np.array([ask and any(silenced("url", url) for url in one.urls) for ask, one in asked], dtype=bool),
        shared=np.array(
            [
                ask and any(silenced("code", f"{organisation}|{code}") for code in one.codes)
                for (ask, one), organisation in zip(asked, providers, strict=True)
            ],
            dtype=bool,
        ),
        silenced_id=np.array([ask and any(silenced("id", known) for known in one.ids) for ask, one in asked], bool),
        untold=np.array(
            [all(title.language.endswith("?") for title in record.titles) for record in records], dtype=bool
        ),
        silenced=silenced,
    )


def _numbered(said: Iterable[Any], numbers: dict[Any, int] | None = None) -> Ints:
    """A number for each distinct value in the order in which they come, 0 for nothing. `numbers` gets them."""
    known: dict[Any, int] = {} if numbers is None else numbers
    return np.array([known.setdefault(one, len(known) + 1) if one else 0 for one in said], np.int64)


def relate(columns: Columns, one: Ints, other: Ints) -> Buckets:
    """The bucket of every feature (its place in BUCKETS) for pairs of places."""
    return _beside(columns, one, other, {**_plain(columns, one, other), "title": _titles(columns, one, other)})


def _plain(columns: Columns, one: Ints, other: Ints) -> Buckets:
    """What each feature but the title says for itself."""
    found = {name: _simple(columns, name, one, other) for name in COMPARERS}
    found["provider"] = _providers(columns, one, other)
    return found


def _beside(columns: Columns, one: Ints, other: Ints, said: Mapping[str, NDArray[np.int8]]) -> Buckets:
    """What features say beside each other. `said`: what each says for itself; it stays as it is."""
    found = {name: row.copy() for name, row in said.items()}
    same_source = columns.sources[one] == columns.sources[other]
    longer = np.isin(found["title"], [_at("title", bucket) for bucket in ("extra", "extra_far", "tagged")])
    found["title"][longer & same_source] = _at("title", "extra_here")
    apart = np.isin(found["provider"], APART)
    code, url, start = found["code"], found["url"], found["start"]
    code[apart & (code == _at("code", "same"))] = _at("code", "absent")
    code[apart & (code == _at("code", "differ"))] = _at("code", "absent")
    alone = ~same_source & (found["provider"] != _at("provider", "same")) & (code == _at("code", "same"))
    code[alone] = _at("code", "doubted")
    for place in np.flatnonzero(alone & ~np.isin(found["title"], _UNLIKE)).tolist():
        if not columns.numbers(one[place]).isdisjoint(columns.numbers(other[place])):
            code[place] = _at("code", "number")
    code[(columns.shared[one] | columns.shared[other]) & (code == _at("code", "same"))] = _at("code", "shared")
    code[same_source & (code == _at("code", "differ"))] = _at("code", "differ_here")
    generic = columns.generic[one] | columns.generic[other]
    url[generic & (url != _at("url", "absent"))] = _at("url", "generic")
    url[same_source & (url == _at("url", "differ"))] = _at("url", "differ_here")
    run = (found["title"] == _at("title", "equal")) & (start == _at("start", "differ"))
    own = np.isin(found["title"], _OTHER_WORDS) & ~np.isin(found["provider"], APART)
    listed = np.zeros(len(one), dtype=np.int8)
    for name in ("code", "url"):
        differs = found[name] == _at(name, "differ_here")
        listed[own & differs] = _at("listed", "apart")
        found[name][run & differs] = _at(name, "differ_run")
    silent = same_source & (code == _at("code", "absent")) & (url == _at("url", "absent"))
    listed[own & silent & np.isin(found["title"], _SWAPPED)] = _at("listed", "apart")
    found["listed"] = listed
    for name in ("ects", "language"):
        found[name][same_source & (found[name] == _at(name, "differ"))] = _at(name, "differ_here")
    size = found["size"]
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


def score(columns: Columns, one: Ints, other: Ints, card: Scorecard, hopeful: Hopeful | None = None) -> Scores:
    """Weights of pairs of places, in thousandths.

    `hopeful`, of what pairs can weigh at best, whatever their titles say: which ones to go on with. Titles are what
    costs most to compare, and most pairs are too far apart in all else.
    """
    said, kept = _plain(columns, one, other), np.arange(len(one))
    if hopeful is not None:
        kept = np.flatnonzero(hopeful(_at_best(columns, one, other, said, card)))
        one, other, said = one[kept], other[kept], {name: row[kept] for name, row in said.items()}
    buckets = _beside(columns, one, other, {**said, "title": _titles(columns, one, other)})
    return _scored(kept, buckets, card, 0)


def _scored(kept: Ints, buckets: Buckets, card: Scorecard, more: Ints | int) -> Scores:
    bare = np.full(len(kept), card.prior, dtype=np.int64) + more
    conflict = np.zeros(len(kept), dtype=bool)
    for name in FEATURES:
        row = np.array(card.row(name), dtype=np.int64)
        if name in CONFLICTS:
            row[_at(name, CONFLICTS[name])] = 0
            conflict |= buckets[name] == _at(name, CONFLICTS[name])
        bare += row[buckets[name]]
    weight = np.where(conflict, FLOOR, np.clip(bare, FLOOR, -FLOOR))
    return Scores(kept=kept, weight=weight, bare=bare, buckets=buckets)


def _at_best(columns: Columns, one: Ints, other: Ints, said: Buckets, card: Scorecard) -> Scores:
    """No pair weighs more than this. Equal titles are taken for granted, for beside them the other features say most;
    then what titles of other words, or of one language, cannot weigh is taken off, and what a scorecard might give for
    the contrary is added."""
    equal = np.full(len(one), _at("title", "equal"), dtype=np.int8)
    title, (first, second) = card.weights["title"], (columns.titles[one], columns.titles[other])
    words, tongues = columns.wordings[first], columns.tongues[first]
    others = (words != columns.wordings[second]) & (words > 0) & (columns.wordings[second] > 0)
    native = others & (tongues == columns.tongues[second]) & (tongues > 0)
    most = max(title.values())
    rest = max(title[bucket] for bucket in TITLE_BUCKETS if bucket not in _ONE_WORDING)
    own = max(title[bucket] for bucket in TITLE_BUCKETS if bucket not in _ONE_WORDING | _FOREIGN)
    more = sum(max(0, card.weights[name][less] - card.weights[name][usual]) for name, less, usual in _LESSENED)
    best = np.where(native, own, np.where(others, rest, most)) - title["equal"] + more
    return _scored(one, _beside(columns, one, other, {**said, "title": equal}), card, best)


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
        spelled, compare, at = columns.spelled[name], COMPARERS[name], _PLACES[name]
        found[places] = np.array([at[compare(spelled[left], spelled[right])] for left, right in pairs], np.int8)[where]
    return found


def _titles(columns: Columns, one: Ints, other: Ints) -> NDArray[np.int8]:
    """The best bucket over all titles of both records."""
    mine, theirs = columns.titles[one], columns.titles[other]
    found = np.zeros(len(one), dtype=np.int8)
    there = (mine > 0) & (theirs > 0)
    wordy = np.array([any(title.words for title in titles) for titles in columns.title_sets], dtype=bool)
    equal = (mine == theirs) & wordy[mine]
    found[there & equal] = TITLE_BUCKETS.index("equal")
    places = np.flatnonzero(there & ~equal)
    if not len(places):
        return found
    pairs, where = _distinct(mine[places], theirs[places])
    joined = {number: [" ".join(title.words) for title in columns.title_sets[number]] for number in chain(*pairs)}
    lefts = [text for first, second in pairs for text in joined[first] for _ in joined[second]]
    rights = [text for first, second in pairs for _ in joined[first] for text in joined[second]]
    alike = iter(process.cpdist(lefts, rights, scorer=fuzz.token_sort_ratio, dtype=np.float32).tolist())
    best = [
        max(
            _TITLE_PLACES[compare_titles(left, right, next(alike))]
            for left in columns.title_sets[first]
            for right in columns.title_sets[second]
        )
        for first, second in pairs
    ]
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
