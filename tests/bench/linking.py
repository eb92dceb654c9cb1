"""Linking at scale: a generated catalogue straight into a store, then link's time and memory, and what stays the same.

    python -m tests.bench.linking RECORDS [--store URL] [--once]

Full link, 1,000 more records, 1,000 touched, 2 % churn; `--once` leaves out the last step, a second store linked at
once from the final state, which must hold the same clusters.
"""

from __future__ import annotations

import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select, text, update

from microharvest.link.run import link_changed
from microharvest.model.ids import content_hash, id_hash
from microharvest.model.instance import Instance
from microharvest.model.offer import Offer, encode_offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import Credits, Identifier, Price
from microharvest.settings import MergeSettings
from microharvest.store.database import Database, insert_ignore, table_of
from microharvest.store.harvest_tables import MemberRow, NodeRow, RecordRow, TouchedRow, VersionRow
from microharvest.store.schema import migrate

NOW = datetime(2026, 1, 1, tzinfo=UTC)
_START = ("Bral", "Cor", "Dun", "Fel", "Gar", "Hol", "Jun", "Kel", "Lor", "Mar", "Nor", "Pel", "Ros", "Sel")
_END = (
    "bach",
    "den",
    "fort",
    "gen",
    "ham",
    "land",
    "mont",
    "nes",
    "port",
    "rick",
    "sted",
    "ton",
    "ville",
    "wick",
    "zell",
)
_KINDS = ("University of {}", "{} College", "{} Academy Ltd", "Volkshochschule {}", "Universidad de {}")
_FIRST = "applied clinical digital industrial organic public rural social sustainable urban visual wireless"
_SECOND = (
    "accounting botany carpentry dentistry ecology forestry geology horticulture journalism logistics masonry nursing "
    "optics pharmacy radiology sculpture tailoring viticulture welding zoology"
)
_SUBJECTS = [f"{first} {second}" for first in _FIRST.split() for second in _SECOND.split()]
_FOR = ["", " for beginners", " in hospitals", " in small firms", " for migrants", " with open data", " on farms"]
_MARKS = [("", ""), (" – Level 1", " – Level 2"), (" (Part 1)", " (Part 2)"), (" 2024", " 2025")]
_FRAMES = ["{}", "Microcredential: {}", "{} (autumn 2026)", "{} – cohort 2", "[Online] {}"]


def offers(count: int, seed: int) -> Iterator[tuple[str, str, Offer]]:
    """(source, native id, offer): every true offer is told by one to five records of three sources."""
    chance = random.Random(seed)
    number = 0
    while number < count:
        place = (
            chance.choice(_START) + chance.choice("aeiou") + chance.choice(_END) + chance.choice(["", " North", " II"])
        )
        name, register = chance.choice(_KINDS).format(place), f"R{chance.randrange(10**9)}"
        country = chance.choice(["AT", "DE", "ES", "FI", "IE", "NO"])
        for _ in range(60):
            title = chance.choice(_SUBJECTS).capitalize() + chance.choice(_FOR)
            for mark in sorted(set(chance.choice(_MARKS))):
                told = _told(chance, title + mark, name, register, country)
                for source in [
                    "provider",
                    *chance.choices(["provider", "national", "aggregator"], k=chance.randrange(5)),
                ]:
                    number += 1
                    yield source, f"{seed}-{number}", next(told)
                    if number == count:
                        return


def _told(chance: random.Random, title: str, name: str, register: str, country: str) -> Iterator[Offer]:
    """One true offer, as different records tell it."""
    code, ects, month = f"C{chance.randrange(10**6)}", Decimal(chance.randrange(1, 20)), chance.randrange(1, 13)
    known = (Identifier(scheme="id", value=register),)
    while True:
        provider = Organisation(
            name={"en": name if chance.random() < 0.9 else name.upper()},
            identifiers=known if chance.random() < 0.5 else (),
            country=country,
        )
        yield Offer(
            title={"en": chance.choice(_FRAMES).format(title)},
            provider=provider,
            identifiers=(Identifier(scheme="code", value=code),) if chance.random() < 0.4 else (),
            credits=(Credits(framework="ECTS", points=ects),) if chance.random() < 0.6 else (),
            instances=(Instance(start_date=f"2026-{month:02d}-05"),) if chance.random() < 0.6 else (),
            prices=(Price(amount=Decimal(100 * month), currency="EUR"),) if chance.random() < 0.4 else (),
            country=country,
        )


def fill(database: Database, said: Sequence[tuple[str, str, Offer]], run: int) -> None:
    """Accept offers, as an acceptance would."""
    version, record = table_of(VersionRow), table_of(RecordRow)
    with database.write() as connection:
        first = int(connection.execute(text("SELECT COALESCE(MAX(id), 0) FROM version")).scalar_one()) + 1
        rows: list[dict[str, Any]] = []
        same = {"place": "0", "deleted": False, "media_type": "application/json", "raw": b"", "raw_hash": b"r"}
        same |= {"issues": "[]", "map_version": "1", "created": NOW, "run": run}
        for place, (source, native_id, offer) in enumerate(said):
            doc = encode_offer(offer)
            own = {"source": source, "native_id": native_id, "id_hash": id_hash(native_id)}
            rows.append({"id": first + place, "doc": doc, "doc_hash": content_hash(doc), **own, **same})
        connection.execute(insert(version), rows)
        for row in rows:
            row.update(head=row["id"], status="active")
        known = {(row.source, row.native_id) for row in connection.execute(select(record.c.source, record.c.native_id))}
        names = ("source", "native_id", "id_hash", "head", "raw_hash", "doc_hash", "map_version", "status")
        fresh = [{name: row[name] for name in names} for row in rows if (row["source"], row["native_id"]) not in known]
        if fresh:
            connection.execute(
                insert(record), [{**row, "missing_runs": 0, "first_seen": NOW, "last_seen": NOW} for row in fresh]
            )
        for row in rows:
            if (row["source"], row["native_id"]) in known:
                here = (record.c.source == row["source"]) & (record.c.native_id == row["native_id"])
                connection.execute(update(record).where(here).values(head=row["head"]))
        touch(connection, [(row["source"], row["native_id"]) for row in rows])


def touch(connection: Any, records: Sequence[tuple[str, str]]) -> None:
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


def linked(database: Database, what: str) -> None:
    """Link, and say what it took."""
    began, cpu = time.perf_counter(), time.process_time()
    seconds: dict[str, float] = {}
    report = link_changed(database, {}, MergeSettings(), stages=seconds)
    wall, spent = time.perf_counter() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    stages = "  ".join(f"{name} {took:.1f}" for name, took in seconds.items())
    did = "  ".join(
        f"{name} {getattr(report, name):,}" for name in ("touched", "compared", "created", "moved", "merged")
    )
    print(f"{what:28} {wall:8.2f} s  CPU {spent:8.2f} s  peak {peak:6} MB  {did}  [{stages}]", flush=True)


def members(database: Database) -> dict[tuple[str, str], str]:
    """Who is in which cluster."""
    with database.read() as connection:
        return {(row.source, row.native_id): row.cluster_id for row in connection.execute(select(table_of(MemberRow)))}


def groups(of: dict[tuple[str, str], str]) -> set[frozenset[tuple[str, str]]]:
    """The clusters without their ids."""
    found: dict[str, set[tuple[str, str]]] = {}
    for record, cluster in of.items():
        found.setdefault(cluster, set()).add(record)
    return {frozenset(group) for group in found.values()}


def measure(url: str, again: str | None, count: int) -> None:
    """All steps over one store; `again`: the address of another, linked at once from the final state."""
    database, chance = opened(url), random.Random(1)
    base, more = list(offers(count, 1)), list(offers(1000 + count // 100, 2))
    for begin in range(0, count, 50_000):
        fill(database, base[begin : begin + 50_000], 1)
    print(f"{count:,} records in the store; load {os.getloadavg()[0]:.1f}", flush=True)
    linked(database, "full link")
    before = members(database)
    fill(database, more[:1000], 2)
    linked(database, "1,000 more")
    touched = [(source, native_id) for source, native_id, _ in chance.sample(base, 1000)]
    with database.write() as connection:
        touch(connection, touched)
    linked(database, "1,000 touched, unchanged")
    churn = chance.sample(range(count), count // 100)
    changed = [(base[place][0], base[place][1], base[-1 - place][2]) for place in churn[: len(churn) // 2]]
    gone = {base[place][:2] for place in churn[len(churn) // 2 :]}
    fill(database, [*changed, *more[1000:]], 3)
    record = table_of(RecordRow)
    with database.write() as connection:
        for source, native_id in gone:
            connection.execute(delete(record).where(record.c.source == source, record.c.native_id == native_id))
        touch(connection, sorted(gone))
    linked(database, "2 % churn")
    now, moved = members(database), {one[:2] for one in changed} | gone
    kept = [of == now.get(one) for one, of in before.items() if one not in moved]
    print(f"ids of unchanged records that stayed: {sum(kept) / len(kept):.5f}")
    if again is not None:
        final = {one[:2]: one for one in [*base, *more, *changed] if one[:2] not in gone}
        other = opened(again)
        listed = list(final.values())
        for begin in range(0, len(listed), 50_000):
            fill(other, listed[begin : begin + 50_000], 1)
        linked(other, "all at once")
        print(f"incremental == batch: {groups(now) == groups(members(other))}")


def main(arguments: Sequence[str]) -> None:
    """Measure."""
    count = int(arguments[0]) if arguments else 100_000
    with tempfile.TemporaryDirectory() as folder:
        url = (
            arguments[arguments.index("--store") + 1] if "--store" in arguments else f"sqlite:///{Path(folder)}/one.db"
        )
        measure(url, None if "--once" in arguments else f"sqlite:///{Path(folder)}/two.db", count)


if __name__ == "__main__":
    main(sys.argv[1:])
