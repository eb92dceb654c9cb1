"""The picture of evidence: well formed whatever feeds say, self-contained, true to the numbers, readable in grey."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microharvest.explain.sheets import Piece
from microharvest.explain.waterfall import BAR_FROM, BAR_TO, MOST, WIDTH, Picture, draw

SVG = "{http://www.w3.org/2000/svg}"
ANYTHING = st.text(st.characters(), max_size=300)
WEIGHTS = st.none() | st.floats(-30, 30, allow_nan=False)


def tree(picture: Picture) -> ET.Element:
    return ET.fromstring(draw(picture).encode())


def bars(root: ET.Element) -> list[ET.Element]:
    return [rect for rect in root.iter(f"{SVG}rect") if rect.get("rx")]


@given(
    title=ANYTHING,
    pieces=st.lists(st.tuples(ANYTHING, ANYTHING, WEIGHTS), max_size=5),
    sentences=st.lists(ANYTHING, max_size=3),
)
def test_nothing_a_feed_says_breaks_out(
    title: str, pieces: list[tuple[str, str, float | None]], sentences: list[str]
) -> None:
    made = tuple(Piece(name=name, detail=detail, weight=weight) for name, detail, weight in pieces)
    total = sum(piece.weight or 0 for piece in made)
    root = tree(Picture(title=title, pieces=made, total=total, lists=(("Said", tuple(sentences)),)))
    assert {element.tag for element in root.iter()} <= {
        f"{SVG}{name}" for name in ("svg", "title", "text", "rect", "path", "defs", "pattern")
    }
    for bar in bars(root):
        left, wide = float(bar.get("x", "")), float(bar.get("width", ""))
        assert BAR_FROM - 1 <= left <= left + wide <= BAR_TO + 2


def test_it_is_self_contained_and_escaped() -> None:
    said = draw(Picture(title='<script>alert("1")</script>', lists=(("Said", ("</svg><a href='x'>&",)),)))
    assert "<script" not in said
    assert "&lt;script&gt;" in said
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", said)
    assert "href" not in re.sub(r">[^<]*<", "><", said)


def test_bars_follow_each_other_and_the_sum_starts_at_zero() -> None:
    pieces = (Piece(name="prior", detail="", weight=-4.0), Piece(name="title", detail="", weight=6.0))
    first, second, total = bars(tree(Picture(title="t", pieces=pieces, total=2.0)))
    ends = [(float(bar.get("x", "")), float(bar.get("x", "")) + float(bar.get("width", ""))) for bar in (first, second)]
    assert ends[0][0] == ends[1][0] == BAR_FROM, "the second bar begins where the first one ended"
    assert float(total.get("x", "")) == pytest.approx(ends[0][1]), "the sum begins at zero"
    assert ends[1][1] == pytest.approx(BAR_TO)
    assert first.get("fill") == "url(#against)", "what speaks against is hatched, not only coloured"
    labels = [text.text for text in tree(Picture(title="t", pieces=pieces, total=2.0)).iter(f"{SVG}text")]
    assert {"-4.00", "+6.00", "+2.00"} <= set(labels)


def test_evidence_without_weights_is_a_list() -> None:
    root = tree(Picture(title="t", pieces=(Piece(name="same code", detail="W1"),)))
    assert not bars(root)
    assert "same code" in [text.text for text in root.iter(f"{SVG}text")]


def test_long_texts_are_cut_and_long_lists_counted() -> None:
    pieces = tuple(Piece(name="n" * 500, detail="長" * 500, weight=1.0) for _ in range(MOST + 5))
    root = tree(Picture(title="t" * 999, pieces=pieces, total=65.0, lists=(("Said", ("s",) * (MOST + 7)),)))
    texts = [text.text or "" for text in root.iter(f"{SVG}text")]
    assert max(map(len, texts)) < 130
    assert {"and 5 more", "and 7 more"} <= set(texts)
    assert float(root.get("width", "")) == WIDTH
