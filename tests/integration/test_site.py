"""Whole runs over a site: robots.txt, conditional visits, pages that go and move, and a crawl that is interrupted."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from msgspec import json
from sqlalchemy import text

from microharvest.harvest.engine import Engine, RunOptions
from microharvest.harvest.report import RunReport, exit_status
from microharvest.settings import HarvestSettings, Settings
from microharvest.sources import SourceConfig, load_sources
from microharvest.testing.feed_server import Answer, FeedServer
from tests.integration.stores import fresh_store, state

HEAD = 'title = "Site"\nprotocol = "site"\ndialect = "schema_org"\nlicence = "unknown"\n'
NETWORK = '[network]\nallow = ["127.0.0.0/8"]\nrate_per_s = 100000\nattempts = 1\n'
AT_ONCE = '[withdraw]\nruns = 1\ngrace = "P0D"\nmax_ratio = 1.0\n'


def page(title: str, *, own_id: str = "", lang: str = "de") -> bytes:
    known = f'"@id": "{own_id}", ' if own_id else ""
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><script type="application/ld+json">'
        f'{{"@context": "https://schema.org", "@type": "Course", {known}"name": "{title}"}}'
        "</script></head><body></body></html>"
    ).encode()


class Site:
    """Courses behind a sitemap; `lastmod` by path, where there is one."""

    def __init__(self, server: FeedServer, url: str, folder: Path) -> None:
        self.server, self.folder, self.database = server, folder, fresh_store(url)
        self.settings = Settings(store=url, spool=str(folder / "spool"), harvest=HarvestSettings(inline=True))
        self.lastmod: dict[str, str] = {}
        self.now = datetime(2026, 11, 1, 12, tzinfo=UTC)

    def put(self, path: str, title: str, lastmod: str = "", **kind: str) -> None:
        self.server.add(path, page(title, **kind), content_type="text/html")
        self.lastmod[path] = lastmod
        self.list_pages()

    def list_pages(self) -> None:
        dated = ((path, f"<lastmod>{when}</lastmod>" if when else "") for path, when in self.lastmod.items())
        urls = "".join(f"<url><loc>{self.server.url(path)}</loc>{when}</url>" for path, when in dated)
        xml = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
        self.server.add("/sitemap.xml", xml.encode(), content_type="text/xml")

    def configure(self, fetch: str = "", path: str = "/sitemap.xml") -> SourceConfig:
        sources = self.folder / "config" / "sources"
        sources.mkdir(parents=True, exist_ok=True)
        (sources / "s.toml").write_text(f'url = "{self.server.url(path)}"\n{HEAD}{NETWORK}{AT_ONCE}[fetch]\n{fetch}\n')
        return load_sources(self.folder / "config", {})["s"]

    async def harvest(self, config: SourceConfig, **options: Any) -> RunReport:
        self.now += timedelta(days=1)
        self.server.calls.clear()
        async with Engine(self.database, self.settings, environ={}, clock=lambda: self.now) as engine:
            return await engine.harvest(config, RunOptions(**options))

    def asked(self) -> list[str]:
        return [call.path for call in self.server.calls if call.path not in {"/robots.txt", "/sitemap.xml"}]


def title_of(site: Site, path: str) -> dict[str, str]:
    query = text("SELECT v.doc FROM record r JOIN version v ON v.id = r.head WHERE r.native_id = :id")
    with site.database.read() as connection:
        doc = connection.execute(query, {"id": site.server.url(path)}).scalar_one()
    titles: dict[str, str] = json.decode(bytes(doc))["title"]
    return titles


def some(report: RunReport) -> dict[str, int]:
    return {name: count for name, count in report.counts.items() if count}


@pytest.fixture
async def site(store_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with FeedServer() as server:
        made = Site(server, store_url, tmp_path)
        for number in range(5):
            made.put(f"/course/{number}", f"Kurs {number}")
        yield made
        made.database.dispose()


async def test_unchanged_pages_answer_304_and_a_page_that_is_gone_is_absent(site: Site) -> None:
    config = site.configure()
    assert some(await site.harvest(config)) == {"seen": 5, "added": 5}
    assert title_of(site, "/course/0") == {"de": "Kurs 0"}
    assert some(await site.harvest(config)) == {"seen": 5, "unchanged": 5}
    assert all("if-none-match" in call.headers for call in site.server.calls if call.path.startswith("/course"))
    site.server.break_path("/course/1", 410)
    site.server.break_path("/course/2", 503)
    report = await site.harvest(config)
    assert (report.outcome, report.code, some(report)) == ("partial", "source.throttled", {"seen": 3, "unchanged": 3})
    site.server.mend_path("/course/2")
    report = await site.harvest(config)
    assert (report.outcome, some(report)) == ("complete", {"seen": 4, "unchanged": 4, "withdrawn": 1})


async def test_what_robots_txt_forbids_stays_as_it_was(site: Site) -> None:
    config = site.configure()
    await site.harvest(config)
    site.server.add("/robots.txt", b"User-agent: *\nDisallow: /course/3\nDisallow: /new\n", content_type="text/plain")
    site.put("/new", "Neu")
    report = await site.harvest(config, full=True)
    assert (report.outcome, some(report)) == ("complete", {"seen": 5, "unchanged": 5})
    assert report.issues["feed.kept_item"] == 2
    assert sorted(site.asked()) == ["/course/0", "/course/1", "/course/2", "/course/4"]
    site.server.add("/robots.txt", b"User-agent: *\nDisallow: /\nAllow: /sitemap.xml\n", content_type="text/plain")
    report = await site.harvest(config)
    assert (report.outcome, exit_status([report]), report.code) == ("partial", 4, "run.partial")
    assert report.because == "robots.txt forbids every page of 'pages'."
    site.server.add("/robots.txt", Answer(status=500))
    report = await site.harvest(config)
    assert (report.outcome, exit_status([report]), report.code) == ("failed", 3, "source.robots")
    assert {status for status, _ in state(site.database).values()} == {"active"}
    config = site.configure('robots = "ignore"')
    assert some(await site.harvest(config)) == {"seen": 6, "added": 1, "unchanged": 5}


async def test_a_trusted_lastmod_saves_the_visit_but_never_in_a_full_harvest(site: Site) -> None:
    config = site.configure('lastmod = "trust"')
    site.put("/course/0", "Kurs 0", "2026-10-01")
    site.put("/course/1", "Kurs 1", "2026-10-01T10:00:00+02:00")
    site.put("/course/2", "Kurs 2", "2026-11-02")  # today: it may change again under the same date
    site.put("/course/3", "Kurs 3", "lately")
    assert some(await site.harvest(config)) == {"seen": 5, "added": 5}
    site.put("/course/0", "Kurs 0, anders", "2026-10-01")  # nobody told the sitemap
    site.put("/course/1", "Kurs 1, anders", "2026-11-02T09:00:00Z")
    report = await site.harvest(config)
    assert sorted(site.asked()) == ["/course/1", "/course/2", "/course/3", "/course/4"]
    assert (report.outcome, some(report)) == ("complete", {"seen": 5, "changed": 1, "unchanged": 4})
    assert site.lastmod["/course/0"] == "2026-10-01"
    report = await site.harvest(config)
    assert "/course/0" not in site.asked()
    assert (report.outcome, some(report)) == ("complete", {"seen": 5, "unchanged": 5})
    report = await site.harvest(config, full=True)
    assert len(site.asked()) == 5
    assert some(report) == {"seen": 5, "changed": 1, "unchanged": 4}


async def test_by_default_lastmod_saves_nothing(site: Site) -> None:
    config = site.configure()
    site.put("/course/0", "Kurs 0", "2026-10-01")
    await site.harvest(config)
    site.put("/course/0", "Kurs 0, anders", "2026-10-01")
    assert some(await site.harvest(config)) == {"seen": 5, "changed": 1, "unchanged": 4}


async def test_moved_pages_and_pages_listed_twice_are_one_record(site: Site) -> None:
    config = site.configure()
    for number in (0, 1):
        site.put(f"/course/{number}", f"Kurs {number}", own_id=site.server.url(f"/course/{number}"))
    await site.harvest(config)
    site.server.add("/old", Answer(status=301, headers={"Location": "/course/0"}))
    site.lastmod["/old"] = ""
    site.put("/course/1?from=mail", "Kurs 1", own_id=site.server.url("/course/1"))
    report = await site.harvest(config)
    assert (report.outcome, some(report)) == ("complete", {"seen": 5, "unchanged": 5})
    assert "record.duplicate" not in report.issues
    assert len(state(site.database)) == 5


async def test_the_first_listed_of_two_pages_wins_however_late_it_answers(site: Site) -> None:
    config = site.configure()
    await site.harvest(config)
    site.put("/copy", "Abschrift", own_id=site.server.url("/course/4"))

    async def late(request: web.Request) -> Answer:
        await asyncio.sleep(0.5)
        assert "If-None-Match" in request.headers
        return Answer(status=304)

    site.server.add("/course/4", late)
    report = await site.harvest(config)
    assert (report.outcome, some(report)) == ("complete", {"seen": 5, "unchanged": 5})
    assert title_of(site, "/course/4") == {"de": "Kurs 4"}


async def test_robots_txt_may_be_the_list_and_sitemaps_may_be_nested_and_packed(site: Site) -> None:
    index = f"<sitemapindex><sitemap><loc>{site.server.url('/part.xml.gz')}</loc></sitemap></sitemapindex>"
    urls = "".join(f"<url><loc>{site.server.url(path)}</loc></url>" for path in site.lastmod)
    site.server.add("/index.xml", index.encode(), content_type="text/xml")
    site.server.add("/part.xml.gz", gzip.compress(f"<urlset>{urls}</urlset>".encode()), content_type="application/gzip")
    robots = f"User-agent: *\nDisallow: /course/4\nSitemap: {site.server.url('/index.xml')}\n"
    site.server.add("/robots.txt", robots.encode(), content_type="text/plain")
    config = site.configure(path="/robots.txt")
    assert some(await site.harvest(config)) == {"seen": 4, "added": 4}
