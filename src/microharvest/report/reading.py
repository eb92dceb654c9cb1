"""Offers and entries as reports read them: judged one by one, in pages, never all at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from microharvest.clock import utc_now
from microharvest.model.offer import decode_offer, without_defaults
from microharvest.publish.judging import Judge, Judged
from microharvest.quality.assurance import standing_of
from microharvest.sources import SourceConfig
from microharvest.store import catalogue as releases
from microharvest.store import exports
from microharvest.store.database import Connection
from microharvest.store.reporting import dated_heads

__all__ = ["dated_offers", "entries_judged", "offers_judged"]

PAGE = 500


def offers_judged(
    connection: Connection, sources: Mapping[str, SourceConfig], judge: Judge
) -> Iterator[tuple[str, str, Judged]]:
    """(source, native id, offer) of every accepted offer that is not withdrawn."""
    after = ("", "")
    while page := exports.offer_page(connection, after, PAGE):
        for row in page:
            if row.doc and row.status != "withdrawn":
                config = sources.get(row.source)
                authority = config.authority if config is not None else "aggregator"
                offer = decode_offer(row.coded or row.doc)
                yield row.source, row.native_id, judge.offer(offer, {row.source: authority}, row.last_seen)
        after = (page[-1].source, page[-1].native_id)


def entries_judged(connection: Connection, release: int, judge: Judge) -> Iterator[tuple[str, Judged]]:
    """(id, entry) of every published entry of a release."""
    after = ""
    while page := releases.entries_at(connection, release, after, PAGE):
        for entry in page:
            yield entry.id, judge.entry(entry.doc)
        after = page[-1].id


def dated_offers(connection: Connection, soon_days: int) -> Mapping[str, list[tuple[str, str]]]:
    """{state of `standing_of`: [(last day, "source/native id")]} of accepted offers whose assurance bears an end."""
    today, states = utc_now().date(), defaultdict[str, list[tuple[str, str]]](list)
    for source, native_id, doc in dated_heads(connection):
        standing = standing_of(without_defaults(decode_offer(doc)).quality_assurance, today, soon_days)
        states[standing.state].append((standing.until or "", f"{source}/{native_id}"))
    return states
