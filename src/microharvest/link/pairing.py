"""Which pairs of records are worth remembering: those that may be one offer, and siblings that surely are not.

What must stay true: the pairs of a record are those that share a key which is not crowded; each is scored under the
epoch's scorecard; whoever was near before or is near now is due to be grouped again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from microharvest.link.preparing import unpacked
from microharvest.link.relations import relation_of
from microharvest.link.scorecard import BUCKETS, Scorecard
from microharvest.link.scoring import Ints, Scores, score
from microharvest.link.stored_columns import Loaded, load_columns
from microharvest.store import matching
from microharvest.store.database import Connection

__all__ = ["NEAR", "candidate_pairs", "compare_due"]

NEAR = -2000
"""Pairs that weigh less are forgotten: nobody need look at them."""


def compare_due(connection: Connection, card: Scorecard, limit: int) -> int:
    """Score the next records that are due; how many records."""
    rows = matching.due_records(connection, matching.PAIRS, limit)
    if not rows:
        return 0
    due = {row.rid: unpacked(row.keys) for row in rows}
    keys = set().union(*due.values())
    crowded = {k for k, row in matching.stops_of(connection, keys).items() if row.reason == "crowded"}
    one, other = candidate_pairs(due, matching.carriers_of(connection, keys - crowded))
    partners = sorted(set(np.concatenate([one, other]).tolist()) - due.keys())
    loaded = load_columns(connection, [*rows, *matching.records_of(connection, partners)])
    edges = _edges(loaded, one, other, score(loaded.columns, loaded.at(one), loaded.at(other), card))
    rids = list(due)
    before = {rid for row in matching.edges_of(connection, rids) for rid in (row.one, row.other)}
    matching.drop_edges(connection, rids)
    matching.store_edges(connection, edges)
    now = {rid for row in edges for rid in (row["one"], row["other"])}
    matching.advance(connection, rids, matching.GROUPS)
    matching.add_due(connection, sorted((before | now) - due.keys()), matching.GROUPS)
    return len(rows)


def candidate_pairs(due: Mapping[int, object], carriers: Sequence[tuple[int, int]]) -> tuple[Ints, Ints]:
    """Distinct pairs (smaller number first) of records that share a key and of which one at least is in `due`.

    `carriers`: (key, number) of all that carry the keys.
    """
    if not carriers:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    everyone = np.array(carriers, dtype=np.int64)
    everyone = everyone[np.argsort(everyone[:, 0], kind="stable")]
    mine = everyone[np.isin(everyone[:, 1], np.fromiter(due, np.int64, len(due)))]
    begin = np.searchsorted(everyone[:, 0], mine[:, 0], "left")
    counts = np.searchsorted(everyone[:, 0], mine[:, 0], "right") - begin
    one = np.repeat(mine[:, 1], counts)
    within = np.arange(len(one)) - np.repeat(np.cumsum(counts) - counts, counts)
    other = everyone[np.repeat(begin, counts) + within, 1]
    kept = one != other
    packed = np.sort((np.minimum(one, other)[kept] << 32) | np.maximum(one, other)[kept])
    packed = packed[np.concatenate([[True], packed[1:] != packed[:-1]])] if len(packed) else packed
    return packed >> 32, packed & 0xFFFFFFFF


def _edges(loaded: Loaded, one: Ints, other: Ints, scores: Scores) -> list[dict[str, Any]]:
    """Near pairs with their weight, siblings with what they are to each other."""
    title, provider = scores.buckets["title"], scores.buckets["provider"]
    alike = title <= BUCKETS["title"].index("cut")
    apart = provider > BUCKETS["provider"].index("same")
    bundle = scores.buckets["bundle"] == BUCKETS["bundle"].index("one_sided")
    near = scores.weight > NEAR
    sibling = (scores.weight <= 0) & alike & (title > 0) & ((scores.bare > 0) | apart | bundle)
    edges: list[dict[str, Any]] = []
    for place in np.flatnonzero(near | sibling).tolist():
        left, right = int(one[place]), int(other[place])
        relation = None
        if sibling[place]:
            buckets = {name: BUCKETS[name][row[place]] for name, row in scores.buckets.items()}
            relation = relation_of(loaded.features[loaded.places[left]], loaded.features[loaded.places[right]], buckets)
        if near[place] or relation is not None:
            edges.append({"one": left, "other": right, "weight": int(scores.weight[place]), "sibling": relation})
    return edges
