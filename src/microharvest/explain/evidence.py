"""What link knows of two records, as pieces of evidence: the one place that knows how link tells it."""

from __future__ import annotations

import msgspec

from microharvest.explain.sheets import Piece
from microharvest.link.clustering import partition
from microharvest.link.keys import CONFLICTS, GUARDS, conflict_of, guard_of
from microharvest.link.neighbourhood import read_neighbourhood
from microharvest.model.decision import Record
from microharvest.store import links
from microharvest.store.database import Connection

__all__ = ["Evidence", "evidence_of", "weakest_pair"]


class Evidence(msgspec.Struct, frozen=True):
    """`pieces` for and against; `blocked`: one sentence for each conflict between the two or between their clusters."""

    pieces: tuple[Piece, ...]
    blocked: tuple[str, ...]


def evidence_of(connection: Connection, one: Record, other: Record) -> Evidence:
    """Compare two records as link would now. Withdrawn ones have no evidence."""
    around = read_neighbourhood(connection, [one, other])
    if one not in around.records or other not in around.records:
        return Evidence((), ())
    pieces = []
    for (kind, value), block in sorted(around.blocks.items()):
        if {one, other} <= {facts.identity for facts in block}:
            reason = guard_of(kind, value, block)
            name = f"same {kind}" if reason is None else f"same {kind}, silent"
            pieces.append(Piece(name=name, detail=value if reason is None else f"{value}: {GUARDS[reason]}"))
    direct = conflict_of(around.records[one].facts, around.records[other].facts)
    if direct is not None:
        pieces.append(Piece(name=f"conflict: {direct}", detail=CONFLICTS[direct]))
    blocked = [f"{'/'.join(one)} and {'/'.join(other)}: {CONFLICTS[direct]}"] if direct else []
    found = partition([head.facts for head in around.records.values()], around.blocks, list(around.assertions))
    group_of = {record: place for place, group in enumerate(found.groups) for record in group}
    between = {group_of[one], group_of[other]}
    for each in found.blocked:
        if {each.one, each.other} != {one, other} and {group_of[each.one], group_of[each.other]} == between:
            pair = f"{'/'.join(each.one)} and {'/'.join(each.other)}"
            blocked.append(f"{pair}, which share the {each.kind} {each.value}: {CONFLICTS[each.reason]}")
    return Evidence(tuple(pieces), tuple(dict.fromkeys(blocked)))


def weakest_pair(connection: Connection, cluster: str) -> tuple[Record, Record] | None:
    """The two present members on whose weakest link a cluster hangs; None for a cluster of one."""
    members = sorted(links.members_in(connection, [cluster]))
    around = read_neighbourhood(connection, members)
    found = partition([head.facts for head in around.records.values()], around.blocks, list(around.assertions))
    own = [each for each in found.joined if each.one in members and each.other in members]
    return (own[-1].one, own[-1].other) if own else None
