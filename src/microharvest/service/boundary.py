"""Where a fault stops: the daemon's outermost edge, and the bridge to blocking work.

`contained` is the one place of the service where an unexpected exception (our bug) ends: it is logged with its trace
and the daemon goes on. Expected faults are MicroharvestErrors and pass through to those who can act on them.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Generic, TypeVar

from microharvest.errors import MicroharvestError
from microharvest.telemetry import logger

__all__ = ["contained", "in_thread"]

_log = logger("microharvest.service")

T = TypeVar("T")


async def contained(event: str, work: Coroutine[Any, Any, T], otherwise: T) -> T:
    """The result of `work`, or `otherwise` after an unexpected exception, logged as `event`.

    Raises MicroharvestErrors and cancellation as they come.
    """
    result: T | BaseException
    (result,) = await asyncio.gather(work, return_exceptions=True)
    if isinstance(result, MicroharvestError) or (
        isinstance(result, BaseException) and not isinstance(result, Exception)
    ):
        raise result
    if isinstance(result, Exception):
        _log.error(event, exc_info=result)
        return otherwise
    return result


async def in_thread(work: Callable[..., T], *given: object) -> T:
    """Run blocking work in a thread that does not keep the process alive; for what is whole or not there at all."""
    answer: _Answer[T] = _Answer()

    def carry_out() -> None:
        with answer:
            answer.result = work(*given)

    threading.Thread(target=carry_out, name="upkeep", daemon=True).start()
    return await answer.future


class _Answer(Generic[T]):
    """Carries what a thread returned or raised to the loop that waits for it, if that still does."""

    def __init__(self) -> None:
        self.result: T
        self._loop = asyncio.get_running_loop()
        self.future: asyncio.Future[T] = self._loop.create_future()

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._settle, error)
        return True

    def _settle(self, error: BaseException | None) -> None:
        if self.future.done():
            return
        if error is not None:
            self.future.set_exception(error)
        else:
            self.future.set_result(self.result)
