"""`Client.fetch`: one request, one answer as a value, whatever a server or the network does.

Attempts (tenacity, after our own table) hold hops (redirects, by hand); each hop takes its turn at its host: a place,
the host's postponement, its pace. Only cancellation, a store or disk that fails and a wrong configuration come out as
exceptions. No message holds a URL, a header or an aiohttp error's own text.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

import msgspec
from aiohttp.abc import AbstractResolver
from tenacity import AsyncRetrying, RetryCallState, retry_if_result, stop_after_attempt, wait_exponential_jitter
from yarl import URL

from microharvest.clock import Clock, utc_now
from microharvest.harvest.fetch.answers import Answer, Failed, Fetched, NotModified, Validators
from microharvest.harvest.fetch.asks import first_ask, redirected_ask
from microharvest.harvest.fetch.faults import Fault
from microharvest.harvest.fetch.hosts import HostBook, HostGates, MemoryHostBook, host_key
from microharvest.harvest.fetch.local import is_local, read_local
from microharvest.harvest.fetch.policy import MIB, FetchPolicy
from microharvest.harvest.fetch.redirects import PERMANENT, REDIRECTS
from microharvest.harvest.fetch.retries import CREDIBLE, RETRIED_CODES, RETRIED_STATUSES, retry_after
from microharvest.harvest.fetch.robots import RobotsBook
from microharvest.harvest.fetch.wire import Hop, Wire
from microharvest.kit.protocol import Body, Failure, Request
from microharvest.telemetry import failpoint, logger

__all__ = [
    "Answer",
    "Client",
    "Failed",
    "Fetched",
    "HostBook",
    "MemoryHostBook",
    "NotModified",
    "Validators",
]


_ERROR_BYTES = 64 * 1024


class _Reply(msgspec.Struct, frozen=True):
    """The last hop, the URL it came from, and the statuses of the redirects that led there."""

    hop: Hop
    url: URL
    redirects: tuple[int, ...]


class _Outcome(msgspec.Struct, frozen=True):
    """What one attempt came to; `again`: our table says to ask again, `again_at`: not before the server says."""

    answer: Answer
    again: bool = False
    again_at: datetime | None = None


class _Postponed(Exception):  # noqa: N818 - a value on its way to becoming a Failed
    """A host is to be left alone for longer than the policy waits."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


class Client:
    """The polite HTTP client of one process. An async context manager; its sources share pace and postponements.

    `spool`: the folder bodies are written to. `clock` and `sleep` are seams for tests, `resolver` too.
    """

    def __init__(
        self,
        *,
        spool: Path,
        hosts: HostBook,
        user_agent: str,
        clock: Clock = utc_now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        resolver: AbstractResolver | None = None,
    ) -> None:
        self._spool, self._hosts, self._clock, self._sleep = spool, hosts, clock, sleep
        self._gates = HostGates()
        self._wire = Wire(user_agent, resolver)
        self._robots, self._user_agent = RobotsBook(user_agent), user_agent

    async def __aenter__(self) -> Self:
        self._spool.mkdir(parents=True, exist_ok=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._wire.close()

    async def fetch(self, request: Request, policy: FetchPolicy, validators: Validators | None = None) -> Answer:
        """Ask until there is an answer or the attempts are spent; an error status comes with its body as `Fetched`.

        Validators are sent with a GET whenever they are given: whether they may be is the caller's decision.
        """
        if is_local(request.url):
            return await asyncio.to_thread(read_local, request.url, policy, validators, self._clock)
        attempts = AsyncRetrying(
            stop=stop_after_attempt(max(1, policy.attempts)),
            retry=retry_if_result(_wants_another),
            wait=partial(self._pause, policy),
            sleep=self._sleep,
            before_sleep=_drop_body,
            retry_error_callback=_outcome,
        )
        started = self._clock()
        number = 0

        async def attempt() -> _Outcome:
            nonlocal number
            number += 1
            return await self._attempt(request, policy, validators, started, number)

        outcome: _Outcome = await attempts(attempt)
        return outcome.answer

    def _pause(self, policy: FetchPolicy, state: RetryCallState) -> float:
        again_at = _outcome(state).again_at
        if again_at is not None:
            return max(0.0, (again_at - self._clock()).total_seconds())
        base = policy.retry_base_s
        return float(wait_exponential_jitter(multiplier=base, max=policy.retry_max_s, jitter=base)(state))

    async def _attempt(
        self, request: Request, policy: FetchPolicy, validators: Validators | None, started: datetime, number: int
    ) -> _Outcome:
        path = self._spool / f"{uuid4().hex}.body"
        kept = False
        try:
            reply = await self._follow(request, policy, validators, path)
            outcome = await self._judge(self._answer(reply, started, number), policy)
            kept = isinstance(outcome.answer, Fetched)
        except Fault as fault:
            failure = Failure(code=fault.code, detail=fault.detail, status=fault.status)
            again = fault.code in RETRIED_CODES and not fault.final
            return _Outcome(Failed(failure=failure, attempts=number), again)
        except _Postponed as postponed:
            detail = f"The host asked to be left alone until {postponed.until:%Y-%m-%d %H:%M} UTC."
            failure = Failure(code="source.throttled", detail=detail)
            return _Outcome(Failed(failure=failure, not_before=postponed.until, attempts=number - 1))
        finally:
            if not kept:
                path.unlink(missing_ok=True)
        return outcome

    def _answer(self, reply: _Reply, started: datetime, number: int) -> Fetched | NotModified:
        hop, url = reply.hop, str(reply.url)
        if hop.spooled is None:
            return NotModified(url=url, started=started, ended=self._clock(), headers=hop.headers, attempts=number)
        failpoint("fetch.spooled")
        return Fetched(
            body=Body(
                path=hop.spooled.path,
                url=url,
                status=hop.status,
                headers=hop.headers,
                proof=hop.spooled.proof,
                size=hop.spooled.size,
            ),
            sha256=hop.spooled.sha256,
            wire_bytes=hop.spooled.wire_bytes,
            validators=Validators(etag=hop.headers.get("etag"), last_modified=hop.headers.get("last-modified")),
            attempts=number,
            started=started,
            ended=self._clock(),
            moved_to=url if reply.redirects and PERMANENT.issuperset(reply.redirects) else None,
        )

    async def _judge(self, answer: Fetched | NotModified, policy: FetchPolicy) -> _Outcome:
        """Whether this answer is asked for again; a wish to be left alone is noted for every source of the host."""
        if isinstance(answer, NotModified) or answer.body.status not in RETRIED_STATUSES:
            return _Outcome(answer)
        if policy.final_error is not None and policy.final_error.search(answer.body.read(_ERROR_BYTES)):
            return _Outcome(answer)
        now = self._clock()
        until = retry_after(answer.body.headers, now)
        if until is None:
            return _Outcome(answer, again=True)
        host = host_key(URL(answer.body.url))
        await self._gates.gate(host, policy.rate_per_s, policy.concurrency).postpone(self._hosts, host, until)
        if until - now <= timedelta(seconds=policy.max_wait_s):
            return _Outcome(answer, again=True, again_at=until)
        failure = Failure(
            code="source.throttled",
            detail="The server asks to wait for longer than we do within a run.",
            status=answer.body.status,
        )
        return _Outcome(Failed(failure=failure, not_before=until, attempts=answer.attempts))

    async def _follow(self, request: Request, policy: FetchPolicy, validators: Validators | None, path: Path) -> _Reply:
        """Ask, and follow redirects until there is a final answer."""
        ask = first_ask(request, policy, validators)
        budget = policy.deadline_s
        steady = asyncio.get_running_loop().time
        seen: set[URL] = set()
        redirects: list[int] = []
        while True:
            if ask.method == "GET":
                seen.add(ask.url)
            delay = await self._obey(ask.url, policy) if policy.robots else 0.0
            async with self._turn(host_key(ask.url), policy, delay):
                began = steady()
                try:
                    async with asyncio.timeout(budget):
                        hop = await self._wire.exchange(ask, policy, path)
                except TimeoutError:
                    detail = f"{ask.url.raw_host} did not finish within {policy.deadline_s:g} seconds."
                    raise Fault("source.timeout", detail, final=True) from None
                budget = max(0.0, budget - (steady() - began))
            if hop.status not in REDIRECTS:
                return _Reply(hop, ask.url, tuple(redirects))
            location = hop.headers.get("location")
            if not location:
                raise Fault("source.redirect", f"{ask.url.raw_host} redirects to nowhere.", status=hop.status)
            if len(redirects) >= policy.max_redirects:
                raise Fault("source.redirect", f"More than {policy.max_redirects} redirects.", status=hop.status)
            redirects.append(hop.status)
            ask = redirected_ask(ask, location, hop.status, seen)

    async def _obey(self, url: URL, policy: FetchPolicy) -> float:
        """The seconds robots.txt asks to leave between two requests; Fault `source.robots` where it forbids this."""
        asking = msgspec.structs.replace(policy, robots=False, auth={}, headers={}, max_bytes=MIB, max_wire_bytes=MIB)

        async def ask(address: str) -> Answer:
            return await self.fetch(Request(lane="robots", kind="meta", url=address), asking)

        rules = await self._robots.rules(url, self._clock(), ask)
        if rules.failure is not None:
            failure = rules.failure
            raise Fault(failure.code, failure.detail, status=failure.status, final=True)
        if not rules.allow(url, self._user_agent):
            raise Fault("source.robots", f"robots.txt of {url.raw_host} forbids this address.", final=True)
        return rules.delay_s

    @asynccontextmanager
    async def _turn(self, host: str, policy: FetchPolicy, delay_s: float) -> AsyncIterator[None]:
        """Our place at a host: within its concurrency, after its postponement, at its pace."""
        rate = policy.rate_per_s
        if delay_s > 0:
            rate = min(rate, 1 / delay_s) if rate > 0 else 1 / delay_s
        gate = self._gates.gate(host, rate, policy.concurrency)
        async with gate.place():
            slept_until: datetime | None = None
            while True:
                until = await gate.postponed(self._hosts, host)
                now = self._clock()
                if until is None or not now < until <= now + CREDIBLE or (slept_until and until <= slept_until):
                    break
                if until - now > timedelta(seconds=policy.max_wait_s):
                    raise _Postponed(until)
                await self._sleep((until - now).total_seconds())
                slept_until = until
            await gate.pace()
            yield


def _outcome(state: RetryCallState) -> _Outcome:
    if state.outcome is None:
        raise RuntimeError("tenacity asked before the first attempt")
    outcome: _Outcome = state.outcome.result()
    return outcome


def _wants_another(outcome: _Outcome) -> bool:
    return outcome.again


def _drop_body(state: RetryCallState) -> None:
    answer = _outcome(state).answer
    if isinstance(answer, Fetched):
        answer.body.path.unlink(missing_ok=True)
        logger("fetch").info("fetch.again", status=answer.body.status, attempt=answer.attempts)
    elif isinstance(answer, Failed):
        logger("fetch").info("fetch.again", code=answer.failure.code, attempt=answer.attempts)
