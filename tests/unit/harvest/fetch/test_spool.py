"""The minimum rate as a pure rule, and a disk that will not take the body."""

from __future__ import annotations

from pathlib import Path

import pytest

from microharvest.errors import StoreError
from microharvest.harvest.fetch.client import Client, MemoryHostBook
from microharvest.harvest.fetch.spool import RateWatch
from microharvest.kit.protocol import Request
from tests.lying_server import LyingServer
from tests.unit.harvest.fetch.conftest import Policies


def test_a_steady_trickle_is_ended_after_one_window() -> None:
    watch = RateWatch(1024, 60, 0)
    verdicts = [watch.too_slow(second, second * 10) for second in range(1, 100)]
    assert verdicts.index(True) == 59


def test_a_stall_after_a_fast_start_is_ended_too() -> None:
    watch = RateWatch(1024, 60, 0)
    assert not watch.too_slow(1, 10_000_000)
    assert not watch.too_slow(50, 10_000_001)
    assert watch.too_slow(64, 10_000_002)


def test_just_enough_passes_for_hours() -> None:
    watch = RateWatch(1024, 60, 0)
    assert not any(watch.too_slow(second, second * 1024) for second in range(1, 20_000))
    assert len(watch._marks) < 100


async def test_a_spool_that_cannot_be_written_is_a_store_error(
    server: LyingServer, tmp_path: Path, policy: Policies
) -> None:
    spool = tmp_path / "spool"
    async with Client(spool=spool, hosts=MemoryHostBook(), user_agent="t") as client:
        spool.rmdir()
        with pytest.raises(StoreError) as caught:
            await client.fetch(Request(lane="a", url=server.url("/ok")), policy())
    assert caught.value.code == "store.read_only"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
async def test_a_full_disk_is_a_store_error(
    server: LyingServer, client: Client, policy: Policies, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = open

    def full(path: object, mode: str, **rest: object) -> object:
        return real("/dev/full", "wb", buffering=0)

    monkeypatch.setattr("microharvest.harvest.fetch.spool.open", full, raising=False)
    with pytest.raises(StoreError) as caught:
        await client.fetch(Request(lane="a", url=server.url("/ok")), policy())
    assert caught.value.code == "store.full"
