"""Keys, their guards, and conflicts."""

from __future__ import annotations

import pytest

from microharvest.link.keys import (
    BLOCK_CAP,
    CONFLICTS,
    GUARDS,
    Facts,
    canonical_url,
    conflict_of,
    facts_of,
    guard_of,
    keys_of,
)
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
        provider=Organisation(name={"no": "OsloMet"}, homepage="https://www.oslomet.test/"),
        identifiers=(
            Identifier(scheme="code", value="WE 100-25H"),
            Identifier(scheme="uri", value="https://doi.org/10.1234/AbC"),
            Identifier(scheme="uri", value="URN:schac:x:1"),
            Identifier(scheme="https://registry.test/scheme", value="77"),
            Identifier(scheme="oai", value="17"),
        ),
        homepage=("https://oslomet.test", "https://oslomet.test/we100"),
    )
    assert keys_of(said, "https://o.test/id/1") == [
        ("code", "name:oslomet|we100"),
        ("code", "web:oslomet.test|we100"),
        ("id", "doi:10.1234/abc"),
        ("id", "https://registry.test/scheme|77"),
        ("id", "o.test/id/1"),
        ("id", "urn:schac:x:1"),
        ("url", "oslomet.test/we100"),
    ]
    assert keys_of(offer(), "17") == []


def test_long_keys_are_bounded_and_still_differ() -> None:
    keys = {keys_of(offer(url=f"https://o.test/{'å' * 900}{end}"), "1")[0][1] for end in "ab"}
    assert len(keys) == 2
    assert all(len(key.encode()) <= 300 for key in keys)


def test_guards() -> None:
    def block(*said: tuple[str, Offer]) -> list[Facts]:
        return [facts_of(each, source, str(place)) for place, (source, each) in enumerate(said)]

    alike = block(("a", offer("Welding")), ("b", offer("Welding")))
    assert guard_of("url", "o.test/1", alike) is None
    found = {
        guard_of("url", "o.test/1", block(*((f"s{n}", offer()) for n in range(BLOCK_CAP + 1)))),
        guard_of("url", "o.test/1", block(("a", offer("One")), ("a", offer("Two")))),
        guard_of("url", "o.test/1", block(("a", offer(code="1")), ("a", offer(code="2")))),
        guard_of("url", "o.test/1", block(*((n, offer(n)) for n in ("one", "two", "three", "four")))),
        guard_of("id", "urn:x", block(("a", offer(provider="A")), ("b", offer(provider="B")))),
        guard_of(
            "url",
            "o.test/home",
            block(("a", Offer(provider=Organisation(homepage="https://o.test/home/"))), ("b", offer())),
        ),
    }
    assert found == set(GUARDS)


def test_conflicts_are_told_both_ways_and_defaults_do_not_count() -> None:
    assumed = facts_of(offer(eqf_level=7, basis={"eqf_level": "default"}), "a", "1")
    declared = facts_of(offer(eqf_level=5), "b", "1")
    other = facts_of(offer(eqf_level=6), "c", "1")
    assert conflict_of(assumed, declared) is None
    assert conflict_of(declared, other) == conflict_of(other, declared) == "eqf_level"
    assert conflict_of(declared, declared) == "same_source"
    assert {"eqf_level", "same_source"} <= set(CONFLICTS)
    elsewhere = [facts_of(offer(code=code, provider=name), code, "1") for code, name in (("1", "A"), ("2", "B"))]
    assert conflict_of(*elsewhere) is None
