"""Texts as feeds have them: markup, entities, invisible characters, damage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microharvest.map.normalise.text import clean_text, one_line, storable, verbatim

HTML, CONTROL, DAMAGED = "value.html_removed", "value.control_removed", "value.text_damaged"


@pytest.mark.parametrize(
    ("said", "text", "issues"),
    [
        ("Plain text", "Plain text", ()),
        ("  two  spaces ", "two spaces", ()),
        ("a\r\nb\rc", "a\nb\nc", ()),
        ("one\n\n\n\ntwo", "one\n\ntwo", ()),
        ("Köln\u00a0Süd", "Köln Süd", ()),
        ("e\u0301tude", "étude", ()),
        ("a < b and c > d", "a < b and c > d", ()),
        ("if x<b and y>c", "if x<b and y>c", ()),
        ("C++ <vector> from scratch", "C++ <vector> from scratch", ()),
        ("AT&T", "AT&T", ()),
        ("R&amp;D", "R&D", ()),
        ("R&amp;amp;D", "R&D", ()),
        ("a&nbsp;b &eacute;t&#233;", "a b été", ()),
        ("<p>Hello <b>world</b></p><p>x &amp; y</p>", "Hello world\n\nx & y", (HTML,)),
        ("one<br/>two<ul><li>a</li><li>b</li></ul>", "one\ntwo\n\na\nb", (HTML,)),
        ("&lt;p&gt;escaped twice&lt;/p&gt;", "escaped twice", (HTML,)),
        ("<p>Use the &lt;b&gt; tag</p>", "Use the <b> tag", (HTML,)),
        ("Use the &amp;lt;b&amp;gt; tag", "Use the &lt;b&gt; tag", ()),
        ("<script>alert(1)</script>Safe", "Safe", (HTML,)),
        ("<td>a</td><td>b</td>", "a b", (HTML,)),
        ('<a href="https://x.example/">link</a>', "link", (HTML,)),
        ("<!-- note --><p>text", "text", (HTML,)),
        ("<p>a<!-- never closed", "a<!-- never closed", (HTML,)),
        ("<p>a<script>never closed", "anever closed", (HTML,)),
        ("<style>p > b {}</style><p>a</p>", "a", (HTML,)),
        ('<p title="a > b">text</p>', "text", (HTML,)),
        ('<p title="a > b>text</p>', "b>text", (HTML,)),
        ("<p>Use <vector> here</p>", "Use here", (HTML,)),
        ("zero\u200bwidth", "zerowidth", (CONTROL,)),
        ("\ufeffBOM", "BOM", (CONTROL,)),
        ("\u202eevil\u202c", "evil", (CONTROL,)),
        ("a\x00b\x07c", "abc", (CONTROL,)),
        ("\x1b[1;31mRed\x1b[0m [31m] \x9bKurs\x8b", "Red [31m] Kurs", (CONTROL,)),
        ("cut \x1b[", "cut [", (CONTROL,)),
        ("a\u200db", "ab", (CONTROL,)),
        ("می\u200cخواهم", "می\u200cخواهم", ()),
        ("caf\ufffd", "caf\ufffd", (DAMAGED,)),
        ("PrÃ¼fung in KÃ¶ln", "PrÃ¼fung in KÃ¶ln", (DAMAGED,)),
        ("what itâ€™s about", "what itâ€™s about", (DAMAGED,)),
        ("“A MAÇû – EDUCAÇÃO, Ã\u00a0parte", "“A MAÇû – EDUCAÇÃO, Ã parte", ()),
        ("lone \ud800", "lone \ufffd", (DAMAGED,)),
        ("&#xD800;", "\ufffd", (DAMAGED,)),
        ("   ", None, ()),
        ("<p> </p>", None, (HTML,)),
        ("\u200b", None, (CONTROL,)),
    ],
)
def test_clean_text(said: str, text: str | None, issues: tuple[str, ...]) -> None:
    assert clean_text(said) == (text, "declared", issues)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("<div>" * 30_000 + "x", "x"),
        ("<p>" + "<!--" * 30_000, "<!--" * 30_000),
        ("<p>" + '<a b="' * 30_000, '<a b="' * 30_000),
        ("<p>" + "<script>" * 30_000 + "x", "x"),
    ],
)
def test_hostile_markup_takes_linear_time(said: str, text: str) -> None:
    """A parser that nests takes minutes for each of these; the suite's own deadline would end it."""
    assert clean_text(said).value == text


def test_titles_are_one_line() -> None:
    assert one_line("A title\n  over lines").value == "A title over lines"
    assert one_line("plain").value == "plain"
    assert one_line("\n").value is None


def test_signs_stay_in_identifiers() -> None:
    assert (
        verbatim("10.1002/(SICI)1097<1::AID-1>3.0.CO;2-Z&amp;x").value == "10.1002/(SICI)1097<1::AID-1>3.0.CO;2-Z&amp;x"
    )
    assert verbatim("\tID-1").value == "ID-1"
    assert verbatim("ID\u200b-1") == ("ID-1", "declared", (CONTROL,))
    assert verbatim(" \x00 ").value is None


def test_storable_leaves_all_but_nul_and_surrogates() -> None:
    assert storable("a\x00b") == "a\u2400b"
    assert storable("é\ud800\x00") == "é\ufffd\u2400"
    assert storable("plain\n\u200b") == "plain\n\u200b"


@given(st.text(st.characters(), max_size=60))
def test_cleaning_twice_changes_nothing_in_a_text_without_markup(said: str) -> None:
    said = said.replace("<", "").replace("&", "")
    once, _, codes = clean_text(said)
    assert once is None or clean_text(once) == (once, "declared", (DAMAGED,) if DAMAGED in codes else ())


@given(
    st.text(st.characters(exclude_characters="\x1b<&"), max_size=30),
    st.text("0123456789:;?", max_size=6),
    st.sampled_from("mKHJABhl~"),
    st.text(st.characters(exclude_characters="\x1b<&"), max_size=30),
)
def test_of_a_terminal_s_colours_nothing_is_left(before: str, parameters: str, final: str, after: str) -> None:
    assert clean_text(f"{before}\x1b[{parameters}{final}{after}").value == clean_text(before + after).value


@given(st.text("<>&;/pbr ltgamd#x0 \n\u200b", max_size=80))
def test_nothing_invisible_or_outside_is_left(said: str) -> None:
    text = clean_text(said).value
    assert text is None or (text == text.strip() and "\u200b" not in text and "  " not in text)
