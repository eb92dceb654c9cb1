"""Accreditations end: on the day they say, not before; what bears no date is never called ended."""

from __future__ import annotations

from datetime import date

import pytest

from microharvest.model.values import QualityAssurance
from microharvest.quality.assurance import standing_of

DAY = date(2026, 11, 25)


def claim(since: str | None, until: str | None) -> QualityAssurance:
    return QualityAssurance(title={"en": "Programme accreditation"}, valid_from=since, valid_to=until)


@pytest.mark.parametrize(
    ("since", "until", "state"),
    [
        (None, None, "undated"),
        ("2020-01-01", None, "in_force"),
        (None, "2027-12-31", "in_force"),
        (None, "2026-11-25", "ends_soon"),
        (None, "2026-11-25T00:00:00Z", "ends_soon"),
        (None, "2026-11-24", "ended"),
        (None, "2026", "ends_soon"),
        (None, "2025", "ended"),
        (None, "2026-11", "ends_soon"),
        (None, "2026-10", "ended"),
        (None, "2027-02-22", "ends_soon"),
        (None, "2027-02-23", "in_force"),
        (None, "2027", "in_force"),
        ("2027-01-01", "2030-01-01", "later"),
        ("2027-01-01", None, "later"),
        ("2026-11-25", None, "in_force"),
    ],
)
def test_one_claim(since: str | None, until: str | None, state: str) -> None:
    assert standing_of([claim(since, until)], DAY, 90).state == state


def test_nothing_said_is_none() -> None:
    assert standing_of([], DAY, 90) == ("none", None)


def test_the_best_claim_decides() -> None:
    old, running, soon = claim(None, "2020-01-01"), claim(None, "2030-01-01"), claim(None, "2026-12-24")
    assert standing_of([old, soon, running], DAY, 90) == ("in_force", "2030-01-01")
    assert standing_of([old, soon], DAY, 90) == ("ends_soon", "2026-12-24")
    assert standing_of([soon, claim("2020-01-01", None)], DAY, 90) == ("in_force", None)
    assert standing_of([old, claim(None, None)], DAY, 90) == ("ended", "2020-01-01")
