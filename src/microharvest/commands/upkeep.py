"""`prune`, `backup`, `restore`: what keeps a store small and safe."""

from __future__ import annotations

from microharvest.commands.screen import Screen
from microharvest.commands.workspace import Workspace, operator_name
from microharvest.errors import ExitStatus

__all__ = ["prune_stores"]


def prune_stores(workspace: Workspace, screen: Screen, why: str, *, plan: bool) -> ExitStatus:
    """Remove what is past its time, or show it."""
    from microharvest.harvest.prune import prune

    who = operator_name(workspace.environ)
    with workspace.stores() as stores:
        counts = prune(stores.harvest, stores.catalogue, workspace.settings, who=who, why=why, plan=plan)
    if screen.as_json:
        screen.json({"plan": plan, "removed": counts})
    screen.heading("prune", "planned only" if plan else None)
    screen.pairs([(table, f"{count:,}") for table, count in counts.items()])
    if not counts:
        screen.say("Nothing is past its time.")
    return ExitStatus.DONE
