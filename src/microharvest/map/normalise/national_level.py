"""National qualification levels: the EQF level they are referenced to, where a table of ours says so.

"Level 6" alone names no framework. Pairs that no public text showed us are derived. So is a cycle or degree ("second
cycle", "Master"): QF-EHEA and the EQF are compatible, not the same.
"""

from __future__ import annotations

import re
from functools import cache

from microharvest.map.normalise.level import eqf_level
from microharvest.map.normalise.taken import SHORT, Taken, refused, remembered
from microharvest.map.vocabulary import fold
from microharvest.map.vocabulary.levels import LEVEL_WORDS, cycle_levels, frameworks, nqf_labels

__all__ = ["national_level"]

_URI = re.compile(r"https?://data\.europa\.eu/snb/qdr/(c_[0-9a-f]{8})")
_BETWEEN = " -:,"
_LEVEL_WORD = re.compile(rf"(?:{LEVEL_WORDS})\s*")
_LEVEL_FIRST = re.compile(rf"(?:{LEVEL_WORDS})\s*(\S+)\s+(?:of the\s+)?\(?([^\d()]+)\)?")


@remembered
def national_level(value: str, hint: str | None = None) -> Taken[int]:
    """EQF level, mapped or derived. `hint`: country (alpha-2) or the framework's name or URI.

    What names the EQF itself ("EQF level 4") is that level. A level that no table knows gives no value and no issue: it
    stays a label.
    """
    value = value.strip()
    if len(value) > SHORT:
        return refused()
    for said in filter(None, (hint, value)):
        uri = _URI.fullmatch(said)
        if uri is not None:
            return _known(nqf_labels().get(uri[1], ""), None, at_home=True)
    cycle = cycle_levels().get(fold(value))
    if cycle is not None:
        return Taken(cycle, "derived")
    european = refused() if value[:1].isdigit() else eqf_level(value, None)
    if european.value is not None:
        return Taken(european.value, european.basis)
    named = _known(value, hint, at_home=False)
    return _known(f"{hint} {value}", None, at_home=False) if named.value is None and hint else named


def _known(value: str, country: str | None, *, at_home: bool) -> Taken[int]:
    text = fold(value)
    turned = _LEVEL_FIRST.fullmatch(text)  # "poziom 5 PRK"
    if turned is not None and _named().fullmatch(turned[2]):
        text = f"{turned[2]} {turned[1]}"
    named = _named().match(text)
    if named is None:
        return refused()
    rest = _LEVEL_WORD.sub("", text[named.end() :].lstrip(_BETWEEN), count=1).lstrip(_BETWEEN)
    for framework in frameworks():
        home = at_home or (country or "").upper() == framework.country
        names = (*framework.names, *framework.names_at_home) if home else framework.names
        if named[0] in names and rest in framework.levels:
            return Taken(framework.levels[rest], "mapped" if framework.seen else "derived")
    return refused()


@cache
def _named() -> re.Pattern[str]:
    """The name a text begins with, the longest of all frameworks."""
    names = {name for framework in frameworks() for name in (*framework.names, *framework.names_at_home)}
    return re.compile("|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)))
