"""From remembered pairs to clusters: group what hangs together, vote for ids, and store all that follows.

What must stay true: one transaction reads a closed neighbourhood, stores what follows from it and takes exactly its
records off the list of what is due; looking at what did not change writes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import combinations
from typing import Any

import msgspec
import numpy as np

from microharvest.link.assertions import settle
from microharvest.link.closing import Asking, Neighbourhood, read_neighbourhood
from microharvest.link.clustering import COMPONENT_CAP, Margin, Partition, Record, bytes_of, components, partition
from microharvest.link.identity import Redirect, assign
from microharvest.link.relations import direction
from microharvest.link.report import LinkReport, Oversized
from microharvest.link.scorecard import Scorecard
from microharvest.link.scoring import score
from microharvest.link.standing import standing
from microharvest.link.stored import golden_row, read_heads, says_the_same
from microharvest.link.stored_columns import load_columns
from microharvest.link.undoing import keep_moves, moved_ids, recall
from microharvest.model.ids import cluster_id
from microharvest.settings import MergeSettings
from microharvest.sources import SourceConfig
from microharvest.store import decisions, links, matching
from microharvest.store.database import Connection

__all__ = ["Grouping", "group_records"]

_LEFT = 400
_RELATIONS = 20
"""A cluster names at most so many others of one kind: the smallest ids."""


def group_records(
    connection: Connection, around: Neighbourhood, card: Scorecard
) -> tuple[Partition, tuple[Oversized, ...]]:
    """Group a neighbourhood; components over the cap, which were cut at their weakest pairs, are reported."""
    positive = [
        (around.names[edge.one], around.names[edge.other], edge.weight)
        for edge in around.edges
        if edge.weight > 0 and edge.sibling is None
    ]
    settled = list(settle(around.assertions, set(around.rows)))
    same = [(one.one, one.other) for one in settled if one.kind == "same"]
    parts, oversized = _cut(around.rows, positive, same)
    loaded = load_columns(connection, [around.rows[record] for part in parts if len(part) > 1 for record in part])
    pairs = [pair for part in parts for pair in combinations(part, 2)]
    weights: dict[tuple[Record, Record], int] = {}
    if pairs:
        rids = np.array([[around.rows[one].rid, around.rows[other].rid] for one, other in pairs], dtype=np.int64)
        scored = score(loaded.columns, loaded.at(rids[:, 0]), loaded.at(rids[:, 1]), card).weight
        weights.update(zip(pairs, scored.tolist(), strict=True))
    inside = {record: number for number, part in enumerate(parts) for record in part}
    across: dict[tuple[Record, Record], int] = {}
    for edge in around.edges:
        one, other = _ordered(around.names[edge.one], around.names[edge.other])
        if edge.sibling is None and inside.get(one) != inside.get(other):
            across[one, other] = edge.weight
    return _with_near_misses(partition(list(around.rows), weights, settled), across), oversized


def _ordered(one: Record, other: Record) -> tuple[Record, Record]:
    return (one, other) if bytes_of(one) < bytes_of(other) else (other, one)


def _cut(
    records: Mapping[Record, Any], positive: Sequence[tuple[Record, Record, int]], same: Sequence[tuple[Record, Record]]
) -> tuple[list[list[Record]], tuple[Oversized, ...]]:
    """Components; one over the cap is taken apart by leaving out its weakest pairs, a hundredth at a time."""
    parts: list[list[Record]] = []
    oversized = []
    for part in components(records, [*((one, other) for one, other, _ in positive), *same]):
        if len(part) <= COMPONENT_CAP:
            parts.append(part)
            continue
        oversized.append(Oversized(records=len(part), one=part[0]))
        inside = set(part)
        parts += _taken_apart(part, [edge for edge in positive if edge[0] in inside])
    return parts, tuple(oversized)


def _taken_apart(part: list[Record], positive: Sequence[tuple[Record, Record, int]]) -> list[list[Record]]:
    parts: list[list[Record]] = []
    large, least = part, 0
    while large:
        least += 100
        strong = [(one, other) for one, other, weight in positive if weight >= least]
        rest = components(large, strong)
        parts += [one for one in rest if len(one) <= COMPONENT_CAP]
        large = [record for one in rest if len(one) > COMPONENT_CAP for record in one]
        if not strong:
            return [*parts, *([record] for record in large)]
    return parts


def _with_near_misses(found: Partition, across: Mapping[tuple[Record, Record], int]) -> Partition:
    """Margins also know the strongest remembered pair to a record that hangs together with nothing here."""
    group = {record: number for number, members in enumerate(found.groups) for record in members}
    best: dict[int, Margin] = {}
    for pair in sorted(across):
        margin = Margin(kind="apart", margin=across[pair], one=pair[0], other=pair[1])
        for record in pair:
            if record not in group:
                continue
            held = best.get(group[record])
            if held is None or margin.margin > held.margin:
                best[group[record]] = margin
    margins = []
    for number, known in enumerate(found.margins):
        apart = [one for one in known if one.kind == "apart"] + ([best[number]] if number in best else [])
        strongest = max(apart, key=lambda one: one.margin, default=None)
        margins.append((*(one for one in known if one.kind == "merge"), *([strongest] if strongest else [])))
    return msgspec.structs.replace(found, margins=tuple(margins))


class Grouping:
    """One transaction's worth of grouping."""

    def __init__(
        self,
        connection: Connection,
        card: Scorecard,
        sources: Mapping[str, SourceConfig],
        merge: MergeSettings,
        now: datetime,
        number: int,
        report: LinkReport,
        asking: Asking,
    ) -> None:
        self.connection, self.card, self.sources, self.merge = connection, card, sources, merge
        self.now, self.number, self.report, self.asking = now, number, report, asking

    def run(self, limit: int) -> int:
        """The number of records that are no longer due; 0 when none was."""
        start = [row.rid for row in matching.due_records(self.connection, matching.GROUPS, limit)]
        left = matching.left_clusters(self.connection, _LEFT)
        if not start and not left:
            return 0
        around = read_neighbourhood(self.connection, start, left, self.asking)
        found, oversized = group_records(self.connection, around, self.card)
        ids = self._store_groups(found.groups, around)
        touched = {*around.before.values(), *left}
        self._store_golden(found.groups, ids, touched)
        self._store_margins(found, ids, touched)
        self._store_relations(around, ids, touched)
        matching.drop_due(self.connection, [row.rid for row in around.rows.values()])
        matching.drop_left(self.connection, left)
        self.report.oversized.extend(oversized)
        self.report.contradictions.extend(found.contradictions)
        return len(start) + len(left)

    def _store_groups(self, groups: Sequence[Sequence[Record]], around: Neighbourhood) -> list[str]:
        """Give each group its id and write members, clusters and redirects; the ids in order of the groups."""
        recalled = recall(self.connection, groups, around.before, around.gone)
        decided = assign(groups, recalled.before, Counter(recalled.gone.values()))
        minted = self._mint([group[0] for place, group in enumerate(groups) if decided.ids[place] is None])
        ids = [decided.ids[place] or minted[group[0]] for place, group in enumerate(groups)]
        revived, ended = moved_ids(groups, ids, around.before, decided)
        redirects = [
            Redirect(old_id=old, new_id=ids[place], reason="split_from") for place, old in decided.origins.items()
        ]
        redirects += revived
        redirects += [Redirect(old_id=old, new_id=ids[place], reason="merged_into") for old, place in ended.items()]
        members = {
            record: ids[place]
            for place, group in enumerate(groups)
            for record in group
            if around.before.get(record) != ids[place]
        }
        self.report.joined += sum(
            1 for place, group in enumerate(groups) if decided.ids[place] for one in group if one not in around.before
        )
        self.report.moved += sum(1 for record in members if record in around.before)
        here = set(ids)
        for record, cluster in around.gone.items():
            wanted = recalled.gone[record]
            new = wanted if wanted in here else ids[ended[cluster]] if cluster in ended else cluster
            members.update({record: new} if new != cluster else {})
        keep_moves(self.connection, groups, around.assertions, around.before, around.gone, members)
        links.store_members(self.connection, members)
        links.set_cluster_state(self.connection, sorted(ended), "merged")
        links.set_cluster_state(self.connection, [one.new_id for one in revived], "active")
        more = {"at": self.now, "run": self.number}
        links.add_redirects(self.connection, [{**msgspec.structs.asdict(one), **more} for one in redirects])
        self.report.merged += len(ended)
        self.report.split += len(decided.origins) + len(revived)
        self.report.redirects.extend(redirects)
        links.delete_golden(self.connection, sorted(ended))
        links.touch_clusters(self.connection, sorted(ended))
        return ids

    def _mint(self, founders: Sequence[Record]) -> dict[Record, str]:
        """A new id for each founder; an id that ever existed is not taken again."""
        node = links.node_id(self.connection)
        taken = links.cluster_states(self.connection, [cluster_id(node, *founder) for founder in founders])
        rows: list[dict[str, Any]] = []
        for source, native_id in founders:
            n = 0
            while cluster_id(node, source, native_id, n) in taken:
                n += 1
                taken.update(links.cluster_states(self.connection, [cluster_id(node, source, native_id, n)]))
            minted = cluster_id(node, source, native_id, n)
            rows.append({"id": minted, "source": source, "native_id": native_id, "n": n, "created": self.now})
        links.add_clusters(self.connection, rows)
        self.report.created += len(rows)
        return {(row["source"], row["native_id"]): row["id"] for row in rows}

    def _store_golden(self, groups: Sequence[Sequence[Record]], ids: Sequence[str], left: set[str]) -> None:
        """Renew golden records that differ; clusters nobody active is left in lose theirs."""
        stored = links.golden_of(self.connection, {*ids, *left})
        given = decisions.value_decisions(self.connection, ids)
        heads = read_heads(self.connection, [record for group in groups for record in group])
        rows: list[dict[str, Any]] = []
        kept = set()
        for cluster, group in zip(ids, groups, strict=True):
            present = [heads[record] for record in group if record in heads]
            if not present:
                continue
            kept.add(cluster)
            decided = standing(given.get(cluster, ()), [head.offer for head in present]).decided
            row = golden_row(cluster, present, self.sources, self.merge, self.now, decided)
            old = stored.get(cluster)
            if old is None or not says_the_same(old, row):
                rows.append(row)
        emptied = sorted(stored.keys() - kept)
        links.store_golden(self.connection, rows)
        links.delete_golden(self.connection, emptied)
        links.touch_clusters(self.connection, [*(row["cluster_id"] for row in rows), *emptied])
        self.report.clusters += len(rows) + len(emptied)

    def _store_margins(self, found: Partition, ids: Sequence[str], left: set[str]) -> None:
        """The thinnest decisions, for the queue of those who review."""
        rows = [
            {
                "cluster_id": cluster,
                "kind": margin.kind,
                "margin": max(-(2**31), min(2**31 - 1, margin.margin)),
                "one_source": margin.one[0],
                "one_native_id": margin.one[1],
                "other_source": margin.other[0],
                "other_native_id": margin.other[1],
            }
            for cluster, margins in zip(ids, found.margins, strict=True)
            for margin in margins
        ]
        names = ("cluster_id", "kind", "margin", "one_source", "one_native_id", "other_source", "other_native_id")
        held = matching.margins_of(self.connection, {*ids, *left})
        if {tuple(row[name] for name in names) for row in rows} != {tuple(row) for row in held}:
            matching.replace_margins(self.connection, {*ids, *left}, rows)

    def _store_relations(self, around: Neighbourhood, ids: Sequence[str], left: set[str]) -> None:
        """What clusters are to their siblings; publish looks again at those whose relations changed."""
        siblings = [edge for edge in around.edges if edge.sibling is not None]
        names = around.names
        cluster_of = links.members_of(
            self.connection, {names[rid] for edge in siblings for rid in (edge.one, edge.other)}
        )
        found: dict[tuple[str, str], set[tuple[str, str, str]]] = {}
        for edge in siblings:
            pair = [cluster_of[names[rid]] for rid in (edge.one, edge.other) if names[rid] in cluster_of]
            if len(set(pair)) == 2:
                related = direction(edge.sibling, *pair)
                for cluster in pair:
                    found.setdefault((cluster, related[2]), set()).add(related)
        own = {*ids, *left}
        rows = {row for (cluster, _), group in found.items() if cluster in own for row in sorted(group)[:_RELATIONS]}
        changed = matching.replace_relations(self.connection, own, sorted(rows))
        links.touch_clusters(self.connection, sorted(changed))
