"""What servers do wrong, for a stage: statuses, pages instead of data, and lies of the transport.

What mocks cannot show is done on a real connection: broken gzip, wrong lengths, resets, silence.
"""

from __future__ import annotations

import asyncio
import gzip
import re
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from functools import cache
from typing import Literal

import msgspec
from aiohttp import web

from microharvest.clock import utc_now
from microharvest.testing.feed_server import Answer
from microharvest.testing.stage import LOGIN

__all__ = ["FAULTS", "Wrong", "accept_conditionally"]

Way = Callable[[web.Request, Answer], Awaitable[web.StreamResponse | Answer]]
MIB = 1024 * 1024
SILENCE_S = 2.0
"""Longer than the second a stage waits for its server (see `checks.engine`)."""


class Wrong(msgspec.Struct, frozen=True, kw_only=True):
    """One fault, in the ways it comes. `ends`: `noticed` (the run is not complete, what is known stays), `harmless`
    (complete, nothing changed), `either` of both. `markup`: makes sense for XML alone."""

    title: str
    ways: tuple[Way, ...]
    ends: Literal["noticed", "harmless", "either"] = "noticed"
    markup: bool = False


def _always(answer: Answer) -> Way:
    async def give(_: web.Request, honest: Answer) -> Answer:
        return answer

    return give


def _body(change: Callable[[bytes], bytes], **headers: str) -> Way:
    async def give(_: web.Request, honest: Answer) -> Answer:
        return Answer(body=change(honest.body), headers={**honest.headers, **headers})

    return give


def _raw(head: Callable[[bytes], bytes], part: Callable[[bytes], bytes], end: Literal["close", "reset", "hang"]) -> Way:
    """Bytes as they are on the connection, and how it ends."""

    async def give(request: web.Request, honest: Answer) -> web.StreamResponse:
        transport = request.transport
        assert transport is not None
        transport.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n" + head(honest.body) + b"\r\n" + part(honest.body))
        if end == "hang":
            await asyncio.sleep(SILENCE_S)
        elif end == "reset":
            await asyncio.sleep(0.02)  # what was written shall arrive before the RST does
            own: socket.socket = transport.get_extra_info("socket")
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        transport.close()
        return web.Response()

    return give


def _length(of: Callable[[bytes], int]) -> Callable[[bytes], bytes]:
    return lambda body: f"Content-Length: {of(body)}\r\n".encode()


def _half(body: bytes) -> bytes:
    return body[: max(1, len(body) // 2)]


def _gzip(change: Callable[[bytes], bytes]) -> Way:
    return _body(lambda body: change(gzip.compress(body, mtime=0)), **{"Content-Encoding": "gzip"})


@cache
def _bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(MIB)) for _ in range(32)) + packer.flush()


def _with_doctype(declaration: bytes, reference: bytes) -> Callable[[bytes], bytes]:
    """An entity declared before the root and used in its first text."""

    def change(body: bytes) -> bytes:
        plain = re.sub(rb"^\s*<\?xml[^>]*\?>", b"", body)
        root = re.search(rb"<([A-Za-z_][\w.:-]*)", plain)
        name = root[1] if root else b"x"
        plain = re.sub(rb">([^<>\s][^<>]*)<", b">" + reference + rb"<", plain, count=1)
        return b"<?xml version='1.0'?><!DOCTYPE " + name + b" [" + declaration + b"]>" + plain

    return change


async def accept_conditionally(request: web.Request, honest: Answer) -> Answer:
    """An honest server with validators: 304 to whoever knows the answer already."""
    tag = f'"{zlib.crc32(honest.body):x}"'
    if honest.status != 200:
        return honest
    if request.headers.get("If-None-Match") == tag:
        return Answer(status=304, headers={"ETag": tag})
    return Answer(body=honest.body, headers={**honest.headers, "ETag": tag})


def _clock(shift_s: int) -> Way:
    async def give(_: web.Request, honest: Answer) -> Answer:
        moment = formatdate(utc_now().timestamp() + shift_s, usegmt=True)
        return Answer(body=honest.body, headers={**honest.headers, "Date": moment})

    return give


async def _login(request: web.Request, honest: Answer) -> Answer:
    if request.path == LOGIN:
        return Answer(body=_PAGE, headers=_AS_HTML)
    return Answer(status=302, headers={"Location": LOGIN})


async def _circle(request: web.Request, honest: Answer) -> Answer:
    return Answer(status=302, headers={"Location": str(request.url)})


_AS_HTML = {"Content-Type": "text/html"}
_PAGE = b"<!DOCTYPE html><html><head><title>Log in</title></head><body><form>Password</form></body></html>"
_LAUGHS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10 if n else b"ha") for n in range(9))

FAULTS: dict[str, Wrong] = {
    "F5": Wrong(title="time-out in the body", ways=(_raw(_length(len), _half, "hang"),)),
    "F6": Wrong(title="connection reset", ways=(_raw(_length(len), _half, "reset"),)),
    "F7": Wrong(title="broken gzip", ways=(_gzip(lambda body: body[: len(body) // 2]), _gzip(lambda body: body[:-6]))),
    "F8": Wrong(title="truncated data", ways=(_raw(_length(len), _half, "close"),)),
    "F9": Wrong(title="HTML with status 200", ways=(_always(Answer(body=_PAGE, headers=_AS_HTML)),)),
    "F10": Wrong(title="firewall challenge",
                 ways=(_always(Answer(status=403, body=_PAGE, headers={"cf-mitigated": "challenge"})),)),
    "F11": Wrong(title="redirect to a login", ways=(_login,)),
    "F12": Wrong(title="redirect to a private address",
                 ways=(_always(Answer(status=302, headers={"Location": "http://192.168.1.1/feed"})),)),
    "F13": Wrong(title="redirect in a circle", ways=(_circle,)),
    "F14": Wrong(title="byte order mark, or a NUL at the end", ends="either",
                 ways=(_body(lambda body: b"\xef\xbb\xbf" + body), _body(lambda body: body + b"\x00"))),
    "F15": Wrong(title="wrong Content-Type", ends="either",
                 ways=(_body(lambda body: body, **{"Content-Type": "image/png"}),)),
    "F16": Wrong(title="empty body with status 200, or 204", ways=(_always(Answer()), _always(Answer(status=204)))),
    "F18": Wrong(title="too short a Content-Length",
                 ways=(_raw(_length(lambda body: len(_half(body))), lambda body: body, "close"),)),
    "F19": Wrong(title="decompression bomb",
                 ways=(_always(Answer(body=_bomb(), headers={"Content-Encoding": "gzip"})),)),
    "F20": Wrong(title="an entity that names a file, or a billion laughs", markup=True,
                 ways=(_body(_with_doctype(b'<!ENTITY x SYSTEM "file:///etc/passwd">', b"&x;")),
                       _body(_with_doctype(_LAUGHS, b"&l8;")))),
    "F24": Wrong(title="a clock one day ahead, or behind", ends="harmless", ways=(_clock(86_400), _clock(-86_400))),
    "F25": Wrong(title="more records announced than delivered", ends="either",
                 ways=(_body(lambda body: re.sub(rb'completeListSize="\d+"', b'completeListSize="9999"', body)),)),
}  # fmt: skip
