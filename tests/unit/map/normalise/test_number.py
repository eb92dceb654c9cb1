"""Decimals that are equal bytes when they are equal."""

from __future__ import annotations

import pytest

from microharvest.map.normalise.number import plain_decimal


@pytest.mark.parametrize(("digits", "text"), [("100", "100"), ("5.0", "5"), ("1,50", "1.5"), ("0", "0"), ("007", "7")])
def test_plain_decimal(digits: str, text: str) -> None:
    assert str(plain_decimal(digits)) == text
