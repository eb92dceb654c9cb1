"""Guards are arithmetic: what holds, what passes, and at which number."""

from __future__ import annotations

from typing import Any

import pytest

from microharvest.harvest.guard import GuardSettings, RunFacts, hold_reason


def reason(settings: dict[str, Any] | None = None, **given: Any) -> str | None:
    facts = {"scope": "full", "outcome": "complete", "active": 100, "present": 100} | given
    return hold_reason(RunFacts(**facts), GuardSettings(**(settings or {})))


def test_an_ordinary_day_passes() -> None:
    assert reason(added=5, gone=3) is None


@pytest.mark.parametrize(("active", "allowed"), [(0, 1), (1, 1), (5, 1), (20, 6), (10_000, 3_000)])
def test_the_ratio_counts_from_below_with_at_least_one(active: int, allowed: int) -> None:
    assert reason(active=active, present=max(active, 1), gone=allowed) is None
    assert reason(active=active, present=max(active, 1), gone=allowed + 1) is not None


def test_max_count_tightens_the_ratio() -> None:
    assert reason({"max_count": 2}, gone=3) is not None
    assert reason({"max_count": 0}, gone=1) is not None
    assert reason({"max_count": 2}, gone=2) is None


def test_an_empty_list_always_holds_where_there_was_something() -> None:
    held = reason({"max_ratio": 1.0}, present=0, gone=100)
    assert held == "The list is empty; 100 records were there before."
    assert reason({"max_ratio": 1.0}, active=0, present=0) is None


def test_an_empty_delta_is_an_ordinary_day() -> None:
    assert reason(scope="delta", present=0) is None


def test_tombstones_of_a_delta_are_guarded() -> None:
    assert reason(scope="delta", present=0, gone=31) is not None


def test_a_partial_run_is_not_held_for_what_it_did_not_see() -> None:
    assert reason(outcome="partial", present=3) is None


def test_rekeying_is_recognised() -> None:
    held = reason({"max_ratio": 1.0}, gone=80, added=80, rekeyed=80)
    assert held is not None
    assert "other identifiers" in held


def test_too_many_unreadable_records_hold() -> None:
    assert reason(present=200, rejected=51) is not None
    assert reason(present=200, rejected=50) is None
    assert reason(present=1000, rejected=100) is None


def test_expectations() -> None:
    assert reason({"min_records": 101}) is not None
    assert reason({"max_records": 99}) is not None
    assert reason({"fill": {"title": 0.9}}, fill={"title": 0.89}) is not None
    assert reason({"fill": {"title": 0.9}}, fill={"title": 0.9}) is None
    assert reason(absent_canaries=("x",)) is not None
