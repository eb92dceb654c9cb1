"""A graph as elements: the same whatever it was written like, bounded whatever it holds."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox
import pytest
from lxml import etree

from microharvest.kit.graph import MAX_PARTS, Shape, local_of, tree_of
from microharvest.kit.readers import read_rdf

NS = "http://e.example/"


def element_of(kinds: Iterable[str]) -> str:
    return next(iter(sorted(local_of(kind) for kind in kinds)), "thing")


SHAPE = Shape("root", element_of, local_of, frozenset({"by"}), frozenset({"title"}), frozenset({"Person"}))


def tree(turtle: str) -> bytes:
    graph, _ = read_rdf(
        f"@prefix e: <{NS}> . @prefix s: <http://www.w3.org/2004/02/skos/core#> .\n{turtle}".encode(), "turtle", ""
    )
    return etree.tostring(tree_of(graph["@graph"], SHAPE))


def test_addresses_link_and_blank_nodes_stand_inside() -> None:
    written = tree(
        """<urn:c> a e:Course ; e:title "T"@en, "http://kept.example" ; e:by <urn:o> ; e:code [ e:no "1" ] ;
             e:field <urn:f> ; e:detail <urn:d> ; e:page "https://p.example" ; e:date "2026"^^e:year .
           <urn:o> a e:Org ; e:title "O" . <urn:f> a s:Concept ; s:prefLabel "F"@en . <urn:d> e:more "m" ."""
    )
    by_id = {element.get("id"): element for element in etree.fromstring(written)}
    assert [(key, element.tag) for key, element in by_id.items()] == [
        ("urn:c", "Course"),
        ("urn:d", "thing"),
        ("urn:f", "Concept"),
        ("urn:o", "Org"),
    ]
    assert [
        (part.tag, part.get("idref"), part.get("uri"), part.get("id"), "".join(part.itertext()))
        for part in by_id["urn:c"]
    ] == [
        ("by", "urn:o", None, None, ""),
        ("code", None, None, None, "1"),
        ("date", None, None, None, "2026"),
        ("detail", None, None, "urn:d", "m"),
        ("field", None, "urn:f", None, "F"),
        ("page", None, "https://p.example", None, ""),
        ("title", None, None, None, "T"),
        ("title", None, None, None, "http://kept.example"),
    ]


@pytest.mark.parametrize("seed", range(20))
def test_order_and_labels_of_the_file_make_no_difference(seed: int) -> None:
    dice = random.Random(seed)
    lines = [
        f"<urn:c{dice.randrange(4)}> <{NS}{dice.choice(['by', 'title', 'code'])}> "
        + dice.choice(['"x"', '"x"@en', "<urn:c1>", f"_:b{dice.randrange(5)}"])
        + " ."
        for _ in range(30)
    ]
    lines += [f"_:b{i} <{NS}code> " + dice.choice([f"_:b{dice.randrange(5)}", f'"{i % 3}"']) + " ." for i in range(5)]
    expected = tree("\n".join(lines))
    dice.shuffle(lines)
    labels = list(range(5))
    dice.shuffle(labels)
    renamed = "\n".join(lines)
    for old, new in enumerate(labels):
        renamed = renamed.replace(f"_:b{old}", f"_:z{new}")
    assert tree(renamed) == expected
    quads = ox.parse(input=renamed, format=ox.RdfFormat.TURTLE)
    written = ox.serialize(quads, format=ox.RdfFormat.RDF_XML)
    assert written is not None
    graph, _ = read_rdf(written, "rdfxml", "")
    assert etree.tostring(tree_of(graph["@graph"], SHAPE)) == expected


def test_persons_are_left_behind_wherever_they_stand() -> None:
    written = tree('<urn:c> e:by [ a e:Person ; e:name "P" ] ; e:code <urn:p> . <urn:p> a e:Person ; e:name "Q" .')
    assert written == b'<root><thing id="urn:c"/></root>'


def test_circles_and_depth_are_cut_where_one_can_see_it() -> None:
    assert tree("<urn:c> e:code _:a . _:a e:code _:b . _:b e:code _:a .").count(b"_:cut") == 1
    deep = "".join(f"_:n{i} e:code _:n{i + 1} .\n" for i in range(50))
    assert tree(f"<urn:c> e:code _:n0 .\n{deep}").count(b"_:cut") == 1
    assert tree("<urn:a> e:code <urn:b> . <urn:b> e:code <urn:a> .").count(b'uri="urn:') == 2


def test_a_graph_that_unfolds_without_end_stays_small() -> None:
    wide = "".join(
        f"_:n{i} e:code _:n{i + 1}, [ e:also _:n{i + 1} ], [ e:more _:n{i + 1} ; e:x {j} ] .\n"
        for i in range(12)
        for j in range(9)
    )
    written = tree(f'<urn:c> e:code _:n0 ; e:title "kept" .\n{wide}')
    assert b"kept" in written
    assert len(written) < 1000
    many = ", ".join(f'"{i}"' for i in range(MAX_PARTS + 1))
    assert tree(f"<urn:c> e:title {many} .") == b'<root><thing id="urn:c"/></root>'


def test_what_xml_cannot_hold_leaves_a_mark() -> None:
    written: Any = etree.fromstring(tree('<urn:c> e:title "a\\u0001b" ; <urn:1*2> "odd name" .'))
    assert [child.tag for child in written[0]] == ["property", "title"]
    assert written[0][1].text == "a\ufffdb"
