"""What was near each other and stays apart: merges a conflict blocked, and keys that say nothing.

Computed from the store as link left it, with link's own rules; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from microharvest.link.clustering import partition
from microharvest.link.keys import CONFLICTS, GUARDS, guard_of
from microharvest.link.neighbourhood import read_neighbourhood
from microharvest.store.database import Connection

__all__ = ["Near", "Silenced", "near_misses"]

Pair = tuple[str, str]


class Near(msgspec.Struct, frozen=True, kw_only=True):
    """Two records that share a key and are two offers all the same; `why` is a sentence."""

    one: Pair
    other: Pair
    key: str
    why: str


class Silenced(msgspec.Struct, frozen=True, kw_only=True):
    """A key that joins nobody although several records carry it; `why` is a sentence."""

    kind: str
    value: str
    records: tuple[Pair, ...]
    why: str


def near_misses(connection: Connection, records: Iterable[Pair]) -> tuple[list[Near], list[Silenced]]:
    """(blocked merges, silenced keys) among the records."""
    around = read_neighbourhood(connection, records)
    found = partition([head.facts for head in around.records.values()], around.blocks)
    near = [
        Near(one=blocked.one, other=blocked.other, key=f"{blocked.kind}: {blocked.value}", why=_why(blocked.reason))
        for blocked in found.blocked
    ]
    silenced = []
    for (kind, value), block in sorted(around.blocks.items()):
        reason = guard_of(kind, value, block) if len(block) > 1 else None
        if reason is not None:
            carriers = tuple(sorted(facts.identity for facts in block))
            silenced.append(Silenced(kind=kind, value=value, records=carriers, why=GUARDS[reason]))
    return near, sorted(silenced, key=lambda one: (-len(one.records), one.value))


def _why(reason: str) -> str:
    return CONFLICTS.get(reason, reason)
