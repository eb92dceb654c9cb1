"""Credits: a number and its framework, or the reason why not."""

from __future__ import annotations

import pytest

from microharvest.map.normalise.credits import credits


@pytest.mark.parametrize(
    ("said", "hint", "framework", "points", "original", "basis"),
    [
        ("5", "ECTS", "ECTS", "5", None, "declared"),
        ("5", "http://data.europa.eu/snb/education-credit/6fcec5c5af", "ECTS", "5", None, "mapped"),
        ("5", "http://data.europa.eu/snb/education-credit/60b314e826", "ECVET", "5", None, "mapped"),
        ("5 ECTS", None, "ECTS", "5", "5 ECTS", "declared"),
        ("ECTS: 5", None, "ECTS", "5", "ECTS: 5", "declared"),
        ("7,5 ECTS-Punkte", None, "ECTS", "7.5", "7,5 ECTS-Punkte", "mapped"),
        ("2 EC", None, "ECTS", "2", "2 EC", "mapped"),
        ("5.0", "ECTS", "ECTS", "5", "5.0", "declared"),
        ("60 CATS points", None, "CATS", "60", "60 CATS points", "mapped"),
        ("5 credits", "ects", "ECTS", "5", "5 credits", "declared"),
        ("5 op", None, "op", "5", "5 op", "declared"),
        ("7.5 hp", "ECTS", "hp", "7.5", "7.5 hp", "declared"),
    ],
)
def test_credits(said: str, hint: str | None, framework: str, points: str, original: str | None, basis: str) -> None:
    taken = credits(said, hint)
    assert taken.value is not None
    assert (taken.value.framework, str(taken.value.points), taken.value.original) == (framework, points, original)
    assert (taken.basis, taken.issues) == (basis, ())


@pytest.mark.parametrize(
    ("said", "hint", "code"),
    [
        ("180120", "ECTS", "credits.out_of_range"),
        ("0", "ECTS", "credits.out_of_range"),
        ("361 ECTS", None, "credits.out_of_range"),
        ("180 + 120", "ECTS", "credits.invalid"),
        ("3-6 ECTS", None, "credits.invalid"),
        ("3 or 6", "ECTS", "credits.invalid"),
        ("about 5 ECTS", None, "credits.invalid"),
        ("5 ECTS per module", None, "credits.invalid"),
        ("5 weeks", None, "credits.invalid"),
        ("-5", "ECTS", "credits.invalid"),
        ("1e2", "ECTS", "credits.invalid"),
        ("٥", "ECTS", "credits.invalid"),
        ("", "ECTS", "credits.invalid"),
        ("9" * 200, "ECTS", "credits.invalid"),
        ("5", None, "credits.no_unit"),
        ("5 credits", None, "credits.no_unit"),
        ("5", "credits", "credits.no_unit"),
        ("ECTS", None, "credits.no_number"),
        ("credits", "ECTS", "credits.no_number"),
    ],
)
def test_no_credits(said: str, hint: str | None, code: str) -> None:
    assert credits(said, hint) == (None, "declared", (code,))
