"""The few requests an onboarding may make: counted, paced, through the one guarded client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from microharvest.errors import ConfigError, SourceError, advice_for
from microharvest.harvest.fetch.answers import Failed, Fetched, NotModified, Validators
from microharvest.harvest.fetch.client import Client, MemoryHostBook
from microharvest.harvest.fetch.policy import FetchPolicy
from microharvest.kit.protocol import Body, Failure, Request
from microharvest.kit.readers import refuse_status
from microharvest.telemetry import redact

__all__ = ["MAX_REQUESTS", "Probe", "open_probe", "source_error"]

MAX_REQUESTS = 10


class Probe:
    """Asks at most `limit` times; each address once, its answer kept until the probe ends."""

    def __init__(self, client: Client, policy: FetchPolicy, limit: int) -> None:
        self._client, self.policy, self._limit = client, policy, limit
        self._answers: dict[str, Body | Failure] = {}
        self.asked: list[str] = []

    @property
    def left(self) -> int:
        """Requests that may still be made."""
        return self._limit - len(self.asked)

    def answered(self, url: str) -> Body | Failure | None:
        """The answer to an address that was asked."""
        return self._answers.get(url)

    async def ask(self, url: str) -> Body | Failure:
        """The answer of any status, or why there is none; `run.partial` where the requests are spent."""
        if url not in self._answers:
            if self.left <= 0:
                return Failure(code="run.partial", detail=f"{self._limit} requests were made.")
            self._answers[url] = await self.fetch(Request(lane="probe", url=url, kind="meta"))
        return self._answers[url]

    async def fetch(self, request: Request, validators: Validators | None = None) -> Body | Failure:
        """One request as it is, counted. A 304 comes as a body of that status and no bytes."""
        if self.left <= 0:
            return Failure(code="run.partial", detail=f"{self._limit} requests were made.")
        self.asked.append(request.url)
        answer = await self._client.fetch(request, self.policy, validators)
        if isinstance(answer, Failed):
            return answer.failure
        if isinstance(answer, NotModified):
            return Body(path=Path(), url=answer.url, status=304, headers=answer.headers)
        assert isinstance(answer, Fetched)
        return answer.body

    async def need(self, url: str) -> Body:
        """A usable answer; raises SourceError with the code of whatever came instead."""
        answer = await self.ask(url)
        refused = answer if isinstance(answer, Failure) else refuse_status(answer)
        if refused is not None:
            raise source_error(refused.code, url, refused.detail)
        assert isinstance(answer, Body)
        return answer


def source_error(code: str, url: str, detail: str) -> ConfigError | SourceError:
    """One sentence about an address that cannot be used, and what to do. A daemon would ask again; a command ends."""
    advice = advice_for(code)
    if advice.startswith("it is asked again"):
        advice = "look at what is there, and try again."
    sentence = f"{redact(url)}: {detail.rstrip('.')}" + (f": {advice}" if advice else ".")
    return ConfigError(code, sentence) if code.startswith("config.") else SourceError(code, sentence)


@asynccontextmanager
async def open_probe(policy: FetchPolicy, user_agent: str, *, limit: int = MAX_REQUESTS) -> AsyncIterator[Probe]:
    """A probe with a client of its own; its bodies are deleted at the end."""
    with TemporaryDirectory(prefix="microharvest-probe-") as spool:
        async with Client(spool=Path(spool), hosts=MemoryHostBook(), user_agent=user_agent) as client:
            yield Probe(client, policy, limit)
