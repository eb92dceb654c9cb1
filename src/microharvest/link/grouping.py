"""From remembered pairs to clusters: group what hangs together, vote for ids, and store all that follows.

What must stay true: one transaction reads a closed neighbourhood, stores what follows from it and takes exactly its
records off the list of what is due; looking at what did not change writes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

import msgspec

from microharvest.link.assertions import settle
from microharvest.link.closing import Asking, Neighbourhood, read_neighbourhood
from microharvest.link.clustering import Margin, Partition, Record, bytes_of
from microharvest.link.identity import Redirect, assign, contested
from microharvest.link.partitioning import gatherings, group_part
from microharvest.link.preparing import parts
from microharvest.link.relations import direction
from microharvest.link.report import LinkReport
from microharvest.link.scorecard import Scorecard
from microharvest.link.stored import ToMerge, golden_part, read_heads, says_the_same
from microharvest.link.stored_columns import Gathered, gather
from microharvest.link.undoing import keep_moves, moved_ids, recall
from microharvest.link.workers import Workers
from microharvest.model.decision import ordered
from microharvest.model.ids import cluster_id
from microharvest.settings import MergeSettings
from microharvest.sources import SourceConfig
from microharvest.store import decisions, links, matching
from microharvest.store.database import Connection

__all__ = ["Grouping"]


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
        workers: Workers,
    ) -> None:
        self.connection, self.card, self.sources, self.merge = connection, card, sources, merge
        self.now, self.number, self.report, self.asking, self.workers = now, number, report, asking, workers

    def run(self, rids: Sequence[int], left: Sequence[str]) -> int:
        """Look at records and all that hangs together with them, and at clusters that lost a member."""
        around = read_neighbourhood(self.connection, rids, left, self.asking)
        found = self._partition(around)
        ids = self._store_groups(found.groups, around)
        touched = {*around.before.values(), *left}
        self._store_golden(found.groups, ids, touched)
        self._store_margins(found, ids, touched)
        self._store_relations(around, dict(self._placed(found.groups, ids)), {*ids, *touched})
        matching.drop_due(self.connection, around.rids.values())
        matching.drop_left(self.connection, left)
        return len(rids) + len(left)

    def _partition(self, around: Neighbourhood) -> Partition:
        """All groups, in order of their smallest member."""
        names = around.names
        edges = [
            (*ordered(names[one], names[other]), weight)
            for one, other, weight, sibling in around.edges
            if sibling is None
        ]
        settled = list(settle(around.assertions, set(around.rids)))
        jobs = gatherings(around.rids, edges, settled, self._gather, self.card)
        said: list[tuple[tuple[Record, ...], tuple[Margin, ...]]] = []
        for found, oversized in self.workers.map(group_part, jobs):
            said += zip(found.groups, found.margins, strict=True)
            self.report.oversized.extend(oversized)
            self.report.contradictions.extend(found.contradictions)
        said.sort(key=lambda one: bytes_of(one[0][0]))
        return Partition(groups=tuple(one[0] for one in said), margins=tuple(one[1] for one in said))

    def _gather(self, rids: set[int]) -> Gathered:
        return gather(self.connection, matching.records_of(self.connection, rids))

    def _placed(self, groups: Sequence[Sequence[Record]], ids: Sequence[str]) -> Iterator[tuple[Record, str]]:
        return ((record, cluster) for group, cluster in zip(groups, ids, strict=True) for record in group)

    def _store_groups(self, groups: Sequence[Sequence[Record]], around: Neighbourhood) -> list[str]:
        """Give each group its id and write members, clusters and redirects; the ids in order of the groups."""
        recalled = recall(self.connection, groups, around.before, around.gone)
        founders = links.founders_of(self.connection, contested(groups, recalled.before))
        decided = assign(groups, recalled.before, Counter(recalled.gone.values()), founders)
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
        heads = read_heads(self.connection, [record for group in groups for record in group], self.sources)
        listed = [
            ToMerge(cluster, present, given.get(cluster, ()))
            for cluster, group in zip(ids, groups, strict=True)
            if (present := [heads[record] for record in group if record in heads])
        ]
        rows: list[dict[str, Any]] = []
        for row in chain.from_iterable(
            self.workers.map(golden_part, ((part, self.merge, self.now) for part in parts(listed)))
        ):
            old = stored.get(row["cluster_id"])
            if old is None or not says_the_same(old, row):
                rows.append(row)
        emptied = sorted(stored.keys() - {one.cluster for one in listed})
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

    def _store_relations(self, around: Neighbourhood, cluster_of: dict[Record, str], own: set[str]) -> None:
        """What clusters are to their siblings; publish looks again at those whose relations changed."""
        siblings = [(around.names[edge[0]], around.names[edge[1]], edge[3]) for edge in around.edges if edge[3]]
        outside = {record for edge in siblings for record in edge[:2]} - cluster_of.keys()
        cluster_of.update(links.members_of(self.connection, outside))
        found = {
            (direction(relation, cluster_of[one], cluster_of[other]))
            for one, other, relation in siblings
            if one in cluster_of and other in cluster_of and cluster_of[one] != cluster_of[other]
        }
        changed = matching.replace_relations(self.connection, own, found)
        links.touch_clusters(self.connection, sorted(changed))
