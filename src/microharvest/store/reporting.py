"""What a report asks of a store: whole tables in short, read-only, streamed where they are long.

Figures come from rows that stay when nothing changes (heads, quarantine, members, entries), not from the counters of
the latest run: a second run over unchanged feeds gives the same picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from msgspec import json
from sqlalchemy import Connection, exists, func, select

from microharvest.model.issue import Issue
from microharvest.store.catalogue_tables import CatalogueRow, EntryRow, ReleaseRow, WithheldRow
from microharvest.store.database import holds_bytes, table_of
from microharvest.store.harvest_tables import (
    ChangeRow,
    FindingRow,
    GoldenRow,
    MemberRow,
    QuarantineRow,
    RecordRow,
    RunRow,
    SourceRow,
    UnmappedRow,
    VersionRow,
)

__all__ = [
    "HeadSeen",
    "LastRun",
    "PublishedEntry",
    "announced_deleted",
    "catalogue_now",
    "change_seq",
    "dated_heads",
    "entries_now",
    "findings_by_source",
    "golden_rows",
    "heads",
    "held_records",
    "landed_offers",
    "last_runs",
    "members",
    "quarantined",
    "sources_known",
    "unread_paths",
    "withheld_now",
]

_source, _run, _record, _version = (table_of(row) for row in (SourceRow, RunRow, RecordRow, VersionRow))
_finding, _unmapped, _quarantine = (table_of(row) for row in (FindingRow, UnmappedRow, QuarantineRow))
_member, _golden, _change = (table_of(row) for row in (MemberRow, GoldenRow, ChangeRow))
_catalogue, _release = table_of(CatalogueRow), table_of(ReleaseRow)
_entry, _withheld = table_of(EntryRow), table_of(WithheldRow)

_issues = json.Decoder(list[Issue])


class HeadSeen(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted record: its encoded offer (None where it was deleted), its issues, where it was read."""

    source: str
    native_id: str
    status: str
    doc: bytes | None
    issues: list[Issue]


class LastRun(msgspec.Struct, frozen=True, kw_only=True):
    """How the latest harvest of a source ended. `error`: the sentence, where it failed."""

    run: int
    outcome: str | None
    scope: str
    acceptance: str | None
    held_because: str | None
    counts: dict[str, int]
    code: str | None
    error: str | None
    ended: datetime | None


class PublishedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as the current release shows it; `doc` is its JSON."""

    id: str
    doc: bytes


def sources_known(connection: Connection) -> list[str]:
    """Every source the store has seen, by id."""
    return [str(one) for one in connection.execute(select(_source.c.id).order_by(_source.c.id)).scalars()]


def last_runs(connection: Connection) -> dict[str, LastRun]:
    """The latest harvest of each source."""
    newest = select(func.max(_run.c.id)).where(_run.c.kind == "harvest").group_by(_run.c.source)
    return {
        row.source: LastRun(
            run=row.id,
            outcome=row.outcome,
            scope=row.scope,
            acceptance=row.acceptance,
            held_because=row.held_because,
            counts=json.decode(row.counts, type=dict[str, int]),
            code=row.error_code,
            error=row.error,
            ended=row.ended,
        )
        for row in connection.execute(select(_run).where(_run.c.id.in_(newest)))
    }


def landed_offers(connection: Connection, run: int) -> Iterator[tuple[str, bytes]]:
    """(native id, encoded offer) of every version a run landed, accepted or not, in the order they came; streamed."""
    query = (
        select(_version.c.native_id, _version.c.doc)
        .where(_version.c.run == run, func.length(_version.c.doc) > 0)
        .order_by(_version.c.id)
    )
    for row in connection.execution_options(yield_per=2000).execute(query):
        yield row.native_id, bytes(row.doc)


def heads(connection: Connection) -> Iterator[HeadSeen]:
    """Every accepted record with its head version, by source and native id; streamed."""
    columns = (_record.c.source, _record.c.native_id, _record.c.status, _version.c.doc, _version.c.issues)
    joined = _record.join(_version, _version.c.id == _record.c.head)
    order = (_record.c.source, _record.c.native_id)
    wanted = select(*columns).select_from(joined).order_by(*order).execution_options(yield_per=500)
    for row in connection.execute(wanted):
        yield HeadSeen(
            source=row.source,
            native_id=row.native_id,
            status=row.status,
            doc=row.doc or None,
            issues=_issues.decode(row.issues),
        )


def dated_heads(connection: Connection) -> Iterator[tuple[str, str, bytes]]:
    """(source, native id, encoded offer) of accepted records in whose offer something has an end date; streamed."""
    columns = (_record.c.source, _record.c.native_id, _version.c.doc)
    joined = _record.join(_version, _version.c.id == _record.c.head)
    wanted = select(*columns).select_from(joined).where(_record.c.status != "withdrawn")
    wanted = wanted.where(holds_bytes(connection, _version.c.doc, b'"valid_to"'))
    for row in connection.execute(wanted.execution_options(yield_per=500)):
        yield row.source, row.native_id, row.doc


def announced_deleted(connection: Connection) -> dict[str, int]:
    """{source: how many ids it announced as deleted that were never accepted here}."""
    known = exists().where(_record.c.source == _version.c.source, _record.c.native_id == _version.c.native_id)
    counted = select(_version.c.source, func.count(_version.c.native_id.distinct()))
    counted = counted.where(_version.c.deleted, ~known).group_by(_version.c.source)
    return {str(source): int(count) for source, count in connection.execute(counted)}


def held_records(connection: Connection) -> dict[str, int]:
    """{source: records that a held run brought and that nobody accepted yet}."""
    known = exists().where(_record.c.source == _version.c.source, _record.c.native_id == _version.c.native_id)
    joined = _version.join(_run, _run.c.id == _version.c.run)
    counted = select(_version.c.source, func.count(_version.c.native_id.distinct())).select_from(joined)
    counted = counted.where(_run.c.acceptance == "held", ~_run.c.plan, ~_version.c.deleted, ~known)
    return {str(source): int(count) for source, count in connection.execute(counted.group_by(_version.c.source))}


def quarantined(connection: Connection) -> list[tuple[str, str, str, str]]:
    """(source, code, detail, native id or "") of input that could not be used, each distinct one once."""
    columns = (_quarantine.c.source, _quarantine.c.code, _quarantine.c.detail, _quarantine.c.native_id)
    rows = connection.execute(select(*columns).distinct())
    return sorted((row.source, row.code, row.detail, row.native_id or "") for row in rows)


def findings_by_source(connection: Connection) -> dict[str, dict[str, tuple[int, str]]]:
    """What a source's feed itself showed: {source: {code: (count, example)}}, each code as its latest run had it."""
    found: dict[str, dict[str, tuple[int, str]]] = {}
    joined = _finding.join(_run, _run.c.id == _finding.c.run)
    columns = (_run.c.source, _finding.c.code, _finding.c.count.label("times"), _finding.c.example)
    for row in connection.execute(select(*columns).select_from(joined).order_by(_finding.c.run)):
        found.setdefault(row.source, {})[row.code] = (int(row.times), str(row.example))
    return found


def unread_paths(connection: Connection) -> list[tuple[str, str, int, str]]:
    """(source, path, count, example) of source values nobody reads, of the latest run of each source that has any."""
    joined = _unmapped.join(_run, _run.c.id == _unmapped.c.run)
    newest = select(func.max(_unmapped.c.run)).select_from(joined).group_by(_run.c.source)
    columns = (_run.c.source, _unmapped.c.path, _unmapped.c.count.label("times"), _unmapped.c.example)
    rows = connection.execute(select(*columns).select_from(joined).where(_unmapped.c.run.in_(newest)))
    return sorted(((row.source, row.path, int(row.times), row.example) for row in rows), key=lambda row: -row[2])


def members(connection: Connection) -> dict[str, list[tuple[str, str]]]:
    """{cluster: [(source, native id)]} of records that are there (active or missing)."""
    joined = _member.join(
        _record, (_record.c.source == _member.c.source) & (_record.c.native_id == _member.c.native_id)
    )
    order = (_member.c.cluster_id, _member.c.source, _member.c.native_id)
    found: dict[str, list[tuple[str, str]]] = {}
    for row in connection.execute(
        select(*order).select_from(joined).where(_record.c.status != "withdrawn").order_by(*order)
    ):
        found.setdefault(row.cluster_id, []).append((row.source, row.native_id))
    return found


def golden_rows(connection: Connection, clusters: list[str]) -> dict[str, tuple[bytes, dict[str, Any]]]:
    """{cluster: (encoded golden offer, provenance by field)} of a few clusters."""
    rows = connection.execute(select(_golden).where(_golden.c.cluster_id.in_(clusters)))
    return {row.cluster_id: (row.doc, json.decode(row.provenance, type=dict[str, Any])) for row in rows}


def change_seq(connection: Connection) -> int:
    """The number of the last entry of the change log, 0 for none."""
    return int(connection.execute(select(func.max(_change.c.seq))).scalar() or 0)


def catalogue_now(connection: Connection) -> tuple[int, datetime | None]:
    """(number of the current release, when it was published); (0, None) before the first one."""
    current = int(connection.execute(select(_catalogue.c.current)).scalar() or 0)
    published = connection.execute(select(_release.c.published).where(_release.c.number == current)).scalar()
    return current, published


def entries_now(connection: Connection) -> list[PublishedEntry]:
    """The published entries of the current release, by id."""
    number = catalogue_now(connection)[0]
    rows = connection.execute(
        select(_entry.c.id, _entry.c.doc).where(*_valid(_entry, number), _entry.c.state == "published")
        .order_by(_entry.c.id)
    )  # fmt: skip
    return [PublishedEntry(id=row.id, doc=row.doc) for row in rows]


def withheld_now(connection: Connection) -> list[tuple[str, str]]:
    """(cluster, reason) of what the current release withholds."""
    number = catalogue_now(connection)[0]
    rows = connection.execute(select(_withheld.c.id, _withheld.c.reason).where(*_valid(_withheld, number)))
    return sorted((row.id, row.reason) for row in rows)


def _valid(table: Any, number: int) -> tuple[Any, Any]:
    """Rows valid in a release: from it or earlier, until later or for good."""
    return table.c.from_release <= number, (table.c.to_release.is_(None)) | (table.c.to_release > number)
