"""Every lie of the lying server ends in a typed answer, and nothing is left in the spool that nobody owns."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import re
import tracemalloc
from pathlib import Path

import pytest

from microharvest.harvest.fetch.client import Client, Failed, Fetched, MemoryHostBook, NotModified, Validators
from microharvest.telemetry import Secret
from tests.lying_server import FEED, LyingServer, answer
from tests.unit.harvest.fetch.conftest import CANARY, Policies, ask, left_in

PACKED = bytes(range(256)) * 400


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
