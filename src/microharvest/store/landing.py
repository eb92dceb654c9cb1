"""Storing what a batch brought: one transaction per batch, under the fence, nothing visible yet.

A version is written only for new or changed content. One id twice in a run has one winner whatever the commit
order: the highest datestamp, else one that is alive, else the first in document order (`place`); the unique (run,
native id) holds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, text, update

from microharvest.errors import RunError
from microharvest.kit.protocol import Body, Rejected, Request
from microharvest.model.ids import id_hash
from microharvest.store.database import table_of, upsert
from microharvest.store.harvest_tables import (
    BodyRow,
    FindingRow,
    QuarantineRow,
    RequestRow,
    UnmappedRow,
    VersionRow,
)
from microharvest.store.parcel import Landed, Parcel

__all__ = [
    "Arrival",
    "Occurrence",
    "add_findings",
    "begin_batch",
    "contest_heads",
    "finish_request",
    "land_parcel",
    "place_of",
]

_request, _version, _body = table_of(RequestRow), table_of(VersionRow), table_of(BodyRow)

_OF_REQUEST = (_request.c.run == bindparam("of_run"), _request.c.key == bindparam("of_key"))
_BEGIN = (
    update(_request)
    .where(*_OF_REQUEST, _request.c.state == "pending", _request.c.batches == bindparam("of_batch"))
    .values(batches=_request.c.batches + 1)
)
_DONE = {
    "done_at": None, "body_id": None, "code": None, "seen": None, "records": 0, "ended": None, "total": None,
    "closed": False, "proof": None, "sha256": None, "etag": None, "last_modified": None,
}  # fmt: skip
_FINISH = update(_request).where(*_OF_REQUEST).values({"state": "done", **{one: bindparam(one) for one in _DONE}})
_ADD_BODY = insert(_body).returning(_body.c.id)

BEATS = (
    "coalesce(excluded.datestamp, '') > coalesce(version.datestamp, '') OR "
    "(coalesce(excluded.datestamp, '') = coalesce(version.datestamp, '') AND (excluded.deleted < version.deleted OR "
    "(excluded.deleted = version.deleted AND excluded.place < version.place)))"
)
_VERSION_COLUMNS = (
    "request_key", "url", "place", "datestamp", "deleted", "media_type", "raw", "raw_of", "raw_hash", "doc",
    "doc_hash", "issues", "map_version", "created",
)  # fmt: skip


class Arrival(msgspec.Struct, kw_only=True):
    """Where a batch belongs: run, request, mapping version, time."""

    run: int
    source: str
    request: Request
    map_version: str
    now: datetime
    keep_quarantine: timedelta


class Occurrence(msgspec.Struct, frozen=True, kw_only=True):
    """A record seen a second time in a run: the new sighting, and the place of the first one."""

    landed: Landed
    place: str
    first_place: str


def place_of(lane: str, generation: int, depth: int, index: int) -> str:
    """Comparable by bytes: document order within a lane; a later generation comes first, for it is fresher."""
    return f"{lane}|{99 - min(generation, 99):02d}|{depth:07d}|{index:08d}"


def begin_batch(connection: Connection, run: int, key: str, batch: int) -> None:
    """Claim batch number `batch` of a pending request. Raises RunError run.lease_lost if it is not ours to write."""
    changed = connection.execute(_BEGIN, {"of_run": run, "of_key": key, "of_batch": batch})
    if changed.rowcount != 1:
        raise RunError("run.lease_lost", f"Run {run} is being written by another process: nothing more was written.")


def land_parcel(
    connection: Connection,
    arrival: Arrival,
    parcel: Parcel,
    first_index: int,
    again: Iterable[Occurrence],
    skip: frozenset[int],
) -> None:
    """Store versions, quarantine, findings and unread paths of one parcel.

    `again` are repeated ids, `skip` the positions in `parcel.landed` that they stand for.
    """
    rows = []
    for offset, landed in enumerate(parcel.landed):
        if landed.unchanged or offset in skip:
            continue
        request = arrival.request
        place = place_of(request.lane, request.generation, request.depth, first_index + offset)
        rows.append(_version_row(arrival, landed, place))
    _upsert_versions(connection, rows)
    repeated = _settle_repeated(connection, arrival, list(again))
    _quarantine(connection, arrival, parcel.rejected)
    findings: dict[str, tuple[int, str]] = dict(repeated)
    for finding in parcel.findings:
        count, example = findings.get(finding.code, (0, finding.detail))
        findings[finding.code] = (count + finding.count, example)
    for code, count in parcel.not_offers.items():
        findings[code] = (count, arrival.request.url[:200])
    add_findings(connection, arrival.run, findings)
    _add_counts(connection, UnmappedRow, "path", arrival.run, parcel.unmapped)


def finish_request(
    connection: Connection,
    arrival: Arrival,
    *,
    values: dict[str, Any],
    body: Body | None,
    provenance: dict[str, Any] | None,
) -> None:
    """Mark the request done with what it saw, and note where its bytes came from."""
    body_id = None
    if body is not None and provenance is not None:
        row = {"run": arrival.run, "key": arrival.request.key, "status": body.status, "size": body.size, **provenance}
        body_id = connection.execute(_ADD_BODY, row).scalar_one()
    here = {"of_run": arrival.run, "of_key": arrival.request.key}
    connection.execute(_FINISH, {**_DONE, **values, **here, "body_id": body_id, "done_at": arrival.now})


def add_findings(connection: Connection, run: int, findings: dict[str, tuple[int, str]]) -> None:
    """Count what a run noticed about its feed; the first example stays."""
    _add_counts(connection, FindingRow, "code", run, findings)


def _add_counts(connection: Connection, row: Any, key: str, run: int, counts: dict[str, tuple[int, str]]) -> None:
    if not counts:
        return
    name = row.__tablename__
    statement = text(
        f"INSERT INTO {name} (run, {key}, count, example) VALUES (:run, :name, :count, :example) "  # noqa: S608
        f"ON CONFLICT (run, {key}) DO UPDATE SET count = {name}.count + excluded.count"
    )
    connection.execute(
        statement,
        [
            {"run": run, "name": name_, "count": count, "example": example.replace("\x00", "")[:300]}
            for name_, (count, example) in sorted(counts.items())
        ],
    )


def _version_row(arrival: Arrival, landed: Landed, place: str) -> dict[str, Any]:
    return {
        "run": arrival.run, "source": arrival.source, "native_id": landed.native_id, "id_hash": landed.id_hash,
        "request_key": arrival.request.key, "url": landed.url or None, "place": place,
        "datestamp": landed.datestamp, "deleted": landed.deleted, "media_type": landed.media_type,
        "raw": landed.raw, "raw_of": None, "raw_hash": landed.raw_hash, "doc": landed.doc or None,
        "doc_hash": landed.doc_hash, "issues": landed.issues, "map_version": arrival.map_version,
        "created": arrival.now,
    }  # fmt: skip


def _upsert_versions(connection: Connection, rows: list[dict[str, Any]]) -> None:
    upsert(connection, VersionRow, rows, keys=["run", "native_id"], update=_VERSION_COLUMNS, where=BEATS)


def _settle_repeated(connection: Connection, arrival: Arrival, again: list[Occurrence]) -> dict[str, tuple[int, str]]:
    """Let both sightings of a repeated id compete for the one version row of this run."""
    counts: dict[str, tuple[int, str]] = {}
    for occurrence in again:
        landed = occurrence.landed
        present = connection.execute(
            select(_version.c.raw_hash).where(_version.c.run == arrival.run, _version.c.native_id == landed.native_id)
        ).scalar()
        first_hash = present
        if present is None:
            head = _head_as_version(connection, arrival, landed.native_id, occurrence.first_place)
            if head is not None:
                first_hash = head["raw_hash"]
                if not landed.unchanged:
                    _upsert_versions(connection, [head])
        row: dict[str, Any] | None = None
        if not landed.unchanged:
            row = _version_row(arrival, landed, occurrence.place)
        elif present is not None:  # else both sightings are the accepted content
            row = _head_as_version(connection, arrival, landed.native_id, occurrence.place)
        if row is not None:
            _upsert_versions(connection, [row])
        code = "feed.repeated_item" if first_hash == landed.raw_hash else "record.duplicate"
        count, example = counts.get(code, (0, landed.native_id))
        counts[code] = (count + 1, example)
    return counts


def contest_heads(connection: Connection, arrival: Arrival, sightings: Mapping[int, int]) -> None:
    """Let the accepted content an unchanged address stands for compete with what else this run landed under its ids.

    `sightings`: id hash -> position in the request, of ids seen elsewhere in the run.
    """
    found = connection.execute(
        select(_version.c.native_id, _version.c.id_hash).where(
            _version.c.run == arrival.run, _version.c.id_hash.in_(list(sightings))
        )
    ).all()
    request = arrival.request
    for native_id, hashed in found:
        place = place_of(request.lane, request.generation, request.depth, sightings[hashed])
        head = _head_as_version(connection, arrival, native_id, place)
        if head is not None:
            _upsert_versions(connection, [head])


def _head_as_version(connection: Connection, arrival: Arrival, native_id: str, place: str) -> dict[str, Any] | None:
    """The accepted content of a record as a version of this run, so that it can compete with another sighting."""
    row = (
        connection.execute(
            text(
                "SELECT v.* FROM record r JOIN version v ON v.id = r.head "
                "WHERE r.source = :source AND r.native_id = :native_id"
            ).bindparams(bindparam("source", arrival.source), bindparam("native_id", native_id))
        )
        .mappings()
        .one_or_none()
    )
    if row is None:
        return None
    return {
        "run": arrival.run, "source": arrival.source, "native_id": native_id, "id_hash": id_hash(native_id),
        "request_key": arrival.request.key, "url": row["url"], "place": place, "datestamp": row["datestamp"],
        "deleted": bool(row["deleted"]), "media_type": row["media_type"], "raw": None,
        "raw_of": row["raw_of"] or row["id"], "raw_hash": row["raw_hash"], "doc": row["doc"],
        "doc_hash": row["doc_hash"], "issues": row["issues"], "map_version": row["map_version"],
        "created": arrival.now,
    }  # fmt: skip


def _quarantine(connection: Connection, arrival: Arrival, rejected: list[Rejected]) -> None:
    if not rejected:
        return
    connection.execute(
        insert(table_of(QuarantineRow)),
        [
            {
                "source": arrival.source, "run": arrival.run, "request_key": arrival.request.key,
                "native_id": (one.native_id or None) and one.native_id.replace("\x00", "")[:1024],
                "code": one.code, "detail": one.detail.replace("\x00", "")[:500], "content": one.content,
                "at": arrival.now, "expires": arrival.now + arrival.keep_quarantine,
                "media_type": one.media_type or None,
            }
            for one in rejected
        ],
    )  # fmt: skip
