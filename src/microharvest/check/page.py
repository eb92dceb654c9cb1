"""The report as one self-contained HTML file: no script, no link, no request; every value escaped by autoescape.

Addresses of a feed are text here, never links: a feed cannot make a reader go anywhere.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined

from microharvest.check.profile import issue_advice
from microharvest.check.report import GRADES, Report
from microharvest.telemetry import plain

__all__ = ["render"]


def render(report: Report) -> str:
    """The page."""
    graded = [one for one in report.grades if one.grade is not None]
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            graded=graded,
            others=[one for one in report.grades if one.grade is None],
            bounds=[(letter, least) for least, letter in GRADES],
            reading=[one for one in report.findings if one.code in issue_advice()],
        )
    )


@cache
def _environment() -> Environment:
    templates = files("microharvest.check") / "templates"

    def load(name: str) -> str:
        return (templates / name).read_text(encoding="utf-8")

    environment = Environment(
        autoescape=True, loader=FunctionLoader(load), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["plain"] = _line
    environment.filters["points"] = _points
    return environment


def _line(value: object, limit: int = 200) -> str:
    """A value of a feed as one harmless line, cut where it is long."""
    text = plain(str(value))
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _points(value: float) -> str:
    return "under 0.1" if 0 < value < 0.1 else f"{value:.1f}".removesuffix(".0")
