"""Features, keys and their guards."""

from __future__ import annotations

from decimal import Decimal

import pytest

from microharvest.link.features import Features, canonical_url, decode_features, encode_features, features_of
from microharvest.link.keys import BLOCK_CAP, GUARDS, Key, guard_of, is_number, keys_of
from microharvest.model.instance import Instance
from microharvest.model.offer import Offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import Identifier
from tests.integration.offers_at_hand import offer


@pytest.mark.parametrize(
    ("address", "canonical"),
    [
        ("HTTPS://WWW.O.test:443/a/?utm_source=x&b=2&a=1#top", "o.test/a?a=1&b=2"),
        ("http://o.test:8080/a#!/course/1", "o.test:8080/a#!/course/1"),
        ("http://o.test/A", "o.test/A"),
        ("https://o.test/", "o.test"),
        ("mailto:x@o.test", None),
        ("http://o.test:port/", None),
        ("http://[o.test/", None),
        ("", None),
    ],
)
def test_canonical_url(address: str, canonical: str | None) -> None:
    assert canonical_url(address) == canonical


def test_keys_of_an_offer() -> None:
    said = Offer(
        title={"no": "Sveising for rørleggere"},
        provider=Organisation(name={"no": "OsloMet"}, homepage="https://www.oslomet.test/"),
        identifiers=(
            Identifier(scheme="code", value="WE 0100-25H"),
            Identifier(scheme="uri", value="https://doi.org/10.1234/AbC"),
            Identifier(scheme="uri", value="URN:schac:x:1"),
            Identifier(scheme="https://registry.test/scheme", value="77"),
            Identifier(scheme="oai", value="17"),
        ),
        homepage=("https://oslomet.test", "https://oslomet.test/no/we100"),
        instances=(Instance(start_date="2026-01-09T08:00:00Z"),),
    )
    assert keys_of(features_of(said, "https://o.test/id/1"), 7) == [
        ("code", "7|we100"),
        ("id", "doi:10.1234/abc"),
        ("id", "https://registry.test/scheme|77"),
        ("id", "o.test/id/1"),
        ("id", "urn:schac:x:1"),
        ("number", "we100"),
        ("start", "7|2026-01-09"),
        ("title", "rorleggere sveising"),
        ("url", "oslomet.test/we100"),
        ("word", "7|rorle"),
        ("word", "7|sveis"),
        ("words", "7|rorleggere sveising"),
        ("words", "|rorleggere sveising"),
    ]
    assert keys_of(features_of(Offer(), "17"), 0) == []


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Basic welding | Ulm College", "welding"),
        ("Basic welding – ULM COLLEGE LTD", "welding"),
        ("Basic welding - Ulm Colege", "welding"),
        ("Basic welding | Ulm", "welding ulm"),
        ("Ulm College", "ulm college"),
        ("Basic welding-ulm college", "welding ulm college"),
    ],
)
def test_a_title_leaves_out_who_offers_it(title: str, words: str) -> None:
    said = Offer(title={"en": title}, provider=Organisation(name={"en": "Ulm College"}))
    assert " ".join(features_of(said, "1").titles[0].words) == words


def test_what_settings_assumed_is_no_evidence() -> None:
    said = offer(eqf_level=6, ects=Decimal(5), basis={"eqf_level": "default", "credits": "default"})
    assert (features_of(said, "1").eqf, features_of(said, "1").ects) == (0, ())


def test_features_come_back_as_they_were_stored() -> None:
    said = features_of(offer("Welding, level 2 (2025)", code="X1", ects=Decimal("2.5")), "1")
    assert decode_features(encode_features(said)) == said
    assert said.ects == (250,)


def test_long_keys_are_bounded_and_still_differ() -> None:
    keys = {features_of(offer(url=f"https://o.test/{'å' * 900}{end}"), "1").urls[0] for end in "ab"}
    assert len(keys) == 2
    assert all(len(key) <= 300 for key in keys)


PAGE: Key = ("url", "o.test/1")


def block(*said: tuple[str, Offer], organisation: int = 1) -> list[tuple[str, int, Features]]:
    return [(source, organisation, features_of(each, str(place))) for place, (source, each) in enumerate(said)]


def test_guards() -> None:
    home = Offer(provider=Organisation(homepage="https://o.test/1/"))
    two = [*block(("a", offer())), *block(("b", offer()), organisation=2)]
    found = {
        guard_of(("word", "x"), block(*((f"s{n}", offer()) for n in range(BLOCK_CAP + 1)))),
        guard_of(PAGE, block(("a", offer("Welding metal")), ("a", offer("Baking bread")))),
        guard_of(PAGE, block(("a", offer(code="1")), ("a", offer(code="2")))),
        guard_of(PAGE, block(("a", offer("Law 1")), ("b", offer("Law 2")))),
            guard_of(PAGE, block(("a", offer(ects=Decimal(5))), ("a", offer(ects=Decimal(10))))),
        guard_of(PAGE, block(*((n, offer(f"{n} {n}{n}")) for n in ("one", "two", "cake", "dough", "elm")))),
        guard_of(("id", "urn:x"), two),
        guard_of(("number", "50022"), block(("a", offer()), ("a", offer()))),
        guard_of(PAGE, block(("a", home), ("b", offer()))),
    }
    assert found == set(GUARDS)


def test_a_number_names_no_offer_that_two_providers_or_levels_share() -> None:
    two = [*block(("a", offer())), *block(("b", offer()), organisation=2)]
    assert guard_of(("number", "50022"), two) == "two_providers"
    assert guard_of(("number", "50022"), block(("a", offer("Law 1")), ("b", offer("Law 2")))) == "several_numbers"
    named_once = [*block(("a", offer())), *block(("b", offer("Welding of pipes")), organisation=0)]
    assert guard_of(("number", "50022"), named_once) is None
    assert [is_number(code) for code in ("50022", "rncp3", "101", "cs101", "hl10", "pottery")] == [
        *(True, True, False, True, False, False)
    ]


def test_what_passes_the_guards() -> None:
    assert guard_of(PAGE, block(("a", offer("Welding")), ("b", offer("Welding")))) is None
    runs = block(
        ("a", offer("Welding (autumn 2025)", code="W1-25H")), ("a", offer("Welding (cohort 2)", code="W1-26V"))
    )
    assert guard_of(PAGE, runs) is None
    told = [
        Offer(title={language: title}) for language, title in (("en", "Dementia care"), ("fi", "Muistisairaan hoito"))
    ]
    assert guard_of(PAGE, block(("a", told[0]), ("b", told[1]))) is None
    assert guard_of(("title", "welding"), block(("a", offer("Law 1")), ("a", offer("Law 2")))) is None
