"""Figures over many offers in bounded memory: how scores spread, how amounts lie."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from itertools import accumulate

import msgspec

__all__ = ["BINS", "Amounts", "AmountsSeen", "Spread", "SpreadSeen"]

BINS = 10
MOST_VALUES = 5000
"""Different amounts that are kept as they are; beyond, they are kept to three digits."""


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """How a score (0 to 100) spreads: offers in each ten of it, the mean; `unknown`: offers it does not apply to."""

    judged: int
    unknown: int
    mean: float | None
    bins: tuple[int, ...]


class SpreadSeen:
    """Adds up a `Spread`."""

    def __init__(self) -> None:
        self._bins, self._sum, self._unknown = [0] * BINS, 0, 0

    def add(self, value: int | None) -> None:
        if value is None:
            self._unknown += 1
            return
        self._sum += value
        self._bins[min(value * BINS // 100, BINS - 1)] += 1

    def result(self) -> Spread:
        judged = sum(self._bins)
        mean = round(self._sum / judged, 1) if judged else None
        return Spread(judged=judged, unknown=self._unknown, mean=mean, bins=tuple(self._bins))


class Amounts(msgspec.Struct, frozen=True, kw_only=True):
    """How amounts of one unit lie. `median`: the lower one of two in the middle, so that it is one somebody said."""

    count: int
    least: Decimal
    median: Decimal
    most: Decimal


class AmountsSeen:
    """Adds up `Amounts`."""

    def __init__(self) -> None:
        self._seen: Counter[Decimal] = Counter()

    def add(self, amount: Decimal) -> None:
        self._seen[amount] += 1
        if len(self._seen) > MOST_VALUES:
            rounded: Counter[Decimal] = Counter()
            for value, count in self._seen.items():
                rounded[Decimal(f"{value:.2e}")] += count
            self._seen = rounded

    def result(self) -> Amounts | None:
        """None where nothing was added."""
        if not self._seen:
            return None
        ordered = sorted(self._seen)
        reached = list(accumulate(self._seen[value] for value in ordered))
        middle = next(value for value, upto in zip(ordered, reached, strict=True) if 2 * upto >= reached[-1])
        return Amounts(count=reached[-1], least=ordered[0], median=middle, most=ordered[-1])
