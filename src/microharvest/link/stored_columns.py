"""Rows of the store as columns to be scored: features decoded, organisations named, silent keys looked up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import msgspec
import numpy as np

from microharvest.link.features import Features, decode_features
from microharvest.link.keys import GUARDED, key_hash
from microharvest.link.organisations import Node
from microharvest.link.scoring import Columns, Ints, Organisations, columns_of
from microharvest.link.twins import TWIN
from microharvest.store import matching
from microharvest.store.database import Connection

__all__ = ["Gathered", "Loaded", "decode_node", "gather", "load_columns", "read_columns"]

_nodes = msgspec.msgpack.Decoder(Node)


class Gathered(msgspec.Struct, array_like=True):
    """What the store knows of records, before it is decoded: plain values that cross to a worker.

    `rids`, `docs` (features), `sources`, `providers` (organisations) and whether a key of it is silent by place;
    `silent`: hashes of keys that join nobody.
    """

    rids: Sequence[int]
    docs: Sequence[bytes]
    sources: Sequence[str]
    providers: Sequence[int]
    hushed: Sequence[bool]
    organisations: Organisations
    silent: frozenset[int]

    def of(self, rids: Iterable[int], places: Mapping[int, int]) -> Gathered:
        """Only some of the records, and what is said of them. `places` {rid: place}."""
        at = [places[rid] for rid in rids]
        providers = list(map(self.providers.__getitem__, at))
        known, wanted = self.organisations, set(providers)
        return Gathered(
            rids=list(map(self.rids.__getitem__, at)),
            docs=list(map(self.docs.__getitem__, at)),
            sources=list(map(self.sources.__getitem__, at)),
            providers=providers,
            hushed=list(map(self.hushed.__getitem__, at)),
            organisations=Organisations(
                {key: known.names[key] for key in wanted if key in known.names}, known.registered & wanted
            ),
            silent=self.silent,
        )


class Loaded(msgspec.Struct):
    """Records in columns; `rids` and `features` by place."""

    columns: Columns
    rids: Ints
    features: list[Features]

    def at(self, rids: Ints) -> Ints:
        """Places of numbers, all of which are there."""
        order = np.argsort(self.rids)
        return order[np.searchsorted(self.rids, rids, sorter=order)]


def decode_node(document: bytes) -> Node:
    """A node as `match_provider` holds it."""
    return _nodes.decode(document)


def load_columns(connection: Connection, rows: Sequence[Any]) -> Loaded:
    """`rows`: of `matching.records_of`."""
    return read_columns(gather(connection, rows))


def gather(connection: Connection, rows: Sequence[Any]) -> Gathered:
    """`rows`: of `matching.records_of`."""
    rids, sources, _, _, docs, carried, organisations = zip(*rows, strict=True) if rows else ((),) * 7
    packed = _with_firsts(connection, carried)
    keys = np.frombuffer(b"".join(packed), dtype=np.int64)
    stops = matching.stops_of(connection, set(keys.tolist()))
    silent = frozenset(k for k, row in stops.items() if row.kind in GUARDED)
    owners = np.repeat(np.arange(len(rids)), [len(each) // 8 for each in packed])
    hushed = np.zeros(len(rids), dtype=bool)
    hushed[owners[np.isin(keys, np.array(list(silent), dtype=np.int64))]] = True
    providers = [organisation or 0 for organisation in organisations]
    return Gathered(
        rids=rids,
        docs=docs,
        sources=sources,
        providers=providers,
        hushed=hushed.tolist(),
        organisations=_organisations(connection, set(providers) - {0}),
        silent=silent,
    )


def _with_firsts(connection: Connection, packed: Sequence[bytes]) -> Sequence[bytes]:
    """The keys of records, and those that the first of their crowd carries for them."""
    keys = [np.frombuffer(each, dtype=np.int64).tolist() for each in packed]
    stops = matching.stops_of(connection, set(chain(*keys)), reason=TWIN)
    rows = {row.rid: row.keys for row in matching.records_of(connection, {int(row.value) for row in stops.values()})}
    more = {k: rows[int(row.value)] for k, row in stops.items()}
    return [own + b"".join(more[k] for k in more.keys() & each) for own, each in zip(packed, keys, strict=True)]


def read_columns(gathered: Gathered) -> Loaded:
    """Decoded and put into columns. Pure."""
    features = [decode_features(doc) for doc in gathered.docs]
    silent = gathered.silent
    return Loaded(
        columns=columns_of(
            features,
            gathered.sources,
            gathered.providers,
            gathered.organisations,
            lambda kind, value: key_hash((kind, value)) in silent,
            gathered.hushed,
        ),
        rids=np.array(gathered.rids, dtype=np.int64),
        features=features,
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
