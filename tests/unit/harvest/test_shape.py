"""Which paths are gone, and which took their place; what is over, and what is not."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from microharvest.harvest.lifespan import has_ended
from microharvest.harvest.shape import renamed_paths, values_by_path
from microharvest.kit.record import Names


def values(count: int, **paths: Any) -> list[dict[str, frozenset[str]]]:
    return [
        {f"/{path}": frozenset({make(number)}) for path, make in paths.items() if make(number)}
        for number in range(count)
    ]


def test_a_renamed_path_is_told_by_its_values() -> None:
    before = values(10, title=lambda n: f"t{n}", price=lambda n: f"{n}")
    after = values(10, name=lambda n: f"t{n}", price=lambda n: f"{n}", extra=lambda n: "x")
    assert renamed_paths(before, after) == {"/title": "/name"}


def test_a_path_that_is_only_gone_has_no_successor() -> None:
    before = values(10, title=lambda n: f"t{n}", city=lambda n: f"c{n}")
    assert renamed_paths(before, values(10, title=lambda n: f"t{n}", zip=lambda n: f"{n}")) == {"/city": None}


def test_a_rare_path_and_a_small_sample_say_nothing() -> None:
    before = values(10, title=lambda n: f"t{n}", note=lambda n: "x" if n < 4 else "")
    assert renamed_paths(before, values(10, title=lambda n: f"t{n}")) == {}
    assert renamed_paths(before[:4], values(4, other=lambda n: "y")) == {}
    assert renamed_paths([], []) == {}


def test_leaves_of_json_and_xml() -> None:
    assert values_by_path(b'{"a": {"b": ["x", "y"]}, "c": 1}', "application/json", Names()) == {
        "/a/b": frozenset({"x", "y"}),
        "/c": frozenset({"1"}),
    }
    assert values_by_path(b'<r><t lang="en">x</t></r>', "application/xml", Names())["/t"] == frozenset({"x"})
    for broken in (b"", b"{", b"<r>"):
        assert values_by_path(broken, "application/json", Names()) == {}
        assert values_by_path(broken, "application/xml", Names()) == {}


@pytest.mark.parametrize(
    ("ends", "over"),
    [
        ([], False), (["2026-10-31"], True), (["2026-11-01"], False), (["2026-10"], True), (["2026-11"], False),
        (["2025"], True), (["2026"], False), (["2026-01-01", "2027-01-01"], False), (["2026-01-01", None], False),
        (["2026-10-31T12:00:00Z"], True), (["soon"], False), (["2026-13-01"], False),
    ],
)  # fmt: skip
def test_an_offer_is_over_when_its_last_stated_end_is_past(ends: list[str | None], over: bool) -> None:
    offer = msgspec.json.encode({"title": {}, "instances": [{"end_date": end} if end else {} for end in ends]})
    assert has_ended(offer, date(2026, 11, 1)) is over
