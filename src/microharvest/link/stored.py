"""A golden record in the form in which it is stored. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import json

from microharvest.clock import iso
from microharvest.link.neighbourhood import Head
from microharvest.model.decision import Decided
from microharvest.model.golden import Contribution, golden
from microharvest.model.ids import content_hash
from microharvest.model.offer import encode_offer
from microharvest.settings import Authority, MergeSettings
from microharvest.sources import SourceConfig

__all__ = ["authority_of", "golden_row"]

_encoder = json.Encoder(decimal_format="number", order="deterministic")


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
            source=head.facts.source,
            native_id=head.facts.native_id,
            version=head.version,
            at=iso(head.at) or "",
            authority=authority_of(sources, head.facts.source),
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
