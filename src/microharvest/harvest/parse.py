"""Reading one body: protocol, dialect and normalisers over a spooled answer, in parcels. Pure but for the file.

Runs inside a parse process (or inline in tests). One bad record never stops its feed: whatever a dialect raises
is caught here, per record, and the record's bytes go to quarantine. This is the outermost boundary of foreign
input, hence the one broad `except`.
"""

from __future__ import annotations

import errno
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Protocol as TypingProtocol

import msgspec

from microharvest.kit.credential import is_credential_text
from microharvest.kit.dialect import Dialect
from microharvest.kit.document import Document
from microharvest.kit.draft import Draft
from microharvest.kit.protocol import Batch, Body, Evidence, Finding, Protocol, Refused, Rejected, Request
from microharvest.kit.readers import Unreadable
from microharvest.kit.record import Record
from microharvest.map.apply import Defaults, apply_draft
from microharvest.model.ids import MAX_NATIVE_ID_BYTES, content_hash, id_hash
from microharvest.model.offer import encode_offer
from microharvest.store.parcel import Landed, Parcel

__all__ = ["MAX_RECORD_BYTES", "KnownHashes", "Reading", "map_one", "parse_body", "parse_documents", "parse_records"]

MAX_RECORD_BYTES = 16 * 1024 * 1024
MAX_PARCEL_BYTES = 1 * 1024 * 1024
_issues = msgspec.json.Encoder()


class KnownHashes(TypingProtocol):
    """Accepted raw hashes by id hash; a dict is one."""

    def get(self, id_hash: int, /) -> bytes | None:
        """The accepted raw hash of an id, or None."""
        ...


class Reading(msgspec.Struct, kw_only=True):
    """Everything that stays the same from body to body of one run.

    `known`: id hash -> raw hash of accepted records mapped with the present mapping version.
    """

    protocol: Protocol
    dialect: Dialect
    defaults: Defaults
    known: KnownHashes
    batch_size: int = 500


class _Open:
    """The parcel being filled. `weight`: bytes of its records, for a few large ones fill it as well as many do."""

    def __init__(self) -> None:
        self.weight = 0
        self.landed: list[Landed] = []
        self.rejected: list[Rejected] = []
        self.findings: list[Finding] = []
        self.not_offers: dict[str, int] = {}
        self.unmapped: dict[str, tuple[int, str]] = {}

    def add(self, landed: Landed) -> None:
        self.landed.append(landed)
        self.weight += len(landed.raw) + len(landed.doc)

    def reject(self, rejected: Rejected) -> None:
        self.rejected.append(rejected)
        self.weight += len(rejected.content)

    @property
    def is_named(self) -> bool:
        """Whatever was refused says by which id it would have been missed."""
        return all(one.native_id for one in self.rejected)

    def is_full(self, size: int) -> bool:
        return len(self.landed) + len(self.rejected) >= size or self.weight >= MAX_PARCEL_BYTES

    def close(self) -> Parcel:
        return Parcel(
            landed=self.landed,
            rejected=self.rejected,
            findings=self.findings,
            not_offers=self.not_offers,
            unmapped=self.unmapped,
        )


def parse_body(reading: Reading, body: Body, request: Request) -> Iterator[Parcel]:
    """Parcels of at most `batch_size` records; the last one has `last=True` with follow-ups and evidence.

    An exception out of a protocol is our bug: it ends the answer as `Refused(run.connector, fatal)`.
    """
    follow: list[Request] = []
    evidence: list[Evidence] = []
    state: dict[str, object] = {}
    refused: Refused | None = None
    named = True
    parcel = _Open()
    if getattr(reading.dialect, "one_record", False) and reading.known:
        body = msgspec.structs.replace(body, recognise=partial(_recognised, reading.known))
    answers = _guarded(reading.protocol.parse, body, request)
    for answer in answers:
        if isinstance(answer, Refused):
            refused = answer
            break
        follow.extend(answer.follow)
        parcel.findings.extend(answer.findings)
        state.update(answer.state)
        if answer.evidence is not None:
            evidence.append(answer.evidence)
        try:
            documents = (_outcomes(reading.dialect, one) for one in answer.documents)
            for outcome in chain(answer.rejected, chain.from_iterable(documents)):
                _take(reading, outcome, parcel)
                if parcel.is_full(reading.batch_size):
                    named = named and parcel.is_named
                    yield parcel.close()
                    parcel = _Open()
        except Unreadable as error:
            refused = Refused(code=error.code, then="fatal", detail=error.detail)
            break
    told = _sum(evidence)
    if told is not None and not (named and parcel.is_named):
        told = msgspec.structs.replace(told, whole=False)  # the nameless one may be one that is missed
    yield msgspec.structs.replace(parcel.close(), last=True, follow=follow, evidence=told, state=state, refused=refused)


def parse_records(reading: Reading, records: Iterable[Record | Rejected]) -> Parcel:
    """One parcel of records that are at hand: those of stored bytes."""
    parcel = _Open()
    for record in records:
        _take(reading, record, parcel)
    return parcel.close()


def parse_documents(reading: Reading, documents: Iterable[Document]) -> Parcel:
    """The same, of documents that are still to be cut."""
    return parse_records(reading, chain.from_iterable(_cut(reading.dialect, one) for one in documents))


def map_one(dialect: Dialect, defaults: Defaults, record: Record) -> tuple[bytes, str, Draft]:
    """(encoded offer, issues as JSON, draft) of one record; raises whatever the dialect raises."""
    draft = Draft()
    dialect.map_record(record, draft)
    if draft.refused:
        return b"", "[]", draft
    mapped = apply_draft(draft, defaults)
    return encode_offer(mapped.offer), _issues.encode(mapped.issues).decode(), draft


def _guarded(
    parse: Callable[[Body, Request], Iterator[Batch | Refused]], body: Body, request: Request
) -> Iterator[Batch | Refused]:
    try:
        yield from parse(body, request)
    except OSError as error:  # what a reader unpacks waits on disk
        code = "store.full" if error.errno in {errno.ENOSPC, errno.EDQUOT} else "run.connector"
        yield Refused(code=code, then="fatal", detail=f"Unpacking the answer: {error.strerror}.")
    except Exception as error:  # noqa: BLE001 - the boundary: a connector's bug must not end the daemon
        yield Refused(code="run.connector", then="fatal", detail=f"{type(error).__name__}: {error}"[:300])


def _recognised(known: KnownHashes, native_id: str, raw: bytes) -> bytes | None:
    raw_hash = content_hash(raw)
    return raw_hash if known.get(id_hash(native_id)) == raw_hash else None


def _outcomes(dialect: Dialect, document: Document) -> Iterator[Record | Rejected | Landed]:
    if document.accepted and document.native_id:
        hashed = id_hash(document.native_id)
        yield Landed(document.native_id, hashed, document.accepted, document.datestamp, document.deleted, True)
    else:
        yield from _cut(dialect, _readable(dialect, document))


def _readable(dialect: Dialect, document: Document) -> Document:
    """A document of objects as a tree, for a dialect that reads nothing else. Raises Unreadable source.too_large."""
    if document.objects is None or getattr(dialect, "reads_objects", False):
        return document
    return msgspec.structs.replace(document, xml=document.objects.tree(), objects=None)


def _cut(dialect: Dialect, document: Document) -> Iterator[Record | Rejected]:
    try:
        yield from dialect.cut(document)
    except Exception as error:  # noqa: BLE001 - the boundary, see above
        detail = f"{type(error).__name__}: {error}"[:300]
        yield Rejected(code="record.unmappable", detail=detail, native_id=document.native_id)


def _take(reading: Reading, outcome: Record | Rejected | Landed, parcel: _Open) -> None:
    if isinstance(outcome, Landed):
        parcel.add(outcome)
        return
    if isinstance(outcome, Rejected):
        _reject(parcel, outcome)
        return
    record = outcome
    native_id = record.native_id
    problem = _unusable(native_id, record)
    if problem or native_id is None:
        code = problem or "record.no_identifier"
        named = native_id if code == "record.too_large" else None  # it is there, and counts as present
        rejected = Rejected(code=code, native_id=named, content=record.raw, media_type=record.media_type)
        _reject(parcel, rejected)
        return
    hashed, raw_hash = id_hash(native_id), content_hash(record.raw)
    if reading.known.get(hashed) == raw_hash:
        parcel.add(Landed(native_id, hashed, raw_hash, record.datestamp, record.deleted, True))
        return
    if record.deleted:
        parcel.add(
            Landed(
                native_id, hashed, raw_hash, record.datestamp, True, False,
                record.media_type, zlib.compress(record.raw, 1), b"", content_hash(b""), "[]", record.url,
            )
        )  # fmt: skip
        return
    try:
        doc, issues, draft = map_one(reading.dialect, reading.defaults, record)
        unread = [] if draft.refused else list(record.unread())
    except Exception as error:  # noqa: BLE001 - the boundary, see above
        detail = f"{type(error).__name__}: {error}"[:300]
        rejected = Rejected(code="record.unmappable", detail=detail, native_id=native_id, content=record.raw)
        _reject(parcel, msgspec.structs.replace(rejected, media_type=record.media_type))
        return
    if draft.refused:
        parcel.not_offers[draft.refused] = parcel.not_offers.get(draft.refused, 0) + 1
        return
    for path, example in unread:
        count, first = parcel.unmapped.get(path, (0, example))
        parcel.unmapped[path] = (count + 1, first)
    parcel.add(
        Landed(
            native_id, hashed, raw_hash, record.datestamp, False, False,
            record.media_type, zlib.compress(record.raw, 1), doc, content_hash(doc), issues, record.url,
        )
    )  # fmt: skip


def _reject(parcel: _Open, rejected: Rejected) -> None:
    """To quarantine with its bytes; but the bytes of a learner's credential are kept nowhere (rule 12)."""
    if is_credential_text(rejected.content):
        code = "record.credential_refused"
        parcel.not_offers[code] = parcel.not_offers.get(code, 0) + 1
    elif len(rejected.content) > MAX_RECORD_BYTES:
        parcel.reject(msgspec.structs.replace(rejected, content=rejected.content[:MAX_RECORD_BYTES]))
    else:
        parcel.reject(rejected)


def _unusable(native_id: str | None, record: Record) -> str | None:
    if not native_id:
        return "record.no_identifier"
    if len(native_id.encode()) > MAX_NATIVE_ID_BYTES:
        return "record.identifier_too_long"
    if "\x00" in native_id or (not native_id.isascii() and any("\ud800" <= char <= "\udfff" for char in native_id)):
        return "record.no_identifier"  # no database keeps these, and no feed means them
    if len(record.raw) > MAX_RECORD_BYTES:
        return "record.too_large"
    return None


def _sum(parts: list[Evidence]) -> Evidence | None:
    """Several pieces of evidence of one answer as one: a broken end outweighs an ending, totals take the largest."""
    if not parts:
        return None
    ends = [part.ended for part in parts if part.ended is not None]
    totals = [part.total for part in parts if part.total is not None]
    dates = chain((part.server_date for part in parts if part.server_date), (None,))
    return Evidence(
        ended=None if not ends else all(ends),
        total=max(totals) if totals else None,
        closed=any(part.closed for part in parts),
        whole=all(part.whole for part in parts),
        server_date=next(dates),
    )
