"""Which records are the same offer: from keys and facts to groups. Pure.

What must stay true: the groups of a component depend on its records alone, not on order or history, so that any
order of batches ends where one batch over everything ends. What people said comes first; then links are tried strongest
first (ties by bytes), and two groups become one only if no member of the one conflicts with any member of the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from microharvest.link.keys import STRENGTH, Facts, conflict_of, guard_of
from microharvest.model.decision import Assertion, ordered

__all__ = ["Blocked", "Joined", "Key", "Partition", "Record", "partition", "speaking_keys"]

Record = tuple[str, str]
"""(source, native id)."""
Key = tuple[str, str]
"""(kind, value)."""


class Blocked(msgspec.Struct, frozen=True, kw_only=True):
    """Two records that share a key and stay apart: why (a code of CONFLICTS), and by which key they were near."""

    one: Record
    other: Record
    reason: str
    kind: str
    value: str


class Joined(msgspec.Struct, frozen=True, kw_only=True):
    """Two records whose key made two groups one; `alike`: they have a title in common."""

    one: Record
    other: Record
    kind: str
    alike: bool


class Partition(msgspec.Struct, frozen=True, kw_only=True):
    """Groups, each sorted, in order of their smallest member; the merges that did not happen, and those that did."""

    groups: tuple[tuple[Record, ...], ...]
    blocked: tuple[Blocked, ...]
    joined: tuple[Joined, ...] = ()


def speaking_keys(blocks: Mapping[Key, Sequence[Facts]]) -> dict[Key, Sequence[Facts]]:
    """The keys that no guard silences and at least two records carry."""
    return {
        key: block
        for key, block in sorted(blocks.items())
        if len(block) > 1 and guard_of(key[0], key[1], block) is None
    }


def partition(
    records: Sequence[Facts], blocks: Mapping[Key, Sequence[Facts]], assertions: Sequence[Assertion] = ()
) -> Partition:
    """Group `records`. `blocks`: per key of theirs all active records that carry it; `assertions`: all on them."""
    facts = {member.identity: member for member in records}
    group: dict[Record, list[Record]] = {identity: [identity] for identity in facts}
    blocked: dict[tuple[Record, Record], Blocked] = {}
    joined: list[Joined] = []
    said = [one for one in assertions if one.one in facts and one.other in facts]
    said.sort(key=lambda one: (one.decision, one.one, one.other))
    apart = {ordered(each.one, each.other) for each in said if each.kind == "different"}

    def join(mine: list[Record], theirs: list[Record]) -> None:
        mine.extend(theirs)
        for member in theirs:
            group[member] = mine

    for each in said:
        mine, theirs = group[each.one], group[each.other]
        if each.kind == "same" and mine is not theirs and not _said_apart(mine, theirs, apart):
            join(mine, theirs)
    for one, other, key in _links(facts, blocks):
        mine, theirs = group[one], group[other]
        if mine is theirs:
            continue
        reason = "different" if _said_apart(mine, theirs, apart) else _conflict(mine, theirs, facts)
        if reason is not None:
            blocked.setdefault((one, other), Blocked(one=one, other=other, reason=reason, kind=key[0], value=key[1]))
            continue
        joined.append(Joined(one=one, other=other, kind=key[0], alike=bool(facts[one].titles & facts[other].titles)))
        join(mine, theirs)
    groups = {id(members): tuple(sorted(members, key=_bytes)) for members in group.values()}
    return Partition(
        groups=tuple(sorted(groups.values(), key=lambda members: _bytes(members[0]))),
        blocked=tuple(blocked[pair] for pair in sorted(blocked, key=lambda pair: (_bytes(pair[0]), _bytes(pair[1])))),
        joined=tuple(joined),
    )


def _links(facts: Mapping[Record, Facts], blocks: Mapping[Key, Sequence[Facts]]) -> list[tuple[Record, Record, Key]]:
    """Pairs that share a speaking key, each once with its strongest key, strongest and like-titled first."""
    best: dict[tuple[Record, Record], Key] = {}
    for key, block in speaking_keys(blocks).items():
        members = sorted((member.identity for member in block if member.identity in facts), key=_bytes)
        for place, one in enumerate(members):
            for other in members[place + 1 :]:
                held = best.get((one, other))
                if one[0] != other[0] and (held is None or STRENGTH[key[0]] > STRENGTH[held[0]]):
                    best[one, other] = key

    def order(pair: tuple[Record, Record]) -> tuple[int, bool, bytes, bytes]:
        alike = bool(facts[pair[0]].titles & facts[pair[1]].titles)
        return (-STRENGTH[best[pair][0]], not alike, _bytes(pair[0]), _bytes(pair[1]))

    return [(*pair, best[pair]) for pair in sorted(best, key=order)]


def _said_apart(mine: Sequence[Record], theirs: Sequence[Record], apart: set[tuple[Record, Record]]) -> bool:
    return bool(apart) and any(ordered(one, other) in apart for one in mine for other in theirs)


def _conflict(mine: Sequence[Record], theirs: Sequence[Record], facts: Mapping[Record, Facts]) -> str | None:
    for one in mine:
        for other in theirs:
            reason = conflict_of(facts[one], facts[other])
            if reason is not None:
                return reason
    return None


def _bytes(record: Record) -> bytes:
    return record[0].encode() + b"\x00" + record[1].encode()
