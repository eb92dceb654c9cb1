"""RDF: every syntax gives the same nodes, nothing is fetched, and hostile input is refused and ends nothing."""

from __future__ import annotations

import random
from typing import Any

import pyoxigraph as ox
import pytest

from microharvest.kit.readers import (
    Flattened,
    Unreadable,
    find_syntax,
    looks_like_rdf,
    nodes_of_json,
    rdf,
    rdf_parsing,
    read_rdf,
)
from microharvest.kit.readers.rdf import Syntax

BASE = "https://uni.example/offers"
TURTLE = b"""@prefix e: <http://e.example/> .
<#a> a e:Course ; e:title "T"@en, "T"@sl ; e:by [ e:name "N" ] ;
  e:points "5"^^<http://www.w3.org/2001/XMLSchema#decimal> .
"""
TERMS = b"<http://a> <http://b> "


def bag(graph: Flattened) -> list[str]:
    """The statements without the labels of blank nodes."""
    text = [
        (node["@id"], name, sorted(map(str, values)) if isinstance(values, list) else values)
        for node in graph["@graph"]
        for name, values in node.items()
    ]
    return sorted(
        str(("_" if key.startswith("_:") else key, name, "_:" in str(values) or values)) for key, name, values in text
    )


@pytest.mark.parametrize(
    ("syntax", "format_"),
    [
        ("turtle", ox.RdfFormat.N_TRIPLES),
        ("turtle", ox.RdfFormat.TRIG),
        ("nquads", ox.RdfFormat.N_QUADS),
        ("rdfxml", ox.RdfFormat.RDF_XML),
        ("jsonld", ox.RdfFormat.JSON_LD),
    ],
)
def test_every_syntax_gives_the_same_statements(syntax: Syntax, format_: ox.RdfFormat) -> None:
    expected, findings = read_rdf(TURTLE, "turtle", BASE)
    assert (len(expected["@graph"]), findings) == (2, [])
    assert expected["@graph"][0]["@id"] == BASE + "#a"
    quads = ox.parse(input=TURTLE, format=ox.RdfFormat.TURTLE, base_iri=BASE)
    written = ox.serialize(
        [quad.triple if format_ == ox.RdfFormat.N_TRIPLES else quad for quad in quads], format=format_
    )
    assert written is not None
    assert find_syntax(written, {"turtle": ".ttl", "nquads": ".nq"}.get(syntax, "")) == syntax
    found, _ = read_rdf(written, syntax, BASE)
    if syntax != "jsonld":  # JSON has numbers where RDF has decimals
        assert bag(found) == bag(expected)
    assert len(found["@graph"]) == 2


@pytest.mark.parametrize(
    ("head", "names", "is_rdf"),
    [
        (b"@prefix a: <b> .", (), True),
        (b"# comment\nPREFIX a: <b>\n", (".txt",), True),
        (b"<http://a> <http://b> <http://c> .", (".nt",), True),
        (b"<http://a> <http://b> <http://c> .", ("", "text/turtle"), True),
        (b'<?xml version="1.0"?><rdf:RDF xmlns:rdf="x">', (".xml",), True),
        (b'<?xml version="1.0"?><Courses>', (".rdf", "application/rdf+xml"), False),
        (b'{"@context": {}}', (".jsonld",), False),
        (b"a,b\n1,2\n", (".csv",), False),
    ],
)
def test_bytes_are_believed_before_names(head: bytes, names: tuple[str, ...], is_rdf: bool) -> None:
    assert looks_like_rdf(head, *names) is is_rdf


@pytest.mark.parametrize(
    ("content", "syntax", "code"),
    [
        (TERMS + b"<<( <http://a> <http://b> " * 20_000 + b"1" + b")>>" * 20_000 + b" .", "turtle", "source.protocol"),
        (TERMS + b"<< <http://a> <http://b> " * 400 + b"1" + b">>" * 400 + b" .", "turtle", "source.protocol"),
        (b'{"http://p":' * 5_000 + b"1" + b"}" * 5_000, "jsonld", "source.protocol"),
        (b'{"@context": ' + b"[" * 400 + b"]" * 400 + b', "@id": "urn:a"}', "jsonld", "source.protocol"),
        (b'<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><r>&b;</r>', "rdfxml", "source.protocol"),
        (b"<r>" * 400 + b"</r>" * 400, "rdfxml", "source.protocol"),
        (b"<http://a> <http://b> ", "turtle", "source.protocol"),
        (b'<http://a> <http://b> "\xff" .', "turtle", "source.protocol"),
        (b"{}}", "jsonld", "source.protocol"),
        (b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><a>", "rdfxml", "source.cut"),
    ],
)
def test_hostile_and_broken_input_is_refused(content: bytes, syntax: Syntax, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_rdf(content, syntax, BASE)
    assert caught.value.code == code


def test_size_and_number_of_statements_are_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    flood = b"".join(b"[] <http://p> [] .\n" for _ in range(101))
    for module, cap, value in ((rdf_parsing, "MAX_TRIPLES", 100), (rdf, "MAX_RDF_BYTES", 1000)):
        monkeypatch.setattr(module, cap, value)
        with pytest.raises(Unreadable, match="more than") as caught:
            read_rdf(flood, "turtle", BASE)
        assert caught.value.code == "source.too_large"


def test_addresses_with_blanks_are_read_and_told() -> None:
    graph, findings = read_rdf(b'<http://a b> <http://p> "x" .', "turtle", BASE)
    assert graph["@graph"][0]["@id"] == "http://a b"
    assert [finding.code for finding in findings] == ["feed.repaired"]


def test_a_relative_address_without_a_page_is_no_address() -> None:
    graph, _ = read_rdf(b'<x> <http://p> "1" .', "turtle", "")
    assert graph["@graph"][0]["@id"] == "relative:/x"


@pytest.mark.parametrize(
    ("context", "predicate", "unknown"),
    [
        ("https://schema.org/", "https://schema.org/title", []),
        ("http://www.schema.org", "http://schema.org/title", []),
        ("http://data.europa.eu/snb/model/context/edc-ap", "http://purl.org/dc/terms/title", []),
        ("http://data.europa.eu/snb/model/elm/", "http://purl.org/dc/terms/title", []),
        ("https://x.example/c", "https://x.example/c#title", ["https://x.example/c"]),
        (["https://schema.org/", "https://x.example/c"], "https://schema.org/title", ["https://x.example/c"]),
        ({"@import": "https://x.example/c", "title": "urn:t"}, "urn:t", ["https://x.example/c"]),
        (
            {"p": {"@id": "urn:p", "@context": "https://x.example/c"}, "title": "urn:t"},
            "urn:t",
            ["https://x.example/c"],
        ),
        ([["https://schema.org/"]], "https://schema.org/title", []),
        ("no iri", "title", ["no iri"]),
    ],
)
def test_contexts_are_known_or_told_and_never_fetched(context: Any, predicate: str, unknown: list[str]) -> None:
    graph = nodes_of_json({"@context": context, "@id": "urn:a", "title": "T"}, BASE)
    assert graph.get("@context", []) == unknown
    assert [name for node in graph["@graph"] for name in node if name != "@id"] == [predicate]


def test_no_feed_can_pretend_that_its_json_is_flat() -> None:
    flat = nodes_of_json({"@id": "urn:a", "urn:p": [{"@value": "x"}]}, BASE)
    assert nodes_of_json(flat, BASE) is flat
    assert nodes_of_json(dict(flat), BASE) is not flat


def test_rubbish_never_raises_anything_else() -> None:
    dice = random.Random(7)
    for _ in range(300):
        content = bytearray(TURTLE)
        for _ in range(dice.randrange(1, 6)):
            content[dice.randrange(len(content))] = dice.randrange(256)
        for syntax in ("turtle", "nquads", "rdfxml", "jsonld"):
            try:
                read_rdf(bytes(content), syntax, BASE)
            except Unreadable:
                continue
