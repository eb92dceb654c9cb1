"""Why a cluster is what it is: members, the keys they share, what stayed apart, its thinnest decisions and siblings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import json

from microharvest.errors import RunError
from microharvest.link.clustering import Record
from microharvest.link.evidence import PairEvidence, evidence_of
from microharvest.link.features import decode_features
from microharvest.link.keys import Key, key_hash, keys_of, told
from microharvest.link.rules import rules_from_row, shipped_rules
from microharvest.store import links, matching
from microharvest.store.database import Connection, Database

__all__ = ["Blocked", "explain_cluster", "kept_apart", "silent_keys", "torn_between"]


class Blocked(msgspec.Struct, frozen=True, kw_only=True):
    """Two records that are near and stay apart: why (a code of REASONS), and the strongest key both carry."""

    one: Record
    other: Record
    reason: str
    kind: str
    value: str
    total: int
    relation: str | None


def explain_cluster(database: Database, cluster_id: str) -> dict[str, Any]:
    """{id, state, redirects, members, shared_keys, silenced_keys, blocked, margins, relations, golden, provenance}.

    `shared_keys`: keys that two or more members carry and a person can read; `silenced_keys`: those of them that join
    nobody, and why (a code of GUARDS); `blocked`: remembered pairs with records of other clusters. Raises RunError
    `command.unknown_id`.
    """
    with database.read() as connection:
        state = links.cluster_states(connection, [cluster_id]).get(cluster_id)
        if state is None:
            raise RunError("command.unknown_id", f"There is no cluster {cluster_id}.")
        members = sorted(links.members_in(connection, [cluster_id]))
        carriers = _carriers(connection, members)
        silenced = silent_keys(connection, members)
        blocked = kept_apart(connection, members)
        redirects = links.redirects_of(connection, [cluster_id])
        golden = links.golden_of(connection, [cluster_id]).get(cluster_id)
        statuses = {(row.source, row.native_id): row.status for row in links.heads_of(connection, members)}
        margins = matching.margins_of(connection, [cluster_id])
        relations = matching.relations_of(connection, [cluster_id]).get(cluster_id, [])
    silent = {(row["kind"], row["value"]) for row in silenced}
    return {
        "id": cluster_id,
        "state": state,
        "redirects": [{"old_id": row.old_id, "new_id": row.new_id, "reason": row.reason} for row in redirects],
        "members": [
            {"source": one[0], "native_id": one[1], "status": statuses.get(one, "forgotten")} for one in members
        ],
        "shared_keys": [
            {"kind": shown[0], "value": shown[1], "members": [list(one) for one in sorted(group)]}
            for key, group in sorted(carriers.items())
            if len(group) > 1 and key not in silent and (shown := told(key))
        ],
        "silenced_keys": silenced,
        "blocked": msgspec.to_builtins(blocked),
        "margins": [
            {"kind": row.kind, "margin": row.margin, "one": [row.one_source, row.one_native_id],
             "other": [row.other_source, row.other_native_id]}
            for row in margins
        ],
        "relations": [{"one": row.one_id, "other": row.other_id, "kind": row.kind} for row in relations],
        "golden": json.decode(golden.doc) if golden is not None else None,
        "provenance": json.decode(golden.provenance) if golden is not None else None,
    }  # fmt: skip


def _carriers(connection: Connection, records: Iterable[Record]) -> dict[Key, set[Record]]:
    carriers: dict[Key, set[Record]] = {}
    for row in matching.records_by_identity(connection, records):
        for key in keys_of(decode_features(row.doc), row.organisation or 0):
            carriers.setdefault(key, set()).add((row.source, row.native_id))
    return carriers


def silent_keys(connection: Connection, records: Iterable[Record]) -> list[dict[str, Any]]:
    """{kind, value, reason, records} of the keys of records that join nobody."""
    hashes = {key_hash(key): key for key in _carriers(connection, records)}
    return [
        {"kind": row.kind, "value": row.value, "reason": row.reason, "records": row.records}
        for row in sorted(matching.stops_of(connection, hashes).values(), key=lambda row: (row.kind, row.value))
        if told((row.kind, row.value))
    ]


def kept_apart(connection: Connection, records: Iterable[Record]) -> list[Blocked]:
    """Remembered pairs of records with records of other clusters, in order of the records."""
    row = matching.epoch(connection)
    card = (shipped_rules() if row is None else rules_from_row(row)).card
    own = matching.records_by_identity(connection, records)
    edges = matching.edges_of(connection, [row.rid for row in own])
    named = matching.records_of(connection, {rid for edge in edges for rid in (edge.one, edge.other)})
    name = {row.rid: (row.source, row.native_id) for row in named}
    cluster = links.members_of(connection, name.values())
    torn = torn_between(connection, cluster.values())
    pairs = []
    for edge in edges:
        one, other = sorted((name[edge.one], name[edge.other]))
        if cluster.get(one) != cluster.get(other):
            pairs.append((one, other))
    return [
        _blocked(pair, evidence, not torn.isdisjoint(cluster[record] for record in pair if record in cluster))
        for pair, evidence in sorted(evidence_of(connection, pairs, card).items())
    ]


def torn_between(connection: Connection, clusters: Iterable[str]) -> set[str]:
    """Clusters whose one record could be of two others."""
    return {row.cluster_id for row in matching.margins_of(connection, clusters) if row.kind == "either"}


def _blocked(pair: tuple[Record, Record], evidence: PairEvidence, torn: bool) -> Blocked:
    kind, value = evidence.keys[0] if evidence.keys else ("", "")
    fits = "either" if torn else "others"
    return Blocked(
        one=pair[0],
        other=pair[1],
        reason=fits if evidence.total > 0 else evidence.reason,
        kind=kind,
        value=value,
        total=evidence.total,
        relation=evidence.relation[:-1] if evidence.relation else None,
    )
