"""The ground all other tests stand on: databases are fresh, the network ends at loopback."""

from __future__ import annotations

import os
import socket

import psycopg
import pytest
from yarl import URL


def test_a_store_is_fresh_and_reachable(store_url: str) -> None:
    url = URL(store_url)
    if url.scheme == "postgresql":
        with psycopg.connect(store_url) as connection:
            row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
        assert row == (0,)
    else:
        assert not os.path.exists(url.path)


def test_a_dial_beyond_loopback_is_refused_and_noted(outside_dials: list[str]) -> None:
    with socket.socket() as outward, pytest.raises(OSError, match="only dial loopback"):
        outward.connect(("192.0.2.1", 80))
    with pytest.raises(OSError, match="only dial loopback"):
        socket.getaddrinfo("example.org", 443)
    assert len(outside_dials) == 2
    outside_dials.clear()


def test_loopback_and_names_that_never_resolve_work_as_ever() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("nowhere.invalid", 80)


def test_the_environment_is_scrubbed() -> None:
    assert not [name for name in os.environ if name.startswith("MICROHARVEST_") or name.lower().endswith("_proxy")]


async def test_mocked_http_serves_large_bodies(mocked_http) -> None:  # type: ignore[no-untyped-def]
    import aiohttp

    mocked_http.get("http://feed.invalid/", body=b"x" * 200_000)
    async with aiohttp.ClientSession() as session, session.get("http://feed.invalid/") as answer:
        assert len(await answer.read()) == 200_000
