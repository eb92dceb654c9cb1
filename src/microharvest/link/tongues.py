"""Which language a title is in, by the common words it has, and its two halves where it says itself twice. Pure.

Feeds leave a title's language out or state the same for all; two titles in other languages differ in every word, two in
one language by a word that tells siblings apart. What must stay true: in doubt the feed's word stands, a language is
not guessed, and a title stays whole.
"""

from __future__ import annotations

import re
from collections import Counter

from microharvest.link import lexicon
from microharvest.link.titles import read_title

__all__ = ["language_of", "spoken"]

SURE, CLEAR = 1.0, 0.75
"""Common words of one language alone that a title needs, and how many more than of any other."""
AGAINST = 2.0
"""What it needs against the feed's word, with none of the language the feed names: in 8,000 French diplomas and 4,000
courses it is then wrong about ten, all cut down to abbreviations ("ART TEC BIJ.JOAILL.OP.")."""
_BAR = re.compile(r"\s[/|]\s")
_HALF = 3
"""One half is at most so many times as long as the other."""


def language_of(text: str, declared: str = "") -> str:
    """Its language, "" if that is in doubt. `declared`: what the feed says."""
    said = _common_words(text)
    (first, most), (_, next_most) = (*said.most_common(2), ("", 0.0), ("", 0.0))[:2]
    if declared:
        against = most >= AGAINST and most - next_most >= SURE and said[declared] < SURE / 2
        return first if against else declared
    return first if most >= SURE and most - next_most >= CLEAR else ""


def spoken(text: str, declared: str) -> tuple[tuple[str, str], ...]:
    """(language, title) of the title, or of both its halves: "A / B", "A | B" in two languages."""
    for found in _BAR.finditer(text):
        one, other = text[: found.start()], text[found.end() :]
        languages = _two_languages(one, other)
        if languages and len(one) <= _HALF * len(other) and len(other) <= _HALF * len(one):
            mine, theirs = set(read_title(one).words), set(read_title(other).words)
            if min(len(mine), len(theirs)) > 1 and mine.isdisjoint(theirs):
                return (languages[0], one), (languages[1], other)
    return ((language_of(text, declared), text),)


def _common_words(text: str) -> Counter[str]:
    """{language: how much its common words say}."""
    said: Counter[str] = Counter()
    for word in set(lexicon.TOKEN.findall(lexicon.unaccented(text))):
        known = lexicon.SPOKEN.get(word, ())
        said.update(dict.fromkeys(known, 1 / len(known)) if known else {})
    return said


def _two_languages(one: str, other: str) -> tuple[str, str] | None:
    """Both known and different; or one known, of which the other has no word, but some of others."""
    mine, theirs = language_of(one), language_of(other)
    if mine and theirs:
        return (mine, theirs) if mine != theirs else None
    rest = _common_words(other if mine else one)
    return (mine, theirs) if (mine or theirs) and rest and not rest[mine or theirs] else None
