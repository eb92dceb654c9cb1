"""The watch on the clock: a suspended machine and a corrected clock both show as wall time against monotonic time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from microharvest.clock import Clock, utc_now

__all__ = ["ClockWatch"]


class ClockWatch:
    """Compares the wall clock with a monotonic one since it was last asked."""

    def __init__(
        self,
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        tolerance: timedelta = timedelta(seconds=60),
    ) -> None:
        self._clock, self._monotonic, self._tolerance = clock, monotonic, tolerance
        self._wall: datetime = clock()
        self._at = monotonic()

    def jumped(self) -> timedelta | None:
        """How far the wall clock moved against the monotonic one since the last jump, if beyond the tolerance."""
        wall, at = self._clock(), self._monotonic()
        moved = (wall - self._wall) - timedelta(seconds=at - self._at)
        if abs(moved) <= self._tolerance:
            return None
        self._wall, self._at = wall, at
        return moved
