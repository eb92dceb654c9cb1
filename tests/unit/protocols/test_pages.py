"""An API page by page: every way to go on, every way to end, and nothing taken for an end that is none."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from microharvest.connectors.protocols.pages.reader import Options, Reader

from microharvest.kit import Failure, Request
from tests.unit.protocols.answers import Read, answer

URL = "https://api.example/courses"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
Server = Callable[[Request], "tuple[Any, dict[str, str]] | tuple[Any, dict[str, str], int]"]


class Walk:
    """A whole list read from a server, as the engine would: page after page, a request asked twice is a loop."""

    def __init__(self, folder: Path, server: Server, *, url: str = URL, limit: int = 200, **options: Any) -> None:
        self.reader = Reader(msgspec.convert(options, Options), url)
        self.requests: list[Request] = []
        self.values: list[Any] = []
        self.codes: list[str] = []
        self.ended: bool | None = None
        self.totals: list[int | None] = []
        self.refusal: tuple[str, str] | None = None
        pending = self.reader.start({}, NOW, full=True)
        while pending and len(self.requests) < limit:
            request = pending.pop()
            assert request.lane == "pages"
            if request.key in {one.key for one in self.requests}:
                self.ended = False
                break
            self.requests.append(request)
            content, headers, *status = server(request)
            text = content if isinstance(content, str | bytes) else json.dumps(content)
            headers = {name.replace("-", "_"): value for name, value in headers.items()}
            body = answer(folder, text, url=request.url, status=status[0] if status else 200, **headers)
            found = Read(self.reader.parse(body, request))
            self.values += found.values
            self.codes += found.codes
            self.refusal = found.refusal
            self.totals += [one.total for one in found.evidence]
            self.ended = found.ended
            pending += found.follow


def query(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}


def items(*numbers: int) -> list[dict[str, Any]]:
    return [{"id": number, "title": f"Course {number}"} for number in numbers]


def numbered(pages: list[list[Any]], *, past: Any = None, param: str = "page", wrap: str | None = "items") -> Server:
    """Pages by number from 1; `past` is what the server gives behind them."""

    def serve(request: Request) -> Any:
        number = int(query(request)[param])
        page = pages[number - 1] if number <= len(pages) else past
        return ({wrap: page, "at": str(request.depth)} if wrap else page), {}

    return serve


class TestNextLinks:
    @pytest.mark.parametrize(
        ("envelope", "headers"),
        [
            ({"links": {"next": "?p=2"}}, {}),
            ({"links": {"next": {"href": "/courses?p=2", "meta": {}}}}, {}),
            ({"_links": {"next": {"href": URL + "?p=2"}}}, {}),
            ({"links": [{"rel": "self", "href": "x"}, {"rel": "next", "href": "?p=2"}]}, {}),
            ({"next": "?p=2"}, {}),
            ({"@odata.nextLink": "?p=2"}, {}),
            ({"next_page_url": "?p=2"}, {}),
            ({"paging": {"next": "?p=2"}}, {}),
            ({}, {"link": f'<{URL}>; rel="self", <{URL}?p=2>; title="a, b"; rel="prev next"'}),
            ({}, {"link": "<?p=2>; rel=next"}),
            ({}, {"link": '<?p=2>;REL="NEXT"'}),
        ],
    )
    def test_wherever_it_stands(self, tmp_path: Path, envelope: dict[str, Any], headers: dict[str, str]) -> None:
        def serve(request: Request) -> Any:
            last = "p=2" in request.url
            data = {"data": items(2 if last else 1)}
            return (data | {"links": {"next": None}}, {}) if last else (data | envelope, headers)

        walk = Walk(tmp_path, serve, select="data")
        assert ([one.url for one in walk.requests], walk.ended) == ([URL, URL + "?p=2"], True)
        assert [one["id"] for one in walk.values] == [1, 2]

    @pytest.mark.parametrize("said", [None, "", False, 2, {"count": 3}, [], {"href": None}])
    def test_what_is_no_address_is_the_end(self, tmp_path: Path, said: Any) -> None:
        walk = Walk(tmp_path, lambda _: ({"data": items(1), "next": said}, {}), select="data")
        assert (len(walk.requests), walk.ended) == (1, True)

    def test_at_a_path_of_its_own(self, tmp_path: Path) -> None:
        def serve(request: Request) -> Any:
            return {"d": {"results": items(request.depth), "more": {"uri": "?p=2"} if request.depth == 0 else None}}, {}

        walk = Walk(tmp_path, serve, select="d.results", next="d.more")
        assert (len(walk.values), walk.ended) == (2, True)

    @pytest.mark.parametrize("link", ["https://evil.example/x", "http://api.example/courses?p=2", "file:///etc/passwd"])
    def test_a_link_elsewhere_is_not_followed(self, tmp_path: Path, link: str) -> None:
        walk = Walk(tmp_path, lambda _: ({"data": items(1), "next": link}, {}), select="data")
        assert (len(walk.requests), walk.ended, walk.codes) == (1, False, ["feed.foreign_item"])

    def test_an_empty_page_with_a_link_goes_on_but_not_for_ever(self, tmp_path: Path) -> None:
        def serve(request: Request) -> Any:
            full = request.depth in (0, 3)
            return {"data": items(request.depth) if full else [], "next": f"?p={request.depth + 1}"}, {}

        walk = Walk(tmp_path, serve, select="data")
        assert (len(walk.values), walk.ended, walk.codes) == (2, False, ["feed.loop"])
        assert len(walk.requests) < 20

    @given(start=st.integers(0, 6), length=st.integers(1, 9))
    def test_loops_of_any_length_are_noticed(self, tmp_path_factory: Any, start: int, length: int) -> None:
        """The addresses are new every time, the pages are not."""

        def serve(request: Request) -> Any:
            at = request.depth if request.depth < start else start + (request.depth - start) % length
            return {"data": items(at), "time": request.depth, "next": f"?p={request.depth + 1}"}, {}

        walk = Walk(tmp_path_factory.mktemp("loop"), serve, select="data")
        assert (walk.ended, walk.codes) == (False, ["feed.loop"])
        assert len(walk.requests) <= 3 * (start + length) + 3


class TestNumbers:
    def test_until_a_page_is_empty(self, tmp_path: Path) -> None:
        walk = Walk(tmp_path, numbered([items(1, 2), items(3), items(4)], past=[]), pager="page", select="items")
        assert [one["id"] for one in walk.values] == [1, 2, 3, 4]  # a short page is no end
        assert ([query(one)["page"] for one in walk.requests], walk.ended) == (["1", "2", "3", "4"], True)

    @pytest.mark.parametrize("past", [items(4), items(1, 2)])
    def test_past_the_end_a_server_repeats_its_last_page_or_its_first(self, tmp_path: Path, past: Any) -> None:
        walk = Walk(tmp_path, numbered([items(1, 2), items(3), items(4)], past=past), pager="page", select="items")
        assert ([one["id"] for one in walk.values], walk.ended, walk.codes) == ([1, 2, 3, 4], True, [])

    def test_a_parameter_nobody_reads_is_no_end(self, tmp_path: Path) -> None:
        walk = Walk(tmp_path, lambda _: ({"items": items(1, 2)}, {}), pager="page", select="items", param="pg")
        assert (len(walk.requests), walk.ended, walk.codes) == (2, False, ["feed.loop"])

    def test_a_short_page_ends_only_where_that_is_said(self, tmp_path: Path) -> None:
        options = {"pager": "page", "select": "items", "size_param": "n", "size": 2}
        server = numbered([items(1, 2), items(3), items(4)], past=[])
        assert len(Walk(tmp_path, server, short_page_ends=True, **options).values) == 3
        walk = Walk(tmp_path, server, **options)
        assert (len(walk.values), query(walk.requests[2])) == (4, {"n": "2", "page": "3"})

    def test_headers_announce_pages_and_items(self, tmp_path: Path) -> None:
        def serve(request: Request) -> Any:
            return items(int(query(request)["page"])), {"x-wp-total": "3", "x-wp-totalpages": "3"}

        walk = Walk(tmp_path, serve, pager="page", url=URL + "?per_page=1&page=1&x=%C3%A9#f")
        assert ([query(one)["page"] for one in walk.requests], walk.ended, walk.totals[-1]) == (
            ["1", "2", "3"],
            True,
            3,
        )
        assert walk.requests[1].url == URL + "?per_page=1&page=2&x=%C3%A9#f"

    def test_the_flag_decides_and_must_be_there(self, tmp_path: Path) -> None:
        def serve(request: Request) -> Any:
            number = int(query(request)["page"])
            return {"items": items(number) if number != 2 else [], "more": number < 3}, {}

        walk = Walk(tmp_path, serve, pager="page", select="items", more="more")
        assert ([one["id"] for one in walk.values], walk.ended) == ([1, 3], True)
        assert Walk(tmp_path, serve, pager="page", select="items", more="hasNext").refusal == (
            "source.protocol",
            "fatal",
        )

    def test_statuses_past_the_end(self, tmp_path: Path) -> None:
        def serve(request: Request) -> Any:
            number = int(query(request)["page"])
            return (items(number), {}) if number < 3 else ({"code": "rest_post_invalid_page_number"}, {}, 400)

        assert Walk(tmp_path, serve, pager="page", past_end=[400]).ended is True
        assert Walk(tmp_path, serve, pager="page").refusal == ("source.http", "fatal")
        first = Walk(tmp_path, lambda _: ({}, {}, 400), pager="page", past_end=[400])
        assert first.refusal == ("source.http", "fatal")

    def test_the_cap(self, tmp_path: Path) -> None:
        walk = Walk(tmp_path, lambda one: (items(one.depth), {}), pager="page", max_pages=5)
        assert (len(walk.values), walk.ended, walk.codes) == (5, False, ["feed.page_cap"])


class TestOffsets:
    def test_by_items_until_the_total(self, tmp_path: Path) -> None:
        def serve(request: Request) -> Any:
            at = int(query(request)["start"])
            return {"total": "5", "rows": items(*range(at, min(at + 2, 5)))}, {}

        walk = Walk(tmp_path, serve, pager="offset", param="start", select="rows", total="total")
        assert ([query(one)["start"] for one in walk.requests], walk.ended, walk.totals[-1]) == (
            ["0", "2", "4"],
            True,
            5,
        )
        ignored = Walk(
            tmp_path, serve, pager="offset", param="start", select="rows", total="total", declared_total="ignore"
        )
        assert (len(ignored.requests), ignored.ended, ignored.totals[-1]) == (4, True, None)

    def test_in_a_body(self, tmp_path: Path) -> None:
        asked = []

        def serve(request: Request) -> Any:
            asked.append(json.loads(request.body))
            assert (request.method, request.headers["Content-Type"]) == ("POST", "application/json")
            at = asked[-1]["page"]["from"]
            return {"hits": items(*range(at, min(at + 2, 3)))}, {}

        body = {"query": "*", "page": {"size": 2}}
        walk = Walk(tmp_path, serve, pager="offset", param="page.from", select="hits", method="POST", body=body)
        assert [one["page"] for one in asked] == [
            {"size": 2, "from": 0},
            {"size": 2, "from": 2},
            {"size": 2, "from": 3},
        ]
        assert (walk.ended, body["page"]) == (True, {"size": 2})


class TestTokens:
    def test_a_token_leads_on(self, tmp_path: Path) -> None:
        def serve(request: Request) -> Any:
            at = {"": 0, "a/+b": 1, "17": 2}[query(request).get("cursor", "")]
            return {"data": items(at), "meta": {"token": ["a/+b", 17, None][at]}}, {}

        walk = Walk(tmp_path, serve, pager="cursor", next="meta.token", select="data")
        assert ([one["id"] for one in walk.values], walk.ended) == ([0, 1, 2], True)

    def test_the_same_token_again_is_a_loop(self, tmp_path: Path) -> None:
        def serve(request: Request) -> Any:
            return {"data": items(request.depth), "token": "same"}, {}

        assert Walk(tmp_path, serve, pager="cursor", next="token", select="data").ended is False


class TestContent:
    @pytest.mark.parametrize(
        ("content", "refusal"),
        [
            ("<html><body>moved</body></html>", ("source.not_a_feed", "retry")),
            ("", ("source.cut", "retry")),
            ('{"data": [1', ("source.cut", "retry")),
            ('{"error": "down"}', ("source.not_a_feed", "retry")),
            ('{"error": "down", "data": []}', ("source.not_a_feed", "retry")),
            ('{"items": []}', ("source.not_a_feed", "retry")),
            ('{"data": {"id": 1}}', ("source.not_a_feed", "retry")),
            ('{"data": [1 2]}', ("source.protocol", "fatal")),
            ("<!DOCTYPE a []><a><data/></a>", ("source.protocol", "fatal")),
        ],
    )
    def test_what_is_no_page_is_refused(self, tmp_path: Path, content: str, refusal: tuple[str, str]) -> None:
        walk = Walk(tmp_path, lambda _: (content, {}), select="data")
        assert (walk.refusal, walk.values) == (refusal, [])

    def test_a_failed_page_leaves_the_list_open(self) -> None:
        reader = Reader(Options(), URL)
        assert (
            reader.failed(Request(lane="pages", url=URL), Failure(code="source.http", status=502)).lane == "incomplete"
        )
        assert reader.peek(b"", Request(lane="pages", url=URL)) == []
        assert reader.scope({}, full=False) == "full"

    def test_items_that_are_none_are_rejected(self, tmp_path: Path) -> None:
        body = answer(tmp_path, '[{"id": 1}, 7, {"id": NaN}, {"id": 2, "id": 3}]', url=URL)
        found = Read(Reader(Options(), URL).parse(body, Request(lane="pages", url=URL)))
        assert (found.values, len(found.rejected), found.ended) == ([{"id": 1}, {"id": 3}], 2, True)
        assert found.codes == ["feed.duplicate_key"]
        broken = answer(tmp_path, '[{"id": 1}, {"id": "a"b"c"}]', url=URL)
        found = Read(Reader(Options(), URL).parse(broken, Request(lane="pages", url=URL)))
        assert (found.values, found.codes, found.ended) == ([{"id": 1}], ["feed.broken_member"], False)

    def test_many_items_come_in_batches(self, tmp_path: Path) -> None:
        walk = Walk(tmp_path, lambda _: (items(*range(950)), {}))
        assert [one["id"] for one in walk.values] == list(range(950))

    def test_xml_pages(self, tmp_path: Path) -> None:
        def serve(request: Request) -> Any:
            number = request.depth + 1
            last = "" if number == 3 else f"<paging><next url='?p={number + 1}'/></paging>"
            return f"<r xmlns='urn:x'><total n='3'/><c id='{number}'><c/></c>{last}</r>", {}

        walk = Walk(tmp_path, serve, select="c", next="paging.next.@url", total="total.@n")
        assert (len(walk.requests), walk.ended, walk.totals) == (3, True, [3, 3, 3])


@pytest.mark.parametrize(
    "options",
    [
        {"pager": "cursor"}, {"size": 5}, {"size_param": "n"}, {"short_page_ends": True}, {"body": {"a": 1}},
        {"max_pages": 0}, {"pager": "magic"}, {"first_page": -1},
    ],
)  # fmt: skip
def test_options_are_checked(options: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(options, Options)


KOUTA = {"select": "hits", "total": "total", "pager": "page"}
JSON_API = "https://api.example/api/jsonapi/channel/v1/edusources/repoItems?page[size]=25&page[number]=2"


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "options", "count", "total", "next_url"),
    [
        ("oai/sharekit-api.initial.0.json", {"select": "data", "total": "meta.totalCount"}, 9, 2246, JSON_API),
        (
            "kouta/search-koulutukset-all.json",
            {"select": "hits", "total": "total", "pager": "page"},
            20,
            2274,
            URL + "?page=2",
        ),
    ],
)
def test_recorded_pages(
    shared: Path, tmp_path: Path, file: str, options: dict[str, Any], count: int, total: int, next_url: str
) -> None:
    reader = Reader(msgspec.convert(options, Options), URL)
    (first,) = reader.start({}, NOW, full=True)
    found = Read(reader.parse(answer(tmp_path, (shared / "feeds" / file).read_bytes(), url=first.url), first))
    assert (len(found.values), found.evidence[-1].total) == (count, total)
    assert [one.url for one in found.follow] == [next_url]
