"""The face on HTTP: what it says, what it refuses, what every answer carries."""

from __future__ import annotations

import json
import socket
from typing import Any

import aiohttp
import msgspec
import pytest
import structlog

from microharvest.errors import ConfigError
from microharvest.service.health import Health, is_well
from microharvest.service.web import check_host, listening, make_app

WELL = Health(role="leader", store=True, running=["a"], sources=3, broken=["b"], last_tick_s=1.5)


async def ask(path: str, health: Health = WELL, method: str = "GET", tick_s: float = 5.0) -> tuple[int, Any, str]:
    async with listening(make_app(lambda: health, tick_s=tick_s), "127.0.0.1", 0) as url:
        async with aiohttp.ClientSession() as session, session.request(method, f"{url}{path}") as answer:
            return answer.status, answer.headers, await answer.text()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_may_be_bound(host: str) -> None:
    check_host(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "harvest.example.org", ""])
def test_anything_else_is_refused_with_what_to_do(host: str) -> None:
    with pytest.raises(ConfigError, match="reverse proxy") as caught:
        check_host(host)
    assert caught.value.code == "config.invalid"


async def test_health_is_told_as_json() -> None:
    status, headers, body = await ask("/healthz")
    assert status == 200
    assert headers["Content-Type"].startswith("application/json")
    said = json.loads(body)
    assert {"ok": True, "role": "leader", "store": True, "running": ["a"], "broken": ["b"]}.items() <= said.items()
    assert said["last_tick_s"] == 1.5


@pytest.mark.parametrize(
    "change",
    [{"store": False}, {"last_tick_s": 61.0}],
    ids=["store", "ticker"],
)
async def test_a_lost_store_and_a_stuck_ticker_are_unwell(change: dict[str, Any]) -> None:
    health = msgspec.structs.replace(WELL, **change)
    status, _, body = await ask("/healthz", health)
    assert status == 503
    assert json.loads(body)["ok"] is False
    assert (await ask("/readyz", health))[0] == 503


def test_a_slow_ticker_is_not_a_stuck_one() -> None:
    assert is_well(msgspec.structs.replace(WELL, last_tick_s=29.0), 1.0)
    assert not is_well(msgspec.structs.replace(WELL, last_tick_s=31.0), 1.0)
    assert is_well(msgspec.structs.replace(WELL, last_tick_s=31.0), 5.0)
    assert is_well(msgspec.structs.replace(WELL, last_tick_s=None), 1.0)


@pytest.mark.parametrize(
    ("change", "status"),
    [({}, 200), ({"role": "follower"}, 200), ({"last_tick_s": None}, 503), ({"stopping": True}, 503)],
)
async def test_ready_is_after_the_first_tick_and_before_the_end(change: dict[str, Any], status: int) -> None:
    assert (await ask("/readyz", msgspec.structs.replace(WELL, **change)))[0] == status


async def test_the_front_page_says_what_this_is() -> None:
    status, headers, body = await ask("/")
    assert status == 200
    assert headers["Content-Type"].startswith("text/html")
    assert "microharvest" in body
    assert 'href="/healthz"' in body


@pytest.mark.parametrize("path", ["/", "/healthz", "/absent"])
async def test_every_answer_is_dressed(path: str) -> None:
    _, headers, _ = await ask(path)
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Server" not in headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
@pytest.mark.parametrize("path", ["/", "/healthz", "/absent"])
async def test_only_reading_is_allowed(method: str, path: str) -> None:
    status, headers, _ = await ask(path, method=method)
    assert status == 405
    assert headers["Allow"] == "GET,HEAD"


async def test_head_is_get_without_a_body() -> None:
    status, _, body = await ask("/healthz", method="HEAD")
    assert (status, body) == (200, "")


async def test_a_fault_shows_no_detail() -> None:
    def broken() -> Health:
        raise RuntimeError("secret-detail")

    async with listening(make_app(broken, tick_s=1.0), "127.0.0.1", 0) as url:
        async with aiohttp.ClientSession() as session, session.get(f"{url}/healthz") as answer:
            assert answer.status == 500
            assert "secret-detail" not in await answer.text()
            assert "Server" not in answer.headers


async def test_a_taken_port_is_said_plainly() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ConfigError, match=r"cannot be opened.*--port") as caught:
            async with listening(make_app(lambda: WELL, tick_s=1.0), "127.0.0.1", taken.getsockname()[1]):
                pytest.fail("it must not listen")
    assert caught.value.code == "config.invalid"


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_each_request_is_one_log_event(method: str) -> None:
    with structlog.testing.capture_logs() as logs:
        status, _, _ = await ask("/absent", method=method)
    (event,) = [entry for entry in logs if entry["event"] == "http.request"]
    assert (event["method"], event["path"], event["status"]) == (method, "/absent", status)
