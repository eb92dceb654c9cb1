"""A list whose pages its server cannot give, read record by record: ListIdentifiers, then GetRecord. Pure.

What must stay true: the list is what ListIdentifiers says, so one record the server cannot serve never stops its
feed: it is named, rejected, and counts as present. Whether there are too many of them is the verdict's to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from microharvest.connectors.protocols.oai_pmh import lanes  # found by a path hook
from microharvest.connectors.protocols.oai_pmh.doubts import doubts
from microharvest.connectors.protocols.oai_pmh.page import Envelope, Header

from microharvest.kit import Batch, Document, Evidence, Failure, Finding, Rejected, Request

__all__ = ["is_of_the_record", "read_listing", "unserved"]

_BATCH = 200
_OF_THE_RECORD = frozenset(
    ("source.http", "source.not_found", "source.unauthorised", "source.cut", "source.protocol", "source.not_a_feed",
     "source.timeout", "source.too_slow", "source.reset", "source.too_large", "source.bomb", "source.encoding")
)  # fmt: skip


def is_of_the_record(failure: Failure) -> bool:
    """Whether a failed GetRecord may be the record's own fault: never for a server that is not there or busy."""
    return failure.code in _OF_THE_RECORD


def unserved(request: Request, detail: str) -> Rejected:
    """The record a GetRecord asked for in vain."""
    return Rejected(code="record.unserved", detail=detail, native_id=request.carry.get("identifier"))


def read_listing(
    base: str,
    prefix: str,
    headers: Sequence[Header],
    envelope: Envelope,
    request: Request,
    following: Request | None,
    cap: int,
) -> Iterator[Batch]:
    """Tombstones as they stand, one GetRecord for every other header. `cap`: how many of those a list may have."""
    gone = [one for one in headers if one.deleted and one.identifier]
    for start in range(0, len(gone), _BATCH):
        yield Batch(
            documents=tuple(
                Document(native_id=one.identifier, datestamp=one.datestamp, deleted=True, raw_xml=one.element)
                for one in gone[start : start + _BATCH]
            )
        )
    alive = [one.identifier for one in headers if one.identifier and not one.deleted]
    asked = request.carry.get("asked", 0) + len(alive)
    follow = [lanes.single_request(base, prefix, request, identifier) for identifier in alive]
    findings = doubted = doubts(envelope, request)
    ended: bool | None = not envelope.token
    if asked > cap:
        follow, following, ended = follow[: max(0, cap - asked + len(alive))], None, False
        capped = Finding(code="feed.page_cap", detail=f"more than {cap} records to ask one by one")
        findings = (*findings, capped)
    elif following is not None:
        carry = {**following.carry, "asked": asked}
        follow, ended = [*follow, msgspec.structs.replace(following, carry=carry)], None
    evidence = Evidence(
        ended=ended,
        total=envelope.total,
        closed=True,
        whole=not doubted and all(one.identifier for one in headers),
        server_date=lanes.moment_text(envelope.response_date),
    )
    yield Batch(follow=tuple(follow), findings=findings, evidence=evidence)
