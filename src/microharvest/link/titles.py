"""What a title says: the words of the offer itself, and the marks that tell it from its siblings. Pure.

"Part One" and "Part Two" are 97 % alike and never the same offer: level, part, module, number, CEFR, year, grade,
stage, bundle and programming language become marks. Run words (a term, a cohort, a start date, "2a edición") are
taken out: runs of one offer are its instances. What must stay true: reading is a function of the title alone.
"""

from __future__ import annotations

import functools
import html
import re
import unicodedata
from collections.abc import Iterable, Iterator

import msgspec

from microharvest.link import lexicon

__all__ = ["MARK_KINDS", "Title", "fold", "read_title"]

MARK_KINDS = ("ordinal", "year", "grade", "stage", "bundle", "tech")

_TOKEN = re.compile(r"c\+\+|c#|[^\W_]+")
_PLAIN = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_FRAME = re.compile(r"^\W*(?:" + "|".join(lexicon.FRAMES) + r")(?!\w)[\s:–—-]*")


def _any(words: str) -> str:
    return "(?:" + "|".join(sorted((word.replace("-", " ") for word in words.split()), key=len, reverse=True)) + ")"


_YEAR = r"(?:19|20)\d\d"
_DATE = r"\d{1,2}[./-]\d{1,2}(?:[./-]\d{2,4})?|\d{4}-\d\d(?:-\d\d)?"
_RUNS = re.compile(
    rf"\b{_any(lexicon.SEASONS)}\s+(?:of |de |du |del )?'?{_YEAR}(?:\s*[/-]\s*\d{{2,4}})?\b"
    rf"|\b{_YEAR}\s*[/-]\s*(?:{_YEAR}|\d\d)\b(?![./-])"
    rf"|\b{_YEAR}\s+{_any(lexicon.SEASONS)}\b"
    rf"|\b{_any(lexicon.COHORTS)}\s*(?:no|nr|n)?[.:#]?\s*\d{{1,3}}\b|\b\d{{1,2}}(?:st|nd|rd|th|a|o|e|\.)\s+{_any(lexicon.COHORTS)}\b"
    rf"|\b\d{{1,2}}\s*(?:st|nd|rd|th|a|o|e|er|eme|\.|ª|º)?\s*{_any(lexicon.EDITIONS)}\b(?!\s+{_YEAR})"
    rf"|\b{_any(lexicon.EDITIONS)}\s+\d{{1,2}}\b(?![./-])"
    rf"|\b{_any(lexicon.STARTS)}\s*:?\s*(?:{_DATE})\b|\b\d{{1,2}}[./]\d{{1,2}}[./]\d{{4}}\b|\b\d{{4}}-\d\d-\d\d\b"
    rf"|\b(?:\d{{1,2}}\.?\s+)?{_any(lexicon.MONTHS)}\s+{_YEAR}\b"
)
_EDITION_WORD = re.compile(
    rf"\b{_any(lexicon.EDITIONS)}\b(?=\W+{_YEAR}\b)|(?<={'[0-9]' * 4}) {_any(lexicon.EDITIONS)}\b"
)
_CUT_OFF = re.compile(rf"(?:[(\[]?\b{_any(lexicon.STARTS)}\s*:?\s*[\d./-]*|(?<=\s)[(\[]?[^\W\d_])(?:…|\.\.\.)$")
"""At an end that is lost: a begun date, and a letter that may be the beginning of any word."""
_RUN_WORDS = (lexicon.SEASONS, lexicon.COHORTS, lexicon.STARTS, lexicon.EDITIONS, lexicon.MONTHS)
_BEGUN = {
    word[:size]
    for known in (lexicon.MARKERS, lexicon.GRADES, lexicon.STAGES, lexicon.BUNDLES, " ".join(_RUN_WORDS).split())
    for word in known
    for size in range(4, len(word))
}
"""Beginnings of words that are no words of a title proper."""
_GLUED = re.compile(r"^([a-z]{2,}[\w.]*\d[\w.]*)\s*[:–—-]\s+(?=\w)")
_INITIALS = re.compile(r"\b[a-z](?:\.[a-z])+\b\.?(?!\w)")
_CEFR = re.compile(r"^[abc][12]$")
_IS_YEAR = re.compile(rf"^{_YEAR}$")


class Title(msgspec.Struct, frozen=True, array_like=True):
    """`words` in order, without marks, frames and run words; `marks` (kind, value), sorted; `cut`: its end is lost;
    `code`: a course code glued to its front ("Louv3x: ..."); `frame`: the words that said grade, stage and bundle,
    and "and" where something is joined."""

    words: tuple[str, ...]
    marks: tuple[tuple[str, str], ...]
    cut: bool = False
    code: str = ""
    frame: tuple[str, ...] = ()


def fold(text: str) -> str:
    """Lower case without accents and punctuation, words apart by one space; for comparing, never for showing."""
    return " ".join(_TOKEN.findall(_unaccented(text)))


@functools.lru_cache(maxsize=65536)
def read_title(text: str) -> Title:
    """Read one title in whatever language."""
    plain = _unaccented(_repaired(text)).strip()
    cut = plain.endswith(("…", "..."))
    plain = _INITIALS.sub(_joined, plain)
    for _ in range(2):
        shorter = _FRAME.sub("", plain, count=1)
        if not shorter or shorter == plain:
            break
        plain = shorter
    glued = _GLUED.match(plain)
    if glued:
        plain = plain[glued.end() :]
    whole = _CUT_OFF.sub("", plain) if cut else plain
    broken = cut and whole == plain and not plain.rstrip("….").endswith(" ")
    lasting = _RUNS.sub(" ", whole)
    lasting = _EDITION_WORD.sub(" ", lasting)
    tokens = _TOKEN.findall(lasting) or _TOKEN.findall(plain)
    marks: set[tuple[str, str]] = set()
    used: set[int] = set()
    frame: set[str] = {"and"} if "&" in lasting or not lexicon.CONJUNCTIONS.isdisjoint(tokens) else set()
    for place, token in enumerate(tokens):
        for kind, value, taken in _marks_at(tokens, place, token):
            marks.add((kind, value))
            used.update(taken)
            if kind in {"grade", "stage", "bundle"}:
                frame.update(tokens[each] for each in taken)
    words = tuple(
        token
        for place, token in enumerate(tokens)
        if place not in used and (token not in lexicon.STOPWORDS or _ends_with_letter(tokens, place))
    )
    if broken and len(words) > 1 and tokens[-1] == words[-1] and (len(words[-1]) < 4 or words[-1] in _BEGUN):
        words = words[:-1]
    return Title(
        words=words or tuple(tokens),
        marks=tuple(sorted(marks)),
        cut=cut,
        code=glued[1] if glued else "",
        frame=tuple(sorted(frame)),
    )


def _ends_with_letter(tokens: list[str], place: int) -> bool:
    """ "Course A", "Clase E": a letter at the end is a name, not an article."""
    return 0 < place == len(tokens) - 1 and len(tokens[place]) == 1


def _unaccented(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _joined(found: re.Match[str]) -> str:
    """ "A.A.S." is a word, and another one than "A.S."; "a.s" must not become a stop word."""
    word = found[0].replace(".", "")
    return found[0] if word in lexicon.STOPWORDS else word


def _repaired(text: str) -> str:
    """Entities resolved, and UTF-8 that was read as Latin-1 read again."""
    text = html.unescape(text)
    if "Ã" in text or "â\x80" in text:
        try:
            return text.encode("cp1252").decode()
        except UnicodeError:
            return text
    return text


def _marks_at(tokens: list[str], place: int, token: str) -> Iterator[tuple[str, str, Iterable[int]]]:
    """(kind, value, places of the words it takes)."""
    after = tokens[place + 1] if place + 1 < len(tokens) else ""
    before = tokens[place - 1] if place else ""
    if token in lexicon.MARKERS:
        kind = lexicon.MARKERS[token]
        number = _number(after, letters=kind in {"part", "module"})
        if number is not None:
            yield "ordinal", f"{kind} {number}", (place, place + 1)
        elif place and before not in lexicon.MARKERS and (counted := _ordinal(before)) is not None:
            yield "ordinal", f"{kind} {counted}", (place - 1, place)
        elif token in lexicon.GRADES:
            yield "grade", lexicon.GRADES[token], (place,)
    elif _CEFR.match(token):
        yield "ordinal", f"cefr {token}", (place,)
    elif token in lexicon.GRADES:
        yield "grade", lexicon.GRADES[token], (place,)
    elif token in lexicon.STAGES:
        yield "stage", lexicon.STAGES[token], (place,)
    elif token in lexicon.BUNDLES:
        yield "bundle", "bundle", (place,)
    elif token in lexicon.LANGUAGES:
        yield "tech", token, ()
    elif _IS_YEAR.match(token):
        yield "year", token, (place,)
    elif place and place == len(tokens) - 1 and not {before} & (lexicon.MARKERS.keys() | lexicon.OF):
        number = token.lstrip("0") if re.fullmatch(r"\d{1,2}", token) else str(lexicon.ROMANS.get(token, ""))
        if number:
            yield "ordinal", f"number {number}", (place,)


def _number(word: str, *, letters: bool) -> str | None:
    if re.fullmatch(r"\d{1,3}", word):
        return str(int(word))
    known = lexicon.ROMANS.get(word) or lexicon.NUMBERS.get(word)
    if known is not None:
        return str(known)
    return word if letters and re.fullmatch(r"[a-f]", word) else None


def _ordinal(word: str) -> str | None:
    counted = re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th|o|a|e|er|eme)?", word)
    number = int(counted[1]) if counted else lexicon.NUMBERS.get(word)
    return None if number is None else str(number)
