"""Golden records in the form in which they are stored, and the heads they are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import json

from microharvest.clock import iso
from microharvest.link.clustering import Record
from microharvest.model.decision import Decided
from microharvest.model.golden import Contribution, golden, lasting
from microharvest.model.ids import content_hash
from microharvest.model.offer import Offer, decode_offer, encode_offer
from microharvest.settings import Authority, MergeSettings
from microharvest.sources import SourceConfig
from microharvest.store import links
from microharvest.store.database import Connection

__all__ = ["Head", "authority_of", "golden_row", "read_heads", "says_the_same"]

_encoder = json.Encoder(decimal_format="number", order="deterministic")


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted record that is there (active or missing): version number, its time, offer."""

    source: str
    native_id: str
    version: int
    at: Any
    offer: Offer


def read_heads(connection: Connection, records: Iterable[Record]) -> dict[Record, Head]:
    """The heads of those records that are there."""
    return {
        (row.source, row.native_id): Head(
            source=row.source, native_id=row.native_id, version=row.version, at=row.at, offer=decode_offer(row.doc)
        )
        for row in links.heads_of(connection, records, coded=True)
        if row.status != "withdrawn" and row.doc is not None
    }


def authority_of(sources: Mapping[str, SourceConfig], source: str) -> Authority:
    """What a source is trusted for; one whose file is gone is trusted least."""
    return sources[source].authority if source in sources else "aggregator"


def golden_row(
    cluster: str,
    heads: Sequence[Head],
    sources: Mapping[str, SourceConfig],
    merge: MergeSettings,
    now: datetime,
    decided: Mapping[str, Decided],
) -> dict[str, Any]:
    """The row of `golden`: `members` is JSON [[source, native_id, version]], sorted by bytes.

    `decided`: the values that people gave to its fields.
    """
    contributions = [
        Contribution(
            source=head.source,
            native_id=head.native_id,
            version=head.version,
            at=iso(head.at) or "",
            authority=authority_of(sources, head.source),
            offer=head.offer,
        )
        for head in heads
    ]
    offer, provenance = golden(contributions, merge, decided)
    doc = encode_offer(offer)
    members = sorted(
        ([one.source, one.native_id, one.version] for one in contributions),
        key=lambda row: (str(row[0]).encode(), str(row[1]).encode()),
    )
    return {
        "cluster_id": cluster,
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
