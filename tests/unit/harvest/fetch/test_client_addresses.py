"""What the client dials: redirects, names, addresses that are not allowed, certificates."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from microharvest.harvest.fetch.client import Answer, Client, Failed, Fetched, MemoryHostBook
from microharvest.telemetry import Secret
from tests.lying_server import LyingServer, answer
from tests.unit.harvest.fetch.conftest import CANARY, Policies, ask


async def test_a_redirect_within_the_origin_keeps_the_credentials(
    server: LyingServer, client: Client, policy: Policies
) -> None:
    server.answers["/old"] = [answer(status=308, headers={"Location": "/ok"})]
    found = await client.fetch(ask(server.url("/old")), policy(auth={"X-API-Key": Secret(CANARY)}))

    assert isinstance(found, Fetched)
    assert found.body.url == server.url("/ok")
    assert found.moved_to == server.url("/ok")
    assert [hit.headers["x-api-key"] for hit in server.hits] == [CANARY, CANARY]


async def test_another_origin_never_sees_the_source_headers(
    server: LyingServer, client: Client, policy: Policies
) -> None:
    other = await LyingServer().start()
    try:
        back = quote(server.url("/ok"))
        source = policy(
            headers={"Accept": "text/turtle", "X-Source": CANARY},
            auth={"X-API-Key": Secret(CANARY), "Authorization": Secret(f"Bearer {CANARY}")},
        )
        found = await client.fetch(ask(server.url(f"/to?{quote(other.url('/to?' + back))}")), source)

        assert isinstance(found, Fetched)
        assert found.moved_to is None
        assert CANARY in str(server.hits[0].headers)
        assert CANARY not in str(other.hits[0].headers)
        assert CANARY not in str(server.hits[1].headers)
        assert other.hits[0].headers["accept"] == "text/turtle"
    finally:
        await other.stop()


@pytest.mark.parametrize("alias", ["127.0.0.2", "[::ffff:127.0.0.2]", "127.0.0.1@127.0.0.2"])
async def test_a_redirect_to_an_address_that_is_not_allowed_is_never_dialled(
    server: LyingServer, client: Client, policy: Policies, alias: str
) -> None:
    private = await LyingServer(host="127.0.0.2").start()
    try:
        found = await client.fetch(ask(server.url("/to?" + private.url("/ok", host=alias))), policy())

        assert isinstance(found, Failed)
        assert found.failure.code == "source.address"
        assert private.hits == []
    finally:
        await private.stop()


class _Names(AbstractResolver):
    """Answers with one list of addresses after the other, the last one for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [
            ResolveResult(hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=0)
            for address in found
        ]

    async def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("answers", "codes", "paths"),
    [
        ([["127.0.0.2"]], ["source.address"], []),
        ([["127.0.0.2", "127.0.0.1"]], [None], ["/ok"]),
        ([["127.0.0.1"], ["127.0.0.2"]], [None, "source.address"], ["/ok"]),
    ],
    ids=["private", "mixed", "rebinding"],
)
async def test_a_name_is_as_good_as_the_address_that_is_dialled(
    server: LyingServer,
    spool: Path,
    policy: Policies,
    answers: list[list[str]],
    codes: list[str | None],
    paths: list[str],
) -> None:
    private = await LyingServer(host="127.0.0.2", port=server.port).start()
    try:
        found: list[Answer] = []
        for _ in codes:
            # a new client each time stands for the end of the DNS cache; the resolver goes on
            resolver = _Names(*answers[len(found) :])
            async with Client(spool=spool, hosts=MemoryHostBook(), user_agent="t", resolver=resolver) as client:
                found.append(await client.fetch(ask(server.url("/ok", host="name.test")), policy()))

        assert [one.failure.code if isinstance(one, Failed) else None for one in found] == codes
        assert server.paths() == paths
        assert private.hits == []
    finally:
        await private.stop()


async def test_loopback_needs_permission(server: LyingServer, client: Client, policy: Policies) -> None:
    refused = await client.fetch(ask(server.url("/ok")), policy(allow=()))
    allowed = await client.fetch(ask(server.url("/ok")), policy())
    again = await client.fetch(ask(server.url("/ok")), policy(allow=("local",)))

    assert isinstance(refused, Failed)
    assert refused.failure.code == "source.address"
    assert isinstance(allowed, Fetched)
    assert isinstance(again, Failed), "a pooled connection of one source must not serve another one"


async def test_a_proxy_in_the_environment_is_ignored(
    server: LyingServer, client: Client, policy: Policies, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", server.url(""))
    found = await client.fetch(ask("http://127.0.0.2:9/x"), policy())

    assert isinstance(found, Failed)
    assert found.failure.code == "source.address"
    assert server.hits == []


async def test_a_name_that_does_not_resolve(client: Client, policy: Policies) -> None:
    found = await client.fetch(ask("http://feed.invalid/x"), policy())

    assert isinstance(found, Failed)
    assert found.failure.code == "source.dns"


async def test_a_port_nobody_listens_on(server: LyingServer, client: Client, policy: Policies) -> None:
    await server.stop()
    found = await client.fetch(ask(server.url("/ok")), policy())

    assert isinstance(found, Failed)
    assert (found.failure.code, found.failure.detail) == (
        "source.connect",
        "The connection to 127.0.0.1 failed: refused.",
    )


async def test_a_certificate_nobody_vouches_for_is_refused_before_anything_is_said(
    client: Client, policy: Policies
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(Path(__file__).parent / "samples" / "self_signed.pem")
    server = await LyingServer(tls=tls).start()
    try:
        found = await client.fetch(ask(server.url("/ok", scheme="https")), policy(attempts=3))
    finally:
        await server.stop()

    assert isinstance(found, Failed)
    assert (found.failure.code, found.attempts) == ("source.tls", 1)
    assert "self-signed certificate" in found.failure.detail
    assert server.hits == []
