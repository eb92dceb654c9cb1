"""Decisions of one store loaded into another, and files that cannot be taken as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from microharvest.link.deciding import give_value, revoke, withhold_entry, withhold_provider
from microharvest.link.dumping import LoadReport, dump_decisions, load_decisions
from tests.integration.decided import (
    SIGNED,
    A,
    B,
    C,
    D,
    entries,
    go,
    golden,
    groups,
    link,
    say,
    shelf,
    shelves,
    strangers,
)
from tests.integration.offers_at_hand import Shelf, offer

__all__ = ["shelf", "shelves"]


def test_a_dump_loaded_over_the_same_harvest_gives_the_same_clusters(
    shelf: Shelf, shelves: Callable[[], Shelf]
) -> None:
    other = shelves()
    for each in (shelf, other):
        strangers(each)
        each.put("e", "1", offer("Welding", code="W1"))
        each.put("f", "1", offer("Welding", code="W1"))
        link(each)
    say(shelf, "same", A, B)
    say(shelf, "different", ("e", "1"), ("f", "1"))
    revoke(shelf.database, say(shelf, "same", C, D), clock=shelf.clock, **SIGNED)
    give_value(shelf.database, A, "country", b'"NO"', clock=shelf.clock, **SIGNED)
    withhold_entry(shelf.database, C, clock=shelf.clock, **SIGNED)
    withhold_provider(shelf.database, "School 3", clock=shelf.clock, **SIGNED)
    lines = list(dump_decisions(shelf.database))
    report = load_decisions(other.database, lines, who="ola@elsewhere", clock=other.clock)
    assert (report.added, report.refused, report.waiting) == (6, [], {})
    assert list(dump_decisions(other.database)) == lines
    again = load_decisions(other.database, lines, who="ola@elsewhere", clock=other.clock)
    assert (again.added, again.known) == (0, 6)
    for each in (shelf, other):
        go(each)
    assert groups(other) == groups(shelf)
    assert [entry["title"] for entry in entries(other)] == [entry["title"] for entry in entries(shelf)]
    assert golden(other, A)[0].country == "NO"


def load(shelf: Shelf, *lines: bytes) -> LoadReport:
    return load_decisions(shelf.database, lines, who="ola@elsewhere", clock=shelf.clock)


def line(kind: str, one: tuple[str, str], other: tuple[str, str], second: int = 1, **more: Any) -> bytes:
    at = f"2026-05-01T10:00:{second:02d}.000Z"
    return msgspec.json.encode({"kind": kind, "who": "x@y", "at": at, "why": "w", "one": one, "other": other, **more})


def test_a_load_that_contradicts_itself_or_the_store_is_reported(shelf: Shelf) -> None:
    strangers(shelf)
    say(shelf, "same", A, B)
    gone = say(shelf, "same", C, D)
    held = list(dump_decisions(shelf.database))
    revoke(shelf.database, gone, clock=shelf.clock, **SIGNED)
    report = load(
        shelf,
        line("same", B, C),
        line("different", A, C, 2),
        line("same", A, B, 3),
        held[1],
        line("same", C, ("c", "absent"), 4),
    )
    assert (report.added, report.known) == (2, 0)
    assert [(one.line, one.code) for one in report.refused] == [
        (2, "decision.contradicts"), (3, "decision.exists"), (4, "decision.revoked"),
    ]  # fmt: skip
    assert report.waiting == {4: "c/absent"}
    shelf.put("c", "absent", offer("Late"))
    link(shelf)
    assert frozenset({A, B, C, ("c", "absent")}) in groups(shelf), "what waited is carried out when it comes"


RUBBISH = [
    b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"1" * 5000, b"[" * 20000,
    b'{"kind":"maybe","who":"x","at":"2026-05-01T10:00:00Z","why":"w"}',
    line("same", A, A), line("same", A, B, who=""), line("same", A, B, why=" "), line("same", A, B, field="title"),
    line("value", A, B), line("withhold", A, B), line("same", ("a", "x\0"), B), line("same", ("a", "x" * 2000), B),
    line("same", A, B, at="2026-05-01"), line("same", A, B, at="yesterday"), line("same", A, B, more=1),
    b'{"kind":"value","who":"x","at":"2026-05-01T10:00:00Z","why":"w","one":["a","1"],"field":"eqf_level","value":"x"}',
    b'{"kind":"withhold","who":"x","at":"2026-05-01T10:00:00Z","why":"w","provider":"  "}',
]  # fmt: skip


def test_rubbish_is_refused_line_by_line(shelf: Shelf) -> None:
    strangers(shelf)
    report = load(shelf, *RUBBISH, line("same", A, B, 9), b"  \n")
    assert [one.line for one in report.refused] == list(range(1, len(RUBBISH) + 1))
    assert {one.code for one in report.refused} == {"decision.invalid"}
    assert report.added == 1
