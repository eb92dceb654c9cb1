"""Fetching and parsing ahead: while a page is stored, the pages its tail points to are on their way.

What parse finds is authoritative: a peeked page is used only if its parent's parse asks for the very same request,
else it is dropped unseen. A peeked page commits only after its parent, because only then does it become pending.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from microharvest.harvest.fetch.answers import Answer, Failed, Fetched, NotModified, Validators
from microharvest.harvest.spooled import reuse_spooled
from microharvest.harvest.worker import DeadWorkerError
from microharvest.kit.protocol import Request
from microharvest.store.runs import Known, load_known, url_key

if TYPE_CHECKING:
    from microharvest.harvest.run import SourceRun

__all__ = ["Ahead", "Prepared"]

SMALL_BODY = 8 * 1024 * 1024
TAIL = 4096


class Prepared(msgspec.Struct, kw_only=True):
    """An answer, and its parcels where the body was small enough to parse ahead. `known`: a matching validator."""

    answer: Answer
    known: Known | None = None
    blobs: list[bytes] | None = None
    died: str | None = None

    @property
    def unchanged(self) -> bool:
        """The address gave what it gave last time: 304, or the same bytes."""
        if isinstance(self.answer, NotModified):
            return self.known is not None
        return (
            isinstance(self.answer, Fetched)
            and self.known is not None
            and self.answer.body.status == 200
            and self.answer.sha256 == self.known.sha256
        )

    def discard(self) -> None:
        """Delete the spooled body."""
        if isinstance(self.answer, Fetched) and self.answer.temporary:
            for path in (self.answer.body.path, self.answer.body.path.with_suffix(".json")):
                with suppress(OSError):
                    path.unlink()


class Ahead:
    """Prepared answers by request key, at most `look_ahead` of them peeked."""

    def __init__(self, run: SourceRun) -> None:
        self._run = run
        self._width = run.engine.settings.harvest.look_ahead
        self._tasks: dict[str, asyncio.Task[Prepared]] = {}
        self._peeked: dict[str, Request] = {}
        self._parent: dict[str, str] = {}
        self._waiting: deque[tuple[str, Request]] = deque()

    async def take(self, request: Request) -> Prepared:
        """The answer to a pending request, fetched ahead or now."""
        key = request.key
        task = self._tasks.pop(key, None)
        self._parent.pop(key, None)
        if task is None:
            task = asyncio.create_task(self._prepare(request))
        self._start_waiting()
        try:
            prepared = await task
        except asyncio.CancelledError:
            task.cancel()
            raise
        if self._peeked.pop(key, request) != request:
            prepared.blobs = None  # the parent's parse knew more than its last bytes: parse again with that
        return prepared

    def keep_only(self, parent: Request, follow: list[Request]) -> None:
        """Drop what was peeked for `parent` and is not among its true follow-ups."""
        wanted = {request.key for request in follow}
        gone = {key for key, owner in self._parent.items() if owner == parent.key and key not in wanted}
        self._waiting = deque(
            (owner, request)
            for owner, request in self._waiting
            if (owner != parent.key or request.key in wanted) and owner not in gone
        )
        while gone:
            key = gone.pop()
            self._parent.pop(key, None)
            self._peeked.pop(key, None)
            task = self._tasks.pop(key, None)
            if task is not None:
                task.cancel()
                task.add_done_callback(_discard_result)
            gone.update(child for child, owner in self._parent.items() if owner == key)

    async def close(self) -> None:
        """Cancel what nobody will ask for."""
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Prepared):
                result.discard()

    async def _prepare(self, request: Request) -> Prepared:
        run = self._run
        known: Known | None = None
        if request.conditional and run.run.conditional:
            known = await asyncio.to_thread(self._load_known, request)
        reused = reuse_spooled(run.spool_file(request))
        if reused is not None:
            return Prepared(answer=reused)
        if known is not None and known.stamp and known.stamp == request.carry.get("stamp"):
            now = run.engine.now()
            return Prepared(answer=NotModified(url=request.url, started=now, ended=now), known=known)
        validators = Validators(known.etag, known.last_modified) if known else None
        answer = await run.engine.client.fetch(request, run.policy, validators)
        prepared = Prepared(answer=answer, known=known)
        if isinstance(answer, Failed) or prepared.unchanged or isinstance(answer, NotModified):
            return prepared
        self._peek(request, answer)
        if self._width and answer.body.size <= SMALL_BODY:
            try:
                prepared.blobs = [blob async for blob in run.parcels(answer.body, request)]
            except DeadWorkerError as error:
                prepared.died = str(error)
            except BaseException:
                prepared.discard()
                raise
        return prepared

    def _load_known(self, request: Request) -> Known | None:
        run = self._run
        with run.engine.database.read() as connection:
            key = url_key(request.method, request.url, request.body)
            return load_known(connection, run.config.id, key, run.plan.settings_hash)

    def _peek(self, request: Request, answer: Fetched) -> None:
        if not self._width or answer.body.status != 200 or self._run.run.item_limit is not None:
            return
        with answer.body.open() as stream:
            stream.seek(max(0, answer.body.size - TAIL))
            tail = stream.read()
        for following in self._run.plan.reader.peek(tail, request):
            self._waiting.append((request.key, following))
        self._start_waiting()

    def _start_waiting(self) -> None:
        while self._waiting and len(self._tasks) < self._width:
            owner, request = self._waiting.popleft()
            if request.key not in self._tasks:
                self._parent[request.key] = owner
                self._peeked[request.key] = request
                self._tasks[request.key] = asyncio.create_task(self._prepare(request))


def _discard_result(task: asyncio.Task[Prepared]) -> None:
    if not task.cancelled() and task.exception() is None:
        task.result().discard()
