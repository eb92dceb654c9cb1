"""robots.txt (RFC 9309), read by protego: which addresses of a host a visitor may ask, and how slowly.

What must stay true: no robots.txt (4xx), or a page of HTML in its place, forbids nothing; one that cannot be had (5xx,
429, no connection) forbids everything until it can (§2.3.1.4). Rules are kept for a day, a failure for ten minutes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import msgspec
from protego import Protego
from yarl import URL

from microharvest.harvest.fetch.answers import Answer, Fetched
from microharvest.kit.protocol import Failure
from microharvest.kit.readers.answer import looks_like_html

__all__ = ["MAX_DELAY_S", "RobotsBook", "Rules", "read_robots"]

MAX_ROBOTS_BYTES = 512 * 1024
MAX_DELAY_S = 60.0
_KEPT, _FAILURE_KEPT = timedelta(days=1), timedelta(minutes=10)
_MANY_HOSTS = 2048


class Rules(msgspec.Struct, frozen=True):
    """What holds at one origin. `failure`: why nothing may be asked; `delay_s`: seconds between two requests."""

    file: Protego | None = None
    delay_s: float = 0.0
    failure: Failure | None = None

    def allow(self, url: URL, user_agent: str) -> bool:
        """May this address be asked?"""
        return self.file is None or bool(self.file.can_fetch(str(url), user_agent))


def read_robots(content: bytes, user_agent: str) -> Rules:
    """The rules of a robots.txt that was served; what is none of its lines is passed over (§2.2)."""
    if looks_like_html(content[:2048]):
        return Rules()
    file = Protego.parse(content[:MAX_ROBOTS_BYTES].decode("utf-8-sig", "replace"))
    delay = float(file.crawl_delay(user_agent) or 0.0)
    rate = file.request_rate(user_agent)
    if rate is not None and rate.requests > 0:
        delay = max(delay, rate.seconds / rate.requests)
    return Rules(file=file, delay_s=min(max(0.0, delay), MAX_DELAY_S))


class RobotsBook:
    """The rules of every origin asked so far, each fetched once however many ask for it at the same time."""

    def __init__(self, user_agent: str) -> None:
        self._user_agent = user_agent
        self._rules: dict[URL, tuple[datetime, Rules]] = {}
        self._locks: dict[URL, asyncio.Lock] = {}

    async def rules(self, url: URL, now: datetime, ask: Callable[[str], Awaitable[Answer]]) -> Rules:
        """The rules of an address; `ask` fetches the file where it is not known or too old."""
        origin = url.origin()
        async with self._locks.setdefault(origin, asyncio.Lock()):
            until, rules = self._rules.get(origin, (now, None))
            if rules is None or until <= now:
                rules = self._read(await ask(str(origin.with_path("/robots.txt"))))
                if len(self._rules) >= _MANY_HOSTS:  # a list may name hosts for ever
                    self._rules.clear()
                self._rules[origin] = (now + (_FAILURE_KEPT if rules.failure else _KEPT), rules)
            return rules

    def _read(self, answer: Answer) -> Rules:
        if not isinstance(answer, Fetched):
            failure = getattr(answer, "failure", None) or Failure(code="source.http")
            return Rules(failure=failure)
        body = answer.body
        try:
            if 200 <= body.status < 300:
                return read_robots(body.read(MAX_ROBOTS_BYTES), self._user_agent)
        finally:
            body.path.unlink(missing_ok=True)
        if 400 <= body.status < 500 and body.status != 429:
            return Rules()
        detail = f"robots.txt answers with status {body.status}: until it can be read, nothing may be asked."
        return Rules(failure=Failure(code="source.robots", detail=detail, status=body.status))
