"""The tokens of a title and what stands between them, without run words, sizes, frames and tags. Pure.

A run ("autumn 2025", "2. csoport", "starts 2026-09-10"), a size ("5 ECTS", "40 h") and a kind of offer ("Course: ...",
"... (online)") say nothing of which offer it is. Every token has a class, one letter; a run is a pattern over classes
and the gaps between them, so that its cost does not grow with the words of the lexicon. What must stay true:
something is left of every title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from microharvest.link import lexicon

__all__ = ["ORDINAL", "Pieces", "own_pieces"]

ORDINAL = r"\d\d?(?:[.:]?[aoe]|[.-]?(?:st|nd|rd|th|er|e?re|eme|n?de|ste|[rnt]|ο|η|οσ|[врт][аио]|и|га|а|ша|тя|oji|asis))"
"""A counted ordinal: 2nd, 1.ª, 1re, 2:a, 1ο, 2-ра, 1-oji."""
_PIECE = re.compile(
    r"(\d{4}-\d\d-\d\d|\d{4}\. ?\d\d?\. ?\d\d?(?:\.(?!\d))?|\d\d?[./-]\d\d?[./-]\d{2,4})(?!\w)"
    r"|((?:19|20)\d\d\.?\s*[/–-]\s*(?:(?:19|20)\d\d|\d\d)(?:\.(?!\d))?)(?![\w/-])"
    r"|(\d\d?[./]\d\d?\.?)(?![\w./-])"
    rf"|({ORDINAL})(?!\w)"
    r"|c\+\+|c#|[^\W_]+"
)
"""A date, a range of years, a short date, an ordinal, a word."""
_PIECE_CLASSES = (None, "D", "R", "d", "o")
_GAPS = str.maketrans("–—‐;[]){}’'·•", "---,(((((  ||")
_HARD = frozenset("-(,:|$")
"""What sets a tag off: a dash with spaces (a hyphen is "h"), a bracket, a comma, a colon, a bar, the end ("$")."""
_GLUED = re.compile(r"([a-z]+)(\d\d|20\d\d)|20\d\d[ws]")
_SIZED = re.compile(r"\d{1,3}([a-z]+)")

_END = r"(?=[-(,|:$])"
_TERM = r"(?:(?:[oq][ .]|[NI]\.)?(?:[SKC][ .,h]){1,4}(?:[NIl][ .,])?(?:f ){0,3})"
_SIZE = r"(?:N[.,])?[Nd]"
_RUN = re.compile(
    r"(?:T[ :.](?:f )?)?(?:"
    rf"{_TERM}?R(?:[ .](?:[fn][ .]{{1,2}})*[SK])*"  # winter term 2026/27, 2026/2027 mokslo metai, 2025-2026
    rf"|{_TERM.replace('[SKC]', 'S')}Y|Y[ .](?:f[ .])?(?:[oq][ .]|[NI]\.)?S(?: S)*"  # autumn 2026, 2026. gada rudens
    r"|(?:[No][ .](?:f )?)?(?:M[-h/](?=M))?M[ .,](?:f )?Y(?: f(?=[-(,|$]))?"  # 5 October 2026, marzo de 2026
    r"|Y[ .](?:f[ .])*M(?:[ .][No](?:[.h ]x)?)?"  # 2026. március 11-től
    r"|[DR](?: ?-[DR])?(?:[h ]x|[ .]T(?=[-(,|$]))?|Z(?:[/h -]Z)?)"  # 2026-03-11-tól, HT25; the next two: 3.10.
    rf"|T[ :.](?:f )?d{_END}|d[ .]x"
    r"|C[ .]?(?:n[ .:])?[NoIY]|C:[NoIY](?=[-(,|$])|[oI][ .]C|N\.C"  # cohort no. 2, kull 2026, 3. běh
    r"|(?<=[-(,|:])(?:[Nq] C|C [Llf](?=[-(,|$]))"  # (2 grupė), (Gruppe B)
    r"|(?:[oq][ .]|[NI][ .])E(?! Y)|E[ .:](?:n[ .:])?[NI](?![./])"  # 2nd edition, edycja 4
    r"|(?<=Y[ .])E|E(?=[ :.(](?:f )?Y)"  # édition 2025 is an edition of that year, which stays
    rf"|(?<=[-(,|:^/]){_SIZE}[ h.](?:U[ .])*U(?=[-(,|:$/.])"  # (40 h)
    rf"|{_SIZE}[ h]V(?: U)*{_END}|V[ :]{_SIZE}"  # 7,5 ECTS credits, ECTS: 5
    r"|(?<=[-(,|:^/])s(?=[-(,|:$/.])"  # (40h)
)
"""Over the classes of tokens (see `RUN_CLASSES` and `_class`), each followed by the gap after it."""
_SPEAKS = re.compile("[RYDdZSCEUVsM]")


class Pieces(msgspec.Struct):
    """`gaps[n]` stands before `tokens[n]`, the last one at the end: one letter each. A token may be a phrase, joined by
    hyphens, or an ordinal ("2.a"). `code`: a course code glued to the front; `tags`: those taken off the end."""

    tokens: list[str]
    gaps: list[str]
    code: str = ""
    tags: tuple[str, ...] = ()


def own_pieces(plain: str) -> Pieces:
    """The pieces of an unaccented title that are its own."""
    tokens, classes, gaps = _pieces(plain)
    shape = gaps[0] + "".join(map(str.__add__, classes, gaps[1:]))
    kept = Pieces(tokens, gaps)
    if _SPEAKS.search(shape):
        kept = _without(kept, shape) or kept
    if "d" in classes:
        kept = _spelt_out(kept)
    _strip_front(kept)
    _strip_end(kept)
    return kept


def _pieces(plain: str) -> tuple[list[str], list[str], list[str]]:
    """Tokens, their classes and the gaps around them, phrases joined."""
    tokens: list[str] = []
    classes: list[str] = []
    gaps: list[str] = []
    end = 0
    for found in _PIECE.finditer(plain):
        gap = plain[end : found.start()]
        gaps.append(" " if gap == " " else _gap(gap) if end else _gap(gap).replace(" ", "^"))
        end = found.end()
        token = found[0]
        tokens.append(token)
        classes.append(_PIECE_CLASSES[found.lastindex or 0] or lexicon.RUN_CLASSES.get(token) or _class(token))
    gaps.append(_gap(plain[end:]).replace(" ", "$"))
    if not lexicon.PHRASES.keys().isdisjoint(tokens):
        _join_phrases(tokens, classes, gaps)
    return tokens, classes, gaps


def _gap(text: str) -> str:
    if text == "-":
        return "h"
    shown = text.translate(_GAPS).strip()
    return shown[0] if shown else " "


def _class(token: str) -> str:
    """Year, Number, Roman numeral, letter, Glued season and year, size; "w" for any other word."""
    if token[0].isdigit():
        if token.isdigit():
            return "N" if len(token) <= 3 else "Y" if len(token) == 4 and token[:2] in {"19", "20"} else "w"
        sized = _SIZED.fullmatch(token)
        if sized and lexicon.RUN_CLASSES.get(sized[1], "w") in "UV":
            return "s"
        return "Z" if _GLUED.fullmatch(token) else "w"
    if token in lexicon.ROMANS:
        return "l" if len(token) == 1 else "I"
    if len(token) == 1:
        return "L" if token in lexicon.LETTERS else "w"
    if token[-1].isdigit():
        glued = _GLUED.fullmatch(token)
        return "Z" if glued and lexicon.RUN_CLASSES.get(glued[1]) == "S" else "w"
    return "w"


def _join_phrases(tokens: list[str], classes: list[str], gaps: list[str]) -> None:
    place = 0
    while place < len(tokens) - 1:
        for phrase in lexicon.PHRASES.get(tokens[place], ()):
            end = place + len(phrase)
            if tuple(tokens[place:end]) == phrase and all(gap in " h." for gap in gaps[place + 1 : end]):
                tokens[place:end] = ["-".join(phrase)]
                classes[place:end] = [lexicon.RUN_CLASSES.get(tokens[place], "w")]
                del gaps[place + 1 : end]
                break
        place += 1


def _without(pieces: Pieces, shape: str) -> Pieces | None:
    """Without its runs and sizes; None if nothing were left. Where one stood is a gap that sets off."""
    kept = Pieces([], [])
    end, gap = 0, pieces.gaps[0]
    for first, last in _spans(shape):
        kept.tokens += pieces.tokens[end:first]
        kept.gaps += [gap, *pieces.gaps[end + 1 : first]] if first > end else []
        gap, end = (gap if first == end else "|"), last
        if last == len(pieces.tokens):
            gap = "$"
    kept.tokens += pieces.tokens[end:]
    kept.gaps += [gap, *pieces.gaps[end + 1 :]]
    return kept if kept.tokens else None


def _spans(shape: str) -> Iterator[tuple[int, int]]:
    """[first, last) tokens of every run."""
    for found in _RUN.finditer(shape):
        if found.start() % 2:
            yield found.start() // 2, (found.end() + 1) // 2


def _spelt_out(pieces: Pieces) -> Pieces:
    """Short dates that are none are two numbers ("1/2", "3.11")."""
    spelt = Pieces([], [])
    for place, token in enumerate(pieces.tokens):
        parts = lexicon.TOKEN.findall(token) if token[0].isdigit() and not token[-1].isalpha() else [token]
        spelt.tokens += parts
        spelt.gaps += [pieces.gaps[place], *("/" * (len(parts) - 1))]
    spelt.gaps.append(pieces.gaps[-1])
    return spelt


def _strip_front(pieces: Pieces) -> None:
    tokens, gaps = pieces.tokens, pieces.gaps
    for _ in range(3):
        end = 0
        while end < len(tokens) - 1 and tokens[end] in lexicon.TAGS:
            end += 1
        while end and gaps[end] not in ("-:|(" if gaps[0] == "(" else "-:|"):
            end -= 1
        if not end and len(tokens) > 1 and not (_is_number(tokens[1]) and gaps[2] in _HARD):
            linked = len(tokens) > 2 and tokens[1] in lexicon.LINKS and gaps[2] == " "
            if tokens[0] in lexicon.FRAMES:
                end = 2 if linked else 1
            elif linked and tokens[0] in lexicon.TAGS and lexicon.MARKERS.get(tokens[0]) == "unit":
                end = 2
        if not end and len(tokens) > 1 and gaps[1] in "-:" and not pieces.code and _is_code(tokens[0]):
            pieces.code, end = tokens[0], 1
        if not end:
            return
        del tokens[:end], gaps[:end]
        gaps[0] = "^"


def _is_number(token: str) -> bool:
    return token.isdigit() or token in lexicon.CARDINALS or token in lexicon.ROMANS


def _is_code(token: str) -> bool:
    return token[:2].isalpha() and not token.isalpha() and token.isalnum()


def _strip_end(pieces: Pieces) -> None:
    tokens, gaps = pieces.tokens, pieces.gaps
    first = len(tokens)
    while first > 1 and (tokens[first - 1] in lexicon.TAGS or tokens[first - 1] in lexicon.AND):
        first -= 1
    while first < len(tokens) and (gaps[first] not in _HARD or tokens[first] not in lexicon.TAGS):
        first += 1
    if 0 < first < len(tokens):
        pieces.tags = tuple(tokens[first:])
        del tokens[first:], gaps[first:]
        gaps.append("$")
