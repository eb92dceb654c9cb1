"""APIs page by page, and sites, on a bad day between two good ones: see `test_rare_files`."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from microharvest.harvest.report import exit_status
from microharvest.sources import load_sources
from microharvest.testing.feed_server import Answer, FeedServer
from tests.integration.stores import state
from tests.integration.test_bad_days import HEAD, ROWS, TABLES, N, codes, live, world
from tests.integration.test_harvest import World
from tests.integration.test_rare_files import said
from tests.integration.test_site import Site, page

__all__ = ["world"]

Serve = Callable[[web.Request], Awaitable[Answer]]


class Want:
    """Status and live records after the bad day, and a code that must be named; `same`: no record differs."""

    def __init__(self, status: int = 0, live: int | None = None, code: str = "", *, same: bool = True) -> None:
        self.status, self.live, self.code, self.same = status, live, code, same


def api(change: Callable[[int, dict[str, Any]], Any] = lambda _, said: said, rows: Any = None, **more: Any) -> Serve:
    """Ten rows a page; `change` gets the number of the page and what it says."""

    async def serve(request: web.Request) -> Answer:
        found = ROWS if rows is None else rows
        number = int(request.query.get("page", "1"))
        said = {"items": found[10 * number - 10 : 10 * number], "total": len(found)} | more
        answer = change(number, said)
        return answer if isinstance(answer, Answer) else Answer(body=json.dumps(answer).encode())

    return serve


def on(wanted: int, answer: Any) -> Callable[[int, dict[str, Any]], Any]:
    return lambda number, said: answer if number == wanted else said


PAGES: dict[str, tuple[Serve, Want]] = {
    "the total as text": (api(total="40"), Want()),
    "a total with a point": (api(total="40.0"), Want()),
    "a total of nothing": (api(total=None), Want()),
    "no total": (api(lambda _, said: {"items": said["items"]}), Want()),
    "a page of HTML": (api(on(3, Answer(body=b"<!doctype html><p>Busy"))), Want(4, N)),
    "a page without items": (api(on(3, {"items": [], "total": 40})), Want(4, N, "run.partial")),
    "a page of null": (api(on(3, {"items": None, "total": 40})), Want(4, N)),
    "an error with status 200": (api(on(2, {"error": "rate limit exceeded"})), Want(4, N)),
    "an object by key": (api(lambda _, said: said | {"items": {one["id"]: one for one in said["items"]}}), Want(3, N)),
    "the first page for all": (api(lambda _, said: said | {"items": ROWS[:10]}), Want(4, N)),
    "one page twice": (api(lambda number, said: said | {"items": ROWS[10:20]} if number == 3 else said), Want(4, N)),
    "half a page more": (
        api(lambda number, said: said | {"items": ROWS[10 * number - 10 : 10 * number + 5]}),
        Want(4, N, "run.partial"),
    ),
    "204 behind the end": (
        api(lambda number, said: Answer(status=204) if number > 4 else {"items": said["items"]}),
        Want(4, N),
    ),
    "500 behind the end": (
        api(lambda number, said: Answer(status=500) if number > 4 else {"items": said["items"]}),
        Want(4, N),
    ),
    "cut": (api(lambda number, said: Answer(body=json.dumps(said).encode()[:-9]) if number == 2 else said), Want(4, N)),
    "numbers for keys": (api(rows=[one | {"id": n} for n, one in enumerate(ROWS)]), Want(4, N, "hold.rekeyed")),
    "a byte order mark": (api(lambda _, said: Answer(body=b"\xef\xbb\xbf" + json.dumps(said).encode())), Want()),
    "newest first, one new": (
        api(
            lambda number, said: (
                said | {"items": [ROWS[0] | {"id": "new"}, *ROWS][10 * number - 10 : 10 * number]} | {"total": 41}
            )
        ),
        Want(0, N + 1, same=False),
    ),
}


@pytest.mark.parametrize("case", PAGES)
async def test_an_api(world: World, case: str) -> None:
    bad, want = PAGES[case]
    fetch = '[fetch]\npager = "page"\nselect = "items"\ntotal = "total"\nsize_param = "limit"\nsize = 10\n'
    config = world.configure(HEAD.format("pages") + TABLES, "/api", fetch)
    world.server.add("/api", api())
    assert (exit_status([await world.harvest(config)]), live(world)) == (0, N)
    before = said(world)
    world.server.add("/api", bad)
    second = await world.harvest(config)
    assert (exit_status([second]), live(world)) == (want.status, N if want.live is None else want.live), second
    assert not want.code or want.code in codes(second), second
    assert not want.same or said(world) == before, second
    world.server.add("/api", api())
    third = await world.harvest(config)
    assert (exit_status([third]), live(world)) == (0, N), third


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with FeedServer() as server:
        made = Site(server, f"sqlite:///{tmp_path / 'store.db'}", tmp_path)
        for number in range(20):
            put(made, number)
        yield made
        made.database.dispose()


def put(site: Site, number: int, body: bytes | Answer | None = None) -> None:
    path = f"/course/{number}"
    site.server.add(
        path, body or page(f"Kurs {number} über Öfen", own_id=site.server.url(path)), content_type="text/html"
    )
    site.lastmod[path] = ""
    site.list_pages()


def listed(site: Site, paths: list[str]) -> None:
    site.lastmod = dict.fromkeys(paths, "")
    site.list_pages()


def scripted(*blocks: str) -> bytes:
    scripts = "".join(f'<script type="application/ld+json">{one}</script>' for one in blocks)
    return f'<!DOCTYPE html><html lang="de"><head>{scripts}</head><body></body></html>'.encode()


def thing(site: Site, number: int, **more: Any) -> dict[str, Any]:
    known = {"@type": "Course", "@id": site.server.url(f"/course/{number}"), "name": f"Kurs {number} über Öfen"}
    return {"@context": "https://schema.org", **known, **more}


def all_pages(change: Callable[[Site, int], bytes]) -> Callable[[Site], None]:
    def spoil(site: Site) -> None:
        for number in range(20):
            put(site, number, change(site, number))

    return spoil


def one_page(body: bytes | Answer) -> Callable[[Site], None]:
    return lambda site: put(site, 7, body)


def to_login(site: Site) -> None:
    site.server.add("/login", SOFT_404, content_type="text/html")
    for number in range(20):
        site.server.add(f"/course/{number}", Answer(status=302, headers={"Location": "/login"}))


def slashes(site: Site) -> None:
    for number in range(20):
        same = page(f"Kurs {number} über Öfen", own_id=site.server.url(f"/course/{number}"))
        site.server.add(f"/course/{number}/", same, content_type="text/html")
    listed(site, [f"/course/{number}/" for number in range(20)])


SOFT_404 = b"<!DOCTYPE html><html><head><title>Not found</title></head><body>Gone</body></html>"
ROBOTS = b"User-agent: *\nDisallow: /\n"
SITES: dict[str, tuple[Callable[[Site], None], Want]] = {
    "a graph around it": (
        all_pages(lambda site, n: scripted(json.dumps({"@context": "https://schema.org", "@graph": [thing(site, n)]}))),
        Want(),
    ),
    "in a list": (all_pages(lambda site, n: scripted(json.dumps([thing(site, n)]))), Want()),
    "http for the context": (
        all_pages(lambda site, n: scripted(json.dumps(thing(site, n) | {"@context": "http://schema.org/"}))),
        Want(),
    ),
    "a block about the site beside it": (
        all_pages(
            lambda site, n: scripted(
                '{"@context": "https://schema.org", "@type": "WebSite", "name": "Haus"}', json.dumps(thing(site, n))
            )
        ),
        Want(),
    ),
    "beneath the page it stands on": (
        all_pages(
            lambda site, n: scripted(
                json.dumps({"@context": "https://schema.org", "@type": "WebPage", "mainEntity": thing(site, n)})
            )
        ),
        Want(),
    ),
    "a block about it twice": (
        all_pages(lambda site, n: scripted(json.dumps(thing(site, n)), json.dumps(thing(site, n)))),
        Want(),
    ),
    "comments and CDATA around it": (
        all_pages(lambda site, n: scripted(f"//<![CDATA[\n{json.dumps(thing(site, n))}\n//]]>")),
        Want(),
    ),
    "a comma too many in one": (
        one_page(scripted('{"@context": "https://schema.org", "@type": "Course", "name": "x",,}')),
        Want(0, 20, "feed.bad_json_ld"),
    ),
    "a comma too many everywhere": (
        all_pages(lambda *_: scripted('{"@type": "Course",,}')),
        Want(4, 20, "run.partial"),
    ),
    "a broken block beside another": (
        one_page(scripted('{"@type": "WebSite", "name": "Haus"}', '{"@type": "Course",,}')),
        Want(0, 20, "feed.kept_item"),
    ),
    "cut within its block": (
        one_page(b'<html><script type="application/ld+json">{"@type": "Course", "name": "Ku'),
        Want(4, 20),
    ),
    "a soft 404": (one_page(SOFT_404), Want(0, 19, "feed.no_json_ld", same=False)),
    "soft 404s everywhere": (all_pages(lambda *_: SOFT_404), Want(4, 20, "hold.empty")),
    "an empty page": (one_page(Answer(headers={"Content-Type": "text/html"})), Want(4, 20)),
    "a login for every page": (to_login, Want(4, 20, "hold.empty")),
    "a list that shrank": (
        lambda site: listed(site, [f"/course/{n}" for n in range(8)]),
        Want(4, 20, "hold.withdrawals"),
    ),
    "an empty list": (lambda site: listed(site, []), Want(4, 20, "hold.empty")),
    "a list of HTML": (
        lambda site: site.server.add("/sitemap.xml", SOFT_404, content_type="text/html"),
        Want(4, 20, "hold.empty"),
    ),
    "a list that was cut": (
        lambda site: site.server.add(
            "/sitemap.xml", b"<urlset><url><loc>http://127.0.0.1/a</loc></url>", content_type="text/xml"
        ),
        Want(3, 20),
    ),
    "addresses with a query": (lambda site: listed(site, [f"/course/{n}?utm_source=x" for n in range(20)]), Want()),
    "a slash at the end": (
        slashes,
        Want(),
    ),
    "other ids": (
        all_pages(lambda site, n: scripted(json.dumps(thing(site, n, **{"@id": f"https://new.example/{n}"})))),
        Want(4, 20, "hold.rekeyed"),
    ),
    "robots.txt forbids it all": (
        lambda site: site.server.add("/robots.txt", ROBOTS, content_type="text/plain"),
        Want(3, 20),
    ),
    "robots.txt is a page": (lambda site: site.server.add("/robots.txt", SOFT_404, content_type="text/html"), Want()),
    "one title for all": (
        all_pages(lambda site, n: scripted(json.dumps(thing(site, n, name="Kurs")))),
        Want(0, 20, same=False),
    ),
    "another type": (
        all_pages(lambda site, n: scripted(json.dumps(thing(site, n) | {"@type": "Product"}))),
        Want(4, 20),
    ),
}


@pytest.mark.parametrize("case", SITES)
async def test_a_site(site: Site, case: str) -> None:
    spoil, want = SITES[case]
    site.configure()
    source = site.folder / "config" / "sources" / "s.toml"
    source.write_text(source.read_text().replace("max_ratio = 1.0", "max_ratio = 0.3"))
    config = load_sources(site.folder / "config", {})["s"]
    assert (await site.harvest(config)).counts["added"] == 20
    before = state(site.database)
    spoil(site)
    second = await site.harvest(config)
    alive = sum(status == "active" for status, _ in state(site.database).values())
    assert (exit_status([second]), alive) == (want.status, 20 if want.live is None else want.live), second
    assert not want.code or want.code in codes(second), second
    assert not want.same or state(site.database) == before, second
    site.server.add("/robots.txt", Answer(status=404))
    site.lastmod.clear()
    for number in range(20):
        put(site, number)
    third = await site.harvest(config)
    assert (exit_status([third]), state(site.database)) == (0, before), third
