"""Spreads and amounts: exact where people look, bounded whatever comes."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from microharvest.report import tally
from microharvest.report.tally import AmountsSeen, SpreadSeen


def test_scores_fall_into_tens_and_unknown_ones_beside_them() -> None:
    seen = SpreadSeen()
    for value in (0, 9, 10, 99, 100, None):
        seen.add(value)
    spread = seen.result()
    assert (spread.judged, spread.unknown, spread.mean) == (5, 1, 43.6)
    assert spread.bins == (2, 1, 0, 0, 0, 0, 0, 0, 0, 2)
    assert SpreadSeen().result().mean is None


@given(st.lists(st.decimals(min_value=0, max_value=10**6, places=2), min_size=1))
def test_the_median_is_an_amount_somebody_said(amounts: list[Decimal]) -> None:
    seen = AmountsSeen()
    for amount in amounts:
        seen.add(amount)
    found = seen.result()
    assert found is not None
    ordered = sorted(amounts)
    assert (found.count, found.least, found.most) == (len(amounts), ordered[0], ordered[-1])
    assert found.median == ordered[(len(ordered) - 1) // 2]


def test_nothing_is_nothing_and_not_zero() -> None:
    assert AmountsSeen().result() is None


def test_a_million_different_amounts_are_kept_to_three_digits() -> None:
    seen = AmountsSeen()
    for number in range(1, 200_001):
        seen.add(Decimal(number))
    found = seen.result()
    assert found is not None
    assert len(seen._seen) <= tally.MOST_VALUES + 1
    assert found.count == 200_000
    assert abs(found.median - 100_000) <= 1000
