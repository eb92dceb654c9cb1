"""The report as one self-contained HTML file: no script, no request, every value escaped by jinja2's autoescape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined

from microharvest.clock import iso
from microharvest.demo.facts import Facts
from microharvest.demo.flow import BAR, FALL, HEIGHT, TOP, WIDTH, flow, stages
from microharvest.map.vocabulary import country_codes, language_names
from microharvest.model.issue import ISSUE_CODES
from microharvest.publish.admission import REASONS
from microharvest.quality.annex import ELEMENTS
from microharvest.telemetry import plain

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
        languages=_ranked(facts.languages, _language),
        countries=_ranked(facts.countries, _country),
        levels=[(level, facts.eqf[str(level)]) for level in range(1, 9)],
        credits=_bins(facts.ects),
        listed=LISTED,
        try_next=try_next,
        at=iso(facts.at),
    )  # fmt: skip


@cache
def _environment() -> Environment:
    templates = files("microharvest.demo") / "templates"

    def load(name: str) -> str:
        return (templates / name).read_text(encoding="utf-8")

    environment = Environment(
        autoescape=True, loader=FunctionLoader(load), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["plain"] = _line
    environment.filters["share"] = _share
    return environment


def _line(value: object, limit: int = 160) -> str:
    """A value of a feed as one harmless line, cut where it is long."""
    text = plain(str(value))
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _share(part: int, whole: int) -> int:
    """Whole percent; what is there at all is never 0, what is not everything never 100."""
    if not whole or not part:
        return 0
    percent = round(100 * part / whole)
    return percent if part == whole else min(99, max(1, percent))


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


@cache
def _names(of: str) -> dict[str, str]:
    """Code -> English name: the first name each code has in the table."""
    table = language_names() if of == "languages" else country_codes()
    found: dict[str, str] = {}
    for name, code in table.items():
        if len(name) > 3:
            found.setdefault(code, name)
    return found


def _language(tag: str) -> str:
    return _names("languages").get(tag.partition("-")[0], tag).capitalize() if tag != "und" else "not stated"


def _country(code: str) -> str:
    return _names("countries").get(code, code).title()


def _bins(points: Counter[str]) -> list[tuple[str, int]]:
    """Offers by ECTS: up to 1, 2, 3, 5, 10, 15, 30, more, and without."""
    edges = ((1, "≤ 1"), (2, "≤ 2"), (3, "≤ 3"), (5, "≤ 5"), (10, "≤ 10"), (15, "≤ 15"), (30, "≤ 30"))
    counted = {label: 0 for _, label in edges} | {"> 30": 0}
    for value, count in points.items():
        if value:
            counted[next((label for edge, label in edges if float(value) <= edge), "> 30")] += count
    return list(counted.items())
