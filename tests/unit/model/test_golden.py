"""Which source's value the golden record takes, field by field, and that order plays no part."""

from __future__ import annotations

import itertools
from typing import Any

from microharvest.model.golden import TEXTS, UNITED, Contribution, golden, sources_used
from microharvest.model.instance import Instance
from microharvest.model.offer import OFFER_FIELDS, Offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import Concept
from microharvest.settings import MergeSettings


def said(source: str, authority: Any, at: str = "2026-01-01T00:00:00Z", **fields: Any) -> Contribution:
    return Contribution(source=source, native_id="1", version=1, at=at, authority=authority, offer=Offer(**fields))


def test_authority_then_completeness_then_time_then_bytes() -> None:
    rules = MergeSettings(precedence={"eqf_level": ("national", "provider", "aggregator")})
    provider = said("p", "provider", eqf_level=5, country="NO")
    national = said("n", "national", eqf_level=6, country="SE", nqf_level=(Concept(code="6"),))
    offer, provenance = golden([national, provider], rules)
    assert (offer.eqf_level, offer.country) == (6, "NO")
    assert provenance["eqf_level"]["losing"] == [{"source": "p", "native_id": "1", "value": 5}]
    assert provenance["nqf_level"]["rule"] == "only"
    later = said("b", "provider", at="2026-02-01T00:00:00Z", country="DK")
    assert golden([said("a", "provider", country="FI"), later], rules)[0].country == "DK"
    assert golden([said("b", "provider", country="FI"), said("a", "provider", country="DK")], rules)[0].country == "DK"


def test_a_default_never_beats_a_declared_value() -> None:
    assumed = said(
        "p", "provider", country="NO", languages=("no",), basis={"country": "default", "languages": "default"}
    )
    known = said("a", "aggregator", country="SE", languages=("sv",), basis={"country": "declared"})
    offer, provenance = golden([assumed, known], MergeSettings())
    assert (offer.country, offer.languages) == ("SE", ("sv",))
    assert offer.basis == {"country": "declared"}
    assert golden([assumed], MergeSettings())[0].basis["country"] == "default"
    assert sources_used(provenance) == {"a"}


def test_how_a_part_is_known_goes_with_it() -> None:
    basis: dict[str, Any] = {"provider": "declared", "provider.country": "mapped", "title": "declared"}
    told = said("p", "provider", provider=Organisation(name={"en": "U"}, country="NO"), title={"en": "T"}, basis=basis)
    other = said("a", "aggregator", provider=Organisation(name={"en": "U"}), basis={"provider": "derived"})
    assert golden([other, told], MergeSettings())[0].basis == basis
    alone = golden([other], MergeSettings())[0]
    assert alone.basis == {"provider": "derived"}


def test_languages_and_sets_are_united() -> None:
    esco = Concept(uri="http://data.europa.eu/esco/skill/1", label={"en": "weld"})
    one = said(
        "p",
        "provider",
        title={"no": "Sveising", "und": "Weld"},
        skills=(esco,),
        instances=(Instance(start_date="2026"),),
    )
    other = said(
        "a", "aggregator", title={"en": "Weld", "no": "Sveis"},
        skills=(Concept(uri=esco.uri, label={"no": "sveise"}), Concept(label={"en": "grind"})),
        instances=(Instance(start_date="2026"), Instance(start_date="2027")),
    )  # fmt: skip
    offer, provenance = golden([one, other], MergeSettings())
    assert offer.title == {"no": "Sveising", "en": "Weld"}
    assert provenance["title"]["languages"] == {"no": ["p", "1"], "en": ["a", "1"]}
    assert provenance["title"]["losing"] == [{"source": "a", "native_id": "1", "value": {"no": "Sveis"}}]
    assert offer.skills == (esco, Concept(label={"en": "grind"}))
    assert [instance.start_date for instance in offer.instances] == ["2026", "2027"]
    assert provenance["skills"]["with"] == [["a", "1"]]
    assert sources_used(provenance) == {"a", "p"}


def test_order_plays_no_part() -> None:
    members = [
        said("c", "aggregator", title={"en": "C"}, country="NO", languages=("en",)),
        said("a", "aggregator", title={"en": "A", "no": "Å"}, country="SE", languages=("no", "en")),
        said("b", "national", title={"de": "B"}, languages=("de",)),
    ]
    results = [golden(order, MergeSettings()) for order in itertools.permutations(members)]
    assert all(result == results[0] for result in results)


def test_the_tables_name_fields_there_are() -> None:
    assert set(OFFER_FIELDS) >= TEXTS | UNITED
    assert not TEXTS & UNITED
