"""How the daemon is, as a value: what `/healthz` shows and what monitoring decides by."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["Health", "is_well"]


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """`last_tick_s`: seconds since the last tick ended, None before the first. `broken`: ids of unreadable files."""

    role: Literal["leader", "follower"]
    store: bool
    running: list[str]
    sources: int
    broken: list[str]
    last_tick_s: float | None
    stopping: bool = False


def is_well(health: Health, tick_s: float) -> bool:
    """Is the store reachable, and does the ticker tick (at most 12 ticks late, at least half a minute)?"""
    return health.store and (health.last_tick_s is None or health.last_tick_s <= max(30.0, 12 * tick_s))
