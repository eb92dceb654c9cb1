"""What the end of a run reads and writes: counters, findings, watermark, validators, notices."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import json
from sqlalchemy import Connection, exists, func, insert, select, text, update

from microharvest.model.ids import id_hash
from microharvest.store.database import table_of
from microharvest.store.harvest_tables import (
    FindingRow,
    OutboxRow,
    QuarantineRow,
    RecordRow,
    RunRow,
    SourceRow,
    VersionRow,
)

__all__ = [
    "absent_ids",
    "close_run",
    "drop_held",
    "drop_versions",
    "fill_rates",
    "finding_of",
    "held_runs",
    "issue_counts",
    "known_rejected",
    "note_acceptance",
    "note_accepted_at",
    "note_source",
    "notify",
    "quarantined",
    "refused",
    "set_pin",
    "settle_run",
    "tombstones",
]

_run, _source, _version = table_of(RunRow), table_of(SourceRow), table_of(VersionRow)
_finding, _quarantine, _record = table_of(FindingRow), table_of(QuarantineRow), table_of(RecordRow)
NOT_OFFERS = ("record.not_an_offer", "record.credential_refused")


class _Issue(msgspec.Struct):
    code: str


_issues = msgspec.json.Decoder(list[_Issue])


def quarantined(connection: Connection, run: int) -> int:
    """Inputs of the run that went to quarantine."""
    found = connection.execute(select(func.count()).select_from(_quarantine).where(_quarantine.c.run == run))
    return int(found.scalar_one())


def known_rejected(connection: Connection, run: int) -> int:
    """Of these, how many have an id and so count as present."""
    found = connection.execute(
        select(func.count(func.distinct(_quarantine.c.native_id))).where(_quarantine.c.run == run)
    )
    return int(found.scalar_one())


def refused(connection: Connection, run: int) -> int:
    """Records that are no offers."""
    found = connection.execute(
        select(func.coalesce(func.sum(_finding.c.count), 0)).where(
            _finding.c.run == run, _finding.c.code.in_(NOT_OFFERS)
        )
    )
    return int(found.scalar_one())


def tombstones(connection: Connection, run: int) -> int:
    """New deletions the run delivered."""
    found = connection.execute(
        select(func.count()).select_from(_version).where(_version.c.run == run, _version.c.deleted)
    )
    return int(found.scalar_one())


def issue_counts(connection: Connection, run: int) -> dict[str, int]:
    """Issues by code: of the versions this run landed, and of the feed itself."""
    counts: dict[str, int] = {}
    with_issues = select(_version.c.issues).where(_version.c.run == run, _version.c.issues != "[]")
    for (issues,) in connection.execute(with_issues.execution_options(yield_per=5000)):
        for issue in _issues.decode(issues):
            counts[issue.code] = counts.get(issue.code, 0) + 1
    for code, count in connection.execute(select(_finding.c.code, _finding.c.count).where(_finding.c.run == run)):
        counts[code] = counts.get(code, 0) + count
    for code, count in connection.execute(
        select(_quarantine.c.code, func.count()).where(_quarantine.c.run == run).group_by(_quarantine.c.code)
    ):
        counts[code] = counts.get(code, 0) + count
    return dict(sorted(counts.items()))


def absent_ids(ids: Sequence[str], present: Collection[int]) -> tuple[str, ...]:
    """Expected ids that a run did not deliver."""
    return tuple(one for one in ids if id_hash(one) not in present)


def fill_rates(
    connection: Connection, run: int, source: str, fields: Sequence[str], present: Collection[int]
) -> dict[str, float]:
    """Share of delivered records that fill each field; empty where nothing is expected of it."""
    if not fields or not present:
        return {}
    filled = dict.fromkeys(fields, 0)
    landed = select(_version.c.id_hash, _version.c.doc).where(_version.c.run == run)
    new = _version.alias()
    heads = (
        select(_version.c.id_hash, _version.c.doc)
        .join(_record, (_record.c.head == _version.c.id) & (_record.c.source == source))
        .where(~exists().where(new.c.run == run, new.c.native_id == _record.c.native_id))
    )
    for statement in (heads, landed):
        for hashed, doc in connection.execute(statement.execution_options(yield_per=2000)):
            if hashed not in present or not doc:
                continue
            offer = json.decode(doc)
            for field in fields:
                filled[field] += bool(offer.get(field))
    return {field: count / len(present) for field, count in filled.items()}


def finding_of(connection: Connection, run: int | None, code: str) -> tuple[int, str]:
    """(count, example) of a finding of a run; nothing where it had none."""
    found = select(_finding.c.count, _finding.c.example).where(_finding.c.run == run, _finding.c.code == code)
    row = None if run is None else connection.execute(found).one_or_none()
    return (int(row[0]), str(row[1] or "")) if row else (0, "")


def close_run(
    connection: Connection, run: int, source: str, *, now: datetime, values: dict[str, Any], supersedes: bool
) -> None:
    """End a run. A harvest that is accepted, or held on its own account, supersedes older held runs of the source."""
    connection.execute(update(_run).where(_run.c.id == run).values(state="ended", ended=now, **values))
    if supersedes and values["acceptance"] in {"accepted", "held"}:
        drop_held(connection, source, run)


def drop_held(connection: Connection, source: str, newer_than: int) -> None:
    """Reject held runs older than a newer one and drop what they landed: they say what the source said then."""
    old = connection.execute(
        select(_run.c.id).where(_run.c.source == source, _run.c.acceptance == "held", _run.c.id < newer_than)
    ).scalars()
    for number in list(old):
        drop_versions(connection, number)
        connection.execute(
            update(_run)
            .where(_run.c.id == number)
            .values(acceptance="rejected", error=f"Superseded by run {newer_than}: nothing was lost, decide on that.")
        )


def held_runs(connection: Connection, codes: Collection[str]) -> list[Any]:
    """Runs that wait for a person for one of these causes, oldest first."""
    return list(
        connection.execute(
            select(_run).where(_run.c.acceptance == "held", _run.c.held_code.in_(list(codes))).order_by(_run.c.id)
        )
    )


def settle_run(connection: Connection, run: int, acceptance: str, counts: str) -> None:
    """Write down what a person decided about a held run."""
    connection.execute(update(_run).where(_run.c.id == run).values(acceptance=acceptance, counts=counts))


def drop_versions(connection: Connection, run: int) -> None:
    """Drop what a run landed; nothing of it was ever visible."""
    connection.execute(_version.delete().where(_version.c.run == run))


def set_pin(connection: Connection, source: str, run: int | None) -> None:
    """Pin a source to a run, or release it."""
    connection.execute(update(_source).where(_source.c.id == source).values(pinned_run=run))


def note_source(
    connection: Connection, source: str, title: str, redistribute: str, outcome: str, now: datetime
) -> None:
    """What the source's row remembers of any run."""
    good = outcome in {"complete", "partial"}
    connection.execute(
        update(_source)
        .where(_source.c.id == source)
        .values(
            title=title,
            redistribute=redistribute,
            last_ended=now,
            failures=0 if good else _source.c.failures + 1,
            last_complete=now if outcome == "complete" else _source.c.last_complete,
        )
    )


def note_acceptance(
    connection: Connection, run: int, source: str, *, whole: bool, full: bool, certain: bool, now: datetime
) -> None:
    """Move what only acceptance may move: accepted run, state, validators, and the watermark where it is `certain`."""
    row = connection.execute(select(_run).where(_run.c.id == run)).one()
    values: dict[str, Any] = {"accepted_run": run, "settings_hash": row.settings_hash}
    if whole:
        state = json.decode(
            connection.execute(select(_source.c.protocol_state).where(_source.c.id == source)).scalar_one()
        )
        values["protocol_state"] = json.encode(state | json.decode(row.new_state)).decode()
        if row.server_date and certain:
            values["watermark"] = row.server_date
        values["last_full"] = now if full else _source.c.last_full
    connection.execute(update(_source).where(_source.c.id == source).values(**values))
    connection.execute(update(_run).where(_run.c.id == run).values(accepted_at=now))
    if whole:
        connection.execute(
            text(
                "INSERT INTO validator (source, url_key, etag, last_modified, sha256, run, key, settings_hash) "
                "SELECT CAST(:source AS TEXT), q.url_key, q.etag, q.last_modified, q.sha256, q.run, q.key, "
                "CAST(:hash AS TEXT) FROM request q "
                "WHERE q.run = :run AND q.state = 'done' AND q.conditional AND q.sha256 IS NOT NULL "
                "ON CONFLICT (source, url_key) DO UPDATE SET etag = excluded.etag, "
                "last_modified = excluded.last_modified, sha256 = excluded.sha256, run = excluded.run, "
                "key = excluded.key, settings_hash = excluded.settings_hash"
            ),
            {"source": source, "hash": row.settings_hash or "", "run": run},
        )


def note_accepted_at(connection: Connection, run: int, now: datetime) -> None:
    """When a run was accepted that says nothing of the feed's state: a replay."""
    connection.execute(update(_run).where(_run.c.id == run).values(accepted_at=now))


def notify(connection: Connection, topic: str, payload: dict[str, Any], now: datetime) -> None:
    """A notice that leaves through the outbox once this transaction is committed."""
    connection.execute(insert(table_of(OutboxRow)).values(at=now, topic=topic, payload=json.encode(payload).decode()))
