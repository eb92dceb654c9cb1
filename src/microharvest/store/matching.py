"""SQL of matching: epochs, features, providers, keys and silent keys, pairs, what is due, margins and relations.

What must stay true: everything here is derived from accepted heads and can be built again; the caller holds
`links.claim`, so nobody else writes these tables meanwhile. Records are numbered (`rid`) to keep keys and pairs small;
the numbers mean nothing outside this store.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, delete, exists, func, insert, literal, or_, select, update

from microharvest.store.database import among, insert_ignore, named, table_of, upsert
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
    "CHANGED",
    "EVERYBODY",
    "GROUPS",
    "KEYS",
    "PAIRS",
    "PROVIDERS",
    "add_due",
    "add_left",
    "advance",
    "all_rids",
    "carriers_of",
    "compare_anew",
    "count_due",
    "count_stops",
    "drop_due",
    "drop_edges",
    "drop_left",
    "drop_providers",
    "drop_records",
    "edges_of",
    "epoch",
    "erase_record",
    "is_due",
    "key_sizes",
    "leave_providers",
    "left_clusters",
    "margins_of",
    "names_of",
    "neighbours_of",
    "next_rid",
    "organisations_of",
    "orphans",
    "providers",
    "recompare_everything",
    "records_by_identity",
    "records_of",
    "relations_of",
    "replace_margins",
    "replace_relations",
    "replace_stops",
    "rids_of",
    "set_epoch",
    "set_organisations",
    "stops_of",
    "store_edges",
    "store_keys",
    "store_providers",
    "store_record_keys",
    "store_records",
    "waiting",
    "waiting_among",
]

Pair = tuple[str, str]
Ints = NDArray[np.int64]
PROVIDERS, KEYS, PAIRS, GROUPS = range(4)
"""What a due record waits for; a record that waits for one thing waits for all after it."""
EVERYBODY, CHANGED = 0, -1
"""The numbers under which `match_due` says that providers are to be resolved: all, or those that belong to no
organisation (they are new, or nobody names them any more) and what these can touch."""
NAMED = 20
"""A cluster names at most so many others of one kind, those with the smallest ids; all are kept."""

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
_naming = (_record.c.rid, _record.c.source, _record.c.native_id)


def records_by_identity(connection: Connection, records: Iterable[Pair]) -> list[Any]:
    """(rid, source, native_id, node, doc, keys, organisation) of those that link knows."""
    return [
        row
        for condition in named(connection, _record.c, records)
        for row in connection.execute(select(*_columns).select_from(_joined).where(condition)).all()
    ]


def rids_of(connection: Connection, records: Iterable[Pair]) -> dict[Pair, int]:
    """The numbers of those that link knows."""
    return {
        (row.source, row.native_id): row.rid
        for condition in named(connection, _record.c, records)
        for row in connection.execute(select(*_naming).where(condition)).all()
    }


def records_of(connection: Connection, rids: Iterable[int]) -> list[Any]:
    """The same by number, in the order of `rids`."""
    listed = list(rids)
    statement = select(*_columns).select_from(_joined).where(among(connection, _record.c.rid, listed))
    rows = {row[0]: row for row in connection.execute(statement).all()}
    return [rows[rid] for rid in listed if rid in rows]


def all_rids(connection: Connection) -> list[int]:
    """The numbers of all records."""
    return list(connection.execute(select(_record.c.rid).order_by(_record.c.rid)).scalars())


def names_of(connection: Connection, rids: Iterable[int]) -> list[Any]:
    """(rid, source, native_id)."""
    return list(connection.execute(select(*_naming).where(among(connection, _record.c.rid, rids))).all())


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
        add_due(connection, sorted(set(carriers_of(connection, silent)[1].tolist())), KEYS)
        replace_stops(connection, silent, [])
        drop_edges(connection, [row.rid])
        connection.execute(delete(_key).where(_key.c.rid == row.rid, among(connection, _key.c.k, keys)))
        drop_records(connection, [row.rid])
        if leave_providers(connection, [row.node]):
            drop_providers(connection, [row.node])
            add_due(connection, [EVERYBODY], PROVIDERS)


def store_providers(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Add nodes (node, doc) that are new, to be resolved."""
    listed = [row["node"] for row in rows]
    known = set(
        connection.execute(select(_provider.c.node).where(among(connection, _provider.c.node, listed))).scalars()
    )
    fresh = [{**row, "organisation": None} for row in rows if row["node"] not in known]
    insert_ignore(connection, MatchProviderRow, fresh, keys=("node",))
    add_due(connection, [CHANGED] if fresh else [], PROVIDERS)


def orphans(connection: Connection, nodes: Iterable[int]) -> list[Any]:
    """(node, organisation, doc) of those of `nodes` that no record names any more."""
    named_by = exists().where(_record.c.node == _provider.c.node)
    return list(connection.execute(select(_provider).where(among(connection, _provider.c.node, nodes), ~named_by)))


def leave_providers(connection: Connection, nodes: Iterable[int]) -> bool:
    """Records name those of `nodes` no more: is there one that nobody names now? Then it belongs to no organisation, to
    be dropped when what it touched is resolved; its organisation may go by another name, and is compared anew."""
    left = orphans(connection, nodes)
    compare_anew(connection, {row.organisation for row in left} - {None})
    gone = among(connection, _provider.c.node, [row.node for row in left])
    connection.execute(update(_provider).where(gone).values(organisation=None))
    add_due(connection, [CHANGED] if left else [], PROVIDERS)
    return bool(left)


def compare_anew(connection: Connection, organisations: Iterable[int]) -> None:
    """All records of organisations are due to be compared."""
    if wanted := list(organisations):
        nodes = connection.execute(select(_provider.c.node).where(among(connection, _provider.c.organisation, wanted)))
        add_due(connection, _naming_any(connection, nodes.scalars()), PAIRS)


def _naming_any(connection: Connection, nodes: Iterable[int]) -> Sequence[int]:
    return connection.execute(select(_record.c.rid).where(among(connection, _record.c.node, nodes))).scalars().all()


def drop_providers(connection: Connection, nodes: Iterable[int]) -> None:
    """Nodes that nobody names."""
    connection.execute(delete(_provider).where(among(connection, _provider.c.node, nodes)))


def providers(connection: Connection) -> list[Any]:
    """(node, organisation, doc) of all."""
    return list(connection.execute(select(_provider)).all())


def set_organisations(connection: Connection, organisations: dict[int, int]) -> None:
    """{node: organisation}; records of these nodes are due for new keys."""
    if not organisations:
        return
    statement = update(_provider).where(_provider.c.node == bindparam("b_node")).values(organisation=bindparam("b_org"))
    connection.execute(statement, [{"b_node": node, "b_org": known} for node, known in organisations.items()])
    add_due(connection, _naming_any(connection, organisations), KEYS)


def organisations_of(connection: Connection, organisations: Iterable[int]) -> list[Any]:
    """(organisation, doc) of all nodes of these."""
    columns = select(_provider.c.organisation, _provider.c.doc)
    return list(connection.execute(columns.where(among(connection, _provider.c.organisation, organisations))).all())


def store_keys(connection: Connection, gone: Sequence[tuple[int, int]], new: Sequence[tuple[int, int]]) -> None:
    """Drop and add (k, rid)."""
    if gone:
        statement = delete(_key).where(_key.c.k == bindparam("b_k"), _key.c.rid == bindparam("b_rid"))
        connection.execute(statement, [{"b_k": k, "b_rid": rid} for k, rid in gone])
    upsert(connection, MatchKeyRow, new, keys=("k", "rid"), update=(), columns=("k", "rid"))


def key_sizes(connection: Connection, keys: Iterable[int]) -> dict[int, int]:
    """How many records carry each key."""
    counted = select(_key.c.k, func.count()).where(among(connection, _key.c.k, keys)).group_by(_key.c.k)
    return {row[0]: int(row[1]) for row in connection.execute(counted).all()}


def carriers_of(connection: Connection, keys: Iterable[int]) -> tuple[Ints, Ints]:
    """All carriers: keys, and who carries them."""
    statement = select(_key.c.k, _key.c.rid).where(among(connection, _key.c.k, keys))
    rows = connection.execute(statement).all()
    found = np.fromiter(chain.from_iterable(rows), np.int64, 2 * len(rows)).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def stops_of(connection: Connection, keys: Iterable[int], reason: str | None = None) -> dict[int, Any]:
    """The silent ones among keys, with their rows; those of one reason."""
    statement = select(_stop).where(among(connection, _stop.c.k, keys))
    if reason is not None:
        statement = statement.where(_stop.c.reason == reason)
    return {row.k: row for row in connection.execute(statement).all()}


def replace_stops(connection: Connection, speaking: Sequence[int], silent: Sequence[dict[str, Any]]) -> None:
    """Keys that speak again, and keys that fell silent (k, kind, value, reason, records)."""
    connection.execute(delete(_stop).where(among(connection, _stop.c.k, speaking)))
    upsert(connection, MatchStopRow, silent, keys=("k",), update=("value", "reason", "records"))


def count_stops(connection: Connection) -> dict[str, int]:
    """How many keys are silent, by reason; those of crowds speak for their first."""
    counted = select(_stop.c.reason, func.count()).group_by(_stop.c.reason).order_by(_stop.c.reason)
    return {row[0]: int(row[1]) for row in connection.execute(counted).all() if row[0] != "twin"}


def edges_of(connection: Connection, rids: Iterable[int]) -> list[Any]:
    """(one, other, weight, sibling) of all pairs that touch records; both ways round are looked up by index."""
    listed = list(rids)
    found: dict[tuple[int, int], Any] = {}
    for side in (_edge.c.one, _edge.c.other):
        rows = connection.execute(select(_edge).where(among(connection, side, listed))).all()
        found.update({(row[0], row[1]): row for row in rows})
    return list(found.values())


def neighbours_of(connection: Connection, rids: Sequence[int]) -> set[int]:
    """The other records of all pairs but siblings that touch records, and those of these that have one."""
    found: set[int] = set()
    for side in (_edge.c.one, _edge.c.other):
        statement = select(_edge.c.one, _edge.c.other).where(among(connection, side, rids), _edge.c.sibling.is_(None))
        found.update(chain.from_iterable(connection.execute(statement).all()))
    return found


def drop_edges(connection: Connection, rids: Sequence[int]) -> None:
    """All pairs that touch records."""
    for side in (_edge.c.one, _edge.c.other):
        connection.execute(delete(_edge).where(among(connection, side, rids)))


def store_edges(connection: Connection, rows: Sequence[tuple[int, int, int, str | None]]) -> None:
    """Add (one, other, weight, sibling)."""
    columns = ("one", "other", "weight", "sibling")
    upsert(connection, MatchEdgeRow, rows, keys=columns[:2], update=columns[2:], columns=columns)


def add_due(connection: Connection, rids: Iterable[int], stage: int) -> None:
    """Records wait for `stage`, unless they wait for an earlier one already."""
    rows, earlier = [(rid, stage) for rid in rids], "excluded.stage < match_due.stage"
    upsert(connection, MatchDueRow, rows, keys=("rid",), update=("stage",), where=earlier, columns=("rid", "stage"))


def is_due(connection: Connection, rid: int) -> bool:
    """Does this one wait for anything?"""
    return connection.execute(select(_due.c.rid).where(_due.c.rid == rid)).first() is not None


def waiting(connection: Connection, stage: int) -> list[int]:
    """Everybody who waits for `stage`, those of one organisation together: they have most pairs among themselves."""
    whose = func.coalesce(_provider.c.organisation, _record.c.node)
    joined = _joined.join(_due, _due.c.rid == _record.c.rid)
    statement = select(_record.c.rid).select_from(joined).where(_due.c.stage == stage).order_by(whose, _record.c.rid)
    return [row[0] for row in connection.execute(statement).all()]


def waiting_among(connection: Connection, rids: Iterable[int], stage: int) -> list[int]:
    """Those of `rids` that wait for `stage`."""
    statement = select(_due.c.rid).where(_due.c.stage == stage, among(connection, _due.c.rid, rids))
    return list(connection.execute(statement).scalars())


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
    add_due(connection, [EVERYBODY], PROVIDERS)


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
    upsert(connection, LinkMarginRow, rows, keys=(), update=())


def relations_of(connection: Connection, clusters: Iterable[str]) -> dict[str, list[Any]]:
    """{cluster: (one_id, other_id, kind) of its relations, sorted}, of each kind those to the smallest ids."""
    wanted = set(clusters)
    found: dict[str, list[Any]] = {}
    counts: Counter[tuple[str, str]] = Counter()
    for row in sorted(_relations(connection, wanted), key=lambda row: (*sorted(row[:2]), row.kind)):
        for own in wanted.intersection(row[:2]):
            counts[own, row.kind] += 1
            if counts[own, row.kind] <= NAMED:
                found.setdefault(own, []).append(row)
    return {cluster: sorted(rows, key=tuple) for cluster, rows in found.items()}


def _relations(connection: Connection, clusters: Iterable[str]) -> list[Any]:
    listed = list(clusters)
    touching = or_(among(connection, _relation.c.one_id, listed), among(connection, _relation.c.other_id, listed))
    return list(connection.execute(select(_relation).where(touching)).all())


def replace_relations(connection: Connection, clusters: Iterable[str], rows: set[tuple[str, str, str]]) -> set[str]:
    """The relations that name `clusters` become `rows`; the clusters whose relations are others now."""
    held = {(row.one_id, row.other_id, row.kind) for row in _relations(connection, clusters)}
    gone, fresh = sorted(held - rows), sorted(rows - held)
    if gone:
        r = _relation.c
        this = (r.one_id == bindparam("a")) & (r.other_id == bindparam("b")) & (r.kind == bindparam("c"))
        connection.execute(delete(_relation).where(this), [dict(zip("abc", row, strict=True)) for row in gone])
    names = ("one_id", "other_id", "kind")
    insert_ignore(connection, RelationRow, [dict(zip(names, row, strict=True)) for row in fresh], keys=names)
    return {cluster for row in (*fresh, *gone) for cluster in row[:2]}
