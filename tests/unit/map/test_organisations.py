"""Providers and awarding bodies."""

from __future__ import annotations

from microharvest.map.apply import apply_draft
from microharvest.model.offer import Offer, without_defaults
from microharvest.model.organisation import Organisation
from microharvest.model.values import Identifier
from tests.unit.map.drafts import NOTHING, Said, codes, fill, mapped, offer_draft


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


def test_a_provider_without_a_name_is_known_as_its_parts_are_and_a_default_weighs_on_its_own_place() -> None:
    assert mapped(provider_url="www.uni.example").offer.basis["provider"] == "derived"
    address: Said = {"value": "https://uni.example", "basis": "default"}
    named = mapped(provider="Uni", provider_url=address).offer
    assert (named.basis["provider"], named.basis["provider.homepage"]) == ("declared", "default")
    assert without_defaults(named).provider == Organisation(name={"und": "Uni"})
    alone = mapped(provider_id="NO-1", provider_url=address).offer
    assert (alone.basis["provider"], alone.basis["provider.homepage"]) == ("declared", "default")
    nothing = mapped(provider_url=address).offer
    assert (nothing.basis["provider"], without_defaults(nothing).provider) == ("default", None)


def test_a_country_of_the_source_file_is_none_of_the_offer() -> None:
    constant: Said = {"value": "FR", "basis": "default"}
    for offer in (mapped(provider="Uni", country=constant).offer, _with_part(name="Uni", country=constant)):
        assert (offer.country, offer.basis["country"]) == ("FR", "default")
        assert (offer.basis["provider"], offer.basis["provider.country"]) == ("declared", "default")
        stated = without_defaults(offer)
        assert (stated.country, stated.provider) == (None, Organisation(name={"und": "Uni"}))


def test_a_name_of_the_source_file_leaves_the_parts_a_record_states() -> None:
    offer = _with_part(name={"value": "Uni", "basis": "default"}, country="FR", homepage="https://uni.example")
    assert (offer.country, offer.basis["country"]) == ("FR", "derived")
    assert without_defaults(offer).provider == Organisation(country="FR", homepage="https://uni.example")


def test_of_awarding_bodies_the_defaults_are_left_out() -> None:
    draft = offer_draft()
    fill(draft.part("awarding_body"), name="Board", country={"value": "FR", "basis": "default"})
    offer = apply_draft(draft, NOTHING).offer
    assert offer.basis["awarding_body.country"] == "default"
    assert without_defaults(offer).awarding_body == (Organisation(name={"und": "Board"}),)


def _with_part(**said: Said | list[Said]) -> Offer:
    draft = offer_draft()
    fill(draft.part("provider"), **said)
    return apply_draft(draft, NOTHING).offer


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
