"""Dates: ISO 8601, cut to what the source says (`2026`, `2026-09`, `2026-09-01`, with time and zone if said).

Day and month are never guessed: `03/04/2026` is ambiguous unless one of them is over 12, both are equal, or the
source file gives a `format`. Years from 1900 to 2199 are dates. Days that databases and spreadsheets write for
"none" (`SENTINELS`, and the year 9999) are `date.sentinel`.
"""

from __future__ import annotations

import re
from datetime import date as calendar_date
from datetime import datetime, time
from email.utils import parsedate_to_datetime

from microharvest.map.normalise.taken import SHORT, Taken, refused, remembered
from microharvest.map.vocabulary import fold
from microharvest.map.vocabulary.months import MONTHS, WEEKDAYS
from microharvest.model.values import Basis

__all__ = ["SENTINELS", "date", "is_reversed"]

_CLOCK = (
    r"(?:(?:T|\s+|,\s*|\s+(?:at|klo|kl\.?|um)\s+)([0-9]{1,2}):?([0-9]{2})(?::?([0-9]{2})(?:[.,][0-9]{1,9})?)?"
    r"\s*([AaPp][Mm])?"
    r"\s*(Z|UTC|(?:UTC|GMT)?[+-][0-9]{2}:?[0-9]{2}|(?:UTC|GMT)[+-][0-9]{1,2})?)?"
)
_ISO = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})" + _CLOCK + r")?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})" + _CLOCK)
_YEAR_FIRST = re.compile(r"([0-9]{4})(?:/|\.\s?)([0-9]{1,2})(?:/|\.\s?)([0-9]{1,2})\.?" + _CLOCK)
_DOTTED = re.compile(r"([0-9]{1,2})\.\s?([0-9]{1,2})\.\s?([0-9]{4})\.?" + _CLOCK)
_EITHER = re.compile(r"([0-9]{1,2})([/-])([0-9]{1,2})\2([0-9]{4})" + _CLOCK)
_DAY_MONTH = re.compile(
    r"(?:([0-9]{1,2})(?:st|nd|rd|th|er|\.|º|°)?\s+(?:de\s+|of\s+)?)?([^\W\d_]{3,14})\.?,?\s+(?:de\s+)?([0-9]{4})\.?"
    + _CLOCK
)
_MONTH_DAY = re.compile(r"([^\W\d_]{3,14})\.?\s+([0-9]{1,2})(?:st|nd|rd|th)?,?\s+([0-9]{4})" + _CLOCK)
_YEAR_MONTH_DAY = re.compile(r"([0-9]{4})\.?\s+([^\W\d_]{3,14})\s+([0-9]{1,2})\.?" + _CLOCK)
_YEAR_DAY_MONTH = re.compile(r"([0-9]{4})\.?\s+([0-9]{1,2})\.?\s+([^\W\d_]{3,14})" + _CLOCK)
# Words for "year" and "day" behind their numbers: "2026. gada 14. septembris", "14 септември 2026 г.".
_ASIDE = re.compile(r"(?<=[0-9])\.?\s*(?:г\.|р\.|року|года|gada|m\.|d\.)(?=\s|$)")
# "from", before a day: a start all the same.
_FROM = re.compile(r"(?:ab|from|à partir du|dès le|desde|a partir de|dal|vanaf|fra|från|od)\s+(?=[0-9])", re.IGNORECASE)
_WEEKDAY = re.compile(r"([^\W\d_]{2,12})\.?,?\s+")
_MAIL = re.compile(r"[A-Z][a-z]{2}, [0-9]{1,2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}.*")
_FIRST_YEAR, _LAST_YEAR = 1900, 2199
# Zero of Excel, of Unix, and of MySQL as PHP writes it; the first day a Date column of SQL Server takes by default.
SENTINELS = frozenset({"1899-12-30", "1899-12-31", "1900-01-01", "1970-01-01", "1999-11-30"})

_Clock = tuple[str | None, ...]


@remembered
def date(value: str, hint: str | None = None) -> Taken[str]:
    """A moment as the source knows it. `hint`: a strptime pattern, which then decides (ISO 8601 is read all the same).

    Refused: `date.ambiguous` (day or month?), `date.sentinel`, `date.invalid` (prose, impossible days, a weekday that
    is another day).
    """
    value = _ASIDE.sub("", _FROM.sub("", value.strip(), count=1))
    if len(value) > SHORT:
        return refused("date.invalid")
    iso = _ISO.fullmatch(value) or _COMPACT.fullmatch(value)
    if iso is not None and (hint is None or "-" in value):
        return _dated(iso[1], iso[2], iso[3], iso.groups()[3:8], "declared")
    if hint is not None:
        return _by_pattern(value, hint)
    for pattern, order in ((_YEAR_FIRST, (1, 2, 3)), (_DOTTED, (3, 2, 1))):
        found = pattern.fullmatch(value)
        if found is not None:
            year, month, day = (found[group] for group in order)
            return _dated(year, month, day, found.groups()[3:8], "mapped")
    either = _EITHER.fullmatch(value)
    return _by_size(either) if either is not None else _in_words(value)


def is_reversed(start: str | None, end: str | None) -> bool:
    """Does the end lie before the start, at the precision both have?"""
    if start is None or end is None:
        return False
    length = min(len(start), len(end), 10)
    return end[:length] < start[:length]


def _by_size(found: re.Match[str]) -> Taken[str]:
    first, second, year, clock = found[1], found[3], found[4], found.groups()[4:9]
    if int(first) > 12 or first == second:
        return _dated(year, second, first, clock, "mapped")
    if int(second) > 12:
        return _dated(year, first, second, clock, "mapped")
    real = min(int(first), int(second)) > 0 and _FIRST_YEAR <= int(year) <= _LAST_YEAR
    return refused("date.ambiguous" if real else "date.invalid")


def _in_words(value: str) -> Taken[str]:
    if _MAIL.fullmatch(value):
        try:
            moment = parsedate_to_datetime(value)
        except (ValueError, IndexError, OverflowError):
            return refused("date.invalid")
        return _checked(moment.isoformat(), "mapped")
    before = _WEEKDAY.match(value)
    weekday = WEEKDAYS.get(fold(before[1])) if before else None
    if before is not None and weekday is not None:
        value = value[before.end() :]
    for pattern, day, month, year in (
        (_DAY_MONTH, 1, 2, 3),
        (_MONTH_DAY, 2, 1, 3),
        (_YEAR_MONTH_DAY, 3, 2, 1),
        (_YEAR_DAY_MONTH, 2, 3, 1),
    ):
        found = pattern.fullmatch(value)
        number = MONTHS.get(fold(found[month])) if found else None
        if found is not None and number is not None and not (found[day] is None and found[4]):
            taken = _dated(found[year], str(number), found[day], found.groups()[3:8], "mapped")
            return taken if weekday is None or _falls_on(taken.value, weekday) else refused("date.invalid")
    return refused("date.invalid")


def _falls_on(moment: str | None, weekday: int) -> bool:
    return moment is not None and len(moment) >= 10 and calendar_date.fromisoformat(moment[:10]).weekday() == weekday


def _by_pattern(value: str, pattern: str) -> Taken[str]:
    try:
        moment = datetime.strptime(value, pattern)
        text = moment.isoformat()
    except (ValueError, re.error, OverflowError, IndexError, KeyError):
        return refused("date.invalid")
    if not re.search(r"%[dxcjDF]", pattern):
        text = text[:7] if re.search(r"%[mbB]", pattern) else text[:4]
    elif not re.search(r"%[HIXcT]", pattern):
        text = text[:10]
    return _checked(text, "declared")


def _dated(year: str, month: str | None, day: str | None, clock: _Clock, basis: Basis) -> Taken[str]:
    try:
        real = calendar_date(int(year), int(month or 1), int(day or 1)).isoformat()
        said = real[: 10 if day else 7 if month else 4]
        if clock and clock[0]:
            said += _time(*clock)
    except ValueError:
        return refused("date.invalid")
    return _checked(said, basis)


def _time(hour: str | None, minute: str | None, second: str | None, half: str | None, zone: str | None) -> str:
    number = int(hour or 0)
    if half:
        if not 1 <= number <= 12:
            raise ValueError(f"no hour {number} of half a day")
        number = number % 12 + (12 if half.lower() == "pm" else 0)
    text = "T" + time(number, int(minute or 0), int(second or 0)).isoformat()
    if zone in ("Z", "UTC"):
        return text + "Z"
    if not zone:
        return text
    digits = re.sub("UTC|GMT|:", "", zone)
    hours, minutes = (digits[1:3], digits[3:]) if len(digits) == 5 else (digits[1:].zfill(2), "00")
    if int(hours) > 14 or int(minutes) > 59:
        raise ValueError(f"no zone {zone}")
    return f"{text}{digits[0]}{hours}:{minutes}"


def _checked(said: str, basis: Basis) -> Taken[str]:
    if said[:10] in SENTINELS or said.startswith("9999"):
        return refused("date.sentinel")
    return Taken(said, basis) if _FIRST_YEAR <= int(said[:4]) <= _LAST_YEAR else refused("date.invalid")
