"""The watch on the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from microharvest.service.watch import ClockWatch


class Clocks:
    def __init__(self) -> None:
        self.wall, self.steady = datetime(2026, 11, 24, tzinfo=UTC), 100.0

    def pass_time(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.steady += seconds


@pytest.mark.parametrize("jump", [-86_400.0, -61.0, 61.0, 3600.0])
def test_a_jump_is_noticed_once(jump: float) -> None:
    clocks = Clocks()
    watch = ClockWatch(lambda: clocks.wall, lambda: clocks.steady)
    clocks.pass_time(1000)
    assert watch.jumped() is None
    clocks.wall += timedelta(seconds=jump)
    assert watch.jumped() == timedelta(seconds=jump)
    clocks.pass_time(5)
    assert watch.jumped() is None


@pytest.mark.parametrize("jump", [-60.0, 0.0, 59.0])
def test_small_corrections_are_none(jump: float) -> None:
    clocks = Clocks()
    watch = ClockWatch(lambda: clocks.wall, lambda: clocks.steady)
    clocks.wall += timedelta(seconds=jump)
    assert watch.jumped() is None
