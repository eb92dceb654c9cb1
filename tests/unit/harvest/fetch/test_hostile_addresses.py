"""Every host and every redirect target of the shared lists leads nowhere: no connection, and a code that says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from microharvest.harvest.fetch.client import Client, Failed
from microharvest.kit.protocol import Request
from tests.lying_server import LyingServer, answer
from tests.unit.harvest.fetch.conftest import Policies

pytestmark = pytest.mark.shared
REFUSED = {"source.address", "source.redirect", "source.dns", "source.protocol", "config.invalid"}


def listed(shared: Path, name: str) -> list[str]:
    return [line for line in (shared / "hostile" / "own" / "url" / name).read_text().splitlines() if line.strip()]


async def test_hosts(shared: Path, server: LyingServer, client: Client, policy: Policies) -> None:
    closed, found = policy(allow=()), {}
    # No resolver may be asked for a name here; `test_address` judges what it would say of 0x7f.1.
    hosts = [host for host in listed(shared, "ssrf_hosts.txt") if "0x" not in host]
    assert len(hosts) > 30
    for host in hosts:
        reached = await client.fetch(Request(lane="a", url=f"http://{host}:{server.port}/ok"), closed)
        found[host] = reached.failure.code if isinstance(reached, Failed) else "reached"
    assert {host: code for host, code in found.items() if code not in REFUSED} == {}
    assert server.hits == []


async def test_redirects(shared: Path, server: LyingServer, client: Client, policy: Policies) -> None:
    found = {}
    targets = listed(shared, "redirect_targets.txt")
    assert len(targets) > 8
    for target in targets:
        server.answers["/away"] = [answer(status=302, headers={"Location": target})]
        reached = await client.fetch(Request(lane="a", url=server.url("/away")), policy())
        found[target] = reached.failure.code if isinstance(reached, Failed) else "reached"
    own = {"//127.0.0.1/", "/\\127.0.0.1/", "http:///path", "http://127.0.0.1/"}  # lead to the allowed address at most
    assert {target: code for target, code in found.items() if code not in REFUSED and target not in own} == {}
    assert own <= found.keys()


@pytest.mark.parametrize("coding", ["br", "zstd", "deflate", "gzip, br"])
async def test_codings_nobody_offered(server: LyingServer, client: Client, policy: Policies, coding: str) -> None:
    server.answers["/coded"] = [answer(b"\x28\xb5\x2f\xfd" + bytes(99), headers={"Content-Encoding": coding})]
    reached = await client.fetch(Request(lane="a", url=server.url("/coded")), policy())
    assert isinstance(reached, Failed)
    assert reached.failure.code == "source.encoding"
