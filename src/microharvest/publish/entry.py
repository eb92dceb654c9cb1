"""From a cluster to what the catalogue says of it. Pure but for the heads it is given.

What must stay true (licences travel): an entry is computed from the records of sources that may be shown, and from
nothing else; several sources are put together only where each allows derived work; licence and attribution name every
source of which a value stands in the entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
from msgspec import json

from microharvest.model.decision import Decided
from microharvest.model.golden import Contribution, golden, lasting, sources_used
from microharvest.model.ids import content_hash
from microharvest.model.offer import encode_offer
from microharvest.publish.admission import withheld_because
from microharvest.settings import MergeSettings, PublishSettings
from microharvest.sources import SourceConfig

__all__ = ["Verdict", "judge", "tombstone"]

_encoder = json.Encoder(decimal_format="number", order="deterministic")


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the catalogue has to say of a cluster: `doc` for published ones, `reason` for withheld ones, `decision`
    where a person withheld it."""

    id: str
    state: Literal["published", "withheld", "withdrawn", "merged"]
    doc: bytes = b""
    reason: str | None = None
    decision: int | None = None
    lasting: bytes = b""

    @property
    def doc_hash(self) -> bytes:
        """Tells whether an entry changed. That a source said the same in other bytes is no change of it: version and
        time of a value's origin do not count (`model.golden.lasting`)."""
        return content_hash(self.lasting or self.doc)


def judge(
    cluster: str,
    members: Sequence[Contribution],
    sources: Mapping[str, SourceConfig],
    settings: PublishSettings,
    merge: MergeSettings,
    decided: Mapping[str, Decided] | None = None,
    relations: Sequence[Mapping[str, str]] = (),
) -> Verdict:
    """The verdict over a cluster with these active members. `decided`: fields whose values people gave; `relations`
    to its siblings: kind, entry, direction."""
    if not members:
        return tombstone(cluster, "withdrawn")
    shown = [member for member in members if member.source in sources and sources[member.source].shown]
    if not shown:
        return Verdict(id=cluster, state="withheld", reason="licence")
    offer, provenance = golden(_combinable(shown, sources, merge), merge, decided)
    reason = withheld_because(offer, settings)
    if reason is not None:
        return Verdict(id=cluster, state="withheld", reason=reason)
    used = sorted(sources_used(provenance))
    licences = sorted({sources[name].licence for name in used})
    fields = json.decode(encode_offer(offer), type=dict[str, msgspec.Raw])
    own: dict[str, Any] = {
        "members": [
            {"source": one.source, "native_id": one.native_id, "authority": one.authority}
            for one in sorted(shown, key=lambda one: (one.source.encode(), one.native_id.encode()))
        ],
        "relations": list(relations),
        "provenance": provenance,
        "licences": licences,
        "attribution": sorted({sources[name].credit for name in used}),
    }
    if len(licences) == 1:
        own["licence"] = licences[0]
    if len(shown) < len(members):
        own["members_not_shown"] = len(members) - len(shown)
    doc = {"id": cluster, **fields, **own}
    kept = _encoder.encode({**doc, "provenance": lasting(provenance)})
    return Verdict(id=cluster, state="published", doc=_encoder.encode(doc), lasting=kept)


def tombstone(cluster: str, state: Literal["withdrawn", "merged"], merged_into: str | None = None) -> Verdict:
    """What is left of an entry: its id, and where it went."""
    moved = {"merged_into": merged_into} if merged_into is not None else {}
    return Verdict(id=cluster, state=state, doc=_encoder.encode({"id": cluster, "state": state, **moved}))


def _combinable(
    shown: Sequence[Contribution], sources: Mapping[str, SourceConfig], merge: MergeSettings
) -> Sequence[Contribution]:
    """The members whose sources allow derived work; if none does, the most trusted one alone, as it stands."""
    free = [member for member in shown if sources[member.source].derive == "yes"]
    if free:
        return free
    order = merge.default
    return [min(shown, key=lambda one: (order.index(one.authority), one.source.encode(), one.native_id.encode()))]
