"""Linking at scale: a generated catalogue straight into a store, then link's time and memory, and what stays the same.

    python -m tests.bench.linking RECORDS [--store URL] [--once]

Full link, 1,000 more records, 1,000 touched, 2 % churn; then a second store linked at once from the final state, which
must hold the same clusters, margins and relations (`--once` leaves that out). Offers are written as an acceptance
leaves them, without a harvest: what is measured is link alone, each time in a process of its own. `peak`: that process
and its workers together, each at its own peak.
"""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select, text

from microharvest.link.run import link_changed
from microharvest.link.workers import cores
from microharvest.model.ids import content_hash, id_hash
from microharvest.model.offer import encode_offer
from microharvest.settings import MergeSettings
from microharvest.store.database import Database, insert_ignore, table_of, upsert
from microharvest.store.harvest_tables import MemberRow, NodeRow, RecordRow, TouchedRow, VersionRow
from microharvest.store.match_tables import LinkMarginRow, RelationRow
from microharvest.store.schema import migrate
from tests.bench import said_words
from tests.bench.offers import offers

NOW = datetime(2026, 1, 1, tzinfo=UTC)
Record = tuple[str, str]
Doc = tuple[str, str, bytes]


def docs(count: int, seed: int) -> Iterable[Doc]:
    """Generated offers, encoded."""
    return ((source, native_id, encode_offer(offer)) for source, native_id, offer in offers(count, seed))


def fill(database: Database, said: Iterable[Doc], run: int) -> None:
    """Accept offers, as an acceptance would."""
    listed = iter(said)
    same = {"place": "0", "deleted": False, "media_type": "application/json", "raw": b"", "raw_hash": b"r"}
    same |= {"issues": "[]", "map_version": "1", "created": NOW, "run": run}
    names = ("source", "native_id", "id_hash", "head", "raw_hash", "doc_hash", "map_version", "status")
    while part := list(islice(listed, 20_000)):
        with database.write() as connection:
            first = int(connection.execute(text("SELECT COALESCE(MAX(id), 0) FROM version")).scalar_one()) + 1
            rows: list[dict[str, Any]] = [
                {"id": number, "head": number, "status": "active", "source": source, "native_id": native_id, "doc": doc,
                 "id_hash": id_hash(native_id), "doc_hash": content_hash(doc), **same}
                for number, (source, native_id, doc) in enumerate(part, first)
            ]  # fmt: skip
            versions = [{name: row[name] for name in row if name not in {"head", "status"}} for row in rows]
            upsert(connection, VersionRow, versions, keys=(), update=())
            times = {"missing_runs": 0, "first_seen": NOW, "last_seen": NOW}
            records = [{**{name: row[name] for name in names}, **times} for row in rows]
            upsert(connection, RecordRow, records, keys=("source", "native_id"), update=("head", "doc_hash"))
            touch(connection, [one[:2] for one in part])


def touch(connection: Any, records: Sequence[Record]) -> None:
    """Somebody has to look at these."""
    rows = [{"source": source, "native_id": native_id} for source, native_id in records]
    insert_ignore(connection, TouchedRow, rows, keys=("source", "native_id"))


def opened(url: str) -> Database:
    """A store with its tables."""
    database = Database(url, create=True)
    migrate(database, "harvest")
    with database.write() as connection:
        connection.execute(insert(table_of(NodeRow)), [{"id": 1, "node_id": "bench", "created": NOW}])
    return database


def linked(url: str, what: str) -> None:
    """Link in a process of its own, which says what it took."""
    print(f"{what:26}", end="", flush=True)
    subprocess.run([sys.executable, "-m", "tests.bench.linking", "link", url], check=True)


def link(url: str) -> None:
    """The measured process."""
    began, cpu = time.perf_counter(), time.process_time()
    seconds: dict[str, float] = {}
    report = link_changed(Database(url), {}, MergeSettings(), stages=seconds)
    wall, spent = time.perf_counter() - began, time.process_time() - cpu
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    peak = (own.ru_maxrss + cores() * others.ru_maxrss) // 1024
    stages = "  ".join(f"{name.removeprefix('link.')} {took:.1f}" for name, took in seconds.items())
    did = "  ".join(f"{name} {getattr(report, name):,}" for name in ("touched", "compared", "created", "moved"))
    print(
        f"{wall:8.2f} s  CPU {spent:7.2f} + {others.ru_utime + others.ru_stime:7.2f} s  peak {peak:5} MB"
        f"  {did}  [{stages}]  load {os.getloadavg()[0]:.1f}",
        flush=True,
    )


def members(database: Database) -> dict[Record, str]:
    """Who is in which cluster."""
    with database.read() as connection:
        return {(row.source, row.native_id): row.cluster_id for row in connection.execute(select(table_of(MemberRow)))}


def outcome(database: Database) -> tuple[set[Any], ...]:
    """Clusters, margins and relations; a cluster stands for its members, for ids have a history."""
    found: dict[str, set[Record]] = {}
    for record, cluster in members(database).items():
        found.setdefault(cluster, set()).add(record)
    least = {cluster: min(group) for cluster, group in found.items()}
    with database.read() as connection:
        margins = {(least[row[0]], *row[1:]) for row in connection.execute(select(table_of(LinkMarginRow)))}
        relations = {
            (*((least[one], least[other]) if kind != "elsewhere" else sorted((least[one], least[other]))), kind)
            for one, other, kind in connection.execute(select(table_of(RelationRow)))
        }
    return {frozenset(group) for group in found.values()}, margins, relations


def churn(database: Database, count: int) -> set[Record]:
    """Half a percent say something else, half a percent are gone, one percent are new; those that are not as before."""
    record, version = table_of(RecordRow), table_of(VersionRow)
    with database.write() as connection:
        listed = [tuple(row) for row in connection.execute(select(record.c.source, record.c.native_id))]
        chosen = random.Random(1).sample(sorted(listed), 2 * (count // 200))
        gone, changed = chosen[: count // 200], chosen[count // 200 :]
        for source, native_id in gone:
            connection.execute(delete(record).where(record.c.source == source, record.c.native_id == native_id))
            connection.execute(delete(version).where(version.c.source == source, version.c.native_id == native_id))
        touch(connection, gone)
    fill(database, [(*one, doc) for one, (*_, doc) in zip(changed, docs(len(changed), 3), strict=True)], 3)
    fill(database, docs(count // 100, 4), 3)
    return set(chosen)


def measure(url: str, again: str | None, count: int) -> None:
    """All steps over one store; `again`: the address of another, linked at once from the final state."""
    database = opened(url)
    fill(database, docs(count, 1), 1)
    print(f"{count:,} records in the store", flush=True)
    linked(url, "full link")
    fill(database, docs(1000, 2), 2)
    linked(url, "1,000 more")
    before = members(database)
    with database.write() as connection:
        touch(connection, random.Random(2).sample(sorted(before), 1000))
    linked(url, "1,000 touched, unchanged")
    print(f"ids that moved: {len(members(database).items() ^ before.items())}")
    moved = churn(database, count)
    linked(url, "2 % churn")
    now = members(database)
    kept = [of == now.get(one) for one, of in before.items() if one not in moved]
    print(f"ids of unchanged records that stayed: {sum(kept) / len(kept):.5f}")
    if again is not None:
        other = opened(again)
        record, version = table_of(RecordRow), table_of(VersionRow)
        joined = record.join(version, version.c.id == record.c.head)
        with database.read() as connection:
            columns = select(record.c.source, record.c.native_id, version.c.doc).select_from(joined)
            fill(other, (tuple(row) for row in connection.execute(columns.execution_options(yield_per=10_000))), 1)
        linked(again, "all at once")
        for name, one, two in zip(("clusters", "margins", "relations"), outcome(database), outcome(other), strict=True):
            print(f"{name} incremental == batch: {one == two} ({len(one):,})")


def main(arguments: Sequence[str]) -> None:
    """Measure."""
    if arguments[:1] == ["link"]:
        link(arguments[1])
        return
    count = int(arguments[0]) if arguments else 100_000
    with tempfile.TemporaryDirectory() as folder:
        url = (
            arguments[arguments.index("--store") + 1] if "--store" in arguments else f"sqlite:///{Path(folder)}/one.db"
        )
        measure(url, None if "--once" in arguments else f"sqlite:///{Path(folder)}/two.db", count)


if __name__ == "__main__":
    main(said_words(__doc__, {"--store", "--once"}))
