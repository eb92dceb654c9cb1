"""National levels and cycles, and the EQF levels they are referenced to."""

from __future__ import annotations

import pytest

from microharvest.map.normalise.national_level import national_level
from microharvest.map.vocabulary.levels import cycle_levels, frameworks, nqf_labels

QDR = "http://data.europa.eu/snb/qdr/"


@pytest.mark.parametrize(
    ("said", "hint", "level"),
    [
        ("IE NQF Level 6", None, 5),
        ("NFQ level 8", "IE", 6),
        ("SCQF Level 9", None, 6),
        ("RQF Entry Level 3", None, 1),
        ("NLQF Level 4+", None, 4),
        ("NLQF 4+", None, 4),
        ("CyQF Level 5c", None, 5),
        ("NQF RNCP Level II-Grade de Licence", None, 6),
        ("NQF RNCP Level I-Doctorat", None, 8),
        ("Level 6", "RQF", 6),
        ("niveau 5", "fr", 5),
        ("DQR-Niveau 6", None, 6),
        ("SeQF nivå 6", None, 6),
        ("PRK 5", "PL", 5),
        ("NSK úroveň 4", "CZ", 4),
        ("EstQF level 5", None, 5),
        ("QNQ Nível 4", "PT", 4),
        ("IT NQF Level 6", None, 6),
        ("NQF VPQ level 6", None, 6),
        (QDR + "c_c392e7a2", None, 6),
        ("whatever", QDR + "c_c392e7a2", 6),
    ],
)
def test_referenced(said: str, hint: str | None, level: int) -> None:
    assert national_level(said, hint) == (level, "mapped", ())


@pytest.mark.parametrize(("said", "hint"), [("SKKR úroveň 6", None), ("AQF Level 6", "AL"), ("NKR Level 6.1", "NO")])
def test_pairs_that_nobody_showed_are_derived(said: str, hint: str | None) -> None:
    assert national_level(said, hint) == (6, "derived", ())


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("Level 6", None), ("Level 6", "IE"), ("AQF Level 7", "AU"), ("AQF Level 7", None), ("niveau 3", None),
        ("niveau III", "FR"), ("niveau 2", "FR"), ("SQF Level 9", "SI"), ("MQF Level 5", None), ("DQR Level 9", None),
        ("DQR", None), ("M1", "FR"), ("", "FR"), (QDR + "c_01169e3f", None), (QDR + "c_00000000", None),
        ("RQF Level 6 or 7", None), ("x" * 200, "FR"),
    ],
)  # fmt: skip
def test_unknown_stays_unknown(said: str, hint: str | None) -> None:
    assert national_level(said, hint).value is None
    assert national_level(said, hint).issues == ()


def test_a_level_of_the_eqf_among_national_ones_is_that_level() -> None:
    assert national_level("EQF level 4", "FR") == (4, "mapped", ())
    assert national_level("http://data.europa.eu/snb/eqf/4", None) == (4, "declared", ())
    assert national_level("4", "FR").value is None


@pytest.mark.parametrize(("said", "level"), [("Second cycle", 7), ("Master's degree", 7), ("bachelor", 6), ("PhD", 8)])
def test_a_cycle_is_derived(said: str, level: int) -> None:
    assert national_level(said, None) == (level, "derived", ())


def test_every_row_has_its_source_and_levels_of_the_eqf() -> None:
    from microharvest.map.vocabulary import country_codes, rows

    assert all(row["source"] for row in rows("national_levels"))
    assert all(framework.country in country_codes().values() for framework in frameworks())
    assert all(1 <= level <= 8 for framework in frameworks() for level in framework.levels.values())
    assert all(5 <= level <= 8 for level in cycle_levels().values())


def test_only_a_text_that_was_seen_pairs_unequal_numbers() -> None:
    unseen = [framework for framework in frameworks() if not framework.seen]
    assert unseen
    assert all(level[0] == str(eqf) for each in unseen for level, eqf in each.levels.items())


def test_a_name_that_stands_alone_belongs_to_one_framework() -> None:
    names = [name for framework in frameworks() for name in framework.names]
    assert len(names) == len(set(names))


def test_most_levels_of_the_eu_list_are_referenced() -> None:
    known = sum(national_level(QDR + ident, None).value is not None for ident in nqf_labels())
    assert (len(nqf_labels()), known) == (424, 333)
