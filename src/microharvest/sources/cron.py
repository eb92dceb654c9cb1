"""Cron lines: five fields, days of the week by name only.

The scheduler counts 0 as Monday where cron counts it as Sunday (APScheduler 3.11), so a number there would be
silently wrong in one of the two readings.
"""

from __future__ import annotations

import re

from microharvest.settings.reading import invalid

__all__ = ["check_cron"]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12))
PART = re.compile(r"^(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?$")


def check_cron(line: str, where: str, key: str) -> None:
    """`config.invalid` unless the line is `minute hour day month weekday` in the portable subset of cron."""
    fields = line.split()
    if len(fields) != 5:
        raise invalid(where, key, 'five fields (minute hour day month weekday), such as "17 2 * * sun"')
    for field, (name, low, high) in zip(fields[:4], FIELDS, strict=True):
        if not all(_fits(part, low, high, MONTHS if name == "month" else ()) for part in field.split(",")):
            raise invalid(where, key, f"{name} to be *, numbers from {low} to {high}, ranges or steps")
    for part in fields[4].split(","):
        match = PART.match(part)
        names = (match["first"], match["last"]) if match else ("?", None)
        if any(name is not None and name.lower() not in DAYS for name in names):
            raise invalid(where, key, "days of the week by name (mon to sun), because numbers mean different days")


def _fits(part: str, low: int, high: int, names: tuple[str, ...]) -> bool:
    match = PART.match(part)
    if match is None or match["step"] in {"0", "00"}:
        return False
    numbers = []
    for word in (match["first"], match["last"]):
        if word is None:
            continue
        if word.lower() in names:
            numbers.append(names.index(word.lower()) + 1)
        elif word.isascii() and word.isdigit():
            numbers.append(int(word))
        else:
            return False
    return all(low <= number <= high for number in numbers) and numbers == sorted(numbers)
