"""OAI-PMH: servers that do not keep the protocol."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from microharvest.connectors.protocols.oai_pmh.lanes import single_request

from microharvest.kit import Failure, Next
from tests.unit.protocols.answers import Read, answer
from tests.unit.protocols.oai_answers import (
    BASE,
    DECLARATION,
    ENVELOPE,
    IDENTIFY,
    asked,
    error,
    page,
    read,
    reader,
    record,
)


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
