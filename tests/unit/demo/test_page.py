"""What stands around the values: shares, ranks, bins, and nothing marked as safe."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from importlib.resources import files

import pytest

from microharvest.demo.facts import Facts, IssueFacts, SourceFacts, Unread
from microharvest.demo.page import _bins, _ranked, render
from microharvest.report.wording import share

HOSTILE = "\"><script>alert(1)</script><img src=x onerror='x'>"


@pytest.mark.parametrize(
    ("part", "whole", "percent"), [(0, 0, 0), (0, 5, 0), (1, 1000, 1), (999, 1000, 99), (5, 5, 100), (1, 2, 50)]
)
def test_what_is_there_is_never_nothing_and_never_all(part: int, whole: int, percent: int) -> None:
    assert share(part, whole) == percent


def test_the_tail_is_counted_and_the_unknown_comes_last() -> None:
    counted = Counter({"fi": 9, "sv": 3, "en": 3, "de": 1, "": 4})
    assert _ranked(counted, str.upper, 2) == [("FI", 9), ("EN", 3), ("2 others", 4), ("not stated", 4)]


def test_credits_fall_into_bins() -> None:
    bins = dict(_bins(Counter({"0.5": 1, "1": 1, "2.5": 2, "5": 4, "31": 1, "": 7})))
    assert bins == {"≤ 1": 2, "≤ 2": 0, "≤ 3": 2, "≤ 5": 4, "≤ 10": 0, "≤ 15": 0, "≤ 30": 0, "> 30": 1}


def test_hostile_values_are_escaped_wherever_they_stand() -> None:
    source = SourceFacts(
        id="a", title=HOSTILE, how=HOSTILE, authority="provider", shown=True, licence=HOSTILE,
        state="failed", sentence=HOSTILE, offers=1, issues=1, with_issues=1,
    )  # fmt: skip
    issue = IssueFacts(
        code="price.invalid",
        meaning="m",
        count=1,
        sources={"a": 1},
        field="price",
        value=HOSTILE,
        example=("a", HOSTILE),
    )
    facts = Facts(
        at=datetime(2026, 1, 1, tzinfo=UTC),
        sources=[source],
        issues=[issue],
        findings=[("a", "feed.error", 1, HOSTILE)],
        quarantine=[("a", "record.unmappable", HOSTILE, HOSTILE)],
        unread=[Unread(source="a", path=HOSTILE, count=1, value=HOSTILE)],
        languages=Counter({HOSTILE: 1}),
        countries=Counter({HOSTILE: 1}),
        titles={("a", HOSTILE): HOSTILE},
    )
    text = render(facts, [(HOSTILE, HOSTILE)])
    assert "<script" not in text
    assert "<img" not in text
    assert text.count("&lt;script&gt;") >= 10


def test_no_template_marks_anything_as_safe() -> None:
    folder = files("microharvest.demo") / "templates"
    for template in folder.iterdir():
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe\b|autoescape|Markup", text), template.name
