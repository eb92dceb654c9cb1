"""Results and how bases combine."""

from __future__ import annotations

import pytest

from microharvest.map.normalise.taken import SHORT, Taken, refused, remembered, weakest
from microharvest.model.values import Basis


@pytest.mark.parametrize(
    ("one", "other", "result"),
    [
        ("declared", "declared", "declared"),
        ("declared", "mapped", "mapped"),
        ("derived", "mapped", "derived"),
        ("default", "declared", "default"),
    ],
)
def test_the_weaker_basis_wins(one: Basis, other: Basis, result: Basis) -> None:
    assert weakest(one, other) == weakest(other, one) == result


def test_short_values_are_remembered_and_long_ones_not() -> None:
    asked: list[str] = []

    @remembered
    def normalise(value: str, hint: str | None) -> Taken[str]:
        asked.append(value)
        return Taken(value)

    for value in ("a", "a", "b" * (SHORT + 1), "b" * (SHORT + 1)):
        assert normalise(value, None).value == value
    assert [len(value) for value in asked] == [1, SHORT + 1, SHORT + 1]


def test_a_refusal_has_no_value() -> None:
    assert refused("url.invalid") == (None, "declared", ("url.invalid",))
