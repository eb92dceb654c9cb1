"""Languages as codes, URIs and names."""

from __future__ import annotations

import pytest

from microharvest.map.normalise.language import languages, text_language

EU = "http://publications.europa.eu/resource/authority/language/"


@pytest.mark.parametrize(
    ("said", "tags", "basis"),
    [
        ("en", ("en",), "declared"),
        ("EN", ("en",), "declared"),
        ("nl-NL", ("nl-NL",), "declared"),
        ("en_GB", ("en-GB",), "declared"),
        ("eng", ("en",), "mapped"),
        ("GER", ("de",), "mapped"),
        ("DUT", ("nl",), "mapped"),
        ("gre", ("el",), "mapped"),
        ("iw", ("he",), "mapped"),
        ("smn", ("smn",), "declared"),
        (EU + "ENG", ("en",), "mapped"),
        (EU + "NOB", ("nb",), "mapped"),
        (EU + "HBS", ("sh",), "mapped"),
        (EU + "CNR", ("cnr",), "mapped"),
        ("tgl", ("tl",), "mapped"),
        ("Deutsch", ("de",), "mapped"),
        ("ENGLISH", ("en",), "mapped"),
        ("anglais", ("en",), "mapped"),
        ("suomi", ("fi",), "mapped"),
        ("Norwegian Bokmål", ("nb",), "mapped"),
        ("English, Dutch", ("en", "nl"), "mapped"),
        ("English and Norwegian", ("en", "no"), "mapped"),
        ('"French, Spanish"', ("fr", "es"), "mapped"),
        ("en;en", ("en",), "mapped"),
    ],
)
def test_languages(said: str, tags: tuple[str, ...], basis: str) -> None:
    assert languages(said, None) == (tags, basis, ())


@pytest.mark.parametrize(
    "said",
    ["xx", "dk", "qaa", "all", "any", "tbd", "", ",", "en-x-own", "i-klingon", "e" * 200],
)  # fmt: skip
def test_what_is_no_language(said: str) -> None:
    taken = languages(said, None)
    assert (taken.value, taken.issues) == (None, ("language.unknown",))


def test_of_several_the_known_ones_are_taken() -> None:
    assert languages("French/French Creole", None) == (("fr",), "mapped", ("language.unknown",))


def test_the_uri_beside_a_label_decides() -> None:
    assert languages("Lang. 1", EU + "SWE").value == ("sv",)
    assert languages("Swedish", "urn:other").value == ("sv",)


@pytest.mark.parametrize(
    ("said", "tag", "issues"),
    [
        ("sv", "sv", ()),
        ("x-none", None, ()),
        ("und", None, ()),
        (" ", None, ()),
        ("klingonese", None, ("language.unknown",)),
        ("z" * 200, None, ("language.unknown",)),
    ],
)
def test_language_of_a_text(said: str, tag: str | None, issues: tuple[str, ...]) -> None:
    taken = text_language(said, None)
    assert (taken.value, taken.issues) == (tag, issues)


@pytest.mark.parametrize("said", [EU + "MUL", EU + "OP_DATPRO", "MUL", "und", "zxx", "x-none", "Mehrsprachig"])
def test_codes_for_many_or_no_language(said: str) -> None:
    assert languages(said, None) == (None, "declared", ("language.placeholder",))


def test_a_region_that_is_none_leaves_the_language() -> None:
    assert languages("en-EN", None).value == ("en",)
    assert languages("xx-EN", None).value is None
