"""What all runs of a process share: the store and its one writer thread, the client, the parse processes.

`async with Engine(...) as engine: await engine.harvest(config, RunOptions())`.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self, TypeVar

import msgspec

from microharvest.clock import Clock, utc_now
from microharvest.errors import RunError, StoreError
from microharvest.harvest.fetch.client import Client
from microharvest.harvest.fetch.policy import FetchPolicy
from microharvest.harvest.parsers import Parsers
from microharvest.harvest.report import RunReport
from microharvest.harvest.spooled import Workplace, sweep_spool
from microharvest.harvest.worker import NURSERY
from microharvest.settings import Settings
from microharvest.sources import SourceConfig, resolve_auth
from microharvest.store.database import Database
from microharvest.store.hosts import StoreHostBook
from microharvest.store.leases import Lease, acquire, lease_owner, release, renew
from microharvest.store.runs import running_runs

__all__ = ["Engine", "RunOptions", "policy_of"]

T = TypeVar("T")
Progress = Callable[[str, int, int], None]
"""Called with (source, records so far, requests still to be asked)."""


class RunOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How one harvest is meant. `full`: everything, without validators. `plan`: land and show, accept nothing."""

    full: bool = False
    plan: bool = False
    limit: int | None = None


def policy_of(config: SourceConfig, environ: Mapping[str, str]) -> FetchPolicy:
    """The client's policy for a source. Raises ConfigError config.missing_secret."""
    network = config.network
    return FetchPolicy(
        source=config.id,
        allow=network.allow,
        rate_per_s=network.rate_per_s,
        concurrency=network.concurrency,
        deadline_s=network.deadline_s,
        max_wire_bytes=network.max_bytes,
        max_bytes=network.max_bytes * 4,
        attempts=network.attempts,
        auth=resolve_auth(config, environ),
    )


class Engine:
    """Harvests sources, any number at once; one run per source, enforced by the lease."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        *,
        environ: Mapping[str, str],
        clock: Clock = utc_now,
        progress: Progress | None = None,
    ) -> None:
        self.database = database
        self.settings = settings
        self.environ = environ
        self.clock = clock
        self.progress = progress
        self.spool = Path(settings.spool_dir)
        self.stopping = asyncio.Event()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._stack = AsyncExitStack()
        self._sources = asyncio.Semaphore(settings.harvest.concurrency)
        self.client: Client
        self.parsers: Parsers
        self.workplace: Workplace

    async def __aenter__(self) -> Self:
        if not gc.get_freeze_count():
            gc.freeze()  # half a million objects of libraries stay for ever: looking through them took a tenth of a run
        await asyncio.to_thread(self._open_spool)
        self.parsers = Parsers(self.settings.harvest)
        self.client = await self._stack.enter_async_context(
            Client(spool=self.workplace.folder, hosts=StoreHostBook(self.database), user_agent=self.settings.user_agent)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()
        self.parsers.close()
        self._writer.shutdown(wait=True)
        self.workplace.close()

    def _open_spool(self) -> None:
        try:
            self.spool.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self.database.read() as connection:
                resumable = running_runs(connection)
            sweep_spool(self.spool, resumable)
            self.workplace = Workplace(self.spool)
        except OSError as error:
            raise StoreError(
                "store.read_only", f"The spool folder {self.spool} cannot be written: {error.strerror}."
            ) from None

    async def stored(self, work: Callable[..., T], *given: Any, **named: Any) -> T:
        """Run a store function in the one writer thread; a cancelled caller still waits for it to end."""
        loop = asyncio.get_running_loop()
        waiting = loop.run_in_executor(self._writer, lambda: work(*given, **named))
        try:
            return await asyncio.shield(waiting)
        except asyncio.CancelledError:
            await asyncio.wait([waiting])
            raise

    async def harvest(self, config: SourceConfig, options: RunOptions) -> RunReport:
        """One run of one source, begun or resumed. Raises RunError run.busy, ConfigError, StoreError."""
        from microharvest.harvest.run import SourceRun

        async with self._sources:
            if not self.settings.harvest.inline:
                await asyncio.to_thread(NURSERY.start)  # it loads its libraries while the first answer is waited for
            ttl = timedelta(seconds=self.settings.harvest.lease_s)
            owner = f"{lease_owner()}:{id(self):x}:{config.id}"
            lease = await self.stored(acquire, self.database, config.id, owner, ttl, clock=self.clock)
            task = asyncio.current_task()
            assert task is not None
            beat = asyncio.create_task(self._keep(lease, ttl, task))
            try:
                return await SourceRun(self, config, options, lease).carry_out()
            except asyncio.CancelledError:
                if beat.done() and not beat.cancelled() and beat.result() == "lost":
                    raise RunError(
                        "run.lease_lost", f"Another process took {config.id} over: nothing more was written."
                    ) from None
                raise
            finally:
                beat.cancel()
                await self.stored(release, self.database, lease)

    async def _keep(self, lease: Lease, ttl: timedelta, task: asyncio.Task[Any]) -> str:
        while True:
            await asyncio.sleep(ttl.total_seconds() / 3)
            if not await self.stored(renew, self.database, lease, ttl, clock=self.clock):
                task.cancel()
                return "lost"

    def now(self) -> datetime:
        """The clock's time."""
        return self.clock()
