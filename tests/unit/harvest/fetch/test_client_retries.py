"""What the client asks again, when, and what it does not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from microharvest.harvest.fetch.client import Client, Failed, Fetched, MemoryHostBook
from tests.lying_server import LyingServer, answer
from tests.unit.harvest.fetch.conftest import Nap, Policies, ask, left_in


async def test_a_server_that_was_down_is_asked_again(
    server: LyingServer, client: Client, policy: Policies, nap: Nap, spool: Path
) -> None:
    server.answers["/feed"] = [answer(b"down", status=503), answer(b"down", status=500), answer(b"up")]
    found = await client.fetch(ask(server.url("/feed")), policy(attempts=4, retry_base_s=1))

    assert isinstance(found, Fetched)
    assert (found.body.read(), found.attempts) == (b"up", 3)
    assert len(nap.slept) == 2
    assert 1 <= nap.slept[0] <= 2
    assert 2 <= nap.slept[1] <= 3
    assert left_in(spool) == [found.body.path]


async def test_the_last_answer_comes_with_its_body(server: LyingServer, client: Client, policy: Policies) -> None:
    found = await client.fetch(ask(server.url("/503")), policy(attempts=3))

    assert isinstance(found, Fetched)
    assert (found.body.status, found.body.read(), found.attempts) == (503, b"<error>down</error>", 3)
    assert len(server.hits) == 3


@pytest.mark.parametrize("path", ["/401", "/nothing"])
async def test_other_error_statuses_are_asked_once_and_keep_their_body(
    server: LyingServer, client: Client, policy: Policies, path: str
) -> None:
    found = await client.fetch(ask(server.url(path)), policy(attempts=4))

    assert isinstance(found, Fetched)
    assert found.body.status in {401, 404}
    assert found.body.read()
    assert len(server.hits) == 1


@pytest.mark.parametrize("path", ["/reset", "/gzip-cut", "/chunk-cut"])
async def test_broken_answers_are_asked_again(server: LyingServer, client: Client, policy: Policies, path: str) -> None:
    found = await client.fetch(ask(server.url(path)), policy(attempts=3))

    assert isinstance(found, Failed)
    assert found.attempts == 3
    assert len(server.hits) == 3


@pytest.mark.parametrize("path", ["/gzip-bomb", "/challenge", "/loop", "/brotli"])
async def test_what_would_be_the_same_again_is_not_asked_again(
    server: LyingServer, client: Client, policy: Policies, path: str
) -> None:
    found = await client.fetch(ask(server.url(path)), policy(attempts=3))

    assert isinstance(found, Failed)
    assert found.attempts == 1
    assert server.paths().count(path) == 1


@pytest.mark.parametrize("wish", ["7", "Tue, 24 Nov 2026 04:00:07 GMT"])
async def test_the_server_says_when(
    server: LyingServer, client: Client, policy: Policies, nap: Nap, book: MemoryHostBook, wish: str
) -> None:
    started = nap.now
    server.answers["/feed"] = [answer(status=429, headers={"Retry-After": wish}), answer(b"up")]
    found = await client.fetch(ask(server.url("/feed")), policy(attempts=2))

    assert isinstance(found, Fetched)
    assert found.body.read() == b"up"
    assert sum(nap.slept) == 7
    assert book.not_before(f"127.0.0.1:{server.port}") == started + timedelta(seconds=7)


async def test_a_long_wait_is_returned_and_holds_for_every_source_of_the_host(
    server: LyingServer, client: Client, policy: Policies, nap: Nap, spool: Path
) -> None:
    server.answers["/feed"] = [answer(b"later", status=429, headers={"Retry-After": "3600"})]
    first = await client.fetch(ask(server.url("/feed")), policy(attempts=4))
    second = await client.fetch(ask(server.url("/ok")), policy(source="another"))
    nap.now += timedelta(seconds=3500)
    third = await client.fetch(ask(server.url("/ok")), policy())

    assert isinstance(first, Failed)
    assert (first.failure.code, first.failure.status) == ("source.throttled", 429)
    assert isinstance(second, Failed)
    assert second.failure.code == "source.throttled"
    assert first.not_before == second.not_before == nap.now  # the third request slept until that very moment
    assert isinstance(third, Fetched)
    assert nap.slept == [100]
    assert server.paths() == ["/feed", "/ok"]
    assert left_in(spool) == [third.body.path]


async def test_a_stopped_clock_does_not_wait_for_ever(
    server: LyingServer, spool: Path, nap: Nap, book: MemoryHostBook, policy: Policies
) -> None:
    slept: list[float] = []

    async def skip(seconds: float) -> None:
        slept.append(seconds)

    book.postpone(f"127.0.0.1:{server.port}", nap.now + timedelta(seconds=9))
    async with Client(spool=spool, hosts=book, user_agent="t", clock=nap.clock, sleep=skip) as client:
        found = await client.fetch(ask(server.url("/ok")), policy())

    assert isinstance(found, Fetched)
    assert slept == [9]
