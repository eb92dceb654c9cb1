"""Pace, places and postponements."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from yarl import URL

from microharvest.harvest.fetch import hosts
from microharvest.harvest.fetch.hosts import HostGates, MemoryHostBook, host_key

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def test_a_book_keeps_the_later_moment() -> None:
    book = MemoryHostBook()
    assert book.not_before("a.example") is None
    book.postpone("a.example", NOW)
    book.postpone("a.example", NOW - timedelta(hours=1))
    assert book.not_before("a.example") == NOW
    book.postpone("a.example", NOW + timedelta(hours=1))
    assert book.not_before("a.example") == NOW + timedelta(hours=1)
    assert book.not_before("b.example") is None


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://A.example/x", "a.example"),
        ("http://a.example./", "a.example"),
        ("http://a.example:8080/", "a.example:8080"),
        ("https://a.example:443/", "a.example"),
    ],
)
def test_what_counts_as_one_host(url: str, key: str) -> None:
    assert host_key(URL(url)) == key


async def test_places_are_shared_by_all_who_ask() -> None:
    gates = HostGates()
    inside = most = 0

    async def visit() -> None:
        nonlocal inside, most
        async with gates.gate("a.example", 0, 2).place():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(visit() for _ in range(9)))
    assert most == 2


async def test_the_tightest_wins() -> None:
    gates = HostGates()
    gates.gate("a.example", 0, 4)
    for rate in (10, 0.001, 10, 0):
        gate = gates.gate("a.example", rate, 3)
    await asyncio.wait_for(gate.pace(), 1)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(gate.pace(), 0.05)
    assert gates.gate("a.example", 10, 0) is gate


async def test_no_burst_and_other_hosts_do_not_wait() -> None:
    gates = HostGates()
    await gates.gate("a.example", 0.01, 1).pace()
    await asyncio.wait_for(gates.gate("b.example", 0.01, 1).pace(), 1)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(gates.gate("a.example", 0.01, 1).pace(), 0.05)


async def test_idle_hosts_are_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "_MANY_HOSTS", 3)
    gates = HostGates()
    busy = gates.gate("busy.example", 0, 1)
    async with busy.place():
        for number in range(9):
            gates.gate(f"{number}.example", 0, 1)
        assert gates.gate("busy.example", 0, 1) is busy
        assert len(gates._gates) <= 4
