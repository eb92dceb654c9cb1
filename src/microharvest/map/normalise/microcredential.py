"""Is an offer a microcredential? Only what the source declares, or what it calls the credential, tells here.

The same question asked of credits or of the document's profile is publish's; it is undecided here.
"""

from __future__ import annotations

import re

from microharvest.map.vocabulary import fold, words

__all__ = ["declared_microcredential", "names_microcredential"]

_NAMES = re.compile(
    r"micro[\s\-_‐‑–]?(?:cr[eé]den|certifi|qualifi|credenz|chreidi)|mikro[\s\-_‐‑–]?(?:zertifi|[ck]reden|certifi|[ck]valifi|kvalifi|"
    r"qualifi|tutkin|kraad|dokazil|poświadcz|osvedčen|tanúsítv|merit|po[sš]vjedo)|μικρο[\s\-]?διαπιστευτ|микро[\s\-]?(?:квалифик|удостов|кредент)",
    re.IGNORECASE,
)
_YES = words("yes y true t 1 1.0 ja j oui si sí sim kyllä da tak ano igen micro")
_NO = words("no n false f 0 0.0 nein nee nei nej non não ei ne nie regular extracurricular")


def names_microcredential(label: str) -> bool:
    """Does a type or label say microcredential, in one of the languages of Europe?"""
    return _NAMES.search(label[:300]) is not None


def declared_microcredential(value: str) -> bool | None:
    """What a yes/no statement says; None if it says neither."""
    word = fold(value)
    if word in _YES or names_microcredential(value):
        return True
    return False if word in _NO else None
