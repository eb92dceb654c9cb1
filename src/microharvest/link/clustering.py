"""From pairs to groups: the two groups that are surest to be one are joined, and so on, while any are. Pure.

Two groups are compared as two records would be that say what all of theirs say: in each feature the pair counts that
says most. So nothing is counted twice because it is said twice, twenty deliveries of one course do not outvote the one
record in another language that starts on the same day, and what tells two records apart keeps their groups apart.
A record that fits two groups told apart, one about as well as the other, joins neither: that is for a person to say.

What must stay true: the groups of a component depend on its pairs and assertions alone, never on order or history
(ties go by the bytes of record identities); a component is never merged just because it hangs together.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from microharvest.model.decision import Assertion, Record

__all__ = ["COMPONENT_CAP", "Contradiction", "Margin", "Partition", "Record", "bytes_of", "components", "partition"]

Evidence = Mapping[tuple[Record, Record], bytes | int]
"""Pairs, the smaller record first, and what is said of them: a number per feature, 0 for nothing, the greater the more
it says; of two records that hang together with nothing else, what that weighs will do. A pair that is not there weighs
nothing."""
Weigh = Callable[[bytes], int]
"""What a statement weighs, in thousandths; positive: one offer."""
_Link = tuple[bytes, int, int]
"""Between two groups: what the pairs say, what people said, and what both weigh."""

COMPONENT_CAP = 150
"""Records that hang together by positive pairs: beyond, the weakest pairs are left out until the parts are smaller."""
EITHER = 1000
"""Thousandths: a record is about as near to one group as to another if the difference is no more."""
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
    `either`: its one record could be of two others; by how much it is nearer to that of the pair (at most EITHER).
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


def partition(
    records: Sequence[Record], evidence: Evidence, weigh: Weigh, assertions: Sequence[Assertion] = ()
) -> Partition:
    """Group records. A pair said to be the same or different weighs more than everything else."""
    order = sorted(records, key=bytes_of)
    place = {record: number for number, record in enumerate(order)}
    edges: dict[tuple[int, int], _Link] = {
        _pair(place[one], place[other]): (said, 0, weigh(said)) if isinstance(said, bytes) else (b"", 0, said)
        for (one, other), said in evidence.items()
        if one in place and other in place
    }
    different = [one for one in assertions if one.kind == "different"]
    same = [one for one in assertions if one.kind == "same"]
    for said in sorted(same, key=lambda one: one.decision) + sorted(different, key=lambda one: one.decision):
        if said.one in place and said.other in place and said.one != said.other:
            sure = _SURE if said.kind == "same" else -_SURE
            edges[_pair(place[said.one], place[said.other])] = (b"", sure, sure)
    groups = _contract(len(order), edges, weigh)
    torn = _torn(groups, edges, weigh)
    if torn:
        edges = {pair: link for pair, link in edges.items() if link[1] or torn.keys().isdisjoint(pair)}
        groups = _contract(len(order), edges, weigh)
    listed = sorted(groups, key=lambda group: group.members)
    return Partition(
        groups=tuple(tuple(order[number] for number in group.members) for group in listed),
        margins=tuple(_margins(listed, edges, torn, order)),
        contradictions=tuple(_contradictions(different, same, order)),
    )


def _pair(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)


class _Group(msgspec.Struct):
    """Its members, ascending; how it stands to other groups, by their smallest member; its weakest merge, and the
    strongest pair of that."""

    members: list[int]
    near: dict[int, _Link]
    weakest: tuple[int, tuple[int, int]] | None = None


def _contract(count: int, edges: Mapping[tuple[int, int], _Link], weigh: Weigh) -> list[_Group]:
    """Join the two groups that weigh most as long as that is positive."""
    groups = {number: _Group(members=[number], near={}) for number in range(count)}
    for (one, other), link in edges.items():
        groups[one].near[other] = groups[other].near[one] = link
    heap = [(-weight, one, other) for (one, other), (_, _, weight) in edges.items() if weight > 0]
    heapq.heapify(heap)
    while heap:
        negative, one, other = heapq.heappop(heap)
        if one not in groups or other not in groups or groups[one].near[other][2] != -negative:
            continue
        kept, gone = groups[one], groups.pop(other)
        merge = (-negative, _loudest(kept, gone, edges))
        kept.weakest = min(known for known in (merge, kept.weakest, gone.weakest) if known is not None)
        kept.members = sorted(kept.members + gone.members)
        del kept.near[other], gone.near[one]
        for third, link in gone.near.items():
            both = _pooled(kept.near.get(third), link, weigh)
            kept.near[third] = groups[third].near[one] = both
            del groups[third].near[other]
            if both[2] > 0:
                heapq.heappush(heap, (-both[2], *_pair(one, third)))
    return list(groups.values())


def _pooled(one: _Link | None, other: _Link, weigh: Weigh) -> _Link:
    """How a group stands to the two that became one."""
    if one is None:
        return other
    statement = bytes(map(max, one[0], other[0])) if one[0] and other[0] else one[0] or other[0]
    said = one[1] + other[1]
    return statement, said, said + (weigh(statement) if statement else 0)


def _loudest(one: _Group, other: _Group, edges: Mapping[tuple[int, int], _Link]) -> tuple[int, int]:
    """The pair between two groups that weighs most, the smaller place first; of equals the first."""
    pairs = (_pair(mine, theirs) for mine in one.members for theirs in other.members)
    return min((-edges[pair][2], pair) for pair in pairs if pair in edges)[1]


def _torn(
    groups: Sequence[_Group], edges: Mapping[tuple[int, int], _Link], weigh: Weigh
) -> dict[int, tuple[int, tuple[int, int]]]:
    """Records that fit their group without them about as well as another one that is told apart from it; by how much,
    and the pair that speaks loudest for the nearer one. What a person said of a record holds it where it is."""
    of = {place: group for group in groups for place in group.members}
    drawn: dict[int, set[int]] = defaultdict(set)
    for (one, other), link in edges.items():
        if link[2] > 0 and of[one] is not of[other]:
            drawn[one].add(of[other].members[0])
            drawn[other].add(of[one].members[0])
    torn: dict[int, tuple[int, tuple[int, int]]] = {}
    for place, nearby in drawn.items():
        alone = _Group(members=[place], near={})
        own = _Group(members=[member for member in of[place].members if member != place], near={})
        held = _between(alone, own, edges, weigh)
        if held is None or held[1]:
            continue
        for group in (of[first] for first in sorted(nearby)):
            there = _between(alone, group, edges, weigh)
            apart = _between(own, group, edges, weigh)
            if there and there[2] > 0 and held[2] - there[2] <= EITHER and apart and apart[2] <= 0:
                nearer = own if held[2] >= there[2] else group
                found = (min(EITHER, abs(held[2] - there[2])), _loudest(alone, nearer, edges))
                torn[place] = min(found, torn.get(place, found))
    return torn


def _between(one: _Group, other: _Group, edges: Mapping[tuple[int, int], _Link], weigh: Weigh) -> _Link | None:
    found: _Link | None = None
    for pair in (_pair(mine, theirs) for mine in one.members for theirs in other.members):
        if pair in edges:
            found = _pooled(found, edges[pair], weigh)
    return found


def _margins(
    groups: Sequence[_Group],
    edges: Mapping[tuple[int, int], _Link],
    torn: Mapping[int, tuple[int, tuple[int, int]]],
    order: Sequence[Record],
) -> Iterable[tuple[Margin, ...]]:
    """For each group its weakest merge, and the strongest one it was refused; for a torn record, by how little."""
    named = {group.members[0]: group for group in groups}
    for group in groups:
        refused = [(-weight, place) for place, (_, _, weight) in group.near.items() if weight > -_SURE // 2]
        apart = min(refused) if refused else None
        known = (
            ("merge", group.weakest),
            ("apart", apart and (-apart[0], _loudest(group, named[apart[1]], edges))),
            ("either", torn.get(group.members[0]) if len(group.members) == 1 else None),
        )
        yield tuple(
            Margin(kind=kind, margin=said[0], one=order[said[1][0]], other=order[said[1][1]])
            for kind, said in known
            if said is not None
        )


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
