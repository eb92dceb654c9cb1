"""Groups depend on pairs and decisions alone."""

from __future__ import annotations

import random

import pytest

from microharvest.link.clustering import EITHER, Contradiction, Partition, Record, components, partition
from microharvest.model.decision import Assertion

A, B, C, D = (("a", "1"), ("b", "1"), ("c", "1"), ("d", "1"))
TITLE = {".": 0, "x": -3000, "~": 2000, "=": 4000}
START = {".": 0, "x": -1000, "=": 3000}
CREDITS = {".": 0, "x": -5000, "=": 1000, "!": -99_000}
FEATURES = (TITLE, START, CREDITS)
PRIOR = -1500
Pairs = dict[tuple[Record, Record], str]
"""What three features say of a pair, the strongest statement last in each table: title, start, credits."""


def weigh(statement: bytes) -> int:
    return PRIOR + sum(list(known.values())[said] for known, said in zip(FEATURES, statement, strict=True))


def parted(pairs: Pairs, *said: Assertion, records: tuple[Record, ...] = (A, B, C, D)) -> Partition:
    evidence = {
        pair: bytes(list(known).index(letter) for known, letter in zip(FEATURES, letters, strict=True))
        for pair, letters in pairs.items()
    }
    return partition(records, evidence, weigh, said)


def groups(pairs: Pairs, *said: Assertion) -> tuple[tuple[Record, ...], ...]:
    return parted(pairs, *said).groups


def test_a_record_in_the_middle_does_not_bridge_what_conflicts() -> None:
    """Connected components would make one of all three."""
    assert groups({(A, B): "==.", (B, C): "=..", (A, C): "=.!"}) == ((A, B), (C,), (D,))


def test_what_is_said_twice_counts_once() -> None:
    """Three deliveries of one course, and one record in another language that starts with the third of them."""
    deliveries: Pairs = {(A, B): "=x=", (A, C): "=x=", (B, C): "=x="}
    assert groups({**deliveries, (A, D): "xx.", (B, D): "xx.", (C, D): "x=="}) == ((A, B, C), (D,))
    assert groups({**deliveries, (A, D): ".x.", (B, D): ".x.", (C, D): ".=="}) == ((A, B, C, D),)


def test_groups_are_told_apart_by_what_one_member_each_knows() -> None:
    """Credits stand in A and C alone; B says when it starts, and so does D."""
    pairs: Pairs = {(A, B): "==.", (C, D): "==.", (A, C): "=xx", (A, D): "=x.", (B, C): "=x.", (B, D): "=x."}
    assert groups(pairs) == ((A, B), (C, D))


def test_a_record_that_fits_two_that_differ_joins_neither() -> None:
    either: Pairs = {(A, B): "=..", (A, C): "=x.", (B, C): "=.x"}
    found = parted(either)
    assert found.groups == ((A,), (B,), (C,), (D,))
    margins = {one.kind: (one.margin, one.one, one.other) for one in found.margins[0]}
    assert margins == {"either": (EITHER, A, B)}
    assert groups({**either, (A, B): "=.="}) == ((A, B), (C,), (D,)), "one is clearly nearer"
    assert groups({**either, (B, C): "=.."}) == ((A, B, C), (D,)), "the two are not told apart"
    assert groups(either, Assertion("same", A, C, 1)) == ((A, C), (B,), (D,)), "somebody knows"
    assert groups(either, Assertion("different", A, C, 1)) == ((A, B), (C,), (D,))


@pytest.mark.parametrize("seed", range(20))
def test_order_does_not_matter(seed: int) -> None:
    chance = random.Random(seed)
    records: list[Record] = [(name, "1") for name in "abcdefgh"]
    pairs: Pairs = {
        (one, other): "".join(chance.choice(list(known)[:4]) for known in FEATURES)
        for place, one in enumerate(records)
        for other in records[place + 1 :]
    }
    expected = parted(pairs, records=tuple(records))
    shuffled = list(pairs.items())
    for _ in range(5):
        chance.shuffle(records)
        chance.shuffle(shuffled)
        assert parted(dict(shuffled), records=tuple(records)) == expected


def test_a_person_outweighs_all_evidence_and_what_follows_from_it() -> None:
    pairs: Pairs = {(A, B): "===", (A, C): "xx!", (B, C): "xx!"}
    assert groups(pairs, Assertion("different", A, B, 1)) == ((A,), (B,), (C,), (D,))
    assert groups(pairs, Assertion("same", A, C, 1)) == ((A, C), (B,), (D,))
    assert groups({}, Assertion("same", A, D, 1), Assertion("same", D, B, 2)) == ((A, B, D), (C,))
    assert groups({(A, B): "==."}, Assertion("different", B, ("x", "gone"), 1)) == ((A, B), (C,), (D,))


def test_decisions_that_contradict_each_other_are_reported() -> None:
    said = [Assertion("same", A, B, 1), Assertion("same", B, C, 2), Assertion("different", A, C, 3)]
    found = parted({}, *said, records=(A, B, C))
    assert found.contradictions == (Contradiction(one=A, other=C, decision=3),)
    assert not any({A, C} <= set(group) for group in found.groups)


def test_margins_name_the_thinnest_decisions() -> None:
    found = parted({(A, B): "==.", (B, C): "~..", (A, C): "~.x", (C, D): "x.."})
    margins = {group: {one.kind: (one.margin, one.one, one.other) for one in known}
               for group, known in zip(found.groups, found.margins, strict=True)}  # fmt: skip
    assert margins == {
        (A, B): {"merge": (5500, A, B), "apart": (-4500, B, C)},
        (C,): {"apart": (-4500, B, C)},
        (D,): {"apart": (-4500, C, D)},
    }


def test_components() -> None:
    assert components([D, C, B, A], [(C, B), (A, ("x", "gone"))]) == [[A], [B, C], [D]]
