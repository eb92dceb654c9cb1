"""Dublin Core: what its elements say, and what they do not."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from microharvest.kit import Document
from tests.unit.dialects.said import cut, said

HEAD = '<dc xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:t="http://purl.org/dc/terms/" '
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def mapped(inner: str, head: str = HEAD) -> dict[str, Any]:
    document = Document(native_id="k", xml=etree.fromstring(f"{head}>{inner}</dc>"))
    ((_, draft),) = cut("oai_dc", document)
    return said(draft)


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<dc:title>A</dc:title><dc:title>B</dc:title>", {"title": ["A"], "alt_title": ["B"]}),
        ("<dc:identifier>doi:10.1/x</dc:identifier>", {"identifier": ["doi:10.1/x"]}),
        ("<dc:identifier>http://x/1</dc:identifier>", {"homepage": ["http://x/1"]}),
        (f"<dc:subject {XSI} xsi:type='t:ISCED'>0611</dc:subject>", {"isced_f": ["0611"]}),
        ("<dc:subject>http://data.europa.eu/snb/isced-f/061</dc:subject>",
         {"isced_f": ["http://data.europa.eu/snb/isced-f/061"]}),
        ("<dc:subject>http://data.europa.eu/esco/occupation/1</dc:subject>",
         {"occupations": ["http://data.europa.eu/esco/occupation/1"]}),
        ("<dc:coverage>SE</dc:coverage><dc:coverage>1990-2000</dc:coverage>", {"country": ["SE"]}),
        ("<dc:date>2026-09-01</dc:date><t:modified>2026-01-01</t:modified>", {"modified": ["2026-01-01"]}),
        ("<dc:type>Text</dc:type><dc:type>http://purl.org/dc/dcmitype/Text</dc:type>", {}),
        ("<dc:type>badge</dc:type>", {"credential_type": ["badge"], "source_label": ["badge"]}),
        ("<dc:type>info:eu-repo/semantics/masterThesis</dc:type>", {"refused": "record.not_an_offer"}),
        ("<t:educationLevel>EQF 5</t:educationLevel>", {"eqf_level": ["EQF 5"]}),
        ("<t:educationLevel>bachelor</t:educationLevel>", {"nqf_level": ["bachelor"]}),
        ("<dc:creator>P</dc:creator><dc:contributor>Q</dc:contributor>", {}),
        ("<t:requires>http://x/1</t:requires><t:requires>Maths</t:requires>", {"entry_requirement": ["Maths"]}),
    ],
)  # fmt: skip
def test_elements(inner: str, expected: dict[str, Any]) -> None:
    assert mapped(inner) == expected


def test_descriptions_of_one_language_are_joined() -> None:
    inner = "<dc:description xml:lang='fi'>A</dc:description><dc:description>B</dc:description>"
    assert mapped(inner + "<t:abstract xml:lang='fi'>C</t:abstract>") == {"description": ["A\n\nC", "B"]}


def test_a_second_publisher_stays_unread() -> None:
    xml = etree.fromstring(f"{HEAD}><dc:publisher>A</dc:publisher><dc:publisher>B</dc:publisher></dc>")
    ((record, draft),) = cut("oai_dc", Document(native_id="k", xml=xml))
    assert said(draft) == {"[provider]": [{"name": ["A"]}]}
    assert list(record.unread()) == [("/dc:publisher", "B")]


def test_the_namespace_is_read_without_its_slash_and_missing_namespaces_are_told() -> None:
    assert mapped("<dc:title>A</dc:title>", '<dc xmlns:dc="http://purl.org/dc/elements/1.1"') == {"title": ["A"]}
    assert mapped("<title>A</title>", "<dc") == {"title": ["A"], "issues": ["feed.namespace"]}


def test_a_file_holds_many_and_keys_are_no_placeholders() -> None:
    one = "<r><dc:identifier>NA</dc:identifier><dc:identifier>{0}</dc:identifier><dc:title>T</dc:title></r>"
    xml = etree.fromstring(f"{HEAD}><a>{one.format(1)}</a>{one.format(2)}</dc>")
    assert [record.native_id for record, _ in cut("oai_dc", Document(xml=xml))] == ["1", "2"]


def test_deletions_keep_their_key() -> None:
    xml = etree.fromstring('<record xmlns="http://www.openarchives.org/OAI/2.0/"><header status="deleted"/></record>')
    ((record, _),) = cut("oai_dc", Document(native_id="oai:1", deleted=True, raw_xml=xml))
    assert (record.native_id, record.deleted) == ("oai:1", True)
