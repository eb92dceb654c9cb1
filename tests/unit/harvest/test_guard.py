"""Guards are arithmetic: what holds, what passes, and at which number."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from microharvest.harvest.guard import (
    HOLD_CODES,
    Emptied,
    GuardSettings,
    Hold,
    RunFacts,
    allowed_to_go,
    hold_for,
)


def hold(settings: dict[str, Any] | None = None, **given: Any) -> Hold | None:
    facts = {"scope": "full", "outcome": "complete", "active": 100, "present": 100} | given
    return hold_for(RunFacts(**facts), GuardSettings(**(settings or {})))


def reason(settings: dict[str, Any] | None = None, **given: Any) -> str | None:
    found = hold(settings, **given)
    return found and found.sentence


def code(settings: dict[str, Any] | None = None, **given: Any) -> str | None:
    found = hold(settings, **given)
    return found and found.code


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
    assert code(gone=80, added=80, rekeyed=80) == "hold.rekeyed"
    assert code(gone=80, added=80, rekeyed=40) == "hold.withdrawals"
    assert code(gone=3, added=3, rekeyed=3) is None


def test_too_many_unreadable_records_hold() -> None:
    assert reason(present=200, rejected=51) is not None
    assert reason(present=200, rejected=50) is None
    assert reason(present=1000, rejected=100) is None
    assert code(present=3, active=3, rejected=5) == "hold.refused"
    assert code(present=6, active=6, rejected=4) is None


def test_what_was_refused_yesterday_too_is_no_news() -> None:
    assert code(present=200, rejected=60, rejected_before=60) is None
    assert code(present=200, rejected=60, rejected_before=40) == "hold.refused"


def test_rejected_records_with_an_id_are_counted_once() -> None:
    assert code(present=260, rejected=52, rejected_known=52) is None
    assert code(present=259, rejected=52, rejected_known=52) == "hold.refused"


@pytest.mark.parametrize(
    ("lost", "replaced", "expected"),
    [(20, 100, None), (21, 100, "hold.fill_dropped"), (4, 4, None), (0, 100, None)],
)
def test_a_field_may_not_empty_in_more_than_a_fifth(lost: int, replaced: int, expected: str | None) -> None:
    emptied = {"credits": Emptied(had=replaced, lost=lost)}
    assert code(replaced=replaced, emptied=emptied) == expected


def test_a_rare_field_that_vanishes_wholly_holds_too() -> None:
    assert code(replaced=100, active=200, emptied={"grants": Emptied(had=20, lost=20)}) == "hold.fill_dropped"
    assert code(replaced=100, active=200, emptied={"grants": Emptied(had=21, lost=20)}) is None


def test_what_moves_from_record_to_record_is_no_drop() -> None:
    assert code(replaced=100, emptied={"prices": Emptied(had=50, lost=30, gained=30)}) is None


def test_a_small_delta_is_no_sample() -> None:
    few = {"credits": Emptied(had=19, lost=19)}
    assert code(scope="delta", replaced=19, emptied=few) is None
    assert code(scope="delta", replaced=20, emptied={"credits": Emptied(had=20, lost=20)}) == "hold.fill_dropped"


def test_a_renamed_column_is_named() -> None:
    held = hold(replaced=100, emptied={"title": Emptied(had=100, lost=100)}, renamed={"/titel": "/name"})
    assert held is not None
    assert held.code == "hold.shape"
    assert held.sentence == (
        "The feed no longer has /titel (now /name): title is empty now in 100 records that had it before."
    )
    assert code(replaced=100, renamed={"/titel": "/name"}) is None, "a path nobody maps is a finding, not a hold"
    lost = {"title": Emptied(had=100, lost=100)}
    other = {"replaced": 100, "emptied": lost, "renamed": {"/rating": "/stars"}, "unread": frozenset({"/rating"})}
    assert code(**other) == "hold.fill_dropped", "what nobody read is not why a field is empty"


@pytest.mark.parametrize("n", [0, 1, 5, 20, 10_000])
@drawn(data=st.data())
def test_guard_arithmetic(n: int, data: st.DataObject) -> None:
    """For any ratio and limit: what may go passes, one more is held, and an empty list is always held."""
    ratio = data.draw(st.floats(0, 1))
    count = data.draw(st.none() | st.integers(0, 20_000))
    settings = {"max_ratio": ratio, "max_count": count}
    allowed = allowed_to_go(n, GuardSettings(**settings))
    assert allowed <= max(1, n)
    assert count is None or allowed <= count
    gone = data.draw(st.integers(0, n))
    ended = data.draw(st.integers(0, n - gone))
    present = n - gone - ended
    found = code(settings, active=n, present=present, gone=gone, ended=ended)
    if n and not present:
        assert found == "hold.empty"
    else:
        assert found == ("hold.withdrawals" if gone > allowed else None)
    assert code(settings, active=n, scope="delta", present=0, gone=gone) == (
        "hold.withdrawals" if gone > allowed else None
    )


def test_every_cause_is_documented() -> None:
    held = [
        hold(present=0),
        hold(gone=90),
        hold({"min_records": 200}),
        hold({"max_records": 2}),
        hold(absent_canaries=("x",)),
    ]
    assert {one.code for one in held if one} <= HOLD_CODES.keys()
    assert all(one and one.sentence.endswith(".") for one in held)


def test_expectations() -> None:
    assert reason({"min_records": 101}) is not None
    assert reason({"max_records": 99}) is not None
    assert reason({"fill": {"title": 0.9}}, fill={"title": 0.89}) is not None
    assert reason({"fill": {"title": 0.9}}, fill={"title": 0.9}) is None
    assert reason(absent_canaries=("x",)) is not None
