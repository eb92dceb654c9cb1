"""robots.txt: what it forbids is not asked, whatever stands in its place has a meaning, and its pace holds."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from microharvest.harvest.fetch.client import Answer, Client, Failed, Fetched
from microharvest.harvest.fetch.hosts import HostGates
from microharvest.harvest.fetch.robots import MAX_DELAY_S, read_robots
from microharvest.kit.protocol import Request
from tests.lying_server import LyingServer, answer
from tests.unit.harvest.fetch.conftest import Nap, Policies

AGENT = "microharvest-test"
FORBIDS = b"User-agent: *\nDisallow: /ok\nAllow: /ok-too\n"


async def visit(client: Client, policy: Policies, url: str, **changes: object) -> Answer:
    return await client.fetch(Request(lane="all", url=url), policy(robots=True, **changes))


def code_of(found: Answer) -> str | None:
    return found.failure.code if isinstance(found, Failed) else None


@pytest.mark.parametrize(
    ("robots", "code"),
    [
        (answer(FORBIDS), "source.robots"),
        (answer(b"User-agent: microharvest-test\nDisallow: /\n"), "source.robots"),
        (answer(b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /*k$\r\n"), "source.robots"),
        (answer(b"User-agent: other\nDisallow: /\n"), None),
        (answer(b"User-agent: *\nDisallow:\n"), None),
        (answer(b"User-agent: *\nDisallow: /\nAllow: /ok\n"), None),
        (answer(b"<!DOCTYPE html><html>User-agent: *\nDisallow: /</html>"), None),
        (answer(b"\xff\xfe\x00 nothing to read"), None),
        (answer(b""), None),
        (answer(status=404), None),
        (answer(status=403), None),
        (answer(status=410), None),
        (answer(status=500), "source.robots"),
        (answer(status=503), "source.robots"),
        (answer(status=429), "source.robots"),
        (answer(status=403, headers={"cf-mitigated": "challenge"}), "source.blocked"),
        (answer(status=302, headers={"Location": "/other-robots"}), "source.robots"),
        (answer(status=302, headers={"Location": "/robots.txt"}), "source.redirect"),
    ],
)
async def test_what_stands_there(
    server: LyingServer, client: Client, policy: Policies, robots: bytes, code: str | None
) -> None:
    server.answers = {"/robots.txt": [robots], "/other-robots": [answer(FORBIDS)]}
    found = await visit(client, policy, server.url("/ok"))
    assert code_of(found) == code
    assert server.paths().count("/ok") == (0 if code else 1)


async def test_it_is_asked_once_a_day_and_only_where_it_is_obeyed(
    server: LyingServer, client: Client, policy: Policies, nap: Nap
) -> None:
    server.answers = {"/robots.txt": [answer(FORBIDS)]}
    await asyncio.gather(*(visit(client, policy, server.url("/ok")) for _ in range(5)))
    assert server.paths() == ["/robots.txt"]
    nap.now += timedelta(hours=25)
    await visit(client, policy, server.url("/ok"))
    assert server.paths() == ["/robots.txt"] * 2
    assert isinstance(await client.fetch(Request(lane="all", url=server.url("/ok")), policy()), Fetched)


async def test_a_failure_is_remembered_for_minutes_only(
    server: LyingServer, client: Client, policy: Policies, nap: Nap
) -> None:
    server.answers = {"/robots.txt": [answer(status=500), answer(status=404)]}
    for _ in range(3):
        assert code_of(await visit(client, policy, server.url("/ok"))) == "source.robots"
    assert server.paths() == ["/robots.txt"]
    nap.now += timedelta(minutes=11)
    assert isinstance(await visit(client, policy, server.url("/ok")), Fetched)


async def test_a_redirect_is_followed_only_where_its_own_robots_allow_it(
    server: LyingServer, client: Client, policy: Policies
) -> None:
    server.answers = {"/robots.txt": [answer(FORBIDS)]}
    assert code_of(await visit(client, policy, server.url("/to?/ok"))) == "source.robots"
    assert "/ok" not in server.paths()


async def test_credentials_stay_away_from_it(server: LyingServer, client: Client, policy: Policies) -> None:
    await visit(client, policy, server.url("/ok"), headers={"x-api-key": "k"})
    assert [("x-api-key" in hit.headers) for hit in server.hits] == [False, True]


@pytest.mark.parametrize(("own", "pace"), [(0, 20), (100, 20), (2, 2)])
async def test_the_slower_pace_holds(
    server: LyingServer, client: Client, policy: Policies, monkeypatch: pytest.MonkeyPatch, own: float, pace: float
) -> None:
    server.answers = {"/robots.txt": [answer(b"User-agent: *\nCrawl-delay: 0.05\n")]}
    rates: list[float] = []
    gate = HostGates.gate

    def noted(gates: HostGates, host: str, rate_per_s: float, concurrency: int) -> Any:
        rates.append(rate_per_s)
        return gate(gates, host, rate_per_s, concurrency)

    monkeypatch.setattr(HostGates, "gate", noted)
    await visit(client, policy, server.url("/ok"), rate_per_s=own)
    assert rates == [own, pace]


def test_delays_are_bounded() -> None:
    assert read_robots(b"User-agent: *\nCrawl-delay: 86400\n", AGENT).delay_s == MAX_DELAY_S
    assert read_robots(b"User-agent: *\nCrawl-delay: 3\n", AGENT).delay_s == 3
    assert read_robots(b"User-agent: *\nRequest-rate: 1/10\n", AGENT).delay_s == 10
    assert read_robots(b"User-agent: *\nCrawl-delay: soon\n", AGENT).delay_s == 0
    assert read_robots(b"User-agent: *\nCrawl-delay: -5\n", AGENT).delay_s == 0
