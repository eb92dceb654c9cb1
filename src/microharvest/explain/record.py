"""One record, from its source file to the release it stands in: every stop with times and values."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import json

from microharvest.clock import iso
from microharvest.errors import ConfigError
from microharvest.explain.coding import links_in
from microharvest.explain.mapping import map_with_trace
from microharvest.explain.sheets import (
    ClusterSheet,
    FileStop,
    IssueStop,
    JudgedStop,
    LogLine,
    RawStop,
    RecordSheet,
    RequestStop,
    StateStop,
    VersionStop,
    judged_stop,
)
from microharvest.model.issue import ISSUE_CODES, Issue
from microharvest.model.offer import OFFER_FIELDS, decode_offer
from microharvest.publish.judging import Judge
from microharvest.sources import SourceConfig
from microharvest.store import explaining
from microharvest.store.coding import coded_of
from microharvest.store.database import Database
from microharvest.store.exports import confirmed_at
from microharvest.store.runs import source_row
from microharvest.telemetry import redact

__all__ = ["explain_record", "title_of"]

FIRST_LINES, LINE_WIDTH = 12, 160
_issues = json.Decoder(list[Issue])


def explain_record(
    database: Database,
    source: str,
    native_id: str,
    config: SourceConfig | None,
    problem: ConfigError | None,
    cluster: ClusterSheet | None,
    judge: Judge,
) -> RecordSheet:
    """Everything about (source, native id), which has at least one version, a quarantined body, or both."""
    with database.read() as connection:
        record = explaining.find_record(connection, source, native_id)
        versions = explaining.versions_of(connection, source, native_id)
        changes = explaining.changes_of(connection, source, native_id)
        refused = explaining.quarantine_of(connection, source=source, native_id=native_id)
        state = source_row(connection, source)
        confirmed = confirmed_at(connection, source) if record is not None and record.status == "active" else None
        coded = coded_of(connection, source, native_id)
        head_id = record.head if record is not None else versions[-1].id if versions else None
        head = explaining.version_row(connection, head_id) if head_id is not None else None
        origin = head
        if head is not None and head.raw_of:
            origin = explaining.version_row(connection, head.raw_of) or head
        request, body = explaining.request_of(connection, origin.run, origin.request_key) if origin else (None, None)
    coded_doc = coded.doc if coded is not None and coded.doc else head.doc if head is not None else None
    raw = zlib.decompress(origin.raw) if origin is not None and origin.raw else b""
    title = title_of(json.decode(head.doc)) if head is not None and head.doc else ""
    provenance = (cluster.provenance if cluster else None) or {}
    mine = [source, native_id]
    return RecordSheet(
        id=f"{source}/{native_id}",
        source=source,
        native_id=native_id,
        title=title,
        file=_file_stop(source, config, problem, state),
        request=_request_stop(request, body),
        raw=_raw_stop(head, raw) if head is not None else None,
        mapping=map_with_trace(head, raw, config) if head is not None and not head.deleted else None,
        judged=_judged(coded_doc, source, config, judge, _seen(record, confirmed)) if coded_doc else None,
        links=links_in(coded.doc) if coded is not None and coded.doc else (),
        issues=(
            *(_issue_stops(head.issues) if head is not None else ()),
            *(_issue_stops(coded.issues) if coded is not None else ()),
        ),
        versions=_version_stops(versions, head_id if record is not None else None),
        log=tuple(LogLine(seq=row.seq, at=iso(row.at), run=row.run, kind=row.kind) for row in changes),
        state=_state_stop(record, confirmed) if record is not None else None,
        quarantine=tuple(
            {"run": row.run, "code": row.code, "detail": row.detail, "at": iso(row.at), "until": iso(row.expires)}
            for row in refused
        ),
        cluster=cluster,
        won=_won(provenance, mine),
        lost=_lost(provenance, mine),
    )


def title_of(offer: Mapping[str, Any]) -> str:
    """A title to show: English if there is one, else the first."""
    titles: dict[str, str] = offer.get("title") or {}
    return titles.get("en") or next(iter(titles.values()), "")


def _seen(record: Any, confirmed: datetime | None) -> datetime | None:
    """When a complete run last showed an accepted record, as `exports.offer_page` says it."""
    if record is None:
        return None
    moments: list[datetime] = [one for one in (record.last_seen, confirmed) if one is not None]
    return max(moments, default=None)


def _judged(doc: bytes, source: str, config: SourceConfig | None, judge: Judge, seen: datetime | None) -> JudgedStop:
    authority = config.authority if config is not None else "aggregator"
    return judged_stop(judge.offer(decode_offer(doc), {source: authority}, seen), judge.day.isoformat())


def _file_stop(source: str, config: SourceConfig | None, problem: ConfigError | None, state: Any) -> FileStop:
    life = state.life if state is not None else "active"
    if config is None:
        said = problem.sentence if problem else "There is no source file of this name any more."
        return FileStop(source=source, title=state.title if state is not None else None, life=life, problem=said)
    return FileStop(
        source=source,
        title=config.title,
        protocol=config.protocol,
        dialect=config.dialect,
        url=redact(config.url),
        licence=config.licence,
        redistribute=config.redistribute,
        authority=config.authority,
        life=life,
    )


def _request_stop(request: Any, body: Any) -> RequestStop | None:
    if request is None:
        return None
    note = None
    if request.taken_from_run is not None:
        note = f"Not modified: the server said the answer of run {request.taken_from_run} still holds."
    headers = json.decode(body.headers) if body is not None else {}
    return RequestStop(
        run=request.run,
        url=redact(body.url if body is not None else request.url),
        method=request.method,
        lane=request.lane,
        state=request.state,
        done_at=iso(body.at if body is not None else request.done_at),
        status=body.status if body is not None else None,
        content_type=headers.get("content-type"),
        etag=request.etag,
        last_modified=request.last_modified,
        size=body.size if body is not None else None,
        wire_bytes=body.wire_bytes if body is not None else None,
        sha256=body.sha256 if body is not None else request.sha256,
        proof=body.proof if body is not None else request.proof,
        seconds=body.seconds if body is not None else None,
        note=note,
    )


def _raw_stop(head: Any, raw: bytes) -> RawStop:
    lines = raw[: FIRST_LINES * LINE_WIDTH * 4].decode("utf-8", "replace").splitlines()
    shown = tuple(line[:LINE_WIDTH] for line in lines[:FIRST_LINES])
    if len(lines) == 1:
        text = lines[0]
        shown = tuple(
            text[start : start + LINE_WIDTH] for start in range(0, min(len(text), 4 * LINE_WIDTH), LINE_WIDTH)
        )
    return RawStop(
        media_type=head.media_type,
        size=len(raw),
        datestamp=head.datestamp,
        url=redact(head.url) if head.url else None,
        version=head.raw_of or head.id,
        first_lines=shown,
        more=sum(len(line.encode()) + 1 for line in shown) < len(raw),
    )


def _issue_stops(issues: str) -> tuple[IssueStop, ...]:
    return tuple(
        IssueStop(code=one.code, field=one.field, value=one.value, meaning=ISSUE_CODES.get(one.code, ""))
        for one in _issues.decode(issues)
    )


def _version_stops(versions: Sequence[Any], head: int | None) -> tuple[VersionStop, ...]:
    """Accepted versions are compared with the accepted one before; others with it too, but nothing with them."""
    stops = []
    before: dict[str, Any] = {}
    for row in versions:
        offer: dict[str, Any] = json.decode(row.doc) if row.doc else {}
        fields = [name for name in (*offer, *before) if name != "basis" and offer.get(name) != before.get(name)]
        changed = {name: (before.get(name), offer.get(name)) for name in dict.fromkeys(fields)}
        stops.append(
            VersionStop(
                version=row.id,
                run=row.run,
                kind=row.run_kind,
                at=iso(row.created),
                acceptance=row.acceptance,
                deleted=bool(row.deleted),
                head=row.id == head,
                changed={} if row.deleted else changed,
                why=row.held_because,
            )
        )
        if row.acceptance == "accepted" and not row.deleted:
            before = offer
    return tuple(stops)


def _state_stop(record: Any, confirmed: datetime | None) -> StateStop:
    return StateStop(
        status=record.status,
        first_seen=iso(record.first_seen),
        last_seen=iso(record.last_seen),
        missing_since=iso(record.missing_since),
        missing_runs=record.missing_runs,
        confirmed=iso(confirmed),
    )


def _won(provenance: Mapping[str, Mapping[str, Any]], mine: list[str]) -> dict[str, str]:
    """Golden fields that hold this record's value, with the rule that chose it."""
    won = {}
    for field in sorted(provenance, key=OFFER_FIELDS.index):
        entry = provenance[field]
        languages = [tag for tag, who in entry.get("languages", {}).items() if list(who) == mine]
        if languages:
            won[field] = f"{entry['rule']}: {', '.join(languages)}"
        elif [entry.get("source"), entry.get("native_id")] == mine and not entry.get("languages"):
            won[field] = entry["rule"]
        elif mine in [list(who) for who in entry.get("with", ())]:
            won[field] = f"{entry['rule']}: adds to it"
    return won


def _lost(provenance: Mapping[str, Mapping[str, Any]], mine: list[str]) -> dict[str, tuple[Any, str]]:
    """Values of this record that another record's stand in front of: (the value, the winner)."""
    return {
        field: (msgspec.to_builtins(loser["value"]), _winner(entry))
        for field, entry in provenance.items()
        for loser in entry.get("losing", ())
        if [loser["source"], loser["native_id"]] == mine
    }


def _winner(entry: Mapping[str, Any]) -> str:
    return f"decision {entry['decision']}" if entry["rule"] == "decision" else f"{entry['source']}/{entry['native_id']}"
