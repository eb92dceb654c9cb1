"""`prune`, `backup`, `restore`: what keeps a store small and safe."""

from __future__ import annotations

from pathlib import Path

from microharvest.commands.screen import Screen
from microharvest.commands.workspace import Workspace
from microharvest.errors import ExitStatus

__all__ = ["backup_stores", "prune_stores", "restore_stores"]


def prune_stores(workspace: Workspace, screen: Screen, why: str, *, plan: bool) -> ExitStatus:
    """Remove what is past its time, or show it."""
    from microharvest.harvest.prune import prune

    with workspace.stores() as stores:
        counts = prune(stores.harvest, stores.catalogue, workspace.settings, who=workspace.operator, why=why, plan=plan)
    if screen.as_json:
        screen.json({"plan": plan, "removed": counts})
    screen.heading("prune", "planned only" if plan else None)
    screen.pairs([(table, f"{count:,}") for table, count in counts.items()])
    if not counts:
        screen.say("Nothing is past its time.")
    return ExitStatus.DONE


def backup_stores(workspace: Workspace, screen: Screen, path: Path, why: str, *, overwrite: bool) -> ExitStatus:
    """Copy both schemas while they are in use."""
    from microharvest.harvest.backup import backup

    with workspace.stores() as stores:
        files = backup(stores.harvest, stores.catalogue, path, overwrite=overwrite, who=workspace.operator, why=why)
    if screen.as_json:
        screen.json({"files": [str(file) for file in files]})
    for file in files:
        screen.say(f"{file}: {file.stat().st_size:,} bytes, complete and checked.")
    screen.say("It holds what is stored now, persons included. Keep config/ and `forget --list` apart from it.", "dim")
    return ExitStatus.DONE


def restore_stores(
    workspace: Workspace, screen: Screen, path: Path, forgotten: Path | None, why: str, *, overwrite: bool
) -> ExitStatus:
    """Put a backup into the configured store. 5 where something of the list could not be erased again."""
    from microharvest.commands.forget import read_list
    from microharvest.harvest.backup import restore

    known = read_list(forgotten) if forgotten is not None else []
    report = restore(workspace.settings, path, known, overwrite=overwrite, who=workspace.operator, why=why)
    if screen.as_json:
        screen.json(report)
    screen.heading("restore", path.name)
    erased = "  ".join(f"{count:,} {table}" for table, count in report.erased.items())
    screen.pairs([("forgotten", f"{report.rules:,} on the list"), ("erased in", erased or "nothing")])
    for sentence in report.left:
        screen.note(f"error: {sentence}.")
    screen.next("doctor", "status")
    return ExitStatus.STORE if report.left else ExitStatus.DONE
