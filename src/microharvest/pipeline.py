"""The table of contents: harvest -> map -> code -> link -> publish. Each stage is one function; commands call these.

The stores are opened once and handed along. Harvest, map, link and publish are safe to run beside a daemon: writers
hold leases, and each stage consumes what the one before it marked as touched. Coding follows every harvest and mapping
and goes before every link, so that exports and golden records show what the imported vocabularies say now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from microharvest.clock import Clock, utc_now
from microharvest.errors import MicroharvestError, StoreError
from microharvest.harvest.engine import Engine, Progress, RunOptions
from microharvest.harvest.remap import RemapReport, map_again
from microharvest.harvest.report import RunReport
from microharvest.settings import MergeSettings, PublishSettings, Settings
from microharvest.sources import SourceConfig
from microharvest.store.database import Database
from microharvest.store.node import ensure_node
from microharvest.store.schema import check_schema, migrate
from microharvest.telemetry import logger

if TYPE_CHECKING:  # a harvest does not wait for the engines of the stages behind it
    from microharvest.coding.run import CodingReport
    from microharvest.link.rules import LinkRules
    from microharvest.link.run import LinkReport
    from microharvest.publish.run import PublishReport

__all__ = ["Stores", "code", "harvest", "init_stores", "link", "map_stored", "open_stores", "publish"]

_log = logger("microharvest.pipeline")


class Stores(msgspec.Struct, frozen=True):
    """The harvest store and the catalogue, which may be one database."""

    harvest: Database
    catalogue: Database

    def close(self) -> None:
        """Close all connections."""
        self.harvest.dispose()
        if self.catalogue is not self.harvest:
            self.catalogue.dispose()


def init_stores(settings: Settings, *, clock: Clock = utc_now) -> list[str]:
    """Create or migrate both schemas; returns what was done, one sentence each. Safe to repeat."""
    done = []
    stores = _connect(settings, create=True)
    try:
        if migrate(stores.harvest, "harvest"):
            done.append(f"The harvest store is ready in {stores.harvest.shown}.")
        if ensure_node(stores.harvest, clock()):
            done.append("This store has its own identity now; every public id is minted from it.")
        if migrate(stores.catalogue, "catalogue"):
            done.append(f"The catalogue is ready in {stores.catalogue.shown}.")
    finally:
        stores.close()
    return done


def open_stores(settings: Settings) -> Stores:
    """Open what `init` made. Raises StoreError store.absent, store.older, store.newer, store.unreachable."""
    stores = _connect(settings, create=False)
    try:
        check_schema(stores.harvest, "harvest")
        check_schema(stores.catalogue, "catalogue")
    except StoreError:
        stores.close()
        raise
    return stores


def _connect(settings: Settings, *, create: bool) -> Stores:
    if create:
        for address in {settings.store, settings.publish.store or settings.store}:
            _, _, file = address.partition(":///")
            if address.startswith("sqlite") and file:
                try:
                    Path(file).parent.mkdir(parents=True, exist_ok=True)
                except OSError as error:
                    raise StoreError(
                        "store.unreachable", f"The folder of {file} cannot be made: {error.strerror}."
                    ) from None
    database = Database(settings.store, create=create)
    other = settings.publish.store
    return Stores(database, Database(other, create=create) if other and other != settings.store else database)


async def harvest(
    stores: Stores,
    settings: Settings,
    sources: Mapping[str, SourceConfig],
    options: RunOptions,
    *,
    environ: Mapping[str, str],
    clock: Clock = utc_now,
    progress: Progress | None = None,
    ended: Callable[[RunReport], None] | None = None,
) -> list[RunReport]:
    """Harvest sources side by side; one that fails never stops another. Reports come in the order of `sources`."""
    async with Engine(stores.harvest, settings, environ=environ, clock=clock, progress=progress) as engine:

        async def one(config: SourceConfig) -> RunReport:
            try:
                report = await engine.harvest(config, options)
            except StoreError:
                raise  # the store serves all sources: nobody can go on
            except MicroharvestError as error:
                report = RunReport.unbegun(config.id, error)
            if ended:
                ended(report)
            return report

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(config)) for config in sources.values()]
    try:
        await asyncio.to_thread(code, stores)
    except StoreError as error:  # what was harvested stands, and is to be told; link codes first
        _log.warning("coding.postponed", code=error.code, sentence=error.sentence)
    return [task.result() for task in tasks]


def map_stored(
    stores: Stores,
    settings: Settings,
    sources: Mapping[str, SourceConfig],
    *,
    plan: bool = False,
    clock: Clock = utc_now,
    progress: Progress | None = None,
) -> list[RemapReport]:
    """Map the stored records of each source again; no network."""
    reports = [
        map_again(stores.harvest, config, settings, plan=plan, clock=clock, progress=progress)
        for config in sources.values()
    ]
    if not plan:
        code(stores)
    return reports


def code(stores: Stores, *, progress: Callable[[int, int], None] | None = None) -> CodingReport:
    """Hold accepted offers against the imported vocabularies, as far as offers or editions changed."""
    from microharvest.coding.run import code_changed

    return code_changed(stores.harvest, progress=progress)


def link(
    stores: Stores,
    sources: Mapping[str, SourceConfig],
    merge: MergeSettings,
    *,
    rules: LinkRules | None = None,
    everything: bool = False,
    plan: bool = False,
    clock: Clock = utc_now,
    progress: Callable[[int, int], None] | None = None,
) -> LinkReport:
    """Bring clusters, ids and golden records up to what was accepted; `plan`: only tell what would become of ids."""
    from microharvest.coding.run import is_due
    from microharvest.link.run import link_changed

    coded = None if plan else code(stores, progress=progress)
    report = link_changed(
        stores.harvest, sources, merge, rules=rules, everything=everything, plan=plan, clock=clock, progress=progress
    )
    report.coded = coded.changed if coded is not None else 0
    if plan:
        with stores.harvest.read() as connection:
            report.uncoded = is_due(connection)
    return report


def publish(
    stores: Stores,
    sources: Mapping[str, SourceConfig],
    rules: PublishSettings,
    merge: MergeSettings | None = None,
    *,
    plan: bool = False,
    clock: Clock = utc_now,
) -> PublishReport:
    """Make a release of what changed; an unchanged catalogue makes none."""
    from microharvest.publish.run import publish as make_release

    return make_release(stores.harvest, stores.catalogue, sources, rules, merge, plan=plan, clock=clock)
