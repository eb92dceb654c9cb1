"""JSON-LD blocks, their repairs, and links."""

from __future__ import annotations

from typing import Any

import pytest

from microharvest.kit.readers.answer import Unreadable
from microharvest.kit.readers.html import json_ld_blocks, page_language, page_links, read_block

OPEN = '<script type="application/ld+json">'


def test_blocks() -> None:
    page = (
        f"<SCRIPT TYPE='APPLICATION/LD+JSON;charset=utf-8'>1</SCRIPT>{OPEN}2 &amp; <b></script>"
        f"<script>3</script><script type='application/json'>4</script><!-- {OPEN}5</script> -->{OPEN}6"
    )
    found = json_ld_blocks(page)
    assert found[:2] == [("1", True), ("2 &amp; <b>", True)]
    assert [one.closed for one in found] == [True, True, False]


@pytest.mark.parametrize(
    ("text", "value", "repair"),
    [
        ('{"a": "1, ]"}', {"a": "1, ]"}, ""),
        ('\ufeff // <![CDATA[\n{"a": 1}\n// ]]> ', {"a": 1}, ""),
        ("<!-- [1] -->", [1], ""),
        ('/*<![CDATA[*/ {"a": "]]>"} /*]]>*/', {"a": "]]>"}, ""),
        ('{"a": "x\n\ty"}', {"a": "x\n\ty"}, "controls"),
        ('{"a": [1, 2, ], "b": "x,}", }', {"a": [1, 2], "b": "x,}"}, "commas"),
        ("{&quot;a&quot;: &quot;b &amp;amp; c&quot;}", {"a": "b &amp; c"}, "entities"),
        ('{"a": "b &amp; c"}', {"a": "b &amp; c"}, ""),
    ],
)
def test_reading(text: str, value: Any, repair: str) -> None:
    assert read_block(text) == (value, repair)


@pytest.mark.parametrize("text", ["", "{a: 1}", '{"a": undefined}', "[1", '{"a": "\ud800"}'])
def test_what_is_no_json(text: str) -> None:
    with pytest.raises(Unreadable):
        read_block(text)


def test_links() -> None:
    page = '<base href="/x/"><base href="/y/"><a href="1">1</a><a name="n">n</a><A HREF="2?a=1&amp;b=2">2</A>'
    assert page_links(page) == (["1", "2?a=1&b=2"], "/x/")


@pytest.mark.parametrize("filler", [" ", '"', "<!--", "]]>", "\\", "&quot;", ",]"])
def test_endless_blocks_take_no_endless_time(filler: str) -> None:
    with pytest.raises(Unreadable):
        read_block(f"x{filler * 200_000}x")


@pytest.mark.parametrize("filler", ["<html ", "<a href=x ", "<title", "<script ", "<!--", "</a "])
def test_tags_without_an_end_take_no_endless_time(filler: str) -> None:
    """Some versions of the standard library's parser take minutes for each."""
    page = f"<a href=1>{OPEN}2</script>{filler * 40_000}"
    assert json_ld_blocks(page) == [("2", True)]
    assert page_links(page)[0] == ["1"]


@pytest.mark.parametrize(
    ("page", "language"),
    [
        ('<!DOCTYPE html><html lang="de"><head>', "de"),
        ("<html xml:lang='pt_BR' class=x>", "pt-BR"),
        ('<HTML LANG="nb-NO">', "nb-NO"),
        ('<html lang="">', None),
        ('<html lang="{{ lang }}">', None),
        ("<html><p lang='fr'>", None),
        ('<!-- <html lang="en"> --><html lang="sv">', "sv"),
        ("", None),
    ],
)
def test_the_language_of_a_page(page: str, language: str | None) -> None:
    assert page_language(page) == language
