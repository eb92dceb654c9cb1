"""Is an offer a microcredential? What the source declares, what it calls the credential or its document, and, only
to say no, its size. Everything else is undecided: a badge, a certificate, a course may be one or not.
"""

from __future__ import annotations

import re
from decimal import Decimal

from microharvest.map.vocabulary import fold, words
from microharvest.map.vocabulary.levels import cycle_levels

__all__ = ["MICRO_ECTS", "declared_microcredential", "names_degree", "names_microcredential"]

MICRO_ECTS = Decimal(60)
"""A microcredential certifies "a small volume of learning" (2022/C 243/02, definitions); more than a year of full-time
study is none by any national rule (3 to 30 ECTS in the Netherlands, below 15 in Spain)."""

_MICRO = (  # the rest of the word after micro- or mikro- in the languages of Europe
    "cr[eé]den|certifi|qualifi|credenz|chreidi|zertifi|[ck]reden|kredenz|[ck]valifi|kvalifi|tutkin|kraad|dokazil|"
    "poświadcz|osvedčen|tanúsítv|merit|po[sš]vjedo|yeterlilik"
)
_NAMES = re.compile(
    rf"mi[ck]ro[\s\-_‐‑–]?(?:{_MICRO})|pien(?:i|et) osaamiskokonaisuu|små kompetenshelhet|micreadintiúr|"
    r"μικρο[\s\-]?διαπιστευτ|микро[\s\-]?(?:квалифик|удостов|кредент|креденц)",
    re.IGNORECASE,
)
_DEGREES = words(
    "associate's degree|associate degree|associates degree|bachelor's programme|master's programme|bachelorstudium|"
    "masterstudium|bacheloropleiding|masteropleiding|doctoral programme|degree programme|licence professionnelle|"
    "titre ingénieur|diplôme d'ingénieur|laurea|laurea triennale|laurea magistrale|máster universitario"
)
# "MSc in Earth Science", "BA (Hons) Childhood Studies", "MBA", "Master of Science"; not "MBA essentials", "MSc module".
_DEGREE_IN = re.compile(
    r"(?:[bm]sc|mba|ll[bm]|[bm]eng|mphil|foundation degree)(?:$| in )|(?:ba|ma) in |"
    r"(?:ba|bsc|beng|llb) ?\((?:hons|honours)\)|(?:master|bachelor|doctor) of (?!ceremonies)"
)
# "Master level" tells how hard a course is, not that it is a degree.
_LEVEL = re.compile("level|nivå|cycle|zyklus|syklus")
_YES = words("yes y true t 1 1.0 ja j oui si sí sim kyllä da tak ano igen micro")
_NO = words("no n false f 0 0.0 nein nee nei nej non não ei ne nie regular extracurricular")


def names_microcredential(label: str) -> bool:
    """Does a type or label say microcredential, in one of the languages of Europe?"""
    return _NAMES.search(label[:300]) is not None


def names_degree(label: str) -> bool:
    """Does a type or label say the degree of a cycle (QF-EHEA), which is no microcredential?"""
    word = fold(label.replace("_", " "))
    known = word in _DEGREES or _DEGREE_IN.match(word) is not None
    return known or (word in cycle_levels() and not _LEVEL.search(word))


def declared_microcredential(value: str) -> bool | None:
    """What a yes/no statement says; None if it says neither."""
    word = fold(value)
    if word in _YES or names_microcredential(value):
        return True
    return False if word in _NO else None
