"""`harvest`: runs of sources side by side, with progress for whoever watches."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.live import Live
from rich.table import Table
from rich.text import Text

from microharvest.commands.run_reports import complain, show_reports, status_of
from microharvest.commands.screen import ONWARD, Screen
from microharvest.commands.workspace import Workspace
from microharvest.errors import ConfigError, ExitStatus
from microharvest.harvest.engine import Progress, RunOptions
from microharvest.harvest.report import RunReport
from microharvest.sources import SourceConfig
from microharvest.store.database import Database
from microharvest.store.lives import lives

__all__ = ["harvest_sources", "progress_on", "unreadable"]

TOUCHING = ("added", "changed", "withdrawn", "returned")
"""Counts of a run that leave something to link."""


def harvest_sources(
    workspace: Workspace,
    screen: Screen,
    ids: Sequence[str],
    *,
    everything: bool,
    full: bool = False,
    plan: bool = False,
    limit: int | None = None,
) -> ExitStatus:
    """Harvest sources by id, or all that are neither paused nor retired. One that fails never stops another."""
    from microharvest import pipeline

    if bool(ids) == everything:
        raise ConfigError("command.invalid", "Name the sources to harvest, or say --all: one of the two.")
    if limit is not None and limit < 1:
        raise ConfigError("command.invalid", "--limit is a number of records, 1 or more.")
    settings = workspace.settings
    named = None if everything else workspace.named(tuple(dict.fromkeys(ids)))
    if named is None and not workspace.sources and not workspace.broken:
        where = (workspace.folder / "sources").absolute()
        raise ConfigError(
            "config.not_found", f"There are no source files in {where} yet: run `microharvest sources add URL`."
        )
    with workspace.stores() as stores:
        chosen = _chosen(stores.harvest, workspace, named)
        with progress_on(screen, chosen) as progress:
            reports = asyncio.run(
                pipeline.harvest(
                    stores,
                    settings,
                    chosen,
                    RunOptions(full=full, plan=plan, limit=limit),
                    environ=workspace.environ,
                    progress=progress,
                )
            )
    if everything:
        reports = [*reports, *unreadable(workspace)]
    show_reports(screen, reports)
    if not reports:
        screen.say("Every source is paused or retired: nothing was harvested.")
    elif any(one.acceptance == "accepted" and any(one.counts.get(kind) for kind in TOUCHING) for one in reports):
        screen.say()
        screen.next(*ONWARD)
    complain(screen, reports)
    return status_of(reports)


def unreadable(workspace: Workspace) -> list[RunReport]:
    """A report for every source whose file cannot be read: it failed like any other, before it began."""
    return [RunReport.unbegun(source, error) for source, error in workspace.broken.items()]


def _chosen(database: Database, workspace: Workspace, named: dict[str, SourceConfig] | None) -> dict[str, SourceConfig]:
    """What may be harvested: a retired source never, a paused one only when it is named."""
    with database.read() as connection:
        life = lives(connection)
    for source in named or {}:
        if life.get(source) == "retired":
            raise ConfigError("config.retired_source", f"{source} is retired: its id is never used again.")
    if named is not None:
        return named
    return {source: one for source, one in workspace.sources.items() if life.get(source, "active") == "active"}


@contextmanager
def progress_on(screen: Screen, sources: Iterable[str]) -> Iterator[Progress | None]:
    """A live line per source on a terminal, nothing in a pipe."""
    if not screen.watched:
        yield None
        return
    seen: dict[str, tuple[int, int] | None] = dict.fromkeys(sources)

    def draw() -> Table:
        table = Table.grid(padding=(0, 2))
        for source, so_far in sorted(seen.items()):
            records, pending = so_far or (0, 0)
            rest = "begins" if so_far is None else f"{pending:,} to ask" if pending else "ends"
            table.add_row(Text(source, style="bold"), Text(f"{records:,} records"), Text(rest, style="dim"))
        return table

    with Live(get_renderable=draw, console=screen.err, transient=True, refresh_per_second=4):

        def progress(source: str, records: int, pending: int) -> None:
            seen[source] = (records, pending)

        yield progress
