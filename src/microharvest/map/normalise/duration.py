"""Durations: ISO 8601, from ISO 8601 or from a number and a unit of time ("6 weeks", "1 año 6 meses").

Calendar units are never turned into each other where that would need a guess: a month has no number of days.
"""

from __future__ import annotations

import re
from decimal import Decimal

import isodate

from microharvest.map.normalise.number import plain_decimal
from microharvest.map.normalise.taken import SHORT, Taken, refused, remembered
from microharvest.map.vocabulary import fold
from microharvest.map.vocabulary.units import TIME_UNITS

__all__ = ["duration"]

_ISO = re.compile(
    r"P(?=[0-9T])(?:[0-9]{1,5}(?:\.[0-9]{1,4})?Y)?(?:[0-9]{1,5}(?:\.[0-9]{1,4})?M)?(?:[0-9]{1,5}(?:\.[0-9]{1,4})?W)?"
    r"(?:[0-9]{1,5}(?:\.[0-9]{1,4})?D)?"
    r"(?:T(?=[0-9])(?:[0-9]{1,6}(?:\.[0-9]{1,4})?H)?(?:[0-9]{1,6}(?:\.[0-9]{1,4})?M)?(?:[0-9]{1,8}(?:\.[0-9]{1,4})?S)?)?"
)
_WORDS = re.compile(r"([0-9]{1,5}(?:[.,][0-9]{1,2})?)[\s\u00a0-]*([^\W\d_]+)\.?")
_PAIR = rf"{_WORDS.pattern}(?:\s*(?:,|\+|and|und|et|y|e|en|och|og|ja)?\s+{_WORDS.pattern})?"
_ONE_OR_TWO = re.compile(_PAIR)
_ABOUT = re.compile(
    r"(?:approx(?:imately)?\.?|circa|ca\.?|about|etwa|ungefähr|environ|aproximadamente|noin|omkring|ongeveer)\s+([0-9].*)"
    r"|([0-9][^()]*?)\s*\(?(?:approx(?:imately)?|circa|ca|environ|etwa|noin)\.?\)?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[0-9]{1,5}(?:[.,][0-9]{1,2})?")
_ORDER = ("year", "month", "week", "day", "hour", "minute")
_LETTER = {"year": "P{}Y", "month": "P{}M", "week": "P{}W", "day": "P{}D", "hour": "PT{}H", "minute": "PT{}M"}
_SMALLER: dict[str, tuple[int, str]] = {
    "year": (12, "month"),
    "week": (7, "day"),
    "day": (24, "hour"),
    "hour": (60, "minute"),
}


@remembered
def duration(value: str, hint: str | None = None) -> Taken[str]:
    """An ISO 8601 duration over zero. `hint`: the unit of a bare number.

    "9 months (approx)" is nine months with the issue `duration.approximate`.
    Refused as `duration.invalid`: ranges, semesters, self-paced, misspelt ISO 8601, numbers without a unit.
    """
    value = value.strip()
    if len(value) > SHORT:
        return refused("duration.invalid")
    if value[:1] in ("P", "p"):
        return _iso(value.upper().replace(",", "."))
    about = _ABOUT.fullmatch(value)
    if about is not None:
        taken = duration(about[1] or about[2], hint)
        return taken if taken.value is None else taken._replace(issues=("duration.approximate",))
    if hint is not None and _NUMBER.fullmatch(value):
        return _spelt([(value, hint)])
    found = _ONE_OR_TWO.fullmatch(value)
    if found is None:
        return refused("duration.invalid")
    return _spelt([(found[1], found[2])] if found[3] is None else [(found[1], found[2]), (found[3], found[4])])


def _iso(value: str) -> Taken[str]:
    if not _ISO.fullmatch(value):
        return refused("duration.invalid")
    try:
        span = isodate.parse_duration(value)
    except (isodate.ISO8601Error, ValueError, OverflowError):
        return refused("duration.invalid")
    return Taken(value) if span else refused("duration.invalid")


def _spelt(pairs: list[tuple[str, str]]) -> Taken[str]:
    units = [TIME_UNITS.get(fold(word)) for _, word in pairs]
    if any(unit is None for unit in units):
        return refused("duration.invalid")
    whole = [_whole(plain_decimal(number), unit) for (number, _), unit in zip(pairs, units, strict=True) if unit]
    if any(amount <= 0 or amount != amount.to_integral_value() for amount, _ in whole):
        return refused("duration.invalid")
    texts = [_LETTER[unit].format(amount) for amount, unit in whole]
    if len(texts) == 1:
        return Taken(texts[0], "mapped")
    if _ORDER.index(whole[0][1]) >= _ORDER.index(whole[1][1]) or "week" in (whole[0][1], whole[1][1]):
        return refused("duration.invalid")
    first, second = texts
    joined = first + (second[2:] if first.startswith("PT") else second[1:])
    return Taken(joined, "mapped")


def _whole(amount: Decimal, unit: str) -> tuple[Decimal, str]:
    """A fraction in the next smaller unit, where that is exact: 1.5 years are 18 months; 2.5 months stay."""
    while amount != amount.to_integral_value() and unit in _SMALLER:
        factor, unit = _SMALLER[unit]
        amount *= factor
    return (amount.quantize(Decimal(1)), unit) if amount == amount.to_integral_value() else (amount, unit)
