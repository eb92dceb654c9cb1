"""Linking what changed: touched records in, members, clusters, redirects and golden records out.

What must stay true: one transaction per chunk reads touched records, stores what follows from them and consumes
exactly those rows; a crash between chunks leaves a valid state; looking at an unchanged record writes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from microharvest.clock import Clock, utc_now
from microharvest.link.clustering import Blocked, Key, Record, partition
from microharvest.link.identity import Redirect, assign
from microharvest.link.keys import keys_of
from microharvest.link.margins import margin_rows
from microharvest.link.neighbourhood import Head, Neighbourhood, read_neighbourhood
from microharvest.link.standing import standing
from microharvest.link.stored import golden_row
from microharvest.link.undoing import keep_moves, moved_ids, recall
from microharvest.model.ids import cluster_id
from microharvest.model.offer import decode_offer
from microharvest.settings import MergeSettings
from microharvest.sources import SourceConfig
from microharvest.store import decisions, links, margins
from microharvest.store.database import Connection, Database
from microharvest.telemetry import failpoint

__all__ = ["CHUNK", "MAX_CONFLICTS", "LinkReport", "link_changed"]

CHUNK = 500
"""Touched records per transaction."""
MAX_CONFLICTS = 1000
"""Blocked merges that a report names; `conflict_count` counts all."""


class LinkReport(msgspec.Struct, kw_only=True):
    """What one pass did: records looked at, clusters written, and what became of ids."""

    touched: int = 0
    clusters: int = 0
    created: int = 0
    joined: int = 0
    merged: int = 0
    split: int = 0
    conflict_count: int = 0
    conflicts: list[Blocked] = []


def link_changed(
    database: Database,
    sources: Mapping[str, SourceConfig],
    merge: MergeSettings,
    *,
    everything: bool = False,
    clock: Clock = utc_now,
    progress: Callable[[int, int], None] | None = None,
) -> LinkReport:
    """Consume the touched records, chunk by chunk; `everything` touches all first. Raises StoreError only.

    `progress(done, total)` is called after every chunk. Touches written meanwhile are linked too or stay.
    """
    report = LinkReport()
    with database.write() as connection:
        if everything:
            links.touch_everything(connection)
        total = links.count_touched(connection)
    while True:
        with database.write() as connection:
            consumed = _Chunk(connection, sources, merge, clock(), report).run()
            if consumed:
                failpoint("link.stored")
        if not consumed:
            return report
        failpoint("link.done")
        report.touched += consumed
        if progress is not None:
            progress(report.touched, max(total, report.touched))


class _Chunk:
    """One transaction's worth of work."""

    def __init__(
        self,
        connection: Connection,
        sources: Mapping[str, SourceConfig],
        merge: MergeSettings,
        now: datetime,
        report: LinkReport,
    ) -> None:
        self.connection, self.sources, self.merge, self.now, self.report = connection, sources, merge, now, report

    def run(self) -> int:
        """The number of touched rows consumed; 0 when there is nothing (more) to link."""
        links.claim(self.connection)
        touched = links.lock_touched(self.connection, CHUNK)
        if not touched:
            return 0
        moved, known = self._store_keys(touched)
        held = links.members_of(self.connection, touched)
        peers = set(links.members_in(self.connection, set(held.values())))
        around = read_neighbourhood(self.connection, {*touched, *peers}, moved)
        failpoint("link.read")
        left = set(held.values()) | set(around.before.values())
        forgotten = [record for record in touched if record not in known]
        links.drop_members(self.connection, forgotten)
        for record in forgotten:
            around.gone.pop(record, None)
        said = list(around.assertions)
        found = partition([head.facts for head in around.records.values()], around.blocks, said)
        ids = self._store_groups(found.groups, around)
        self._store_golden(found.groups, ids, around, left)
        margins.replace_margins(self.connection, {*ids, *left}, margin_rows(found, ids))
        links.drop_touched(self.connection, touched)
        self.report.conflict_count += len(found.blocked)
        self.report.conflicts.extend(found.blocked[: MAX_CONFLICTS - len(self.report.conflicts)])
        return len(touched)

    def _store_keys(self, touched: Sequence[Record]) -> tuple[dict[Key, int], set[Record]]:
        """Renew the keys of touched records; the keys they have or had, and the records that exist at all."""
        rows: list[dict[str, str]] = []
        known: set[Record] = set()
        for head in links.heads_of(self.connection, touched):
            known.add((head.source, head.native_id))
            if head.status != "withdrawn" and head.doc is not None:
                for kind, value in keys_of(decode_offer(head.doc), head.native_id):
                    rows.append({"source": head.source, "native_id": head.native_id, "kind": kind, "value": value})
        moved = Counter((row["kind"], row["value"]) for row in rows)
        for row in links.keys_of_records(self.connection, touched):
            moved[row.kind, row.value] += 0
        links.replace_keys(self.connection, touched, rows)
        return dict(moved), known

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
        for old, place in ended.items():
            redirects.append(Redirect(old_id=old, new_id=ids[place], reason="merged_into"))
        members = {
            record: ids[place]
            for place, group in enumerate(groups)
            for record in group
            if around.before.get(record) != ids[place]
        }
        self.report.joined += sum(
            1 for place, group in enumerate(groups) if decided.ids[place] for one in group if one not in around.before
        )
        here = set(ids)
        for record, cluster in around.gone.items():
            wanted = recalled.gone[record]
            new = wanted if wanted in here else ids[ended[cluster]] if cluster in ended else cluster
            members.update({record: new} if new != cluster else {})
        keep_moves(self.connection, groups, around.assertions, around.before, around.gone, members)
        links.store_members(self.connection, members)
        links.set_cluster_state(self.connection, sorted(ended), "merged")
        links.set_cluster_state(self.connection, [one.new_id for one in revived], "active")
        links.add_redirects(self.connection, [{**msgspec.structs.asdict(one), "at": self.now} for one in redirects])
        self.report.merged += len(ended)
        self.report.split += len(decided.origins) + len(revived)
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

    def _store_golden(
        self, groups: Sequence[Sequence[Record]], ids: Sequence[str], around: Neighbourhood, left: set[str]
    ) -> None:
        """Renew golden records that differ; clusters nobody active is left in lose theirs."""
        stored = links.golden_of(self.connection, {*ids, *left})
        given = decisions.value_decisions(self.connection, ids)
        rows: list[dict[str, Any]] = []
        for cluster, group in zip(ids, groups, strict=True):
            heads: list[Head] = [around.records[record] for record in group]
            decided = standing(given.get(cluster, ()), [head.offer for head in heads]).decided
            row = golden_row(cluster, heads, self.sources, self.merge, self.now, decided)
            old = stored.get(cluster)
            if old is None or any(getattr(old, name) != row[name] for name in ("doc", "provenance", "members")):
                rows.append(row)
        emptied = sorted((left & stored.keys()) - set(ids))
        links.store_golden(self.connection, rows)
        links.delete_golden(self.connection, emptied)
        links.touch_clusters(self.connection, [*(row["cluster_id"] for row in rows), *emptied])
        self.report.clusters += len(rows) + len(emptied)
