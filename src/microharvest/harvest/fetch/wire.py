"""One exchange on the wire through aiohttp, set up so that a server can neither steer nor exhaust us.

No cookies, no environment proxies (the address policy would see only the proxy), no decoding by aiohttp, no automatic
redirects, headers of at most 128 lines of 8,190 bytes, gzip alone offered, certificates always checked.
"""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import aiohttp
import msgspec
from aiohttp.abc import AbstractResolver

from microharvest.harvest.fetch.address import LOCAL, allowed_networks, open_guarded_socket, watch_dials
from microharvest.harvest.fetch.asks import Ask
from microharvest.harvest.fetch.faults import Fault, fault_of
from microharvest.harvest.fetch.policy import FetchPolicy
from microharvest.harvest.fetch.redirects import REDIRECTS
from microharvest.harvest.fetch.retries import challenged
from microharvest.harvest.fetch.spool import Spooled, spool_body
from microharvest.telemetry import failpoint

__all__ = ["Hop", "Wire"]

_CONNECTIONS = 256  # per set of allowed networks; the gates bound each host


class Hop(msgspec.Struct, frozen=True):
    """A redirect or a 304 (`spooled` is None), or a final answer with its body on disk."""

    status: int
    headers: dict[str, str]
    spooled: Spooled | None


class Wire:
    """Sessions, one per set of allowed networks: pooled connections were dialled under the very same rule."""

    def __init__(self, user_agent: str, resolver: AbstractResolver | None) -> None:
        self._user_agent, self._resolver = user_agent, resolver
        self._sessions: dict[tuple[str, ...], aiohttp.ClientSession] = {}

    async def close(self) -> None:
        """Close every connection."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    async def exchange(self, ask: Ask, policy: FetchPolicy, path: Path) -> Hop:
        """Ask once; a final answer's body goes to `path`. Fault for whatever server or network do wrong."""
        session = self._session(policy.allow)
        dialled = watch_dials()
        status: int | None = None
        failpoint("fetch.asked")
        try:
            async with session.request(
                ask.method,
                ask.url,
                headers=ask.headers,
                data=ask.body or None,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    total=None, connect=3 * policy.connect_s, sock_connect=policy.connect_s, sock_read=policy.read_s
                ),
            ) as response:
                status = response.status
                try:
                    return await _read(response, ask, policy, path)
                except BaseException:
                    response.close()  # never back into the pool with half a body on it
                    raise
        except _BrokenError as broken:
            raise fault_of(broken.error, ask.url.raw_host or "", dialled) from None
        except ValueError as error:
            if status is not None:
                raise  # a fault of ours: only the making of a request raises it on purpose
            raise fault_of(error, ask.url.raw_host or "", dialled) from None
        except (aiohttp.ClientError, OSError) as error:
            raise fault_of(error, ask.url.raw_host or "", dialled, status=status) from None

    def _session(self, allow: tuple[str, ...]) -> aiohttp.ClientSession:
        key = tuple(sorted(set(allow) - {LOCAL}))
        session = self._sessions.get(key)
        if session is None:
            connector = aiohttp.TCPConnector(
                socket_factory=partial(open_guarded_socket, allow=allowed_networks(key)),
                # the threaded resolver follows nsswitch; aiodns, which aiohttp prefers where installed, does not
                resolver=self._resolver or aiohttp.ThreadedResolver(),
                limit=_CONNECTIONS,
                ttl_dns_cache=30,
            )
            session = self._sessions[key] = aiohttp.ClientSession(
                connector=connector,
                auto_decompress=False,
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                max_line_size=8190,
                max_field_size=8190,
                max_headers=128,
                read_bufsize=256 * 1024,
                headers={"User-Agent": self._user_agent, "Accept-Encoding": "gzip"},
                middlewares=(_once,),
            )
        return session


class _BrokenError(Exception):
    """Carries a broken connection past aiohttp."""

    def __init__(self, error: Exception) -> None:
        super().__init__("a broken connection")
        self.error = error


async def _once(request: aiohttp.ClientRequest, ask: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keeps aiohttp from repeating a GET at once by itself: that would pass by the pace of the host and our count."""
    try:
        return await ask(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _BrokenError(error) from None


async def _read(response: aiohttp.ClientResponse, ask: Ask, policy: FetchPolicy, path: Path) -> Hop:
    status, headers = response.status, _lower_headers(response)
    if status < 200:
        raise Fault("source.protocol", "The server switches to another protocol.", status=status)
    if challenged(headers):
        raise Fault("source.blocked", "A firewall asks for a proof that a person is there.", status=status)
    if status in REDIRECTS:
        response.close()  # whatever body comes with it is of no interest, and may be endless
        return Hop(status, headers, None)
    if status == 304:
        if ask.headers.keys().isdisjoint(("if-none-match", "if-modified-since")):
            raise Fault("source.http", "The server says 304 though nothing was asked conditionally.", status=status)
        return Hop(status, headers, None)
    if status == 206:
        detail = "The server sent a part though the whole was asked for."
        raise Fault("source.cut", detail, status=status, final=True)
    return Hop(status, headers, await spool_body(response, path, policy, asyncio.get_running_loop().time))


def _lower_headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    """Names in lower case, repeated lines joined (RFC 9110 §5.3); no cookies: they are nobody's business."""
    headers: dict[str, str] = {}
    for name, value in response.headers.items():
        name, value = name.lower(), _as_text(value)
        if name != "set-cookie":
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _as_text(value: str) -> str:
    """aiohttp leaves lone surrogates where a header is not UTF-8: those are Latin-1 (RFC 9110 §5.5, obs-text)."""
    if value.isascii():
        return value
    octets = value.encode("utf-8", "surrogateescape")
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")
