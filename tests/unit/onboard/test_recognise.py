"""What a document is, by what the connector folders say; languages, countries, and the file that is written."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from microharvest.onboard.files import name_from
from microharvest.onboard.oai import base_of, is_oai
from microharvest.onboard.proposal import Proposal
from microharvest.onboard.recognise import dialect_of_json, dialect_of_prefixes, dialect_of_xml
from microharvest.onboard.tongue import country_of_host, language_of

LOQ = "http://data.europa.eu/snb/model/ap/loq-constraints/"


def name(known: Any) -> str | None:
    return known.manifest.name if known else None


def test_xml_by_namespace_before_name() -> None:
    assert name(dialect_of_xml("Courses", LOQ, b"")) == "elm"
    assert name(dialect_of_xml("Courses", "", f'<Courses xmlns:loq="{LOQ}">'.encode())) == "elm"
    assert name(dialect_of_xml("Courses", "", b"<Courses>")) is None
    assert name(dialect_of_xml("dc", "http://www.openarchives.org/OAI/2.0/oai_dc", b"")) == "oai_dc"
    assert (
        name(dialect_of_xml("catalog", "http://example.org/", b'<catalog xmlns:dc="http://purl.org/dc/terms/">'))
        is None
    )


def test_json_by_its_types() -> None:
    assert name(dialect_of_json([{"@type": "https://schema.org/Course"}])) == "schema_org"
    assert name(dialect_of_json([{"@graph": [{"@type": ["Thing", "schema:CourseInstance"]}]}])) == "schema_org"
    assert name(dialect_of_json([{"@type": "Event"}, {"name": "x"}, 3])) is None


def test_the_format_that_says_most_is_asked_for() -> None:
    formats = {"oai_dc": "http://www.openarchives.org/OAI/2.0/oai_dc/", "loq": LOQ, "marc": "http://loc.gov/marc"}
    found = dialect_of_prefixes(formats)
    assert found is not None
    assert (found[0], name(found[1])) == ("loq", "elm")
    assert dialect_of_prefixes({"marc": "http://loc.gov/marc"}) is None
    odd = dialect_of_prefixes({"ELM33": LOQ})
    assert odd is not None
    assert odd[0] == "ELM33"


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("Die Teilnehmenden lernen, wie man mit der Software für die Auswertung von Daten arbeitet.", "de"),
        (
            "Opiskelija osaa kurssin jälkeen käyttää tietoja ja tekniikoita, jotka ovat työssä tarpeen, sekä jakaa.",
            "fi",
        ),
        ("Les participants apprennent les bases de la programmation et des outils pour une utilisation.", "fr"),
        ("The course gives you the basics of programming and the tools that are used for your work.", "en"),
    ],
)
def test_languages_by_small_words(text: str, tag: str) -> None:
    found = language_of([text] * 4)
    assert found is not None
    assert found[0] == tag


def test_few_or_mixed_words_tell_no_language() -> None:
    assert language_of(["BOULANGERIE SPECIALISEE (MC NIVEAU V)", "Python"]) is None
    assert language_of([]) is None
    assert language_of([f"Kurs {number} dla" for number in range(50)]) is None  # two small words, however often


def test_countries_of_hosts() -> None:
    hosts = (
        "https://x.fi/a",
        "https://y.co.uk/",
        "https://z.eu/",
        "http://127.0.0.1/",
        "https://w.com/",
        "file:///x.de",
    )
    assert [country_of_host(url) for url in hosts] == ["FI", "GB", None, None, None, None]


def test_addresses_of_repositories() -> None:
    assert is_oai("https://h.example/oai?verb=Identify")
    assert is_oai("https://h.example/OAIHandler")
    assert not is_oai("https://h.example/courses.csv")
    assert base_of("https://h.example/oai?verb=ListRecords&metadataPrefix=x#y") == "https://h.example/oai"
    assert name_from("https://h.example/a/short_courses-2026.csv.gz") == "short courses 2026"
    assert name_from("https://h.example/") == "h.example"


def test_what_is_written_is_toml_whatever_a_feed_says() -> None:
    nasty = 'a"b\\c\n# licence = "x"\x7f\u2028\x00]'
    proposal = Proposal()
    proposal.guess("title", nasty, f"because {nasty}")
    proposal.guess("columns.title", [{"from": nasty, "lang": "de"}, "b"], "")
    proposal.guess("fetch.keyed", True, "")
    proposal.guess("expect.records", {"min": 1, nasty: 2.5}, nasty)
    proposal.ask(nasty)
    read = tomllib.loads(proposal.text())
    assert read["title"] == nasty
    assert read["columns"]["title"] == [{"from": nasty, "lang": "de"}, "b"]
    assert read["expect"]["records"] == {"min": 1, nasty: 2.5}
    assert "licence" not in read
    assert read["fetch"] == {"keyed": True}
