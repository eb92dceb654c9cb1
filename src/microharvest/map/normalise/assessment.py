"""Types of assessment in prose: "Assignment; Paper; Written test 1", "written exam (75%)".

A piece of the text that is a known word names its type (mapped); a known name of several words inside a sentence
does too (derived), unless a word that may deny it stands in the same piece, or an "or" right beside it. Nothing else is
read from prose.
"""

from __future__ import annotations

import re
from functools import cache

from microharvest.map.normalise.concept import find_term
from microharvest.map.normalise.taken import Taken, refused
from microharvest.map.normalise.text import clean_text
from microharvest.map.vocabulary import Term, concept_list, fold, words

__all__ = ["assessments_in"]

_MAX = 2000
_PIECES = re.compile(r"\s*[;\n•·]\s*|(?<=[^\W\d_A-Z)]{2}\.)\s+(?=[^\W\d_a-z])")
_LIST = re.compile(r"\s*[,+]\s*|\s+(?:and|und|et|y|e|en|og|och|ja|i|a)\s+")
_WEIGHT = re.compile(r"\s*\(?\s*[0-9]{1,3}(?:[.,][0-9])?\s*%\s*\)?")
_NUMBERED = re.compile(r"(?:\s+[0-9]{1,2}|\(s\))$")
_DENIALS = words(
    "no not without none nor never instead replaces optional may kein keine keinen nicht ohne pas sans aucun non senza "
    "nessun sin ningún geen niet zonder ei ilman ingen inte utan ikke uden uten sem não nie"
)
_CHOICES = words("or oder ou o tai eller vai lub nebo vagy")
_BESIDE = 2
"""So many words may stand between a name and the word that offers another in its stead: "or a graded written exam"."""
_ALONE_ONLY = words("multiple choice|problem based learning")
"""Within a sentence these say how a test or a course is made, not that it is one."""
_WORD = re.compile(r"[^\W\d_]+")
_MONTH = re.compile(r"(?<=[a-z,] )May\b")


def assessments_in(text: str) -> Taken[tuple[tuple[Term, str], ...]]:
    """(type, the piece that says it), each type once. `concept.unresolved` if a piece says something unknown."""
    found: dict[str, tuple[Term, str]] = {}
    derived = unknown = False
    for piece in _PIECES.split(clean_text(text[:_MAX]).value or ""):
        plain = _NUMBERED.sub("", _WEIGHT.sub(" ", piece).strip(" -–—*"))
        if not plain:
            continue
        term = find_term("assessments", plain, None).value
        named = [term] if term is not None else _all_of(plain) or _named_in(plain)
        derived = derived or (term is None and bool(named))
        unknown = unknown or not named
        for one in named:
            found.setdefault(one.uri, (one, piece.strip()))
    issues = ("concept.unresolved",) if unknown or len(text) > _MAX else ()
    if not found:
        return refused(*issues)
    return Taken(tuple(found.values()), "derived" if derived else "mapped", issues)


def _all_of(piece: str) -> list[Term]:
    """What a list of nothing but names says ("Klausur, Projektarbeit"); a choice ("or") is none."""
    parts = _LIST.split(piece)
    terms = [find_term("assessments", part, None).value for part in parts]
    return [term for term in terms if term is not None] if len(parts) > 1 and all(terms) else []


def _named_in(piece: str) -> list[Term]:
    said = [word.casefold() for word in _WORD.findall(_MONTH.sub("", piece))]
    if not _DENIALS.isdisjoint(said):
        return []
    by_word = concept_list("assessments").by_word
    return [by_word[fold(found[0])] for found in _phrases().finditer(piece) if not _one_of_several(piece, found)]


def _one_of_several(piece: str, found: re.Match[str]) -> bool:
    near = _WORD.findall(piece[: found.start()])[-_BESIDE - 1 :] + _WORD.findall(piece[found.end() :])[: _BESIDE + 1]
    return not _CHOICES.isdisjoint(word.casefold() for word in near)


@cache
def _phrases() -> re.Pattern[str]:
    """Names of several words only: a single one ("project", "presence") says too little within a sentence."""
    names = [re.escape(word) for word in concept_list("assessments").by_word if " " in word and word not in _ALONE_ONLY]
    return re.compile(rf"(?<!\w)(?:{'|'.join(sorted(names, key=len, reverse=True))})(?!\w)", re.IGNORECASE)
