"""Mapping again: stored bytes through the present dialect and normalisers. No network, no fetch, no clock tricks.

A run of kind `map` lands versions only where the mapped offer or its issues differ; the bytes stay where they are
(`raw_of`). Acceptance is the same transaction as for a harvest.
"""

from __future__ import annotations

import zlib
from datetime import timedelta
from typing import Any

import msgspec
from msgspec import json

from microharvest.clock import Clock, utc_now
from microharvest.harvest.engine import Progress
from microharvest.harvest.parse import map_one
from microharvest.harvest.setup import defaults_of, dialect_settings_of, map_version_of
from microharvest.kit.document import open_record
from microharvest.kit.manifest import load_dialect
from microharvest.model.ids import content_hash
from microharvest.settings import Settings
from microharvest.sources import SourceConfig
from microharvest.store import remapping
from microharvest.store.database import Database
from microharvest.store.forgetting import allowed
from microharvest.store.leases import Lease, check_fence, leased, renew
from microharvest.store.records import head_rows, raw_of_version
from microharvest.telemetry import failpoint

__all__ = ["RemapReport", "map_again"]


class RemapReport(msgspec.Struct, frozen=True, kw_only=True):
    """`changed`: records whose offer or issues differ now. `failed`: records the dialect could not read."""

    source: str
    run: int | None
    mapped: int
    changed: int
    failed: int
    examples: tuple[str, ...] = ()
    plan: bool = False


def map_again(
    database: Database,
    config: SourceConfig,
    settings: Settings,
    *,
    plan: bool = False,
    clock: Clock = utc_now,
    progress: Progress | None = None,
) -> RemapReport:
    """Map every accepted record of a source again. With `plan` nothing is accepted and nothing is kept."""
    ttl = timedelta(seconds=settings.harvest.lease_s)
    with leased(database, config.id, "map", ttl, clock=clock) as lease:
        remap = _Remap(database, config, lease, map_version_of(config), clock)
        mapped, failed, after = 0, 0, ""
        while heads := remap.next_heads(after):
            after = heads[-1][0].native_id
            failed += remap.map_heads(heads)
            mapped += len(heads)
            renew(database, lease, ttl, clock=clock)
            if progress:
                progress(config.id, mapped, 0)
        changed, examples = remap.settle(mapped, plan=plan)
    return RemapReport(
        source=config.id,
        run=remap.run,
        mapped=mapped,
        changed=changed,
        failed=failed,
        examples=examples,
        plan=plan,
    )


class _Remap:
    """One map run: read heads, map them, land what differs, settle."""

    def __init__(self, database: Database, config: SourceConfig, lease: Lease, map_version: str, clock: Clock) -> None:
        self._database, self._config, self._lease = database, config, lease
        self._map_version, self._clock = map_version, clock
        self._dialect = load_dialect(config.dialect)(dialect_settings_of(config))
        self._defaults = defaults_of(config)
        with database.write() as connection:
            check_fence(connection, config.id, lease.fence)
            self.run = remapping.open_map_run(connection, config.id, map_version, lease.fence, lease.owner, clock())

    def next_heads(self, after: str) -> list[tuple[Any, bytes | None]]:
        """The next records with their compressed bytes."""
        with self._database.read() as connection:
            heads = head_rows(connection, self._config.id, after)
            return [(row, row.raw or raw_of_version(connection, row.raw_of)) for row in heads]

    def map_heads(self, heads: list[tuple[Any, bytes | None]]) -> int:
        """Map and land a group; returns how many could not be read."""
        failed, rows = 0, []
        for head, raw in heads:
            if head.deleted:
                continue  # forgotten: there is nothing to map
            outcome = _map_head(self._dialect, self._defaults, head, raw)
            if outcome is None:
                failed += 1
            elif outcome != (head.doc, head.issues):
                rows.append(_row(head, outcome, self.run, self._map_version, self._clock()))
        with self._database.write() as connection:
            check_fence(connection, self._config.id, self._lease.fence)
            remapping.land_remapped(connection, allowed(connection, rows))
            failpoint("map.before_commit")
        return failed

    def settle(self, mapped: int, *, plan: bool) -> tuple[int, tuple[str, ...]]:
        """Accept what differs (or, planned, keep nothing); returns (changed, example ids)."""
        source, now = self._config.id, self._clock()
        with self._database.write() as connection:
            check_fence(connection, source, self._lease.fence)
            landed, examples = remapping.landed(connection, self.run)
            if not plan:
                remapping.apply_remapped(connection, self.run, source, now)
                remapping.stamp(connection, source, self._map_version)
            counts = json.encode({"changed": landed, "unchanged": mapped - landed}).decode()
            remapping.close_map_run(connection, self.run, accepted=not plan, counts=counts, now=now)
        return landed, examples


def _map_head(dialect: Any, defaults: Any, head: Any, raw: bytes | None) -> tuple[bytes, str] | None:
    """(offer, issues), or None where the dialect cannot read its own stored record: the old mapping stays."""
    if raw is None:
        return None
    try:
        record = open_record(
            zlib.decompress(raw),
            head.media_type,
            dialect.names,
            native_id=head.native_id,
            datestamp=head.datestamp,
            url=head.url or "",
        )
        doc, issues, draft = map_one(dialect, defaults, record)
    except Exception:  # noqa: BLE001 - the same boundary as in parse: one bad record never stops its source
        return None
    return None if draft.refused else (doc, issues)


def _row(head: Any, outcome: tuple[bytes, str], run: int, map_version: str, now: Any) -> dict[str, Any]:
    doc, issues = outcome
    return {
        "run": run, "source": head.source, "native_id": head.native_id, "id_hash": head.id_hash,
        "request_key": head.request_key, "url": head.url, "place": head.place, "datestamp": head.datestamp,
        "deleted": False, "media_type": head.media_type, "raw": None, "raw_of": head.raw_of or head.id,
        "raw_hash": head.raw_hash, "doc": doc, "doc_hash": content_hash(doc), "issues": issues,
        "map_version": map_version, "created": now,
    }  # fmt: skip
