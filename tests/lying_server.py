"""A loopback HTTP server that lies: raw asyncio, because no decent server library can.

    server = LyingServer()
    await server.start()
    server.url("/gzip-cut")             the path decides the lie: see `LIES`
    server.answers["/feed"] = [bytes]   raw answers, one per hit; the last one stays
    server.hits                         what was asked: method, path, headers
    await server.stop()

`answer(...)` builds an honest raw answer. A path's query is kept in the hit and does not choose the lie, except for
`/to?URL`, which redirects there.
"""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import ssl
import struct
import zlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

__all__ = ["LIES", "Hit", "LyingServer", "answer", "zip_bomb"]

MIB = 1024 * 1024
OK = b"HTTP/1.1 200 OK\r\n"
FEED = b"<feed>" + b"<offer/>" * 4000 + b"</feed>"


def answer(
    body: bytes = b"", *, status: int = 200, reason: str = "Answer", headers: dict[str, str] | None = None
) -> bytes:
    """An honest answer with a Content-Length."""
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in (headers or {}).items())]
    if status != 304 and not any(line.lower().startswith("content-length:") for line in lines):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def zip_bomb(mib: int) -> Iterator[bytes]:
    """A gzip stream of that many MiB of zeros, in pieces."""
    stream = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(MIB)
    for _ in range(mib):
        yield stream.compress(zeros)
    yield stream.flush()


@dataclass(frozen=True)
class Hit:
    """One request as it came; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""


Lie = Callable[["LyingServer", asyncio.StreamWriter], Awaitable[bool]]
"""Writes an answer; True where the connection is to be closed after it."""

LIES: dict[str, Lie] = {}


def _lie(path: str) -> Callable[[Lie], Lie]:
    def note(function: Lie) -> Lie:
        LIES[path] = function
        return function

    return note


def _fixed(path: str, raw: bytes, *, close: bool = False) -> None:
    @_lie(path)
    async def write(server: LyingServer, writer: asyncio.StreamWriter) -> bool:
        writer.write(raw)
        return close


def _gzip(data: bytes) -> dict[str, bytes]:
    packed = gzip.compress(data, mtime=0)
    broken = bytearray(packed)
    broken[-6] ^= 0xFF
    return {
        "whole": packed,
        "cut": packed[: len(packed) // 2],
        "crc": bytes(broken),
        "garbage": packed + b"GARBAGE",
        "two": packed + packed,
    }


_PACKED = _gzip(bytes(range(256)) * 400)
_CODED = {"Content-Encoding": "gzip"}

_fixed("/ok", answer(FEED, headers={"Content-Type": "text/xml", "ETag": '"v1"', "Last-Modified": "then"}))
_fixed("/empty-body", answer(b""))
_fixed("/gzip", answer(_PACKED["whole"], headers=_CODED))
_fixed("/gzip-two-members", answer(_PACKED["two"], headers=_CODED))
_fixed("/gzip-empty", answer(b"", headers=_CODED))
_fixed("/gzip-cut", answer(_PACKED["cut"], headers=_CODED))
_fixed("/gzip-cut-close", OK + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n" + _PACKED["cut"], close=True)
_fixed("/gzip-crc", answer(_PACKED["crc"], headers=_CODED))
_fixed("/gzip-garbage", answer(_PACKED["garbage"], headers=_CODED))
_fixed("/gzip-not", answer(b"plain text, not gzip", headers=_CODED))
_fixed("/gzip-many", answer(gzip.compress(b"", mtime=0) * 5000, headers=_CODED))
_fixed("/gzip-stacked", answer(gzip.compress(_PACKED["whole"]), headers={"Content-Encoding": "gzip, gzip"}))
_fixed("/coding-none", answer(b"as it is", headers={"Content-Encoding": "none, identity"}))
_fixed("/coding-charset", answer(_PACKED["whole"], headers={"Content-Encoding": "UTF-8, gzip"}))
_fixed("/brotli", answer(b"\x0b\x02\x80hello\x03", headers={"Content-Encoding": "br"}))
_fixed("/length-too-long", OK + b"Content-Length: 1000\r\nConnection: close\r\n\r\n" + b"x" * 500, close=True)
_fixed("/length-twice", OK + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde", close=True)
_fixed("/length-huge", OK + b"Content-Length: 99999999999\r\n\r\nabcde", close=True)
_fixed("/chunked", OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n5\r\nfghij\r\n0\r\n\r\n")
_fixed("/chunk-cut", OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n5\r\nab", close=True)
_fixed("/chunk-no-end", OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n", close=True)
_fixed("/close-delimited", OK + b"Content-Type: text/csv\r\nConnection: close\r\n\r\nid,title\n1,a\n2,", close=True)
_fixed("/header-many", OK + b"".join(b"X-%d: v\r\n" % n for n in range(200)) + b"Content-Length: 0\r\n\r\n", close=True)
_fixed("/header-long", OK + b"X: " + b"a" * 10_000 + b"\r\nContent-Length: 0\r\n\r\n", close=True)
_fixed("/length-negative", OK + b"Content-Length: -5\r\n\r\nabcde", close=True)
_fixed(
    "/length-and-chunked",
    OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n",
    close=True,
)
_fixed("/length-too-short", OK + b"Content-Length: 5\r\nConnection: close\r\n\r\nabcdefghij", close=True)
_fixed("/chunk-no-number", OK + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nabcde\r\n0\r\n\r\n", close=True)
_fixed(
    "/trailers",
    OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n" + b"T: v\r\n" * 5000 + b"\r\n",
    close=True,
)
_fixed("/status-long", b"HTTP/1.1 200 " + b"a" * 100_000 + b"\r\n\r\n", close=True)
_fixed("/http-0.9", b"<html>hello", close=True)
_fixed("/204-with-body", b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nabcde", close=True)
_fixed("/header-nul", OK + b"X: a\0b\r\nContent-Length: 0\r\n\r\n", close=True)
_fixed("/gzip-in-gzip", answer(gzip.compress(_PACKED["whole"], mtime=0), headers=_CODED))
_fixed("/header-latin-1", OK + b"X-Title: caf\xe9\r\nContent-Length: 0\r\n\r\n")
_fixed("/header-twice", OK + b"Link: <a>\r\nLink: <b>\r\nSet-Cookie: c=1\r\nContent-Length: 0\r\n\r\n")
_fixed("/no-http", b"\x16\x03\x01 this is no HTTP\r\n\r\n", close=True)
_fixed("/hang-up", b"", close=True)
_fixed("/101", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nxxxx", close=True)
_fixed("/206", answer(b"part", status=206, headers={"Content-Range": "bytes 0-3/10"}))
_fixed("/304", answer(status=304, headers={"ETag": '"v1"'}))
_fixed("/401", answer(b"<error code='x'/>", status=401, headers={"WWW-Authenticate": "Basic"}))
_fixed("/challenge", answer(b"<html>Just a moment", status=403, headers={"cf-mitigated": "challenge"}))
_fixed("/waf", answer(b"", status=202, headers={"x-amzn-waf-action": "challenge"}))
_fixed("/503", answer(b"<error>down</error>", status=503))
_fixed("/loop", answer(status=302, headers={"Location": "/loop-back"}))
_fixed("/loop-back", answer(status=302, headers={"Location": "/loop"}))
_fixed("/to-nowhere", answer(status=302))
for _n in range(8):
    _fixed(f"/chain-{_n}", answer(status=301, headers={"Location": f"/chain-{_n + 1}" if _n < 7 else "/ok"}))


@_lie("/gzip-bomb")
async def _bomb(server: LyingServer, writer: asyncio.StreamWriter) -> bool:
    writer.write(OK + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n")
    for piece in zip_bomb(64):
        writer.write(piece)
        await writer.drain()
    return True


@_lie("/gzip-bomb-chunked")
async def _chunked_bomb(server: LyingServer, writer: asyncio.StreamWriter) -> bool:
    writer.write(OK + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
    for piece in zip_bomb(256):
        if piece:
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await writer.drain()
    writer.write(b"0\r\n\r\n")
    return True


@_lie("/chunks-endless")
async def _endless_chunks(server: LyingServer, writer: asyncio.StreamWriter) -> bool:
    writer.write(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        await writer.drain()


@_lie("/chunks-dripping")
async def _dripping_chunks(server: LyingServer, writer: asyncio.StreamWriter) -> bool:
    writer.write(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1\r\nx\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


@_lie("/header-endless")
async def _endless_header(server: LyingServer, writer: asyncio.StreamWriter) -> bool:
    writer.write(OK + b"X: ")
    while True:
        writer.write(b"a" * 65536)
        await writer.drain()


@_lie("/headers-endless")
async def _endless_headers(server: LyingServer, writer: asyncio.StreamWriter) -> bool:
    writer.write(OK)
    while True:
        writer.write(b"X: v\r\n" * 1000)
        await writer.drain()


@_lie("/endless")
async def _endless(server: LyingServer, writer: asyncio.StreamWriter) -> bool:
    writer.write(OK + b"Content-Type: text/csv\r\n\r\n")
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


@_lie("/redirect-with-endless-body")
async def _endless_redirect(server: LyingServer, writer: asyncio.StreamWriter) -> bool:
    writer.write(b"HTTP/1.1 302 Found\r\nLocation: /ok\r\n\r\n")
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


@_lie("/drip")
async def _drip(server: LyingServer, writer: asyncio.StreamWriter) -> bool:
    writer.write(OK + b"Content-Length: 100000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.01)


@_lie("/drip-headers")
async def _drip_headers(server: LyingServer, writer: asyncio.StreamWriter) -> bool:
    writer.write(OK)
    while True:
        writer.write(b"X")
        await writer.drain()
        await asyncio.sleep(0.01)


@_lie("/hang")
async def _hang(server: LyingServer, writer: asyncio.StreamWriter) -> bool:
    await asyncio.Event().wait()
    return True


@_lie("/hang-in-body")
async def _hang_in_body(server: LyingServer, writer: asyncio.StreamWriter) -> bool:
    writer.write(OK + b"Content-Length: 10\r\n\r\nabc")
    await writer.drain()
    await asyncio.Event().wait()
    return True


@_lie("/early-hints")
async def _early_hints(server: LyingServer, writer: asyncio.StreamWriter) -> bool:
    while True:
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.005)


async def _reset(writer: asyncio.StreamWriter) -> bool:
    await writer.drain()
    await asyncio.sleep(0.02)  # what was written shall arrive before the RST does
    own: socket.socket = writer.get_extra_info("socket")
    own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    return True


@_lie("/reset")
async def _reset_before_headers(server: LyingServer, writer: asyncio.StreamWriter) -> bool:
    return await _reset(writer)


@_lie("/reset-in-length")
async def _reset_in_length(server: LyingServer, writer: asyncio.StreamWriter) -> bool:
    writer.write(OK + b"Content-Length: 1000\r\n\r\nid,title\n1,a\n")
    return await _reset(writer)


@_lie("/reset-unframed")
async def _reset_unframed(server: LyingServer, writer: asyncio.StreamWriter) -> bool:
    writer.write(OK + b"Connection: close\r\n\r\nid,title\n1,a\n")
    return await _reset(writer)


@dataclass
class LyingServer:
    """See the module's first lines. Listens on one loopback address and a free port (or the given one)."""

    host: str = "127.0.0.1"
    port: int = 0
    answers: dict[str, list[bytes]] = field(default_factory=dict)
    hits: list[Hit] = field(default_factory=list)
    tls: ssl.SSLContext | None = None
    _server: asyncio.Server | None = None
    _talks: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self) -> LyingServer:
        self._server = await asyncio.start_server(self._accept, self.host, self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    def url(self, path: str, *, host: str | None = None, scheme: str = "http") -> str:
        return f"{scheme}://{host or self.host}:{self.port}{path}"

    def paths(self) -> list[str]:
        return [hit.path for hit in self.hits]

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.ensure_future(self._talk(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while not await self._answer(await _read(reader), writer):
                    await writer.drain()
                await writer.drain()
        finally:
            writer.close()

    async def _answer(self, hit: Hit, writer: asyncio.StreamWriter) -> bool:
        self.hits.append(hit)
        path, _, query = hit.path.partition("?")
        if path == "/to":
            writer.write(answer(status=302, headers={"Location": unquote(query)}))
            return False
        waiting = self.answers.get(path)
        if waiting:
            writer.write(waiting.pop(0) if len(waiting) > 1 else waiting[0])
            return False
        lie = LIES.get(path)
        if lie is None:
            writer.write(answer(b"nothing here", status=404))
            return False
        return await lie(self, writer)


async def _read(reader: asyncio.StreamReader) -> Hit:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ")
    pairs = (line.partition(":") for line in head[1:] if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return Hit(method, path, headers, await reader.readexactly(int(headers.get("content-length", 0))))
