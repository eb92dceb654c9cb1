"""The named repairs, one by one, and where they stop."""

from __future__ import annotations

import pytest

from microharvest.kit.readers.answer import Unreadable
from microharvest.kit.readers.xml_repair import cut_list, ends_with_root, sanitise


@pytest.mark.parametrize(
    ("content", "expected", "done"),
    [
        (b"<a>x</a>", "<a>x</a>", ""),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<a>x</a>\n", "<a>x</a>", ""),
        (b"junk<a>x</a>junk", "<a>x</a>", "junk"),
        (b"<a>\x00\x0b\tx</a>", "<a>\tx</a>", "characters"),
        (b"<a>&#11;&#x41;&#xD800;</a>", "<a>&#x41;</a>", "characters"),
        (b"<a>&nbsp;&lt;&LT;&foo;&AMP;</a>", "<a>\u00a0&lt;&lt;&foo;&amp;</a>", "entities"),
        (b"<a><![CDATA[&nbsp;<?xml ?>]]></a>", "<a><![CDATA[&nbsp;<?xml ?>]]></a>", ""),
        (b"<a><?xml version='1.0'?><b/></a>", "<a><b/></a>", "declarations"),
        (b"<a>\xe4\xc3\xa4</a>", "<a>ää</a>", "bytes"),
        ("<?xml version='1.0' encoding='iso-8859-1'?><a>ä\x01</a>".encode("latin-1"), "<a>ä</a>", "characters"),
        ("<a>ä</a>".encode("utf-16"), "<a>ä</a>", ""),
        (b"<p:a xmlns:p='x'>&eacute;\x01</p:a>", "<p:a xmlns:p='x'>é</p:a>", "characters, entities"),
        (b"<a>R & D, AT&T; x?a=1&b=2 &</a>", "<a>R &amp; D, AT&T; x?a=1&amp;b=2 &amp;</a>", "ampersands"),
        (b"<a>&#38; &amp; &unheard; ?a=1&copy=2&lt</a>", "<a>&#38; &amp; &unheard; ?a=1&copy=2&lt</a>", ""),
    ],
)
def test_sanitise(content: bytes, expected: str, done: str) -> None:
    assert sanitise(content, "a") == (expected.encode(), done)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<a>x", "source.cut"),
        (b"<b>x</b>", "source.protocol"),
        (b"<a>x</a><a>y</a>", "source.protocol"),
        (b"x <!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "source.protocol"),
    ],
)
def test_what_sanitise_refuses(content: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        sanitise(content, "a")
    assert caught.value.code == code


def test_the_closing_root() -> None:
    assert ends_with_root(b"x</p:a \n>", "a")
    assert ends_with_root("</a>".encode("utf-16"), "a")
    assert not ends_with_root(b"<a></ab>", "a")


def test_cut() -> None:
    records = b'<r><h/>1</r> <r x="1"> <h/>2 & 3</r><r><h/><r>inner</r><q:z/></r>'
    content = b'<l xmlns:q="urn:q"><d>1</d><list>' + records + b"<t>9</t></list></l>"
    found = cut_list(content, listing=("list",), record="r", opening="h")
    pieces = list(found.pieces)
    assert [one.element is None for one in pieces] == [False, True, False]
    assert pieces[1].content == b'<r x="1"> <h/>2 & 3</r>'
    assert [child.tag for child in pieces[2].element] == ["h", "r", "{urn:q}z"]
    assert [child.tag for child in found.root[1]] == ["t"]


@pytest.mark.parametrize(
    "content",
    [
        b"<l><list><t>&</t><r><h/></r></list></l>",
        b"<l><list></list></l>",
        b"<l><r><h/></r></l>",
        b"<l><list><r><h/></list></l>",
    ],
)
def test_an_envelope_that_is_broken(content: bytes) -> None:
    with pytest.raises(Unreadable):
        cut_list(content, listing=("list",), record="r", opening="h")


@pytest.mark.parametrize("filler", ["<!--", "<![CDATA[", "<?xml ", "<r ", "&copy", "<r><h", "]]>"])
def test_endless_beginnings_take_no_endless_time(filler: str) -> None:
    content = f"<l><list><r><h/>{filler * 100_000}</r></list></l>".encode()
    clean, _ = sanitise(content, "l")
    assert [one.element for one in cut_list(clean, listing=("list",), record="r", opening="h").pieces] == [None]
