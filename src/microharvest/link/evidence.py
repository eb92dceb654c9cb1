"""Why two records are one offer, or two: every feature with its bucket and weight, the sum, conflicts, shared keys.

What must stay true: the numbers are those by which link decides, computed by the same code; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

import msgspec
import numpy as np

from microharvest.link.clustering import Record
from microharvest.link.features import Features
from microharvest.link.keys import Key, key_hash, keys_of
from microharvest.link.relations import relation_of
from microharvest.link.scorecard import BUCKETS, CONFLICTS, FEATURES, Scorecard
from microharvest.link.scoring import Organisations, columns_of, score
from microharvest.link.stored_columns import load_columns
from microharvest.store import matching
from microharvest.store.database import Connection

__all__ = ["REASONS", "PairEvidence", "Weighed", "evidence_of", "explain_pair"]

REASONS = {
    "ordinal": "The titles name different levels, parts, modules or numbers.",
    "year": "They are editions of different years.",
    "grade": "One is an introduction, the other an advanced course.",
    "stage": "They are for different stages of school.",
    "tech": "They teach different programming languages.",
    "provider": "Different organisations offer them.",
    "evidence": "What differs weighs more than what agrees.",
    "either": "One of them could as well be another offer: it fits both about equally, and they are told apart.",
    "others": "They fit each other, but not all that each of them goes with.",
}
_ORDER = ("id", "number", "code", "url", "title", "start", "size", "field", "skill", "words", "word")


class Weighed(msgspec.Struct, frozen=True):
    """A feature, how the two stand in it, and what that weighs in thousandths of a log-odds."""

    feature: str
    bucket: str
    weight: int


class PairEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """`total` is the sum of prior and weights, between floor and ceiling; a conflict puts it to the floor.

    `weights`: features that say something, heaviest first. `conflicts`: features that forbid. `keys`: (kind, value)
    both carry, strongest first; `silent`: those of them that join nobody. `relation`: as `relation_of` gives it.
    """

    weights: tuple[Weighed, ...]
    prior: int
    sum: int
    total: int
    conflicts: tuple[str, ...]
    keys: tuple[Key, ...]
    silent: tuple[Key, ...]
    relation: str | None

    @property
    def reason(self) -> str:
        """Why they stay apart, if they do: a code of REASONS."""
        if self.conflicts:
            return self.conflicts[0]
        provider = [one.bucket for one in self.weights if one.feature == "provider"]
        return "provider" if provider and provider != ["same"] else "evidence"


def explain_pair(
    one: Features,
    other: Features,
    card: Scorecard,
    *,
    sources: tuple[str, str] = ("one", "other"),
    providers: tuple[int, int] = (0, 0),
    organisations: Organisations | None = None,
    silent: AbstractSet[Key] = frozenset(),
) -> PairEvidence:
    """The evidence about two records. `providers`: their organisations, 0 for none; `silent`: keys that join nobody."""
    known = organisations or Organisations({}, frozenset())
    columns = columns_of(
        [one, other], sources, providers, known, lambda kind, value: (kind, value) in silent, (True, True)
    )
    scores = score(columns, np.array([0]), np.array([1]), card)
    buckets = {name: BUCKETS[name][int(scores.buckets[name][0])] for name in FEATURES}
    weights = [
        Weighed(name, bucket, card.weights[name][bucket]) for name, bucket in buckets.items() if bucket != "absent"
    ]
    shared = set(keys_of(one, providers[0])) & set(keys_of(other, providers[1]))
    keys = sorted(shared, key=lambda key: (_ORDER.index(key[0]), key[1]))
    return PairEvidence(
        weights=tuple(sorted(weights, key=lambda one: (-abs(one.weight), one.feature))),
        prior=card.prior,
        sum=int(scores.bare[0]),
        total=int(scores.weight[0]),
        conflicts=tuple(name for name in FEATURES if name in CONFLICTS and buckets[name] == CONFLICTS[name]),
        keys=tuple(keys),
        silent=tuple(key for key in keys if key in silent),
        relation=relation_of(one, other, buckets),
    )


def evidence_of(
    connection: Connection, pairs: Iterable[tuple[Record, Record]], card: Scorecard
) -> dict[tuple[Record, Record], PairEvidence]:
    """The evidence about pairs of records as the store knows them; a pair of which one is not active is left out."""
    listed = list(pairs)
    rows = matching.records_by_identity(connection, {record for pair in listed for record in pair})
    loaded = load_columns(connection, rows)
    place = {(row.source, row.native_id): number for number, row in enumerate(rows)}
    found: dict[tuple[Record, Record], PairEvidence] = {}
    for pair in listed:
        if pair[0] not in place or pair[1] not in place:
            continue
        one, other = place[pair[0]], place[pair[1]]
        organisations = (rows[one].organisation or 0, rows[other].organisation or 0)
        shared = set(keys_of(loaded.features[one], organisations[0]))
        shared &= set(keys_of(loaded.features[other], organisations[1]))
        stops = matching.stops_of(connection, {key_hash(key): key for key in shared})
        silent = {(row.kind, row.value) for row in stops.values()}
        found[pair] = explain_pair(
            loaded.features[one],
            loaded.features[other],
            card,
            sources=(rows[one].source, rows[other].source),
            providers=organisations,
            organisations=loaded.columns.organisations,
            silent=silent,
        )
    return found
