"""The only place that reads the time. Everything stored is UTC, aware, whole milliseconds.

Lease times on PostgreSQL come from the database (see `store.leases`); all other times come from here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

__all__ = ["Clock", "iso", "utc_now"]

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present moment: aware, UTC, cut to whole milliseconds."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


@lru_cache(maxsize=4096)
def iso(moment: datetime | None) -> str | None:
    """`2026-11-24T03:45:04Z`: RFC 3339 in UTC, seconds; None stays None."""
    if moment is None:
        return None
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
