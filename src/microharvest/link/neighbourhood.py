"""Everything link must look at when some records changed: read from the store through the index of match keys.

What must stay true: the neighbourhood is closed. It holds every record that is or was connected to a start record,
because only keys of start records can have changed what they say, and all their carriers are start records as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from microharvest.link.assertions import assertions_among
from microharvest.link.clustering import Key, Record, speaking_keys
from microharvest.link.keys import BLOCK_CAP, Facts, facts_of
from microharvest.model.decision import Assertion
from microharvest.model.offer import Offer, decode_offer
from microharvest.store import links
from microharvest.store.database import Connection

__all__ = ["Head", "Neighbourhood", "read_neighbourhood"]


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted record that is there (active or missing): version number, its time, offer and facts."""

    version: int
    at: Any
    offer: Offer
    facts: Facts


class Neighbourhood(msgspec.Struct, kw_only=True):
    """`records`: those to be grouped. `blocks`: per key of theirs all carriers, keys over the cap left out.

    `before`: the cluster of each record; `gone`: members of the same clusters that are withdrawn or forgotten;
    `assertions`: what people said of any of the records, among those that are there.
    """

    records: dict[Record, Head]
    blocks: dict[Key, list[Facts]]
    before: dict[Record, str]
    gone: dict[Record, str]
    assertions: set[Assertion]


def read_neighbourhood(
    connection: Connection, start: Iterable[Record], moved: Mapping[Key, int] | None = None
) -> Neighbourhood:
    """Close over keys that speak, over common clusters, and over what people said is the same.

    `moved`: keys that start records have or had, with how many of them have the key now: such a key may have fallen
    silent, or begun to speak, so all its carriers are looked at (unless it was over the cap before and still is).
    """
    reader = _Reader(connection)
    moved = moved or {}
    sizes = links.block_sizes(connection, moved)
    near = [key for key, size in sizes.items() if size <= BLOCK_CAP + moved[key]]
    frontier = set(start).union(*links.blocks_of(connection, near).values())
    records: dict[Record, Head] = {}
    blocks: dict[Key, list[Facts]] = {}
    before: dict[Record, str] = {}
    gone: dict[Record, str] = {}
    clusters: set[str] = set()
    assertions: set[Assertion] = set()
    while frontier:
        fresh = reader.heads(frontier)
        records.update(fresh)
        held = links.members_of(connection, frontier)
        members = links.members_in(connection, set(held.values()) - clusters)
        clusters.update(held.values())
        reached = {record for block in reader.new_blocks(fresh, blocks).values() for record in block}
        said = assertions_among(connection, frontier)
        assertions.update(said)
        reached.update(record for one in said if one.kind == "same" for record in (one.one, one.other))
        reader.heads({*members, *reached})
        before.update({record: cluster for record, cluster in members.items() if reader.there(record)})
        gone.update({record: cluster for record, cluster in members.items() if not reader.there(record)})
        frontier = {record for record in {*members, *reached} if record not in records and reader.there(record)}
    return Neighbourhood(records=records, blocks=blocks, before=before, gone=gone, assertions=assertions)


class _Reader:
    """Reads each head once; None stands for a record that is withdrawn or forgotten."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._heads: dict[Record, Head | None] = {}

    def there(self, record: Record) -> bool:
        if record not in self._heads:
            self.heads([record])
        return self._heads[record] is not None

    def heads(self, records: Iterable[Record]) -> dict[Record, Head]:
        wanted = set(records)
        missing = sorted(wanted - self._heads.keys())
        if missing:
            self._read(missing)
        return {record: head for record in wanted if (head := self._heads[record]) is not None}

    def _read(self, missing: list[Record]) -> None:
        self._heads.update(dict.fromkeys(missing))
        for row in links.heads_of(self._connection, missing):
            if row.status == "withdrawn" or row.doc is None:
                continue
            offer = decode_offer(row.doc)
            facts = facts_of(offer, row.source, row.native_id)
            self._heads[facts.identity] = Head(version=row.version, at=row.at, offer=offer, facts=facts)

    def new_blocks(self, fresh: Iterable[Record], blocks: dict[Key, list[Facts]]) -> dict[Key, list[Record]]:
        """Add the blocks of fresh records' keys to `blocks`; return those that speak."""
        keys = {(row.kind, row.value) for row in links.keys_of_records(self._connection, fresh)} - blocks.keys()
        sizes = links.block_sizes(self._connection, keys)
        carriers = links.blocks_of(self._connection, [key for key in keys if 1 < sizes.get(key, 0) <= BLOCK_CAP])
        self.heads(record for block in carriers.values() for record in block)
        found: dict[Key, list[Facts]] = {key: [] for key in keys}
        for key, block in carriers.items():
            found[key] = [head.facts for head in self.heads(block).values()]
        blocks.update(found)
        return {key: [facts.identity for facts in block] for key, block in speaking_keys(found).items()}
