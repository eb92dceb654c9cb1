"""Countries as codes, URIs and names."""

from __future__ import annotations

import pytest

from microharvest.map.normalise.country import country

EU = "http://publications.europa.eu/resource/authority/country/"


@pytest.mark.parametrize(
    ("said", "code", "basis"),
    [
        ("NO", "NO", "declared"),
        ("no", "NO", "declared"),
        ("NOR", "NO", "mapped"),
        ("XK", "XK", "declared"),
        ("XKX", "XK", "mapped"),
        (EU + "1A0", "XK", "mapped"),
        (EU + "NLD", "NL", "mapped"),
        ("UK", "GB", "mapped"),
        ("EL", "GR", "mapped"),
        ("Deutschland", "DE", "mapped"),
        ("The Netherlands", "NL", "mapped"),
        (" Österreich ", "AT", "mapped"),
        ("DE-BW", "DE", "derived"),
        ("DE21H", "DE", "derived"),
        ("http://data.europa.eu/nuts/code/PT1A0", "PT", "derived"),
        ("http://data.europa.eu/nuts/code/EL30", "GR", "derived"),
        ("https://data.europa.eu/nuts/code/AT", "AT", "derived"),
    ],
)
def test_country(said: str, code: str, basis: str) -> None:
    assert country(said, None) == (code, basis, ())


@pytest.mark.parametrize(
    "said",
    [
        "Atlantis",
        "ZZ",
        "EU-wide",
        EU + "OP_DATPRO",
        "",
        "x" * 300,
        "ZZ-1",
        "PT1A0",
        "http://data.europa.eu/nuts/code/ZZ1",
    ],
)
def test_what_is_no_country(said: str) -> None:
    assert country(said, None) == (None, "declared", ("country.unknown",))


def test_the_uri_beside_a_label_decides() -> None:
    assert country("Kosovo (UN 1244)", EU + "1A0").value == "XK"
