"""Numbers: small decimals without exponent or trailing zeros, so that equal numbers are equal bytes."""

from __future__ import annotations

from decimal import Decimal

__all__ = ["plain_decimal"]


def plain_decimal(digits: str) -> Decimal:
    """A Decimal from ASCII digits with at most one point or comma as the decimal separator."""
    number = Decimal(digits.replace(",", ".")).normalize()
    return number if int(number.as_tuple().exponent) <= 0 else number.quantize(Decimal(1))
