"""OAI-PMH: exact results on own pages, each misbehaviour of servers that is answered, and what must never happen."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from microharvest.connectors.protocols.oai_pmh.lanes import base_url, parse_duration, parse_moment, single_request
from microharvest.connectors.protocols.oai_pmh.page import ListPage, token_in_tail
from microharvest.connectors.protocols.oai_pmh.reader import Options, Reader

from microharvest.kit import Body, Failure, Next, Request, record_from_xml
from microharvest.kit.record import Names
from tests.unit.protocols.answers import Read, answer

BASE = "https://feed.example/oai"
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
ENVELOPE = (
    '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-11-24T03:00:05Z</responseDate>'
    '<request verb="ListRecords">https://feed.example/oai</request>{}</OAI-PMH>'
)
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


def record(number: int, title: str | None = None, *, deleted: bool = False, metadata: bool = True) -> str:
    status = ' status="deleted"' if deleted else ""
    payload = (
        '<metadata><oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{title or f'Title {number}'}</dc:title></oai_dc:dc></metadata>"
    )
    return (
        f"<record><header{status}><identifier>oai:x:{number}</identifier><datestamp>2025-01-01</datestamp></header>"
        f"{payload if metadata and not deleted else ''}</record>"
    )


def page(*records: str, token: str | None = None, attributes: str = "") -> str:
    written = "" if token is None else f"<resumptionToken{attributes}>{token}</resumptionToken>"
    return DECLARATION + ENVELOPE.format(f"<ListRecords>{''.join(records)}{written}</ListRecords>")


def error(code: str, text: str = "") -> str:
    return DECLARATION + ENVELOPE.format(f'<error code="{code}">{text}</error>')


def reader(**options: Any) -> Reader:
    return Reader(msgspec.convert(options, Options), BASE)


def asked(**carry: Any) -> Request:
    depth = 1 if "token" in carry else 0
    query = f"resumptionToken={carry['token']}" if depth else "metadataPrefix=oai_dc"
    url = f"{BASE}?verb=ListRecords&{query}"
    return Request(lane="records", url=url, depth=depth, carry={"granularity": "day", **carry})


def read(
    folder: Path, content: bytes | str, request: Request | None = None, *, status: int = 200, **options: Any
) -> Read:
    body = answer(folder, content, url=BASE, status=status)
    return Read(reader(**options).parse(body, request or asked()))


IDENTIFY = DECLARATION + ENVELOPE.format(
    "<Identify><repositoryName>n</repositoryName><baseURL>https://feed.example/oai</baseURL>"
    "<protocolVersion>2.0</protocolVersion><earliestDatestamp>2026-01-01</earliestDatestamp>"
    "<deletedRecord>persistent</deletedRecord><granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>"
)


class TestStart:
    def test_identify_leads_to_one_list(self, tmp_path: Path) -> None:
        own = reader()
        (first,) = own.start({}, NOW, full=False)
        assert (first.kind, first.lane, first.url) == ("meta", "identify", f"{BASE}?verb=Identify")
        found = Read(own.parse(answer(tmp_path, IDENTIFY), first))
        assert found.state == {
            "granularity": "seconds",
            "earliest": "2026-01-01",
            "deleted_record": "persistent",
            "response_date": "2026-11-24T03:00:05Z",
            "base_url": "https://feed.example/oai",
        }
        assert [one.url for one in found.follow] == [f"{BASE}?verb=ListRecords&metadataPrefix=oai_dc"]
        assert found.end is not None
        assert found.end.ended is None
        assert found.end.server_date == "2026-11-24T03:00:05Z"

    def test_a_delta_begins_an_overlap_before_the_watermark_in_the_servers_granularity(self, tmp_path: Path) -> None:
        own = reader(sets=["a b", "c"])
        state = {"watermark": "2026-11-20T10:00:00Z"}
        assert own.scope(state, full=False) == "delta"
        (first,) = own.start(state, NOW, full=False)
        found = Read(own.parse(answer(tmp_path, IDENTIFY), first))
        start = f"{BASE}?verb=ListRecords&metadataPrefix=oai_dc&from=2026-11-19T10%3A00%3A00Z&set="
        assert [(one.lane, one.url) for one in found.follow] == [
            ("records:a b", start + "a%20b"),
            ("records:c", start + "c"),
        ]
        days = IDENTIFY.replace("YYYY-MM-DDThh:mm:ssZ", "YYYY-MM-DD")
        found = Read(own.parse(answer(tmp_path, days), first))
        assert "from=2026-11-19&" in found.follow[0].url

    @pytest.mark.parametrize(
        ("options", "state", "full"),
        [
            ({}, {"watermark": "2026-11-20T10:00:00Z"}, True),
            ({"mode": "full"}, {"watermark": "2026-11-20T10:00:00Z"}, False),
            ({}, {}, False),
            ({}, {"watermark": "yesterday"}, False),
        ],
    )
    def test_everything_is_asked_without_from(self, options: dict[str, Any], state: dict[str, Any], full: bool) -> None:
        own = reader(**options)
        assert own.scope(state, full=full) == "full"
        assert "from" not in own.start(state, NOW, full=full)[0].carry

    def test_windows_share_their_boundaries_and_are_open_at_both_ends(self, tmp_path: Path) -> None:
        own = reader(window="P110D")
        found = Read(own.parse(answer(tmp_path, IDENTIFY), own.start({}, NOW, full=True)[0]))
        spans = [(one.carry.get("from"), one.carry.get("until")) for one in found.follow]
        first, second = "2026-04-21T00:00:00Z", "2026-08-09T00:00:00Z"
        assert spans == [(None, first), (first, second), (second, None)]
        assert len({one.lane for one in found.follow}) == 3

    @pytest.mark.parametrize("content", ["<html><body>Welcome</body></html>", error("badVerb"), page()])
    def test_without_identify_days_are_assumed(self, tmp_path: Path, content: str) -> None:
        own = reader()
        found = Read(own.parse(answer(tmp_path, content), own.start({}, NOW, full=True)[0]))
        assert found.codes == ["feed.identify_missing"]
        assert found.follow[0].carry["granularity"] == "day"

    def test_a_passing_fault_of_identify_is_asked_again_and_then_done_without(self, tmp_path: Path) -> None:
        own = reader()
        (first,) = own.start({}, NOW, full=True)
        found = Read(own.parse(answer(tmp_path, "busy", status=503), first))
        assert found.refusal == ("source.throttled", "retry")
        assert Read(own.parse(answer(tmp_path, IDENTIFY[:400]), first)).refusal == ("source.cut", "retry")
        then = own.failed(first, Failure(code="source.http", status=500))
        assert (then.lane, [one.lane for one in then.requests]) == ("open", ["records"])
        assert own.failed(first, Failure(code="source.dns")).requests == ()

    def test_credentials_are_asked_for(self, tmp_path: Path) -> None:
        own = reader()
        found = Read(own.parse(answer(tmp_path, "", status=401), own.start({}, NOW, full=True)[0]))
        assert found.refusal == ("source.unauthorised", "fatal")

    def test_pasted_arguments_are_taken_off_the_address(self) -> None:
        assert base_url(f"{BASE}?verb=Identify") == BASE
        assert base_url(f"{BASE}?repo=a%2Fb&verb=ListRecords&metadataPrefix=x") == f"{BASE}?repo=a%2Fb"
        assert Reader(Options(), f"{BASE}?repo=a").start({}, NOW, full=True)[0].url == f"{BASE}?repo=a&verb=Identify"

    @pytest.mark.parametrize("options", [{"overlap": "1 day"}, {"window": "P"}, {"window": "PT1S"}, {"page_cap": 0}])
    def test_options_are_checked(self, options: dict[str, Any]) -> None:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(options, Options)


class TestPage:
    def test_records_and_the_next_page(self, tmp_path: Path) -> None:
        found = read(
            tmp_path,
            page(
                record(1), record(2, deleted=True), token=" a+b/c=d&amp;e%20f|g ", attributes=' completeListSize="30"'
            ),
        )
        assert found.ids == ["oai:x:1", "oai:x:2"]
        assert [one.deleted for one in found.documents] == [False, True]
        assert [one.datestamp for one in found.documents] == ["2025-01-01", "2025-01-01"]
        assert found.documents[1].xml is None
        assert [one.url for one in found.follow] == [
            f"{BASE}?verb=ListRecords&resumptionToken=a%2Bb%2Fc%3Dd%26e%2520f%7Cg"
        ]
        assert found.end is not None
        assert (found.ended, found.end.total, found.end.closed) == (None, 30, True)
        assert found.follow[0].depth == 1
        assert found.codes == []

    def test_a_server_that_wants_its_token_raw(self, tmp_path: Path) -> None:
        found = read(tmp_path, page(record(1), token="a|b:c/d e"), token_raw=True)
        assert found.follow[0].url.endswith("resumptionToken=a|b:c/d%20e")

    @pytest.mark.parametrize("token", [None, "", "  \n"])
    def test_no_token_ends_the_list(self, tmp_path: Path, token: str | None) -> None:
        found = read(tmp_path, page(record(1), token=token))
        assert (found.ended, found.follow) == (True, [])

    def test_empty_pages_are_pages(self, tmp_path: Path) -> None:
        assert [one.carry["token"] for one in read(tmp_path, page(token="2")).follow] == ["2"]
        assert read(tmp_path, page()).ended is True

    def test_no_records_match_is_an_end_whatever_the_status(self, tmp_path: Path) -> None:
        for status in (200, 404, 422):
            found = read(tmp_path, error("noRecordsMatch"), status=status)
            assert (found.ended, found.refused, found.codes) == (True, None, [])

    def test_a_total_that_lies_can_be_ignored(self, tmp_path: Path) -> None:
        content = page(record(1), token="", attributes=' completeListSize="99"')
        assert [one.total for one in read(tmp_path, content).evidence] == [99]
        assert [one.total for one in read(tmp_path, content, declared_total="ignore").evidence] == [None]

    def test_a_marc_record_inside_a_record_is_none_of_ours(self, tmp_path: Path) -> None:
        inner = '<metadata><record xmlns="http://www.loc.gov/MARC21/slim"><leader>x</leader></record></metadata>'
        content = page(record(1, metadata=False).replace("</record>", inner + "</record>"), record(2))
        found = read(tmp_path, content)
        assert found.ids == ["oai:x:1", "oai:x:2"]
        assert found.documents[0].xml.tag == "{http://www.loc.gov/MARC21/slim}record"

    def test_a_record_without_id_and_one_without_metadata_are_rejected_whole(self, tmp_path: Path) -> None:
        nameless = "<record><header><datestamp>2025-01-01</datestamp></header><metadata><a>1</a></metadata></record>"
        found = read(tmp_path, page(record(1), nameless, record(3, metadata=False), record(4)))
        assert found.ids == ["oai:x:1", "oai:x:4"]
        assert [(one.code, one.native_id) for one in found.rejected] == [
            ("record.no_identifier", None),
            ("record.unmappable", "oai:x:3"),
        ]
        assert b"<a>1</a>" in found.rejected[0].content
        assert found.ended is True

    def test_namespaces_of_outer_elements_reach_the_record(self, tmp_path: Path) -> None:
        content = page(
            *(
                f'<record><header><identifier>{n}</identifier></header><metadata><q:a t="q:b"/></metadata></record>'
                for n in range(450)
            )
        )
        content = content.replace("<OAI-PMH ", '<OAI-PMH xmlns:q="urn:q" ')
        names = Names({"q": ("urn:q",)})
        count = 0
        for batch in reader().parse(answer(tmp_path, content), asked()):
            assert not isinstance(batch, tuple)
            for document in getattr(batch, "documents", ()):
                kept = record_from_xml(document.xml, names, native_id="1", raw_xml=document.raw_xml)
                assert b'xmlns:q="urn:q"' in kept.raw
                count += 1
        assert count == 450

    @pytest.mark.parametrize("namespace", ["", ' xmlns="http://www.openarchives.org/OAI/1.1/"'])
    def test_an_unexpected_namespace_is_told(self, tmp_path: Path, namespace: str) -> None:
        content = page(record(1)).replace(' xmlns="http://www.openarchives.org/OAI/2.0/"', namespace)
        found = read(tmp_path, content)
        assert (found.ids, found.codes, found.ended) == (["oai:x:1"], ["feed.namespace"], True)

    def test_latin_1_that_is_declared(self, tmp_path: Path) -> None:
        content = page(record(1, "Universität")).replace("UTF-8", "ISO-8859-1").encode("latin-1")
        found = read(tmp_path, content)
        assert found.documents[0].xml[0].text == "Universität"
        assert found.codes == []


class TestMisbehaviour:
    def test_behind_the_same_token_there_may_be_other_pages_until_one_comes_again(self, tmp_path: Path) -> None:
        request = asked(token="1")
        for number in (1, 2):
            found = read(tmp_path, page(record(number), token="1"), request)
            assert (found.ids, found.ended, found.codes) == ([f"oai:x:{number}"], None, [])
            (following,) = found.follow
            assert following.url.partition("#")[0] == request.url.partition("#")[0]
            assert following.key != request.key
            request = following
        found = read(tmp_path, page(record(1), token="1"), request)
        assert (found.ended, found.follow, found.codes) == (False, [], ["feed.loop"])
        found = read(tmp_path, page(token="1"), request)
        assert (found.ended, found.codes) == (False, ["feed.loop"])

    def test_empty_pages_are_followed_to_their_cap(self, tmp_path: Path) -> None:
        (following,) = read(tmp_path, page(token="2"), asked(token="1")).follow
        assert following.carry["empty"] == 1
        (after,) = read(tmp_path, page(record(1), token="3"), following).follow
        assert "empty" not in after.carry
        found = read(tmp_path, page(token="3"), following, empty_pages=2)
        assert (found.ended, found.follow, found.codes) == (False, [], ["feed.page_cap"])

    def test_an_endless_list_ends_at_the_cap(self, tmp_path: Path) -> None:
        found = read(tmp_path, page(record(1), token="2"), asked(token="1"), page_cap=2)
        assert (found.ended, found.codes) == (False, ["feed.page_cap"])

    @pytest.mark.parametrize(
        ("content", "status", "refusal"),
        [
            ("<!DOCTYPE html><html><body>Just a moment</body></html>", 200, ("source.not_a_feed", "retry")),
            ("<rss/>", 200, ("source.not_a_feed", "retry")),
            ("broken xml", 200, ("source.not_a_feed", "retry")),
            ("", 200, ("source.cut", "retry")),
            (" \n", 200, ("source.cut", "retry")),
            ("busy", 503, ("source.throttled", "retry")),
            ("slow", 429, ("source.throttled", "retry")),
            ("java.lang.NullPointerException", 500, ("source.http", "retry")),
            ("", 403, ("source.unauthorised", "fatal")),
            ("", 404, ("source.not_found", "fatal")),
            ("too large", 413, ("source.http", "fatal")),
            (error("InternalException", "boom"), 200, ("source.protocol", "retry")),
            (error("", "Read timed out"), 500, ("source.protocol", "retry")),
            (error("cannotDisseminateFormat"), 422, ("source.protocol", "fatal")),
            (page('<error code="x">boom</error>'), 200, ("source.protocol", "retry")),
            (IDENTIFY, 200, ("source.protocol", "retry")),
            (page(record(1)) + page(record(2)), 200, ("source.protocol", "retry")),
        ],
    )
    def test_an_answer_that_is_none_is_refused(
        self, tmp_path: Path, content: str, status: int, refusal: tuple[str, str]
    ) -> None:
        found = read(tmp_path, content, status=status)
        assert found.refusal == refusal
        assert found.ended is None

    def test_a_firewall_blocks(self, tmp_path: Path) -> None:
        body = answer(tmp_path, "<html>", status=403, cf_mitigated="challenge")
        assert Read(reader().parse(body, asked())).refusal == ("source.blocked", "blocked")

    def test_a_doctype_is_refused(self, tmp_path: Path) -> None:
        bomb = '<!DOCTYPE z [<!ENTITY a "aaaa"><!ENTITY x SYSTEM "file:///etc/hostname">]>'
        for content in (page(record(1, "&x;")), page(record(1))):
            found = read(tmp_path, content.replace(DECLARATION, DECLARATION + bomb))
            assert found.refusal == ("source.protocol", "retry")
            assert found.ids == []

    def test_an_expired_token_restarts_twice_then_narrows_then_gives_up(self, tmp_path: Path) -> None:
        window = {"from": "2026-01-01T00:00:00Z", "until": "2026-01-03T00:00:00Z"}
        request = asked(token="1", **window)
        for generation in (1, 2):
            found = read(tmp_path, error("badResumptionToken"), request)
            assert found.refused is not None
            assert found.refusal == ("source.protocol", "restart")
            (again,) = found.refused.next
            assert (again.lane, again.generation, again.depth) == ("records", generation, 0)
            assert again.url == f"{BASE}?verb=ListRecords&metadataPrefix=oai_dc&from=2026-01-01&until=2026-01-03"
            request = msgspec.structs.replace(again, carry={**again.carry, "token": "1"})
        found = read(tmp_path, error("badResumptionToken"), request)
        assert found.refused is not None
        assert found.refusal == ("source.protocol", "split")
        assert [(one.lane, one.generation, one.url[-32:]) for one in found.refused.next] == [
            ("records/1", 3, "from=2026-01-01&until=2026-01-02"),
            ("records/2", 3, "from=2026-01-02&until=2026-01-03"),
        ]
        assert [one.carry["restarts"] for one in found.refused.next] == [1, 1]
        smallest = found.refused.next[0]
        spent = msgspec.structs.replace(smallest, carry={**smallest.carry, "token": "1", "restarts": 2})
        assert read(tmp_path, error("badResumptionToken"), spent).refusal == ("source.protocol", "fatal")

    def test_a_refused_granularity_is_asked_again_in_days_once(self, tmp_path: Path) -> None:
        request = asked(granularity="seconds", **{"from": "2026-01-01T10:00:00Z"})
        found = read(tmp_path, error("badArgument"), request)
        assert (found.codes, found.state, found.refused) == (["feed.granularity"], {"granularity": "day"}, None)
        (again,) = found.follow
        assert again.url.endswith("from=2026-01-01")
        assert (again.generation, again.lane) == (1, "records")
        assert read(tmp_path, error("badArgument"), again).refusal == ("source.protocol", "fatal")

    @pytest.mark.parametrize(
        ("earliest", "now", "granularity", "first", "pieces"),
        [
            ("2026-01-15", "2026-05-01T00:00:00Z", "day", "until=2026-02-01", 4),
            ("2026-01-01", "2026-02-01T00:00:00Z", "day", "until=2026-01-02", 31),
            ("2026-01-01", "2026-01-02T00:00:00Z", "seconds", "until=2026-01-01T01%3A00%3A00Z", 24),
        ],
    )
    def test_a_window_too_large_is_cut_at_months_then_days_then_hours(
        self, tmp_path: Path, earliest: str, now: str, granularity: str, first: str, pieces: int
    ) -> None:
        request = asked(earliest=earliest, now=now, granularity=granularity)
        found = read(tmp_path, "more than 100000, restrict the period", request, status=413)
        assert found.refused is not None
        assert (found.refused.then, len(found.refused.next)) == ("split", pieces)
        assert found.refused.next[0].url.endswith(f"&{first}")
        assert "until" not in found.refused.next[-1].url
        for code in ("source.too_large", "source.timeout", "source.too_slow"):
            assert reader().failed(request, Failure(code=code)).requests == found.refused.next

    def test_a_server_that_refuses_every_window_is_not_asked_for_ever(self) -> None:
        pending = [asked(earliest="2000-01-01", now="2026-11-24T00:00:00Z", granularity="seconds")]
        requests = 0
        while pending and requests < 30_000:
            following = reader(single_records=1).failed(pending.pop(), Failure(code="source.http", status=413))
            pending.extend(following.requests)
            requests += 1
        assert requests < 15_000

    def test_a_failing_list_is_asked_for_its_identifiers_and_halved_a_few_times_only(self) -> None:
        request = asked(**{"from": "2020-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"})
        own, failure = reader(), Failure(code="source.http", status=500)
        levels = 0
        while True:
            (listing,) = own.failed(request, failure).requests
            assert "verb=ListIdentifiers&metadataPrefix=oai_dc&from=" in listing.url
            assert (listing.lane, listing.generation, "token" in listing.carry) == (
                request.lane, request.generation, False,
            )  # fmt: skip
            halves = own.failed(listing, failure).requests
            if not halves:
                break
            assert len(halves) == 2
            request, levels = halves[0], levels + 1
        assert levels == 3
        (listing,) = own.failed(asked(token="9"), failure).requests
        assert own.failed(listing, failure) == Next(lane="incomplete")  # what came before stands
        assert own.failed(request, Failure(code="source.dns")).lane == "incomplete"

    def test_a_list_of_identifiers_leads_to_single_records_or_narrower_windows(self, tmp_path: Path) -> None:
        (listing,) = reader().failed(asked(), Failure(code="source.cut")).requests
        headers = "".join(
            f"<header{status}><identifier>oai:x:{number}</identifier></header>"
            for number, status in ((1, ""), (2, ' status="deleted"'), (3, ""))
        )
        envelope = ENVELOPE.replace("ListRecords", "ListIdentifiers")
        content = envelope.format(f"<ListIdentifiers>{headers}{{}}</ListIdentifiers>")
        found = read(tmp_path, content.format(""), listing)
        assert (found.ids, found.documents[0].deleted, found.ended) == (["oai:x:2"], True, True)
        assert [(one.kind, one.unless_seen) for one in found.follow] == [("item", "oai:x:1"), ("item", "oai:x:3")]
        assert found.follow[0].url == f"{BASE}?verb=GetRecord&metadataPrefix=oai_dc&identifier=oai%3Ax%3A1"
        token = "<resumptionToken>t</resumptionToken>"
        found = read(tmp_path, content.format(token), listing)
        assert [one.carry.get("asked") for one in found.follow] == [None, None, 2]
        assert found.follow[2].url == f"{BASE}?verb=ListIdentifiers&resumptionToken=t"
        found = read(tmp_path, content.format(token), listing, single_records=1)
        assert (len(found.follow), found.ended, found.codes) == (1, False, ["feed.page_cap"])
        wide = msgspec.structs.replace(listing, carry={**listing.carry, "earliest": "2026-01-01", "now": "2026-03-01"})
        assert read(tmp_path, content.format(token), wide).refusal == ("source.protocol", "split")
        assert read(tmp_path, page(record(1)), listing).refusal == ("source.protocol", "retry")

    def test_a_record_that_cannot_be_given_is_rejected_by_name(self, tmp_path: Path) -> None:
        own = reader()
        item = single_request(BASE, "oai_dc", asked(), "oai:x:1")
        one = page(record(1)).replace("ListRecords", "GetRecord")
        assert read(tmp_path, one, item).ids == ["oai:x:1"]
        for content, status in ((error("idDoesNotExist"), 200), ("gone", 404), (one.replace("x:1<", "x:2<"), 200)):
            (rejected,) = read(tmp_path, content, item, status=status).rejected
            assert (rejected.code, rejected.native_id) == ("record.unserved", "oai:x:1")
        for code in ("source.http", "source.cut", "source.protocol", "source.timeout", "source.reset"):
            rejected_too = own.failed(item, Failure(code=code)).rejected
            assert rejected_too is not None
            assert rejected_too.native_id == "oai:x:1"
        for code in ("source.dns", "source.connect", "source.throttled", "source.blocked"):
            assert own.failed(item, Failure(code=code)) == Next(lane="incomplete")

    def test_a_token_refused_in_plain_http_begins_the_list_again(self, tmp_path: Path) -> None:
        for status in (400, 410, 422):
            found = read(tmp_path, "no such cursor", asked(token="1"), status=status)
            assert found.refused is not None
            assert found.refused.then == "restart"

    def test_the_last_time_a_token_goes_out_as_it_came(self, tmp_path: Path) -> None:
        again = asked(token="a|b", restarts=1)
        found = read(tmp_path, error("badResumptionToken"), again)
        assert found.refused is not None
        (first,) = found.refused.next
        (following,) = read(tmp_path, page(record(1), token="a|b"), first).follow
        assert following.url.endswith("resumptionToken=a|b")

    def test_a_token_that_is_a_bad_argument_alone_is_sent_with_its_prefix(self, tmp_path: Path) -> None:
        found = read(tmp_path, error("badArgument", "metadataPrefix is missing"), asked(token="1"))
        (again,) = found.follow
        assert again.url == f"{BASE}?verb=ListRecords&metadataPrefix=oai_dc&resumptionToken=1"
        assert (again.depth, again.generation, again.carry["named"]) == (1, 0, True)
        assert read(tmp_path, error("badArgument"), again).refusal == ("source.protocol", "restart")

    def test_a_list_that_loses_its_token_is_asked_in_narrower_windows(self, tmp_path: Path) -> None:
        first = asked(earliest="2026-01-01", now="2026-05-01T00:00:00Z")
        lost = page(record(1), token="", attributes=' completeListSize="30"')
        found = read(tmp_path, lost, first)
        assert found.refused is not None
        assert (found.refused.then, len(found.refused.next)) == ("split", 4)
        lies = read(tmp_path, lost, found.refused.next[0])  # the same total for a quarter of the time
        assert (lies.ids, lies.refused, lies.ended) == (["oai:x:1"], None, True)
        assert read(tmp_path, lost, first, declared_total="ignore").refused is None


class TestRepair:
    @pytest.mark.parametrize(
        ("content", "title", "done"),
        [
            (page(record(1, "Bad\x0bchar \x03!")), "Badchar !", "characters"),
            (page(record(1, "A&#0;B&#x1F;C")), "ABC", "characters"),
            (page(record(1, "a&nbsp;b &eacute; &amp; c")), "a\u00a0b é & c", "entities"),
            (page(record(1, "Universit@t")).encode().replace(b"@", b"\xe4"), "Universität", "bytes"),
            ("\n\n  " + page(record(1)), "Title 1", "junk"),
            (page(record(1)) + "\n<br />\n<b>Notice</b>: Undefined index", "Title 1", "junk"),
            ("Warning: x in y on line 3\n" + page(record(1)), "Title 1", "junk"),
            (page(record(1, "<?xml version='1.0'?>inline")), "inline", "declarations"),
            (page(record(1, "<![CDATA[a &nbsp; b]]>\x01")), "a &nbsp; b", "characters"),
        ],
    )
    def test_what_can_be_mended_without_guessing_is(
        self, tmp_path: Path, content: str | bytes, title: str, done: str
    ) -> None:
        found = read(tmp_path, content)
        assert [one.xml[0].text for one in found.documents] == [title]
        assert [(one.code, done in one.detail) for one in found.findings] == [("feed.repaired", True)]
        assert found.ended is True

    def test_a_byte_order_mark_needs_no_repair(self, tmp_path: Path) -> None:
        assert read(tmp_path, b"\xef\xbb\xbf" + page(record(1)).encode()).codes == []
        utf16 = page(record(1, "é")).replace("UTF-8", "UTF-16").encode("utf-16")
        assert read(tmp_path, utf16).documents[0].xml[0].text == "é"

    @pytest.mark.parametrize("broken", ["R & D", "<i>x", "a <b", "&unknown;"])
    def test_one_broken_record_is_rejected_and_the_others_stand(self, tmp_path: Path, broken: str) -> None:
        records = [record(number, broken if number == 4 else None) for number in range(10)]
        found = read(tmp_path, page(*records, token="2"))
        assert found.ids == [f"oai:x:{number}" for number in range(10) if number != 4]
        assert [(one.code, one.native_id) for one in found.rejected] == [("record.unmappable", "oai:x:4")]
        assert broken.encode() in found.rejected[0].content
        assert [one.carry["token"] for one in found.follow] == ["2"]
        assert found.codes == ["feed.repaired"]

    def test_what_strict_reading_gave_is_not_given_again(self, tmp_path: Path) -> None:
        records = [record(number, "R & D" if number == 777 else None) for number in range(900)]
        found = read(tmp_path, page(*records, record(3), record(3)))
        expected = [f"oai:x:{number}" for number in range(900) if number != 777] + ["oai:x:3", "oai:x:3"]
        assert sorted(map(str, found.ids)) == sorted(expected)
        assert [one.native_id for one in found.rejected] == ["oai:x:777"]

    def test_a_record_quoted_in_cdata_is_not_cut_out(self, tmp_path: Path) -> None:
        quoted = f"<![CDATA[{record(99)}]]>"
        found = read(tmp_path, page(record(1, quoted), record(2, "R & D"), record(3)))
        assert found.ids == ["oai:x:1", "oai:x:3"]

    def test_a_token_inside_broken_markup_refuses_the_page(self, tmp_path: Path) -> None:
        found = read(tmp_path, page(record(1), token="a & b"))
        assert found.refusal == ("source.protocol", "retry")
        assert found.ended is None


def long_page() -> bytes:
    records = [record(number, "Ünï", deleted=number % 7 == 0) for number in range(30)]
    return page(*records, token="", attributes=' completeListSize="30"').encode()


def test_a_cut_page_is_never_an_end(tmp_path: Path) -> None:
    whole = long_page()
    for size in range(0, len(whole), 97):
        found = read(tmp_path, whole[:size])
        assert found.refused is not None
        assert found.refused.then == "retry"
        assert found.ended is None
    assert read(tmp_path, whole).ended is True


@settings(deadline=None)
@given(st.integers(min_value=1, max_value=9_000))
def test_where_a_page_is_split_makes_no_difference(tmp_path_factory: pytest.TempPathFactory, size: int) -> None:
    body = answer(tmp_path_factory.getbasetemp(), long_page())
    found = [one.native_id for documents, _ in ListPage(body, chunk_bytes=size).batches() for one in documents]
    assert found == [f"oai:x:{number}" for number in range(30)]


TOKENS = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40)


@settings(deadline=None)
@given(TOKENS, st.booleans())
def test_what_is_peeked_is_what_is_parsed(tmp_path_factory: pytest.TempPathFactory, token: str, cdata: bool) -> None:
    written = token.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if cdata and "]]>" not in token:
        written = f"<![CDATA[{token}]]>"
    content = page(record(1), token=written).encode()
    own, request = reader(), asked()
    found = Read(own.parse(answer(tmp_path_factory.getbasetemp(), content), request))
    assert own.peek(content[-4096:], request) == found.follow
    assert [one.key for one in found.follow] == [one.key for one in own.peek(content, request)]


@pytest.mark.parametrize(
    "tail",
    [
        b"okenX</resumptionToken></ListRecords></OAI-PMH>",
        b"<resumptionToken>X</resumptionToken></ListRecords>",
        b"<resumptionToken>X</resumptionToken></metadata></record></ListRecords></OAI-PMH>",
        b"<resumptionToken/></ListRecords></OAI-PMH>",
        b"<resumptionToken> </resumptionToken></ListRecords></OAI-PMH>",
        b"<resumptionToken>a&foo;b</resumptionToken></ListRecords></OAI-PMH>",
        b"<resumptionToken>a\x01b</resumptionToken></ListRecords></OAI-PMH>",
    ],
)
def test_a_doubtful_tail_is_not_peeked(tail: bytes) -> None:
    assert token_in_tail(tail) is None


def test_a_loop_is_not_peeked() -> None:
    tail = b"<resumptionToken>1</resumptionToken></ListRecords></OAI-PMH>"
    assert reader().peek(tail, asked(token="1")) == []
    assert len(reader().peek(tail, asked(token="0"))) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-02", datetime(2026, 1, 2, tzinfo=UTC)),
        ("20260102", datetime(2026, 1, 2, tzinfo=UTC)),
        (" 2026-01-02T03:04:05.485Z ", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05+02:00", datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC)),
        ("2026-02-30", None),
        ("", None),
        (None, None),
    ],
)
def test_datestamps_of_all_kinds(text: str | None, expected: datetime | None) -> None:
    assert parse_moment(text) == expected


def test_durations() -> None:
    assert parse_duration("P1Y2M1W3DT4H5M6S").total_seconds() == (365 + 60 + 7 + 3) * 86400 + 4 * 3600 + 5 * 60 + 6


SHARED_COUNTS = {
    "edurep-oaipmh.initial.0.xml": (9, 0),
    "edurep-oaipmh.initial.1.xml": (3, 0),
    "sickle-GetRecord.xml": (1, 0),
    "sickle-GetRecord_utf8test.xml": (1, 0),
    "sickle-ListRecords.xml": (2, 0),
    "sickle-ListRecords2.xml": (2, 0),
    "sickle-ListRecords3.xml": (2, 0),
    "sickle-ListRecords4.xml": (1, 1),
    "surf-greeni.initial.0.xml": (50, 0),
    "surf-greeni.initial.1.xml": (50, 0),
    "sickle-noRecordsMatch.xml": (0, 0),
}


WINDOW = f"{BASE}?verb=ListRecords&metadataPrefix=oai_dc&from=2026-01-01&until=2026-02-01"


@pytest.mark.parametrize(
    ("url", "said", "doubted"),
    [
        (WINDOW, 'verb="ListRecords"', False),
        (WINDOW, 'verb="ListRecords" from="2026-01-01T00:00:00Z" until="2026-02-01T00:00:00Z"', False),
        (WINDOW, 'verb="ListRecords" from="2026-03-01" until="2026-04-01"', True),
        (WINDOW, 'verb="ListRecords" metadataPrefix="lom"', True),
        (WINDOW, 'verb="ListRecords" resumptionToken="page-2"', True),
        (WINDOW, 'verb="ListIdentifiers"', True),
        (f"{BASE}?verb=ListRecords&resumptionToken=a%7Cb%2F2", 'verb="ListRecords" resumptionToken="a|b/2"', False),
        (f"{BASE}?verb=ListRecords&resumptionToken=a%7Cb%2F2", 'verb="ListRecords" resumptionToken="a%7Cb%2F2"', False),
        (f"{BASE}?verb=ListRecords&resumptionToken=a%7Cb%2F2", 'verb="ListRecords" metadataPrefix="lom"', False),
        (f"{BASE}?verb=ListRecords&resumptionToken=page-3", 'verb="ListRecords" resumptionToken="page-2"', True),
    ],
)
def test_an_answer_to_another_question_proves_nothing_absent(
    tmp_path: Path, url: str, said: str, doubted: bool
) -> None:
    request = msgspec.structs.replace(asked(), url=url)
    for content in (page(record(1)), error("noRecordsMatch")):
        found = read(tmp_path, content.replace('verb="ListRecords"', said), request)
        assert found.codes == (["feed.other_answer"] if doubted else [])
        assert [one.whole for one in found.evidence] == [not doubted]


def test_what_stands_beside_the_records_is_told(tmp_path: Path) -> None:
    lost = "<recrod><header><identifier>oai:x:2</identifier></header></recrod>"
    found = read(tmp_path, page(record(1), lost, record(3)))
    assert (found.ids, found.codes) == (["oai:x:1", "oai:x:3"], ["feed.stray_element"])
    assert [one.whole for one in found.evidence] == [False]


@pytest.mark.parametrize(
    ("content", "whole"),
    [
        (page(record(1), record(2)), True),
        (page(record(1), record(2, title="a\x0bb")), False),
        (page(record(1), record(2, title="a & b < c")), False),
        (page(record(1), record(2).replace("oai:x:2", "")), False),
        (page(record(1), record(2, metadata=False)), True),  # refused under its own name
    ],
    ids=["clean", "sanitised", "cut", "nameless", "refused"],
)
def test_a_repaired_page_proves_nothing_absent(tmp_path: Path, content: str, whole: bool) -> None:
    assert [one.whole for one in read(tmp_path, content).evidence] == [whole]


@pytest.mark.shared
def test_real_pages(shared: Path) -> None:
    for path in sorted((shared / "feeds" / "oai").glob("*.xml")):
        body = Body(path=path, url=BASE, size=path.stat().st_size)
        request = asked()
        if "GetRecord" in path.name:
            known = re.search(r"<header>\s*<identifier>([^<]+)", path.read_text())
            request = single_request(BASE, "oai_dc", request, known[1] if known else "")
        else:  # the question each page says it answers
            said = re.search(r"<request\s([^>]*)>", path.read_text())
            query = urlencode(dict(re.findall(r'(\w+)="([^"]*)"', said[1] if said else "")))
            request = msgspec.structs.replace(request, url=f"{BASE}?{query}")
        found = Read(reader().parse(body, request))
        if path.name in SHARED_COUNTS:
            assert (path.name, len(found.ids), len(found.rejected)) == (path.name, *SHARED_COUNTS[path.name])
            assert found.codes == []
            assert found.refused is None
            assert reader().peek(path.read_bytes()[-4096:], request) == found.follow
        else:
            assert found.refused is not None, path.name
            assert found.ids == []
