"""Words that tell siblings, runs and frames of titles apart, in the languages of Europe: `lexicon.toml`, folded.

The words of all languages are one lexicon, for titles mix languages; it is read once, when imported. A phrase is its
tokens joined by hyphens. What must stay true: a word is of one kind of marker, grade or stage, and of one number,
whatever the language.
"""

from __future__ import annotations

import re
import unicodedata
from importlib import resources

import msgspec

__all__ = [
    "AND", "BUNDLES", "CARDINALS", "FRAMES", "GRADES", "LANGUAGES", "LETTERS", "LINKS", "MARKERS", "OF", "OPENING",
    "ORDINALS", "PHRASES", "PLURALS", "ROMANS", "RUN_CLASSES", "SPOKEN", "STAGES", "STARTS", "STOPWORDS", "SURE_UNITS",
    "TAGS", "TOKEN", "unaccented",
]  # fmt: skip

TOKEN = re.compile(r"c\+\+|c#|[^\W_]+")
_PLAIN = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h", "ŀ": "l"}
)


def unaccented(text: str) -> str:
    """Lower case without accents, as all words here are; a final sigma is a sigma, й is и."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _read() -> dict[str, dict[str, str | list[str]]]:
    file = resources.files("microharvest.link").joinpath("lexicon.toml")
    tables: dict[str, dict[str, str | list[str]]] = msgspec.toml.decode(file.read_bytes())
    return {
        language: {
            key: unaccented(said) if isinstance(said, str) else [*map(unaccented, said)] for key, said in table.items()
        }
        for language, table in tables.items()
    }


_BY_LANGUAGE = _read()
_TABLES = [*_BY_LANGUAGE.values()]


def _words(*keys: str) -> frozenset[str]:
    return frozenset(word for table in _TABLES for key in keys for word in str(table.get(key, "")).split())


def _kinds(*keys: str) -> dict[str, str]:
    """{word: key}; of two keys the first counts."""
    return {word: key for key in reversed(keys) for word in _words(key)}


def _numbers(key: str) -> dict[str, int]:
    return {
        word: number
        for table in _TABLES
        for number, words in enumerate(table.get(key, ()), start=1)
        for word in words.split()
    }


MARKERS = _kinds("level", "part", "module", "unit")
"""Word before or after a number -> kind of the number."""
CARDINALS, ORDINALS = _numbers("cardinals"), _numbers("ordinals")
ROMANS = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10} | {
    one * number: number for one in (unaccented("ι"), unaccented("і")) for number in (1, 2, 3)
}
LETTERS = dict(zip("abcdef" + "αβγδε" + "абвгд", (1, 2, 3, 4, 5, 6, *range(1, 6), *range(1, 6)), strict=True)) | {
    unaccented("στ"): 6
}
"""Letters that number parts: "Part B" is the second, as "Part 2" is."""
GRADES = _kinds("intro", "advanced", "middle")
OPENING = _words("opening")
STAGES = _kinds("primary", "secondary", "preschool")
BUNDLES = _words("bundle")
_PLAIN_PHRASES = _words("plain")
LANGUAGES = _words("tech")
"""Programming languages: one course in two of them is two courses."""
FRAMES, TAGS, LINKS, STARTS = _words("frame"), _words("frame", "tag"), _words("link"), _words("start")
SURE_UNITS, PLURALS = _words("sure"), _words("plural")
OF, AND, STOPWORDS = _words("of"), _words("and"), _words("stop", "and")

RUN_CLASSES = {
    **dict.fromkeys(_words("filler", "of"), "f"),
    **dict.fromkeys(("no", "nr", "n", "num"), "n"),
    **dict.fromkeys(_words("credit", "hour"), "U"),
    **dict.fromkeys(SURE_UNITS, "V"),
    **dict.fromkeys(_words("after"), "x"),
    **dict.fromkeys(ORDINALS, "q"),
    **dict.fromkeys(STARTS, "T"),
    **dict.fromkeys(_words("edition"), "E"),
    **dict.fromkeys(_words("cohort"), "C"),
    **dict.fromkeys(_words("year"), "K"),
    **dict.fromkeys(_words("season"), "S"),
    **dict.fromkeys(_words("month"), "M"),
}
"""Word -> what it is in the name of a run: filler, number sign, Unit of a size (V: of nothing else), word after a date
(x), ordinal word (q), beginning (T), Edition, Cohort, year (K), Season, Month."""


def _phrases() -> dict[str, tuple[tuple[str, ...], ...]]:
    found: dict[str, set[tuple[str, ...]]] = {}
    for word in {*MARKERS, *GRADES, *STAGES, *BUNDLES, *_PLAIN_PHRASES, *TAGS, *CARDINALS, *RUN_CLASSES}:
        first, *rest = word.split("-")
        if rest:
            found.setdefault(first, set()).add((first, *rest))
    return {
        first: tuple(sorted(phrases, key=lambda phrase: (-len(phrase), phrase))) for first, phrases in found.items()
    }


def _spoken() -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for language, table in _BY_LANGUAGE.items():
        for key in table.keys() - {"tech", "sure", "link", "plural", "credit", "hour", "cardinals"}:
            said = table[key]
            for word in (said if isinstance(said, str) else " ".join(said)).split():
                if key in {"stop", "and", "of", "filler"} or (len(word) > 3 and "-" not in word):
                    found.setdefault(word, set()).add(language)
    return {word: tuple(sorted(languages)) for word, languages in found.items()}


SPOKEN = _spoken()
"""Word -> the languages whose titles have it; abbreviations speak for none."""
PHRASES = _phrases()
"""First token -> the phrases that begin with it, longest first."""
