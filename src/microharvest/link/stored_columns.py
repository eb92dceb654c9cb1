"""Rows of the store as columns to be scored: features decoded, organisations named, silent keys looked up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from microharvest.link.features import Features, decode_features
from microharvest.link.keys import GUARDED, key_hash
from microharvest.link.organisations import Node
from microharvest.link.scoring import Columns, Ints, Organisations, columns_of
from microharvest.store import matching
from microharvest.store.database import Connection

__all__ = ["Loaded", "decode_node", "load_columns"]

_nodes = msgspec.msgpack.Decoder(Node)


class Loaded(msgspec.Struct):
    """Records in columns; `places` {rid: place}, `features` and `rows` by place."""

    columns: Columns
    places: dict[int, int]
    features: list[Features]
    rows: Sequence[Any]

    def at(self, rids: Ints) -> Ints:
        """Places of numbers."""
        return np.array([self.places[rid] for rid in rids.tolist()], dtype=np.int64)


def decode_node(document: bytes) -> Node:
    """A node as `match_provider` holds it."""
    return _nodes.decode(document)


def load_columns(connection: Connection, rows: Sequence[Any]) -> Loaded:
    """`rows`: of `matching.records_of`."""
    features = [decode_features(row.doc) for row in rows]
    hashes = {
        (kind, value): key_hash((kind, value))
        for record in features
        for kind, values in zip(GUARDED, (record.ids, record.urls), strict=True)
        for value in values
    }
    silent = matching.stops_of(connection, hashes.values())
    organisations = [row.organisation or 0 for row in rows]
    return Loaded(
        columns=columns_of(
            features,
            [row.source for row in rows],
            organisations,
            _organisations(connection, set(organisations) - {0}),
            lambda kind, value: hashes[kind, value] in silent,
        ),
        places={row.rid: place for place, row in enumerate(rows)},
        features=features,
        rows=rows,
    )


def _organisations(connection: Connection, wanted: set[int]) -> Organisations:
    names: dict[int, str] = {}
    registered = set()
    for row in matching.organisations_of(connection, wanted):
        node = decode_node(row.doc)
        names[row.organisation] = min(names.get(row.organisation, node.name), node.name)
        if node.ids:
            registered.add(row.organisation)
    return Organisations(names, frozenset(registered))
