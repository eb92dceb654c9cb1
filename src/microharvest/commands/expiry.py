"""Offers whose accreditation says until when it holds: which have ended, and which soon will."""

from __future__ import annotations

from collections import defaultdict

from microharvest.clock import utc_now
from microharvest.model.offer import decode_offer, without_defaults
from microharvest.quality.assurance import standing_of
from microharvest.store.database import Connection
from microharvest.store.reporting import dated_heads

__all__ = ["dated_offers"]


def dated_offers(connection: Connection, soon_days: int) -> dict[str, list[tuple[str, str]]]:
    """{state of `standing_of`: [(last day, "source/native id")]} of accepted offers whose assurance bears an end."""
    today = utc_now().date()
    states: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for source, native_id, doc in dated_heads(connection):
        standing = standing_of(without_defaults(decode_offer(doc)).quality_assurance, today, soon_days)
        states[standing.state].append((standing.until or "", f"{source}/{native_id}"))
    return dict(states)
