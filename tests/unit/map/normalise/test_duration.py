"""Durations: ISO 8601 and words; a range or an estimate is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microharvest.map.normalise.duration import duration


@pytest.mark.parametrize(
    ("said", "span", "basis"),
    [
        ("P7W", "P7W", "declared"),
        ("PT60H", "PT60H", "declared"),
        ("p1y2m", "P1Y2M", "declared"),
        ("P60M", "P60M", "declared"),
        ("6 weeks", "P6W", "mapped"),
        ("6weeks", "P6W", "mapped"),
        ("3-month", "P3M", "mapped"),
        ("1.5 years", "P18M", "mapped"),
        ("1,5 Wochen", "PT252H", "mapped"),
        ("0.5 day", "PT12H", "mapped"),
        ("4 semaines", "P4W", "mapped"),
        ("1 año 6 meses", "P1Y6M", "mapped"),
        ("2 heures 30 minutes", "PT2H30M", "mapped"),
        ("2 mesi", "P2M", "mapped"),
        ("12 uur", "PT12H", "mapped"),
        ("5 viikkoa", "P5W", "mapped"),
        ("3 veckor", "P3W", "mapped"),
        ("8 uker", "P8W", "mapped"),
        ("2 semanas", "P2W", "mapped"),
    ],
)
def test_duration(said: str, span: str, basis: str) -> None:
    assert duration(said, None) == (span, basis, ())


@pytest.mark.parametrize(
    "said",
    ["(approx)", "6-8 weeks", "PD1TH0M0",
     "P0D", "P", "PT", "0 weeks", "1 semester", "Variable", "8", "2.5 months",
     "about", "6 months 1 year", "1 week 2 days", "4 hours per week", "", "w" * 200, "P1M1Y"],
)  # fmt: skip
def test_no_duration(said: str) -> None:
    assert duration(said, None) == (None, "declared", ("duration.invalid",))


def test_a_bare_number_needs_its_unit() -> None:
    assert duration("8", "weeks").value == "P8W"
    assert duration("8", "fortnights").issues == ("duration.invalid",)


@given(st.text("0123456789.,PYMWDTHS weksmonthyar-", max_size=25))
def test_what_comes_out_goes_in(said: str) -> None:
    taken = duration(said, None)
    assert taken.value is None or duration(taken.value, None).value == taken.value


@pytest.mark.parametrize(
    ("said", "value"), [("9 months (approx)", "P9M"), ("about 3 weeks", "P3W"), ("ca. 2 ans", "P2Y")]
)
def test_what_is_approximate_says_so(said: str, value: str) -> None:
    assert duration(said, None) == (value, "mapped", ("duration.approximate",))
