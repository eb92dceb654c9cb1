"""Politeness per host: pace, concurrency, and until when a host wants to be left alone.

All sources of a process share one `HostGates`; where they differ, the tightest rate and concurrency a host was ever
asked for hold until the process ends. Postponements live in a `HostBook`, which the store implements so that they
outlive the process.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Protocol

from aiolimiter import AsyncLimiter
from yarl import URL

__all__ = ["HostBook", "HostGates", "MemoryHostBook", "host_key"]

_MANY_HOSTS = 2048
_LOOK_S = 1.0
"""How long a look into the host book serves: other processes note postponements, too."""


class HostBook(Protocol):
    """Until when hosts asked to be left alone. Called from threads; shared by all sources."""

    def not_before(self, host: str) -> datetime | None:
        """The moment before which this host must not be asked; None where there is none."""
        ...

    def postpone(self, host: str, until: datetime) -> None:
        """Leave this host alone until then; an earlier moment than the one noted changes nothing."""
        ...


class MemoryHostBook:
    """A host book for one process."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def not_before(self, host: str) -> datetime | None:
        """See `HostBook`."""
        with self._lock:
            return self._until.get(host)

    def postpone(self, host: str, until: datetime) -> None:
        """See `HostBook`."""
        with self._lock:
            noted = self._until.get(host)
            if noted is None or noted < until:
                self._until[host] = until


def host_key(url: URL) -> str:
    """What counts as one host: `example.org`, or `example.org:8080` for a port that is not the scheme's own."""
    host = (url.host or "").lower().rstrip(".")
    return host if url.is_default_port() else f"{host}:{url.port}"


class _Gate:
    """One host's turnstile."""

    def __init__(self) -> None:
        self.inside = 0
        self._looked_at = float("-inf")
        self._until: datetime | None = None
        self._rate = 0.0
        self._limiter: AsyncLimiter | None = None
        self._places = 0
        self._semaphore = asyncio.Semaphore(1)

    def tighten(self, rate_per_s: float, concurrency: int) -> None:
        if rate_per_s > 0 and (self._limiter is None or rate_per_s < self._rate):
            self._rate, self._limiter = rate_per_s, AsyncLimiter(1, 1 / rate_per_s)  # capacity 1: no burst
        places = max(1, concurrency)
        if not self._places or places < self._places:
            self._places = places
            self._semaphore = asyncio.Semaphore(self._places)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        self.inside += 1
        try:
            async with self._semaphore:
                yield
        finally:
            self.inside -= 1

    async def pace(self) -> None:
        if self._limiter is not None:
            await self._limiter.acquire()

    async def postponed(self, hosts: HostBook, host: str) -> datetime | None:
        """Until when the host book wants the host left alone; it is asked at most once a second."""
        if time.monotonic() - self._looked_at >= _LOOK_S:
            self._until = await asyncio.to_thread(hosts.not_before, host)
            self._looked_at = time.monotonic()
        else:
            for _ in range(3):  # turns of the loop in which it is seen that the server closed the last connection
                await asyncio.sleep(0)
        return self._until

    async def postpone(self, hosts: HostBook, host: str, until: datetime) -> None:
        """Note a postponement for every source of the host."""
        await asyncio.to_thread(hosts.postpone, host, until)
        self._looked_at = float("-inf")

    def idle(self) -> bool:
        return not self.inside and (self._limiter is None or self._limiter.has_capacity())


class HostGates:
    """The gates of all hosts one process talks to."""

    def __init__(self) -> None:
        self._gates: dict[str, _Gate] = {}

    def gate(self, host: str, rate_per_s: float, concurrency: int) -> _Gate:
        """The host's gate: hold `place()` while asking, and `pace()` right before."""
        gate = self._gates.get(host)
        if gate is None:
            if len(self._gates) >= _MANY_HOSTS:  # a feed may name hosts for ever
                self._gates = {name: known for name, known in self._gates.items() if not known.idle()}
            gate = self._gates[host] = _Gate()
        gate.tighten(rate_per_s, concurrency)
        return gate
