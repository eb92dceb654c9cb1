"""What the kill tests run: one day of two sources, harvested, linked and published; and what must hold after it."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import text

from microharvest import pipeline
from microharvest.errors import ConfigError
from microharvest.harvest.engine import RunOptions
from microharvest.link import deciding
from microharvest.publish.export import export_entries
from microharvest.settings import HarvestSettings, MergeSettings, PublishSettings, Settings
from microharvest.sources import load_sources
from tests.reliability import feed

FIELDS = ("id", "title", "provider", "identifiers", "homepage", "country", "withdrawn")
START = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


def write_config(folder: Path, port: int) -> Path:
    """Two sources: OAI-PMH with tombstones, and a CSV list whose absences count at once."""
    sources = folder / "config" / "sources"
    sources.mkdir(parents=True)
    shared = (
        'licence = "https://creativecommons.org/publicdomain/zero/1.0/"\n'
        '[network]\nallow = ["127.0.0.0/8"]\nrate_per_s = 100000\nattempts = 1\n'
    )
    (sources / "oai.toml").write_text(
        f'title = "OAI"\nprotocol = "oai_pmh"\ndialect = "oai_dc"\nurl = "http://127.0.0.1:{port}/oai"\n{shared}'
        '[withdraw]\nstrategy = "tombstone"\n[fetch]\noverlap = "PT1S"\n'
    )
    (sources / "table.toml").write_text(
        f'title = "Table"\nprotocol = "file"\ndialect = "columns"\nurl = "http://127.0.0.1:{port}/table.csv"\n{shared}'
        '[withdraw]\nruns = 1\ngrace = "P0D"\n[identity]\nkey = ["id"]\n'
        '[columns]\ntitle = { from = "title", lang = "en" }\nprovider = "provider"\ncode = "code"\nhomepage = "url"\n'
    )
    return folder / "config"


def settings_for(store: str, spool: Path) -> Settings:
    """Parsing in this very process, small batches: every page has several transactions to die in."""
    return Settings(store=store, spool=str(spool), harvest=HarvestSettings(inline=True, batch_size=4, lease_s=5))


WITHHELD, VALUED, APART = ("oai", "oai:feed:045"), ("oai", "oai:feed:007"), (("oai", "oai:feed:005"), ("table", "f5"))
JOINED = (("oai", "oai:feed:040"), ("oai", "oai:feed:041"))


def decide(database: pipeline.Database, day: int, now: datetime) -> None:
    """What a person says that day; said again after a crash, it is there already, or taken back already."""
    by: dict[str, Any] = {"who": "kari@registry", "why": f"day {day}", "clock": lambda: now}
    said: list[Callable[[], object]] = []
    if day == 1:
        said.append(lambda: deciding.assert_pair(database, "different", *APART, **by))
        said.append(lambda: deciding.assert_pair(database, "same", *JOINED, **by))
        said.append(lambda: deciding.withhold_entry(database, WITHHELD, **by))
        said.append(lambda: deciding.give_value(database, VALUED, "country", b'"NO"', **by))
    elif day == 2:
        said.append(lambda: deciding.revoke(database, 1, **by))
        said.append(lambda: deciding.revoke(database, 3, **by))
    for say in said:
        try:
            say()
        except ConfigError as error:
            if error.code not in {"decision.exists", "decision.revoked"}:
                raise


def carry_out(store: str, config: Path, spool: Path, day: int) -> None:
    """One day: harvest both sources, decide, link, publish. The clock stands still, so that times prove nothing."""
    settings = settings_for(store, spool)
    now = START + timedelta(days=day)
    sources = load_sources(config, {})
    stores = pipeline.open_stores(settings)
    try:
        reports = asyncio.run(pipeline.harvest(stores, settings, sources, RunOptions(), environ={}, clock=lambda: now))
        odd = [one for one in reports if one.acceptance != "accepted"]
        assert not odd, odd
        decide(stores.harvest, day, now)
        pipeline.link(stores, sources, MergeSettings(), clock=lambda: now)
        pipeline.publish(stores, sources, PublishSettings(), clock=lambda: now)
    finally:
        stores.close()


def free_leases(store: str) -> None:
    """What time would do: the clock stands still here, so leases of the dead are ended by hand."""
    database = pipeline.Database(store)
    with database.write() as connection:
        connection.execute(text("UPDATE source SET lease_owner = NULL, lease_until = NULL"))
    database.dispose()


def observe(store: str) -> dict[str, Any]:
    """Everything that must be the same whatever was killed: state, change log, clusters, catalogue."""
    database = pipeline.Database(store)
    with database.read() as connection:
        rows = connection.execute(text("SELECT seq, source, native_id, kind FROM change ORDER BY seq")).all()
        records = connection.execute(
            text(
                "SELECT r.source, r.native_id, r.status, v.doc FROM record r JOIN version v ON v.id = r.head "
                "ORDER BY r.source, r.native_id"
            )
        ).all()
        members = connection.execute(
            text("SELECT cluster_id, source, native_id FROM member ORDER BY source, native_id")
        ).all()
        running = connection.execute(text("SELECT count(*) FROM run WHERE state = 'running'")).scalar()
        said = connection.execute(text("SELECT id, kind, revoked_at IS NULL FROM decision ORDER BY id")).all()
        actions = connection.execute(text("SELECT what, subject FROM action ORDER BY id")).all()
        waiting = connection.execute(text("SELECT count(*) FROM touched")).scalar()
    entries = catalogue_of(database)
    database.dispose()
    sequence = [row[0] for row in rows]
    assert sequence == list(range(1, len(rows) + 1)), "the change log has a gap"
    return {
        "log": sorted(Counter((row[1], row[2], row[3]) for row in rows).items()),
        "records": [(row[0], row[1], row[2], bytes(row[3]).decode()) for row in records],
        "members": [tuple(row) for row in members],
        "decisions": [(row[0], row[1], bool(row[2])) for row in said],
        "actions": [tuple(row) for row in actions],
        "running": running,
        "touched": waiting,
        "entries": entries,
    }


def catalogue_of(database: pipeline.Database) -> list[str]:
    """What a reader of the catalogue sees now: every entry by id and content (run numbers and times left out)."""
    out = io.BytesIO()
    export_entries(database, out, "jsonl")
    seen = []
    for line in out.getvalue().splitlines():
        entry = json.loads(line)
        kept = {name: entry.get(name) for name in FIELDS}
        kept["members"] = sorted((one["source"], one["native_id"]) for one in entry.get("members", []))
        seen.append(hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:16])
    return sorted(seen)


def expected_log() -> Counter[tuple[str, str]]:
    """(source, kind) -> log entries over the three days, counted from the feed itself."""
    counted: Counter[tuple[str, str]] = Counter()
    before: dict[str, tuple[str, bool]] = {}
    for day in range(feed.DAYS):
        now = {name: (title, deleted) for name, (title, _, deleted) in feed.records(day).items()}
        for name, (title, deleted) in now.items():
            old = before.get(name)
            if old is None:
                counted["oai", "added"] += not deleted
            elif deleted:
                counted["oai", "withdrawn"] += not old[1]
            elif old[1]:
                counted["oai", "returned"] += 1
            else:
                counted["oai", "changed"] += old[0] != title
        before = now
    lists = [dict(line.split(";", 1) for line in feed.csv(day).splitlines()[1:]) for day in range(feed.DAYS)]
    counted["table", "added"] = len(lists[0])
    for old_list, new_list in pairwise(lists):
        counted["table", "changed"] += sum(1 for key in new_list if key in old_list and old_list[key] != new_list[key])
        counted["table", "withdrawn"] += len(set(old_list) - set(new_list))
        counted["table", "added"] += len(set(new_list) - set(old_list))
    return +counted
