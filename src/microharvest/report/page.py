"""Reports as one self-contained page each: no script, nothing fetched, every text escaped. No SQL."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined

from microharvest.quality.facts import FACTS
from microharvest.report import wording
from microharvest.report.sectors import CLASSES, MORE, UNKNOWN, SectorReport
from microharvest.report.trust import TrustReport
from microharvest.telemetry import plain

__all__ = ["environment_of", "render_sectors", "render_trust"]

LISTED = 12
"""Rows of a long list that are shown; the rest is counted."""


def render_trust(report: TrustReport) -> str:
    """The page of a trust report."""
    template = _environment().get_template("trust.html.j2")
    return template.render(report=report, states=wording.STATES, facts=list(FACTS), listed=LISTED)


def render_sectors(report: SectorReport) -> str:
    """The page of a sector report."""
    rows = [name for name, _, _ in CLASSES] + [MORE, UNKNOWN]
    template = _environment().get_template("sectors.html.j2")
    return template.render(report=report, rows=rows, classes=wording.CLASS_NAMES, words=wording)


def environment_of(package: str) -> Environment:
    """Templates of a package's folder `templates`; every value is escaped, an unknown one is an error."""
    folder = files(package) / "templates"

    def load(name: str) -> str:
        return (folder / name).read_text(encoding="utf-8")

    environment = Environment(
        autoescape=True, loader=FunctionLoader(load), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["plain"] = _line
    environment.filters["share"] = wording.share
    return environment


@cache
def _environment() -> Environment:
    environment = environment_of("microharvest.report")
    environment.filters["place"] = _place
    environment.filters["number"] = lambda count: f"{count:,}"
    return environment


def _line(value: object, limit: int = 160) -> str:
    """A value of a feed as one harmless line, cut where it is long."""
    text = plain(str(value))
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _place(amount: Decimal, least: Decimal, most: Decimal) -> float:
    """Where an amount lies between two others, 0 to 1, by orders of magnitude; in the middle where they are one."""
    span = most.log10() - least.log10()
    return float((amount.log10() - least.log10()) / span) if span else 0.5
