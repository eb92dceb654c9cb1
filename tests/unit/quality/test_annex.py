"""Annex I: thirteen elements concern an offer; a default fills none of them."""

from __future__ import annotations

from microharvest.model.instance import Instance
from microharvest.model.offer import Offer
from microharvest.model.values import Concept
from microharvest.quality.annex import ELEMENTS

BY_NAME = {element.name: element for element in ELEMENTS}


def test_nine_are_mandatory_and_four_are_not() -> None:
    assert [element.mandatory for element in ELEMENTS] == [True] * 9 + [False] * 4


def test_an_empty_offer_fills_nothing() -> None:
    assert not [element.name for element in ELEMENTS if element.filled(Offer())]


def test_a_default_does_not_count() -> None:
    country = BY_NAME["Country of the issuer"]
    assert country.filled(Offer(country="FI", basis={"country": "declared"}))
    assert not country.filled(Offer(country="FI", basis={"country": "default"}))


def test_what_is_declared_non_formal_needs_no_level() -> None:
    level, setting = BY_NAME["Level (EQF or national)"], "http://data.europa.eu/snb/learning-setting/"
    assert level.filled(Offer()) is False
    assert level.filled(Offer(setting=Concept(uri=f"{setting}6fd4685715"))) is False
    assert level.filled(Offer(setting=Concept(uri=f"{setting}e207a81fc7"))) is None
    assert level.filled(Offer(setting=Concept(uri=f"{setting}e207a81fc7"), eqf_level=5)) is True


def test_the_form_of_participation_may_stand_with_a_start() -> None:
    blended = Offer(instances=(Instance(modes=(Concept(code="blended"),)),))
    assert BY_NAME["Form of participation"].filled(blended)
