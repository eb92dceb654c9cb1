"""A crawl killed halfway goes on where it was: every page is fetched once, but for those in flight."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import text

from microharvest.pipeline import Database
from microharvest.testing.feed_server import FeedServer
from tests.integration.stores import fresh_store
from tests.reliability.scenario import free_leases

PAGES = int(os.environ.get("SITE_PAGES", "300"))
CONCURRENCY = 4


def serve_site(server: FeedServer, pages: int) -> None:
    """A sitemap and its pages, one course on each."""
    for number in range(pages):
        course = {"@context": "https://schema.org", "@type": "Course", "name": f"Course {number}"}
        block = f'<script type="application/ld+json">{json.dumps(course)}</script>'
        server.add(f"/course/{number}", f"<html lang='en'>{block}</html>".encode(), content_type="text/html")
    urls = "".join(f"<url><loc>{server.url(f'/course/{number}')}</loc></url>" for number in range(pages))
    server.add("/sitemap.xml", f"<urlset>{urls}</urlset>".encode(), content_type="text/xml")


def write_config(folder: Path, url: str) -> Path:
    (folder / "sources").mkdir(parents=True)
    (folder / "sources" / "s.toml").write_text(
        f'title = "Site"\nprotocol = "site"\ndialect = "schema_org"\nlicence = "unknown"\nurl = "{url}"\n'
        f'[network]\nallow = ["127.0.0.0/8"]\nrate_per_s = 100000\nattempts = 2\nconcurrency = {CONCURRENCY}\n'
    )
    return folder


async def start_harvest(config: Path, store: str) -> asyncio.subprocess.Process:
    """The command itself, in a process group of its own."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "microharvest", "harvest", "s", "--config", str(config), "--store", store, "--json",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def visits(server: FeedServer) -> Counter[str]:
    return Counter(call.path for call in server.calls if call.path.startswith("/course/"))


@pytest.mark.parametrize("share", [0.25, 0.5])
async def test_a_killed_crawl_is_resumed(tmp_path: Path, share: float) -> None:
    store = f"sqlite:///{tmp_path / 'store.db'}"
    fresh_store(store).dispose()
    async with FeedServer() as server:
        serve_site(server, PAGES)
        config = write_config(tmp_path / "config", server.url("/sitemap.xml"))
        first = await start_harvest(config, store)
        while len(server.calls) < PAGES * share:
            assert first.returncode is None
            await asyncio.sleep(0.01)
        os.killpg(first.pid, signal.SIGKILL)
        await first.wait()
        before = visits(server)
        assert 0 < len(before) < PAGES
        free_leases(store)
        second = await start_harvest(config, store)
        out, _ = await second.communicate()
        after = visits(server)
    line = json.loads(out.splitlines()[-1])
    assert (second.returncode, line["outcome"], line["acceptance"]) == (0, "complete", "accepted")
    assert {name: count for name, count in line["counts"].items() if count} == {"seen": PAGES, "added": PAGES}
    assert len(after) == PAGES
    twice = [path for path, count in after.items() if count > 1]
    assert len(twice) <= CONCURRENCY
    assert max(after.values()) <= 2
    database = Database(store)
    with database.read() as connection:
        runs = connection.execute(text("SELECT count(*) FROM run")).scalar()
        records = connection.execute(text("SELECT count(*) FROM record WHERE status = 'active'")).scalar()
    database.dispose()
    assert (runs, records) == (1, PAGES)
    sys.stdout.write(f"{sum(after.values())} requests for {PAGES} pages, killed after {len(before)}\n")
