"""The harvest schema: sources, runs, requests, versions, the change log. What must stay true:

- a version is visible only through `record.head`, and heads move only in the transaction that accepts a run;
- identity is (source, native id), compared by bytes; equality across sources exists only in `member`;
- `change.seq` is handed out from one counter row locked last, so it is in commit order;
- every write of a harvest goes through a guarded update of its request under the source's fence.

JSON columns are text holding JSON, encoded by msgspec: the database never looks inside.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, Float, Index, Integer, MetaData, UniqueConstraint
from sqlmodel import SQLModel

from microharvest.store.columns import BIG, BLOB, ID_TEXT, MOMENT, column, required

__all__ = [
    "ActionRow",
    "AliasRow",
    "BodyRow",
    "ChangeRow",
    "ClusterRow",
    "CodedRow",
    "ConceptKeyRow",
    "ConceptLabelRow",
    "ConceptRow",
    "CounterRow",
    "FindingRow",
    "ForgottenRow",
    "GoldenRow",
    "HarvestBase",
    "HostRow",
    "MemberRow",
    "NodeRow",
    "OutboxRow",
    "QuarantineRow",
    "RecordRow",
    "RedirectRow",
    "RequestRow",
    "RunRow",
    "SourceRow",
    "TouchedClusterRow",
    "TouchedRow",
    "UnmappedRow",
    "ValidatorRow",
    "VersionRow",
    "VocabularyRow",
]

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class HarvestBase(SQLModel):
    """Base of every table of the harvest schema."""

    metadata = MetaData(naming_convention=NAMING)


class NodeRow(HarvestBase, table=True):
    """One row: who this store is. Made by `init`; part of every public id."""

    __tablename__ = "node"
    id: int = column(Integer(), key=True)
    node_id: str = required()
    created: datetime = required(MOMENT)


class CounterRow(HarvestBase, table=True):
    """Named counters; `change` gives the change log its order."""

    __tablename__ = "counter"
    name: str = column(key=True)
    value: int = required(BIG)


class SourceRow(HarvestBase, table=True):
    """What the store remembers of a source: lease and fence, due time, watermark, protocol state."""

    __tablename__ = "source"
    id: str = column(ID_TEXT, key=True)
    life: str = required(default="active")
    created: datetime = required(MOMENT)
    lease_owner: str | None = column()
    lease_until: datetime | None = column(MOMENT)
    fence: int = required(BIG, default=0)
    next_due: datetime | None = column(MOMENT)
    last_started: datetime | None = column(MOMENT)
    last_ended: datetime | None = column(MOMENT)
    last_complete: datetime | None = column(MOMENT)
    last_full: datetime | None = column(MOMENT)
    accepted_run: int | None = column(BIG)
    pinned_run: int | None = column(BIG)
    failures: int = required(Integer(), default=0)
    watermark: str | None = column()
    protocol_state: str = required(default="{}")
    settings_hash: str | None = column()
    title: str | None = column()
    redistribute: str | None = column()


class RunRow(HarvestBase, table=True):
    """One harvest (or one mapping again, a revert, a replay) of a source: outcome, scope and acceptance are separate.

    `held_code`: the cause of a hold; `held_detail`: JSON, [[what, words], ...], what a person needs to judge it.
    """

    __tablename__ = "run"
    id: int | None = column(BIG, key=True)
    source: str = required(ID_TEXT, index=True)
    kind: str = required(default="harvest")
    state: str = required(default="running")
    scope: str = required(default="full")
    outcome: str | None = column()
    acceptance: str | None = column()
    held_because: str | None = column()
    plan: bool = required(Boolean(), default=False)
    item_limit: int | None = column(Integer())
    unproven: bool = required(Boolean(), default=False)
    fence: int = required(BIG, default=0)
    owner: str | None = column()
    started: datetime = required(MOMENT)
    ended: datetime | None = column(MOMENT)
    accepted_at: datetime | None = column(MOMENT)
    base_run: int | None = column(BIG)
    server_date: str | None = column()
    start_state: str = required(default="{}")
    new_state: str = required(default="{}")
    counts: str = required(default="{}")
    issues: str = required(default="{}")
    settings_hash: str | None = column()
    map_version: str | None = column()
    error_code: str | None = column()
    error: str | None = column()
    held_code: str | None = column()
    held_detail: str | None = column()


class RequestRow(HarvestBase, table=True):
    """One thing a run asks for. `seen` packs the id hashes it delivered, 8 bytes each, in document order."""

    __tablename__ = "request"
    run: int = column(BIG, key=True)
    key: str = column(key=True)
    ordinal: int = required(BIG)
    parent: str | None = column()
    lane: str = required()
    kind: str = required()
    generation: int = required(Integer(), default=0)
    depth: int = required(Integer(), default=0)
    method: str = required(default="GET")
    url: str = required()
    url_key: str = required()
    body: bytes | None = column(BLOB)
    headers: str = required(default="{}")
    carry: str = required(default="{}")
    conditional: bool = required(Boolean(), default=False)
    state: str = required(default="pending")
    batches: int = required(Integer(), default=0)
    records: int = required(Integer(), default=0)
    seen: bytes | None = column(BLOB)
    ended: bool | None = column(Boolean())
    total: int | None = column(BIG)
    closed: bool = required(Boolean(), default=False)
    proof: str | None = column()
    body_id: int | None = column(BIG)
    sha256: str | None = column()
    etag: str | None = column()
    last_modified: str | None = column()
    taken_from_run: int | None = column(BIG)
    taken_from_key: str | None = column()
    code: str | None = column()
    detail: str | None = column()
    done_at: datetime | None = column(MOMENT)
    __table_args__ = (Index("ix_request_run_state_ordinal", "run", "state", "ordinal"),)


class BodyRow(HarvestBase, table=True):
    """Where bytes came from: one row per answer, with address (redacted), status, headers, hash and proof."""

    __tablename__ = "body"
    id: int | None = column(BIG, key=True)
    run: int = required(BIG, index=True)
    key: str = required()
    url: str = required()
    at: datetime = required(MOMENT)
    status: int = required(Integer())
    headers: str = required(default="{}")
    sha256: str = required()
    wire_bytes: int = required(BIG)
    size: int = required(BIG)
    proof: str = required()
    seconds: float = required(Float(), default=0.0)


class RecordRow(HarvestBase, table=True):
    """What a source says under one native id, as accepted. `head` is the version that counts."""

    __tablename__ = "record"
    source: str = column(ID_TEXT, key=True)
    native_id: str = column(ID_TEXT, key=True)
    id_hash: int = required(BIG)
    head: int = required(BIG)
    raw_hash: bytes = required(BLOB)
    doc_hash: bytes = required(BLOB)
    map_version: str = required()
    status: str = required(default="active")
    first_seen: datetime = required(MOMENT)
    last_seen: datetime = required(MOMENT)
    missing_since: datetime | None = column(MOMENT)
    missing_runs: int = required(Integer(), default=0)


class VersionRow(HarvestBase, table=True):
    """A record's content as one run saw it: its own bytes (zlib), the mapped offer (JSON), its issues.

    `raw_of`: the version that holds the bytes, where this one was only mapped again. `place` orders repeated
    ids within a run: lane, depth, position, comparable by bytes.
    """

    __tablename__ = "version"
    id: int | None = column(BIG, key=True)
    run: int = required(BIG)
    source: str = required(ID_TEXT)
    native_id: str = required(ID_TEXT)
    id_hash: int = required(BIG)
    request_key: str | None = column()
    url: str | None = column()
    place: str = required(ID_TEXT)
    datestamp: str | None = column()
    deleted: bool = required(Boolean(), default=False)
    media_type: str = required()
    raw: bytes | None = column(BLOB)
    raw_of: int | None = column(BIG)
    raw_hash: bytes = required(BLOB)
    doc: bytes | None = column(BLOB)
    doc_hash: bytes = required(BLOB)
    issues: str = required(default="[]")
    map_version: str = required()
    created: datetime = required(MOMENT)
    __table_args__ = (
        UniqueConstraint("run", "native_id"),
        Index("ix_version_source_native_id", "source", "native_id"),
    )


class ChangeRow(HarvestBase, table=True):
    """The change log: added, changed, missing, withdrawn, returned; in commit order, never rewritten."""

    __tablename__ = "change"
    seq: int = column(BIG, key=True)
    at: datetime = required(MOMENT)
    run: int = required(BIG, index=True)
    source: str = required(ID_TEXT)
    native_id: str = required(ID_TEXT)
    kind: str = required()
    version: int = required(BIG)
    prior: int | None = column(BIG)
    __table_args__ = (Index("ix_change_source_native_id", "source", "native_id"),)


class TouchedRow(HarvestBase, table=True):
    """Records whose accepted state changed since link last looked; link consumes the rows."""

    __tablename__ = "touched"
    source: str = column(ID_TEXT, key=True)
    native_id: str = column(ID_TEXT, key=True)


class TouchedClusterRow(HarvestBase, table=True):
    """Clusters whose golden record or membership changed since publish last looked."""

    __tablename__ = "touched_cluster"
    cluster_id: str = column(ID_TEXT, key=True)


class OutboxRow(HarvestBase, table=True):
    """Notices that leave the store after their transaction committed."""

    __tablename__ = "outbox"
    id: int | None = column(BIG, key=True)
    at: datetime = required(MOMENT)
    topic: str = required()
    payload: str = required(default="{}")
    delivered: datetime | None = column(MOMENT)


class FindingRow(HarvestBase, table=True):
    """What a run noticed about its feed (not about one record): code, count, an example."""

    __tablename__ = "finding"
    run: int = column(BIG, key=True)
    code: str = column(key=True)
    count: int = required(BIG, default=0)
    example: str = required(default="")


class UnmappedRow(HarvestBase, table=True):
    """Source values nobody read, by path, of the last run that mapped everything."""

    __tablename__ = "unmapped"
    run: int = column(BIG, key=True)
    path: str = column(ID_TEXT, key=True)
    count: int = required(BIG, default=0)
    example: str = required(default="")


class QuarantineRow(HarvestBase, table=True):
    """Input that could not be used, whole, for a stated time. `media_type`: of a record's own bytes, else None."""

    __tablename__ = "quarantine"
    id: int | None = column(BIG, key=True)
    source: str = required(ID_TEXT, index=True)
    run: int = required(BIG)
    request_key: str | None = column()
    native_id: str | None = column(ID_TEXT)
    code: str = required()
    detail: str = required(default="")
    content: bytes | None = column(BLOB)
    at: datetime = required(MOMENT)
    expires: datetime = required(MOMENT)
    media_type: str | None = column()


class ValidatorRow(HarvestBase, table=True):
    """What makes the next request of a URL conditional; written with acceptance only."""

    __tablename__ = "validator"
    source: str = column(ID_TEXT, key=True)
    url_key: str = column(key=True)
    etag: str | None = column()
    last_modified: str | None = column()
    sha256: str = required()
    run: int = required(BIG)
    key: str = required()
    settings_hash: str = required()


class HostRow(HarvestBase, table=True):
    """Hosts that asked to wait (Retry-After), shared by all sources."""

    __tablename__ = "host"
    host: str = column(key=True)
    not_before: datetime = required(MOMENT)


class ActionRow(HarvestBase, table=True):
    """What a person did: who, when, what, why, before and after. Append-only."""

    __tablename__ = "action"
    id: int | None = column(BIG, key=True)
    at: datetime = required(MOMENT)
    who: str = required()
    what: str = required()
    subject: str = required()
    why: str = required(default="")
    before: str = required(default="")
    after: str = required(default="")


class AliasRow(HarvestBase, table=True):
    """A record that goes on under another native id, as a person approved it: who re-keyed keeps its public id."""

    __tablename__ = "alias"
    source: str = column(ID_TEXT, key=True)
    old_id: str = column(ID_TEXT, key=True)
    new_id: str = required(ID_TEXT)
    run: int = required(BIG)
    at: datetime = required(MOMENT)


class ForgottenRow(HarvestBase, table=True):
    """What must never come back, as a keyed hash: a value of `words` words, or a record (`words` 0).

    `done`: when everything stored was cleaned of it; None: that was interrupted.
    """

    __tablename__ = "forgotten"
    digest: str = column(key=True)
    salt: str = required()
    words: int = required(Integer(), default=0)
    at: datetime = required(MOMENT)
    done: datetime | None = column(MOMENT)


class ClusterRow(HarvestBase, table=True):
    """Offers that are the same. The id is minted once and never re-used."""

    __tablename__ = "cluster"
    id: str = column(ID_TEXT, key=True)
    source: str = required(ID_TEXT)
    native_id: str = required(ID_TEXT)
    n: int = required(Integer(), default=0)
    created: datetime = required(MOMENT)
    state: str = required(default="active")


class MemberRow(HarvestBase, table=True):
    """Which cluster a record belongs to. Withdrawn records keep their row: they vote for the id."""

    __tablename__ = "member"
    source: str = column(ID_TEXT, key=True)
    native_id: str = column(ID_TEXT, key=True)
    cluster_id: str = required(ID_TEXT, index=True)


class RedirectRow(HarvestBase, table=True):
    """Ids that moved: merges (`merged_into`) and splits (`split_from`), and in which pass of link. Append-only."""

    __tablename__ = "redirect"
    id: int | None = column(BIG, key=True)
    old_id: str = required(ID_TEXT, index=True)
    new_id: str = required(ID_TEXT)
    reason: str = required()
    at: datetime = required(MOMENT)
    run: int | None = column(BIG)


class GoldenRow(HarvestBase, table=True):
    """The golden record of a cluster: per field value, source record, rule, time, and the losing values."""

    __tablename__ = "golden"
    cluster_id: str = column(ID_TEXT, key=True)
    doc: bytes = required(BLOB)
    doc_hash: bytes = required(BLOB)
    provenance: bytes = required(BLOB)
    members: str = required(default="[]")
    updated: datetime = required(MOMENT)


class VocabularyRow(HarvestBase, table=True):
    """One edition of a published vocabulary that was imported; editions stand side by side."""

    __tablename__ = "vocabulary"
    kind: str = column(ID_TEXT, key=True)
    edition: str = column(ID_TEXT, key=True)
    imported: datetime = required(MOMENT)
    files: str = required(default="[]")


class ConceptRow(HarvestBase, table=True):
    """A concept of an edition: its URI, what the publisher says it is, and until when it holds (ISO dates)."""

    __tablename__ = "concept"
    kind: str = column(ID_TEXT, key=True)
    edition: str = column(ID_TEXT, key=True)
    uri: str = column(ID_TEXT, key=True)
    type: str = required(default="")
    code: str = required(default="")
    status: str = required(default="")
    country: str = required(default="")
    valid_from: str = required(default="")
    valid_to: str = required(default="")


class ConceptKeyRow(HarvestBase, table=True):
    """By what an organisation of a register is found: `map.published.register`."""

    __tablename__ = "concept_key"
    kind: str = column(ID_TEXT, key=True)
    edition: str = column(ID_TEXT, key=True)
    key: str = column(ID_TEXT, key=True)
    uri: str = column(ID_TEXT, key=True)


class ConceptLabelRow(HarvestBase, table=True):
    """The names of a concept in one language; `others` is JSON."""

    __tablename__ = "concept_label"
    kind: str = column(ID_TEXT, key=True)
    edition: str = column(ID_TEXT, key=True)
    uri: str = column(ID_TEXT, key=True)
    language: str = column(ID_TEXT, key=True)
    text: str = required()
    others: str = required(default="[]")


class CodedRow(HarvestBase, table=True):
    """What imported vocabularies add to a record's offer. It counts while `doc_hash` is that of the accepted offer.

    `asks`: the kinds of vocabularies that bear on it; `rules`: a hash of coding's version and of their editions;
    `doc`: the offer with its links, None where there are none; `issues`: JSON, beside those of the mapping.
    """

    __tablename__ = "coded"
    source: str = column(ID_TEXT, key=True)
    native_id: str = column(ID_TEXT, key=True)
    doc_hash: bytes = required(BLOB)
    asks: str = required(default="")
    rules: str = required(default="")
    doc: bytes | None = column(BLOB)
    issues: str = required(default="[]")
