"""Removing what is past its time. What must stay true:

- a version stays while a record stands on it, its bytes serve another version, a release names it, a run that waits
  landed it, or it was the accepted state at any moment within the time kept (so `revert` can go back that far);
- requests and bodies stay while they tell where a kept version came from or stand for an unmodified address;
- log, records, clusters, entries and the audit trail are never touched.

Every statement checks this again in its own short transaction, with the source locked: safe beside a daemon.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from msgspec import json
from sqlalchemy import Connection, bindparam, select, text

from microharvest.store.catalogue_tables import EntryRow
from microharvest.store.columns import MOMENT
from microharvest.store.database import Database, table_of
from microharvest.store.harvest_tables import SourceRow
from microharvest.telemetry import failpoint

__all__ = ["Cutoffs", "prune_store", "released_versions"]

BATCH = 500
_entry, _source = table_of(EntryRow), table_of(SourceRow)


class Cutoffs(msgspec.Struct, frozen=True, kw_only=True):
    """What is older than this goes: versions by when they were replaced, runs by when they ended."""

    now: datetime
    versions: datetime
    runs: datetime
    notices: datetime


_VERSIONS = """
FROM version v WHERE v.source = :source AND v.created < :versions
AND NOT EXISTS (SELECT 1 FROM record r WHERE r.source = v.source AND r.native_id = v.native_id AND r.head = v.id)
AND NOT EXISTS (SELECT 1 FROM version k WHERE k.raw_of = v.id)
AND EXISTS (SELECT 1 FROM change c WHERE c.source = v.source AND c.native_id = v.native_id
            AND c.prior = v.id AND c.version <> v.id AND c.at < :versions)
AND NOT EXISTS (SELECT 1 FROM change c WHERE c.source = v.source AND c.native_id = v.native_id
                AND (c.prior = v.id OR c.version = v.id) AND c.at >= :versions)
"""
_OLD_RUNS = """
SELECT x.id FROM run x WHERE x.source = :source AND x.state = 'ended' AND x.ended < :runs
AND coalesce(x.acceptance, '') <> 'held'
AND x.id NOT IN (SELECT coalesce(s.accepted_run, 0) FROM source s WHERE s.id = :source)
AND x.id NOT IN (SELECT coalesce(s.pinned_run, 0) FROM source s WHERE s.id = :source)
AND x.id NOT IN (SELECT d.run FROM validator d WHERE d.source = :source)
AND x.id <> (SELECT max(n.id) FROM run n WHERE n.source = :source)
AND x.id <> (SELECT coalesce(max(n.id), 0) FROM run n WHERE n.source = :source AND n.kind = 'harvest'
             AND n.acceptance = 'accepted')
"""
_REQUESTS = """
FROM request q WHERE q.run IN (OLD_RUNS)
AND NOT EXISTS (SELECT 1 FROM version v WHERE v.run = q.run AND v.request_key = q.key)
"""
_BODIES = """
FROM body b WHERE b.run IN (OLD_RUNS)
AND NOT EXISTS (SELECT 1 FROM request q WHERE q.run = b.run AND q.key = b.key)
"""
_NOTED = """
FROM {table} n WHERE n.run IN (OLD_RUNS)
AND n.run <> (SELECT coalesce(max(m.run), 0) FROM {table} m JOIN run y ON y.id = m.run WHERE y.source = :source)
"""
_RUNS = """
FROM run z WHERE z.id IN (OLD_RUNS)
AND NOT EXISTS (SELECT 1 FROM change c WHERE c.run = z.id) AND NOT EXISTS (SELECT 1 FROM version v WHERE v.run = z.id)
AND NOT EXISTS (SELECT 1 FROM request q WHERE q.run = z.id) AND NOT EXISTS (SELECT 1 FROM alias a WHERE a.run = z.id)
AND NOT EXISTS (SELECT 1 FROM finding f WHERE f.run = z.id) AND NOT EXISTS (SELECT 1 FROM unmapped u WHERE u.run = z.id)
AND NOT EXISTS (SELECT 1 FROM quarantine k WHERE k.run = z.id)
AND NOT EXISTS (SELECT 1 FROM run w WHERE w.base_run = z.id)
"""
_OF_SOURCE: tuple[tuple[str, str, str], ...] = (
    ("request", "q.run, q.key", _REQUESTS),
    ("body", "b.id", _BODIES),
    ("finding", "n.run, n.code", _NOTED.replace("{table}", "finding")),
    ("unmapped", "n.run, n.path", _NOTED.replace("{table}", "unmapped")),
    ("run", "z.id", _RUNS),
)
_KEYS = {"request": ("run", "key"), "finding": ("run", "code"), "unmapped": ("run", "path")}
_OF_ALL: tuple[tuple[str, str, str], ...] = (
    ("quarantine", "x.id", "FROM quarantine x WHERE x.expires < :now"),
    ("outbox", "x.id", "FROM outbox x WHERE x.delivered IS NOT NULL AND x.at < :notices"),
)


def released_versions(catalogue: Database) -> set[int]:
    """The versions that the entries of any release name as where their values come from."""
    found: set[int] = set()
    with catalogue.read() as connection:
        docs = connection.execute(select(_entry.c.doc).execution_options(yield_per=1000))
        for doc in docs.scalars():
            said = json.decode(bytes(doc)).get("provenance") or {}
            found.update(one["version"] for one in said.values() if "version" in one)
    return found


def prune_store(database: Database, cutoffs: Cutoffs, released: Collection[int], *, plan: bool) -> Counter[str]:
    """Remove what is past its time, in short transactions; returns how many rows of each table.

    `plan` removes nothing and counts what could go now; what only goes once other rows are gone is not in it.
    """
    counts: Counter[str] = Counter()
    with database.read() as connection:
        sources = list(connection.execute(select(_source.c.id).order_by(_source.c.id)).scalars())
    for source in sources:
        counts["version"] += _prune_versions(database, source, cutoffs, frozenset(released), plan)
        for table, keys, where in _OF_SOURCE:
            counts[table] += _prune(database, table, keys, where, source, cutoffs, plan)
    for table, keys, where in _OF_ALL:
        counts[table] += _prune(database, table, keys, where, None, cutoffs, plan)
    return +counts


def _prune_versions(database: Database, source: str, cutoffs: Cutoffs, released: frozenset[int], plan: bool) -> int:
    removed, after = 0, 0
    statement = _timed(f"SELECT v.id {_VERSIONS} AND v.id > :after ORDER BY v.id LIMIT {BATCH}")
    while True:
        with database.write() as connection:
            _lock(connection, source)
            found = list(connection.execute(statement, _values(statement, cutoffs, source, after)).scalars())
            doomed = [one for one in found if one not in released]
            if doomed and not plan:
                gone = text("DELETE FROM version WHERE id IN :ids").bindparams(bindparam("ids", expanding=True))
                connection.execute(gone, {"ids": doomed})
                failpoint("prune.before_commit")
        if not found:
            return removed
        removed, after = removed + len(doomed), found[-1]


def _prune(
    database: Database, table: str, keys: str, where: str, source: str | None, cutoffs: Cutoffs, plan: bool
) -> int:
    if plan:
        counted = _timed(f"SELECT count(*) {where}")
        with database.read() as connection:
            return int(connection.execute(counted, _values(counted, cutoffs, source)).scalar_one())
    names = ", ".join(_KEYS.get(table, ("id",)))
    statement = _timed(f"DELETE FROM {table} WHERE ({names}) IN (SELECT {keys} {where} LIMIT {BATCH})")  # noqa: S608
    removed = 0
    while True:
        with database.write() as connection:
            if source is not None:
                _lock(connection, source)
            count = connection.execute(statement, _values(statement, cutoffs, source)).rowcount
            failpoint("prune.before_commit")
        removed += count
        if not count:
            return removed


def _lock(connection: Connection, source: str) -> None:
    """Nobody accepts or reverts this source meanwhile."""
    connection.execute(select(_source.c.id).where(_source.c.id == source).with_for_update())


def _values(statement: Any, cutoffs: Cutoffs, source: str | None, after: int = 0) -> dict[str, Any]:
    every = {"now": cutoffs.now, "versions": cutoffs.versions, "runs": cutoffs.runs, "notices": cutoffs.notices,
             "source": source, "after": after}  # fmt: skip
    return {name: value for name, value in every.items() if f":{name}" in statement.text}


def _timed(statement: str) -> Any:
    """A statement whose moments are typed for both databases."""
    statement = statement.replace("OLD_RUNS", _OLD_RUNS)
    moments = [name for name in ("now", "versions", "runs", "notices") if f":{name}" in statement]
    return text(statement).bindparams(*(bindparam(name, type_=MOMENT) for name in moments))
