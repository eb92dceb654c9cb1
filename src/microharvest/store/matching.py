"""SQL of matching: epochs, features, providers, keys and silent keys, pairs, what is due, margins and relations.

What must stay true: everything here is derived from accepted heads and can be built again; the caller holds
`links.claim`, so nobody else writes these tables meanwhile. Records are numbered (`rid`) to keep keys and pairs small;
the numbers mean nothing outside this store.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, literal, or_, select, update

from microharvest.store.database import among, insert_ignore, table_of, upsert
from microharvest.store.match_tables import (
    LinkMarginRow,
    MatchDueRow,
    MatchEdgeRow,
    MatchEpochRow,
    MatchKeyRow,
    MatchLeftRow,
    MatchProviderRow,
    MatchRecordRow,
    MatchStopRow,
    RelationRow,
)

__all__ = [
    "GROUPS",
    "KEYS",
    "PAIRS",
    "PROVIDERS",
    "add_due",
    "add_left",
    "advance",
    "all_rids",
    "carriers_of",
    "count_due",
    "count_stops",
    "drop_due",
    "drop_edges",
    "drop_left",
    "drop_orphan_providers",
    "drop_records",
    "due_records",
    "edges_of",
    "epoch",
    "erase_record",
    "is_due",
    "key_sizes",
    "left_clusters",
    "margins_of",
    "names_of",
    "next_rid",
    "organisations_of",
    "providers",
    "recompare_everything",
    "records_by_identity",
    "records_of",
    "relations_of",
    "replace_margins",
    "replace_relations",
    "replace_stops",
    "set_epoch",
    "set_organisations",
    "stops_of",
    "store_edges",
    "store_keys",
    "store_providers",
    "store_record_keys",
    "store_records",
]

Pair = tuple[str, str]
PROVIDERS, KEYS, PAIRS, GROUPS = range(4)
"""What a due record waits for; a record that waits for one thing waits for all after it."""

_epoch, _record, _provider = table_of(MatchEpochRow), table_of(MatchRecordRow), table_of(MatchProviderRow)
_key, _stop, _edge, _due = table_of(MatchKeyRow), table_of(MatchStopRow), table_of(MatchEdgeRow), table_of(MatchDueRow)
_left, _margin, _relation = table_of(MatchLeftRow), table_of(LinkMarginRow), table_of(RelationRow)


def epoch(connection: Connection) -> Any | None:
    """The row that says under which rules everything is linked; None before the first link."""
    return connection.execute(select(_epoch)).first()


def set_epoch(connection: Connection, row: dict[str, Any]) -> None:
    """Begin another epoch."""
    upsert(connection, MatchEpochRow, [{"id": 1, **row}], keys=("id",), update=tuple(row))


def next_rid(connection: Connection) -> int:
    """The first number nobody has."""
    return int(connection.execute(select(func.coalesce(func.max(_record.c.rid), 0))).scalar_one()) + 1


_joined = _record.outerjoin(_provider, _provider.c.node == _record.c.node)
_columns = (*_record.c, _provider.c.organisation)


def records_by_identity(connection: Connection, records: Iterable[Pair]) -> list[Any]:
    """(rid, source, native_id, node, doc, keys, organisation) of those that link knows."""
    by_source: dict[str, list[str]] = {}
    for source, native_id in records:
        by_source.setdefault(source, []).append(native_id)
    return [
        row
        for source, ids in sorted(by_source.items())
        for row in connection.execute(
            select(*_columns).select_from(_joined)
            .where(_record.c.source == source, among(connection, _record.c.native_id, ids))
        ).all()
    ]  # fmt: skip


def records_of(connection: Connection, rids: Iterable[int]) -> list[Any]:
    """The same by number."""
    statement = select(*_columns).select_from(_joined).where(among(connection, _record.c.rid, rids))
    return list(connection.execute(statement).all())


def all_rids(connection: Connection) -> list[int]:
    """The numbers of all records."""
    return list(connection.execute(select(_record.c.rid).order_by(_record.c.rid)).scalars())


def names_of(connection: Connection, rids: Iterable[int]) -> list[Any]:
    """(rid, source, native_id)."""
    columns = select(_record.c.rid, _record.c.source, _record.c.native_id)
    return list(connection.execute(columns.where(among(connection, _record.c.rid, rids))).all())


def store_records(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert or replace rid, source, native_id, node, doc, keys."""
    upsert(connection, MatchRecordRow, rows, keys=("rid",), update=("node", "doc"))


def store_record_keys(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write `keys` of records that exist."""
    if rows:
        statement = update(_record).where(_record.c.rid == bindparam("b_rid")).values(keys=bindparam("b_keys"))
        connection.execute(statement, [{"b_rid": row["rid"], "b_keys": row["keys"]} for row in rows])


def drop_records(connection: Connection, rids: Sequence[int]) -> None:
    """Records that are no longer there; their keys and pairs are the caller's to drop."""
    connection.execute(delete(_record).where(among(connection, _record.c.rid, rids)))
    connection.execute(delete(_due).where(among(connection, _due.c.rid, rids)))


def erase_record(connection: Connection, source: str, native_id: str) -> None:
    """Nothing of a record stays here: no features, keys, pairs, or silent keys but those a crowd carries. Whoever was
    near it is due to be looked at again."""
    for row in records_by_identity(connection, [(source, native_id)]):
        keys = list(connection.execute(select(_key.c.k).where(_key.c.rid == row.rid)).scalars())
        silent = [k for k, stop in stops_of(connection, keys).items() if stop.reason != "crowded"]
        near = {rid for edge in edges_of(connection, [row.rid]) for rid in (edge.one, edge.other)} - {row.rid}
        add_due(connection, sorted(near), GROUPS)
        add_due(connection, sorted({rid for _, rid in carriers_of(connection, silent)}), KEYS)
        replace_stops(connection, silent, [])
        drop_edges(connection, [row.rid])
        connection.execute(delete(_key).where(_key.c.rid == row.rid, among(connection, _key.c.k, keys)))
        drop_records(connection, [row.rid])
        if drop_orphan_providers(connection, [row.node]):
            add_due(connection, [0], PROVIDERS)


def store_providers(connection: Connection, rows: Sequence[dict[str, Any]]) -> bool:
    """Add nodes (node, doc) that are new, not resolved yet; was there any?"""
    listed = [row["node"] for row in rows]
    known = set(
        connection.execute(select(_provider.c.node).where(among(connection, _provider.c.node, listed))).scalars()
    )
    fresh = [{**row, "organisation": None} for row in rows if row["node"] not in known]
    insert_ignore(connection, MatchProviderRow, fresh, keys=("node",))
    return bool(fresh)


def drop_orphan_providers(connection: Connection, nodes: Iterable[int]) -> bool:
    """Drop those of `nodes` that no record names any more; was there any?"""
    named = exists().where(_record.c.node == _provider.c.node)
    done = connection.execute(delete(_provider).where(among(connection, _provider.c.node, nodes), ~named))
    return bool(done.rowcount)


def providers(connection: Connection) -> list[Any]:
    """(node, organisation, doc) of all."""
    return list(connection.execute(select(_provider)).all())


def set_organisations(connection: Connection, organisations: dict[int, int]) -> None:
    """{node: organisation}; records of these nodes are due for new keys."""
    if not organisations:
        return
    statement = update(_provider).where(_provider.c.node == bindparam("b_node")).values(organisation=bindparam("b_org"))
    connection.execute(statement, [{"b_node": node, "b_org": known} for node, known in organisations.items()])
    named = select(_record.c.rid).where(among(connection, _record.c.node, organisations))
    add_due(connection, connection.execute(named).scalars().all(), KEYS)


def organisations_of(connection: Connection, organisations: Iterable[int]) -> list[Any]:
    """(organisation, doc) of all nodes of these."""
    columns = select(_provider.c.organisation, _provider.c.doc)
    return list(connection.execute(columns.where(among(connection, _provider.c.organisation, organisations))).all())


def store_keys(connection: Connection, gone: Sequence[tuple[int, int]], new: Sequence[tuple[int, int]]) -> None:
    """Drop and add (k, rid)."""
    if gone:
        statement = delete(_key).where(_key.c.k == bindparam("b_k"), _key.c.rid == bindparam("b_rid"))
        connection.execute(statement, [{"b_k": k, "b_rid": rid} for k, rid in gone])
    insert_ignore(connection, MatchKeyRow, [{"k": k, "rid": rid} for k, rid in new], keys=("k", "rid"))


def key_sizes(connection: Connection, keys: Iterable[int]) -> dict[int, int]:
    """How many records carry each key."""
    counted = select(_key.c.k, func.count()).where(among(connection, _key.c.k, keys)).group_by(_key.c.k)
    return {row[0]: int(row[1]) for row in connection.execute(counted).all()}


def carriers_of(connection: Connection, keys: Iterable[int]) -> list[tuple[int, int]]:
    """(k, rid) of all carriers."""
    statement = select(_key.c.k, _key.c.rid).where(among(connection, _key.c.k, keys))
    return [(row[0], row[1]) for row in connection.execute(statement).all()]


def stops_of(connection: Connection, keys: Iterable[int]) -> dict[int, Any]:
    """The silent ones among keys, with their rows."""
    rows = connection.execute(select(_stop).where(among(connection, _stop.c.k, keys))).all()
    return {row.k: row for row in rows}


def replace_stops(connection: Connection, speaking: Sequence[int], silent: Sequence[dict[str, Any]]) -> None:
    """Keys that speak again, and keys that fell silent (k, kind, value, reason, records)."""
    connection.execute(delete(_stop).where(among(connection, _stop.c.k, speaking)))
    upsert(connection, MatchStopRow, silent, keys=("k",), update=("reason", "records"))


def count_stops(connection: Connection) -> dict[str, int]:
    """How many keys are silent, by reason."""
    counted = select(_stop.c.reason, func.count()).group_by(_stop.c.reason).order_by(_stop.c.reason)
    return {row[0]: int(row[1]) for row in connection.execute(counted).all()}


def edges_of(connection: Connection, rids: Iterable[int], *, positive: bool = False) -> list[Any]:
    """(one, other, weight, sibling) of all pairs that touch records; both ways round are looked up by index."""
    listed = list(rids)
    found: dict[tuple[int, int], Any] = {}
    for side in (_edge.c.one, _edge.c.other):
        statement = select(_edge).where(among(connection, side, listed))
        if positive:
            statement = statement.where(_edge.c.weight > 0, _edge.c.sibling.is_(None))
        for row in connection.execute(statement).all():
            found[row.one, row.other] = row
    return list(found.values())


def drop_edges(connection: Connection, rids: Sequence[int]) -> None:
    """All pairs that touch records."""
    for side in (_edge.c.one, _edge.c.other):
        connection.execute(delete(_edge).where(among(connection, side, rids)))


def store_edges(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Add one, other, weight, sibling."""
    upsert(connection, MatchEdgeRow, rows, keys=("one", "other"), update=("weight", "sibling"))


def add_due(connection: Connection, rids: Iterable[int], stage: int) -> None:
    """Records wait for `stage`, unless they wait for an earlier one already."""
    rows = [{"rid": rid, "stage": stage} for rid in rids]
    upsert(connection, MatchDueRow, rows, keys=("rid",), update=("stage",), where="excluded.stage < match_due.stage")


def is_due(connection: Connection, rid: int) -> bool:
    """Does this one wait for anything?"""
    return connection.execute(select(_due.c.rid).where(_due.c.rid == rid)).first() is not None


def due_records(connection: Connection, stage: int, limit: int) -> list[Any]:
    """Records that wait for `stage`, as `records_of`, those of one provider together."""
    statement = select(*_columns).select_from(_joined.join(_due, _due.c.rid == _record.c.rid))
    return list(connection.execute(statement.where(_due.c.stage == stage).order_by(_record.c.rid).limit(limit)).all())


def count_due(connection: Connection) -> dict[int, int]:
    """How many records wait, by stage."""
    counted = select(_due.c.stage, func.count()).where(_due.c.rid > 0).group_by(_due.c.stage)
    return {row[0]: int(row[1]) for row in connection.execute(counted).all()}


def drop_due(connection: Connection, rids: Iterable[int]) -> None:
    """Records that are done with."""
    connection.execute(delete(_due).where(among(connection, _due.c.rid, rids)))


def advance(connection: Connection, rids: Iterable[int], stage: int) -> None:
    """Records go on to `stage`."""
    connection.execute(update(_due).where(among(connection, _due.c.rid, rids)).values(stage=stage))


def recompare_everything(connection: Connection) -> None:
    """Another epoch: every record waits for its keys and everything after, and providers are resolved anew."""
    connection.execute(delete(_due))
    connection.execute(insert(_due).from_select(["rid", "stage"], select(_record.c.rid, literal(KEYS))))
    add_due(connection, [0], PROVIDERS)


def add_left(connection: Connection, clusters: Iterable[str]) -> None:
    """Clusters that lost a member."""
    insert_ignore(connection, MatchLeftRow, [{"cluster_id": one} for one in clusters], keys=("cluster_id",))


def left_clusters(connection: Connection, limit: int) -> list[str]:
    """The next ones."""
    return list(connection.execute(select(_left.c.cluster_id).order_by(_left.c.cluster_id).limit(limit)).scalars())


def drop_left(connection: Connection, clusters: Iterable[str]) -> None:
    """Clusters that were looked at."""
    connection.execute(delete(_left).where(among(connection, _left.c.cluster_id, clusters)))


def margins_of(connection: Connection, clusters: Iterable[str]) -> list[Any]:
    """The margins of clusters."""
    return list(connection.execute(select(_margin).where(among(connection, _margin.c.cluster_id, clusters))).all())


def replace_margins(connection: Connection, clusters: Iterable[str], rows: Sequence[dict[str, Any]]) -> None:
    """The margins of `clusters` become `rows`."""
    connection.execute(delete(_margin).where(among(connection, _margin.c.cluster_id, clusters)))
    if rows:
        connection.execute(insert(_margin), list(rows))


def relations_of(connection: Connection, clusters: Iterable[str]) -> list[Any]:
    """(one_id, other_id, kind) of all relations that name clusters."""
    listed = list(clusters)
    touching = or_(among(connection, _relation.c.one_id, listed), among(connection, _relation.c.other_id, listed))
    return list(connection.execute(select(_relation).where(touching)).all())


def replace_relations(
    connection: Connection, clusters: Iterable[str], rows: Sequence[tuple[str, str, str]]
) -> set[str]:
    """The relations that name `clusters` become `rows`; the clusters whose relations are others now."""
    listed = sorted(clusters)
    held = {(row.one_id, row.other_id, row.kind) for row in relations_of(connection, listed)}
    for one, other, kind in sorted(held - set(rows)):
        connection.execute(
            delete(_relation).where(_relation.c.one_id == one, _relation.c.other_id == other, _relation.c.kind == kind)
        )
    fresh = sorted(set(rows) - held)
    insert_ignore(
        connection,
        RelationRow,
        [{"one_id": one, "other_id": other, "kind": kind} for one, other, kind in fresh],
        keys=("one_id", "other_id", "kind"),
    )
    return {cluster for row in {*fresh, *(held - set(rows))} for cluster in row[:2]}
