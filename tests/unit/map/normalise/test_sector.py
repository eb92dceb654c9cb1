"""Sectors of NACE Rev. 2.1; everything else stays what the source said."""

from __future__ import annotations

import pytest

from microharvest.map.normalise.sector import sector
from microharvest.map.vocabulary import NACE_BASE


@pytest.mark.parametrize(
    ("said", "hint", "code", "basis"),
    [
        (NACE_BASE + "62", None, "62", "declared"),
        (NACE_BASE + "K", None, "K", "declared"),
        (NACE_BASE + "6210", None, "62", "mapped"),
        ("NACE Rev. 2.1: 62.10 Computer programming", None, "62", "mapped"),
        ("C25", "NACE Rev. 2.1", "25", "mapped"),
        ("47", "NACE 2.1", "47", "mapped"),
    ],
)
def test_sector(said: str, hint: str | None, code: str, basis: str) -> None:
    taken = sector(said, hint)
    assert taken.value is not None
    assert (taken.value.code, taken.value.uri, taken.basis) == (code, NACE_BASE + code, basis)


@pytest.mark.parametrize(
    ("said", "hint"),
    [("62", None), ("62", "NAICS"), ("J", "NACE Rev. 2"), ("45", "NACE 2.1"), ("W", "NACE 2.1"), ("x" * 200, None)],
)
def test_other_classifications(said: str, hint: str | None) -> None:
    assert sector(said, hint).value is None
