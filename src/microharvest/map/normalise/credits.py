"""Credits: one number and what it is a number of. A number without a unit is not taken for ECTS."""

from __future__ import annotations

import re
from decimal import Decimal

from microharvest.map.normalise.number import plain_decimal
from microharvest.map.normalise.taken import SHORT, Taken, refused, remembered
from microharvest.map.vocabulary import fold, words
from microharvest.map.vocabulary.units import TIME_UNITS
from microharvest.model.values import Credits

__all__ = ["MAX_POINTS", "as_ects", "credits"]

MAX_POINTS = Decimal(360)
"""Six years of study (medicine), in ECTS; other credits may be half as large. More is two numbers glued ("180120"
means 180 + 120), or something else."""

_SAID = re.compile(r"(?:([^\W\d_][^\d]*?)[\s:=]*)?([0-9]{1,9}(?:[.,][0-9]{1,4})?)(?:[\s\u00a0]*([^\W\d_][^\d]*))?")
_OWN_UNIT = re.compile(r"[^\W\d_]{1,20}")
_FRAMEWORKS = {
    "ECTS": "ects|ec|ects credits|ects credit|ects credit points|ects-credits|ects points|ects-punkte|ects cr|"
    "ects-leistungspunkte|ects-cr|credits ects|crédits ects|créditos ects|crediti ects|ects-credit|"
    "ects-opintopistettä|ects-poäng|"
    "ects-studiepoeng|ects_credit|ects bod|ects boda|ects bodova|ects bodovi|punkty ects|punktów ects|punkt ects|"
    "ects kredit|ects kredity|ects kreditů|ects kreditov|ects točk|ects točke|credite ects|ects pont|"
    "european credit transfer system|european credit transfer and accumulation system|"
    "http://data.europa.eu/snb/education-credit/6fcec5c5af|http://purl.org/net/cm/terms/ects|"
    "espb|еспб|akts|єктс|кредити єктс|ects кредити|ects krediti|ects krediidipunkti",
    "ECVET": "ecvet|ecvet points|ecvet credits|ecvet-punkte|http://data.europa.eu/snb/education-credit/60b314e826",
    "CATS": "cats|cats points|cats credits|credits cats|http://purl.org/net/cm/terms/cats",
}
_FRAMEWORK = {word: name for name, words in _FRAMEWORKS.items() for word in words.split("|")}
_IN_ECTS = {
    # Half a point: 20 CATS or SCQF credits are the 10 ECTS of the same 200 hours (QAA, Higher education credit
    # framework for England; SCQF handbook).
    **dict.fromkeys(
        words("cats|cats points|cats credits|scqf|scqf credits|scqf credit points|scqf points"), Decimal("0.5")
    ),
    # National credits that are ECTS by law or regulation, 60 to a year of full-time study: Finland, Sweden, Norway,
    # Italy (D.M. 270/2004), Estonia (EAP, since 2009).
    **dict.fromkeys(
        words(
            "op|opintopiste|opintopistettä|opintopisteet|studiepoäng|hp|högskolepoäng|studiepoeng|stp|cfu|eap|"
            "crediti formativi universitari"
        ),
        Decimal(1),
    ),
}
# These words say that credits are meant, not whose.
_NO_UNIT = words(
    "credit|credits|credit point|credit points|points|point|pts|cr|crédit|crédits|crédito|créditos|crediti|"
    "punkte|poäng|poeng"
)


@remembered
def credits(value: str, hint: str | None = None) -> Taken[Credits]:
    """Points over 0 and up to `MAX_POINTS` (twice that outside ECTS and ECVET) with their framework.

    `hint`: framework or unit the source says beside it.

    ECTS, ECVET and CATS by name; other units ("op", "hp", "CFU") stay the source's own. What the value itself says
    wins over the hint, except that a general word ("credits") says nothing.
    """
    value = value.strip()
    if len(value) > SHORT:
        return refused("credits.invalid")
    said = _SAID.fullmatch(value)
    if said is None:
        return refused("credits.no_number" if _names_credits(value) else "credits.invalid")
    if said[1] and said[3]:
        return refused("credits.invalid")
    own = _unit(said[1] or said[3])
    if own is not None and _framework(own) is None and not _OWN_UNIT.fullmatch(own):
        return refused("credits.invalid")
    unit = own or _unit(hint)
    if unit is None:
        return refused("credits.no_unit")
    framework = _framework(unit) or unit
    if fold(unit) in TIME_UNITS:
        return refused("credits.invalid")
    points = plain_decimal(said[2])
    most = MAX_POINTS if framework in ("ECTS", "ECVET") else 2 * MAX_POINTS
    if not 0 < points <= most:
        return refused("credits.out_of_range")
    taken = Credits(framework=framework, points=points, original=None if value == str(points) else value)
    return Taken(taken, "declared" if fold(framework) == fold(unit) else "mapped")


def as_ects(given: Credits) -> Credits | None:
    """The ECTS that national credits amount to, marked as derived; None where nothing says so."""
    factor = _IN_ECTS.get(fold(given.framework))
    points = plain_decimal(str(given.points * factor)) if factor is not None else None
    if points is None or points > MAX_POINTS:
        return None
    return Credits(framework="ECTS", points=points, original=given.original or str(given.points), derived=True)


def _names_credits(value: str) -> bool:
    word = fold(value.strip(".()[]:;,"))
    return word in _NO_UNIT or word in _FRAMEWORK or word in _IN_ECTS


def _unit(said: str | None) -> str | None:
    """The word for a unit, cleaned; None if it names none."""
    word = (said or "").strip(" \u00a0.()[]:;,")
    return None if not word or fold(word) in _NO_UNIT else " ".join(word.split())


def _framework(unit: str) -> str | None:
    return _FRAMEWORK.get(fold(unit))
