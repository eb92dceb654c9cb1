"""Where faults stop, and how blocking work comes back."""

from __future__ import annotations

import asyncio
import threading

import pytest
import structlog

from microharvest.errors import StoreError
from microharvest.service.boundary import contained, in_thread


async def give(value: int) -> int:
    await asyncio.sleep(0)
    return value


async def fail(error: BaseException) -> int:
    await asyncio.sleep(0)
    raise error


async def test_a_result_passes() -> None:
    assert await contained("x.broken", give(7), 0) == 7


async def test_a_bug_is_logged_and_ends_here() -> None:
    with structlog.testing.capture_logs() as logs:
        assert await contained("x.broken", fail(ValueError("a bug")), 3) == 3
    assert [(entry["event"], entry["log_level"]) for entry in logs] == [("x.broken", "error")]
    assert isinstance(logs[0]["exc_info"], ValueError)


async def test_an_expected_fault_passes() -> None:
    with pytest.raises(StoreError):
        await contained("x.broken", fail(StoreError("store.full", "The disk is full.")), 3)


async def test_cancelling_waits_until_the_work_has_tidied_up() -> None:
    tidied = False

    async def work() -> None:
        nonlocal tidied
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.01)
            tidied = True

    task = asyncio.create_task(contained("x.broken", work(), None))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert tidied


async def test_blocking_work_comes_back_with_its_result_or_its_error() -> None:
    assert await in_thread(lambda one, other: one + other, 1, 2) == 3
    with pytest.raises(KeyError):
        await in_thread({}.__getitem__, "absent")


async def test_blocking_work_may_be_left_behind() -> None:
    gate = threading.Event()
    task = asyncio.create_task(in_thread(gate.wait, 10))
    await asyncio.sleep(0.01)
    (thread,) = [one for one in threading.enumerate() if one.name == "upkeep"]
    assert thread.daemon
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.set()
    await asyncio.to_thread(thread.join, 10)
    await asyncio.sleep(0)
    assert not thread.is_alive()
