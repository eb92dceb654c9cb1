"""Concepts of the published lists, and the URIs of other lists."""

from __future__ import annotations

import pytest

from microharvest.map.normalise.concept import ESCO, find_term, open_uri

SNB = "http://data.europa.eu/snb/"


@pytest.mark.parametrize(
    ("name", "said", "code"),
    [
        ("modes", "Online", "online"),
        ("modes", "ONLINE.", "online"),
        ("modes", "e-learning", "online"),
        ("modes", "on_campus".replace("_", " "), "presential"),
        ("modes", "face_to_face", "presential"),
        ("modes", "Präsenz", "presential"),
        ("modes", "présentiel", "presential"),
        ("modes", "lähiopetus", "presential"),
        ("modes", "blended learning", "blended"),
        ("modes", "semipresencial", "blended"),
        ("modes", "hybrid", "hybrid"),
        ("modes", "Work-based", "workbased"),
        ("modes", "ON", "online"),
        ("schedules", "Full time", "full-time"),
        ("schedules", "Vollzeit", "full-time"),
        ("schedules", "heltid", "full-time"),
        ("assessments", "Written exam", "written"),
        ("assessments", "Portfolio", "portfolio"),
        ("accreditations", "Program Quality Assurance", "programme-quality"),
        ("credential_types", "MOOC", "mooc"),
        ("target_groups", "Migrants", "migrants"),
    ],
)
def test_words(name: str, said: str, code: str) -> None:
    taken = find_term(name, said, None)
    assert taken.value is not None
    assert (taken.value.code, taken.basis) == (code, "mapped")


@pytest.mark.parametrize(
    "uri", [SNB + "learning-assessment/920fbb3cbe", "https" + SNB[4:] + "learning-assessment/920fbb3cbe"]
)
def test_uris(uri: str) -> None:
    for said, hint in ((uri, None), ("whatever", uri)):
        taken = find_term("modes", said, hint)
        assert taken.value is not None
        assert (taken.value.uri, taken.basis) == (SNB + "learning-assessment/920fbb3cbe", "declared")


@pytest.mark.parametrize(
    ("name", "said"),
    [("modes", "distance learning"), ("modes", "DS"), ("schedules", "Part time"), ("modes", "x" * 500), ("modes", ""),
     ("modes", SNB + "learning-assessment/0000000000")],
)  # fmt: skip
def test_what_is_in_no_list(name: str, said: str) -> None:
    assert find_term(name, said, None).value is None


@pytest.mark.parametrize(
    ("said", "hint", "uri"),
    [
        ("label", "http://x.example/c/1", "http://x.example/c/1"),
        ("http://x.example/c/1", None, "http://x.example/c/1"),
        ("https://data.europa.eu/esco/skill/1", None, "http://data.europa.eu/esco/skill/1"),
        ("label", None, None),
        ("label", "urn:x", None),
        ("http://x.example/a b", None, None),
        ("http://x.example/" + "a" * 600, None, None),
    ],
)
def test_open_uri(said: str, hint: str | None, uri: str | None) -> None:
    assert open_uri(said, hint) == uri


def test_esco() -> None:
    assert ESCO.fullmatch("http://data.europa.eu/esco/skill/fed5b267-73fa-461d-9f69-827c78beb39d")
    assert not ESCO.fullmatch("http://data.europa.eu/snb/dcf/1.1")
