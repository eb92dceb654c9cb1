"""Credits, workload, duration, level: what a record says twice."""

from __future__ import annotations

from decimal import Decimal

import pytest

from microharvest.map.apply import Defaults, apply_draft
from microharvest.model.values import Credits
from tests.unit.map.drafts import NOTHING, Said, codes, fill, mapped, offer_draft


@pytest.mark.parametrize(
    ("field", "said", "framework", "points"),
    [
        ("ects", "5", "ECTS", "5"),
        ("ects", "5 op", "ECTS", "5"),
        ("ects", "7,5", "ECTS", "7.5"),
        ("credits", "5 ECTS", "ECTS", "5"),
        ("credits", {"value": "5", "unit": "ects"}, "ECTS", "5"),
        ("credits", {"value": "5", "unit": "points of ours"}, "points of ours", "5"),
    ],
)
def test_credits(field: str, said: Said, framework: str, points: str) -> None:
    (value,) = mapped(**{field: said}).offer.credits
    assert (value.framework, value.points) == (framework, Decimal(points))


def test_the_original_is_kept_where_it_differs() -> None:
    assert mapped(ects="5").offer.credits == (Credits(framework="ECTS", points=Decimal(5)),)
    assert mapped(ects="5,0 ECTS").offer.credits[0].original == "5,0 ECTS"


def test_another_framework_in_an_ects_field_contradicts_it() -> None:
    assert codes(mapped(ects="60 CATS")) == [("credits.invalid", "credits", "60 CATS")]


def test_two_numbers_for_one_framework_are_none() -> None:
    found = mapped(ects=["60", "180"], credits="30 CATS")
    assert [value.framework for value in found.offer.credits] == ["CATS"], "what contradicts itself is not derived"
    assert codes(found) == [("credits.invalid", "credits", "60; 180")]
    assert mapped(ects=["60", "60.0"]).offer.credits[0].points == 60
    assert "credits" not in mapped(ects=["60", "180"]).offer.basis


def test_credits_in_parts() -> None:
    draft = offer_draft()
    fill(draft.part("credits"), amount="5", unit="ECTS")
    fill(draft.part("credits"), amount="10", type="CATS")
    fill(draft.part("credits"), unit="ECTS")
    fill(draft.part("credits"), amount="7")
    found = apply_draft(draft, NOTHING)
    assert [(value.framework, int(value.points)) for value in found.offer.credits] == [("ECTS", 5), ("CATS", 10)]
    assert codes(found) == [("credits.no_number", "credits", "ECTS"), ("credits.no_unit", "credits", "7")]


def test_a_bare_number_is_hours_in_the_field_hours_only() -> None:
    assert mapped(hours="1.5").offer.workload_hours == Decimal("1.5")
    assert mapped(workload={"value": "90", "unit": "minutes"}).offer.workload_hours == Decimal("1.5")
    assert codes(mapped(workload="90")) == [("workload.invalid", "workload_hours", "90")]


def test_contradictions_are_refused_with_both_values() -> None:
    found = mapped(hours="10", workload="PT12H", duration=["P1W", "2 weeks"], eqf_level=["6", "7"])
    offer = found.offer
    assert (offer.workload_hours, offer.duration, offer.eqf_level) == (None, None, None)
    assert offer.basis.keys() == {"title"}
    assert codes(found) == [
        ("workload.invalid", "workload_hours", "10; PT12H"),
        ("duration.invalid", "duration", "P1W; 2 weeks"),
        ("level.invalid", "eqf_level", "6; 7"),
    ]


def test_the_same_said_twice_is_no_contradiction() -> None:
    offer = mapped(hours="12", workload="PT12H", eqf_level=["6", {"value": "Level 6", "scheme": "EQF"}]).offer
    assert (offer.workload_hours, offer.eqf_level) == (Decimal(12), 6)


def test_a_duration_takes_the_unit_beside_it() -> None:
    assert mapped(duration={"value": "8", "unit": "weeks"}).offer.duration == "P8W"


@pytest.mark.parametrize(
    ("said", "points"),
    [("60 CATS", "30"), ("5 op", "5"), ("7,5 hp", "7.5"), ("12 CFU", "12"), ("6 EAP", "6"), ("30 SCQF", "15")],
)
def test_national_credits_stand_beside_the_ects_they_amount_to(said: str, points: str) -> None:
    own, ects = mapped(credits=said).offer.credits
    assert not own.derived
    assert (ects.framework, str(ects.points), ects.derived, ects.original) == ("ECTS", points, True, said)


def test_ects_of_the_source_are_not_joined_by_derived_ones() -> None:
    assert len(mapped(ects="10", credits="30 CATS").offer.credits) == 2
    assert len(mapped(credits="5 credits of ours").offer.credits) <= 1


def test_a_national_level_gives_the_eqf_level_it_is_referenced_to() -> None:
    offer = mapped(Defaults(country="FR"), nqf_level="niveau7").offer
    assert (offer.eqf_level, offer.basis["eqf_level"], offer.nqf_level[0].label) == (7, "mapped", {"und": "niveau7"})
    assert mapped(nqf_level="niveau7").offer.eqf_level is None, "of which country?"
    assert mapped(nqf_level="niveau7", country="FR").offer.eqf_level == 7
    assert mapped(nqf_level=["DQR 6", "NLQF 5"]).offer.eqf_level is None
    assert mapped(eqf_level="5", nqf_level="DQR 6").offer.eqf_level == 5
    bare: Said = {"value": "4", "framework": "PRK"}
    assert mapped(nqf_level=bare).offer.eqf_level is None, "a name that means something at home alone"
    assert mapped(Defaults(country="PL"), nqf_level=bare).offer.eqf_level == 4
    assert mapped(Defaults(country="PL"), nqf_level="4").offer.eqf_level is None
    assert mapped(nqf_level="Master").offer.basis["eqf_level"] == "derived"
