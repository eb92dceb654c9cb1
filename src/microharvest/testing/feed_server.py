"""A feed server on loopback, for demos and tests: folders, OAI-PMH repositories and recorded answers behind one port.

    async with FeedServer() as server:
        server.add_folder("/files", Path("samples"))
        server.add("/page", b"<html>...</html>", content_type="text/html")
        server.url("/files/offers.csv")

What must stay true: it listens on 127.0.0.1 alone. Every request is noted in `calls`
before it is answered; faults can be switched on and off per path while it runs.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Awaitable, Callable, Iterable, Mapping
from email.utils import formatdate
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import msgspec
from aiohttp import web

from microharvest.testing.oai_repository import OaiRepository

__all__ = ["Answer", "Call", "FeedServer"]

_TYPES = {".jsonl": "application/x-ndjson", ".jsonld": "application/ld+json", ".csv": "text/csv", ".xml": "text/xml"}
_PAGE = b"<!DOCTYPE html><html><head><title>Just a moment</title></head><body><p>Please wait.</p></body></html>"


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request that came: `path` without the query, `query` as sent (still encoded), header names lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded answer."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = {}


Responder = Callable[[web.Request], Awaitable[web.StreamResponse | Answer]]


class FeedServer:
    """Serves what was added. Paths are exact, prefixes are not; the longest prefix wins.

    `routes`: path -> bytes, Answer, a list of Answers given one after the other (the last one for ever), or a
    coroutine function of an aiohttp request. `port`: the one to take if it is free; else the system gives one.
    """

    def __init__(
        self, routes: Mapping[str, bytes | Answer | list[Answer] | Responder] | None = None, *, port: int = 0
    ) -> None:
        self.calls: list[Call] = []
        self._exact: dict[str, Responder] = {}
        self._prefixes: dict[str, Responder] = {}
        self._faults: dict[str, Answer] = {}
        self._runner: web.AppRunner | None = None
        self._wanted = port
        self._port = 0
        for path, given in (routes or {}).items():
            self.add(path, given)

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "127.0.0.1", self._wanted).start()
        except OSError:  # somebody else has it
            await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def url(self, path: str = "/") -> str:
        """The absolute address of a path (with its query, if any); only while the server runs."""
        if not self._port:
            raise RuntimeError("the server does not run: use `async with`")
        return f"http://127.0.0.1:{self._port}/{path.removeprefix('/')}"

    def add(
        self,
        path: str,
        given: bytes | Answer | list[Answer] | Responder,
        *,
        content_type: str | None = None,
    ) -> None:
        """Serve one path. Bytes get ETag and 304; `content_type` is guessed from the path where it is not said."""
        if isinstance(given, bytes):
            media_type = content_type or _media_type(path)
            self._exact[path] = lambda request: _content(request, given, media_type, None)
        elif isinstance(given, Answer | list):
            self._exact[path] = _recorded([given] if isinstance(given, Answer) else given)
        else:
            self._exact[path] = given

    def add_prefix(self, prefix: str, responder: Responder) -> None:
        """Let a coroutine function of the request answer everything that begins with this path."""
        self._prefixes[prefix] = responder

    def add_folder(self, prefix: str, folder: Path) -> None:
        """Serve the files of a folder (no listing, no way out of it), with ETag, Last-Modified and 304."""
        top = folder.resolve()
        start = "/" + prefix.strip("/") + "/" if prefix.strip("/") else "/"

        async def serve(request: web.Request) -> web.StreamResponse:
            path = (top / request.path[len(start) :]).resolve()
            if not path.is_relative_to(top) or not path.is_file():
                return web.Response(status=404, text="There is nothing here.")
            content = path.read_bytes()
            return await _content(request, content, _media_type(path.name), path.stat().st_mtime)

        self._prefixes[start] = serve

    def add_oai(self, prefix: str, repository: OaiRepository) -> None:
        """Serve a repository at a path, by GET and form POST; a repeated argument is badArgument, a verb badVerb."""

        async def serve(request: web.Request) -> web.StreamResponse:
            pairs: Iterable[tuple[str, object]] = (
                (await request.post()).items() if request.method == "POST" else request.query.items()
            )
            arguments: dict[str, str] = {}
            for name, value in pairs:
                known = name in arguments
                arguments[f"{name} again" if known else name] = str(value)
                if known and name == "verb":
                    arguments["verb"] = ""  # §3.6: a repeated verb is none
            status, headers, body = repository.respond(arguments)
            return web.Response(status=status, headers=headers, body=body)

        self._exact[prefix] = serve

    def break_path(self, path: str, fault: Literal["html", "empty"] | int | Answer) -> None:
        """Switch a fault on: a page of HTML or an empty body with status 200, an error status, or any answer."""
        if fault == "html":
            fault = Answer(body=_PAGE, headers={"Content-Type": "text/html"})
        elif fault == "empty":
            fault = Answer()
        elif isinstance(fault, int):
            fault = Answer(status=fault, body=b"out of order")
        self._faults[path] = fault

    def mend_path(self, path: str) -> None:
        """Switch the fault of a path off."""
        self._faults.pop(path, None)

    def calls_to(self, path: str) -> list[Call]:
        """The requests that came for a path, in order."""
        return [call for call in self.calls if call.path == path]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.calls.append(
            Call(
                method=request.method,
                path=request.path,
                query=request.url.raw_query_string,
                headers={name.lower(): value for name, value in request.headers.items()},
                body=await request.read(),
            )
        )
        fault = self._faults.get(request.path)
        if fault is not None:
            return _response(fault)
        responder = self._exact.get(request.path)
        if responder is None:
            fitting = [prefix for prefix in self._prefixes if request.path.startswith(prefix)]
            if not fitting:
                return web.Response(status=404, text="There is nothing here.")
            responder = self._prefixes[max(fitting, key=len)]
        answer = await responder(request)
        return _response(answer) if isinstance(answer, Answer) else answer


def _recorded(answers: list[Answer]) -> Responder:
    left = list(answers)

    async def serve(_: web.Request) -> web.StreamResponse:
        return _response(left.pop(0) if len(left) > 1 else left[0])

    return serve


def _response(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, headers=answer.headers, body=answer.body)


async def _content(request: web.Request, content: bytes, media_type: str, modified: float | None) -> web.Response:
    headers = {"ETag": f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'}
    if modified is not None:
        headers["Last-Modified"] = formatdate(modified, usegmt=True)
    asked = request.headers.get("If-None-Match")
    if asked is not None:
        unchanged = headers["ETag"] in [one.strip() for one in asked.split(",")]
    else:
        unchanged = "Last-Modified" in headers and request.headers.get("If-Modified-Since") == headers["Last-Modified"]
    if unchanged:
        return web.Response(status=304, headers=headers)
    return web.Response(body=content, headers={**headers, "Content-Type": media_type})


def _media_type(name: str) -> str:
    suffix = Path(name).suffix.lower()
    return _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
