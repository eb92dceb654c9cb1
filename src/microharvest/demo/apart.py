"""What was near each other and stays apart: pairs that were compared and refused, and keys that say nothing.

Computed from the store as link left it, with link's own rules; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from microharvest.link.evidence import REASONS
from microharvest.link.explain import kept_apart, silent_keys
from microharvest.link.keys import GUARDED, GUARDS, key_hash
from microharvest.store import matching
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
    """(pairs kept apart, silenced keys) among the records."""
    listed = sorted(set(records))
    near = [
        Near(one=one.one, other=one.other, key=f"{one.kind}: {one.value}", why=REASONS[one.reason])
        for one in kept_apart(connection, listed)
    ]
    silent = [row for row in silent_keys(connection, listed) if row["kind"] in GUARDED]
    keys, rids = matching.carriers_of(connection, [key_hash((row["kind"], row["value"])) for row in silent])
    carriers = list(zip(keys.tolist(), rids.tolist(), strict=True))
    named = matching.records_of(connection, {rid for _, rid in carriers})
    name = {row.rid: (row.source, row.native_id) for row in named}
    silenced = [
        Silenced(
            kind=row["kind"],
            value=row["value"],
            records=tuple(sorted(name[rid] for k, rid in carriers if k == key_hash((row["kind"], row["value"])))),
            why=GUARDS[row["reason"]],
        )
        for row in silent
    ]
    return near, sorted(silenced, key=lambda one: (-len(one.records), one.value))
