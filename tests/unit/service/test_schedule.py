"""Slots: grids that do not drift, wall-clock times that fire once whatever the clocks do."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microharvest.service.schedule import FIRST_RETRY, SUSPENDED_WAIT, Slots, jitter_of, next_due, planned_due, slack_of
from microharvest.sources import Schedule

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

NIGHTS = [  # zone, a wall time in the longer night, the day of it, a wall time in the gap, the day of it
    ("Europe/Brussels", "30 2", "2026-10-25", "30 2", "2026-03-29"),
    ("Europe/Lisbon", "30 1", "2026-10-25", "30 1", "2026-03-29"),
    ("Europe/Helsinki", "30 3", "2026-10-25", "30 3", "2026-03-29"),
    ("America/New_York", "30 1", "2026-11-01", "30 2", "2026-03-08"),
    ("Australia/Lord_Howe", "45 1", "2026-04-05", "15 2", "2026-10-04"),  # moves by half an hour
    ("Antarctica/Troll", "30 1", "2026-10-25", "30 1", "2026-03-29"),  # moves by two hours
]


def slots_of(cron: str | None = None, *, jitter_s: int = 0, zone: str = "UTC", every: timedelta | None = None) -> Slots:
    return Slots(Schedule(cron=cron, every=every, timezone=zone, jitter_s=jitter_s), "s", NOON)


def fired(slots: Slots, start: datetime, end: datetime) -> list[datetime]:
    moments = []
    moment = slots.after(start)
    while moment is not None and moment < end:
        moments.append(moment)
        moment = slots.after(moment)
    return moments


def day_in(zone: str, day: str) -> tuple[datetime, datetime]:
    start = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone))
    end = (datetime.fromisoformat(day) + DAY).replace(tzinfo=ZoneInfo(zone))
    return start.astimezone(UTC) - timedelta(seconds=1), end.astimezone(UTC) - timedelta(seconds=1)


@pytest.mark.parametrize(("zone", "cron", "day"), [(zone, cron, day) for zone, cron, day, _, _ in NIGHTS])
def test_a_time_that_comes_twice_fires_once(zone: str, cron: str, day: str) -> None:
    start, end = day_in(zone, day)
    assert end - start > DAY, "this is the night the clocks go back"
    (moment,) = fired(slots_of(f"{cron} * * *", zone=zone), start, end)
    local = moment.astimezone(ZoneInfo(zone))
    assert (local.strftime("%M %-H").replace(" 0", " "), local.fold) == (cron, 0)
    assert moment + timedelta(minutes=1) < end


@pytest.mark.parametrize(("zone", "cron", "day"), [(zone, cron, day) for zone, _, _, cron, day in NIGHTS])
def test_a_time_that_does_not_exist_fires_once(zone: str, cron: str, day: str) -> None:
    start, end = day_in(zone, day)
    assert end - start < DAY, "this is the night the clocks go forward"
    (moment,) = fired(slots_of(f"{cron} * * *", zone=zone), start, end)
    local = moment.astimezone(ZoneInfo(zone))
    assert local.strftime("%M %-H") != cron
    assert local.minute == (int(cron.split()[0]) + (30 if zone == "Australia/Lord_Howe" else 0)) % 60


@pytest.mark.parametrize("zone", [night[0] for night in NIGHTS])
def test_a_year_of_nights_has_a_run_each(zone: str) -> None:
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    moments = fired(slots_of("30 2 * * *", zone=zone), start, end)
    days = [moment.astimezone(ZoneInfo(zone)).date() for moment in moments]
    assert len(moments) == len(set(days)) == 365


def test_all_the_time_means_in_both_hours_of_the_longer_night() -> None:
    start, end = day_in("Europe/Brussels", "2026-10-25")
    moments = fired(slots_of("*/30 * * * *", zone="Europe/Brussels"), start, end)
    assert [later - sooner for sooner, later in itertools.pairwise(moments)] == [HOUR / 2] * 49


def test_a_gap_does_not_double_what_follows_it() -> None:
    start, end = day_in("Europe/Brussels", "2026-03-29")
    moments = fired(slots_of("0,45 2,3 * * *", zone="Europe/Brussels"), start, end)
    assert [moment.strftime("%H:%M") for moment in moments] == ["01:00", "01:45"]


def test_days_of_the_week_by_name() -> None:
    moment = slots_of("17 2 * * sun").after(NOON)
    assert moment == datetime(2026, 11, 29, 2, 17, tzinfo=UTC)


def test_a_day_that_does_not_exist_never_comes() -> None:
    slots = slots_of("0 0 30 2 *")
    assert slots.after(NOON) is None
    assert next_due(slots, NOON, outcome="complete") is None
    assert next_due(slots, NOON, outcome="failed", failures=1) == NOON + FIRST_RETRY


def test_jitter_is_the_sources_own_and_stays() -> None:
    found = {jitter_of(f"source-{number}", 900) for number in range(200)}
    assert jitter_of("a", 900) == jitter_of("a", 900)
    assert len(found) > 150
    assert min(found) >= timedelta() <= max(found) <= timedelta(seconds=900)
    assert jitter_of("a", 0) == timedelta()


def test_jitter_moves_a_cron_slot_by_itself() -> None:
    plain, moved = slots_of("17 2 * * *"), slots_of("17 2 * * *", jitter_s=900)
    base = plain.after(NOON)
    assert base is not None
    assert moved.after(NOON) == base + jitter_of("s", 900)
    assert moved.after(base) == base + jitter_of("s", 900), "a slot that is only late by its jitter is still to come"


@given(
    every=st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=40)),
    since=st.timedeltas(min_value=timedelta(days=-90), max_value=timedelta(days=400)),
    jitter_s=st.integers(0, 7200),
)
def test_a_grid_has_a_slot_within_each_interval(every: timedelta, since: timedelta, jitter_s: int) -> None:
    slots = slots_of(every=every, jitter_s=jitter_s)
    moment = NOON + since
    slot = slots.after(moment)
    assert slot is not None
    assert moment < slot
    new = timedelta() <= since <= every
    assert slot - moment <= every * (2 if new else 1)
    assert slots.after(slot) == slot + every


def test_a_new_source_is_due_at_once_and_then_a_whole_interval_later() -> None:
    slots = slots_of(every=DAY, jitter_s=900)
    schedule = Schedule(every=DAY, jitter_s=900)
    assert planned_due(slots, schedule, NOON, stored=None, last=None) == NOON
    due = next_due(slots, NOON + HOUR / 60, outcome="complete")
    assert due == NOON + DAY + jitter_of("s", 900)


@pytest.mark.parametrize("catch_up", [True, False])
def test_a_missed_slot_runs_once_at_once_or_waits(catch_up: bool) -> None:
    schedule = Schedule(every=DAY, catch_up=catch_up, jitter_s=0)
    slots = Slots(schedule, "s", NOON)
    missed, now = NOON + DAY, NOON + 3.5 * DAY
    due = planned_due(slots, schedule, now, stored=missed, last=NOON)
    assert due == (missed if catch_up else NOON + 4 * DAY)
    assert next_due(slots, now, outcome="complete") == NOON + 4 * DAY


def test_a_run_that_waits_to_go_on_was_not_missed() -> None:
    schedule = Schedule(every=DAY, catch_up=False, jitter_s=0)
    slots = Slots(schedule, "s", NOON)
    assert planned_due(slots, schedule, NOON + 2 * DAY, stored=NOON + DAY, last=NOON, unfinished=True) == NOON + DAY
    assert planned_due(slots, schedule, NOON + HOUR, stored=None, last=NOON, unfinished=True) == NOON + HOUR


def test_a_slot_just_now_was_not_missed() -> None:
    schedule = Schedule(every=DAY, catch_up=False, jitter_s=0)
    due = NOON + DAY
    late = due + timedelta(seconds=30)
    assert planned_due(Slots(schedule, "s", NOON), schedule, late, stored=due, last=NOON) == due


def test_a_clock_that_went_back_costs_one_interval_at_most() -> None:
    schedule = Schedule(every=DAY, jitter_s=0)
    wrong = NOON + timedelta(days=1500)
    slots = Slots(schedule, "s", wrong)
    due = planned_due(slots, schedule, NOON, stored=wrong + DAY, last=wrong)
    assert due is not None
    assert NOON < due <= NOON + DAY
    again = planned_due(slots, schedule, NOON, stored=None, last=wrong)
    assert again is not None
    assert again <= NOON + DAY


def test_failures_are_tried_again_sooner_and_never_later_than_the_slot() -> None:
    slots = slots_of(every=DAY)
    waits = []
    for failures in range(1, 40):
        due = next_due(slots, NOON + HOUR, outcome="failed", failures=failures)
        assert due is not None
        waits.append(due - NOON - HOUR)
    assert waits[:4] == [FIRST_RETRY * factor for factor in (1, 2, 4, 8)]
    assert waits == sorted(waits)
    assert max(waits) == DAY - HOUR


def test_a_blocked_source_waits_for_its_slot() -> None:
    assert next_due(slots_of(every=DAY), NOON + HOUR, outcome="blocked", failures=1) == NOON + DAY


def test_a_suspended_run_goes_on_before_it_is_too_old() -> None:
    assert next_due(slots_of(every=7 * DAY), NOON + HOUR, outcome="partial", suspended=True) == (
        NOON + HOUR + SUSPENDED_WAIT
    )
    assert next_due(slots_of(every=DAY), NOON + HOUR, outcome="partial", suspended=True) == NOON + DAY


def test_a_host_that_asked_to_wait_is_left_alone() -> None:
    later = NOON + 5 * DAY
    slots, schedule = slots_of(every=DAY), Schedule(every=DAY, jitter_s=0)
    assert next_due(slots, NOON, outcome="failed", failures=1, postponed=later) == later
    assert planned_due(slots, schedule, NOON, stored=NOON, last=None, postponed=later) == later


def test_a_sync_a_little_early_serves_the_coming_slot() -> None:
    schedule = Schedule(every=DAY, jitter_s=900)
    slots = Slots(schedule, "s", NOON)
    early = slack_of(schedule)
    assert early >= timedelta(minutes=60)
    assert next_due(slots, NOON + DAY - HOUR, outcome="complete", early=early) == NOON + 2 * DAY + jitter_of("s", 900)
    assert slack_of(Schedule(cron="0 2 * * *", jitter_s=60)) == timedelta(minutes=1)
