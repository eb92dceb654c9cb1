"""From touched records to stored features and keys: the first three stages of a pass.

What must stay true: each function is one transaction's work and leaves a store from which another pass goes on; a key's
silence is judged anew whenever a record that carries or carried it changed.
"""

from __future__ import annotations

import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, TypeVar

import msgspec

from microharvest.link.clustering import bytes_of
from microharvest.link.features import Features, decode_features, encode_features, features_of
from microharvest.link.keys import BLOCK_CAP, GUARDED, Key, guard_of, key_hash, keys_of
from microharvest.link.organisations import Node, node_key, resolve
from microharvest.link.reaching import reach
from microharvest.link.scorecard import Scorecard
from microharvest.link.stored_columns import decode_node
from microharvest.link.twins import CROWD, TWIN, twin_of
from microharvest.link.workers import HERE, Workers
from microharvest.model.offer import decode_offer
from microharvest.store import links, matching
from microharvest.store.database import Connection

__all__ = ["packed", "parts", "read_touched", "renew_keys", "resolve_providers", "unpacked"]

Record = tuple[str, str]
_Keys = tuple[bytes, int | None, list[tuple[int, Key]]]
Item = TypeVar("Item")
PART = 1000
"""Records of one worker's job."""


def packed(keys: Iterable[int]) -> bytes:
    """Hashes, 8 bytes each, ascending."""
    return array.array("q", sorted(keys)).tobytes()


def unpacked(keys: bytes) -> set[int]:
    """The inverse of `packed`."""
    found = array.array("q")
    found.frombytes(keys)
    return set(found)


def read_touched(connection: Connection, limit: int, workers: Workers = HERE) -> int:
    """Features of the next touched records into the store; how many touched rows were consumed."""
    touched = links.lock_touched(connection, limit)
    if not touched:
        return 0
    known = {(row.source, row.native_id): row for row in matching.records_by_identity(connection, touched)}
    heads = list(links.docs_of(connection, touched))
    there = [head for head in heads if head.status != "withdrawn" and head.doc is not None]
    said = workers.map(_read_part, parts([(head.native_id, head.doc) for head in there]))
    _store_features(connection, zip(there, chain.from_iterable(said), strict=True), known)
    forgotten = set(touched) - {(head.source, head.native_id) for head in heads}
    gone = set(touched) - {(head.source, head.native_id) for head in there}
    _forget(connection, sorted(gone), known, sorted(forgotten))
    links.drop_touched(connection, touched)
    return len(touched)


def parts(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Slices, each a worker's job."""
    return (items[begin : begin + PART] for begin in range(0, len(items), PART))


def _read_part(part: Sequence[tuple[str, bytes]]) -> list[tuple[bytes, int, bytes]]:
    """Of (native id, offer) each: encoded features, node and encoded provider."""
    found = []
    for native_id, doc in part:
        features = features_of(decode_offer(doc), native_id)
        provider = features.provider
        node = (0, b"") if provider is None else (node_key(provider), msgspec.msgpack.encode(provider))
        found.append((encode_features(features), *node))
    return found


def _store_features(
    connection: Connection, said: Iterable[tuple[Any, tuple[bytes, int, bytes]]], known: Mapping[Record, Any]
) -> None:
    rows: list[dict[str, Any]] = []
    nodes: dict[int, bytes] = {}
    left: set[int] = set()
    same, number = [], matching.next_rid(connection)
    for head, (doc, node, provider) in said:
        old = known.get((head.source, head.native_id))
        if old is not None and old.doc == doc:
            same.append(old.rid)
            continue
        if node:
            nodes[node] = provider
        if old is None:
            rid, number = number, number + 1
        else:
            rid = old.rid
            left.add(old.node)
        rows.append(
            {"rid": rid, "source": head.source, "native_id": head.native_id, "node": node, "doc": doc, "keys": b""}
        )
    matching.store_records(connection, rows)
    matching.add_due(connection, [row["rid"] for row in rows], matching.KEYS)
    matching.add_due(connection, same, matching.GROUPS)
    matching.store_providers(connection, [{"node": node, "doc": doc} for node, doc in nodes.items()])
    matching.leave_providers(connection, left - {0})


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
    every = set().union(*held.values())
    judge_crowds(connection, matching.stops_of(connection, every, reason=TWIN).keys())
    judge_keys(connection, {}, every, {}, {})
    matching.leave_providers(connection, {row.node for row in rows} - {0})


def _neighbours_due(connection: Connection, rids: Sequence[int]) -> None:
    near = matching.neighbours_of(connection, rids).difference(rids)
    matching.add_due(connection, sorted(near), matching.GROUPS)


def resolve_providers(connection: Connection, aliases: Sequence[Sequence[str]]) -> int:
    """If names of providers came or went: who is who. Records of organisations that changed are due for new keys, those
    of organisations that go by another name now to be compared anew."""
    marks = [mark for mark in (matching.EVERYBODY, matching.CHANGED) if matching.is_due(connection, mark)]
    if not marks:
        return 0
    rows = matching.providers(connection)
    nodes = {row.node: decode_node(row.doc) for row in rows}
    before = {row.node: row.organisation for row in rows if row.organisation is not None}
    changed = nodes.keys() - before.keys()
    gone = {row.node for row in matching.orphans(connection, changed)}
    near = None if matching.EVERYBODY in marks else reach(nodes, changed, gone, aliases)
    here, common = near or (nodes.keys() - gone, None)
    found = resolve({node: nodes[node] for node in here}, aliases, common)
    moved = {node: organisation for node, organisation in found.items() if before.get(node) != organisation}
    matching.drop_providers(connection, gone)
    matching.set_organisations(connection, moved)
    was, now = (_told_apart(nodes, who) for who in ({node: before[node] for node in here & before.keys()}, found))
    matching.compare_anew(connection, [one for one in was.keys() & now.keys() if was[one] != now[one]])
    matching.drop_due(connection, marks)
    return max(1, len(moved))


def _told_apart(nodes: Mapping[int, Node], who: Mapping[int, int]) -> dict[int, tuple[str, bool]]:
    """What tells an organisation from others: its name, and whether it is registered."""
    found: dict[int, tuple[str, bool]] = {}
    for node, organisation in who.items():
        name, registered = found.get(organisation, (nodes[node].name, False))
        found[organisation] = min(name, nodes[node].name), registered or bool(nodes[node].ids)
    return found


def renew_keys(connection: Connection, card: Scorecard, rows: Sequence[Any], workers: Workers = HERE) -> int:
    """The keys of `rows`, which are due for them; how many records."""
    listed = parts([(row.source, row.organisation or 0, row.doc) for row in rows])
    said = list(chain.from_iterable(workers.map(_key_part, ((part, card) for part in listed))))
    held = {row.rid: unpacked(row.keys) for row in rows}
    keys = {row.rid: unpacked(doc) for row, (doc, _, _) in zip(rows, said, strict=True)}
    twins = {row.rid: twin for row, (_, twin, _) in zip(rows, said, strict=True) if twin is not None}
    gone = [(k, rid) for rid, own in keys.items() for k in held[rid] - own]
    matching.store_keys(connection, gone, [(k, rid) for rid, k in twins.items() if k not in held[rid]])
    left = matching.stops_of(connection, {k for k, _ in gone}, reason=TWIN)
    crowds = judge_crowds(connection, {*twins.values(), *left})
    for rid, twin in twins.items():
        first, its = crowds.get(twin, (rid, set()))
        if first != rid:
            gone += [(k, rid) for k in keys[rid] & held[rid] & its]
            keys[rid] -= its
    new = sorted((k, rid) for rid, own in keys.items() for k in own - held[rid] if k != twins.get(rid))
    matching.store_keys(connection, sorted(gone), new)
    written = [{"rid": row.rid, "keys": doc} for row in rows if (doc := packed(keys[row.rid])) != row.keys]
    matching.store_record_keys(connection, written)
    named = {k: key for _, _, guarded in said for k, key in guarded}
    carriers = dict(new)
    moved = carriers.keys() | {k for k, _ in gone} | named.keys()
    judge_keys(connection, named, moved, carriers, {row.rid: row for row in rows}, workers)
    matching.advance(connection, [row.rid for row in rows], matching.PAIRS)
    return len(rows)


def _key_part(job: tuple[Sequence[tuple[str, int, bytes]], Scorecard]) -> list[_Keys]:
    """Of (source, organisation, features) each: keys packed, that of its twins, those that are guarded by name."""
    found = []
    for source, organisation, doc in job[0]:
        features = decode_features(doc)
        keys = {key_hash(key): key for key in keys_of(features, organisation)}
        guarded = [(k, key) for k, key in keys.items() if key[0] in GUARDED]
        twin = twin_of(source, organisation, features, job[1])
        found.append((packed([*keys, *([] if twin is None else [twin])]), twin, guarded))
    return found


def judge_crowds(connection: Connection, twins: Iterable[int]) -> dict[int, tuple[int, set[int]]]:
    """{key: (its first, the keys that this carries for all)} of those keys of `twins` that a crowd carries now. Where
    that changed, all of the crowd are due for new keys."""
    sizes = {k: size for k, size in matching.key_sizes(connection, twins).items() if size > CROWD}
    stops = matching.stops_of(connection, twins, reason=TWIN)
    carried, carriers = (column.tolist() for column in matching.carriers_of(connection, sizes))
    order = {rid: bytes_of((source, native_id)) for rid, source, native_id in matching.names_of(connection, carriers)}
    firsts = dict(sorted(zip(carried, carriers, strict=True), key=lambda one: order[one[1]], reverse=True))
    rows = {row.rid: row for row in matching.records_of(connection, set(firsts.values()))}
    crowds: dict[int, tuple[int, set[int]]] = {}
    silent: list[dict[str, Any]] = []
    fresh: list[int] = []
    for k, first in firsts.items():
        its = set(map(key_hash, keys_of(decode_features(rows[first].doc), rows[first].organisation or 0)))
        crowds[k] = first, its
        silent.append({"k": k, "kind": TWIN, "value": str(first), "reason": TWIN, "records": sizes[k]})
        if k not in stops or stops[k].value != str(first) or rows[first].keys != packed({k, *its}):
            fresh.append(k)
    speaking = sorted(stops.keys() - sizes.keys())
    matching.replace_stops(connection, speaking, silent)
    moved = matching.carriers_of(connection, [*speaking, *fresh])[1].tolist()
    matching.add_due(connection, sorted(set(moved)), matching.KEYS)
    return crowds


def judge_keys(
    connection: Connection,
    named: Mapping[int, Key],
    moved: set[int],
    carriers: Mapping[int, int],
    rows: Mapping[int, Any],
    workers: Workers = HERE,
) -> None:
    """Which of the `moved` keys are silent now; where that changed, all carriers are due to be compared again.

    `named`: what the hashes of guarded keys stand for, `carriers`: the number of a record that newly carries each of
    the others, whose row is among `rows`; a key that only lost carriers cannot newly fall silent.
    """
    stops = {k: row for k, row in matching.stops_of(connection, moved).items() if row.kind != TWIN}
    sizes = matching.key_sizes(connection, moved)
    names: dict[int, Key] = {k: (row.kind, row.value) for k, row in stops.items()} | dict(named)
    crowded = {k for k, size in sizes.items() if size > BLOCK_CAP}
    for row in (rows[rid] for rid in {carriers[k] for k in crowded - names.keys() if k in carriers}):
        every = {key_hash(key): key for key in keys_of(decode_features(row.doc), row.organisation or 0)}
        names.update({k: key for k, key in every.items() if k in crowded})
    reasons: dict[int, str | None] = dict.fromkeys(names.keys() & crowded, "crowded")
    judged = [k for k in moved.intersection(names) if names[k][0] in GUARDED and 1 < sizes.get(k, 0) <= BLOCK_CAP]
    reasons.update(_guards(connection, {k: names[k] for k in judged}, workers))
    silent: list[dict[str, Any]] = [
        {"k": k, "kind": names[k][0], "value": names[k][1], "reason": reason, "records": sizes[k]}
        for k, reason in sorted(reasons.items())
        if reason is not None
    ]
    changed = [row for row in silent if row["k"] not in stops or _differs(stops[row["k"]], row)]
    speaking = sorted(stops.keys() - {row["k"] for row in silent})
    matching.replace_stops(connection, speaking, changed)
    flipped = [*speaking, *(row["k"] for row in changed if _flips(stops.get(row["k"]), row))]
    due = set(matching.carriers_of(connection, flipped)[1].tolist())
    held = (unpacked(row.keys) for row in matching.records_of(connection, due))
    led = matching.stops_of(connection, set().union(*held), reason=TWIN)
    due.update(matching.carriers_of(connection, [k for k, row in led.items() if int(row.value) in due])[1].tolist())
    matching.add_due(connection, sorted(due), matching.PAIRS)


def _differs(old: Any, new: Mapping[str, Any]) -> bool:
    return bool(old.reason != new["reason"] or old.records != new["records"])


def _flips(old: Any, new: Mapping[str, Any]) -> bool:
    """Silence is silence, but a crowded key does not even give pairs to compare."""
    return old is None or (old.reason == "crowded") != (new["reason"] == "crowded")


def _guards(connection: Connection, names: Mapping[int, Key], workers: Workers) -> dict[int, str | None]:
    keys, rids = matching.carriers_of(connection, names)
    carriers = matching.records_of(connection, set(rids.tolist()))
    rows = {row.rid: (row.source, row.organisation or 0, row.doc) for row in carriers}
    blocks: dict[int, list[tuple[str, int, bytes]]] = {k: [] for k in names}
    for k, rid in zip(keys.tolist(), rids.tolist(), strict=True):
        blocks[k].append(rows[rid])
    said = workers.map(_guard_part, parts([(names[k], block) for k, block in blocks.items()]))
    return dict(zip(blocks, chain.from_iterable(said), strict=True))


def _guard_part(part: Sequence[tuple[Key, list[tuple[str, int, bytes]]]]) -> list[str | None]:
    read: dict[bytes, Features] = {}
    for _, block in part:
        read.update({doc: decode_features(doc) for *_, doc in block if doc not in read})
    return [
        guard_of(key, [(source, organisation, read[doc]) for source, organisation, doc in block]) for key, block in part
    ]
