"""A forgotten value is found however a feed writes it, nothing else is touched, and what is left can still be read."""

from __future__ import annotations

import json
import unicodedata
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from microharvest.model.forgotten import ERASED, Forgotten, record_rule, value_rule, words_of

SALT = "0123456789abcdef"
NAME = "Zoë Quistorp-Lindqvist"
MAIL = "z.q@staff.example.org"
forgotten = Forgotten([value_rule(NAME, SALT), value_rule(MAIL, SALT), record_rule("s", "1", SALT)])
known = Forgotten(forgotten.rules, [NAME, MAIL])


@pytest.mark.parametrize(
    "text",
    [
        "Zoë Quistorp-Lindqvist",
        "zoe QUISTORP lindqvist",
        "Lindqvist, Zoë Quistorp",
        unicodedata.normalize("NFD", "Zoë") + " Quistorp\u2010Lindqvist",
        "Zo&euml; Quistorp&#45;Lindqvist",
        "Zo%C3%AB%20Quistorp-Lindqvist",
        "zoe_quistorp_lindqvist",
        '{"a": "Zo\\u00eb\\nQuistorp", "b": ["Lindqvist"]}',
        '{"given": "Zo\\u00eb", "family": "Quistorp-Lindqvist"}',
        '{"text": "<b>Zo\\u00eb</b> <i class=\\"x y\\">Quistorp</i> Lindqvist"}',
        "<p><given>Zoë</given>\n<family kind='x'>Quistorp-Lindqvist</family></p>",
        '<a href="https://x.example.org/zoe/quistorp/lindqvist">x</a>',
        "<d><![CDATA[Zoë Quistorp-Lindqvist]]></d>",
        "[NEW] with Zoë Quistorp-Lindqvist",
    ],
)
@pytest.mark.parametrize("found", [forgotten, known])
def test_it_is_found_however_it_is_written(text: str, found: Forgotten) -> None:
    cleaned = found.text(text)
    assert ERASED in cleaned
    assert not {"quistorp", "lindqvist"} & set(words_of(cleaned))


@pytest.mark.parametrize(
    "text",
    [
        "", "Zoë Quistorp", "Quistorp-Lindqvist", "Zoë met Quistorp and Lindqvist", "Zoë Quistorp-Lindqvister",
        '{"zoe": 1, "quistorp": 2, "lindqvist": 3}', "<zoe><quistorp><lindqvist/></quistorp></zoe>",
    ],
)  # fmt: skip
def test_what_is_not_it_stays_as_it_is(text: str) -> None:
    assert forgotten.text(text) == text


def test_an_address_is_a_value_too() -> None:
    assert "staff" not in forgotten.text("mail Z.Q@staff.example.org now")
    assert forgotten.text("z.q@other.example.org") == "z.q@other.example.org"


def test_numbers_outside_of_strings_are_not_words() -> None:
    rule = Forgotten([value_rule("room 12", SALT)])
    text = '{"a": "room", "b": 12, "c": "room 12"}'
    assert json.loads(rule.text(text)) == {"a": "room", "b": 12, "c": f"{ERASED} {ERASED}"}


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16"])
def test_bytes_keep_their_encoding(encoding: str) -> None:
    content = f"Höhe: {NAME}".encode(encoding)
    assert forgotten.content(content).decode(encoding) == f"Höhe: {ERASED} {ERASED}-{ERASED}"
    packed = forgotten.content(zlib.compress(content))
    assert zlib.decompress(packed).decode(encoding) == f"Höhe: {ERASED} {ERASED}-{ERASED}"
    for untouched in (b"", b"\x78\x9c broken", bytes(range(256)), zlib.compress(b"nothing")):
        assert forgotten.content(untouched) == untouched


def test_ids_stay_apart_and_the_same() -> None:
    one, two = (forgotten.native_id(f"zoe-quistorp-lindqvist/{n}") for n in (1, 2))
    assert one != two
    assert one == forgotten.native_id("zoe-quistorp-lindqvist/1")
    assert "quistorp" not in one
    assert forgotten.native_id("other") == "other"
    assert forgotten.is_record("s", "1")
    assert not forgotten.is_record("t", "1")
    assert not Forgotten([])


def test_nothing_of_the_value_is_kept() -> None:
    kept = repr(forgotten.rules).casefold()
    assert not any(word in kept for word in (*words_of(NAME), "staff"))
    assert value_rule(NAME, SALT).digest != value_rule(NAME, "another key").digest


names = st.lists(st.text(st.characters(categories=["L"]), min_size=2, max_size=8), min_size=2, max_size=4)


@given(name=names, before=st.text(max_size=30), after=st.text(max_size=30))
def test_a_planted_name_never_survives_and_the_document_is_still_one(name: list[str], before: str, after: str) -> None:
    value = " ".join(name)
    if len(words_of(value)) < 2:
        return
    rule = Forgotten([value_rule(value, SALT)])
    planted = f"{before} {value} {after}"
    for ascii_only in (True, False):
        document: Any = {"title": {"en": planted}, "n": [1, 2.5, None, planted]}
        text = rule.text(json.dumps(document, ensure_ascii=ascii_only))
        read = json.loads(text)
        assert read["n"][:3] == [1, 2.5, None]
        assert rule.text(text) == text, "once is enough"
        assert ERASED in read["title"]["en"]
    clean = "".join(char for char in planted if char.isprintable() and char not in "\ufffe\uffff")
    element = etree.Element("p")
    try:
        element.text = clean
    except ValueError:  # characters XML cannot hold
        return
    if rule.text(clean) != clean:
        xml = rule.text(etree.tostring(element, encoding="unicode"))
        assert ERASED in (etree.fromstring(xml).text or "")


WORDS = st.sampled_from(["Zoe", "quistorp", "LINDQVIST", "Zo\u00eb", "z", "q", "staff", "example", "org", "law", "x1"])
GAPS = st.sampled_from([" ", "-", "\n", "@", ".", "</b><b>", "%20", "&amp;", "&#45;", "\\u0020", '", "', "_", "\\n"])


@given(st.lists(st.tuples(WORDS, GAPS), max_size=14), st.sampled_from(["", "<p>", '{"a": "']))
def test_knowing_the_values_saves_time_and_changes_nothing(parts: list[tuple[str, str]], start: str) -> None:
    text = start + "".join(word + gap for word, gap in parts) + ('"}' if start.startswith("{") else "")
    assert known.text(text) == forgotten.text(text)
    assert known.content(text.encode()) == forgotten.content(text.encode())


def test_a_value_that_is_not_known_is_looked_for_as_well() -> None:
    half = Forgotten(forgotten.rules, [MAIL])
    assert half.text("Lindqvist, Zoe Quistorp") == forgotten.text("Lindqvist, Zoe Quistorp") != ""
    assert ERASED in half.text("Lindqvist, Zoe Quistorp")
