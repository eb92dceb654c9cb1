"""`sync`, `serve` and `demo`: everything that runs by itself. What only `sync` shows, a daemon does not load."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path

import msgspec

from microharvest.commands.screen import Screen
from microharvest.commands.workspace import Workspace
from microharvest.errors import ConfigError, ExitStatus
from microharvest.telemetry import set_up_logs

__all__ = ["run_samples", "serve_until_stopped", "sync_once"]


def sync_once(workspace: Workspace, screen: Screen) -> ExitStatus:
    """Harvest what is due, link what changed, publish. The status is that of the runs."""
    from microharvest.commands.catalogue import show_links, show_release
    from microharvest.commands.harvest import unreadable
    from microharvest.commands.run_reports import complain, show_reports, status_of
    from microharvest.service import daemon

    with workspace.stores() as stores:
        reports, linked, released = asyncio.run(
            daemon.sync_once(
                stores,
                workspace.settings,
                workspace.sources,
                workspace.merge,
                workspace.publish,
                link_rules=workspace.link_rules,
                environ=workspace.environ,
            )
        )
    every = [*reports, *unreadable(workspace)]
    if screen.as_json:
        screen.json(
            {
                "runs": [one.line() for one in every],
                "link": msgspec.to_builtins(linked),
                "publish": msgspec.to_builtins(released),
            }
        )
        return status_of(every)
    show_reports(screen, every)
    if not reports:
        screen.say("No source is due.")
    show_links(screen, linked)
    if released is None:
        screen.say("Publishing is pinned: microharvest resume-publishing lets releases be made again.", "yellow")
    else:
        show_release(screen, released)
    complain(screen, every)
    return status_of(every)


def serve_until_stopped(
    workspace: Workspace, screen: Screen, host: str | None, port: int | None, debug: bool
) -> ExitStatus:
    """The daemon, until SIGTERM or Ctrl-C. Its log goes to standard error as `[log]` says."""
    from microharvest.service.daemon import serve

    if port is not None and not 0 <= port <= 65_535:
        raise ConfigError("command.invalid", "--port is a number from 0 to 65535.")
    settings = workspace.settings
    form = settings.log.format
    if form == "auto":
        form = "json" if screen.as_json or not sys.stderr.isatty() else "console"
    set_up_logs(form=form, level="debug" if debug else settings.log.level)
    return ExitStatus(asyncio.run(serve(workspace.folder, settings, workspace.environ, host=host, port=port)))


def run_samples(workspace: Workspace, screen: Screen, folder: Path, feeds: Path | None) -> ExitStatus:
    """The demo, which ends by itself."""
    from microharvest.demo.run import run_demo

    if feeds is not None and not feeds.is_dir():
        raise ConfigError("config.not_found", f"{feeds}: there is no such folder.")
    shown = contextlib.redirect_stdout(sys.stderr) if screen.as_json else contextlib.nullcontext()
    with shown:
        status = ExitStatus(run_demo(folder, feeds, environ=workspace.environ))
    if screen.as_json:
        screen.json({"store": str(folder / "demo.db"), "report": str(folder / "demo" / "report.html")})
    return status
