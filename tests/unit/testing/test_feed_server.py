"""The feed server: what was added is served, faults come and go, and every call is noted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import aiohttp.web
import pytest

from microharvest.testing.feed_server import Answer, FeedServer
from microharvest.testing.oai_repository import OaiRepository


async def get(url: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    async with aiohttp.ClientSession() as session, session.get(url, headers=named) as response:
        return response.status, await response.read(), {name.lower(): text for name, text in response.headers.items()}


async def test_a_folder_with_validators(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "secret.csv").write_text("x")
    (tmp_path / "open" / "a.csv").write_text("a,b\n")
    async with FeedServer() as server:
        server.add_folder("/files", tmp_path / "open")
        status, body, headers = await get(server.url("/files/a.csv"))
        assert (status, body, headers["content-type"]) == (200, b"a,b\n", "text/csv")
        assert (await get(server.url("/files/a.csv"), If_None_Match=headers["etag"]))[0] == 304
        assert (await get(server.url("/files/a.csv"), If_None_Match='"other"'))[0] == 200
        assert (await get(server.url("/files/a.csv"), If_Modified_Since=headers["last-modified"]))[0] == 304
        (tmp_path / "open" / "a.csv").write_text("a,b,c\n")
        assert (await get(server.url("/files/a.csv"), If_None_Match=headers["etag"]))[1] == b"a,b,c\n"
        for path in ("/files/none.csv", "/files/%2e%2e/secret.csv", "/files/", "/elsewhere"):
            assert (await get(server.url(path)))[0] == 404


async def test_bytes_recorded_answers_and_responders() -> None:
    async def respond(request: aiohttp.web.Request) -> aiohttp.web.Response:
        return aiohttp.web.Response(text=request.query["q"])

    answers = [Answer(status=503, headers={"Retry-After": "1"}), Answer(body=b"ok")]
    async with FeedServer({"/page": b"<html></html>", "/busy": answers, "/own": respond}) as server:
        server.add("/typed", b"{}", content_type="application/ld+json")
        assert (await get(server.url("/typed")))[2]["content-type"] == "application/ld+json"
        assert (await get(server.url("/page")))[1] == b"<html></html>"
        assert [(await get(server.url("/busy")))[0] for _ in range(3)] == [503, 200, 200]
        assert (await get(server.url("own?q=a%20b")))[1] == b"a b"
        (call,) = server.calls_to("/own")
        assert (call.method, call.path, call.query, call.body) == ("GET", "/own", "q=a%20b", b"")
        assert "user-agent" in call.headers
        assert len(server.calls) == 6


async def test_a_repository() -> None:
    repository = OaiRepository(now=datetime(2026, 1, 1, tzinfo=UTC))
    async with FeedServer() as server:
        server.add_oai("/oai", repository)
        assert b"<Identify>" in (await get(server.url("/oai?verb=Identify")))[1]
        assert b"badVerb" in (await get(server.url("/oai?verb=Identify&verb=Identify")))[1]
        async with aiohttp.ClientSession() as session:
            async with session.post(server.url("/oai"), data={"verb": "Identify"}) as response:
                assert b"<Identify>" in await response.read()
        assert server.calls[-1].body == b"verb=Identify"


async def test_faults() -> None:
    async with FeedServer({"/a": b"data"}) as server:
        server.break_path("/a", 500)
        assert (await get(server.url("/a")))[0] == 500
        server.break_path("/a", "html")
        status, body, headers = await get(server.url("/a"))
        assert (status, headers["content-type"], b"<html>" in body) == (200, "text/html", True)
        server.break_path("/a", "empty")
        assert (await get(server.url("/a")))[:2] == (200, b"")
        server.break_path("/a", Answer(status=418))
        assert (await get(server.url("/a")))[0] == 418
        server.mend_path("/a")
        assert (await get(server.url("/a")))[:2] == (200, b"data")


async def test_it_is_on_loopback_and_has_no_address_before_it_runs() -> None:
    server = FeedServer()
    with pytest.raises(RuntimeError):
        server.url("/")
    async with server:
        assert server.url("/x").startswith("http://127.0.0.1:")
