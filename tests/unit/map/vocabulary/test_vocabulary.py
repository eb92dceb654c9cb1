"""The packaged tables: complete, loadable, and no word that leads to two values."""

from __future__ import annotations

import re

import pytest

from microharvest.map.normalise.currency import CODES
from microharvest.map.vocabulary import (
    Term,
    _enter,
    concept_list,
    country_authority,
    country_codes,
    fold,
    isced_codes,
    language_names,
    nace_terms,
    nuts_countries,
    rows,
    words,
)
from microharvest.map.vocabulary.months import MONTHS
from microharvest.map.vocabulary.units import TIME_UNITS
from tests.conftest import SHARED


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
        ("supervision", 4),
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


LISTS = SHARED / "vocab" / "elm-cv"


def published(name: str) -> dict[str, str]:
    """Last part of a concept's URI -> its English label, as the published list has them."""
    text = (LISTS / f"{name}.xsd").read_text(encoding="utf-8")
    found = re.findall(r'<xs:enumeration value="[^"]*/([^"/]+)">.*?<xs:documentation[^>]*>([^<]*)<', text, re.S)
    return {code: " ".join(label.split()) for code, label in found}


@pytest.mark.shared
@pytest.mark.skipif(not LISTS.is_dir(), reason="the published lists do not stand beside the project")
class TestAgainstThePublishedLists:
    @pytest.mark.parametrize(
        ("table", "name"),
        [
            ("modes", "europass-modes"),
            ("schedules", "europass-learning-schedule-types"),
            ("assessments", "europass-learning-assessment-types"),
            ("activities", "europass-learning-activity-types"),
            ("settings", "europass-learning-setting-types"),
            ("accreditations", "europass-accreditation-types"),
            ("credential_types", "europass-learning-opportunity-types"),
            ("target_groups", "europass-target-groups"),
            ("entitlements", "europass-learning-entitlement-types"),
            ("entitlement_statuses", "europass-learning-entitlement-statuses"),
            ("skill_types", "skill-types"),
            ("skill_reuse_levels", "skill-reuse-levels"),
            ("nqf", "nqf"),
        ],
    )
    def test_ids_and_labels_are_theirs(self, table: str, name: str) -> None:
        ours = {row["id"]: row["label"].casefold() for row in rows(table)}
        ours.pop("c_3a90b26d", None)  # newer than the list of the ELM 3.1
        assert ours == {code: label.casefold() for code, label in published(name).items()}

    def test_fields_countries_regions_and_currencies_are_theirs(self) -> None:
        assert isced_codes() == published("isced-f").keys() - {"99", "999", "9999", "0099"}
        countries = published("country")
        assert set(country_authority().values()) == countries.keys() - {"OP_DATPRO", "EUR", "CPT"}
        names = country_codes()
        assert all(names[fold(countries[code])] == two for two, code in country_authority().items())
        assert nuts_countries().keys() == {code for code in published("nuts") if len(code) > 2}
        assert CODES - published("currency").keys() == {"SLE", "VED", "XCG", "ZWG"}  # of 2021 and later
