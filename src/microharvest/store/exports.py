"""SQL of publishing's and exports' reading side in the harvest schema: keyset pages, never a whole table in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, delete, select, tuple_

from microharvest.store.coding import shown_join
from microharvest.store.database import table_of, upsert
from microharvest.store.harvest_tables import (
    ClusterRow,
    CodedRow,
    CounterRow,
    GoldenRow,
    MemberRow,
    RecordRow,
    RunRow,
    SourceRow,
    TouchedClusterRow,
    VersionRow,
)

__all__ = [
    "cluster_page",
    "cluster_views",
    "confirmed_at",
    "counter",
    "drop_touched_clusters",
    "offer_page",
    "set_counter",
    "source_rows",
    "touched_page",
]

_record, _version, _member = table_of(RecordRow), table_of(VersionRow), table_of(MemberRow)
_cluster, _golden, _touched = table_of(ClusterRow), table_of(GoldenRow), table_of(TouchedClusterRow)
_counter, _source, _coded = table_of(CounterRow), table_of(SourceRow), table_of(CodedRow)
_run = table_of(RunRow)

_confirmed = case((_run.c.ended < _source.c.last_complete, _run.c.ended), else_=_source.c.last_complete)
"""The last complete run, but none after the accepted one: a run that is held shows other records, or none."""


def offer_page(connection: Connection, after: tuple[str, str], limit: int) -> list[Any]:
    """Accepted offers after (source, native id), by bytes: record, cluster, document, issues, and what coding added.

    A record's own `last_seen` moves when it changes; an active one was seen by its source's last complete run, too."""
    confirmed = (_record.c.status == "active") & (_confirmed > _record.c.last_seen)
    seen = case((confirmed, _confirmed), else_=_record.c.last_seen).label("last_seen")
    columns = (
        *(_record.c.source, _record.c.native_id, _record.c.status, _record.c.first_seen, seen),
        *(_member.c.cluster_id, _version.c.doc, _version.c.issues),
        *(_coded.c.doc.label("coded"), _coded.c.issues.label("coded_issues")),
    )
    here = (_member.c.source == _record.c.source) & (_member.c.native_id == _record.c.native_id)
    known = _record.join(_version, _version.c.id == _record.c.head).outerjoin(_source, _source.c.id == _record.c.source)
    told = known.outerjoin(_run, _run.c.id == _source.c.accepted_run)
    joined = shown_join(told.outerjoin(_member, here))
    page = select(*columns).select_from(joined).where(tuple_(_record.c.source, _record.c.native_id) > after)
    return list(connection.execute(page.order_by(_record.c.source, _record.c.native_id).limit(limit)))


def confirmed_at(connection: Connection, source: str) -> datetime | None:
    """When a complete run last showed what is active in a source."""
    joined = _source.outerjoin(_run, _run.c.id == _source.c.accepted_run)
    return connection.execute(select(_confirmed).select_from(joined).where(_source.c.id == source)).scalar_one_or_none()


def source_rows(connection: Connection) -> dict[str, Any]:
    """What the store remembers of each source: title and redistribute."""
    rows = connection.execute(select(_source.c.id, _source.c.title, _source.c.redistribute))
    return {row.id: row for row in rows}


def touched_page(connection: Connection, after: str, limit: int) -> list[str]:
    """Touched clusters after an id, by bytes."""
    page = select(_touched.c.cluster_id).where(_touched.c.cluster_id > after)
    return list(connection.execute(page.order_by(_touched.c.cluster_id).limit(limit)).scalars())


def cluster_page(connection: Connection, after: str, limit: int) -> list[str]:
    """All clusters after an id, by bytes."""
    page = select(_cluster.c.id).where(_cluster.c.id > after)
    return list(connection.execute(page.order_by(_cluster.c.id).limit(limit)).scalars())


def cluster_views(connection: Connection, ids: Sequence[str]) -> list[Any]:
    """(id, state, doc, doc_hash, provenance, members) of clusters; the golden columns are None without one."""
    columns = (
        *(_cluster.c.id, _cluster.c.state),
        *(_golden.c.doc, _golden.c.doc_hash, _golden.c.provenance, _golden.c.members),
    )
    joined = _cluster.outerjoin(_golden, _golden.c.cluster_id == _cluster.c.id)
    return list(connection.execute(select(*columns).select_from(joined).where(_cluster.c.id.in_(list(ids)))))


def drop_touched_clusters(connection: Connection, ids: Iterable[str]) -> None:
    """Publish has seen these."""
    connection.execute(delete(_touched).where(_touched.c.cluster_id.in_(list(ids))))


def counter(connection: Connection, name: str) -> int | None:
    """The value of a named counter."""
    found = connection.execute(select(_counter.c.value).where(_counter.c.name == name)).scalar()
    return None if found is None else int(found)


def set_counter(connection: Connection, name: str, value: int) -> None:
    """Set a named counter."""
    upsert(connection, CounterRow, [{"name": name, "value": value}], keys=("name",), update=("value",))
