"""Every lie of the lying server ends in a typed answer, and nothing is left in the spool that nobody owns."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import re
import socket
import ssl
import tracemalloc
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from microharvest.harvest.fetch.client import Answer, Client, Failed, Fetched, MemoryHostBook, NotModified, Validators
from microharvest.kit.protocol import Request
from microharvest.telemetry import Secret
from tests.lying_server import FEED, LyingServer, answer
from tests.unit.harvest.fetch.conftest import Nap, Policies

PACKED = bytes(range(256)) * 400
CANARY = "canary-7f3a91"


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


def ask(url: str, **rest: object) -> Request:
    return Request(lane="all", url=url, **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "content", "proof"),
    [
        ("/ok", FEED, "length"),
        ("/empty-body", b"", "length"),
        ("/gzip", PACKED, "length"),
        ("/gzip-two-members", PACKED * 2, "length"),
        ("/gzip-empty", b"", "length"),
        ("/coding-none", b"as it is", "length"),
        ("/coding-charset", PACKED, "length"),
        ("/chunked", b"abcdefghij", "chunked"),
        ("/close-delimited", b"id,title\n1,a\n2,", "none"),
        ("/reset-unframed", b"id,title\n1,a\n", "none"),
        ("/redirect-with-endless-body", FEED, "length"),
    ],
)
async def test_a_body_is_spooled_with_the_proof_of_its_end(
    server: LyingServer, client: Client, policy: Policies, path: str, content: bytes, proof: str
) -> None:
    found = await client.fetch(ask(server.url(path)), policy())

    assert isinstance(found, Fetched)
    assert found.body.read() == content
    assert (found.body.proof, found.body.size, found.body.status) == (proof, len(content), 200)
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    assert found.temporary


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/gzip-bomb", "source.bomb"),
        ("/gzip-many", "source.bomb"),
        ("/gzip-cut", "source.cut"),
        ("/gzip-cut-close", "source.cut"),
        ("/gzip-crc", "source.encoding"),
        ("/gzip-garbage", "source.encoding"),
        ("/gzip-not", "source.encoding"),
        ("/gzip-stacked", "source.encoding"),
        ("/brotli", "source.encoding"),
        ("/length-too-long", "source.cut"),
        ("/length-twice", "source.protocol"),
        ("/length-huge", "source.too_large"),
        ("/chunk-cut", "source.cut"),
        ("/chunk-no-end", "source.cut"),
        ("/reset", "source.reset"),
        ("/reset-in-length", "source.cut"),
        ("/hang-up", "source.reset"),
        ("/endless", "source.too_large"),
        ("/header-many", "source.protocol"),
        ("/header-long", "source.protocol"),
        ("/no-http", "source.protocol"),
        ("/gzip-bomb-chunked", "source.bomb"),
        ("/chunks-endless", "source.too_large"),
        ("/header-endless", "source.protocol"),
        ("/headers-endless", "source.protocol"),
        ("/header-nul", "source.protocol"),
        ("/length-negative", "source.protocol"),
        ("/length-and-chunked", "source.protocol"),
        ("/length-too-short", "source.protocol"),
        ("/chunk-no-number", "source.protocol"),
        ("/trailers", "source.protocol"),
        ("/status-long", "source.protocol"),
        ("/http-0.9", "source.protocol"),
        ("/204-with-body", "source.protocol"),
        ("/to?http://10.0.0.1/", "source.address"),
        ("/to?http://169.254.169.254/latest/", "source.address"),
        ("/to?http://[::1]:1/", "source.address"),
        ("/to?http://[::ffff:10.0.0.1]/", "source.address"),
        ("/101", "source.protocol"),
        ("/206", "source.cut"),
        ("/304", "source.http"),
        ("/challenge", "source.blocked"),
        ("/waf", "source.blocked"),
        ("/loop", "source.redirect"),
        ("/to-nowhere", "source.redirect"),
        ("/chain-0", "source.redirect"),
        ("/to?file:///etc/hostname", "source.redirect"),
        ("/to?ftp://127.0.0.1/", "source.redirect"),
        ("/to?javascript:alert(1)", "source.redirect"),
        ("/to?http://[::1", "source.redirect"),
    ],
)
async def test_a_lie_is_a_failure_with_a_code_and_leaves_nothing_behind(
    server: LyingServer, client: Client, policy: Policies, spool: Path, path: str, code: str
) -> None:
    found = await client.fetch(ask(server.url(path)), policy(max_wire_bytes=4_000_000))

    assert isinstance(found, Failed), found
    assert found.failure.code == code
    assert found.failure.detail.endswith(".")
    assert left_in(spool) == []


@pytest.mark.parametrize("path", ["/gzip-bomb", "/gzip-bomb-chunked", "/endless", "/chunks-endless", "/header-endless"])
async def test_no_answer_costs_much_memory(
    server: LyingServer, client: Client, policy: Policies, spool: Path, path: str
) -> None:
    await client.fetch(ask(server.url("/ok")), policy())
    tracemalloc.start()
    try:
        found = await client.fetch(ask(server.url(path)), policy(max_wire_bytes=64 * 1024 * 1024))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(found, Failed)
    assert peak < 32 * 1024 * 1024


async def test_an_error_the_protocol_knows_is_not_asked_again(
    server: LyingServer, client: Client, policy: Policies, book: MemoryHostBook
) -> None:
    server.answers = {"/oai": [answer(b"<error code='noRecordsMatch'/>", status=503, headers={"Retry-After": "9999"})]}
    found = await client.fetch(ask(server.url("/oai")), policy(attempts=4, final_error=re.compile(b"noRecords")))

    assert isinstance(found, Fetched)
    assert (found.body.status, found.attempts, len(server.hits)) == (503, 1, 1)
    assert book.not_before(f"127.0.0.1:{server.port}") is None


async def test_gzip_within_gzip_is_opened_once(server: LyingServer, client: Client, policy: Policies) -> None:
    found = await client.fetch(ask(server.url("/gzip-in-gzip")), policy())

    assert isinstance(found, Fetched)
    assert gzip.decompress(found.body.read()) == PACKED


async def test_the_decoded_size_is_capped(server: LyingServer, client: Client, policy: Policies) -> None:
    found = await client.fetch(ask(server.url("/gzip")), policy(max_bytes=50_000))

    assert isinstance(found, Failed)
    assert found.failure.code == "source.too_large"


@pytest.mark.parametrize(
    ("path", "limits", "code"),
    [
        ("/drip", {"min_rate_window_s": 0.2}, "source.too_slow"),
        ("/chunks-dripping", {"min_rate_window_s": 0.2}, "source.too_slow"),
        ("/drip-headers", {"deadline_s": 0.2}, "source.timeout"),
        ("/early-hints", {"deadline_s": 0.2}, "source.timeout"),
        ("/hang", {"deadline_s": 0.2}, "source.timeout"),
        ("/hang", {"read_s": 0.2}, "source.timeout"),
        ("/hang-in-body", {"read_s": 0.2}, "source.timeout"),
    ],
)
async def test_slowness_ends(
    server: LyingServer, client: Client, policy: Policies, spool: Path, path: str, limits: dict[str, float], code: str
) -> None:
    found = await client.fetch(ask(server.url(path)), policy(**limits))

    assert isinstance(found, Failed)
    assert found.failure.code == code
    assert left_in(spool) == []


async def test_a_spent_deadline_is_not_tried_again_but_silence_is(
    server: LyingServer, client: Client, policy: Policies
) -> None:
    await client.fetch(ask(server.url("/hang")), policy(deadline_s=0.1, attempts=3))
    once = len(server.hits)
    await client.fetch(ask(server.url("/hang")), policy(read_s=0.1, attempts=3))

    assert (once, len(server.hits) - once) == (1, 3)


async def test_cancellation_passes_and_leaves_nothing(
    server: LyingServer, client: Client, policy: Policies, spool: Path
) -> None:
    fetching = asyncio.ensure_future(client.fetch(ask(server.url("/hang-in-body")), policy()))
    while not left_in(spool):  # noqa: ASYNC110 - a file appears, no event tells of it
        await asyncio.sleep(0.005)
    fetching.cancel()

    with pytest.raises(asyncio.CancelledError):
        await fetching
    assert left_in(spool) == []


# -- what is sent ------------------------------------------------------------------------------------------------------


async def test_what_a_request_says(server: LyingServer, client: Client, policy: Policies) -> None:
    source = policy(headers={"Accept": "text/xml"}, auth={"X-API-Key": Secret(CANARY)})
    await client.fetch(ask(server.url("/ok"), headers={"X-Page": "2"}), source)

    headers = server.hits[0].headers
    assert headers["user-agent"] == "microharvest-test"
    assert headers["accept-encoding"] == "gzip"
    assert (headers["accept"], headers["x-page"], headers["x-api-key"]) == ("text/xml", "2", CANARY)
    assert "cookie" not in headers


async def test_a_post_sends_its_body(server: LyingServer, client: Client, policy: Policies) -> None:
    found = await client.fetch(ask(server.url("/ok"), method="POST", body=b"verb=Identify"), policy())

    assert isinstance(found, Fetched)
    hit = server.hits[0]
    assert (hit.method, hit.body, hit.headers["content-type"]) == (
        "POST",
        b"verb=Identify",
        "application/x-www-form-urlencoded",
    )


async def test_a_post_becomes_a_get_after_303_and_is_never_repeated_elsewhere(
    server: LyingServer, client: Client, policy: Policies
) -> None:
    server.answers["/see-other"] = [answer(status=303, headers={"Location": "/ok"})]
    server.answers["/kept"] = [answer(status=307, headers={"Location": "/ok"})]
    seen = await client.fetch(ask(server.url("/see-other"), method="POST", body=b"q"), policy())
    kept = await client.fetch(ask(server.url("/kept"), method="POST", body=b"q"), policy())

    assert isinstance(seen, Fetched)
    assert (server.hits[1].method, server.hits[1].body) == ("GET", b"")
    assert "content-type" not in server.hits[1].headers
    assert isinstance(kept, Failed)
    assert kept.failure.code == "source.redirect"
    assert server.paths() == ["/see-other", "/ok", "/kept"]


async def test_headers_come_in_lower_case_as_text_and_without_cookies(
    server: LyingServer, client: Client, policy: Policies
) -> None:
    latin = await client.fetch(ask(server.url("/header-latin-1")), policy())
    twice = await client.fetch(ask(server.url("/header-twice")), policy())

    assert isinstance(latin, Fetched)
    assert latin.body.headers["x-title"] == "café"
    assert isinstance(twice, Fetched)
    assert twice.body.headers["link"] == "<a>, <b>"
    assert "set-cookie" not in twice.body.headers


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "http:///x", "http://[::1", "gopher://127.0.0.1/"])
async def test_only_http_is_asked(client: Client, policy: Policies, url: str) -> None:
    found = await client.fetch(ask(url), policy())

    assert isinstance(found, Failed)
    assert found.failure.code == "source.protocol"


async def test_a_header_cannot_smuggle_a_line(server: LyingServer, client: Client, policy: Policies) -> None:
    found = await client.fetch(ask(server.url("/ok"), headers={"X-Cursor": "a\r\nX-Evil: 1"}), policy())

    assert isinstance(found, Failed)
    assert found.failure.code == "source.protocol"
    assert server.hits == []


# -- redirects and addresses -------------------------------------------------------------------------------------------


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


# -- asking again ------------------------------------------------------------------------------------------------------


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


# -- conditional requests ----------------------------------------------------------------------------------------------


async def test_validators_are_noted_and_sent_back(server: LyingServer, client: Client, policy: Policies) -> None:
    first = await client.fetch(ask(server.url("/ok")), policy())
    assert isinstance(first, Fetched)
    assert first.validators == Validators('"v1"', "then")
    second = await client.fetch(ask(server.url("/304")), policy(), first.validators)

    assert isinstance(second, NotModified)
    assert (second.url, second.headers["etag"]) == (server.url("/304"), '"v1"')
    assert server.hits[0].headers.keys().isdisjoint({"if-none-match", "if-modified-since"})
    assert server.hits[1].headers["if-none-match"] == '"v1"'
    assert server.hits[1].headers["if-modified-since"] == "then"


async def test_empty_validators_ask_for_nothing(server: LyingServer, client: Client, policy: Policies) -> None:
    found = await client.fetch(ask(server.url("/304")), policy(), Validators())

    assert isinstance(found, Failed)
    assert found.failure.code == "source.http"


# -- secrets -----------------------------------------------------------------------------------------------------------


async def test_no_secret_is_ever_in_what_comes_back_or_is_logged(
    server: LyingServer, client: Client, policy: Policies, capsys: pytest.CaptureFixture[str]
) -> None:
    source = policy(auth={"Authorization": Secret(f"Bearer {CANARY}")}, attempts=2, deadline_s=0.3)
    said = [repr(source)]
    for path in ("/reset", "/gzip-cut", "/length-twice", "/hang", "/header-long", "/304", "/loop", "/101", "/nothing"):
        found = await client.fetch(ask(server.url(f"{path}?api_key={CANARY}")), source)
        if isinstance(found, Failed):
            said.append(repr(found))
    for url in (f"http://u:{CANARY}@feed.invalid/", f"http://u:{CANARY}@127.0.0.2/", f"ftp://u:{CANARY}@127.0.0.1/"):
        said.append(repr(await client.fetch(ask(url), source)))
    logged = capsys.readouterr()

    assert len(said) > 10
    assert CANARY not in "".join(said)
    assert CANARY not in logged.out + logged.err
    assert any(CANARY in hit.headers.get("authorization", "") for hit in server.hits)
