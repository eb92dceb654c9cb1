"""OAI-PMH: pages that are broken, cut or looked at before they end."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from microharvest.connectors.protocols.oai_pmh.page import ListPage, token_in_tail

from tests.unit.protocols.answers import Read, answer
from tests.unit.protocols.oai_answers import (
    asked,
    page,
    read,
    reader,
    record,
)


class TestRepair:
    @pytest.mark.parametrize(
        ("content", "title", "done"),
        [
            (page(record(1, "Bad\x0bchar \x03!")), "Badchar !", "characters"),
            (page(record(1, "A&#0;B&#x1F;C")), "ABC", "characters"),
            (page(record(1, "a&nbsp;b &eacute; &amp; c")), "a\u00a0b é & c", "entities"),
            (page(record(1, "R & D, ?a=1&b=2")), "R & D, ?a=1&b=2", "ampersands"),
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

    @pytest.mark.parametrize("broken", ["R &copy D", "<i>x", "a <b", "&unknown;"])
    def test_one_broken_record_is_rejected_and_the_others_stand(self, tmp_path: Path, broken: str) -> None:
        records = [record(number, broken if number == 4 else None) for number in range(10)]
        found = read(tmp_path, page(*records, token="2"))
        assert found.ids == [f"oai:x:{number}" for number in range(10) if number != 4]
        assert [(one.code, one.native_id) for one in found.rejected] == [("record.unmappable", "oai:x:4")]
        assert broken.encode() in found.rejected[0].content
        assert [one.carry["token"] for one in found.follow] == ["2"]
        assert found.codes == ["feed.repaired"]

    def test_what_strict_reading_gave_is_not_given_again(self, tmp_path: Path) -> None:
        records = [record(number, "R &unknown; D" if number == 777 else None) for number in range(900)]
        found = read(tmp_path, page(*records, record(3), record(3)))
        expected = [f"oai:x:{number}" for number in range(900) if number != 777] + ["oai:x:3", "oai:x:3"]
        assert sorted(map(str, found.ids)) == sorted(expected)
        assert [one.native_id for one in found.rejected] == ["oai:x:777"]

    def test_a_record_quoted_in_cdata_is_not_cut_out(self, tmp_path: Path) -> None:
        quoted = f"<![CDATA[{record(99)}]]>"
        found = read(tmp_path, page(record(1, quoted), record(2, "R &unknown; D"), record(3)))
        assert found.ids == ["oai:x:1", "oai:x:3"]

    def test_a_token_inside_broken_markup_refuses_the_page(self, tmp_path: Path) -> None:
        found = read(tmp_path, page(record(1), token="a &unknown; b"))
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
