"""Which pairs of records are worth remembering: those that may be one offer, and siblings that surely are not.

What must stay true: the pairs of a record are those that share a key which is not crowded; each is scored under the
epoch's scorecard; whoever was near before or is near now is due to be grouped again. A sibling is not: what it is to a
record follows from the clusters of both, and is stored when either is grouped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from microharvest.link.relations import ALIKE, TELLING, relation_of
from microharvest.link.scorecard import BUCKETS, Scorecard
from microharvest.link.scoring import APART, Ints, Scores, score
from microharvest.link.stored_columns import Gathered, Loaded, gather, read_columns
from microharvest.link.twins import TWIN
from microharvest.link.workers import HERE, Workers
from microharvest.store import matching
from microharvest.store.database import Connection

__all__ = ["NEAR", "candidate_pairs", "compare_due"]

NEAR = -2000
"""Pairs that weigh less are forgotten: nobody need look at them."""
PAIRS_OF_PART = 120_000
"""Pairs of one worker's job."""

_Edge = tuple[int, int, int, str | None]
_Job = tuple[Gathered, Ints, Ints, Scorecard]


def compare_due(connection: Connection, card: Scorecard, rows: Sequence[Any], workers: Workers = HERE) -> int:
    """Score `rows`, which are due for it; how many records. A pair whose other record is due later is left to it."""
    rids = [row.rid for row in rows]
    one, other = pairs_with(connection, rows)
    partners = _sorted(np.concatenate([one, other]))
    outside = partners[~np.isin(partners, np.array(rids, dtype=np.int64))].tolist()
    later = np.array(matching.waiting_among(connection, outside, matching.PAIRS), dtype=np.int64)
    now = ~(np.isin(one, later) | np.isin(other, later))
    one, other = one[now], other[now]
    theirs = matching.records_of(connection, np.setdiff1d(outside, later).tolist())
    jobs = _jobs(gather(connection, [*rows, *theirs]), rids, one, other, card)
    edges = list(chain.from_iterable(workers.map(_compare_part, jobs)))
    near = matching.neighbours_of(connection, rids)
    matching.drop_edges(connection, rids)
    matching.store_edges(connection, edges)
    near.update(rid for edge in edges if edge[3] is None for rid in edge[:2])
    matching.advance(connection, rids, matching.GROUPS)
    matching.add_due(connection, sorted(near.difference(rids)), matching.GROUPS)
    return len(rows)


def pairs_with(connection: Connection, rows: Sequence[Any]) -> tuple[Ints, Ints]:
    """Distinct pairs of records that share a key which is not crowded, one of them at least among `rows`; of a crowd of
    twins those with its first alone."""
    keys = np.frombuffer(b"".join(row.keys for row in rows), dtype=np.int64)
    rids = np.array([row.rid for row in rows], dtype=np.int64)
    owners = np.repeat(rids, [len(row.keys) // 8 for row in rows])
    crowded = matching.stops_of(connection, set(keys.tolist()), reason="crowded")
    spoken = ~np.isin(keys, np.array(list(crowded), dtype=np.int64))
    firsts = {k: int(row.value) for k, row in matching.stops_of(connection, set(keys.tolist()), reason=TWIN).items()}
    first = _first(firsts, keys)
    spoken &= (first == 0) | (first == owners) | ~np.isin(first, rids)
    keys, owners = keys[spoken], owners[spoken]
    carried, carriers = matching.carriers_of(connection, set(keys.tolist()))
    first = _first(firsts, carried)
    spoken = (first == 0) | (first == carriers) | np.isin(first, rids)
    return candidate_pairs(keys, owners, carried[spoken], carriers[spoken])


def _first(firsts: Mapping[int, int], keys: Ints) -> Ints:
    """The first of the crowd that carries each key, 0 where none does."""
    return np.array([firsts.get(k, 0) for k in keys.tolist()] if firsts else 0, dtype=np.int64)


def _jobs(gathered: Gathered, rids: Sequence[int], one: Ints, other: Ints, card: Scorecard) -> Iterator[_Job]:
    """Pairs in parts, those of neighbours in `rids` together, each with the records it needs."""
    places = {rid: place for place, rid in enumerate(gathered.rids)}
    order = np.array([places[rid] for rid in one.tolist()], dtype=np.int64)
    order = np.argsort(np.minimum(order, [places[rid] for rid in other.tolist()]), kind="stable")
    for begin in range(0, len(order), PAIRS_OF_PART):
        part = order[begin : begin + PAIRS_OF_PART]
        left, right = one[part], other[part]
        yield gathered.of(_sorted(np.concatenate([left, right])).tolist(), places), left, right, card


def _compare_part(job: _Job) -> list[_Edge]:
    gathered, one, other, card = job
    loaded = read_columns(gathered)
    left, right = loaded.at(one), loaded.at(other)
    scores = score(loaded.columns, left, right, card, _hopeful)
    return _edges(loaded, left[scores.kept], right[scores.kept], scores)


def _hopeful(best: Scores) -> NDArray[np.bool_]:
    """May they be near, or siblings that go by one name?"""
    return (best.weight > NEAR) | _not_strange(best)


def _not_strange(scores: Scores) -> NDArray[np.bool_]:
    """Siblings go by one name, and everything else says one, or they are of two providers, or one is a bundle."""
    bundle: NDArray[np.bool_] = scores.buckets["bundle"] == BUCKETS["bundle"].index("one_sided")
    return (scores.bare > 0) | np.isin(scores.buckets["provider"], APART) | bundle


def _sorted(numbers: Ints) -> Ints:
    """Ascending, each once (np.unique hashes, which is far slower)."""
    ordered = np.sort(numbers)
    return ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])] if len(ordered) else ordered


def candidate_pairs(keys: Ints, owners: Ints, carried: Ints, carriers: Ints) -> tuple[Ints, Ints]:
    """Distinct pairs (smaller number first) of records that share a key and of which one at least is an owner.

    `keys[i]` is carried by `owners[i]`; `carried[i]` by `carriers[i]`: all that carry any of the keys.
    """
    order = np.argsort(carried, kind="stable")
    carried, carriers = carried[order], carriers[order]
    begin = np.searchsorted(carried, keys, "left")
    counts = np.searchsorted(carried, keys, "right") - begin
    one = np.repeat(owners, counts)
    within = np.arange(len(one)) - np.repeat(np.cumsum(counts) - counts, counts)
    other = carriers[np.repeat(begin, counts) + within]
    kept = one != other
    pairs = _sorted((np.minimum(one, other)[kept] << 32) | np.maximum(one, other)[kept])
    return pairs >> 32, pairs & 0xFFFFFFFF


def _near_or_siblings(scores: Scores) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    alike = np.isin(scores.buckets["title"], [BUCKETS["title"].index(bucket) for bucket in ALIKE])
    return scores.weight > NEAR, (scores.weight <= 0) & alike & _not_strange(scores)


def _edges(loaded: Loaded, left: Ints, right: Ints, scores: Scores) -> list[_Edge]:
    """Near pairs of places with their weight, siblings with what they are to each other."""
    near, sibling = _near_or_siblings(scores)
    relations: list[str | None] = [None] * len(near)
    for place in np.flatnonzero(sibling).tolist():
        buckets = {name: BUCKETS[name][scores.buckets[name][place]] for name in TELLING}
        relations[place] = relation_of(loaded.features[left[place]], loaded.features[right[place]], buckets)
    kept = near | np.array([relation is not None for relation in relations], dtype=bool)
    columns = (loaded.rids[left[kept]], loaded.rids[right[kept]], scores.weight[kept])
    said = [relations[place] for place in np.flatnonzero(kept).tolist()]
    return list(zip(*(column.tolist() for column in columns), said, strict=True))
