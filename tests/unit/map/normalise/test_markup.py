"""What of a text's HTML may go to the Europass register."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microharvest.map.normalise.markup import LOQ_ELEMENTS, MAX_TAGS, loq_html


@pytest.mark.parametrize(
    ("said", "html"),
    [
        ("Plain & simple", "<p>Plain &amp; simple</p>"),
        ("One\n\nTwo\nlines", "<p>One</p><p>Two<br>lines</p>"),
        ('<p>See <a href="http://x.example">this</a></p>', "<p>See this</p>"),
        ('<p style="color:red" onclick="x()">Red</p>', "<p>Red</p>"),
        ("<div><ul><li>a</li></ul><script>alert(1)</script></div>", "<ul><li>a</li></ul>"),
        ("&lt;p&gt;twice escaped&lt;/p&gt;", "<p>twice escaped</p>"),
        ("a < b", "<p>a &lt; b</p>"),
        ("<table><tr><td>1</td></tr></table>", "1"),
        ("", ""),
    ],
)
def test_loq_html(said: str, html: str) -> None:
    assert loq_html(said) == html


def test_endless_markup_is_read_as_text() -> None:
    assert loq_html("<b>" * (MAX_TAGS + 1) + "x") == "<p>x</p>"


PIECES = st.sampled_from(
    ["<p>", "</p>", "<a href='x'>", "<script>", "</script>", "<!--", "&lt;", "&amp;", "<b", ">", "x\n"]
)


@given(st.lists(PIECES | st.text(max_size=5), max_size=12).map("".join))
def test_nothing_else_ever_comes_out(said: str) -> None:
    found = loq_html(said)
    assert set(re.findall(r"</?([a-z0-9]+)", found)) <= LOQ_ELEMENTS
    assert not re.search(r"<[a-z0-9]+\s", found)
