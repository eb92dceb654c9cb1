"""Providers and awarding bodies."""

from __future__ import annotations

from microharvest.map.apply import apply_draft
from microharvest.model.organisation import Organisation
from microharvest.model.values import Identifier
from tests.unit.map.drafts import NOTHING, codes, fill, mapped, offer_draft


def test_flat_provider() -> None:
    found = mapped(
        provider={"value": "Uni", "lang": "en"},
        provider_id=["NO-1", {"value": "05xyz", "scheme": "ror"}, "TODO"],
        provider_url=["www.uni.example", "https://uni.example"],
        country="NO",
        city="Oslo",
    )
    assert found.offer.provider == Organisation(
        name={"en": "Uni"},
        identifiers=(Identifier(scheme="local", value="NO-1"), Identifier(scheme="ror", value="05xyz")),
        homepage="http://www.uni.example",
        country="NO",
        city="Oslo",
    )
    assert codes(found) == [
        ("identifier.placeholder", "provider.identifiers", "TODO"),
        ("value.surplus", "provider.homepage", "https://uni.example"),
    ]
    assert (found.offer.basis["provider"], found.offer.basis["provider.homepage"]) == ("declared", "derived")


def test_a_provider_without_a_name_is_known_as_its_parts_are_and_a_default_weighs_on_the_whole() -> None:
    assert mapped(provider_url="www.uni.example").offer.basis["provider"] == "derived"
    assumed = mapped(provider="Uni", provider_url={"value": "https://uni.example", "basis": "default"}).offer
    assert (assumed.basis["provider"], "provider.homepage" in assumed.basis) == ("default", False)


def test_a_part_wins_and_a_second_part_is_surplus() -> None:
    draft = offer_draft(provider="Flat")
    fill(draft.part("provider"))
    fill(draft.part("provider"), name="One")
    fill(draft.part("provider"), name="Two")
    found = apply_draft(draft, NOTHING)
    assert found.offer.provider == Organisation(name={"und": "One"})
    assert codes(found) == [("value.surplus", "provider", "Two")]


def test_awarding_bodies() -> None:
    draft = offer_draft(awarding_body=["Body", "Body", "Other"])
    fill(draft.part("awarding_body"), name={"value": "Part", "lang": "en"}, country="SWE")
    bodies = apply_draft(draft, NOTHING).offer.awarding_body
    assert [body.name for body in bodies] == [{"en": "Part"}, {"und": "Body"}, {"und": "Other"}]
    assert bodies[0].country == "SE"


def test_one_body_in_two_languages() -> None:
    bodies = mapped(
        awarding_body=[{"value": "Uni", "lang": "en"}, {"value": "Yliopisto", "lang": "fi"}]
    ).offer.awarding_body
    assert [body.name for body in bodies] == [{"en": "Uni", "fi": "Yliopisto"}]


def test_a_declared_country_comes_before_a_derived_one() -> None:
    found = mapped(country=[{"value": "SE", "basis": "derived"}, "NO", "NOR", "Atlantis"])
    assert (found.offer.country, found.offer.basis["country"]) == ("NO", "declared")
    assert codes(found) == [("country.unknown", "country", "Atlantis"), ("value.surplus", "country", "SE")]


def test_a_surplus_provider_says_nothing_of_how_the_first_is_known() -> None:
    draft = offer_draft(title="T")
    fill(draft.part("provider"), name="Uni")
    surplus = draft.part("provider")
    surplus.say("name", "School", basis="derived")
    surplus.say("country", "NO", basis="mapped")
    found = apply_draft(draft, NOTHING)
    assert ("value.surplus", "provider", "School") in codes(found)
    assert {place: how for place, how in found.offer.basis.items() if "provider" in place} == {"provider": "declared"}
