"""The sector report: each entry once, currencies apart, what is not known counted as such."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from microharvest.map.vocabulary import NACE_BASE
from microharvest.model.instance import Instance
from microharvest.model.offer import Offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import Concept, Credits, Price, QualityAssurance, Subject
from microharvest.publish.judging import Judge, Judged
from microharvest.report.page import render_sectors
from microharvest.report.sectors import LevelSheet, SectorReport, SectorSheet, sector_report
from microharvest.report.wording import assured_words, price_words, workload_words
from microharvest.settings import QualitySettings

DAY = date(2026, 11, 25)
RETAIL = (Concept(uri=f"{NACE_BASE}47", code="47"),)


def judged(offer: Offer) -> Judged:
    return Judge(QualitySettings(), DAY).offer(offer, {"s": "provider"})


def told(*offers: Offer, codes: tuple[str, ...] = ("C", "G"), least: float = 0.0) -> SectorReport:
    numbered = ((str(number), judged(offer)) for number, offer in enumerate(offers))
    return sector_report(numbered, codes, 3, DAY, least)


def retail(**more: Any) -> Offer:
    return Offer(**({"title": {"en": "Selling"}, "sectors": RETAIL, "country": "FI"} | more))


def ects(points: int, *, derived: bool = False) -> Credits:
    return Credits(framework="ECTS", points=Decimal(points), derived=derived)


def trade(report: SectorReport) -> SectorSheet:
    return next(sheet for sheet in report.sectors if sheet.code == "G")


def only(report: SectorReport) -> LevelSheet:
    (country,) = trade(report).countries
    (level,) = country.levels
    return level


def test_an_entry_counts_once_in_each_section_on_its_best_ground() -> None:
    both = Offer(title={"en": "Retail of welding supplies"}, isced_f=(Subject(code="0416", uri="x"),))
    report = told(both, retail(), Offer(title={"en": "Poetry"}))
    assert (report.entries, report.placed) == (3, 2)
    sheet = trade(report)
    assert (sheet.entries, sheet.grounds, sheet.disputed) == (2, {"declared": 1, "isced": 1}, 0)
    assert {part.code: part.grounds for part in sheet.divisions} == {
        "47": {"declared": 1, "keyword": 1}, "G": {"isced": 1},
    }  # fmt: skip
    making = next(sheet for sheet in report.sectors if sheet.code == "C")
    assert (making.entries, making.grounds, making.disputed) == (1, {"keyword": 1}, 1)


def test_weak_grounds_can_be_left_out() -> None:
    assert trade(told(Offer(title={"en": "Retail"}), least=0.5)).entries == 0
    assert trade(told(Offer(title={"en": "Retail"}), least=0.4)).entries == 1


def test_a_division_can_be_asked_for() -> None:
    report = told(retail(), Offer(title={"fr": "Commerce de gros"}), codes=("47",))
    assert [sheet.entries for sheet in report.sectors] == [1]


def test_currencies_are_never_mixed_and_the_lowest_price_counts() -> None:
    one = retail(prices=(Price(amount=Decimal(300), currency="EUR"), Price(amount=Decimal(100), currency="EUR")))
    two = retail(instances=(Instance(prices=(Price(amount=Decimal(900), currency="SEK"),)),))
    both = retail(prices=(Price(amount=Decimal(50), currency="EUR"), Price(amount=Decimal(550), currency="SEK")))
    level = only(told(one, two, both))
    assert {name: (a.count, a.least, a.most) for name, a in level.prices.items()} == {
        "EUR": (2, 50, 100), "SEK": (2, 550, 900),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("prices", "words"),
    [
        ((), ["not known"]),
        ((Price(amount=Decimal(0)),), ["1 free"]),
        ((Price(amount=Decimal(12)),), ["1 in no stated currency"]),
        ((Price(amount=Decimal(0), currency="EUR"), Price(amount=Decimal(9), currency="EUR")), ["1 × 9 EUR"]),
        ((Price(amount=Decimal("1550.50"), currency="EUR"),), ["1 × 1,550.5 EUR"]),
        ((Price(amount=Decimal("1E+400"), currency="EUR"),), ["1 × 1.000e+400 EUR"]),
    ],
)
def test_a_price_is_free_known_without_currency_or_not_known(prices: tuple[Price, ...], words: list[str]) -> None:
    assert price_words(only(told(retail(prices=prices)))) == words


def test_a_default_is_not_known_here() -> None:
    offer = retail(
        prices=(Price(amount=Decimal(5), currency="EUR"),), credits=(ects(5),), eqf_level=5,
        quality_assurance=(QualityAssurance(valid_to="2030-01-01"),),
        basis={"prices": "default", "credits": "default", "eqf_level": "default", "quality_assurance": "default"},
    )  # fmt: skip
    level = only(told(offer))
    assert (level.eqf, level.workload, level.prices) == (None, {}, {})
    assert (workload_words(level), price_words(level)) == (["not known"], ["not known"])
    assert assured_words(level) == ["1 not stated"]


@pytest.mark.parametrize(
    ("more", "unit", "cell"),
    [
        ({"credits": (ects(5),), "workload_hours": Decimal(10)}, "ects", "5"),
        ({"credits": (ects(30, derived=True),), "workload_hours": Decimal(30)}, "hours", "1"),
        ({"credits": (ects(61, derived=True),)}, "ects computed", "more"),
        ({"workload_hours": Decimal(31)}, "hours", "3"),
        ({"workload_hours": Decimal(31), "basis": {"workload_hours": "derived"}}, None, ""),
        ({}, None, ""),
    ],
)
def test_each_entry_has_one_measure_of_workload(more: dict[str, Any], unit: str | None, cell: str) -> None:
    level = only(told(retail(**more)))
    assert list(level.workload) == ([unit] if unit else [])
    assert [one.workload for one in level.cells] == [cell]
    assert level.workload_unknown == (0 if unit else 1)


def test_credits_of_another_kind_are_known_but_compare_to_nothing() -> None:
    level = only(told(retail(credits=(Credits(framework="The Open University", points=Decimal(240)),)), retail()))
    assert workload_words(level) == ["1 in credits of another kind", "1 not known"]
    assert level.cells[0].workload == ""


def test_assurance_is_told_by_its_state() -> None:
    offers = [
        retail(quality_assurance=(QualityAssurance(valid_to=until, title={"en": "x"}),))
        for until in ("2030", "2026-12", "2020", None)
    ]
    assert assured_words(only(told(*offers, retail()))) == [
        "1 in force", "1 ending soon", "1 without dates", "1 ended", "1 not stated",
    ]  # fmt: skip


def test_countries_stand_apart_and_the_unknown_one_last() -> None:
    at_home = Offer(title={"en": "x"}, sectors=RETAIL, provider=Organisation(name={"en": "P"}, country="SE"))
    report = told(Offer(title={"en": "x"}, sectors=RETAIL), retail(), retail(eqf_level=4), at_home)
    assert [(one.country, one.name, one.entries) for one in trade(report).countries] == [
        ("FI", "Finland", 2), ("SE", "Sweden", 1), ("", "country not known", 1),
    ]  # fmt: skip
    assert [level.eqf for level in trade(report).countries[0].levels] == [4, None]
    assert trade(report).whole.entries == 4


def test_the_page_escapes_loads_nothing_and_is_whole() -> None:
    evil = '"><script>alert(1)</script>'
    odd = retail(country=evil, prices=(Price(amount=Decimal(5), currency='E"<'),), credits=(ects(5),), eqf_level=5)
    page = render_sectors(told(odd, retail(prices=(Price(amount=Decimal(7), currency="EUR"),))))
    assert "<script" not in page
    assert not re.search(r"""(?:src|href)\s*=|url\(|@import""", page)
    assert page.count("<svg") == page.count("</svg>") >= 2
    assert "EQF 5" in page
    assert "Prices in EUR" in page
    assert "nan" not in page.lower().replace("financ", "")


def test_a_price_beyond_all_bounds_breaks_no_picture() -> None:
    offers = [retail(prices=(Price(amount=Decimal(amount), currency="EUR"),)) for amount in ("1E+400", "1", "0.0001")]
    page = render_sectors(told(*offers))
    assert not re.search(r"\b(?:nan|inf)\b", page)


def test_empty_pages_say_what_to_do() -> None:
    assert "microharvest publish" in render_sectors(sector_report([], ("C",), 0, DAY))
    none = render_sectors(told(Offer(title={"en": "Poetry"})))
    assert "No entry of this release" in none
    assert "<svg" not in none


@pytest.mark.parametrize(("count", "said"), [(2, "2 × 15 to 30 EUR"), (3, "3 × 15 to 30, median 15 EUR")])
def test_two_amounts_have_no_median(count: int, said: str) -> None:
    """Of 15 and 30 it would be 15, or a price nobody asks."""
    prices = [retail(prices=(Price(amount=Decimal(15 * min(n + 1, 2)), currency="EUR"),)) for n in (0, 1)]
    assert price_words(only(told(*[*prices, prices[0]][:count]))) == [said]
