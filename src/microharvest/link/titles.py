"""What a title says about which of several siblings an offer is: level, part, module, number, CEFR, grade. Pure.

"Part One" and "Part Two" are 97 % alike and never the same offer; run words ("2a edicion", a term) are not read as
numbers, because runs of one offer are instances of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

__all__ = ["discriminators", "fold", "numbers_differ"]

_KINDS = {
    "level": "level niveau nivel nivell livello niva stufe taso poziom stupen stopnja razina",
    "part": "part parte partie teil del osa deel dio czesc cast cz",
    "module": "module modul modulo modulen moduuli modulis",
    "unit": "unit unidad unite einheit block bloque bloc blokk kurs course curso cours corso kurssi volume vol chapter",
}
_MARKERS = {word: kind for kind, words in _KINDS.items() for word in words.split()}

_WORDS = {
    1: "one first eins erste erster primero primera premier premiere primo prima en forste ensimmainen uno un une",
    2: "two second zwei zweite zweiter segundo segunda deuxieme second seconde secondo to andre toinen dos deux",
    3: "three third drei dritte dritter tercero tercera troisieme terzo terza tre tredje kolmas tres trois",
    4: "four fourth vier vierte vierter cuarto cuarta quatrieme quarto quarta fire fjerde neljas cuatro quatre quattro",
    5: "five fifth funf funfte quinto quinta cinquieme fem femte viides cinco cinq cinque",
}
_NUMBERS = {word: number for number, words in _WORDS.items() for word in words.split()}
_ROMANS = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10}
_GRADES = {
    "intro": "introduction introductory intro beginner beginners basic basics elementary einfuhrung grundlagen "
    "introduccion introduzione introduksjon innforing johdatus alkeet debutant",
    "advanced": "advanced fortgeschrittene fortgeschritten avanzado avanzato avance avancee viderekommende avancerad "
    "secondary jatkokurssi",
}
_GRADE_OF = {word: grade for grade, words in _GRADES.items() for word in words.split()}
_CEFR = re.compile(r"^[abc][12]$")
_TOKEN = re.compile(r"[^\W_]+")
_RUN = frozenset({"edition", "edicion", "edizione", "utgave", "ausgabe", "cohort", "kull", "kohort", "run"})
_TERMS = frozenset({"semester", "term", "spring", "summer", "winter", "fall", "autumn", "host", "var", "ws", "sose"})
_OF = frozenset({"of", "av", "von", "de", "di", "sur", "fra"})


def fold(text: str) -> str:
    """Lower case without accents and punctuation, words apart by one space; for comparing, never for showing."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("ø", "o").replace("æ", "ae").replace("ł", "l"))
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(_TOKEN.findall(plain))


def discriminators(titles: Iterable[str]) -> dict[str, frozenset[str]]:
    """{kind: values} of all titles of one offer; kinds: level, part, module, unit, number, cefr, grade, year."""
    found: dict[str, set[str]] = {}
    for title in titles:
        tokens = fold(title).split()
        for place, token in enumerate(tokens):
            for kind, value in _read(tokens, place, token):
                found.setdefault(kind, set()).add(value)
    return {kind: frozenset(values) for kind, values in found.items()}


def numbers_differ(one: dict[str, frozenset[str]], other: dict[str, frozenset[str]]) -> str | None:
    """The kind in which two offers name different siblings, or None. Silence on one side is no difference."""
    for kind in sorted(one.keys() & other.keys()):
        if not one[kind] & other[kind]:
            return kind
    counted = {"level", "part", "module", "unit", "number"}
    mine, theirs = one.keys() & counted, other.keys() & counted
    if mine and theirs and not mine & theirs:
        ours = frozenset().union(*(one[kind] for kind in mine))
        if not ours & frozenset().union(*(other[kind] for kind in theirs)):
            return "number"
    return None


def _read(tokens: list[str], place: int, token: str) -> Iterable[tuple[str, str]]:
    before = tokens[place - 1] if place else ""
    after = tokens[place + 1] if place + 1 < len(tokens) else ""
    if token in _MARKERS:
        kind = _MARKERS[token]
        number = _number(after)
        if number is None and place and before not in _MARKERS:
            number = _ordinal(before)
        if number is not None:
            yield kind, str(number)
    elif _CEFR.match(token):
        yield "cefr", token
    elif token in _GRADE_OF:
        yield "grade", _GRADE_OF[token]
    elif re.fullmatch(r"(?:19|20)\d\d", token):
        if not {before, after} & (_RUN | _TERMS):
            yield "year", token
    elif place and place == len(tokens) - 1 and not {before} & (_MARKERS.keys() | _OF | _RUN):
        number = int(token) if re.fullmatch(r"\d{1,3}", token) else _ROMANS.get(token)
        if number is not None:
            yield "number", str(number)


def _number(word: str) -> int | None:
    if re.fullmatch(r"\d{1,3}", word):
        return int(word)
    return _NUMBERS.get(word) or _ROMANS.get(word)


def _ordinal(word: str) -> int | None:
    ordinal = re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th|o|a|e|er|eme)?", word)
    return int(ordinal[1]) if ordinal else _NUMBERS.get(word)
