"""From weighted pairs to groups: greedy additive contraction with conflicts and people's decisions. Pure.

What must stay true: the groups of a component depend on its pairs and assertions alone, never on order or history
(ties go by the bytes of record identities); a component is never merged just because it hangs together.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from microharvest.model.decision import Assertion, Record

__all__ = ["COMPONENT_CAP", "Contradiction", "Margin", "Partition", "Record", "components", "partition"]

Weights = Mapping[tuple[Record, Record], int]
"""Pairs, the smaller record first, with their weight in thousandths; a pair that is not there weighs nothing."""

COMPONENT_CAP = 150
"""Records that hang together by positive pairs: beyond, the weakest pairs are left out until the parts are smaller."""
_SURE = 1_000_000_000
"""What a person's word weighs: more than all other evidence of a component together."""


class Contradiction(msgspec.Struct, frozen=True, kw_only=True):
    """Two records said to be different (`decision`), that other decisions say to be the same in a chain."""

    one: Record
    other: Record
    decision: int


class Margin(msgspec.Struct, frozen=True, kw_only=True):
    """The thinnest decision about a group: `margin` in thousandths, and the pair that spoke loudest for it.

    `merge`: the weakest merge that made the group (positive). `apart`: the strongest merge it was refused (at most 0).
    """

    kind: str
    margin: int
    one: Record
    other: Record


class Partition(msgspec.Struct, frozen=True, kw_only=True):
    """Groups, each sorted, in order of their smallest member; margins by place of group; what did not add up."""

    groups: tuple[tuple[Record, ...], ...]
    margins: tuple[tuple[Margin, ...], ...]
    contradictions: tuple[Contradiction, ...] = ()


def bytes_of(record: Record) -> bytes:
    """What records are ordered by."""
    return record[0].encode() + b"\x00" + record[1].encode()


def components(records: Iterable[Record], links: Iterable[tuple[Record, Record]]) -> list[list[Record]]:
    """Records that hang together, each list sorted, in order of their smallest member."""
    parent = {record: record for record in records}

    def find(record: Record) -> Record:
        while parent[record] != record:
            parent[record] = parent[parent[record]]
            record = parent[record]
        return record

    for one, other in links:
        if one in parent and other in parent:
            parent[find(one)] = find(other)
    found: dict[Record, list[Record]] = defaultdict(list)
    for record in sorted(parent, key=bytes_of):
        found[find(record)].append(record)
    return list(found.values())


def partition(records: Sequence[Record], weights: Weights, assertions: Sequence[Assertion] = ()) -> Partition:
    """Group records. A pair said to be the same or different weighs more than everything else."""
    order = sorted(records, key=bytes_of)
    place = {record: number for number, record in enumerate(order)}
    edges = {
        _pair(place[one], place[other]): weight
        for (one, other), weight in weights.items()
        if one in place and other in place
    }
    different = [one for one in assertions if one.kind == "different"]
    same = [one for one in assertions if one.kind == "same"]
    for said in sorted(same, key=lambda one: one.decision) + sorted(different, key=lambda one: one.decision):
        if said.one in place and said.other in place and said.one != said.other:
            edges[_pair(place[said.one], place[said.other])] = _SURE if said.kind == "same" else -_SURE
    groups, merges = _contract(len(order), edges)
    listed = sorted(groups)
    return Partition(
        groups=tuple(tuple(order[number] for number in group) for group in listed),
        margins=tuple(_margins(listed, merges, edges, order)),
        contradictions=tuple(_contradictions(different, same, order)),
    )


def _pair(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)


def _contract(
    count: int, edges: Mapping[tuple[int, int], int]
) -> tuple[list[tuple[int, ...]], dict[int, tuple[int, tuple[int, int]]]]:
    """Merge the two groups with the greatest summed weight while it is positive.

    Returns the groups, and for each (by its smallest member) its weakest merge: (sum, the strongest pair across).
    """
    near: dict[int, dict[int, int]] = {number: {} for number in range(count)}
    for (one, other), weight in edges.items():
        near[one][other] = near[other][one] = weight
    members = {number: [number] for number in range(count)}
    weakest: dict[int, tuple[int, tuple[int, int]]] = {}
    heap = [(-weight, one, other) for (one, other), weight in edges.items() if weight > 0]
    heapq.heapify(heap)
    while heap:
        negative, one, other = heapq.heappop(heap)
        if one not in members or other not in members or near[one].get(other) != -negative:
            continue
        strongest = max(
            ((edges[_pair(a, b)], -a, -b) for a in members[one] for b in members[other] if _pair(a, b) in edges),
            default=(0, -one, -other),
        )
        merge = (-negative, _pair(-strongest[1], -strongest[2]))
        weakest[one] = min([merge, *(weakest[group] for group in (one, other) if group in weakest)])
        members[one] += members.pop(other)
        del near[one][other]
        for third, weight in near.pop(other).items():
            if third == one:
                continue
            total = near[one].get(third, 0) + weight
            near[one][third] = near[third][one] = total
            del near[third][other]
            if total > 0:
                heapq.heappush(heap, (-total, *_pair(one, third)))
    return [tuple(sorted(group)) for group in members.values()], {
        key: weakest[key] for key in members if key in weakest
    }


def _margins(
    groups: Sequence[tuple[int, ...]],
    merges: Mapping[int, tuple[int, tuple[int, int]]],
    edges: Mapping[tuple[int, int], int],
    order: Sequence[Record],
) -> list[tuple[Margin, ...]]:
    """For each group its weakest merge, and the strongest one it was refused."""
    group_of = {number: place for place, group in enumerate(groups) for number in group}
    sums: dict[tuple[int, int], int] = defaultdict(int)
    loudest: dict[tuple[int, int], tuple[int, tuple[int, int]]] = {}
    for pair in sorted(edges):
        across = _pair(group_of[pair[0]], group_of[pair[1]])
        if across[0] != across[1]:
            sums[across] += edges[pair]
            if across not in loudest or edges[pair] > loudest[across][0]:
                loudest[across] = (edges[pair], pair)
    refused: dict[int, tuple[int, tuple[int, int]]] = {}
    for across in sorted(sums):
        for place in across:
            if sums[across] > -_SURE // 2 and (place not in refused or sums[across] > refused[place][0]):
                refused[place] = (sums[across], loudest[across][1])
    found = []
    for place, group in enumerate(groups):
        known = (("merge", merges.get(group[0])), ("apart", refused.get(place)))
        found.append(
            tuple(
                Margin(kind=kind, margin=said[0], one=order[said[1][0]], other=order[said[1][1]])
                for kind, said in known
                if said is not None
            )
        )
    return found


def _contradictions(
    different: Sequence[Assertion], same: Sequence[Assertion], order: Sequence[Record]
) -> Iterable[Contradiction]:
    """Pairs said to be different whose two records a chain of `same` connects."""
    if not different or not same:
        return
    part = {
        record: number
        for number, group in enumerate(components(order, [(one.one, one.other) for one in same]))
        for record in group
    }
    for said in sorted(different, key=lambda one: one.decision):
        if said.one in part and part[said.one] == part.get(said.other):
            yield Contradiction(one=said.one, other=said.other, decision=said.decision)
