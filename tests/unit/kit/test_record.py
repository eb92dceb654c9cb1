"""The cursor over XML and JSON: what was read, what was not, and the same again from bytes."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from microharvest.kit import Names, Record, compose, identify, is_credential, open_record
from microharvest.kit.document import record_from_json, record_from_xml

NAMES = Names({"a": ("http://a/", "http://a"), "": ("http://plain/",)}, lang_attributes=("language",))
XML = """<offer xmlns="http://plain/" xmlns:a="http://a/" xmlns:o="http://other/" xml:lang="fi" code=" 7 ">
  <a:title>Yksi</a:title><a:title language="en"> One <b>bold</b> word </a:title>
  <part a:kind="x"><leaf>1</leaf><leaf>2</leaf></part>
  <o:odd>?</o:odd><empty/>
</offer>"""


def xml_record(text: str = XML) -> Record:
    return record_from_xml(etree.fromstring(text), NAMES, native_id="k")


def json_record(value: Any) -> Record:
    return record_from_json(value, native_id="k")


class TestXml:
    def test_names_are_qualified_with_the_dialects_prefixes(self) -> None:
        assert xml_record().names() == ["@{http://www.w3.org/XML/1998/namespace}lang", "@code", "a:title", "part",
                                        "{http://other/}odd", "empty"]  # fmt: skip

    def test_two_uris_share_a_prefix(self) -> None:
        assert xml_record(XML.replace('xmlns:a="http://a/"', 'xmlns:a="http://a"')).value("a:title") == "Yksi"

    def test_text_brings_language_and_path_along(self) -> None:
        first, second = xml_record().texts("a:title")
        assert first == ("Yksi", "fi", "/a:title")
        assert (second.value.split(), second.lang) == (["One", "bold", "word"], "en")

    def test_attributes_are_read_by_name(self) -> None:
        record = xml_record()
        assert record.value("@code") == "7"
        assert next(record.each("part")).value("@a:kind") == "x"

    def test_unread_lists_leaves_and_attributes_nobody_read(self) -> None:
        record = xml_record()
        list(record.texts("a:title"))
        record.skip("{http://other/}odd", "not ours")
        part = record.first("part")
        assert part is not None
        part.text("leaf")
        assert list(record.unread()) == [("/@code", "7"), ("/part/@a:kind", "x")]

    def test_whole_takes_everything_inside(self) -> None:
        record = xml_record("<offer xmlns='http://plain/'><text>a <b>c</b> d</text></offer>")
        part = record.first("text")
        assert part is not None
        assert part.own() == ("a", None, "/text")
        assert part.whole() == ("a c d", None, "/text")
        assert list(record.unread()) == []

    def test_peek_marks_nothing(self) -> None:
        record = xml_record("<offer xmlns='http://plain/' code='1'><text>a</text></offer>")
        assert (record.peek("@code"), record.peek("text"), record.peek("none")) == (["1"], ["a"], [])
        assert len(list(record.unread())) == 2

    def test_schema_instance_attributes_are_not_the_sources_words(self) -> None:
        text = '<o xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="x y"/>'
        assert list(xml_record(text).unread()) == []

    def test_a_deleted_record_without_payload_reads_as_empty(self) -> None:
        record = record_from_xml(None, NAMES, native_id="k", deleted=True)
        assert (record.names(), list(record.unread()), record.raw, record.own()) == ([], [], b"", None)

    def test_an_oai_record_is_opened_at_its_payload(self) -> None:
        text = f'<record xmlns="http://www.openarchives.org/OAI/2.0/"><header/><metadata>{XML}</metadata></record>'
        raw = etree.fromstring(text)
        record = record_from_xml(raw[1][0], NAMES, native_id="k", raw_xml=raw)
        again = open_record(record.raw, record.media_type, NAMES, native_id="k")
        assert record.media_type == "application/xml; wrapper=oai"
        assert [t.value for t in again.texts("a:title")] == [t.value for t in record.texts("a:title")]

    def test_an_oai_record_without_payload_is_deleted(self) -> None:
        raw = etree.fromstring(
            '<record xmlns="http://www.openarchives.org/OAI/2.0/"><header status="deleted"/></record>'
        )
        record = record_from_xml(None, NAMES, native_id="k", deleted=True, raw_xml=raw)
        assert open_record(record.raw, record.media_type, NAMES, native_id="k").deleted

    @pytest.mark.parametrize("raw", [b"", b"<a>", b"\x00"])
    def test_bytes_that_are_no_xml_raise(self, raw: bytes) -> None:
        with pytest.raises((ValueError, SyntaxError)):
            open_record(raw, "application/xml", NAMES, native_id="k")


class TestJson:
    def test_lists_are_transparent_and_null_is_absent(self) -> None:
        record = json_record({"a": [["x", None], "y"], "b": None, "c": 1.5, "d": True})
        assert [t.value for t in record.texts("a")] == ["x", "y"]
        assert (record.value("b"), record.value("c"), record.value("d")) == (None, "1.5", "true")

    def test_unread_walks_into_objects(self) -> None:
        record = json_record({"a": {"b": "x", "c": ["y", "z"]}, "d": "w"})
        record.text("d")
        assert list(record.unread()) == [("/a/b", "x"), ("/a/c", "y"), ("/a/c", "z")]

    def test_unread_is_told_in_the_order_of_the_document(self) -> None:
        record = json_record({"a": 1, "b": {"c": "x"}, "e": None, "f": "", "g": [True, None], "h": "y", "i": "z"})
        record.peek("h")  # looked at is not read
        record.text("i")
        assert list(record.unread()) == [("/a", "1"), ("/b/c", "x"), ("/g", "true"), ("/h", "y")]

    def test_examples_show_no_mail_address(self) -> None:
        record = json_record({"contact": "Ann <ann.other@uni.example>, @home", "a": "x" * 300})
        assert list(record.unread()) == [("/contact", "Ann <…@uni.example>, @home"), ("/a", "x" * 200)]

    def test_peek_marks_nothing(self) -> None:
        record = json_record({"a": [1, 2], "b": {}})
        assert (record.peek("a"), record.peek("b"), len(list(record.unread()))) == (["1", "2"], [], 2)

    def test_depth_is_no_recursion(self) -> None:
        value: Any = "x"
        for level in range(901):
            value = [value] if level % 2 else {"a": value}
        assert len(list(json_record(value).unread())) == 1

    def test_bytes_are_sorted_and_open_again(self) -> None:
        record = json_record({"b": 2**70, "a": "ü"})
        assert record.raw == '{"a":"ü","b":1180591620717411303424}'.encode()
        assert open_record(record.raw, record.media_type, NAMES, native_id="k").value("b") == str(2**70)


class TestIdentify:
    def test_the_first_usable_path_wins(self) -> None:
        record = json_record({"id": " TODO ", "ref": [None, "n/a", "R-1"], "title": "T"})
        assert identify(record, ("id", "ref")) == "R-1"

    def test_a_name_with_a_dot_wins_over_its_parts(self) -> None:
        assert identify(json_record({"a.b": "whole", "a": {"b": "part"}}), ("a.b",)) == "whole"
        assert identify(json_record({"a": {"b": 7}}), ("a.b",)) == "7"

    def test_a_zero_is_a_key_where_nothing_else_is(self) -> None:
        assert identify(json_record({"isbn": "0", "id": "R-1"}), ("isbn", "id")) == "R-1"
        assert identify(json_record({"id": 0}), ("id", "ref")) == "0"

    def test_nothing_usable_is_none(self) -> None:
        assert identify(json_record({"id": {}}), ("id", "none")) is None

    def test_looking_ahead_marks_nothing_as_read(self) -> None:
        record = xml_record()
        identify(record, ("@code", "part.leaf"))
        assert ("/@code", "7") in list(record.unread())


class TestCompose:
    def test_parts_are_copied_without_their_document(self) -> None:
        root = etree.fromstring(
            '<r xmlns="http://plain/" xmlns:u="http://unused/"><x id="1"/>tail<y><logo>z</logo><k/></y></r>'
        )
        element = compose("offer", [root[0], root[1]], attributes={"n": "v"}, drop=frozenset(("logo",)))
        assert [part.tag for part in element.iter()] == ["offer", *(f"{{http://plain/}}{name}" for name in "xyk")]
        assert (element.get("n"), element[0].tail, b"unused" in etree.tostring(element)) == ("v", None, False)
        assert len(root[1]) == 2  # the document itself stays as it was


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"type": ["VerifiableCredential"]}, True),
        ({"@type": "https://w3id.org/openbadges#Assertion"}, True),
        ({"credential": {"credentialSubject": {"id": "did:x"}}}, True),
        ({"payload": {"type": "EuropeanDigitalCredential"}, "signatures": []}, True),
        ({"type": "Course", "credential": "diploma"}, False),
        ("text", False),
    ],
)
def test_a_learners_credential_is_recognised(value: Any, expected: bool) -> None:
    assert is_credential(json_record(value)) is expected
