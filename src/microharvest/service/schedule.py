"""When a source is due. Pure: a schedule, the source's id and the moment it was first seen give every slot.

- Slots do not drift: they stand on a grid (`every`) or on the wall clock of a zone (`cron`), each moved by the
  source's own jitter, which is a hash of its id.
- A wall-clock time fires once whatever the clocks do: in the night they go back at its first occurrence, in the gap
  of the night they go forward as many minutes later. APScheduler's trigger in a zone with summer time fires twice
  (measured with 3.11.3 for 02:30 on 2026-10-25), so it computes in plain wall time here and zoneinfo does the rest.
  Only an hour field of `*` fires in both hours of the longer night: it means "all the time".
- A failure is tried again sooner than the next slot, never later.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from microharvest.sources import Schedule

__all__ = ["FIRST_RETRY", "SUSPENDED_WAIT", "Slots", "jitter_of", "next_due", "planned_due", "slack_of"]

FIRST_RETRY = timedelta(minutes=15)
"""How long after a first failure a source is tried again; twice as long after each further one."""

SUSPENDED_WAIT = timedelta(hours=24)
"""A run past `max_runtime` goes on in the next slot, but not later than this: an old run would begin anew."""

MISSED = timedelta(minutes=5)
"""A slot this long ago was missed, not merely waited for; `catch_up` decides about it."""

_REACH = timedelta(hours=3)
"""No zone moves its clocks further than this at once (Antarctica/Troll: two hours)."""


def jitter_of(source: str, jitter_s: int) -> timedelta:
    """0 to `jitter_s` seconds, always the same for a source."""
    digest = hashlib.blake2b(source.encode(), digest_size=8).digest()
    return timedelta(seconds=int.from_bytes(digest, "big") % (jitter_s + 1))


class Slots:
    """The slots of one source. `anchor`: when the source was first seen; the grid of `every` starts there."""

    def __init__(self, schedule: Schedule, source: str, anchor: datetime) -> None:
        self._schedule = schedule
        self._jitter = jitter_of(source, schedule.jitter_s)
        self._anchor = anchor
        self._zone = ZoneInfo(schedule.timezone)

    def after(self, moment: datetime) -> datetime | None:
        """The first slot later than `moment`, in UTC; None for a cron line that names no day that exists."""
        if self._schedule.cron is None:
            return self._on_grid(moment)
        slot = self._on_the_wall(self._schedule.cron, moment - self._jitter)
        return None if slot is None else slot + self._jitter

    def _on_grid(self, moment: datetime) -> datetime:
        every = self._schedule.every
        assert every is not None, "a schedule has `every` or `cron`"
        every = max(every, timedelta(seconds=1))
        start = self._anchor + self._jitter % every
        number = (moment - start) // every + 1
        if number == 0 and moment >= self._anchor:
            number = 1  # a new source runs at once; slot 0 would be a second run within the jitter
        return start + every * number

    def _on_the_wall(self, cron: str, moment: datetime) -> datetime | None:
        best: datetime | None = None
        local = moment.astimezone(self._zone).replace(tzinfo=UTC)
        for wall in _wall_times(cron, local - _REACH):
            if best is not None and wall > best.astimezone(self._zone).replace(tzinfo=UTC) + _REACH:
                break  # walls come in order; from here on nothing maps to an earlier instant
            for instant in self._instants(wall, twice=cron.split()[1] == "*"):
                if instant > moment and (best is None or instant < best):
                    best = instant
        return best

    def _instants(self, wall: datetime, *, twice: bool) -> list[datetime]:
        first = wall.replace(tzinfo=self._zone, fold=0)
        second = first.replace(fold=1)
        instants = [first.astimezone(UTC)]
        repeated = (first.utcoffset() or timedelta()) > (second.utcoffset() or timedelta())
        if twice and repeated:
            instants.append(second.astimezone(UTC))
        return instants


def _wall_times(cron: str, after: datetime) -> Iterator[datetime]:
    """Wall-clock times of a cron line, later than `after`, both written as if in UTC."""
    trigger = CronTrigger.from_crontab(cron, timezone=UTC)
    previous: datetime | None = None
    now = after + timedelta(microseconds=1)
    while True:
        fires = trigger.get_next_fire_time(previous, now)
        if fires is None:
            return
        yield fires
        previous = now = fires


def planned_due(
    slots: Slots,
    schedule: Schedule,
    now: datetime,
    *,
    stored: datetime | None,
    last: datetime | None,
    unfinished: bool = False,
    postponed: datetime | None = None,
    early: timedelta = timedelta(),
) -> datetime | None:
    """When a source is due, as seen at a start, a change of configuration or a jump of the clock.

    `stored`: what was noted after its last run. `last`: when it last ran. `unfinished`: a run waits to go on.
    `postponed`: its host asked to be left alone until then. `early`: a slot that is so near is due now; a retry is not.
    A clock that went back cannot push a source beyond one slot.
    """
    coming = slots.after(now)
    if stored is None:
        due = now if last is None or unfinished else slots.after(min(last, now))
    else:
        due = stored if coming is None or stored <= coming else coming
    if due is not None and due <= now - MISSED and not (schedule.catch_up or unfinished):
        due = coming
    if due is not None and due == coming and due <= now + early:
        due = now
    return _not_before(due, postponed)


def next_due(
    slots: Slots,
    now: datetime,
    *,
    outcome: str,
    suspended: bool = False,
    failures: int = 0,
    postponed: datetime | None = None,
    early: timedelta = timedelta(),
) -> datetime | None:
    """When a source is due again after a turn that ended `now`, which served a slot up to `early` later, too.

    `outcome`: complete, partial, blocked (waits for its slot) or failed (tried again sooner). `suspended`: the run
    reached its `max_runtime`. `failures`: in a row, this one included.
    """
    coming = slots.after(now + early)
    due = coming
    if suspended:
        due = _earlier(coming, now + SUSPENDED_WAIT)
    elif outcome == "failed":
        due = _earlier(coming, now + FIRST_RETRY * 2 ** min(max(failures, 1) - 1, 16))
    return _not_before(due, postponed)


def slack_of(schedule: Schedule) -> timedelta:
    """How much early a one-off `sync` may be: one called once a day must not find a daily source due tomorrow."""
    interval = (schedule.every or timedelta()) / 20
    return interval + timedelta(seconds=schedule.jitter_s)


def _earlier(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else min(one, other)


def _not_before(due: datetime | None, postponed: datetime | None) -> datetime | None:
    return due if due is None or postponed is None else max(due, postponed)
