"""Values as LOQ writes them; what it cannot say is None."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from microharvest.map.vocabulary import country_authority
from microharvest.publish.elm.terms import country_uri, date_time, framework_uri, hours, language_uri, xs_duration

AUTHORITY = "http://publications.europa.eu/resource/authority/"


@pytest.mark.parametrize(
    ("tag", "code"), [("nb", "NOB"), ("no", "NOR"), ("de-AT", "DEU"), ("el", "ELL"), ("nl", "NLD"), ("und", None)]
)
def test_languages_are_those_of_the_authority(tag: str, code: str | None) -> None:
    assert language_uri(tag) == (code and f"{AUTHORITY}language/{code}")


def test_kosovo_has_a_code_of_its_own() -> None:
    assert country_uri("XK") == f"{AUTHORITY}country/1A0"
    assert country_uri("FI") == f"{AUTHORITY}country/FIN"
    assert country_uri("ZZ") is None


def test_every_country_stands_in_the_published_list(shared: Path) -> None:
    tree = etree.parse(shared / "vocab" / "elm-cv" / "country.xsd")
    listed = {str(value).rpartition("/")[2] for value in tree.xpath("//@value")}
    assert {code for code in country_authority().values() if code not in listed} == set()


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        ("2026-09-01", "2026-09-01T00:00:00"),
        ("2026-09-01T10:00", "2026-09-01T10:00:00"),
        ("2026-09-01T10:00:30+02:00", "2026-09-01T10:00:30+02:00"),
        ("2026-09", None),
        ("2026", None),
        ("", None),
    ],
)
def test_moments_have_seconds_or_are_left_out(moment: str, written: str | None) -> None:
    assert date_time(moment) == written


@pytest.mark.parametrize(
    ("duration", "written"),
    [("P2W", "P14D"), ("P9M", "P9M"), ("PT10H", "PT10H"), ("P1DT2H30M", "P1DT2H30M"), ("P", None), ("PT", None)],
)
def test_durations_have_no_weeks(duration: str, written: str | None) -> None:
    assert xs_duration(duration) == written


@given(st.decimals(min_value=0, max_value=10_000, places=2))
def test_hours_are_exact_or_left_out(amount: Decimal) -> None:
    written = hours(amount)
    if written is None:
        assert amount == 0 or (amount * 60) % 1
        return
    whole, _, rest = written.removeprefix("PT").partition("H") if "H" in written else ("0", "", written[2:])
    assert Decimal(whole) + Decimal(rest.removesuffix("M") or 0) / 60 == amount


def test_only_two_frameworks_have_a_concept() -> None:
    assert framework_uri("ECTS") == "http://data.europa.eu/snb/education-credit/6fcec5c5af"
    assert framework_uri("CATS") is None
