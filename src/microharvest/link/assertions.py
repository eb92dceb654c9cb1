"""What `same` and `different` mean together: through groups, and through records that are not offered now.

What must stay true: the result depends on the set of assertions alone. `same` is transitive also through a record
that is withdrawn; `different` keeps whole groups apart and beats `same`; contradictions are named, never resolved.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable

import msgspec

from microharvest.model.decision import Assertion, Record, ordered

__all__ = ["Contradiction", "close_assertions", "contradictions", "settle"]

AssertionsOf = Callable[[Iterable[Record]], list[Assertion]]


class Contradiction(msgspec.Struct, frozen=True, kw_only=True):
    """`different` says two records are two; the chain of `same` leads from the one to the other."""

    different: int
    chain: tuple[int, ...]


def close_assertions(read: AssertionsOf, records: Iterable[Record]) -> list[Assertion]:
    """Every assertion that bears on the records: those naming them, and those naming what is the same as them."""
    found: dict[int, Assertion] = {}
    seen: set[Record] = set()
    frontier = set(records)
    while frontier:
        seen |= frontier
        fresh = read(frontier)
        found.update({one.decision: one for one in fresh})
        frontier = {record for one in fresh if one.kind == "same" for record in (one.one, one.other)} - seen
    return [found[number] for number in sorted(found)]


def settle(assertions: Iterable[Assertion], present: Collection[Record]) -> list[Assertion]:
    """The same said of present records alone: what was said of an absent one holds for those it is the same as."""
    every = sorted(assertions, key=lambda one: one.decision)
    root: dict[Record, Record] = {}

    def find(record: Record) -> Record:
        while root.setdefault(record, record) != record:
            record = root[record]
        return record

    for one in every:
        if one.kind == "same":
            root[find(one.one)] = find(one.other)
    members: dict[Record, list[Record]] = {}
    for record in sorted(root, key=lambda record: (record[0].encode(), record[1].encode())):
        if record in present:
            members.setdefault(find(record), []).append(record)
    settled: list[Assertion] = []
    for one in every:
        whole = one.one in present and one.other in present
        group = members.get(find(one.one), [])
        if one.kind == "same":
            settled.extend([one] if whole else [Assertion("same", group[0], each, one.decision) for each in group[1:]])
            continue
        mine = [one.one] if one.one in present else group
        theirs = [one.other] if one.other in present else members.get(find(one.other), [])
        if mine and theirs and mine[0] != theirs[0]:
            settled.append(Assertion("different", *ordered(mine[0], theirs[0]), one.decision))
    return settled


def contradictions(assertions: Iterable[Assertion]) -> list[Contradiction]:
    """Every `different` between two records that `same` makes one, with the shortest chain that does."""
    every = sorted(assertions, key=lambda one: one.decision)
    near: dict[Record, list[tuple[Record, int]]] = {}
    for one in every:
        if one.kind == "same":
            near.setdefault(one.one, []).append((one.other, one.decision))
            near.setdefault(one.other, []).append((one.one, one.decision))
    found = []
    for one in every:
        if one.kind == "different" and (chain := _chain(near, one.one, one.other)) is not None:
            found.append(Contradiction(different=one.decision, chain=chain))
    return found


def _chain(near: dict[Record, list[tuple[Record, int]]], start: Record, end: Record) -> tuple[int, ...] | None:
    ways: dict[Record, tuple[int, ...]] = {start: ()}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        if here == end:
            return ways[here]
        for other, decision in near.get(here, ()):
            if other not in ways:
                ways[other] = (*ways[here], decision)
                waiting.append(other)
    return None
