"""Before a run: which connectors, which settings, begin or resume.

A run that was interrupted is resumed if it was meant the same way and its settings and mapping are unchanged and
it is not too old; otherwise it is dropped (nothing of it was ever visible) and a new one begins.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec
from msgspec import json

from microharvest.harvest.engine import RunOptions
from microharvest.harvest.worker import ReadingPlan, write_known
from microharvest.kit.dialect import DialectSettings
from microharvest.kit.manifest import connector_folder, load_dialect, load_protocol, read_manifest
from microharvest.kit.protocol import Protocol, Request
from microharvest.map.apply import MAP_VERSION, Defaults
from microharvest.settings import Settings
from microharvest.sources import SourceConfig, convert_options, mapping_hash, options_hash
from microharvest.store.database import Database
from microharvest.store.leases import Lease, check_fence
from microharvest.store.records import has_overdue, known_hashes
from microharvest.store.runs import (
    OpenRun,
    abandon_run,
    open_run,
    pending_requests,
    request_rows,
    run_of,
    run_row,
    source_row,
    unfinished_run,
)

__all__ = ["Begun", "RunPlan", "begin_or_resume", "defaults_of", "dialect_settings_of", "map_version_of", "plan_run"]

MAX_RESUME_AGE = timedelta(days=2)


class RunPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The connectors of a source, loaded and checked, and the fingerprints of its settings."""

    config: SourceConfig
    settings: Settings
    reader: Protocol
    map_version: str
    settings_hash: str

    def reading(self, known_file: str | None, spool: str | None = None) -> ReadingPlan:
        """What a parse process needs."""
        return ReadingPlan(
            protocol=self.config.protocol,
            url=self.config.url,
            fetch=self.config.fetch,
            dialect=self.config.dialect,
            settings=dialect_settings_of(self.config),
            defaults=defaults_of(self.config),
            known_file=known_file,
            batch_size=self.settings.harvest.batch_size,
            spool=spool,
        )

    def write_known(self, database: Database, path: Path) -> bool:
        """Write the accepted hashes of this mapping version; False if there are none."""
        with database.read() as connection:
            known = iter(known_hashes(connection, self.config.id, self.map_version))
            first = next(known, None)
            if first is None:
                return False
            write_known(path, chain([first], known))
        return True


class Begun(msgspec.Struct, kw_only=True):
    """A run ready to go on: what is pending, and what its done requests saw."""

    run: OpenRun
    resumed: bool
    pending: list[Request]
    done: list[tuple[Request, bytes]]


def plan_run(config: SourceConfig, settings: Settings) -> RunPlan:
    """Load the connectors and check `[fetch]` against the protocol's options. Raises ConfigError."""
    reader, options = load_protocol(config.protocol)
    typed = convert_options(config.fetch, options, f"{config.id}: [fetch]")
    map_version = map_version_of(config)
    # A newer reader may see in the same bytes what an older one did not: its version ends the validators.
    reading = read_manifest(connector_folder("protocol", config.protocol), "protocol").version
    return RunPlan(
        config=config,
        settings=settings,
        reader=reader(typed, config.url),
        map_version=map_version,
        settings_hash=f"{options_hash(config)}.{reading}.{map_version}",
    )


def map_version_of(config: SourceConfig) -> str:
    """Changes whenever the same bytes would map differently: core, dialect, and the source's own tables."""
    mapping = load_dialect(config.dialect)
    return f"{MAP_VERSION}.{config.dialect}.{mapping.version}.{mapping_hash(config)[:16]}"


def dialect_settings_of(config: SourceConfig) -> DialectSettings:
    """What the dialect may know of the source file."""
    return DialectSettings(
        source=config.id,
        languages=config.languages,
        country=config.country,
        identity=config.identity.key,
        columns=config.columns,
        lookups=config.lookups,
    )


def defaults_of(config: SourceConfig) -> Defaults:
    """What fills in where a record is silent; every value of it is marked `default`."""
    given = config.defaults
    return Defaults(
        country=_one(given.get("country")) or config.country,
        language=_one(given.get("language")),
        provider=_one(given.get("provider")),
        provider_url=_one(given.get("provider_url")),
        languages=config.languages,
    )


def begin_or_resume(
    database: Database, config: SourceConfig, plan: RunPlan, options: RunOptions, lease: Lease, now: datetime
) -> Begun:
    """One transaction under the fence: the unfinished run of the source, or a new one with its first requests."""
    with database.write() as connection:
        check_fence(connection, config.id, lease.fence)
        row = source_row(connection, config.id)
        old = unfinished_run(connection, config.id)
        if old is not None:
            if _resumable(old, plan, options, now):
                return _resume(connection, old)
            abandon_run(connection, old.id, "Begun anew: the settings changed, or it was too old.", now)
        state = json.decode(row.protocol_state)
        if row.watermark:
            state["watermark"] = row.watermark
        full = options.full or _full_is_due(connection, row, config, now)
        requests = plan.reader.start(state, now, full=full)
        scope = plan.reader.scope(state, full=full)
        values = {
            "source": config.id, "kind": "harvest", "scope": scope, "plan": options.plan, "item_limit": options.limit,
            "fence": lease.fence, "owner": lease.owner, "started": now, "base_run": row.accepted_run,
            "start_state": json.encode(state).decode(), "settings_hash": plan.settings_hash,
            "map_version": plan.map_version,
        }  # fmt: skip
        number = open_run(connection, values, requests)
        run = run_of(run_row(connection, number), conditional=not full)
        return Begun(run=run, resumed=False, pending=pending_requests(connection, number), done=[])


def _resume(connection: Any, old: Any) -> Begun:
    done = [
        (Request(lane=row.lane, url=row.url, generation=row.generation, depth=row.depth), row.seen)
        for row in request_rows(connection, old.id)
        if row.state == "done" and row.seen
    ]
    return Begun(run=run_of(old), resumed=True, pending=pending_requests(connection, old.id), done=done)


def _resumable(old: Any, plan: RunPlan, options: RunOptions, now: datetime) -> bool:
    return (
        old.settings_hash == plan.settings_hash
        and bool(old.plan) == options.plan
        and old.item_limit == options.limit
        and not (options.full and old.scope != "full")
        and now - old.started < MAX_RESUME_AGE
    )


def _full_is_due(connection: Any, row: Any, config: SourceConfig, now: datetime) -> bool:
    """By the schedule, or because a full run found a record missing whose grace is over: only another one can tell."""
    if row.last_full is None or now - row.last_full >= config.schedule.full_every:
        return row.last_full is not None
    withdraw = config.withdraw
    return withdraw.strategy != "tombstone" and has_overdue(connection, config.id, now - withdraw.grace)


def _one(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    return str(value[0]) if value else None
