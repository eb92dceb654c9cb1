"""Golden records in the form in which they are stored, and the heads they are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import json

from microharvest.clock import iso
from microharvest.link.clustering import Record
from microharvest.link.standing import standing
from microharvest.model.golden import Contribution, golden, lasting
from microharvest.model.ids import content_hash
from microharvest.model.offer import decode_offer, encode_offer
from microharvest.settings import Authority, MergeSettings
from microharvest.sources import SourceConfig
from microharvest.store import links
from microharvest.store.database import Connection

__all__ = ["ToMerge", "golden_part", "golden_row", "read_heads", "says_the_same"]

_encoder = json.Encoder(decimal_format="number", order="deterministic")
Head = tuple[str, str, int, str, Authority, bytes]
"""An accepted record that is there (active or missing): source, native id, version, its time, authority, offer."""


class ToMerge(msgspec.Struct, array_like=True):
    """A cluster, the heads of its members, and the decisions on its values."""

    cluster: str
    heads: list[Head]
    decisions: Sequence[Any] = ()


def read_heads(
    connection: Connection, records: Iterable[Record], sources: Mapping[str, SourceConfig]
) -> dict[Record, Head]:
    """The heads of those records that are there."""
    return {
        (source, native_id): (source, native_id, version, iso(at) or "", authority_of(sources, source), doc)
        for source, native_id, status, version, at, doc in links.heads_of(connection, records, coded=True)
        if status != "withdrawn" and doc is not None
    }


def authority_of(sources: Mapping[str, SourceConfig], source: str) -> Authority:
    """What a source is trusted for; one whose file is gone is trusted least."""
    return sources[source].authority if source in sources else "aggregator"


def golden_part(job: tuple[Sequence[ToMerge], MergeSettings, datetime]) -> list[dict[str, Any]]:
    """A worker's job: the rows of clusters."""
    return [golden_row(one, *job[1:]) for one in job[0]]


def golden_row(cluster: ToMerge, merge: MergeSettings, now: datetime) -> dict[str, Any]:
    """The row of `golden`: `members` is JSON [[source, native_id, version]], sorted by bytes."""
    contributions = [
        Contribution(source=source, native_id=native_id, version=version, at=at, authority=authority,
                     offer=decode_offer(doc))
        for source, native_id, version, at, authority, doc in cluster.heads
    ]  # fmt: skip
    decided = standing(cluster.decisions, [one.offer for one in contributions]).decided
    offer, provenance = golden(contributions, merge, decided)
    doc = encode_offer(offer)
    members = sorted(
        ([one.source, one.native_id, one.version] for one in contributions),
        key=lambda row: (str(row[0]).encode(), str(row[1]).encode()),
    )
    return {
        "cluster_id": cluster.cluster,
        "doc": doc,
        "doc_hash": content_hash(doc),
        "provenance": _encoder.encode(provenance),
        "members": json.encode(members).decode(),
        "updated": now,
    }


def says_the_same(old: Any, row: Mapping[str, Any]) -> bool:
    """Whether a stored golden row and a new one differ in nothing but the versions their values came from."""
    if old.doc != row["doc"]:
        return False
    if old.provenance == row["provenance"] and old.members == row["members"]:
        return True
    before, after = json.decode(old.members), json.decode(row["members"])
    if [member[:2] for member in before] != [member[:2] for member in after]:
        return False
    return lasting(json.decode(old.provenance)) == lasting(json.decode(row["provenance"]))
