"""The packaged tables: complete, loadable, and no word that leads to two values."""

from __future__ import annotations

import pytest

from microharvest.map.vocabulary import (
    Term,
    _enter,
    concept_list,
    country_codes,
    fold,
    isced_codes,
    language_names,
    nace_terms,
    nuts_countries,
    words,
)
from microharvest.map.vocabulary.months import MONTHS
from microharvest.map.vocabulary.units import TIME_UNITS


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("modes", 7),
        ("schedules", 3),
        ("assessments", 14),
        ("accreditations", 4),
        ("credential_types", 12),
        ("target_groups", 20),
        ("activities", 11),
        ("settings", 2),
        ("entitlements", 3),
        ("entitlement_statuses", 2),
        ("skill_types", 2),
        ("skill_reuse_levels", 4),
    ],
)
def test_a_list_has_all_its_concepts(name: str, size: int) -> None:
    listed = concept_list(name)
    assert len(listed.by_uri) == size
    assert all(uri.startswith(listed.base) for uri in listed.by_uri)
    assert set(listed.by_word.values()) == set(listed.by_uri.values())


def test_isced_has_every_level_and_no_placeholder() -> None:
    codes = isced_codes()
    assert [sum(len(code) == digits for code in codes) for digits in (2, 3, 4)] == [11, 57, 148]
    assert all(code[:-1] in codes for code in codes if len(code) > 2)
    assert codes.isdisjoint({"99", "999", "9999", "0099"})


def test_every_country_has_two_and_three_letters() -> None:
    codes = country_codes()
    assert len(set(codes.values())) == 250  # ISO 3166-1 and Kosovo
    assert codes["xk"] == codes["xkx"] == codes["1a0"] == "XK"
    assert {codes[word] for word in ("gb", "gbr", "uk", "scotland")} == {"GB"}


def test_names_of_languages_are_folded() -> None:
    assert language_names()["deutsch"] == language_names()["tedesco"] == "de"
    assert all(name == fold(name) for name in language_names())


def test_a_word_for_two_values_is_refused() -> None:
    table: dict[str, Term] = {}
    _enter(table, "Kurs", Term("a", "a", "A"))
    _enter(table, " kurs ", Term("a", "a", "A"))
    with pytest.raises(ValueError, match="leads to"):
        _enter(table, "KURS", Term("b", "b", "B"))
    assert len(table) == 1


def test_months_and_units() -> None:
    assert set(MONTHS.values()) == set(range(1, 13))
    assert set(TIME_UNITS.values()) == {"year", "month", "week", "day", "hour", "minute"}
    assert all(word == fold(word) for word in (*MONTHS, *TIME_UNITS))


def test_words_are_parted_by_bars_or_spaces() -> None:
    assert words("a b") == {"a", "b"}
    assert words("a b|c") == {"a b", "c"}


def test_regions_belong_to_countries() -> None:
    regions = nuts_countries()
    assert (regions["DE21H"], regions["EL30"], regions["UKI"]) == ("DE", "GR", "GB")
    assert set(map(len, regions)) == {3, 4, 5}
    assert set(regions.values()) <= set(country_codes().values())


def test_sectors_of_nace_rev_2_1() -> None:
    terms = nace_terms()
    assert sum(len(code) == 1 for code in terms) == 22
    assert sum(len(code) == 2 for code in terms) == 87
    assert "45" not in terms, "its trade went into 46 and 47"
    assert terms["62"].uri == "http://data.europa.eu/ux2/nace2.1/62"
