"""Hours of work."""

from __future__ import annotations

from decimal import Decimal

import pytest

from microharvest.map.normalise.workload import workload


@pytest.mark.parametrize(
    ("said", "unit", "hours", "basis"),
    [
        ("12 hours", None, "12", "declared"),
        ("1.5", "hours", "1.5", "declared"),
        ("100", "hours", "100", "declared"),
        ("12,5 Stunden", None, "12.5", "declared"),
        ("PT60H", None, "60", "declared"),
        ("PT1H30M", None, "1.5", "derived"),
        ("1080", "min", "18", "derived"),
        ("0.7333333333333333", "hours", "0.73", "derived"),
        ("90 minutes", None, "1.5", "derived"),
        ("100", "minute", "1.67", "derived"),
        ("2 hours 30 minutes", None, "2.5", "derived"),
    ],
)
def test_workload(said: str, unit: str | None, hours: str, basis: str) -> None:
    taken = workload(said, unit)
    assert (str(taken.value), taken.basis, taken.issues) == (hours, basis, ())
    assert taken.value == Decimal(hours)


@pytest.mark.parametrize(
    "said",
    [
        "2 TO 3 hours.",
        "1.5",
        "P60M",
        "P2D",
        "P6W",
        "6 weeks",
        "4 hours per week",
        "0 hours",
        "99999 h",
        "1,200 hours",
        "1.200 hours",
        "PT",
        "",
    ],
)
def test_no_workload(said: str) -> None:
    assert workload(said, None) == (None, "declared", ("workload.invalid",))
