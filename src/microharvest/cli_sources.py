"""The command line of `sources`: verbs and their options, nothing else."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from microharvest.cli_options import AS_SET, Common, Source, Why
from microharvest.cli_options import run as _run
from microharvest.errors import ExitStatus

__all__ = ["sources"]

sources = App(name="sources", help="The feeds: list, add, show, test, pause, resume, retire.")


@sources.command(name="list")
def sources_list(*, common: Common = AS_SET) -> ExitStatus:
    """Every source, its life and its next slot."""
    from microharvest.commands.sources import list_sources

    return _run(common, list_sources)


@sources.command(name="add")
def sources_add(
    target: Annotated[str, Parameter(name="URL|FILE")],
    /,
    *,
    ident: Annotated[str | None, Parameter(name="--id")] = None,
    allow: tuple[str, ...] = (),
    key: tuple[str, ...] = (),
    dry_run: bool = False,
    common: Common = AS_SET,
) -> ExitStatus:
    """Look at an address or file, draft its source file, try it with --plan, and write it.

    Parameters
    ----------
    target
        Address or path of a feed: OAI-PMH, XML, JSON, a table, a sitemap, a page with JSON-LD.
    ident
        Id of the new source (default: from host and path).
    allow
        Networks that may be reached though they are not public, such as 127.0.0.0/8.
    key
        Column that holds the native id, where none can be told.
    dry_run
        Show the file; write nothing.
    """
    from microharvest.commands.onboarding import add

    return _run(common, add, target, source=ident, allow=allow, key=key, dry_run=dry_run)


@sources.command(name="show")
def sources_show(source: Source, /, *, effective: bool = False, common: Common = AS_SET) -> ExitStatus:
    """One source in short, or every value with its origin.

    Parameters
    ----------
    effective
        Every value that holds, and where it comes from.
    """
    from microharvest.commands.sources import show_source

    return _run(common, show_source, source, effective=effective)


@sources.command(name="test")
def sources_test(source: Source, /, *, common: Common = AS_SET) -> ExitStatus:
    """Hold a live feed to the contract: at most 50 requests, nothing is stored."""
    from microharvest.commands.onboarding import test

    return _run(common, test, source)


@sources.command(name="pause")
def sources_pause(source: Source, /, *, why: Why = "", common: Common = AS_SET) -> ExitStatus:
    """Leave a source out of the schedule and of --all, until resumed."""
    from microharvest.commands.sources import live

    return _run(common, live, source, "paused", why)


@sources.command(name="resume")
def sources_resume(source: Source, /, *, why: Why = "", common: Common = AS_SET) -> ExitStatus:
    """Take a paused source in again."""
    from microharvest.commands.sources import live

    return _run(common, live, source, "active", why)


@sources.command(name="retire")
def sources_retire(source: Source, /, *, why: Why = "", common: Common = AS_SET) -> ExitStatus:
    """End a source for good: withdraw its offers and never use its id again."""
    from microharvest.commands.sources import live

    return _run(common, live, source, "retired", why)
