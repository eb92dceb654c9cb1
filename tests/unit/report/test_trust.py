"""The trust report: groups, what costs most, accreditations that end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from microharvest.model.offer import Offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import Microcredential, QualityAssurance
from microharvest.publish.judging import Judge, Judged
from microharvest.quality.facts import FACTS
from microharvest.report.page import render_trust
from microharvest.report.trust import WATCHED, TrustReport, trust_report
from microharvest.settings import QualitySettings

DAY = date(2026, 11, 25)
NAMED = Organisation(name={"en": "P"}, country="NO")


def offers(*given: tuple[str, Offer]) -> Iterator[tuple[str, str, Judged]]:
    judge = Judge(QualitySettings(), DAY)
    for number, (source, offer) in enumerate(given):
        yield source, str(number), judge.offer(offer, {source: "provider"})


FIVE = (
    ("a", Offer(title={"en": "Welding and retail"}, country="FI")),
    ("a", Offer(title={"en": "Poetry"}, provider=NAMED)),
    ("b", Offer(title={"en": "Retail"}, country="FI", is_microcredential=Microcredential(value="yes", basis="type"))),
    ("b", Offer(title={"en": "Retail"}, country="FI", basis={"country": "default"})),
    ("b", Offer()),
)


def groups(report: TrustReport) -> dict[str, int]:
    return {group.key: group.offers for group in report.groups}


def test_offers_are_grouped_three_ways() -> None:
    assert groups(trust_report(offers(*FIVE), "source", DAY)) == {"b": 3, "a": 2}
    by_country = trust_report(offers(*FIVE), "country", DAY)
    assert list(groups(by_country).items()) == [("FI", 3), ("NO", 1), ("", 1)]
    by_sector = trust_report(offers(*FIVE), "sector", DAY)
    assert list(groups(by_sector).items()) == [("G", 3), ("C", 1), ("", 2)]
    assert by_sector.all.offers == 5
    assert by_sector.groups[-1].name == "sector not known"


def test_spreads_and_decisions_add_up() -> None:
    every = trust_report(offers(*FIVE), "source", DAY).all
    assert every.microcredential == {"undecided": 4, "yes (type)": 1}
    for spread in (every.overall, *every.scores.values()):
        assert spread.judged + spread.unknown == 5
        assert sum(spread.bins) == spread.judged
    assert every.scores["freshness"].mean is None
    assert set(every.scores) == set(FACTS)


def test_the_dearest_reason_comes_first_with_examples() -> None:
    every = trust_report(offers(*FIVE), "source", DAY).all
    points = [cost.points for cost in every.costs]
    assert points == sorted(points, reverse=True)
    lacking = {cost.code: cost for cost in every.costs}
    assert lacking["annex1.country"].examples == ("a/1", "b/3", "b/4"), "a default is none"
    assert lacking["annex1.title"].examples == ("b/4",)
    overall = every.overall.mean
    assert overall is not None
    assert abs(sum(points) - (100 - overall)) < 1.5, "what costs is what lacks, rounding apart"


def test_accreditations_that_end_are_named_most_urgent_first() -> None:
    def lasting(until: str) -> Offer:
        return Offer(quality_assurance=(QualityAssurance(valid_to=until),))

    soon = [("a", lasting(f"2026-12-{day:02}")) for day in range(31, 0, -1)]
    late = [("a", lasting(f"{year}-06-30")) for year in range(1960, 2026)]
    report = trust_report(offers(*soon, *late, ("a", lasting("2030"))), "source", DAY)
    assert report.accreditation == {"ends_soon": 31, "ended": 66, "in_force": 1}
    assert [one.until for one in report.ending[:2]] == ["2026-12-01", "2026-12-02"]
    assert [one.until for one in report.ended[:2]] == ["2025-06-30", "2024-06-30"]
    assert len(report.ending) == len(report.ended) == WATCHED


def test_a_default_accreditation_is_not_watched() -> None:
    claim = Offer(quality_assurance=(QualityAssurance(valid_to="2020"),), basis={"quality_assurance": "default"})
    assert trust_report(offers(("a", claim)), "source", DAY).accreditation == {"none": 1}


def test_the_page_escapes_and_its_empty_state_says_what_to_do() -> None:
    page = render_trust(trust_report(offers(('<img src=x onerror="1">', FIVE[0][1])), "source", DAY))
    assert "<img" not in page
    assert "&lt;img" in page
    assert "microharvest harvest --all" in render_trust(trust_report([], "sector", DAY))
