"""The report as one self-contained HTML file: no script, no link, no request; every value escaped by autoescape.

Addresses of a feed are text here, never links: a feed cannot make a reader go anywhere.
"""

from __future__ import annotations

from jinja2 import Environment

from microharvest.check.profile import issue_advice
from microharvest.check.report import GRADES, Report
from microharvest.report.page import environment_of

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


def _environment() -> Environment:
    environment = environment_of("microharvest.check")
    environment.filters["points"] = _points
    return environment


def _points(value: float) -> str:
    return "under 0.1" if 0 < value < 0.1 else f"{value:.1f}".removesuffix(".0")
