"""Scores: facts with reasons; defaults never count; what does not apply changes nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microharvest.model.instance import Instance
from microharvest.model.offer import OFFER_FIELDS, Offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import (
    Concept,
    Credits,
    Identifier,
    LearningOutcome,
    Price,
    QualityAssurance,
    Sector,
    Subject,
)
from microharvest.publish.judging import Judge
from microharvest.quality.facts import FACTS, Given
from microharvest.quality.scores import ADVICE, Scores, judge, score
from microharvest.settings import QualitySettings

DAY = date(2026, 11, 25)
CODED = Concept(uri="http://data.europa.eu/snb/x/1")
LONG = "What a learner can do afterwards, said at such length that somebody learns something from reading it."
AGENT = {"nb": "NOKUT"}
FULL = Offer(
    title={"en": "Battery safety"}, description={"en": LONG}, country="NO",
    provider=Organisation(name={"nb": "Skole"}, identifiers=(Identifier(scheme="https://ror.org", value="01abc"),)),
    awarding_body=(Organisation(name={"nb": "Skole"}),), credential_type=CODED,
    credits=(Credits(framework="ECTS", points=Decimal(2)),), workload_hours=Decimal(50), eqf_level=5,
    nqf_level=(CODED,), isced_f=(Subject(code="0713", uri="x"),), languages=("nb",), modes=(CODED,),
    assessment=(CODED,), supervision=(CODED,), skills=(CODED,),
    learning_outcomes=(LearningOutcome(title={"en": LONG}),),
    quality_assurance=(QualityAssurance(type=CODED, valid_from="2024-01-01", valid_to="2027-12-31", agent=AGENT),),
    entry_requirement={"en": "None"}, target_group=(CODED,), accessibility=(CODED,),
    part_of=(Identifier(scheme="code", value="P"),), homepage=("https://x.example",),
    prices=(Price(amount=Decimal(0), currency="NOK"),), modified="2026-05-01",
    instances=(Instance(start_date="2027-02-03"),),
)  # fmt: skip


SECTOR = Sector(uri="x", code="27", section="C", basis="esco", confidence=0.8)


def given_of(offer: Offer, *authorities: str, sectors: tuple[Sector, ...] = (SECTOR,)) -> Given:
    return Given(offer=offer, authorities=authorities, on=DAY, sectors=sectors)


def scores(offer: Offer, *authorities: str) -> Scores:
    return score(given_of(offer, *authorities), QualitySettings())


def but(**changes: Any) -> Offer:
    return msgspec.structs.replace(FULL, **changes)


def lacks(offer: Offer, *authorities: str) -> set[str]:
    found = scores(offer, *authorities)
    return {code for name in FACTS for code in getattr(found, name).lacks}


def test_an_offer_that_says_everything_has_a_hundred() -> None:
    found = scores(FULL, "provider", "national")
    assert [(name, getattr(found, name).value) for name in FACTS] == [(name, 100) for name in FACTS]
    assert found.overall == 100
    assert lacks(FULL, "provider", "national") == set()


def test_an_empty_offer_has_nothing_and_no_freshness() -> None:
    found = score(given_of(Offer(), sectors=()), QualitySettings())
    assert (found.completeness.value, found.comparability.value, found.inclusion.value) == (0, 0, 0)
    assert found.freshness.value is None
    assert found.overall == 0


@pytest.mark.parametrize("field", [name for name in OFFER_FIELDS if getattr(FULL, name) != getattr(Offer(), name)])
def test_a_default_never_raises_a_score(field: str) -> None:
    default, without = scores(but(basis={field: "default"})), scores(but(**{field: getattr(Offer(), field)}))
    assert default == without


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"learning_outcomes": (LearningOutcome(title={"en": "Battery Safety."}),)}, "text.outcome_repeats"),
        ({"learning_outcomes": (LearningOutcome(title={"en": "Short"}),)}, "text.outcomes_short"),
        ({"description": {"en": "Battery safety"}}, "text.description_repeats"),
        ({"description": {}}, "text.description_short"),
        ({"languages": ("mul",)}, "text.language_mul"),
        ({"languages": ("mul",)}, "coded.language"),
        ({"languages": ("und", "mul")}, "access.language"),
        ({"learning_outcomes": (LearningOutcome(title={"en": "Battery safety"}),)}, "annex1.learning_outcomes"),
        (
            {"workload_hours": None, "credits": (Credits(framework="ECTS", points=Decimal(5), derived=True),)},
            "coded.workload",
        ),
        ({"workload_hours": None, "credits": (Credits(framework="CATS", points=Decimal(5)),)}, "coded.workload"),
        ({"quality_assurance": (QualityAssurance(valid_to="2030-12-31"),)}, "trust.resolvable"),
        ({"quality_assurance": (QualityAssurance(valid_to="2026-12-31"),)}, "time.accreditation"),
        ({"quality_assurance": (QualityAssurance(valid_to="2026-10-31"),)}, "time.accreditation"),
        ({"instances": (Instance(start_date="2027-01-01"), Instance(start_date="2027-08-01"))}, "text.start_guessed"),
        ({"workload_hours": Decimal(5)}, "coded.ratio"),
        ({"isced_f": (Subject(code="07", uri="x"),)}, "coded.subject"),
        ({"modes": (Concept(label={"en": "sometimes"}),)}, "coded.mode"),
        ({"quality_assurance": (QualityAssurance(valid_to="2025-01-01"),)}, "trust.in_force"),
        ({"provider": Organisation(name={"nb": "Skole"})}, "trust.identified"),
        ({"nqf_level": (Concept(label={"en": "Level 5"}),)}, "trust.nqf"),
        ({"modified": "2024-01-01"}, "time.modified"),
        ({"instances": (Instance(start_date="2026-01-15"),)}, "time.ahead"),
        ({"prices": ()}, "access.price"),
        ({"entry_requirement": {}}, "access.requirement"),
    ],
)
def test_what_is_lacking_has_a_code(change: dict[str, Any], code: str) -> None:
    assert code not in lacks(FULL, "provider", "national")
    assert code in lacks(but(**change), "provider", "national")


def test_hours_that_were_derived_from_credits_prove_nothing() -> None:
    assert "coded.ratio" not in lacks(but(workload_hours=Decimal(5), basis={"workload_hours": "derived"}))


def test_what_a_start_says_counts_for_its_offer() -> None:
    """Many feeds have language and mode at each start alone; a mode in words compares no better there."""
    bare = msgspec.structs.replace(FULL, languages=(), modes=())
    told = msgspec.structs.replace(bare, instances=(Instance(languages=("fi",), modes=(CODED,)),))
    assert {"coded.language", "access.language"} <= lacks(bare)
    assert not {"coded.language", "access.language", "text.language_mul", "coded.mode"} & lacks(told)
    worded = Instance(languages=("fi", "mul"), modes=(Concept(label={"fi": "Itsenäinen opiskelu"}),))
    assert {"coded.mode", "text.language_mul"} <= lacks(msgspec.structs.replace(bare, instances=(worded,)))


def test_a_start_of_this_month_is_not_past() -> None:
    assert "time.ahead" not in lacks(but(instances=(Instance(start_date="2026-11"),)))
    assert "time.ahead" in lacks(but(instances=(Instance(start_date="2026-10"),)))


@pytest.mark.parametrize(("seen", "lacking"), [(None, False), (29, False), (30, False), (31, True), (400, True)])
def test_an_offer_that_no_run_has_shown_for_long_is_stale(seen: int | None, lacking: bool) -> None:
    moment = None if seen is None else datetime(2026, 11, 25, 23, 59, tzinfo=UTC) - timedelta(days=seen)
    judged = Judge(QualitySettings(), DAY).offer(FULL, {"a": "provider"}, moment)
    assert ("time.seen" in judged.scores.freshness.lacks) is lacking
    assert lacking or judged.scores == Judge(QualitySettings(), DAY).offer(FULL, {"a": "provider"}).scores
    bare = Judge(QualitySettings(), DAY).offer(Offer(title={"en": "T"}), {"a": "provider"}, moment)
    assert bare.scores.freshness.value == (0 if lacking else None)


def test_who_tells_it_counts() -> None:
    assert {"trust.authority", "trust.corroborated"} <= lacks(FULL, "aggregator")
    assert lacks(FULL, "aggregator", "national") == set()


@settings(max_examples=60, deadline=None)
@given(st.sets(st.sampled_from(OFFER_FIELDS)))
def test_every_part_lies_between_nothing_and_everything(gone: set[str]) -> None:
    offer = but(**{name: getattr(Offer(), name) for name in gone})
    found = scores(offer, "provider")
    values = [part.value for part in (getattr(found, name) for name in FACTS) if part.value is not None]
    assert all(0 <= value <= 100 for value in values)
    assert found.overall is not None
    assert min(values) <= found.overall <= max(values)


def test_an_accreditation_of_this_year_has_not_ended() -> None:
    ending = but(quality_assurance=(QualityAssurance(valid_to="2026"),))
    assert "trust.in_force" not in lacks(ending)
    undated = but(quality_assurance=(QualityAssurance(title={"en": "ISO 9001"}),))
    assert {"trust.in_force", "time.accreditation"}.isdisjoint(lacks(undated))


@pytest.mark.parametrize(("confidence", "counts"), [(1.0, True), (0.6, True), (0.4, False)])
def test_a_sector_counts_where_it_is_known_well_enough(confidence: float, counts: bool) -> None:
    weak = msgspec.structs.replace(SECTOR, confidence=confidence)
    found = score(given_of(FULL, sectors=(weak,)), QualitySettings())
    assert ("coded.sector" not in found.comparability.lacks) is counts
    assert "coded.sector" in score(given_of(FULL, sectors=()), QualitySettings()).comparability.lacks


def test_costs_are_what_the_overall_score_lacks() -> None:
    for offer in (FULL, Offer(), but(prices=(), isced_f=(), description={})):
        found, costs = judge(given_of(offer), QualitySettings())
        assert set(costs) == lacks(offer)
        assert set(costs) <= set(ADVICE)
        assert found.overall is not None
        assert abs(sum(costs.values()) - (100 - found.overall)) < 2, "rounding apart"


def test_what_weighs_nothing_costs_nothing() -> None:
    _, costs = judge(given_of(Offer()), QualitySettings(inclusion=0))
    assert costs
    assert not [code for code in costs if code.startswith("access.")]


def test_codes_are_said_once() -> None:
    codes = [fact.code for facts in FACTS.values() for fact in facts]
    assert len(codes) == len(set(codes))
    assert all(fact.raise_it.endswith(".") for facts in FACTS.values() for fact in facts)
