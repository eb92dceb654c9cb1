"""`approve`, `reject`, `revert`, `map --again`: what a person decides about runs and stored records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import json

from microharvest.commands.harvest import progress_on
from microharvest.commands.run_reports import show_reports
from microharvest.commands.screen import ONWARD, Screen
from microharvest.commands.workspace import Workspace
from microharvest.errors import ConfigError, ExitStatus, MicroharvestError, RunError, StoreError

__all__ = ["approve_all", "approve_run", "map_stored_again", "reject_run", "revert_source"]


def approve_run(workspace: Workspace, screen: Screen, run: int, why: str, *, rekey: bool = False) -> ExitStatus:
    """Accept a held or planned run."""
    from microharvest.harvest.operator import approve, source_of_run

    with workspace.stores() as stores:
        config = workspace.source(source_of_run(stores.harvest, run))
        report = approve(stores.harvest, config, run, who=workspace.operator, why=why, rekey=rekey)
    show_reports(screen, [report])
    screen.next(*ONWARD)
    return ExitStatus.DONE


def approve_all(
    workspace: Workspace, screen: Screen, causes: Sequence[str], why: str, *, yes: bool, rekey: bool
) -> ExitStatus:
    """List the runs that are held for these causes; with `yes` accept them. One that fails never stops another."""
    from microharvest.harvest.guard import HOLD_CODES
    from microharvest.harvest.operator import approve, held_for

    codes = [one if one.startswith("hold.") else f"hold.{one}" for part in causes for one in part.split("|")]
    unknown = [one for one in codes if one not in HOLD_CODES]
    if unknown:
        raise ConfigError("command.invalid", f"{unknown[0]} is no cause of a hold: {', '.join(HOLD_CODES)}.")
    status = ExitStatus.DONE
    with workspace.stores() as stores:
        runs = held_for(stores.harvest, codes)
        if not yes:
            _list_held(screen, runs, causes)
            return status
        reports = []
        for one in runs:
            try:
                config = workspace.source(one.source)
                reports.append(approve(stores.harvest, config, one.id, who=workspace.operator, why=why, rekey=rekey))
            except (ConfigError, RunError) as error:
                status = error.exit_status
                screen.note(f"error: run {one.id} of {one.source}: {error.sentence}  [{error.code}]")
    show_reports(screen, reports)
    if not runs:
        screen.say("No run is held for that.")
    return status


def _list_held(screen: Screen, runs: Sequence[Any], causes: Sequence[str]) -> None:
    """What would be accepted."""
    for one in runs:
        if screen.as_json:
            screen.json({"run": one.id, "source": one.source, "held_code": one.held_code,
                         "held_because": one.held_because, "counts": json.decode(one.counts)})  # fmt: skip
            continue
        counts = "  ".join(f"{n:,} {kind}" for kind, n in json.decode(one.counts).items() if n)
        screen.heading(f"{one.source}  run {one.id}", one.held_code)
        screen.pairs([("held", one.held_because), ("counts", counts)], width=9)
    if runs:
        screen.next(f"approve --because '{'|'.join(causes)}' --yes   (accepts these {len(runs)})")
    else:
        screen.say("No run is held for that.")


def reject_run(workspace: Workspace, screen: Screen, run: int, why: str) -> ExitStatus:
    """Drop a held or planned run and what it landed."""
    from microharvest.harvest.operator import reject, source_of_run

    with workspace.stores() as stores:
        config = workspace.source(source_of_run(stores.harvest, run))
        report = reject(stores.harvest, config, run, who=workspace.operator, why=why)
    show_reports(screen, [report])
    return ExitStatus.DONE


def revert_source(workspace: Workspace, screen: Screen, source: str, to: int, why: str) -> ExitStatus:
    """Accept an older state of a source again and pin it."""
    from microharvest.harvest.operator import revert

    config = workspace.source(source)
    with workspace.stores() as stores:
        report = revert(stores.harvest, config, to, who=workspace.operator, why=why)
    show_reports(screen, [report])
    screen.next(*ONWARD)
    return ExitStatus.DONE


def map_stored_again(
    workspace: Workspace, screen: Screen, ids: Sequence[str], *, again: bool, plan: bool
) -> ExitStatus:
    """Map stored records with the present dialects and tables; no network. 4 if a record could not be read."""
    from microharvest import pipeline

    if not again:
        raise ConfigError("command.invalid", "Stored records are mapped already: say `map --again` to map them anew.")
    chosen = workspace.named(tuple(dict.fromkeys(ids))) if ids else workspace.sources
    settings = workspace.settings
    status = ExitStatus.DONE
    with workspace.stores() as stores:
        for source, config in chosen.items():
            try:
                with progress_on(screen, [source]) as progress:
                    (report,) = pipeline.map_stored(stores, settings, {source: config}, plan=plan, progress=progress)
            except StoreError:
                raise
            except MicroharvestError as error:
                status = status or error.exit_status
                _show_unmapped(screen, source, error)
                continue
            if report.failed:
                status = status or ExitStatus.RUN
            if screen.as_json:
                screen.json(msgspec.to_builtins(report))
                continue
            screen.heading(source, "planned" if plan else None)
            failed = f"{report.failed:,} could not be read: their old mapping stays" if report.failed else ""
            figures = f"{report.mapped:,} mapped again  {report.changed:,} changed"
            rows = [("counts", figures), ("examples", ", ".join(report.examples)), ("failed", failed)]
            screen.pairs(rows, width=9)
    if not chosen:
        screen.say("There is no source to map.")
    return status


def _show_unmapped(screen: Screen, source: str, error: MicroharvestError) -> None:
    if screen.as_json:
        screen.json({"source": source, "error": {"code": error.code, "message": error.sentence}})
        return
    screen.heading(source, "failed")
    screen.pairs([("why", f"{error.sentence}  [{error.code}]")], width=9)
