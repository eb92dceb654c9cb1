"""`check`: a provider's report on a terminal, as JSON, and as a page."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from microharvest.commands.output import save
from microharvest.commands.screen import Screen, clean, counted
from microharvest.commands.workspace import Workspace
from microharvest.errors import ExitStatus, advice_for
from microharvest.telemetry import mask

if TYPE_CHECKING:
    from microharvest.check.report import Finding, Place, Report

__all__ = ["check"]

SHOWN = 12
"""Findings told in full on a terminal; the page and JSON have all."""


def check(
    workspace: Workspace,
    screen: Screen,
    target: str,
    *,
    profiles: Sequence[str],
    allow: Sequence[str],
    out: Path | None,
) -> ExitStatus:
    """0 all that must hold holds, 3 nothing could be had, 4 something that must hold does not."""
    from microharvest.check.run import check_feed
    from microharvest.sources.loading import SOURCE_ID

    is_source = target in workspace.sources or target in workspace.broken
    is_source = is_source or bool(SOURCE_ID.match(target) and not Path(target).exists())
    waiting = screen.err.status("Reading the feed: at most 50 requests …") if screen.watched else nullcontext()
    with waiting:
        report = check_feed(
            target,
            config=workspace.source(target) if is_source else None,
            profiles=profiles,
            settings=workspace.settings,
            rules=workspace.publish,
            environ=workspace.environ,
            config_dir=workspace.folder if workspace.folder.is_dir() else None,
            allow=allow,
        )
    if out is not None:
        from microharvest.check.page import render

        save(out, mask(render(report)))
    if screen.as_json:
        screen.json(msgspec.to_builtins(report))
    else:
        _show(screen, report, out)
    nothing = not report.records and not report.deleted
    if nothing:
        code = report.failures[0][1] if report.failures else "source.not_a_feed"
        screen.note(f"error: {target}: no record could be read: {advice_for(code)}  [{code}]")
        return ExitStatus.SOURCE
    return ExitStatus.RUN if report.broken or report.failures else ExitStatus.DONE


def _show(screen: Screen, report: Report, out: Path | None) -> None:
    screen.heading(report.title)
    deleted = f", {report.deleted:,} deleted" if report.deleted else ""
    more = "; more would follow" if report.cut else ""
    read = f"{counted(report.records, 'record')}, {counted(report.offers, 'offer')}{deleted}{more}"
    screen.pairs(
        [
            ("what it is", f"{report.kind}, fetched as {report.protocol}: {report.because}"),
            ("read", read),
            ("requests", f"{report.requests}; nothing was stored"),
            ("not had", [f"{detail}  [{code}]" for _, code, detail in report.failures[:3]]),
        ]
    )
    screen.say()
    graded = [one for one in report.grades if one.grade is not None]
    rows = [[one.profile, one.grade, f"{one.points:g}", one.musts, one.shoulds, one.rules] for one in graded]
    screen.table(["profile", "grade", "points", "must broken", "should broken", "rules"], rows, indent=2)
    others = [f"{one.profile}: {one.because}" for one in report.grades if one.grade is None]
    screen.pairs([("not graded", others)])
    if report.findings:
        screen.say()
        screen.say("What to mend, dearest first:")
    for number, finding in enumerate(report.findings[:SHOWN], start=1):
        _show_finding(screen, number, finding)
    if len(report.findings) > SHOWN:
        screen.say()
        rest = ", ".join(f"{one.code} ({one.count:,})" for one in report.findings[SHOWN:])
        screen.say(f"And {len(report.findings) - SHOWN} more: {rest}")
    for preview in report.previews:
        screen.say()
        screen.heading(f"As the catalogue would show it: {preview.title}")
        screen.pairs([("record", preview.record), *((name, clean(value, limit=160)) for name, value in preview.rows)])
        screen.pairs([("not stated", ", ".join(preview.lacks))])
    screen.say()
    screen.say(f"Written: {out}" if out else "The whole report as a page: --out report.html", "dim")


def _show_finding(screen: Screen, number: int, finding: Finding) -> None:
    screen.say()
    screen.heading(f"{number}. {finding.says}", f"{finding.level}, {'not met' if finding.costs else 'seen'}")
    costs = ", ".join(f"{cost:.1f} points of {profile}" for profile, cost in finding.costs.items())
    of_feed = finding.code.startswith(("oai.", "feed."))
    often = (
        (f"{finding.count:,} times" if finding.count > 1 else "") if of_feed else f"{finding.count:,} of {finding.of:,}"
    )
    screen.pairs(
        [
            ("rule", "  ".join((finding.code, *finding.also))),
            ("seen" if of_feed else "records", often),
            ("costs", costs),
            ("where", [_where(place) for place in finding.places[:3]]),
            ("why", finding.why),
            ("how", finding.fix),
            ("example", clean(finding.example, limit=200)),
        ],
        indent=3,
        width=9,
    )


def _where(place: Place) -> str:
    parts = (
        clean(place.record or place.url, limit=90),
        f"line {place.line:,}" if place.line else "",
        clean(place.path, limit=60),
        f'"{clean(place.value, limit=70 if place.record else 200)}"' if place.value else "",
    )
    return "  ".join(part for part in parts if part)
