"""Reading everything there is about one record, cluster, entry or run. Nothing is written, nothing is decided."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, func, literal, or_, select

from microharvest.store.catalogue_tables import (
    CatalogueRow,
    EntryRedirectRow,
    EntryRow,
    ReleaseRow,
    WithheldRow,
)
from microharvest.store.database import table_of
from microharvest.store.harvest_tables import (
    BodyRow,
    ChangeRow,
    ClusterRow,
    FindingRow,
    MemberRow,
    QuarantineRow,
    RecordRow,
    RequestRow,
    RunRow,
    UnmappedRow,
    VersionRow,
)

__all__ = [
    "bodies_of_run",
    "change_counts",
    "changes_of",
    "cluster_of",
    "clusters_like",
    "entry_versions",
    "find_record",
    "findings_of",
    "quarantine_of",
    "records_like",
    "records_named",
    "release_numbers",
    "request_of",
    "run_exists",
    "unmapped_of",
    "version_row",
    "versions_of",
    "withheld_of",
]

_record, _version, _change = table_of(RecordRow), table_of(VersionRow), table_of(ChangeRow)
_run, _request, _body = table_of(RunRow), table_of(RequestRow), table_of(BodyRow)
_quarantine, _finding, _unmapped = table_of(QuarantineRow), table_of(FindingRow), table_of(UnmappedRow)
_cluster, _member = table_of(ClusterRow), table_of(MemberRow)
_entry, _withheld, _redirect = table_of(EntryRow), table_of(WithheldRow), table_of(EntryRedirectRow)
_release, _catalogue = table_of(ReleaseRow), table_of(CatalogueRow)


def find_record(connection: Connection, source: str, native_id: str) -> Any:
    """The accepted record, or None."""
    return connection.execute(
        select(_record).where(_record.c.source == source, _record.c.native_id == native_id)
    ).one_or_none()


def records_named(connection: Connection, native_id: str) -> list[tuple[str, str]]:
    """(source, native id) of every record that bears exactly this id, accepted or landed."""
    rows = connection.execute(
        select(_version.c.source, _version.c.native_id).where(_version.c.native_id == native_id).distinct()
    )
    return sorted((row.source, row.native_id) for row in rows)


def records_like(connection: Connection, part: str, limit: int) -> list[tuple[str, str]]:
    """Records whose `source/native id` holds `part`, whatever the case; at most `limit`, in order."""
    whole = func.lower(_record.c.source + literal("/") + _record.c.native_id)
    rows = connection.execute(
        select(_record.c.source, _record.c.native_id)
        .where(whole.contains(part.lower(), autoescape=True))
        .order_by(_record.c.source, _record.c.native_id)
        .limit(limit)
    )
    return [(row.source, row.native_id) for row in rows]


def clusters_like(connection: Connection, part: str, limit: int) -> list[str]:
    """Ids of clusters that hold `part`."""
    rows = connection.execute(
        select(_cluster.c.id)
        .where(_cluster.c.id.contains(part.lower(), autoescape=True))
        .order_by(_cluster.c.id)
        .limit(limit)
    )
    return [str(row.id) for row in rows]


def run_exists(connection: Connection, run: int) -> bool:
    """Whether there is a run of that number."""
    return connection.execute(select(_run.c.id).where(_run.c.id == run)).first() is not None


def versions_of(connection: Connection, source: str, native_id: str) -> list[Any]:
    """All versions of a record with the run that landed each, oldest first; raw bytes left out."""
    kept = [column for column in _version.c if column.name not in {"raw"}]
    return list(
        connection.execute(
            select(
                *kept,
                func.length(_version.c.raw).label("raw_size"),
                _run.c.kind.label("run_kind"),
                _run.c.acceptance,
                _run.c.held_because,
            )
            .join(_run, _run.c.id == _version.c.run)
            .where(_version.c.source == source, _version.c.native_id == native_id)
            .order_by(_version.c.id)
        )
    )


def version_row(connection: Connection, version: int) -> Any:
    """One version whole, or None."""
    return connection.execute(select(_version).where(_version.c.id == version)).one_or_none()


def request_of(connection: Connection, run: int, key: str | None) -> tuple[Any, Any]:
    """(request, body) that delivered something; either may be None."""
    if key is None:
        return None, None
    request = connection.execute(
        select(_request).where(_request.c.run == run, _request.c.key == key)
    ).one_or_none()  # fmt: skip
    if request is None:
        return None, None
    found = _body.c.id == request.body_id if request.body_id else (_body.c.run == run) & (_body.c.key == key)
    body = connection.execute(select(_body).where(found).order_by(_body.c.id.desc()).limit(1)).one_or_none()
    return request, body


def changes_of(connection: Connection, source: str, native_id: str) -> list[Any]:
    """The record's lines of the change log, in order."""
    return list(
        connection.execute(
            select(_change)
            .where(_change.c.source == source, _change.c.native_id == native_id)
            .order_by(_change.c.seq)
        )
    )  # fmt: skip


def quarantine_of(connection: Connection, *, source: str, native_id: str | None = None, run: int | None = None) -> Any:
    """What was refused of a record or of a run, newest first, at most 20; content left out."""
    q = _quarantine.c
    statement = select(q.id, q.run, q.native_id, q.code, q.detail, q.at, q.expires).where(q.source == source)
    if native_id is not None:
        statement = statement.where(q.native_id == native_id)
    if run is not None:
        statement = statement.where(q.run == run)
    return list(connection.execute(statement.order_by(q.id.desc()).limit(20)))


def cluster_of(connection: Connection, source: str, native_id: str) -> str | None:
    """The cluster a record belongs to; None before it was linked."""
    found = connection.execute(
        select(_member.c.cluster_id).where(_member.c.source == source, _member.c.native_id == native_id)
    ).scalar()
    return None if found is None else str(found)


def entry_versions(connection: Connection, ident: str) -> tuple[list[Any], list[Any]]:
    """(versions of an entry from old to new, redirects from or to it), of the catalogue."""
    versions = connection.execute(select(_entry).where(_entry.c.id == ident).order_by(_entry.c.from_release))
    redirects = connection.execute(
        select(_redirect).where(or_(_redirect.c.old_id == ident, _redirect.c.new_id == ident))
    )
    return list(versions), list(redirects)


def withheld_of(connection: Connection, ident: str) -> list[Any]:
    """Why a cluster was not published, from old to new."""
    return list(connection.execute(select(_withheld).where(_withheld.c.id == ident).order_by(_withheld.c.from_release)))


def release_numbers(connection: Connection) -> tuple[int, dict[int, Any]]:
    """(the current release, 0 for none; when each release was published)."""
    current = connection.execute(select(_catalogue.c.current)).scalar() or 0
    rows = connection.execute(select(_release.c.number, _release.c.published))
    return int(current), {int(row.number): row.published for row in rows}


def bodies_of_run(connection: Connection, run: int) -> dict[int, Any]:
    """Every answer of a run by id."""
    return {row.id: row for row in connection.execute(select(_body).where(_body.c.run == run))}


def findings_of(connection: Connection, run: int) -> list[Any]:
    """What a run noticed about its feed."""
    return list(connection.execute(select(_finding).where(_finding.c.run == run).order_by(_finding.c.code)))


def unmapped_of(connection: Connection, run: int, limit: int = 20) -> list[Any]:
    """Source values nobody reads, the most frequent first."""
    return _most_frequent(connection, _unmapped, run, limit)


def _most_frequent(connection: Connection, table: Table, run: int, limit: int) -> list[Any]:
    statement = select(table).where(table.c.run == run).order_by(table.c.count.desc(), table.c.path)
    return list(connection.execute(statement.limit(limit)))


def change_counts(connection: Connection, run: int) -> dict[str, int]:
    """What a run wrote into the change log, by kind."""
    rows = connection.execute(select(_change.c.kind, func.count()).where(_change.c.run == run).group_by(_change.c.kind))
    return {str(kind): int(count) for kind, count in rows}
