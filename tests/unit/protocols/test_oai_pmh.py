"""OAI-PMH: what is asked, and what a page gives."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from microharvest.connectors.protocols.oai_pmh.lanes import base_url, parse_duration, parse_moment, single_request
from microharvest.connectors.protocols.oai_pmh.reader import Options, Reader

from microharvest.kit import Body, Failure, record_from_xml
from microharvest.kit.record import Names
from tests.unit.protocols.answers import Read, answer
from tests.unit.protocols.oai_answers import (
    BASE,
    IDENTIFY,
    NOW,
    asked,
    error,
    page,
    read,
    reader,
    record,
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
