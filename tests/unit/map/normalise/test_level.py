"""EQF levels."""

from __future__ import annotations

import pytest

from microharvest.map.normalise.level import eqf_level


@pytest.mark.parametrize(
    ("said", "hint", "level", "basis"),
    [
        ("6", None, 6, "declared"),
        ("6.0", None, 6, "declared"),
        ("http://data.europa.eu/snb/eqf/7", None, 7, "declared"),
        ("Level 7", "http://data.europa.eu/snb/eqf/7", 7, "declared"),
        ("EQF 6", None, 6, "mapped"),
        ("EQF level 5", None, 5, "mapped"),
        ("eqf_6", None, 6, "mapped"),
        ("Niveau 5 (EQF)", None, 5, "mapped"),
        ("Level 6", "EQF", 6, "mapped"),
    ],
)
def test_level(said: str, hint: str | None, level: int, basis: str) -> None:
    assert eqf_level(said, hint) == (level, basis, ())


@pytest.mark.parametrize("said", ["Level 6", "niveau4", "0", "9", "66", "5-6", "nlqf_4plus", "bachelor", "", "L" * 200])
def test_no_level(said: str) -> None:
    assert eqf_level(said, None) == (None, "declared", ("level.invalid",))


def test_a_scheme_that_is_not_eqf_does_not_help() -> None:
    assert eqf_level("Level 6", "RQF").issues == ("level.invalid",)
