"""What a title says: the words of the offer itself, and the marks that tell it from its siblings. Pure.

"Part One" and "Part Two" are 97 % alike and never the same offer: level, part, module, number, CEFR, year, grade,
stage, bundle and programming language become marks. Run words (a term, a cohort, a start date, "2a edición") are
taken out: runs of one offer are its instances. What must stay true: reading is a function of the title alone.
"""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Iterator

import msgspec

from microharvest.link import lexicon
from microharvest.link.title_pieces import ORDINAL, Pieces, own_pieces

__all__ = ["MARK_KINDS", "Title", "fold", "read_title"]

MARK_KINDS = ("ordinal", "year", "grade", "stage", "bundle", "tech")

_FRAME = re.compile(r"^\W*\[[^\]]{1,14}\][\s:–—-]*")
"""What a feed puts before every title of a kind: "[Online] ..."."""
_CUT_OFF = re.compile(
    r"(?:[(\[]?\b(?:" + "|".join(sorted(lexicon.STARTS, key=len, reverse=True)) + r")\s*:?\s*[\d./-]*"
    r"|(?<=\s)[(\[]?[^\W\d_])(?:…|\.\.\.)$"
)
"""At an end that is lost: a begun date, and a letter that may be the beginning of any word."""
_BEGUN = {
    word[:size]
    for known in (lexicon.MARKERS, lexicon.GRADES, lexicon.STAGES, lexicon.BUNDLES, lexicon.RUN_CLASSES)
    for word in known
    for size in range(4, len(word))
}
"""Beginnings of words that are no words of a title proper."""
_INITIALS = re.compile(r"\b[a-z](?:\.[a-z])+\b\.?(?!\w)")
_CEFR = re.compile(r"^[abc][12]$")
_YEAR_OF_STUDY = re.compile(r"^[lm][1-9]$")
"""Before a title, as French lists write: "L2 Droit", "M1 Chimie" (also "M1 ..." for the first module)."""
_LATIN = str.maketrans("αβавс", "ababc")
_IS_YEAR = re.compile(r"^(?:19|20)\d\d$")
_COUNTED = re.compile(ORDINAL)
_SET_OFF = frozenset("-(,:|$./")


class Title(msgspec.Struct, frozen=True, array_like=True):
    """`words` in order, without marks, frames and run words; `marks` (kind, value), sorted; `cut`: its end is lost;
    `code`: a course code glued to its front ("Louv3x: ..."); `frame`: the words that said grade, stage and bundle,
    and "and" where something is joined; `tags`: what kind of offer its end says it is ("online")."""

    words: tuple[str, ...]
    marks: tuple[tuple[str, str], ...]
    cut: bool = False
    code: str = ""
    frame: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def fold(text: str) -> str:
    """Lower case without accents and punctuation, words apart by one space; for comparing, never for showing."""
    return " ".join(lexicon.TOKEN.findall(lexicon.unaccented(text)))


@functools.lru_cache(maxsize=65536)
def read_title(text: str) -> Title:
    """Read one title in whatever language."""
    text = _repaired(text)
    plain = lexicon.unaccented(text).strip()
    cut = plain.endswith(("…", "..."))
    plain = _INITIALS.sub(_joined, plain)
    whole = _FRAME.sub("", plain, count=1) or plain
    if cut:
        begun, whole = whole, _CUT_OFF.sub("", whole)
        broken = begun == whole and not whole.rstrip("….").endswith(" ")
    else:
        broken = False
    pieces = own_pieces(whole)
    tokens = pieces.tokens
    marks: set[tuple[str, str]] = set()
    used: set[int] = set()
    frame: set[str] = {"and"} if "&" in pieces.gaps or not lexicon.AND.isdisjoint(tokens) else set()
    for place in range(len(tokens)):
        if place not in used and (found := _mark_at(pieces, place, text, used)):
            kind, value, taken = found
            marks.add((kind, value))
            used.update(taken)
            if kind in {"grade", "stage", "bundle"}:
                frame.update(tokens[each] for each in taken)
    words = tuple(_words(tokens, used))
    if broken and len(words) > 1 and tokens[-1] == words[-1] and (len(words[-1]) < 4 or words[-1] in _BEGUN):
        words = words[:-1]
    return Title(
        words=words or tuple(lexicon.TOKEN.findall(" ".join(tokens))),
        marks=tuple(sorted(marks)),
        cut=cut,
        code=pieces.code,
        frame=tuple(sorted(frame)),
        tags=tuple(sorted(pieces.tags)),
    )


def _words(tokens: list[str], used: set[int]) -> Iterator[str]:
    for place, token in enumerate(tokens):
        if place in used:
            continue
        if not token.isalnum():
            yield from (part for part in lexicon.TOKEN.findall(token) if part not in lexicon.STOPWORDS)
        elif token not in lexicon.STOPWORDS or (0 < place == len(tokens) - 1 and len(token) == 1):
            yield token  # "Course A", "Clase E": a letter at the end is a name, not an article


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


def _mark_at(pieces: Pieces, place: int, text: str, used: set[int]) -> tuple[str, str, tuple[int, ...]] | None:
    """(kind, value, places of the words it takes)."""
    token = pieces.tokens[place]
    if token in lexicon.MARKERS:
        after = pieces.tokens[place + 1].translate(_LATIN) if place + 1 < len(pieces.tokens) else ""
        if _CEFR.match(after):
            return "ordinal", f"cefr {after}", (place, place + 1)
        if found := _numbered(pieces, place, text, used):
            number, taken = found
            return "ordinal", f"{lexicon.MARKERS[token]} {number}", taken
    if token in lexicon.GRADES:
        return "grade", lexicon.GRADES[token], (place,)
    if not place and len(pieces.tokens) > 1:
        if token in lexicon.OPENING:
            return "grade", "advanced", (place,)
        if _YEAR_OF_STUDY.match(token):
            return "ordinal", f"{'level' if token[0] == 'l' else 'module'} {token[1]}", (place,)
    if token in lexicon.STAGES:
        return "stage", lexicon.STAGES[token], (place,)
    if token in lexicon.BUNDLES:
        return "bundle", "bundle", (place,)
    if token in lexicon.LANGUAGES:
        return "tech", token, ()
    if len(token) == 2 and _CEFR.match(token.translate(_LATIN)):
        return "ordinal", f"cefr {token.translate(_LATIN)}", (place,)
    if _IS_YEAR.match(token):
        return "year", token, (place,)
    if place and place == len(pieces.tokens) - 1 and pieces.tokens[place - 1] not in lexicon.OF:
        last = token.lstrip("0") if len(token) <= 2 and token.isdigit() else str(lexicon.ROMANS.get(token, ""))
        return ("ordinal", f"number {last}", (place,)) if last else None
    return None


def _numbered(pieces: Pieces, place: int, text: str, used: set[int]) -> tuple[int, tuple[int, ...]] | None:
    """The number beside the marker at `place`: after it ("part 2", "Teil B", "nivå två"), else before it ("2. osa")."""
    tokens, gaps = pieces.tokens, pieces.gaps
    after = place + 1
    if gaps[after] in " h." and after + 1 < len(tokens) and tokens[after] == "a" and gaps[after + 1] == " ":
        doubled = _ordinal(tokens[after + 1]) or lexicon.ROMANS.get(tokens[after + 1])  # Romanian: "partea a II-a"
        if doubled:
            trailing = after + 2 < len(tokens) and tokens[after + 2] == "a" and gaps[after + 2] == "h"
            return doubled, (place, after, after + 1, *((after + 2,) if trailing else ()))
    before = tokens[place - 1] if place and place - 1 not in used and gaps[place] in " .h" else ""
    if known := _ordinal(before):
        return known, (place - 1, place)
    if after < len(tokens) and (number := _number(pieces, after, text, lexicon.MARKERS[tokens[place]])):
        return number, (place, *_with_total(pieces, after))
    if not before:
        return None
    gap, alone = gaps[place], place == 1 or gaps[place - 1] in _SET_OFF
    if known is None and before.isdigit() and len(before) <= 2:
        known = int(before) if gap == "." or (alone and tokens[place] not in lexicon.PLURALS) else None
    if known is None and (gap == "." or (alone and (before not in lexicon.STOPWORDS or _capital(before, text)))):
        known = lexicon.ROMANS.get(before) or (lexicon.LETTERS.get(before) if not before.isascii() else None)
    return None if not known else (known, (place - 1, place))


def _number(pieces: Pieces, place: int, text: str, kind: str) -> int | None:
    """A number after its marker. A word that is an ordinary one too ("to", "i", "a"; "course two") must stand alone."""
    word, gap, next_gap = pieces.tokens[place], pieces.gaps[place], pieces.gaps[place + 1]
    if gap not in " h." and next_gap not in _SET_OFF:
        return None
    if word.isdigit():
        return int(word) if len(word) <= 3 else None
    known = lexicon.ROMANS.get(word) or lexicon.CARDINALS.get(word) or _ordinal(word)
    if known is None and kind in {"part", "module"}:
        known = lexicon.LETTERS.get(word)
    if known is None or (word not in lexicon.STOPWORDS and (kind != "unit" or word in lexicon.ROMANS)):
        return known
    return known if gap in " h." and (next_gap in _SET_OFF or _capital(word, text)) else None


def _with_total(pieces: Pieces, place: int) -> tuple[int, ...]:
    """ "1 of 3", "1/3": the number with what it is out of."""
    tokens, gaps = pieces.tokens, pieces.gaps
    end = place + (2 if place + 2 < len(tokens) and tokens[place + 1] in lexicon.OF else 1)
    out_of = end < len(tokens) and tokens[end].isdigit() and (end > place + 1 or gaps[end] == "/")
    return tuple(range(place, end + 1)) if out_of else (place,)


def _capital(word: str, text: str) -> bool:
    """ "Part A welding", not "parte a distanza": in a title that is not all capitals."""
    return len(word) == 1 and not text.isupper() and re.search(rf"\b{word.upper()}\b", text) is not None


def _ordinal(word: str) -> int | None:
    if _COUNTED.fullmatch(word):
        return int(re.split(r"\D", word)[0])
    return lexicon.ORDINALS.get(word)
