"""A lying server, a client whose clock only moves when it sleeps, and a policy that may dial 127.0.0.1 alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from microharvest.harvest.fetch.client import Client, MemoryHostBook
from microharvest.harvest.fetch.policy import FetchPolicy
from microharvest.kit.protocol import Request
from tests.lying_server import LyingServer

CANARY = "canary-7f3a91"
"""A secret to look for where none may be."""
Policies = Callable[..., FetchPolicy]


class Nap:
    """A clock and its sleep: sleeping moves the clock and takes no time."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
        self.slept: list[float] = []

    def clock(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


@pytest.fixture
async def server() -> AsyncIterator[LyingServer]:
    lying = await LyingServer().start()
    yield lying
    await lying.stop()


@pytest.fixture
def nap() -> Nap:
    return Nap()


@pytest.fixture
def book() -> MemoryHostBook:
    return MemoryHostBook()


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
async def client(spool: Path, nap: Nap, book: MemoryHostBook) -> AsyncIterator[Client]:
    made = Client(spool=spool, hosts=book, user_agent="microharvest-test", clock=nap.clock, sleep=nap.sleep)
    async with made as opened:
        yield opened


@pytest.fixture
def policy() -> Policies:
    def make(**changes: Any) -> FetchPolicy:
        settings: dict[str, Any] = {"allow": ("127.0.0.1/32",), "rate_per_s": 0, "attempts": 1}
        return FetchPolicy(**(settings | changes))

    return make


def left_in(folder: Path) -> list[Path]:
    """What stands in a spool."""
    return list(folder.iterdir())


def ask(url: str, **rest: object) -> Request:
    """A request of the lane `all`."""
    return Request(lane="all", url=url, **rest)  # type: ignore[arg-type]
