"""National qualification levels and QF-EHEA cycles, and the EQF level each is referenced to.

What must stay true: a level without a row is unknown, never guessed from its number (Irish 6 is EQF 5). Each row of
`national_levels.csv` names the referencing report, and in `seen` a public text that shows the pairs. Without one the
framework is in the EU list with these levels and is referenced to the EQF: its pairs, equal in number, are derived.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import msgspec

from microharvest.map.vocabulary import fold, rows

__all__ = ["LEVEL_WORDS", "Framework", "cycle_levels", "frameworks", "nqf_labels"]

LEVEL_WORDS = (
    "level|levels|niveau|stufe|nivel|livello|nível|nivå|taso|nivo|nivel|úroveň|szint|poziom|tase|lygis|līmenis|razina|"
    "raven|επίπεδο|ниво|nivelul|seviye"
)
"""A pattern of the words for a level, in any language."""


class Framework(msgspec.Struct, frozen=True):
    """One national framework. `names` say it anywhere, `names_at_home` only in its country ("AQF" is Australian too).

    Names are folded and longest first; `levels`: folded level as the country writes it -> EQF level; `seen`: a public
    text shows the pairs.
    """

    country: str
    names: tuple[str, ...]
    names_at_home: tuple[str, ...]
    levels: Mapping[str, int]
    seen: bool


@cache
def frameworks() -> tuple[Framework, ...]:
    """Every national framework that is referenced to the EQF and that we can stand behind."""
    return tuple(
        Framework(
            row["country"],
            _names(row["names"]),
            _names(row["names_at_home"]),
            _levels(row["levels"].split(" ")),
            seen=bool(row["seen"]),
        )
        for row in rows("national_levels")
    )


@cache
def nqf_labels() -> Mapping[str, str]:
    """Id in the EU list of national levels (`c_c392e7a2`) -> its label ("RQF Level 6")."""
    return {row["id"]: row["label"] for row in rows("nqf")}


@cache
def cycle_levels() -> Mapping[str, int]:
    """Folded name of a QF-EHEA cycle or its degree -> the EQF level compatible with it (5 to 8)."""
    return {fold(word): int(row["eqf"]) for row in rows("cycles") for word in (row["code"], *row["words"].split("|"))}


def _names(text: str) -> tuple[str, ...]:
    return tuple(sorted((fold(name) for name in text.split("|") if name), key=len, reverse=True))


def _levels(pieces: list[str]) -> Mapping[str, int]:
    """ "Entry 3=1 1=2": a piece without `=` belongs to the next one."""
    found: dict[str, int] = {}
    head = ""
    for piece in pieces:
        level, equals, eqf = piece.partition("=")
        if not equals:
            head += level + " "
            continue
        found[fold(head + level)] = int(eqf)
        head = ""
    return found
