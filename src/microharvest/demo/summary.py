"""What the demo prints at its end: a calm table, where to look, and three commands to try. For people only."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from microharvest.demo.facts import Facts
from microharvest.demo.place import Place
from microharvest.harvest.report import RunReport
from microharvest.telemetry import plain

__all__ = ["commands", "show"]

PIPE_WIDTH = 110
"""Columns where nobody can say how wide the other end is."""
COUNTED = ("seen", "added", "changed", "unchanged")


def show(
    reports: Sequence[RunReport],
    facts: Facts,
    place: Place,
    changes: int,
    release_before: int,
    left_out: Sequence[str],
    stream: TextIO,
) -> None:
    """Print the result of one pass. `changes`: entries it added to the change log."""
    console = Console(
        file=stream, highlight=False, markup=False, emoji=False, width=None if stream.isatty() else PIPE_WIDTH
    )
    for sentence in left_out:
        console.print(Text(plain(sentence), style="yellow"), soft_wrap=True)
    console.print(_table(reports))
    for report in reports:
        because = report.held_because or report.because
        if because and (report.outcome != "complete" or report.acceptance == "held"):
            console.print(Text(plain(f"{report.source}: {because}"), style="yellow"), soft_wrap=True)
    console.print()
    for line in _result(facts, changes, release_before):
        console.print(Text(line), soft_wrap=True)
    console.print(Text(f"Look at {_near(place.report)}", style="bold"), soft_wrap=True)
    console.print("\nTry next:")
    for _, command in commands(facts, place):
        console.print(Text(f"  {command}", style="cyan"), soft_wrap=True)


def _table(reports: Sequence[RunReport]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    table.add_column("source")
    for name in (*COUNTED, "issues"):
        table.add_column(name, justify="right")
    table.add_column("result")
    for report in reports:
        counts = [str(report.counts.get(name, 0)) for name in COUNTED]
        well = report.outcome == "complete" and report.acceptance != "held"
        result = report.outcome if report.acceptance != "held" else "held"
        if well and report.scope == "delta":
            result = "complete: asked for changes only"
        table.add_row(
            Text(plain(report.source)),
            *counts,
            str(sum(report.issues.values())),
            Text(f"{result} ({report.code})" if report.code else result, style="green" if well else "yellow"),
        )
    return table


def _result(facts: Facts, changes: int, release_before: int) -> list[str]:
    counted = (
        f"{facts.offers} offers in {facts.clusters} clusters, {len(facts.entries)} entries in release {facts.release}."
    )
    if not changes and facts.release == release_before:
        return [counted, f"Nothing changed since the last time: no new version, and release {facts.release} stays."]
    if facts.release == release_before:
        return [counted, f"{changes} changes, none of which an entry shows: release {facts.release} stays."]
    return [counted, f"Release {facts.release} is published."]


def commands(facts: Facts, place: Place) -> list[tuple[str, str]]:
    """(what it shows, command): they work as they stand, from the folder this process runs in."""
    program = _near(Path(sys.argv[0])) if Path(sys.argv[0]).name == "microharvest" else "microharvest"
    options = f"--config {_near(place.config)} --store sqlite:///{_near(place.folder / 'demo.db')}"
    ids = [story.cluster for story in facts.stories] + facts.entries[:1]
    explain = (
        [("Why an entry says what it says, value by value", f"{program} explain {ids[0]} {options}")] if ids else []
    )
    export = f"{program} export entries --format jsonl --out entries.jsonl {options}"
    return [
        *explain,
        ("The state of every source, worst first", f"{program} status {options}"),
        ("The catalogue as a file", export),
    ]


def _near(path: Path) -> str:
    """The path as one would type it here: relative where it lies below the working folder."""
    resolved = path.resolve()
    here = Path(os.getcwd()).resolve()
    return str(resolved.relative_to(here)) if resolved.is_relative_to(here) else str(resolved)
