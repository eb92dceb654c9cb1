"""The pool of parse processes: at most so many alive, each lent to one run at a time, ended with it.

Blocking pipe reads happen in threads of this pool; the event loop never parses.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

from microharvest.harvest.worker import DeadWorkerError, ParseWorker, ReadingPlan, inline_parcels, make_reading
from microharvest.kit.protocol import Body, Request
from microharvest.settings import HarvestSettings

__all__ = ["Parsers"]

RECYCLE_BYTES = 256 * 1024 * 1024
ENOUGH_BYTES = 512 * 1024


class Parsers:
    """`parcels()` yields the blobs of one body. A dead worker is tried once more in a fresh process."""

    def __init__(self, settings: HarvestSettings) -> None:
        self._settings = settings
        self._threads = ThreadPoolExecutor(settings.workers, thread_name_prefix="parse")
        self._free = asyncio.Condition()
        self._alive = 0
        self._idle: list[tuple[int, ParseWorker]] = []

    async def parcels(
        self, run: int, plan: ReadingPlan, body: Body, request: Request, *, use_known: bool
    ) -> AsyncIterator[bytes]:
        """Blobs in order. Raises DeadWorkerError if two processes died on the body, after the blobs before that."""
        if self._settings.inline:
            reading = make_reading(plan)
            async for blob in self._drain(inline_parcels(reading, body, request, use_known=use_known)):
                yield blob
            return
        sent = 0
        for attempt in (1, 2):
            worker = await self._borrow(run, plan)
            try:
                skip = sent
                async for blob in self._drain(worker.parcels(body, request, use_known=use_known)):
                    if skip:
                        skip -= 1
                        continue
                    sent += 1
                    yield blob
                return
            except DeadWorkerError:
                if attempt == 2:
                    raise
            except BaseException:
                worker.close()  # abandoned in the middle: its pipe holds leftovers
                raise
            finally:
                await self._give_back(run, worker)

    async def _drain(self, blobs: Iterator[bytes]) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        ended = False
        while not ended:
            waiting = loop.run_in_executor(self._threads, _some, blobs)
            try:
                some, ended, died = await asyncio.shield(waiting)
            except asyncio.CancelledError:
                with suppress(Exception):
                    await waiting  # a thread cannot be cancelled; do not leave it with our iterator
                raise
            for blob in some:
                yield blob
            if died is not None:
                raise died

    async def _borrow(self, run: int, plan: ReadingPlan) -> ParseWorker:
        async with self._free:
            while True:
                for index, (owner, worker) in enumerate(self._idle):
                    if owner == run:
                        del self._idle[index]
                        return worker
                if self._alive >= self._settings.workers and self._idle:
                    self._idle.pop(0)[1].close()
                    self._alive -= 1
                if self._alive < self._settings.workers:
                    self._alive += 1
                    break
                await self._free.wait()
        try:
            return await asyncio.to_thread(
                ParseWorker,
                plan,
                memory_bytes=self._settings.worker_memory_mb * 1024 * 1024,
                deadline=timedelta(seconds=self._settings.body_deadline_s),
                recycle_bytes=RECYCLE_BYTES,
            )
        except BaseException:
            async with self._free:
                self._alive -= 1
                self._free.notify()
            raise

    async def _give_back(self, run: int, worker: ParseWorker) -> None:
        async with self._free:
            if worker.usable:
                self._idle.append((run, worker))
            else:
                worker.close()
                self._alive -= 1
            self._free.notify()

    async def end_run(self, run: int) -> None:
        """End the idle processes of a run."""
        async with self._free:
            for owner, worker in self._idle:
                if owner == run:
                    worker.close()
                    self._alive -= 1
            self._idle = [(owner, worker) for owner, worker in self._idle if owner != run]
            self._free.notify_all()

    def close(self) -> None:
        """End everything."""
        for _, worker in self._idle:
            worker.close()
        self._idle.clear()
        self._threads.shutdown(wait=False, cancel_futures=True)


def _some(blobs: Iterator[bytes]) -> tuple[list[bytes], bool, DeadWorkerError | None]:
    """The next blobs, a few hundred KB of them if they are there: a change of threads costs as much as a small page.
    With whether they ended, and why if that was too early."""
    some: list[bytes] = []
    size = 0
    try:
        for blob in blobs:
            some.append(blob)
            size += len(blob)
            if size >= ENOUGH_BYTES:
                return some, False, None
    except DeadWorkerError as error:
        return some, True, error
    return some, True, None
