"""Workload: hours of learning as a Decimal. Days, weeks and months are no hours; "5 hours a week" is no total either,
unless the number of weeks stands beside it: then their product is derived.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from microharvest.map.normalise.duration import duration
from microharvest.map.normalise.number import plain_decimal
from microharvest.map.normalise.taken import SHORT, Taken, refused, remembered
from microharvest.map.vocabulary import fold
from microharvest.map.vocabulary.units import TIME_UNITS

__all__ = ["MAX_HOURS", "workload"]

MAX_HOURS = 12_000
"""Eight years of full-time study; more is a number of something else."""

_SAID = re.compile(
    r"([1-9][0-9]?(?:[ \u00a0\u202f][0-9]{3})|[0-9]{1,7}(?:[.,][0-9]{1,20})?)[\s\u00a0-]*([^\W\d_]+)?\.?"
)
# 1,200 may be one thousand two hundred.
_GROUPED = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
_NUMBER = r"([0-9]{1,3}(?:[.,][0-9]{1,2})?)"
_TIMES = r"\s*([x×*,;:]|à|a|mit|with|of|for|während|pendant|during|de|med)\s*(?:(?:of|mit|je|jeweils)\s+)?"
_PER = r"\s*(?:/|per|a|an|pro|par|por|i|each|la|a la|alla)?\s*([^\W\d_]+)?"
_WEEKS_FIRST = re.compile(rf"{_NUMBER}\s*-?([^\W\d_]+){_TIMES}{_NUMBER}\s*([^\W\d_]+){_PER}\.?", re.IGNORECASE)
_HOURS_FIRST = re.compile(
    rf"{_NUMBER}\s*([^\W\d_]+)\s*(?:/|per|a|an|pro|par|por|i)\s*([^\W\d_]+){_TIMES}{_NUMBER}\s*([^\W\d_]+)\.?",
    re.IGNORECASE,
)
_FRENCH = re.compile(r"([0-9]{1,4})\s?h\s?([0-5][0-9])(?:\s?min)?", re.IGNORECASE)
_ISO = re.compile(r"PT(?:([0-9]{1,6}(?:[.,][0-9]{1,4})?)H)?(?:([0-9]{1,7}(?:[.,][0-9]{1,4})?)M)?")


@remembered
def workload(value: str, hint: str | None = None) -> Taken[Decimal]:
    """Hours over 0 and up to `MAX_HOURS`. `hint`: the unit of a bare number (hour, min, ...).

    "6 weeks, 5 hours per week" is 30, derived. A bare number without a unit, a range, an ISO 8601 duration with days
    or months: `workload.invalid`.
    """
    value = value.strip()
    if len(value) > SHORT:
        return refused("workload.invalid")
    iso = _ISO.fullmatch(value.upper()) or _FRENCH.fullmatch(value)
    if iso is not None:
        minutes = plain_decimal(iso[2]) if iso[2] else Decimal(0)
        hours = plain_decimal(iso[1]) if iso[1] else Decimal(0)
        return _in_range(hours, minutes, exact=not minutes)
    said = _SAID.fullmatch(value)
    if said is None:
        product = _weeks_times_hours(value)
        if product is not None:
            return product
        spelt = duration(value, None).value  # "2 hours 30 minutes"
        return workload(spelt, None) if spelt and spelt.startswith("PT") else refused("workload.invalid")
    unit = TIME_UNITS.get(fold(said[2] or hint or ""))
    if unit not in ("hour", "minute"):
        return refused("workload.invalid")
    if _GROUPED.fullmatch(said[1]):
        return refused("workload.invalid")
    number = plain_decimal(re.sub(r"\s", "", said[1]))
    if unit == "minute":
        return _in_range(Decimal(0), number, exact=False)
    return _in_range(number, Decimal(0), exact=True)


def _weeks_times_hours(value: str) -> Taken[Decimal] | None:
    """ "6 weeks x 5 hours", "6 weeks, 5 hours per week", "5 hours/week for 6 weeks"."""
    first = _WEEKS_FIRST.fullmatch(value)
    if first is not None:
        weeks, span, times, hours, unit, per = first.groups()
        if per is None and times.lower() not in ("x", "×", "*", "à"):
            return None  # "6 weeks, 5 hours" may be a total
    else:
        second = _HOURS_FIRST.fullmatch(value)
        if second is None:
            return None
        hours, unit, per, _, weeks, span = second.groups()
    units = [TIME_UNITS.get(fold(word)) for word in (span, unit, per or span)]
    if units != ["week", "hour", "week"]:
        return None
    taken = _in_range(plain_decimal(hours) * plain_decimal(weeks), Decimal(0), exact=True)
    return taken if taken.value is None else taken._replace(basis="derived")


def _in_range(hours: Decimal, minutes: Decimal, *, exact: bool) -> Taken[Decimal]:
    whole = hours + minutes / 60
    total = whole.quantize(Decimal("0.01"), ROUND_HALF_UP)
    if not 0 < total <= MAX_HOURS:
        return refused("workload.invalid")
    return Taken(plain_decimal(str(total)), "declared" if exact and total == whole else "derived")
