"""The language of texts, by their most frequent small words; the country of an address, by its top-level domain."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from urllib.parse import urlsplit

__all__ = ["LANGUAGES", "country_of_host", "language_of"]

_WORDS = {
    "en": "the and of to in for with you will this are course that your",
    "de": "der die und das für mit von den eine zur im werden ist sie auf",
    "fr": "les des et la le du une pour dans vous sur aux est avec en",
    "nl": "de het een van en voor met je wordt zijn deze aan op dat",
    "fi": "ja on sekä että tai ovat opiskelija osaa kurssi opintojakson miten kuin",
    "sv": "och att som för med är på kursen inom eller till ett du av",
    "no": "og som for med er på til kurset eller innen deg et av å",
    "da": "og som for med er på til kurset eller inden dig et af at",
    "es": "los las del para una con por que el curso en y se su",
    "pt": "dos das para uma com por que curso em não os da ao são",
    "it": "di il per una con che del della gli corso nel dei alla sono",
    "pl": "i w na z do oraz się jest dla kurs przez od które",
    "cs": "a v na se pro je kurz který jsou nebo do při ve",
    "sk": "a v na sa pre je kurz ktorý sú alebo do pri vo",
    "sl": "in v na za je se tečaj ki so ali pri da",
    "hr": "i u na za je se tečaj koji su ili pri da",
    "hu": "a az és egy hogy képzés van vagy meg nem is",
    "ro": "și de la în pentru cu care curs sunt o din pe",
    "et": "ja on ning kursus mis või see ei kui oma",
    "lv": "un ir par kurss kas vai ar no uz tiek",
    "lt": "ir yra kursas arba kaip su iš į apie bei",
    "el": "και το της του για με στην των τα οι",
    "bg": "и на за се от да курс по или в",
}
LANGUAGES = frozenset((*_WORDS, "nb", "nn", "ga", "mt", "eu", "ca", "gl"))
_SETS = {tag: frozenset(words.split()) for tag, words in _WORDS.items()}
_ENOUGH, _CLEARLY, _SEVERAL = 12, 1.4, 3
"""Small words seen, how many times more than in the next language, and how many different ones: "Kurs 1", "Kurs 2"
would be Polish otherwise."""
_COUNTRIES = frozenset(
    ("AD", "AL", "AM", "AT", "AZ", "BA", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GE", "GR",
     "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MC", "MD", "ME", "MK", "MT", "NL", "NO", "PL", "PT", "RO",
     "RS", "SE", "SI", "SK", "SM", "TR", "UA", "XK", "AU", "CA", "NZ", "US", "IN", "JP", "BR", "MX", "ZA")
)  # fmt: skip
_OTHER = {"uk": "GB", "eu": None, "ac": None}


def language_of(texts: Iterable[str]) -> tuple[str, int] | None:
    """(language, how many of its small words were seen), or None where the texts are too few or too mixed."""
    seen: Counter[str] = Counter()
    for text in texts:
        seen.update(re.findall(r"[^\W\d_]+", text.casefold())[:400])
    found = {tag: [seen[word] for word in words if word in seen] for tag, words in _SETS.items()}
    counts = Counter({tag: sum(each) for tag, each in found.items() if len(each) >= _SEVERAL})
    ranked = counts.most_common(2)
    if not ranked or ranked[0][1] < _ENOUGH:
        return None
    if len(ranked) > 1 and ranked[0][1] < _CLEARLY * ranked[1][1]:
        return None
    return ranked[0]


def country_of_host(url: str) -> str | None:
    """The country of a host's top-level domain, where it has one."""
    top = (urlsplit(url).hostname or "").rpartition(".")[2].lower()
    if top in _OTHER:
        return _OTHER[top]
    return top.upper() if top.upper() in _COUNTRIES else None
