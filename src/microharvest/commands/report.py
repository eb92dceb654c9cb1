"""`report trust`, `report sectors`: figures over many offers, as a table, as JSON, as one page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from microharvest.clock import utc_now
from microharvest.commands.output import save
from microharvest.commands.screen import Screen, clean
from microharvest.commands.workspace import Workspace
from microharvest.errors import ConfigError, ExitStatus
from microharvest.map.vocabulary import nace_terms
from microharvest.publish.judging import Judge
from microharvest.quality.facts import FACTS
from microharvest.report import wording
from microharvest.report.page import render_sectors, render_trust
from microharvest.report.reading import entries_judged, offers_judged
from microharvest.report.sectors import SectorReport, SectorSheet, sector_report
from microharvest.report.tally import Spread
from microharvest.report.trust import By, Group, TrustReport, trust_report
from microharvest.settings.reading import proposal
from microharvest.store import catalogue as releases
from microharvest.store.vocabularies import occupation_codes

__all__ = ["show_sectors", "show_trust"]

USUAL = ("C", "G")
"""Manufacturing and trade, the sectors Cedefop began with."""
SHOWN, NAME = 10, 34


def show_trust(workspace: Workspace, screen: Screen, by: By, out: Path | None) -> ExitStatus:
    """Judge every accepted offer as of today."""
    day = utc_now().date()
    with workspace.stores() as stores, stores.harvest.read() as connection:
        judge = Judge(workspace.quality, day, occupation_codes(connection))
        report = trust_report(offers_judged(connection, workspace.sources, judge), by, day)
    if out is not None:
        save(out, render_trust(report))
    if screen.as_json:
        screen.json(report)
    elif not report.all.offers:
        screen.say("There are no accepted offers yet.", "bold")
        screen.next("harvest --all")
    else:
        _show_trust(screen, report)
    _tell(screen, out)
    return ExitStatus.DONE


def show_sectors(
    workspace: Workspace, screen: Screen, asked: Sequence[str], confidence: float, out: Path | None
) -> ExitStatus:
    """Judge every published entry as of its release."""
    codes = [code.strip().upper() for code in asked] or list(USUAL)
    for code in codes:
        if code not in nace_terms():
            raise ConfigError(
                "command.invalid",
                f'"{code}" is no section or division of NACE Rev. 2.1{proposal(code, nace_terms())} '
                "Manufacturing is C, retail 47.",
            )
    if not 0 <= confidence <= 1:
        raise ConfigError("command.invalid", f"--confidence is between 0 and 1, not {confidence:g}.")
    with workspace.stores() as stores:
        with stores.harvest.read() as connection:
            isco = occupation_codes(connection)
        with stores.catalogue.read() as connection:
            row = releases.catalogue_row(connection)
            release = int(row.current) if row is not None else 0
            day = releases.published_at(connection, release).date() if release else utc_now().date()
            entries = entries_judged(connection, release, Judge(workspace.quality, day, isco))
            report = sector_report(entries, codes, release, day, confidence)
    if out is not None:
        save(out, render_sectors(report))
    if screen.as_json:
        screen.json(report)
    elif not report.release:
        screen.say("Nothing is published yet.", "bold")
        screen.next("publish")
    else:
        _show_sectors(screen, report)
    _tell(screen, out)
    return ExitStatus.DONE


def _show_trust(screen: Screen, report: TrustReport) -> None:
    every = report.all
    screen.heading(f"trust: {every.offers:,} offers, as of {report.day}")
    rows = [[name, *_spread(every.scores[name])] for name in FACTS]
    screen.table(["score", "mean", "0-19", "20-39", "40-59", "60-79", "80-100", "does not apply"], [
        ["overall", *_spread(every.overall)], *rows,
    ], 2)  # fmt: skip
    screen.pairs([("micro", ", ".join(f"{count:,} {said}" for said, count in every.microcredential.items()))], width=12)
    screen.say()
    screen.heading("what costs most: points of the overall score, on average")
    screen.table(
        ["points", "code", "offers", "what would raise it"],
        [[f"{one.points:.1f}", one.code, one.offers, one.advice] for one in every.costs[:SHOWN]],
        2,
    )
    screen.say()
    screen.heading(f"by {report.by}")
    heads = [report.by, "offers", "overall", "annex", "text", "coded", "trust", "time", "access"]
    screen.table(heads, [_group(one) for one in report.groups], 2)
    screen.say()
    screen.heading("what costs each most")
    dearest = [(clean(group.name, limit=NAME), group.costs[0]) for group in report.groups if group.costs]
    screen.table([report.by, "points", "code"], [[name, f"{one.points:.1f}", one.code] for name, one in dearest], 2)
    screen.say()
    screen.heading("accreditation")
    states = (
        f"{report.accreditation[state]:,} {name}"
        for state, name in wording.STATES.items()
        if state in report.accreditation
    )
    screen.say(f"  {', '.join(states)}")
    for said, watched in (("ends", report.ending), ("ended", report.ended)):
        screen.pairs([(f"{said} {one.until[:10]}", one.id) for one in watched[:SHOWN]], width=17)


def _group(group: Group) -> list[object]:
    return [
        clean(group.name, limit=NAME),
        group.offers,
        _mean(group.overall),
        *(_mean(group.scores[part]) for part in FACTS),
    ]


def _mean(spread: Spread) -> str:
    return "–" if spread.mean is None else f"{spread.mean:.0f}"


def _spread(spread: Spread) -> list[object]:
    pairs = zip(spread.bins[::2], spread.bins[1::2], strict=True)
    return [_mean(spread), *(one + other for one, other in pairs), spread.unknown or ""]


def _show_sectors(screen: Screen, report: SectorReport) -> None:
    screen.say(f"Release {report.release}: of {report.entries:,} entries {report.placed:,} lead to a sector.")
    for sector in report.sectors:
        screen.say()
        screen.heading(f"{sector.name}: {sector.entries:,} entries")
        if not sector.entries:
            screen.say("  None is known to belong to it. Sources can say it: NACE Rev. 2.1, ESCO, or ISCED-F.", "dim")
            continue
        _show_sector(screen, sector)


def _show_sector(screen: Screen, sector: SectorSheet) -> None:
    disputed = f"{sector.disputed:,}: another ground speaks for other sectors" if sector.disputed else ""
    screen.pairs([("known", wording.grounds_words(sector.grounds)), ("disputed", disputed)], width=12)
    parts = (f"{'no closer' if len(part.code) == 1 else part.code}: {part.entries:,}" for part in sector.divisions)
    screen.pairs([("divisions", ", ".join(parts))], width=12)
    rows = [
        [
            country.name,
            "?" if level.eqf is None else level.eqf,
            level.entries,
            wording.workload_words(level),
            wording.assured_words(level),
            wording.price_words(level),
        ]
        for country in sector.countries
        for level in country.levels
    ]
    screen.table(["country", "EQF", "entries", "workload", "quality assurance", "price"], rows, 2)


def _tell(screen: Screen, out: Path | None) -> None:
    if out is not None:
        screen.say(f"The page is in {out}.", "dim")
