"""From touched records to stored features and keys: the first three stages of a pass.

What must stay true: each function is one transaction's work and leaves a store from which another pass goes on; a key's
silence is judged anew whenever a record that carries or carried it changed.
"""

from __future__ import annotations

import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from microharvest.link.features import Features, decode_features, encode_features, features_of
from microharvest.link.keys import BLOCK_CAP, GUARDED, Key, guard_of, key_hash, keys_of
from microharvest.link.organisations import node_key, resolve
from microharvest.link.stored_columns import decode_node
from microharvest.model.offer import decode_offer
from microharvest.store import links, matching
from microharvest.store.database import Connection

__all__ = ["packed", "read_touched", "renew_keys", "resolve_providers", "unpacked"]

Record = tuple[str, str]
MARK = 0
"""The number under which `match_due` says that providers must be resolved."""


def packed(keys: Iterable[int]) -> bytes:
    """Hashes, 8 bytes each, ascending."""
    return array.array("q", sorted(keys)).tobytes()


def unpacked(keys: bytes) -> set[int]:
    """The inverse of `packed`."""
    found = array.array("q")
    found.frombytes(keys)
    return set(found)


def read_touched(connection: Connection, limit: int) -> int:
    """Features of the next touched records into the store; how many touched rows were consumed."""
    touched = links.lock_touched(connection, limit)
    if not touched:
        return 0
    known = {(row.source, row.native_id): row for row in matching.records_by_identity(connection, touched)}
    there: dict[Record, Features] = {}
    forgotten = set(touched)
    for head in links.heads_of(connection, touched):
        forgotten.discard((head.source, head.native_id))
        if head.status != "withdrawn" and head.doc is not None:
            there[head.source, head.native_id] = features_of(decode_offer(head.doc), head.native_id)
    _store_features(connection, there, known)
    _forget(connection, [record for record in touched if record not in there], known, sorted(forgotten))
    links.drop_touched(connection, touched)
    return len(touched)


def _store_features(connection: Connection, there: Mapping[Record, Features], known: Mapping[Record, Any]) -> None:
    rows: list[dict[str, Any]] = []
    nodes: dict[int, bytes] = {}
    left: set[int] = set()
    same, number = [], matching.next_rid(connection)
    for record, features in there.items():
        doc, old = encode_features(features), known.get(record)
        if old is not None and old.doc == doc:
            same.append(old.rid)
            continue
        node = 0
        if features.provider is not None:
            node = node_key(features.provider)
            nodes[node] = msgspec.msgpack.encode(features.provider)
        if old is None:
            rid, number = number, number + 1
        else:
            rid = old.rid
            left.add(old.node)
        rows.append({"rid": rid, "source": record[0], "native_id": record[1], "node": node, "doc": doc, "keys": b""})
    matching.store_records(connection, rows)
    matching.add_due(connection, [row["rid"] for row in rows], matching.KEYS)
    matching.add_due(connection, same, matching.GROUPS)
    fresh = matching.store_providers(connection, [{"node": node, "doc": doc} for node, doc in nodes.items()])
    if matching.drop_orphan_providers(connection, left - {0}) or fresh:
        matching.add_due(connection, [MARK], matching.PROVIDERS)


def _forget(
    connection: Connection, gone: Sequence[Record], known: Mapping[Record, Any], forgotten: Sequence[Record]
) -> None:
    """Withdrawn and forgotten records: no keys, pairs or features; forgotten ones leave their cluster too."""
    rows = [known[record] for record in gone if record in known]
    matching.add_left(connection, sorted(set(links.members_of(connection, gone).values())))
    links.drop_members(connection, forgotten)
    if not rows:
        return
    rids = [row.rid for row in rows]
    _neighbours_due(connection, rids)
    matching.drop_edges(connection, rids)
    held = {row.rid: unpacked(row.keys) for row in rows}
    matching.store_keys(connection, [(k, rid) for rid, keys in held.items() for k in keys], [])
    matching.drop_records(connection, rids)
    judge_keys(connection, {}, set().union(*held.values()))
    if matching.drop_orphan_providers(connection, {row.node for row in rows} - {0}):
        matching.add_due(connection, [MARK], matching.PROVIDERS)


def _neighbours_due(connection: Connection, rids: Sequence[int]) -> None:
    own = set(rids)
    near = {rid for row in matching.edges_of(connection, rids) for rid in (row.one, row.other)} - own
    matching.add_due(connection, sorted(near), matching.GROUPS)


def resolve_providers(connection: Connection, aliases: Sequence[Sequence[str]]) -> int:
    """If names of providers came or went: who is who. Records of organisations that changed are due for new keys."""
    if not matching.is_due(connection, MARK):
        return 0
    rows = matching.providers(connection)
    found = resolve({row.node: decode_node(row.doc) for row in rows}, aliases)
    changed = {row.node: found[row.node] for row in rows if row.organisation != found[row.node]}
    matching.set_organisations(connection, changed)
    matching.drop_due(connection, [MARK])
    return max(1, len(changed))


def renew_keys(connection: Connection, limit: int) -> int:
    """The keys of the next records that are due for them; how many records."""
    rows = matching.due_records(connection, matching.KEYS, limit)
    if not rows:
        return 0
    named: dict[int, Key] = {}
    gone, new, written, moved = [], [], [], set()
    for row in rows:
        keys = {key_hash(key): key for key in keys_of(decode_features(row.doc), row.organisation or 0)}
        held = unpacked(row.keys)
        named.update(keys)
        moved |= {k for k, (kind, _) in keys.items() if k not in held or kind in GUARDED} | (held - keys.keys())
        gone += [(k, row.rid) for k in held - keys.keys()]
        new += [(k, row.rid) for k in keys.keys() - held]
        if held != keys.keys():
            written.append({"rid": row.rid, "keys": packed(keys)})
    matching.store_keys(connection, sorted(gone), sorted(new))
    matching.store_record_keys(connection, written)
    judge_keys(connection, named, moved)
    matching.advance(connection, [row.rid for row in rows], matching.PAIRS)
    return len(rows)


def judge_keys(connection: Connection, named: Mapping[int, Key], moved: Iterable[int]) -> None:
    """Which of the `moved` keys are silent now; where that changed, all carriers are due to be compared again.

    `named`: what the hashes stand for, as far as somebody may newly fall silent: a key that only lost carriers cannot.
    """
    moved = set(moved)
    stops = matching.stops_of(connection, moved)
    sizes = matching.key_sizes(connection, moved)
    names = {**{k: (row.kind, row.value) for k, row in stops.items()}, **named}
    reasons: dict[int, str | None] = {k: "crowded" for k in names.keys() & moved if sizes.get(k, 0) > BLOCK_CAP}
    judged = [k for k in names.keys() & moved if names[k][0] in GUARDED and 1 < sizes.get(k, 0) <= BLOCK_CAP]
    reasons.update(_guards(connection, {k: names[k] for k in judged}))
    silent = [
        {"k": k, "kind": names[k][0], "value": names[k][1], "reason": reason, "records": sizes[k]}
        for k, reason in sorted(reasons.items())
        if reason is not None
    ]
    changed = [row for row in silent if row["k"] not in stops or _differs(stops[row["k"]], row)]
    speaking = sorted(stops.keys() - {row["k"] for row in silent})
    matching.replace_stops(connection, speaking, changed)
    flipped = [*speaking, *(row["k"] for row in changed if _flips(stops.get(row["k"]), row))]
    matching.add_due(connection, sorted({rid for _, rid in matching.carriers_of(connection, flipped)}), matching.PAIRS)


def _differs(old: Any, new: Mapping[str, Any]) -> bool:
    return bool(old.reason != new["reason"] or old.records != new["records"])


def _flips(old: Any, new: Mapping[str, Any]) -> bool:
    """Silence is silence, but a crowded key does not even give pairs to compare."""
    return old is None or (old.reason == "crowded") != (new["reason"] == "crowded")


def _guards(connection: Connection, names: Mapping[int, Key]) -> dict[int, str | None]:
    carriers = matching.carriers_of(connection, names)
    rows = {row.rid: row for row in matching.records_of(connection, {rid for _, rid in carriers})}
    read = {rid: (row.source, row.organisation or 0, decode_features(row.doc)) for rid, row in rows.items()}
    blocks: dict[int, list[tuple[str, int, Features]]] = {k: [] for k in names}
    for k, rid in carriers:
        blocks[k].append(read[rid])
    return {k: guard_of(names[k], block) for k, block in blocks.items()}
