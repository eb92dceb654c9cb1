"""What `status` and `doctor` ask of a store: one read-only look at sources, runs, totals, and the database itself.

A source's figures come from its rows alone; nothing here knows configuration or decides what is worrying.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select, text

from microharvest.clock import utc_now
from microharvest.store.catalogue_tables import CatalogueRow, EntryRow, ReleaseRow, WithheldRow
from microharvest.store.database import Database, table_of
from microharvest.store.harvest_tables import (
    ClusterRow,
    QuarantineRow,
    RecordRow,
    RunRow,
    SourceRow,
    TouchedClusterRow,
    TouchedRow,
)

__all__ = [
    "CatalogueState",
    "Condition",
    "HarvestTotals",
    "RunState",
    "SourceState",
    "catalogue_state",
    "condition_of",
    "harvest_totals",
    "source_states",
]

_source, _run, _record, _quarantine = (
    table_of(SourceRow), table_of(RunRow), table_of(RecordRow), table_of(QuarantineRow),
)  # fmt: skip
_catalogue, _release = table_of(CatalogueRow), table_of(ReleaseRow)
_entry, _withheld = table_of(EntryRow), table_of(WithheldRow)


class RunState(msgspec.Struct, frozen=True, kw_only=True):
    """A run in short. `state`: running or ended."""

    run: int
    kind: str
    state: str
    scope: str
    outcome: str | None
    acceptance: str | None
    held_because: str | None
    held_code: str | None
    plan: bool
    started: datetime
    ended: datetime | None
    error_code: str | None
    error: str | None


class SourceState(msgspec.Struct, frozen=True, kw_only=True):
    """What the store knows of a source. `records` counts by status; `held` are runs that wait for a person."""

    source: str
    life: str
    title: str | None
    failures: int
    accepted_run: int | None
    pinned_run: int | None
    last_started: datetime | None
    last_ended: datetime | None
    last_complete: datetime | None
    next_due: datetime | None
    last_run: RunState | None
    held: tuple[RunState, ...]
    records: dict[str, int]
    quarantine: int


class HarvestTotals(msgspec.Struct, frozen=True, kw_only=True):
    """`offers`: accepted records not withdrawn; `clusters`: active ones; `touched*`: what link and publish wait for."""

    offers: int
    clusters: int
    touched: int
    touched_clusters: int


class CatalogueState(msgspec.Struct, frozen=True, kw_only=True):
    """What readers of the catalogue see now; `release` 0 means nothing was published yet. `withheld`: by reason."""

    release: int
    published: datetime | None
    entries: int
    withheld: dict[str, int]
    pinned: bool
    pinned_because: str | None


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """The database itself. `settings`: SQLite's pragmas, empty on PostgreSQL. `newest`: the latest run's start."""

    kind: str
    version: str
    now: datetime
    settings: dict[str, str]
    newest: datetime | None


def source_states(connection: Connection, now: datetime) -> list[SourceState]:
    """Every source the store has seen, by id."""
    newest = select(func.max(_run.c.id)).where(_run.c.kind == "harvest").group_by(_run.c.source)
    last = {row.source: _run_state(row) for row in connection.execute(select(_run).where(_run.c.id.in_(newest)))}
    held: dict[str, list[RunState]] = {}
    for row in connection.execute(select(_run).where(_run.c.acceptance == "held").order_by(_run.c.id)):
        held.setdefault(row.source, []).append(_run_state(row))
    records: dict[str, dict[str, int]] = {}
    counted = select(_record.c.source, _record.c.status, func.count()).group_by(_record.c.source, _record.c.status)
    for source, status, count in connection.execute(counted):
        records.setdefault(source, {})[status] = count
    refused: dict[str, int] = {}
    kept = select(_quarantine.c.source, func.count()).where(_quarantine.c.expires > now)
    for source, count in connection.execute(kept.group_by(_quarantine.c.source)):
        refused[source] = count
    return [
        SourceState(
            source=row.id,
            life=row.life,
            title=row.title,
            failures=row.failures,
            accepted_run=row.accepted_run,
            pinned_run=row.pinned_run,
            last_started=row.last_started,
            last_ended=row.last_ended,
            last_complete=row.last_complete,
            next_due=row.next_due,
            last_run=last.get(row.id),
            held=tuple(held.get(row.id, ())),
            records=records.get(row.id, {}),
            quarantine=refused.get(row.id, 0),
        )
        for row in connection.execute(select(_source).order_by(_source.c.id))
    ]


def harvest_totals(connection: Connection) -> HarvestTotals:
    """Figures over all sources."""
    cluster = table_of(ClusterRow)

    def count(table: Any, *conditions: Any) -> int:
        return int(connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one())

    return HarvestTotals(
        offers=count(_record, _record.c.status != "withdrawn"),
        clusters=count(cluster, cluster.c.state == "active"),
        touched=count(table_of(TouchedRow)),
        touched_clusters=count(table_of(TouchedClusterRow)),
    )


def catalogue_state(connection: Connection) -> CatalogueState:
    """The current release; all zero where nothing was ever published."""
    row = connection.execute(select(_catalogue)).first()
    current = row.current if row is not None else 0
    published = connection.execute(select(_release.c.published).where(_release.c.number == current)).scalar()

    def holds(table: Any) -> Any:
        return (table.c.from_release <= current) & (table.c.to_release.is_(None) | (table.c.to_release > current))

    shown = select(func.count()).select_from(_entry).where(_entry.c.state == "published", holds(_entry))
    kept_out = select(_withheld.c.reason, func.count()).where(holds(_withheld)).group_by(_withheld.c.reason)
    return CatalogueState(
        release=current,
        published=published,
        entries=connection.execute(shown).scalar_one(),
        withheld={row.reason: row[1] for row in connection.execute(kept_out)},
        pinned=bool(row is not None and row.pinned),
        pinned_because=row.pinned_because if row is not None else None,
    )


def condition_of(database: Database) -> Condition:
    """Version, settings and clock of the database. Raises StoreError where it cannot be read."""
    with database.read() as connection:
        if database.is_sqlite:
            version = str(connection.execute(text("SELECT sqlite_version()")).scalar())
            names = ("journal_mode", "synchronous", "page_size", "foreign_keys")
            settings = {name: str(connection.exec_driver_sql(f"PRAGMA {name}").scalar()) for name in names}
            now = utc_now()
        else:
            version = str(connection.execute(text("SHOW server_version")).scalar())
            settings = {}
            now = connection.execute(select(func.now())).scalar_one()
        newest = connection.execute(select(_run.c.started).order_by(_run.c.id.desc()).limit(1)).scalar()
    kind = "SQLite" if database.is_sqlite else "PostgreSQL"
    return Condition(kind=kind, version=version, now=now, settings=settings, newest=newest)


def _run_state(row: Any) -> RunState:
    return RunState(
        run=row.id,
        kind=row.kind,
        state=row.state,
        scope=row.scope,
        outcome=row.outcome,
        acceptance=row.acceptance,
        held_because=row.held_because,
        held_code=row.held_code,
        plan=bool(row.plan),
        started=row.started,
        ended=row.ended,
        error_code=row.error_code,
        error=row.error,
    )
