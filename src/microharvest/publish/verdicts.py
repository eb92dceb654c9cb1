"""Reading clusters and judging them, in batches. Reads the store, writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import json

from microharvest.clock import iso
from microharvest.model.golden import Contribution
from microharvest.model.ids import content_hash
from microharvest.model.offer import decode_offer
from microharvest.publish.entry import Verdict, judge, tombstone
from microharvest.settings import MergeSettings, PublishSettings
from microharvest.sources import SourceConfig
from microharvest.store import exports, links, matching
from microharvest.store.database import Connection

__all__ = ["Seen", "read_verdicts"]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict, and a mark that changes whenever link changes the cluster."""

    verdict: Verdict
    mark: str


def read_verdicts(
    connection: Connection,
    ids: Sequence[str],
    sources: Mapping[str, SourceConfig],
    settings: PublishSettings,
    merge: MergeSettings,
    *,
    judged: bool = True,
) -> list[Seen]:
    """One for each cluster that exists. `judged=False` reads the marks alone and leaves the verdicts empty."""
    views = exports.cluster_views(connection, ids)
    related = _relations(connection, ids)
    if not judged:
        return [
            Seen(verdict=Verdict(id=view.id, state="withdrawn"), mark=_mark(view, related.get(view.id)))
            for view in views
        ]
    members = _contributions(connection, views, sources)
    into = {
        row.old_id: row.new_id
        for row in links.redirects_of(connection, [view.id for view in views if view.state == "merged"])
        if row.reason == "merged_into"
    }
    return [
        Seen(
            verdict=tombstone(view.id, "merged", into.get(view.id))
            if view.state == "merged"
            else judge(view.id, members.get(view.id, []), sources, settings, merge, related.get(view.id, ())),
            mark=_mark(view, related.get(view.id)),
        )
        for view in views
    ]


def _mark(view: Any, related: Sequence[Mapping[str, str]] | None) -> str:
    golden = b"" if view.doc is None else view.doc_hash + view.provenance
    return f"{view.state}\x1f{content_hash(golden).hex()}\x1f{view.members}\x1f{related or ''}"


def _relations(connection: Connection, ids: Sequence[str]) -> dict[str, list[dict[str, str]]]:
    """{cluster: [{kind, entry, direction}]}: `to`, the other entry follows, contains or renews this one; `from`, this
    one does; `both`, neither comes first."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in sorted(matching.relations_of(connection, ids), key=tuple):
        even = row.kind == "elsewhere"
        for own, other, way in ((row.one_id, row.other_id, "to"), (row.other_id, row.one_id, "from")):
            said = {"kind": row.kind, "entry": other, "direction": "both" if even else way}
            found.setdefault(own, []).append(said)
    return found


def _contributions(
    connection: Connection, views: Sequence[Any], sources: Mapping[str, SourceConfig]
) -> dict[str, list[Contribution]]:
    """The records a golden record was made of, by cluster."""
    cluster_of = {
        (source, native_id): view.id
        for view in views
        if view.members is not None
        for source, native_id, _ in json.decode(view.members)
    }
    found: dict[str, list[Contribution]] = {}
    for head in links.heads_of(connection, cluster_of):
        if head.status == "withdrawn" or head.doc is None:
            continue
        found.setdefault(cluster_of[head.source, head.native_id], []).append(
            Contribution(
                source=head.source,
                native_id=head.native_id,
                version=head.version,
                at=iso(head.at) or "",
                authority=sources[head.source].authority if head.source in sources else "aggregator",
                offer=decode_offer(head.doc),
            )
        )
    return found
