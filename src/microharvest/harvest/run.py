"""One run of one source: take a pending request, fetch, parse, store; until none is pending; then the verdict.

The run owns no truth: what was asked, seen and landed stands in the store, and after any crash the same code goes
on with the pending requests. What is held in memory (the ledger, requests fetched ahead) is rebuilt or dropped.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import msgspec

from microharvest.harvest.ahead import Ahead, Prepared
from microharvest.harvest.answer import Answers
from microharvest.harvest.ending import end_run
from microharvest.harvest.engine import Engine, RunOptions, policy_of
from microharvest.harvest.ledger import Ledger
from microharvest.harvest.report import RunReport
from microharvest.harvest.setup import RunPlan, begin_or_resume, plan_run
from microharvest.harvest.worker import ReadingPlan
from microharvest.kit.protocol import Body, Request
from microharvest.sources import SourceConfig
from microharvest.store.leases import Lease
from microharvest.store.runs import OpenRun
from microharvest.telemetry import failpoint, logger

__all__ = ["SourceRun"]

_log = logger("microharvest.harvest")


class SourceRun:
    """Carries out one run. Made by `Engine.harvest`, which holds the lease."""

    def __init__(self, engine: Engine, config: SourceConfig, options: RunOptions, lease: Lease) -> None:
        self.engine, self.config, self.options, self.lease = engine, config, options, lease
        self.plan: RunPlan = plan_run(config, engine.settings)
        self.policy = msgspec.structs.replace(
            policy_of(config, engine.environ),
            robots=bool(getattr(self.plan.reader, "obeys_robots", False)),
            final_error=getattr(self.plan.reader, "final_error", None),
        )
        self.ledger = Ledger()
        self.run: OpenRun
        self.reading: ReadingPlan
        self.resumed = False
        self._began = time.monotonic()

    async def carry_out(self) -> RunReport:
        """Begin or resume, work, end. A suspended run reports `partial` without acceptance and goes on next time."""
        engine = self.engine
        begun = await engine.stored(
            begin_or_resume, engine.database, self.config, self.plan, self.options, self.lease, engine.now()
        )
        self.run, self.resumed = begun.run, begun.resumed
        failpoint("run.opened")
        known_file = engine.workplace.folder / f"{self.run.id}.known"
        try:
            use_known = await engine.stored(self.plan.write_known, engine.database, known_file)
            self.reading = self.plan.reading(str(known_file) if use_known else None, str(engine.workplace.folder))
            for request, seen in begun.done:
                self.ledger.reload(request, seen)
            suspended = await self._work(deque(begun.pending))
            if suspended:
                return self._suspended(suspended)
            failpoint("run.listed")
            self.ledger = Ledger()  # what was seen stands in the requests now; acceptance needs the memory
            report = await engine.stored(end_run, engine.database, self.config, self.run, self.lease, engine.now())
            failpoint("run.ended")
        finally:
            await engine.parsers.end_run(self.run.id)
            with suppress(OSError):
                known_file.unlink()
        _log.info(
            "run.ended", source=self.config.id, run=report.run, outcome=report.outcome, acceptance=report.acceptance
        )
        return msgspec.structs.replace(report, resumed=self.resumed, seconds=round(time.monotonic() - self._began, 2))

    async def _work(self, pending: deque[Request]) -> str | None:
        """Ask until nothing is pending; returns a reason if the run is to be suspended instead."""
        answers = Answers(self)
        ahead = Ahead(self)
        running: dict[asyncio.Task[list[Request]], Request] = {}
        width = max(1, self.policy.concurrency)
        try:
            while pending or running:
                reason = self._pause_reason()
                if reason or self.enough or answers.blocked:
                    if not running:
                        return reason
                else:
                    while pending and len(running) < width:
                        request = pending.popleft()
                        if not answers.is_superseded(request):
                            running[asyncio.create_task(self._one(request, answers, ahead))] = request
                if running:
                    done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                    for task in done:
                        del running[task]
                        # Depth first: a list is read to its end before the next one begins, for tokens die.
                        pending.extendleft(reversed(task.result()))
                if self.engine.progress:
                    self.engine.progress(self.config.id, len(self.ledger), len(pending) + len(running))
            return None
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await ahead.close()

    async def _one(self, request: Request, answers: Answers, ahead: Ahead) -> list[Request]:
        prepared: Prepared = await ahead.take(request)
        try:
            follow = await answers.store(request, prepared)
        finally:
            prepared.discard()
        ahead.keep_only(request, follow)
        return follow

    @property
    def enough(self) -> bool:
        """True once --limit is reached."""
        return self.run.item_limit is not None and len(self.ledger) >= self.run.item_limit

    def _pause_reason(self) -> str | None:
        if self.engine.stopping.is_set():
            return "The service was stopped; the run goes on at the next start."
        limit: timedelta = self.config.schedule.max_runtime
        if time.monotonic() - self._began > limit.total_seconds():
            return "The run reached [schedule] max_runtime; it goes on in the next slot."
        return None

    def _suspended(self, reason: str) -> RunReport:
        return RunReport(
            source=self.config.id,
            run=self.run.id,
            outcome="partial",
            scope=self.run.scope,
            acceptance=None,
            code="run.partial",
            because=reason,
            counts={"seen": len(self.ledger)},
            resumed=self.resumed,
            seconds=round(time.monotonic() - self._began, 2),
        )

    def parcels(self, body: Body, request: Request) -> AsyncIterator[bytes]:
        """The blobs of one body from a parse process. A lane that began anew is mapped whole: nothing is skipped."""
        return self.engine.parsers.parcels(self.run.id, self.reading, body, request, use_known=request.generation == 0)

    def spool_file(self, request: Request) -> Path:
        """Where the body of a large answer waits for its parser, under a name that survives a crash."""
        return self.engine.spool / f"run-{self.run.id}-{request.key}.body"
