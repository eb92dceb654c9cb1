"""SQL of linking: touched records, accepted heads, members, clusters, golden records.

What must stay true: a chunk runs under `claim`, so two links (and publish's consumption) never interleave; a touched
row is consumed only with its record share-locked, so a touch written meanwhile is never lost; text order is by bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, delete, exists, func, insert, select, text, update

from microharvest.store.coding import shown_join
from microharvest.store.database import among, insert_ignore, named, table_of, upsert
from microharvest.store.decision_tables import MemberWasRow
from microharvest.store.harvest_tables import (
    ClusterRow,
    CodedRow,
    CounterRow,
    GoldenRow,
    MemberRow,
    NodeRow,
    RecordRow,
    RedirectRow,
    TouchedClusterRow,
    TouchedRow,
    VersionRow,
)

__all__ = [
    "add_clusters",
    "add_redirects",
    "claim",
    "cluster_states",
    "count_touched",
    "delete_golden",
    "docs_of",
    "drop_members",
    "drop_touched",
    "founders_of",
    "golden_of",
    "heads_of",
    "keep_were",
    "lock_touched",
    "members_in",
    "members_of",
    "members_were",
    "next_pass",
    "node_id",
    "redirects_of",
    "set_cluster_state",
    "store_golden",
    "store_members",
    "touch_clusters",
    "touch_everything",
]

Pair = tuple[str, str]
_LOCK = 0x6D68_6C69_6E6B
"""Any constant that nobody else uses as an advisory lock: the bytes of `mhlink`."""

_touched, _record, _version = table_of(TouchedRow), table_of(RecordRow), table_of(VersionRow)
_member, _cluster, _counter = table_of(MemberRow), table_of(ClusterRow), table_of(CounterRow)
_golden, _redirect, _node = table_of(GoldenRow), table_of(RedirectRow), table_of(NodeRow)
_was, _coded = table_of(MemberWasRow), table_of(CodedRow)


def claim(connection: Connection) -> None:
    """Until the end of the transaction nobody else links. SQLite's write transaction is that by itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def node_id(connection: Connection) -> str:
    """This store's node id; empty before `init` made one."""
    return str(connection.execute(select(_node.c.node_id).order_by(_node.c.id).limit(1)).scalar() or "")


def touch_everything(connection: Connection) -> None:
    """Every record counts as touched."""
    wanted = select(_record.c.source, _record.c.native_id)
    known = exists().where(_touched.c.source == _record.c.source, _touched.c.native_id == _record.c.native_id)
    connection.execute(insert(_touched).from_select(["source", "native_id"], wanted.where(~known)))


def count_touched(connection: Connection) -> int:
    """How many records wait for link."""
    return int(connection.execute(select(func.count()).select_from(_touched)).scalar_one())


def lock_touched(connection: Connection, limit: int) -> list[Pair]:
    """The next touched records by bytes; rows an acceptance holds are left for the next pass.

    Acceptance locks records first and touches them last: whoever has the share lock sees its whole result.
    """
    joined = _touched.join(
        _record, (_touched.c.source == _record.c.source) & (_touched.c.native_id == _record.c.native_id)
    )
    order = (_touched.c.source, _touched.c.native_id)
    free = select(*order).select_from(joined).order_by(*order).limit(limit)
    free = free.with_for_update(read=True, skip_locked=True, of=_record)
    found = [(row.source, row.native_id) for row in connection.execute(free).all()]
    if found:
        return found
    known = exists().where(_touched.c.source == _record.c.source, _touched.c.native_id == _record.c.native_id)
    forgotten = select(*order).where(~known).order_by(*order).limit(limit)
    return [(row.source, row.native_id) for row in connection.execute(forgotten)]


def next_pass(connection: Connection) -> int:
    """The number of a pass of link: redirects name it."""
    upsert(connection, CounterRow, [{"name": "link", "value": 0}], keys=("name",), update=())
    mine = _counter.c.name == "link"
    connection.execute(update(_counter).where(mine).values(value=_counter.c.value + 1))
    return int(connection.execute(select(_counter.c.value).where(mine)).scalar_one())


def drop_touched(connection: Connection, records: Sequence[Pair]) -> None:
    """The rows are consumed."""
    for condition in named(connection, _touched.c, records):
        connection.execute(delete(_touched).where(condition))


def docs_of(connection: Connection, records: Iterable[Pair]) -> Iterator[Any]:
    """(source, native_id, status, doc) of records as accepted."""
    columns = (_record.c.source, _record.c.native_id, _record.c.status, _version.c.doc)
    joined = _record.join(_version, _version.c.id == _record.c.head)
    for condition in named(connection, _record.c, records):
        yield from connection.execute(select(*columns).select_from(joined).where(condition)).all()


def heads_of(connection: Connection, records: Iterable[Pair], *, coded: bool = False) -> Iterator[Any]:
    """(source, native_id, status, version, at, doc) of records as accepted; with `coded` their `doc` has its links to
    imported vocabularies."""
    joined = _record.join(_version, _version.c.id == _record.c.head)
    doc = func.coalesce(_coded.c.doc, _version.c.doc).label("doc") if coded else _version.c.doc
    columns = (
        *(_record.c.source, _record.c.native_id, _record.c.status, _record.c.head.label("version")),
        *(_version.c.created.label("at"), doc),
    )
    joined = shown_join(joined) if coded else joined
    for condition in named(connection, _record.c, records):
        yield from connection.execute(select(*columns).select_from(joined).where(condition)).all()


def members_of(connection: Connection, records: Iterable[Pair]) -> dict[Pair, str]:
    """The cluster of each record that has one."""
    return {
        (row.source, row.native_id): row.cluster_id
        for condition in named(connection, _member.c, records)
        for row in connection.execute(select(_member).where(condition)).all()
    }


def members_in(connection: Connection, clusters: Iterable[str]) -> dict[Pair, str]:
    """All members of clusters, withdrawn ones too."""
    rows = connection.execute(select(_member).where(among(connection, _member.c.cluster_id, clusters))).all()
    return {(row.source, row.native_id): row.cluster_id for row in rows}


def store_members(connection: Connection, members: dict[Pair, str]) -> None:
    """Put records into clusters."""
    rows = [{"source": one, "native_id": two, "cluster_id": cluster} for (one, two), cluster in members.items()]
    upsert(connection, MemberRow, rows, keys=("source", "native_id"), update=("cluster_id",))


def drop_members(connection: Connection, records: Sequence[Pair]) -> None:
    """Records that were forgotten leave their cluster, and nothing is remembered of where they came from."""
    for table in (_member, _was):
        for condition in named(connection, table.c, records):
            connection.execute(delete(table).where(condition))


def cluster_states(connection: Connection, clusters: Iterable[str]) -> dict[str, str]:
    """The state (`active`, `merged`) of the clusters that exist."""
    statement = select(_cluster.c.id, _cluster.c.state).where(among(connection, _cluster.c.id, clusters))
    return {row[0]: row[1] for row in connection.execute(statement).all()}


def founders_of(connection: Connection, clusters: Iterable[str]) -> dict[str, Pair]:
    """The record that each cluster's id was minted for."""
    statement = select(_cluster).where(among(connection, _cluster.c.id, clusters))
    return {row.id: (row.source, row.native_id) for row in connection.execute(statement).all()}


def add_clusters(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """New clusters: id, source, native_id, n, created."""
    upsert(connection, ClusterRow, [{"state": "active", **row} for row in rows], keys=(), update=())


def set_cluster_state(connection: Connection, clusters: Sequence[str], state: str) -> None:
    """`active` or `merged`."""
    connection.execute(update(_cluster).where(among(connection, _cluster.c.id, clusters)).values(state=state))


def add_redirects(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Append old_id, new_id, reason, at, run."""
    if rows:
        connection.execute(insert(_redirect), list(rows))


def redirects_of(connection: Connection, clusters: Iterable[str]) -> list[Any]:
    """(old_id, new_id, reason, at) of merges that ended these clusters and splits they came out of, oldest first."""
    listed = list(clusters)
    ended = (_redirect.c.reason == "merged_into") & among(connection, _redirect.c.old_id, listed)
    left = (_redirect.c.reason == "split_from") & among(connection, _redirect.c.new_id, listed)
    return list(connection.execute(select(_redirect).where(ended | left).order_by(_redirect.c.id)))


def members_were(connection: Connection, records: Iterable[Pair]) -> dict[Pair, str]:
    """The cluster that each record had before a decision moved it, of those that were moved."""
    return {
        (row.source, row.native_id): row.cluster_id
        for condition in named(connection, _was.c, records)
        for row in connection.execute(select(_was).where(condition))
    }


def keep_were(connection: Connection, members: dict[Pair, str], forget: Iterable[Pair]) -> None:
    """Remember clusters of records, where none is remembered yet; and forget those of others."""
    for condition in named(connection, _was.c, forget):
        connection.execute(delete(_was).where(condition))
    rows = [{"source": one, "native_id": two, "cluster_id": cluster} for (one, two), cluster in members.items()]
    insert_ignore(connection, MemberWasRow, rows, keys=("source", "native_id"))


def golden_of(connection: Connection, clusters: Iterable[str]) -> dict[str, Any]:
    """The golden rows of clusters."""
    rows = connection.execute(select(_golden).where(among(connection, _golden.c.cluster_id, clusters))).all()
    return {row.cluster_id: row for row in rows}


def store_golden(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert or replace golden records."""
    columns = ("doc", "doc_hash", "provenance", "members", "updated")
    upsert(connection, GoldenRow, rows, keys=("cluster_id",), update=columns)


def delete_golden(connection: Connection, clusters: Sequence[str]) -> None:
    """Clusters without an active member have no golden record."""
    connection.execute(delete(_golden).where(among(connection, _golden.c.cluster_id, clusters)))


def touch_clusters(connection: Connection, clusters: Sequence[str]) -> None:
    """Publish has to look at these."""
    rows = [{"cluster_id": cluster} for cluster in clusters]
    insert_ignore(connection, TouchedClusterRow, rows, keys=("cluster_id",))
