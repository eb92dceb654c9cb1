"""The report as one self-contained HTML file: no script, no request, every value escaped by jinja2's autoescape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache

from jinja2 import Environment

from microharvest.clock import iso
from microharvest.demo.facts import Facts
from microharvest.demo.flow import BAR, FALL, HEIGHT, TOP, WIDTH, flow, stages
from microharvest.model.issue import ISSUE_CODES
from microharvest.publish.admission import REASONS
from microharvest.quality.annex import ELEMENTS
from microharvest.report.naming import country_name, language_name
from microharvest.report.page import environment_of

__all__ = ["render"]

LISTED = 12
"""Rows of a long list that are shown; the rest is counted."""


def render(facts: Facts, try_next: list[tuple[str, str]]) -> str:
    """The page. `try_next`: (what it shows, command)."""
    drawn = stages(facts)
    return _environment().get_template("report.html.j2").render(
        facts=facts,
        stages=drawn,
        ribbons=flow(drawn),
        box={"width": WIDTH, "height": HEIGHT, "top": TOP, "bar": BAR, "fall": FALL},
        elements=ELEMENTS,
        reasons=REASONS,
        meanings=ISSUE_CODES,
        languages=_ranked(facts.languages, language_name),
        countries=_ranked(facts.countries, country_name),
        levels=[(level, facts.eqf[str(level)]) for level in range(1, 9)],
        credits=_bins(facts.ects),
        listed=LISTED,
        try_next=try_next,
        at=iso(facts.at),
    )  # fmt: skip


@cache
def _environment() -> Environment:
    return environment_of("microharvest.demo")


def _ranked(counted: Counter[str], name: Callable[[str], str], longest: int = 8) -> list[tuple[str, int]]:
    """[(name, count)], most frequent first; the tail in one row, unknown last."""
    known = sorted(((count, code) for code, count in counted.items() if code), key=lambda pair: (-pair[0], pair[1]))
    rows = [(name(code), count) for count, code in known[:longest]]
    rest = sum(count for count, _ in known[longest:])
    if rest:
        rows.append((f"{len(known) - longest} others", rest))
    if counted[""]:
        rows.append(("not stated", counted[""]))
    return rows


def _bins(points: Counter[str]) -> list[tuple[str, int]]:
    """Offers by ECTS: up to 1, 2, 3, 5, 10, 15, 30, more, and without."""
    edges = ((1, "≤ 1"), (2, "≤ 2"), (3, "≤ 3"), (5, "≤ 5"), (10, "≤ 10"), (15, "≤ 15"), (30, "≤ 30"))
    counted = {label: 0 for _, label in edges} | {"> 30": 0}
    for value, count in points.items():
        if value:
            counted[next((label for edge, label in edges if float(value) <= edge), "> 30")] += count
    return list(counted.items())
