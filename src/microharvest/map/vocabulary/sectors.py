"""What leads to a sector of NACE Rev. 2.1: fields of ISCED-F 2013, occupations of ISCO-08, words of titles.

There is no official crosswalk: the rows are our own reading of the published definitions, with how far each can be
trusted. What must stay true: a row names a section or division of `nace.csv`; a word leads to one of them only in its
language; words are told apart without accents, because registers write titles in capitals without them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

import msgspec

from microharvest.map.vocabulary import nace_terms, rows

__all__ = ["Lead", "SectorWords", "isced_leads", "isco_leads", "section_of", "sector_words", "word_list"]

_TOKENS = re.compile(r"[^\W_]+")
_PATTERNS = re.compile(r"[^\W_]+\*?")
_BIN = 3
"""Letters by which the words of a language are sorted into bins; no open-ended word is shorter."""
_Phrase = tuple[str, ...]


class Lead(msgspec.Struct, frozen=True):
    """Where a code leads: section or division, and how far that can be trusted (0 to 1)."""

    code: str
    confidence: float


class SectorWords(msgspec.Struct, frozen=True):
    """Phrases of one language by the first letters of their first word, longest first, with the code they lead to; a
    word with `*` may go on.

    The code "" masks: the phrase says no sector, though a part of it would.
    """

    bins: Mapping[str, tuple[tuple[_Phrase, str], ...]]

    def found(self, tokens: list[str]) -> dict[str, str]:
        """{code: the first phrase of the text that says it}; the longest phrase at a place holds, and none overlap."""
        said: dict[str, str] = {}
        place = 0
        while place < len(tokens):
            step = 1
            for phrase, code in self.bins.get(tokens[place][:_BIN], ()):
                if _stands(phrase, tokens, place):
                    step = len(phrase)
                    if code:
                        said.setdefault(code, " ".join(tokens[place : place + step]))
                    break
            place += step
        return said


def word_list(text: str) -> list[str]:
    """The words of a text as they are looked up: in lower case, without accents."""
    return _TOKENS.findall(_plain(text))


@cache
def section_of(code: str) -> str:
    """The section of a section or division."""
    return next(row["section"] or row["code"] for row in rows("nace") if row["code"] == code)


@cache
def isced_leads() -> Mapping[str, tuple[Lead, ...]]:
    """Field of two to four digits -> where it leads."""
    return _leads("sector_fields", "isced")


@cache
def isco_leads() -> Mapping[str, tuple[Lead, ...]]:
    """Group of one to four digits, or what ESCO puts below it ("1324.3.2") -> where it leads."""
    return _leads("sector_occupations", "isco")


@cache
def sector_words() -> Mapping[str, SectorWords]:
    """The words by language (`nb` for Norwegian); "" holds those of all languages."""
    entries: dict[str, dict[_Phrase, str]] = {}
    for row in rows("sector_words"):
        code = row["nace"].replace("-", "")
        if code:
            nace_terms()[code]  # a code that NACE does not have fails here
        for word in filter(None, row["words"].split("|")):
            phrase = tuple(_PATTERNS.findall(_plain(word)))
            known = entries.setdefault(row["language"], {}).setdefault(phrase, code)
            if known != code:
                raise ValueError(f"{word!r} leads to {known!r} and to {code!r}")
    every: dict[_Phrase, str] = {}
    for words in entries.values():
        for phrase, code in words.items():
            every[phrase] = code if every.get(phrase, code) == code else ""  # what languages disagree on says nothing
    return {language: _binned(words) for language, words in (*entries.items(), ("", every))}


def _plain(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def _binned(words: Mapping[_Phrase, str]) -> SectorWords:
    bins: dict[str, list[tuple[_Phrase, str]]] = {}
    for phrase, code in sorted(words.items(), key=lambda each: (-len(each[0]), -len("".join(each[0])), each[0])):
        bins.setdefault(phrase[0].rstrip("*")[:_BIN], []).append((phrase, code))
    return SectorWords({begin: tuple(several) for begin, several in bins.items()})


def _stands(phrase: _Phrase, tokens: list[str], place: int) -> bool:
    there = tokens[place : place + len(phrase)]
    return len(there) == len(phrase) and all(
        token.startswith(word[:-1]) if word.endswith("*") else token == word
        for word, token in zip(phrase, there, strict=True)
    )


def _leads(table: str, key: str) -> Mapping[str, tuple[Lead, ...]]:
    found: dict[str, tuple[Lead, ...]] = {}
    for row in rows(table):
        lead = Lead(nace_terms()[row["nace"]].code, float(row["confidence"]))
        found[row[key]] = (*found.get(row[key], ()), lead)
    return found
