"""Every behaviour of the shared evil server has a typed outcome, and leaves nothing in the spool."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from microharvest.harvest.fetch.client import Client, Failed, Fetched
from microharvest.kit.protocol import Request
from tests.unit.harvest.fetch.conftest import Policies
from tests.unit.harvest.fetch.test_client import left_in

pytestmark = pytest.mark.shared
OUTCOMES = {
    **dict.fromkeys(("ok", "gz1g_raw", "cl_short_ka", "hdr_lf_inject", "hdr_fold", "100_then_ok", "cookies",
                     "redir_body"), "length"),
    "chunk_ext": "chunked",
    **dict.fromkeys(("no_cl_close", "no_cl_rst"), "none"),
    **dict.fromkeys(("gz1g", "gzmembers"), "source.bomb"),
    **dict.fromkeys(("gzgz", "gzcrc", "gzgarbage", "notgz"), "source.encoding"),
    **dict.fromkeys(("gztrunc_cl", "gztrunc_close", "cl_long", "chunk_trunc", "chunk_noend"), "source.cut"),
    **dict.fromkeys(("endless", "endless_chunked"), "source.too_large"),
    "drip": "source.too_slow",
    **dict.fromkeys(("drip_headers", "hang", "hang_body", "1xx"), "source.timeout"),
    **dict.fromkeys(("cl_short", "chunk_bad", "trailers", "cl_and_te", "dup_cl", "neg_cl", "big_cl", "hdr_many",
                     "hdr_129", "hdr_big", "hdr_9k", "hdr_endless", "hdr_nul", "status_long", "garbage", "http09",
                     "101", "204cl"), "source.protocol"),
    "empty": "source.reset",
    "304": "source.http",
    "loop": "source.redirect",
    "r?http%3A%2F%2F169.254.169.254%2F": "source.address",
    "r?file%3A%2F%2F%2Fetc%2Fpasswd": "source.redirect",
}  # fmt: skip
NOT_OFFERED = {"br1g", "zstd1g"}  # need libraries to pack them


@pytest.fixture
async def evil(shared: Path) -> AsyncIterator[Any]:
    """(the module, its port); the GiB of its bombs is cut to 64 MiB, which is bomb enough."""
    spec = importlib.util.spec_from_file_location("evil_prototype", shared / "prototypes" / "evil.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    bombs = {layers: module.gz_bomb(64, layers) for layers in (1, 2)}  # packed before anybody's time runs
    module.gz_bomb = lambda mib, layers=1: bombs[layers]
    server, port = await module.start()
    yield module, port
    server.close()
    talks = [task for task in asyncio.all_tasks() if "handle" in str(task.get_coro())]
    for task in talks:
        task.cancel()
    await asyncio.gather(*talks, return_exceptions=True)


async def test_outcomes(evil: Any, client: Client, policy: Policies, spool: Path) -> None:
    module, port = evil
    named = set(re.findall(r"path=='/([a-z0-9_]+)'", inspect.getsource(module)))
    assert named - NOT_OFFERED == {one for one in OUTCOMES if one not in {"loop"} and not one.startswith("r?")}
    caps = {"max_wire_bytes": 4_000_000, "max_bytes": 64_000_000}
    hurried = policy(**caps, deadline_s=1.0, read_s=0.5, min_rate_window_s=0.3)
    slow = policy(deadline_s=60.0, read_s=30.0, min_rate_window_s=0.7)
    unhurried = policy(**caps, deadline_s=60.0, read_s=30.0)  # what is not a matter of time must not become one
    found: dict[str, str] = {}
    for path in OUTCOMES:
        answer = await client.fetch(
            Request(lane="a", url=f"http://127.0.0.1:{port}/{path}"),
            slow if path == "drip" else hurried if OUTCOMES[path] == "source.timeout" else unhurried,
        )
        if isinstance(answer, Fetched):
            found[path] = answer.body.proof
            answer.body.path.unlink()
        else:
            assert isinstance(answer, Failed)
            found[path] = answer.failure.code
        assert left_in(spool) == []
    assert found == OUTCOMES
