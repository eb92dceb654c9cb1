"""Groups depend on the records alone."""

from __future__ import annotations

import random

from microharvest.link.clustering import Key, partition
from microharvest.link.keys import Facts, facts_of, keys_of
from microharvest.model.offer import Offer
from tests.integration.offers_at_hand import offer

SAID = [
    ("a", "1", offer("Welding 1", code="w1", urn="urn:x-t:1")),
    ("b", "1", offer("Welding", code="w1")),
    ("c", "1", offer("Welding 2", code="w1")),
    ("d", "1", offer("Baking", provider="Elsewhere", url="https://o.test/1")),
    ("a", "2", offer("Baking", provider="Elsewhere", url="https://o.test/1")),
    ("e", "1", offer("Alone", provider="Nobody")),
]


def group(said: list[tuple[str, str, Offer]]) -> tuple[object, object]:
    records, blocks = [], {}
    for source, native_id, each in said:
        facts = facts_of(each, source, native_id)
        records.append(facts)
        for key in keys_of(each, native_id):
            blocks.setdefault(key, []).append(facts)
    typed: dict[Key, list[Facts]] = blocks
    found = partition(records, typed)
    return found.groups, found.blocked


def test_a_third_record_does_not_bridge_what_conflicts() -> None:
    groups, blocked = group(SAID)
    assert groups == ((("a", "1"), ("b", "1")), (("a", "2"), ("d", "1")), (("c", "1"),), (("e", "1"),))
    assert {(one.one, one.other, one.reason) for one in blocked} == {  # type: ignore[attr-defined]
        (("a", "1"), ("c", "1"), "title"),
        (("b", "1"), ("c", "1"), "title"),
    }


def test_order_does_not_matter() -> None:
    expected = group(SAID)
    for seed in range(20):
        shuffled = SAID[:]
        random.Random(seed).shuffle(shuffled)
        assert group(shuffled) == expected
