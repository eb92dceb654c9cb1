"""Reading clusters and judging them, in batches. Reads the store, writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import json

from microharvest.clock import iso
from microharvest.model.decision import Decided, provider_names, spoken
from microharvest.model.golden import Contribution
from microharvest.model.ids import content_hash
from microharvest.model.offer import decode_offer
from microharvest.publish.entry import Verdict, judge, tombstone
from microharvest.settings import MergeSettings, PublishSettings
from microharvest.sources import SourceConfig
from microharvest.store import decisions, exports, links, matching
from microharvest.store.database import Connection

__all__ = ["Seen", "read_verdicts"]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict, and a mark that changes whenever link or a person changes what is to be said of the cluster."""

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
    withheld = _withheld(connection, views)
    related = _relations(connection, ids)
    marks = {view.id: _mark(view, withheld.get(view.id), related.get(view.id)) for view in views}
    if not judged:
        return [Seen(verdict=Verdict(id=view.id, state="withdrawn"), mark=marks[view.id]) for view in views]
    members = _contributions(connection, views, sources)
    into = {
        row.old_id: row.new_id
        for row in links.redirects_of(connection, [view.id for view in views if view.state == "merged"])
        if row.reason == "merged_into"
    }
    found = []
    for view in views:
        own, number = members.get(view.id, []), withheld.get(view.id)
        if view.state == "merged":
            verdict = tombstone(view.id, "merged", into.get(view.id))
        elif own and number is not None:
            verdict = Verdict(id=view.id, state="withheld", reason="decision", decision=number)
        else:
            verdict = judge(view.id, own, sources, settings, merge, _decided(view), related.get(view.id, ()))
        found.append(Seen(verdict=verdict, mark=marks[view.id]))
    return found


def _mark(view: Any, withheld: int | None, related: Sequence[Mapping[str, str]] | None) -> str:
    golden = b"" if view.doc is None else view.doc_hash + view.provenance
    return f"{view.state}\x1f{content_hash(golden).hex()}\x1f{view.members}\x1f{withheld or ''}\x1f{related or ''}"


def _relations(connection: Connection, ids: Sequence[str]) -> dict[str, list[dict[str, str]]]:
    """{cluster: [{kind, entry, direction}]}: `to`, the other entry follows, contains or renews this one; `from`, this
    one does; `both`, neither comes first."""
    found: dict[str, list[dict[str, str]]] = {}
    for own, rows in matching.relations_of(connection, ids).items():
        for row in rows:
            other, way = (row.other_id, "to") if row.one_id == own else (row.one_id, "from")
            way = "both" if row.kind == "elsewhere" else way
            found.setdefault(own, []).append({"kind": row.kind, "entry": other, "direction": way})
    return found


def _withheld(connection: Connection, views: Sequence[Any]) -> dict[str, int]:
    """The decision that keeps a cluster out, by cluster: on the entry, else on the provider of its golden record."""
    found = decisions.entry_withholds(connection, [view.id for view in views])
    providers = {spoken(name): number for name, number in decisions.provider_withholds(connection).items()}
    for view in views if providers else ():
        if view.doc is not None and view.id not in found:
            numbers = [providers[name] for name in provider_names(decode_offer(view.doc).provider) if name in providers]
            found.update({view.id: min(numbers)} if numbers else {})
    return found


def _decided(view: Any) -> dict[str, Decided]:
    """The fields of the golden record whose values people gave: link knows which of them stand."""
    if view.doc is None or b'"rule":"decision"' not in view.provenance:
        return {}
    offer, provenance = decode_offer(view.doc), json.decode(view.provenance)
    return {
        field: Decided(getattr(offer, field), origin["decision"], origin["at"])
        for field, origin in provenance.items()
        if origin["rule"] == "decision"
    }


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
    for head in links.heads_of(connection, cluster_of, coded=True):
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
