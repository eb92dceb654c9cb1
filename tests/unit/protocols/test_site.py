"""A site: lists of every kind, and the JSON-LD blocks of pages."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from microharvest.connectors.protocols.site.listing import written
from microharvest.connectors.protocols.site.reader import Options, Reader

from microharvest.clock import utc_now
from microharvest.kit import Body, Failure, Request
from tests.unit.protocols.answers import Read, answer

URL = "https://www.site.example/sitemap.xml"
NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
LIST = Request(lane="list", url=URL)
PAGE = Request(lane="pages", kind="item", url="https://www.site.example/a")


def urlset(*locs: str) -> str:
    return f"<urlset {NS}>" + "".join(f"<url><loc>{loc}</loc></url>" for loc in locs) + "</urlset>"


def read(folder: Path, content: bytes | str, request: Request = LIST, **options: Any) -> Read:
    own = Reader(msgspec.convert(options, Options), URL)
    return Read(own.parse(answer(folder, content, url=request.url), request))


def page(folder: Path, content: str, *, status: int = 200, **headers: str) -> Read:
    body = answer(folder, content, url=PAGE.url, status=status, **headers)
    return Read(Reader(Options(), URL).parse(body, PAGE))


class TestLists:
    def test_a_sitemap_leads_to_its_pages_once(self, tmp_path: Path) -> None:
        content = (
            f"<urlset {NS}><url><loc>\n https://www.site.example/a \n</loc><lastmod> 2026-01-02 </lastmod></url>"
            "<url><loc>https://site.example/Propädeutik+x</loc></url>"
            "<url><loc>https://www.site.example/a#top</loc></url>"
            "<url><loc>https://other.example/b</loc></url><url><loc>mailto:x</loc></url></urlset>"
        )
        found = read(tmp_path, content)
        assert [(one.lane, one.kind, one.url, one.conditional, one.carry) for one in found.follow] == [
            ("pages", "item", "https://www.site.example/a", True, {"lastmod": "2026-01-02"}),
            ("pages", "item", "https://site.example/Prop%C3%A4deutik+x", True, {}),
        ]
        assert found.codes == ["feed.repeated_item", "feed.foreign_item"]
        assert found.end is not None
        assert (found.ended, found.end.closed) == (True, True)
        assert len(read(tmp_path, content, same_host=False).follow) == 3

    def test_an_index_leads_to_sitemaps_in_the_same_lane(self, tmp_path: Path) -> None:
        content = f"<sitemapindex {NS}><sitemap><loc>https://www.site.example/1.xml.gz</loc></sitemap></sitemapindex>"
        found = read(tmp_path, content)
        (inner,) = found.follow
        assert (inner.lane, inner.kind, inner.depth, found.ended) == ("list", "list", 1, None)
        packed = gzip.compress(urlset("https://www.site.example/a").encode())
        assert [one.kind for one in read(tmp_path, packed, inner).follow] == ["item"]
        deep = msgspec.structs.replace(inner, depth=5)
        assert (read(tmp_path, content, deep).follow, read(tmp_path, content, deep).ended) == ([], False)
        assert read(tmp_path, f"<sitemapindex {NS}/>").ended is True

    def test_include_exclude_and_the_cap(self, tmp_path: Path) -> None:
        content = urlset(*(f"https://www.site.example/{kind}/{n}" for kind in ("course", "news") for n in range(4)))
        found = read(tmp_path, content, include=["/course/"], exclude=["/3$"])
        assert [one.url[-9:] for one in found.follow] == ["/course/0", "/course/1", "/course/2"]
        capped = read(tmp_path, content, max_pages=5)
        assert (len(capped.follow), capped.ended, capped.codes) == (5, False, ["feed.page_cap"])

    def test_text_and_html_lists(self, tmp_path: Path) -> None:
        found = read(tmp_path, "# courses\nhttps://www.site.example/a\n\nhttps://www.site.example/b\n")
        assert [one.url[-2:] for one in found.follow] == ["/a", "/b"]
        html = '<html><head><base href="/x/"></head><body><a href="a">A</a><a href="mailto:x">M</a></body></html>'
        found = read(tmp_path, html, kind="list")
        assert [one.url for one in found.follow] == ["https://www.site.example/x/a"]
        assert found.end is not None
        assert found.end.closed

    @pytest.mark.parametrize(
        ("content", "options", "refusal"),
        [
            ("<html></html>", {"kind": "sitemap"}, ("source.not_a_feed", "retry")),
            ("no addresses here", {}, ("source.not_a_feed", "retry")),
            ("<rss/>", {}, ("source.not_a_feed", "retry")),
            ("", {}, ("source.cut", "retry")),
        ],
    )
    def test_what_is_no_list(
        self, tmp_path: Path, content: str, options: dict[str, Any], refusal: tuple[str, str]
    ) -> None:
        assert read(tmp_path, content, **options).refusal == refusal

    def test_a_cut_sitemap_is_no_end(self, tmp_path: Path) -> None:
        content = urlset(*(f"https://www.site.example/{number}" for number in range(40)))
        for size in range(0, len(content), 97):
            found = read(tmp_path, content[:size])
            assert (found.refused is not None, found.ended) == (True, None)

    def test_options_are_checked(self) -> None:
        for options in ({"include": ["("]}, {"max_pages": 0}, {"sitemap": True}):
            with pytest.raises(msgspec.ValidationError):
                msgspec.convert(options, Options)

    def test_the_run_starts_with_the_list(self) -> None:
        own = Reader(Options(), URL)
        assert own.start({}, utc_now(), full=True) == [Request(lane="list", url=URL, conditional=True)]
        assert own.scope({}, full=False) == "full"
        assert own.peek(b"", LIST) == []


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ("/a b/ü?q=1%202#x", "https://www.site.example/a%20b/%C3%BC?q=1%202"),
        ("https://bücher.example:8080/x", "https://xn--bcher-kva.example:8080/x"),
        ("https://www.site.example/a\n  b", "https://www.site.example/ab"),
        ("https://www.site.example", "https://www.site.example/"),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("https://", None),
        ("https://[::1", None),
        ("  ", None),
    ],
)
def test_addresses(listed: str, expected: str | None) -> None:
    assert written(listed, URL) == expected


BLOCK = '<script type="application/ld+json">{"@type": "%s"}</script>'


class TestPages:
    def test_all_blocks_of_a_page_are_one_document(self, tmp_path: Path) -> None:
        content = (
            '<html><head><script type="Application/LD+JSON; charset=utf-8">{"@type": "Course", "name": "A &amp; B"}'
            '</script><script>var x = {"@type": "No"}</script></head><body>'
            '<script type="application/ld+json">[{"@type": "Event"}]</script></body></html>'
        )
        found = page(tmp_path, content)
        assert found.values == [[{"@type": "Course", "name": "A &amp; B"}, [{"@type": "Event"}]]]
        assert [one.url for one in found.documents] == [PAGE.url]
        assert found.end is not None
        assert (found.ended, found.end.closed, found.codes) == (True, True, [])

    @pytest.mark.parametrize(
        ("markup", "codes"),
        [
            ('<div itemscope itemtype="https://schema.org/Course">', ["feed.no_json_ld", "feed.microdata"]),
            ('<div typeof="schema:Course">', ["feed.no_json_ld", "feed.microdata"]),
            ('<div itemtype="https://schema.org/Organization">', ["feed.no_json_ld"]),
            (f'<i itemtype="http://schema.org/Course"></i>{BLOCK % "WebSite"}', ["feed.microdata"]),
            (f'<i itemtype="http://schema.org/Course"></i>{BLOCK % "Course"}', []),
        ],
    )
    def test_a_course_in_markup_alone_is_told(self, tmp_path: Path, markup: str, codes: list[str]) -> None:
        assert page(tmp_path, f"<html><body>{markup}</body></html>").codes == codes

    def test_a_page_without_blocks_and_one_with_a_bad_block(self, tmp_path: Path) -> None:
        found = page(tmp_path, "<html><body>nothing</body>")
        assert found.end is not None
        assert (found.codes, found.end.closed) == (["feed.no_json_ld"], False)
        found = page(tmp_path, '<html><script type="application/ld+json">{"a": nope}</script></html>')
        assert (found.codes, found.documents) == (["feed.bad_json_ld"], [])
        assert [(one.code, one.content) for one in found.rejected] == [("record.unmappable", b'{"a": nope}')]

    def test_a_page_cut_within_a_block_is_asked_again(self, tmp_path: Path) -> None:
        found = page(tmp_path, '<html><script type="application/ld+json">{"a": 1}')
        assert found.refusal == ("source.cut", "retry")

    def test_json_ld_itself(self, tmp_path: Path) -> None:
        assert page(tmp_path, '{"@type": "Course"}', content_type="application/ld+json").values == [{"@type": "Course"}]

    @pytest.mark.parametrize(
        ("status", "refusal"),
        [
            (404, ("source.not_found", "gone")),
            (410, ("source.not_found", "gone")),
            (500, ("source.http", "retry")),
            (403, ("source.unauthorised", "fatal")),
        ],
    )
    def test_error_statuses(self, tmp_path: Path, status: int, refusal: tuple[str, str]) -> None:
        assert page(tmp_path, "gone", status=status).refusal == refusal

    def test_failures(self) -> None:
        own = Reader(Options(), URL)
        assert own.failed(PAGE, Failure(code="source.not_found", status=404)).lane == "absent"
        assert own.failed(PAGE, Failure(code="source.timeout")).lane == "incomplete"
        assert own.failed(LIST, Failure(code="source.not_found", status=404)).lane == "incomplete"


@pytest.mark.shared
def test_real_sitemaps_and_pages(shared: Path) -> None:
    counts = {"oncampus-sitemap.xml": 11, "tess-gtn-sitemap.xml": 6}
    for name, count in counts.items():
        path = shared / "feeds" / "sitemaps" / name
        body = Body(path=path, url=URL, size=path.stat().st_size)
        found = Read(Reader(Options(same_host=False), URL).parse(body, LIST))
        assert (len(found.follow), found.ended) == (count, True)
        assert all(one.url.isascii() and " " not in one.url for one in found.follow)
    for path in sorted((shared / "feeds" / "webpages").glob("*.html")):
        found = Read(Reader(Options(), URL).parse(Body(path=path, url=URL, size=path.stat().st_size), PAGE))
        assert found.documents, path.name
        assert found.rejected == []


class TestManners:
    def test_robots_txt_as_a_list(self, tmp_path: Path) -> None:
        found = read(
            tmp_path, "User-agent: *\nDisallow: /x\nSITEMAP: https://www.site.example/a.xml\nSitemap: /b.xml\n"
        )
        assert [(one.kind, one.url) for one in found.follow] == [
            ("list", "https://www.site.example/a.xml"),
            ("list", "https://www.site.example/b.xml"),
        ]

    @pytest.mark.parametrize(
        ("lastmod", "settled"),
        [
            ("2026-11-20", True),
            ("2026-11-23", False),
            ("2026-11-24", False),
            ("2026-11-23T02:00:00Z", True),
            ("2026-11-23T04:00:00+00:00", False),
            ("2027-01-01", False),
            ("yesterday", False),
            ("", False),
        ],
    )
    def test_only_a_date_that_cannot_come_again_is_trusted(self, tmp_path: Path, lastmod: str, settled: bool) -> None:
        own = Reader(Options(lastmod="trust"), URL)
        (start,) = own.start({}, datetime(2026, 11, 24, 3, tzinfo=UTC), full=False)
        content = f"<urlset><url><loc>https://www.site.example/a</loc><lastmod>{lastmod}</lastmod></url></urlset>"
        (asked,) = Read(own.parse(answer(tmp_path, content, url=URL), start)).follow
        assert asked.carry.get("stamp") == (lastmod if settled else None)
        assert "stamp" not in read(tmp_path, content).follow[0].carry

    def test_a_forbidden_page_stays_as_it_was(self) -> None:
        own = Reader(Options(), URL)
        assert own.failed(PAGE, Failure(code="source.robots")).lane == "kept"
        assert own.failed(LIST, Failure(code="source.robots")).lane == "incomplete"
        assert own.obeys_robots
        assert not Reader(Options(robots="ignore"), URL).obeys_robots

    def test_a_page_tells_its_address_and_its_language(self, tmp_path: Path) -> None:
        block = '<script type="application/ld+json">{"@type": "Course"}</script>'
        (document,) = page(tmp_path, f'<html lang="fi">{block}</html>').documents
        assert (document.native_id, document.language) == (PAGE.url, "fi")
        (document,) = page(tmp_path, f"<html>{block}{block}</html>").documents
        assert (len(document.value), document.native_id, document.language) == (2, PAGE.url, None)
