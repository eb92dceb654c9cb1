"""Status words."""

from __future__ import annotations

import pytest

from microharvest.map.normalise.status import status


@pytest.mark.parametrize(
    ("said", "word", "basis"),
    [
        ("http://data.europa.eu/snb/status/released", "released", "declared"),
        ("released", "released", "declared"),
        ("julkaistu", "released", "mapped"),
        ("Approved", "released", "mapped"),
        ("https://schema.org/EventCancelled", "cancelled", "mapped"),
    ],
)
def test_status(said: str, word: str, basis: str) -> None:
    assert status(said, None) == (word, basis, ())


@pytest.mark.parametrize("said", ["who knows", "", "http://data.europa.eu/snb/status/other", "x" * 300])
def test_no_status(said: str) -> None:
    assert status(said, None) == (None, "declared", ("concept.unresolved",))
