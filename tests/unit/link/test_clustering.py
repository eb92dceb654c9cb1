"""Groups depend on pairs and decisions alone."""

from __future__ import annotations

import random

import pytest

from microharvest.link.clustering import Contradiction, Record, components, partition
from microharvest.link.scorecard import FLOOR
from microharvest.model.decision import Assertion

A, B, C, D = (("a", "1"), ("b", "1"), ("c", "1"), ("d", "1"))
Weights = dict[tuple[Record, Record], int]


def groups(weights: Weights, *said: Assertion) -> tuple[tuple[Record, ...], ...]:
    return partition([A, B, C, D], weights, said).groups


def test_a_record_in_the_middle_does_not_bridge_what_conflicts() -> None:
    """Connected components would make one of all three."""
    assert groups({(A, B): 3000, (B, C): 2500, (A, C): FLOOR}) == ((A, B), (C,), (D,))


def test_doubtful_pairs_add_up() -> None:
    assert groups({(A, B): 3000, (B, C): 600, (A, C): -500}) == ((A, B, C), (D,))
    assert groups({(A, B): 3000, (B, C): 600, (A, C): -700}) == ((A, B), (C,), (D,))


@pytest.mark.parametrize("seed", range(20))
def test_order_does_not_matter(seed: int) -> None:
    chance = random.Random(seed)
    records: list[Record] = [(name, "1") for name in "abcdefgh"]
    weights = {
        (one, other): chance.randrange(-4, 5) * 500
        for place, one in enumerate(records)
        for other in records[place + 1 :]
    }
    expected = partition(records, weights)
    shuffled = list(weights.items())
    for _ in range(5):
        chance.shuffle(records)
        chance.shuffle(shuffled)
        assert partition(records, dict(shuffled)) == expected


def test_a_person_outweighs_all_evidence_and_what_follows_from_it() -> None:
    weights: Weights = {(A, B): 12_000, (A, C): FLOOR, (B, C): FLOOR}
    assert groups(weights, Assertion("different", A, B, 1)) == ((A,), (B,), (C,), (D,))
    assert groups(weights, Assertion("same", A, C, 1)) == ((A, C), (B,), (D,))
    assert groups({}, Assertion("same", A, D, 1), Assertion("same", D, B, 2)) == ((A, B, D), (C,))
    assert groups({(A, B): 9000}, Assertion("different", B, ("x", "gone"), 1)) == ((A, B), (C,), (D,))


def test_decisions_that_contradict_each_other_are_reported() -> None:
    said = [Assertion("same", A, B, 1), Assertion("same", B, C, 2), Assertion("different", A, C, 3)]
    found = partition([A, B, C], {}, said)
    assert found.contradictions == (Contradiction(one=A, other=C, decision=3),)
    assert not any({A, C} <= set(group) for group in found.groups)


def test_margins_name_the_thinnest_decisions() -> None:
    found = partition([A, B, C, D], {(A, B): 3000, (B, C): 400, (A, C): -500, (C, D): -900})
    margins = {group: {one.kind: (one.margin, one.one, one.other) for one in known}
               for group, known in zip(found.groups, found.margins, strict=True)}  # fmt: skip
    assert margins == {
        (A, B): {"merge": (3000, A, B), "apart": (-100, B, C)},
        (C,): {"apart": (-100, B, C)},
        (D,): {"apart": (-900, C, D)},
    }


def test_components() -> None:
    assert components([D, C, B, A], [(C, B), (A, ("x", "gone"))]) == [[A], [B, C], [D]]
