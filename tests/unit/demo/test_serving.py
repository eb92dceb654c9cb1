"""Recorded OAI-PMH answers follow their own tokens to a real end."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from microharvest.demo.serving import REAL_FILES, serve_real
from microharvest.testing.feed_server import FeedServer


@pytest.fixture
def feeds(tmp_path: Path) -> Path:
    (tmp_path / "oai").mkdir()
    first, second = (tmp_path / name for name in REAL_FILES["real-edurep"])
    first.write_text("<OAI-PMH>one<resumptionToken>a|b^c</resumptionToken></OAI-PMH>", encoding="utf-8")
    second.write_text("<OAI-PMH>two<resumptionToken>d|e</resumptionToken></OAI-PMH>", encoding="utf-8")
    return tmp_path


async def read(url: str) -> str:
    import asyncio

    def get() -> str:
        with urlopen(url, timeout=5) as answer:
            return str(answer.read().decode())

    return await asyncio.to_thread(get)


async def test_tokens_lead_from_page_to_page_and_the_last_one_ends(feeds: Path) -> None:
    async with FeedServer() as server:
        absent = serve_real(server, feeds)
        base = server.url("/oai/real-edurep")
        assert "Identify" in await read(f"{base}?verb=Identify")
        first = await read(f"{base}?verb=ListRecords&metadataPrefix=oai_dc")
        last = await read(f"{base}?verb=ListRecords&resumptionToken={quote('a|b^c')}")
    assert "a|b^c" in first
    assert last == "<OAI-PMH>two<resumptionToken/></OAI-PMH>"
    assert set(absent) == set(REAL_FILES) - {"real-edurep"}
    assert all("is left out" in sentence for sentence in absent.values())
