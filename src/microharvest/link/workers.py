"""Processes that compute for a pass of link, while the pass itself reads and writes the store.

What must stay true: a worker ends when its owner does, however that dies, because its input ends; without workers the
same functions run in place and give the same; a worker that dies costs time alone: its job is done here.
"""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from typing import Any, TypeVar

__all__ = ["HERE", "Workers", "cores"]

Job = TypeVar("Job")
Result = TypeVar("Result")


def cores() -> int:
    """As many processes as there are cores, at most two: the pass itself has a share to do in reading and writing."""
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    return min(2, len(usable))


class Workers:
    """At most `count` processes, started when first needed; 0: everything is computed in place."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._threads: ThreadPoolExecutor | None = None
        self._own = threading.local()
        self.started: list[tuple[subprocess.Popen[bytes], Connection]] = []

    def map(self, function: Callable[[Job], Result], jobs: Iterable[Job]) -> Iterator[Result]:
        """Results in the order of the jobs, which are drawn as they are needed. `function`: of a module, pure."""
        if not self._count:
            yield from map(function, jobs)
            return
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self._count, thread_name_prefix="link")
        waiting: deque[Future[Result]] = deque()
        for job in jobs:
            waiting.append(self._threads.submit(self._ask, function, job))
            if len(waiting) > 2 * self._count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _ask(self, function: Callable[[Job], Result], job: Job) -> Result:
        try:
            pipe = self._pipe()
            pipe.send((function, job))
            result: Result = pipe.recv()
        except (EOFError, OSError):
            return function(job)
        return result

    def _pipe(self) -> Connection:
        pipe: Connection | None = getattr(self._own, "pipe", None)
        if pipe is None:
            pipe, theirs = Pipe()
            command = [sys.executable, "-m", "microharvest.link.workers", str(theirs.fileno())]
            started = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)  # noqa: S603
            theirs.close()
            self.started.append((started, pipe))
            self._own.pipe = pipe
        return pipe

    def close(self) -> None:
        """End the processes."""
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
        for started, pipe in self.started:
            pipe.close()
            started.wait()


HERE = Workers(0)


def _serve(pipe: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the owner decides when a pass stops
    gc.disable()  # nothing here makes cycles
    with suppress(EOFError, OSError):
        while True:
            function, job = pipe.recv()
            pipe.send(function(job))


if __name__ == "__main__":
    _serve(Connection(int(sys.argv[1])))
