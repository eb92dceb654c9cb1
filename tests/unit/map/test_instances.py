"""Instances, prices and places."""

from __future__ import annotations

from decimal import Decimal

import pytest

from microharvest.map.apply import apply_draft
from microharvest.model.instance import Instance
from microharvest.model.values import Concept, Identifier, Location, Price
from tests.unit.map.drafts import NOTHING, Said, codes, fill, mapped, offer_draft

ONLINE = "http://data.europa.eu/snb/learning-assessment/920fbb3cbe"


def test_dates_beside_the_offer_make_one_instance() -> None:
    offer = mapped(start_date="1.9.2026", end_date="2026-12", application_deadline="2026-08-01").offer
    assert offer.instances == (
        Instance(start_date="2026-09-01", end_date="2026-12", application_deadline="2026-08-01"),
    )
    assert offer.basis["instances"] == "mapped"


def test_a_full_instance() -> None:
    draft = offer_draft()
    part = fill(
        draft.part("instance"),
        identifier="http://x.example/i/1",
        title={"value": "Autumn", "lang": "en"},
        homepage="https://x.example/i/1",
        start_date={"value": "01/09/2026", "format": "%d/%m/%Y"},
        duration="6 weeks",
        schedule="Full time",
        mode=ONLINE,
        languages="sv",
        price="100",
        currency="SEK",
        status="EventCancelled",
        city="Umeå",
    )
    fill(part.part("location"), country="SWE", city="Luleå", address="Street 1")
    fill(part.part("price"), amount="12 EUR")
    (instance,) = apply_draft(draft, NOTHING).offer.instances
    assert instance == Instance(
        identifiers=(Identifier(scheme="uri", value="http://x.example/i/1"),),
        title={"en": "Autumn"},
        homepage=("https://x.example/i/1",),
        start_date="2026-09-01",
        duration="P6W",
        schedule=Concept(uri="http://data.europa.eu/snb/learning-schedule/72a0ab92fa", label={"und": "Full time"}),
        modes=(Concept(uri=ONLINE),),
        languages=("sv",),
        locations=(Location(country="SE", city="Luleå", address="Street 1"), Location(city="Umeå")),
        prices=(
            Price(amount=Decimal(100), currency="SEK"),
            Price(amount=Decimal(12), currency="EUR", original="12 EUR"),
        ),
        status="cancelled",
    )


def test_empty_and_equal_instances_are_none() -> None:
    draft = offer_draft(start_date="2026-09-01")
    draft.part("instance")
    fill(draft.part("instance"), start_date="2026-09-01")
    assert apply_draft(draft, NOTHING).offer.instances == (Instance(start_date="2026-09-01"),)


def test_an_end_before_the_start_is_kept_and_noted() -> None:
    found = mapped(start_date="2026-09-01", end_date="2026-01-01")
    assert found.offer.instances == (Instance(start_date="2026-09-01", end_date="2026-01-01"),)
    assert codes(found) == [("date.reversed", "instances.end_date", "2026-09-01 - 2026-01-01")]


def test_what_an_instance_has_no_field_for_is_reported() -> None:
    draft = offer_draft()
    fill(draft.part("instance"), start_date="2026", description="x")
    assert codes(apply_draft(draft, NOTHING)) == [("value.surplus", "instances.description", "x")]


def test_a_place_beside_the_offer() -> None:
    draft = offer_draft()
    place = draft.part("location")
    fill(place, name="Campus", city=["Oslo", "Oslo"])
    draft.part("location")
    assert apply_draft(draft, NOTHING).offer.instances == (
        Instance(locations=(Location(city="Oslo", address="Campus"),)),
    )


@pytest.mark.parametrize(
    ("said", "price"),
    [
        ({"price": "100", "currency": "EUR"}, Price(amount=Decimal(100), currency="EUR")),
        ({"price": {"value": "100", "currency": "NOK"}, "currency": "EUR"}, Price(amount=Decimal(100), currency="NOK")),
        ({"price": "gratis"}, Price(amount=Decimal(0), original="gratis")),
    ],
)
def test_prices_of_an_offer(said: dict[str, Said | list[Said]], price: Price) -> None:
    assert mapped(**said).offer.prices == (price,)


def test_a_price_part_has_its_own_currency() -> None:
    draft = offer_draft(currency="SEK")
    fill(draft.part("price"), amount="100", currency="EUR")
    fill(draft.part("price"), amount="100")
    fill(draft.part("price"), name="free")
    prices = apply_draft(draft, NOTHING).offer.prices
    assert [(int(price.amount), price.currency) for price in prices] == [(100, "EUR"), (100, "SEK"), (0, None)]


def test_a_currency_without_a_price_is_reported() -> None:
    assert codes(mapped(currency="EUR")) == [("value.surplus", "currency", "EUR")]


def test_status_is_kept_as_a_word_and_a_second_one_reported() -> None:
    found = mapped(status=["sleeping", "released"])
    assert found.offer.status == "sleeping"
    assert codes(found) == [("concept.unresolved", "status", "sleeping"), ("value.surplus", "status", "released")]
