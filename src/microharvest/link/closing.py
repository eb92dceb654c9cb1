"""Everything that must be looked at together: records that hang together by positive pairs, by a person's word, or by
a cluster they are in.

What must stay true: the neighbourhood is closed, so that grouping it alone gives what grouping everything would give.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from microharvest.link.assertions import close_assertions
from microharvest.link.clustering import Record
from microharvest.model.decision import Assertion
from microharvest.store import decisions, links, matching
from microharvest.store.database import Connection

__all__ = ["Asking", "Neighbourhood", "read_neighbourhood"]

Asking = Callable[[Connection, Iterable[Record]], list[Assertion]]
"""`store.decisions.assertions_of`: the active assertions that name any of the records."""


class Neighbourhood(msgspec.Struct, kw_only=True):
    """`rids`: by record, those to be grouped. `edges`: all remembered pairs that touch them; `names`: whose they are.

    `before`: the cluster of each; `gone`: members of the same clusters that are withdrawn or forgotten.
    """

    rids: dict[Record, int]
    edges: list[Any]
    names: dict[int, Record]
    before: dict[Record, str]
    gone: dict[Record, str]
    assertions: list[Assertion]


def read_neighbourhood(
    connection: Connection, start: Iterable[int], clusters: Iterable[str] = (), asking: Asking = decisions.assertions_of
) -> Neighbourhood:
    """Close over positive pairs, assertions and common clusters, from records by number and from clusters."""
    around = Neighbourhood(rids={}, edges=[], names={}, before={}, gone={}, assertions=[])
    rids: set[int] = set()
    seen: set[str] = set()
    asked: set[Record] = set()
    edges: dict[tuple[int, int], Any] = {}
    frontier, joined = set(start), set(clusters)
    while frontier or joined:
        fresh = {(source, native_id): rid for rid, source, native_id in matching.names_of(connection, frontier)}
        rids |= frontier
        around.rids.update(fresh)
        joined |= set(links.members_of(connection, fresh).values())
        members = links.members_in(connection, joined - seen)
        seen |= joined
        joined = set()
        said = close_assertions(lambda records: asking(connection, records), set(fresh) - asked) if fresh else ()
        asked |= set(fresh)
        around.assertions += [one for one in said if one not in around.assertions]
        found = matching.edges_of(connection, fresh.values())
        edges.update({(row[0], row[1]): row for row in found})
        near = {rid for one, other, weight, sibling in found if weight > 0 and sibling is None for rid in (one, other)}
        wanted = {record for one in said if one.kind == "same" for record in (one.one, one.other)} | members.keys()
        known = matching.rids_of(connection, wanted - around.rids.keys())
        for record, cluster in members.items():
            if record in around.rids or record in known:
                around.before[record] = cluster
            else:
                around.gone[record] = cluster
        frontier = near.union(known.values()) - rids
    around.edges = [edges[pair] for pair in sorted(edges)]
    around.names = {rid: record for record, rid in around.rids.items()}
    outside = {rid for pair in edges for rid in pair} - around.names.keys()
    around.names.update({row.rid: (row.source, row.native_id) for row in matching.names_of(connection, outside)})
    return around
