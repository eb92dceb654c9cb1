"""What `same` and `different` mean together, against a plain closure over pairs."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from microharvest.link.assertions import close_assertions, contradictions, settle
from microharvest.model.decision import Assertion, Record, ordered

NAMES = [("s", str(number)) for number in range(6)]
PAIRS = st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda pair: pair[0] != pair[1])
ASSERTIONS = st.lists(st.tuples(st.sampled_from(["same", "different"]), PAIRS), max_size=9).map(
    lambda said: [Assertion(kind, *ordered(*pair), number) for number, (kind, pair) in enumerate(said, 1)]  # type: ignore[arg-type]
)


def closure(pairs: set[frozenset[Record]]) -> set[frozenset[Record]]:
    """Every pair that `same` makes one, found by adding pairs until nothing is new."""
    while True:
        more = {
            frozenset(one ^ other) for one, other in itertools.combinations(pairs, 2) if len(one & other) == 1
        } - pairs  # fmt: skip
        if not more:
            return pairs
        pairs = pairs | more


def said(assertions: list[Assertion], kind: str) -> set[frozenset[Record]]:
    return {frozenset((one.one, one.other)) for one in assertions if one.kind == kind}


@given(ASSERTIONS, st.sets(st.sampled_from(NAMES)))
def test_what_holds_through_absent_records_holds_among_present_ones(
    assertions: list[Assertion], present: set[Record]
) -> None:
    settled = settle(assertions, present)
    assert all({one.one, one.other} <= present for one in settled)
    whole = {pair for pair in closure(said(assertions, "same")) if pair <= present}
    assert closure(said(settled, "same")) == whole
    same = closure(said(assertions, "same"))
    for one in assertions:
        if one.kind == "different" and {one.one, one.other} <= present:
            assert frozenset((one.one, one.other)) in said(settled, "different")
    for pair in said(settled, "different"):
        one, other = sorted(pair)
        mine = {one} | {record for each in same if one in each for record in each}
        theirs = {other} | {record for each in same if other in each for record in each}
        assert any({each.one, each.other} <= mine | theirs for each in assertions if each.kind == "different")


@given(ASSERTIONS)
def test_every_contradiction_is_found_with_a_chain_that_proves_it(assertions: list[Assertion]) -> None:
    same = closure(said(assertions, "same"))
    wanted = {one.decision for one in assertions if one.kind == "different" and frozenset((one.one, one.other)) in same}
    found = contradictions(assertions)
    assert {one.different for one in found} == wanted
    numbered = {one.decision: one for one in assertions}
    for one in found:
        ends = {numbered[one.different].one, numbered[one.different].other}
        links = [{numbered[number].one, numbered[number].other} for number in one.chain]
        assert all(numbered[number].kind == "same" for number in one.chain)
        counted = [record for link in links for record in link]
        assert {record for record in counted if counted.count(record) == 1} == ends


@given(ASSERTIONS, st.sampled_from(NAMES))
def test_reading_around_a_record_finds_all_that_bears_on_it(assertions: list[Assertion], start: Record) -> None:
    """Nothing beyond what was read can change what is settled for the record."""
    near = close_assertions(
        lambda records: [one for one in assertions if not {one.one, one.other}.isdisjoint(set(records))], [start]
    )
    every = {start} | {record for one in assertions for record in (one.one, one.other)}
    mine = {pair for pair in closure(said(assertions, "same")) if start in pair}
    assert {pair for pair in closure(said(near, "same")) if start in pair} == mine
    ours = [one for one in settle(assertions, every) if one.kind == "different" and start in (one.one, one.other)]
    assert all(one in settle(near, every) for one in ours)
