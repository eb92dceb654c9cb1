"""The labels of a vocabulary in one language, and the concepts that texts name by them. Pure.

What must stay true: a label that several concepts bear names none of them; a link names the way it was found.

What is linked was settled by eye, one reader, on links proposed for real texts: outcomes of 601 university courses and
titles of 5,635 courses in English, titles of 9,765 courses and diplomas in French; labels of ESCO 1.0 (both languages)
and 1.2.0 (English, in part). In Spanish, 89 real texts, some chosen to mislead, against 269 labels of ESCO 1.0: 26 of
28 links are right, 11 are missed (`tests/contract/test_spanish_links.py`). Other languages have not been judged by real
links; on rows of our own in German, Spanish, Finnish and Polish (`tests/unit/coding/test_labels.py`) nothing is linked
wrongly, whatever case, accents or ß are like, and Finnish partitives, whose stem changes, are missed.

    right of those judged                                    en          fr        shipped as
    the text is a preferred label                            170 of 172  46 of 47  label 1.0 (es: 7 of 7)
    the text is an alternative of the same words             8 of 8      1 of 1    label 0.95
    it is any other alternative                              13 of 33    3 of 5    no: "sustainability" is one of
                                                                                   environmental engineering
    two words or more, differing in their ends               13 of 13    16 of 16  fuzzy, by its likeness (1 of 1)
    single words, or ends that name persons                  4 of 20     4 of 9    no: "business analysts", "analysis"
    a label of two words or more stands in an outcome        172 of 175            text 0.95 (es: 13 of 14)
    it stands in a title                                     78 of 80    79 of 80  text 0.95 (es: 5 of 6)
    it stands in a description                               63 of 67              no: careers, schools, products
    any other alternative stands in an outcome               27 of 43              no: "interpret data" is one of
                                                                                   manage quantitative data
"""

from __future__ import annotations

import unicodedata
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Literal

import msgspec
from rapidfuzz import fuzz

from microharvest.coding.words import stretches_in, words_of

__all__ = ["Found", "Labels", "Named"]

VARIANT, WITHIN, FUZZY = 0.95, 0.95, 0.9
MAX_WORDS, MAX_LETTERS = 12, 250
"""Of a text or label that is compared as a whole."""
MIN_LETTERS = 10
"""Of a label that stands within a text, which has two words at least."""
STEM = 4
CROWDED = 400
"""A stem that more labels share does not look for one."""
_STROKED = str.maketrans("łøđ", "lod")
_PERSONS = frozenset({"r", "rs", "er", "ers", "or", "ors"})

Named = tuple[str, str, str, Sequence[str]]
"""A concept: URI, the newest edition that has it, preferred label, alternatives."""


class Found(msgspec.Struct, frozen=True):
    """A concept that a text names; `label` as the vocabulary writes it."""

    uri: str
    edition: str
    label: str
    basis: Literal["label", "fuzzy", "text"]
    score: float


class Labels:
    """Preferred labels, and the alternatives that say the same words."""

    def __init__(self, concepts: Iterable[Named]) -> None:
        self._uris: list[str] = []
        self._editions: list[str] = []
        self._texts: list[str] = []
        self._words: list[str] = []
        self._scores = array("f")
        self._at: dict[str, int] = {}
        self._lengths: dict[str, set[int]] = defaultdict(set)
        for uri, edition, preferred, others in concepts:
            self._add(uri, edition, preferred, 1.0)
            for other in others:
                self._add(uri, edition, other, VARIANT if _says_the_same(other, preferred) else 0.0)

    def _add(self, uri: str, edition: str, text: str, score: float) -> None:
        words = words_of(text)
        if not words or len(words) > MAX_WORDS:
            return
        joined = " ".join(words)
        known = self._at.get(joined)
        if known is not None:
            if known >= 0 and self._uris[known] != uri:
                self._at[joined] = -1
            return
        self._at[joined] = len(self._uris)
        self._uris.append(uri)
        self._editions.append(edition)
        self._texts.append(text)
        self._words.append(joined)
        self._scores.append(score)
        if score and len(words) > 1 and len(joined) >= MIN_LETTERS:
            self._lengths[words[0]].add(len(words))

    def named(self, text: str) -> Found | None:
        """The one concept that a whole text names."""
        words = words_of(text) if len(text) <= MAX_LETTERS else []
        if not words or len(words) > MAX_WORDS:
            return None
        joined = " ".join(words)
        place = self._at.get(joined)
        if place is None:
            return self._alike(words, joined) if len(words) > 1 else None
        return self._found(place, "label", self._scores[place]) if place >= 0 and self._scores[place] else None

    def within(self, statement: str) -> Iterator[Found]:
        """The concepts whose labels stand in a statement word for word, the longest first, none within another."""
        for words in stretches_in(statement):
            at = 0
            while at < len(words):
                taken = 1
                for length in sorted(self._lengths.get(words[at], ()), reverse=True):
                    place = self._at.get(" ".join(words[at : at + length])) if at + length <= len(words) else None
                    if place is not None:
                        taken = length
                        if place >= 0 and self._scores[place]:
                            yield self._found(place, "text", WITHIN)
                        break
                at += taken

    def _alike(self, words: Sequence[str], joined: str) -> Found | None:
        """The one concept whose label differs in the ends of words alone; None if two come as near."""
        best: dict[str, int] = {}
        score = FUZZY
        for place in self._candidates(words):
            label = self._words[place]
            alike = fuzz.ratio(_plain(joined), _plain(label)) / 100
            if alike >= score and self._scores[place] and self._at[label] >= 0 and _same_but_ends(words, label.split()):
                if alike > score:
                    best, score = {}, alike
                best[self._uris[place]] = place
        return self._found(next(iter(best.values())), "fuzzy", score) if len(best) == 1 else None

    def _candidates(self, words: Sequence[str]) -> Sequence[int]:
        """Labels that share the rarest stem."""
        posted = min((self._postings.get(stem, ()) for stem in _stems(words)), key=len)
        return posted if len(posted) <= CROWDED else ()

    @cached_property
    def _postings(self) -> dict[str, Sequence[int]]:
        postings: dict[str, array[int]] = defaultdict(lambda: array("i"))
        for place, joined in enumerate(self._words):
            for stem in _stems(joined.split()):
                postings[stem].append(place)
        return dict(postings)

    def _found(self, place: int, basis: Literal["label", "fuzzy", "text"], score: float) -> Found:
        return Found(self._uris[place], self._editions[place], self._texts[place], basis, round(score, 2))


def _says_the_same(other: str, preferred: str) -> bool:
    """All words of the shorter stand in the longer but for their ends. One word of several does not say the same, but
    for "Python" of "Python (computer programming)"; nor do the same words turned round: "process design"."""
    one, two = words_of(other), words_of(preferred)
    if min(len(one), len(two)) == 1 < max(len(one), len(two)):
        return one == words_of(preferred.partition("(")[0])
    if sorted(one) == sorted(two):
        return one == two
    short, long = sorted((one, two), key=len)
    return all(any(_inflected(*sorted((_plain(a), _plain(b)), key=len)) for b in long) for a in short)


def _plain(text: str) -> str:
    """Without accents and strokes: "donnees" for "données", "lacznosc" for "łączność"."""
    if text.isascii():
        return text
    parted = unicodedata.normalize("NFKD", text).translate(_STROKED)
    return "".join(letter for letter in parted if not unicodedata.combining(letter))


def _stems(words: Iterable[str]) -> set[str]:
    return {_plain(word)[:STEM] for word in words}


def _same_but_ends(one: Sequence[str], other: Sequence[str]) -> bool:
    return len(one) == len(other) and all(
        _inflected(*sorted((_plain(a), _plain(b)), key=len)) for a, b in zip(one, other, strict=True)
    )


def _inflected(short: str, long: str) -> bool:
    """ "market", "markets"; "prepare", "preparing"; "music", "musical"; not "manage", "manager"."""
    if short == long:
        return True
    root = short[:-1] if short[-1] in "ey" and not long.startswith(short) else short
    end = long[len(root) :]
    return len(root) >= STEM and long.startswith(root) and len(end) <= 3 and end not in _PERSONS
