"""One address whose other end can be switched: a source keeps its URL while its server changes its ways.

    async with Switchboard("127.0.0.1", port) as board:
        board.target = "/oai/ok"            what a request for /oai asks the server behind
        board.url()                         the address the source file names

Bytes pass as they are, so that cut and reset answers arrive as such. Loopback only.
"""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType
from typing import Self

__all__ = ["Switchboard"]


class Switchboard:
    """Forwards `GET /oai…` as `GET <target>…`; any other path goes through unchanged. One request per connection."""

    def __init__(self, host: str, port: int, target: str = "/oai/ok") -> None:
        self._host, self._port = host, port
        self.target = target
        self.asked: list[str] = []
        self._server: asyncio.Server | None = None
        self._own_port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        self._own_port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()

    def url(self) -> str:
        return f"http://127.0.0.1:{self._own_port}/oai"

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            line, _, rest = head.partition("\r\n")
            method, path, version = line.split(" ")
            place, mark, query = path.partition("?")
            self.asked.append(query)
            asked = (self.target if place == "/oai" else place) + mark + query
            there, back = await asyncio.open_connection(self._host, self._port)
            try:
                back.write(f"{method} {asked} {version}\r\n{rest}".encode("latin-1"))
                await self._answer(there, writer)
            finally:
                await _shut(back)
        await _shut(writer)

    async def _answer(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The head with `Connection: close`, then as many bytes as it announces, or as there are."""
        head = await there.readuntil(b"\r\n\r\n")
        length = next(
            (
                int(line.partition(b":")[2])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length:")
            ),
            None,
        )
        writer.write(head[:-2] + b"Connection: close\r\n\r\n")
        while length is None or length > 0:
            piece = await there.read(65536 if length is None else min(65536, length))
            if not piece:
                break
            writer.write(piece)
            await writer.drain()
            length = None if length is None else length - len(piece)
        await writer.drain()

    async def ask(self, path: str) -> None:
        """A request of our own to the server behind."""
        there, back = await asyncio.open_connection(self._host, self._port)
        back.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        await there.readuntil(b"\r\n\r\n")
        await _shut(back)


async def _shut(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
