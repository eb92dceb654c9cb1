"""Figures of reports as short words, for terminal and page alike. What is not known is said, never left out."""

from __future__ import annotations

from decimal import Decimal

from microharvest.report.sectors import CLASSES, MORE, CountrySheet, LevelSheet
from microharvest.report.tally import Amounts

__all__ = [
    "CLASS_NAMES",
    "GROUNDS",
    "STATES",
    "assured_words",
    "grounds_words",
    "number",
    "price_words",
    "prices_by_currency",
    "share",
    "workload_words",
]

GROUNDS = {
    "declared": "said by the source",
    "esco": "from occupations",
    "isced": "from a field of study",
    "keyword": "from a word alone",
}
STATES = {
    "in_force": "in force",
    "ends_soon": "ending soon",
    "undated": "without dates",
    "later": "beginning later",
    "ended": "ended",
    "none": "not stated",
}
CLASS_NAMES: dict[str, str] = {name: f"≤ {name}" for name, _, _ in CLASSES} | {MORE: f"> {CLASSES[-1][0]}", "": "?"}
"""Classes of workload by their ECTS; "?" is not known."""


LARGEST = Decimal(10) ** 12
"""Numbers from here on are slips of a feed; written out they would break a table."""


def grounds_words(grounds: dict[str, int]) -> str:
    """How it is known, in numbers."""
    return ", ".join(f"{count:,} {GROUNDS[ground]}" for ground, count in grounds.items())


def workload_words(level: LevelSheet) -> list[str]:
    """One line per unit, and what is not known."""
    units = {"ects": "ECTS", "ects computed": "ECTS (computed)", "hours": "hours"}
    lines = [f"{_range(amounts)} {units[unit]}" for unit, amounts in level.workload.items()]
    lines += [f"{level.workload_other:,} in credits of another kind"] if level.workload_other else []
    return lines + _unknown(level.workload_unknown, level.entries)


def assured_words(level: LevelSheet) -> list[str]:
    """One line per state."""
    return [f"{level.assurance[state]:,} {name}" for state, name in STATES.items() if level.assurance.get(state)]


def price_words(level: LevelSheet) -> list[str]:
    """One line per currency, then free ones, and what is not known."""
    lines = [f"{_range(amounts)} {currency}" for currency, amounts in level.prices.items()]
    lines += [f"{level.free:,} free"] if level.free else []
    lines += [f"{level.price_without_currency:,} in no stated currency"] if level.price_without_currency else []
    return lines + _unknown(level.price_unknown, level.entries)


def prices_by_currency(sheet: CountrySheet) -> dict[str, list[tuple[int | None, Amounts]]]:
    """{currency: (EQF level, amounts)}, so that each currency is drawn by itself."""
    found: dict[str, list[tuple[int | None, Amounts]]] = {}
    for level in sheet.levels:
        for currency, amounts in level.prices.items():
            found.setdefault(currency, []).append((level.eqf, amounts))
    return dict(sorted(found.items()))


def share(part: int, whole: int) -> int:
    """Whole percent; what is there at all is never 0, what is not everything never 100."""
    if not whole or not part:
        return 0
    percent = round(100 * part / whole)
    return percent if part == whole else min(99, max(1, percent))


def _unknown(count: int, whole: int) -> list[str]:
    if not count:
        return []
    return ["not known"] if count == whole else [f"{count:,} not known"]


def _range(amounts: Amounts) -> str:
    if amounts.least == amounts.most:
        return f"{amounts.count:,} × {number(amounts.median)}"
    ends = f"{number(amounts.least)} to {number(amounts.most)}"
    return f"{amounts.count:,} × {ends}" + (f", median {number(amounts.median)}" if amounts.count > 2 else "")


def number(value: Decimal) -> str:
    """Without zeros at its end: 1,550 and 7.5; what nobody means to pay in short."""
    if value >= LARGEST:
        return f"{value:.3e}"
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
