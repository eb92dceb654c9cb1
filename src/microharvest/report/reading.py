"""Offers and entries as reports read them: judged one by one, in pages, never all at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from microharvest.model.offer import decode_offer
from microharvest.publish.judging import Judge, Judged
from microharvest.sources import SourceConfig
from microharvest.store import catalogue as releases
from microharvest.store import exports
from microharvest.store.database import Connection

__all__ = ["entries_judged", "offers_judged"]

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
