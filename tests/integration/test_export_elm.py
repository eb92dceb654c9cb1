"""ELM out: what is written is valid, says what the entry says, and reads back as the same offer; the rest is listed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pyoxigraph as ox
import pytest
from lxml import etree

from microharvest.link.run import link_changed
from microharvest.model.instance import Instance
from microharvest.model.offer import Offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import Concept, Credits, Identifier, LearningOutcome, Location, Price, Subject
from microharvest.publish.elm.document import LoqReport, export_loq
from microharvest.publish.run import publish
from microharvest.settings import MergeSettings, PublishSettings
from tests.integration.offers_at_hand import Shelf, offer, source
from tests.loq_files import read_back, schema, written

SOURCES = {"a": source("a")}
SNB = "http://data.europa.eu/snb/"
ONLINE = Concept(uri=f"{SNB}learning-assessment/920fbb3cbe")
SKILL = "http://data.europa.eu/esco/skill/6a6c7e04-0a4c-4c3f-9d9a-2f4a0d2c9b11"

RICH = Offer(
    title={"en": "Batteries & <safety>", "nb": "Batterisikkerhet"},
    description={"en": "Two lines,\nand a \x0c control."},
    provider=Organisation(
        name={"nb": "Nordlys fagskole"}, identifiers=(Identifier(scheme="uri", value="https://x.example/org/1"),),
        homepage="https://x.example/", country="NO", city="Bodø",
    ),
    awarding_body=(Organisation(name={"und": "Kosova Academy"}, country="XK"),),
    identifiers=(Identifier(scheme="code", value="BAT-1"), Identifier(scheme="https://x.example/scheme", value="77")),
    homepage=("https://x.example/battery?a=1&b=2",),
    credits=(Credits(framework="ECTS", points=Decimal("2.5")), Credits(framework="CATS", points=Decimal(5))),
    workload_hours=Decimal("62.5"),
    eqf_level=5,
    isced_f=(Subject(code="0713", uri=f"{SNB}isced-f/0713"),),
    languages=("nb", "en"),
    modes=(ONLINE,),
    assessment=(Concept(uri=f"{SNB}assessment/b1b68f6735"),),
    learning_outcomes=(
        LearningOutcome(title={"en": "Stores cells safely"}, skills=(Concept(uri=SKILL),)),
        LearningOutcome(title={"und": "no language"}),
    ),
    entry_requirement={"en": "None", "nb": "Ingen"},
    prices=(Price(amount=Decimal(100)),),
    instances=(
        Instance(
            start_date="2026-10-05", end_date="2026-10", application_deadline="2026-09-01T12:00",
            prices=(Price(amount=Decimal("1200.50"), currency="NOK"),),
            locations=(Location(country="NO", city="Bodø"),),
        ),
        Instance(start_date="2027-02-01", duration="P2W"),
    ),
    country="NO",
)  # fmt: skip


@pytest.fixture
def shelf(store_url: str) -> Iterator[Shelf]:
    made = Shelf(store_url)
    yield made
    made.database.dispose()


def write(shelf: Shelf, version: Any = "3.3", form: Any = "elm-xml") -> tuple[bytes, LoqReport, list[Any]]:
    link_changed(shelf.database, SOURCES, MergeSettings(), clock=shelf.clock)
    publish(shelf.database, shelf.database, SOURCES, PublishSettings(), clock=shelf.clock)
    out, left = io.BytesIO(), io.BytesIO()
    report = export_loq(shelf.database, out, version, form, withheld_to=left)
    return out.getvalue(), report, [msgspec.json.decode(line) for line in left.getvalue().splitlines()]


@pytest.mark.parametrize("form", ["elm-xml", "elm-jsonld"])
def test_what_is_written_reads_back_as_the_same_offer(shelf: Shelf, tmp_path: Path, form: str) -> None:
    shelf.put("a", "1", RICH)
    document, report, _ = write(shelf, form=form)
    assert (report.written, report.withheld) == (1, 0)
    (back,) = read_back(document, tmp_path, form).values()
    same = ("title", "eqf_level", "isced_f", "modes", "entry_requirement", "workload_hours", "homepage")
    assert {name: getattr(back, name) for name in same} == {name: getattr(RICH, name) for name in same}
    assert sorted(back.languages) == sorted(RICH.languages)
    assert RICH.provider is not None
    assert back.provider == msgspec.structs.replace(RICH.provider, city=None), "elm reads no city of an organisation"
    assert back.description == {"en": "Two lines,\nand a control."}
    assert [body.name for body in back.awarding_body] == [{"und": "Kosova Academy"}]
    assert [body.country for body in back.awarding_body] == ["XK"]
    assert back.credits == (Credits(framework="ECTS", points=Decimal("2.5")),), "the list has no CATS"
    assert [one.uri for one in back.assessment] == [f"{SNB}assessment/b1b68f6735"]
    assert [one.title for one in back.learning_outcomes] == [{"en": "Stores cells safely"}]
    assert [skill.uri for one in back.learning_outcomes for skill in one.skills] == [SKILL]
    first, second = back.instances
    assert (first.start_date, first.end_date) == ("2026-10-05T00:00:00", None), "a month alone is no dateTime"
    assert [(one.amount, one.currency) for one in first.prices] == [(Decimal("1200.5"), "NOK")]
    assert [place.country for place in first.locations] == ["NO"]
    assert (second.start_date, second.duration) == ("2027-02-01T00:00:00", "P14D")
    assert not second.prices, "an amount without a currency is no price here"


def test_an_entry_that_lacks_a_demand_is_listed_with_every_reason(shelf: Shelf) -> None:
    shelf.put("a", "1", RICH)
    shelf.put("a", "2", offer("Only a title"))
    shelf.put("a", "3", msgspec.structs.replace(
        RICH, title={"und": "Which language?"}, learning_outcomes=(), identifiers=(), homepage=("https://y.example/",),
        provider=Organisation(name={"und": "Elsewhere"}, country="SE"), awarding_body=(), instances=(),
    ))  # fmt: skip
    document, report, listed = write(shelf, "3.1")
    assert (report.written, report.withheld) == (1, 2)
    reasons = {tuple(one["reasons"]) for one in listed}
    assert reasons == {
        ("homepage", "country", "isced_f", "language", "learning_outcomes"),
        ("title", "learning_outcomes"),
    }
    assert report.reasons["learning_outcomes"] == 2
    assert b"Only a title" not in document
    document, report, _ = write(shelf, "3.3")
    assert report.reasons == {"homepage": 1, "country": 1, "isced_f": 1, "language": 1, "title": 1}


def test_ids_and_notations_stand_once_in_a_document(shelf: Shelf) -> None:
    for number in range(3):
        shelf.put("a", str(number), msgspec.structs.replace(RICH, title={"en": f"Course {number}"}))
    document, report, _ = write(shelf)
    tree = etree.fromstring(document)
    assert report.written == len(tree.xpath("//*[local-name()='learningAchievementSpecification'][@id]"))
    ids = tree.xpath("//@id")
    notations = tree.xpath("//*[local-name()='notation']/text()")
    assert len(ids) == len(set(ids))
    assert len(notations) == len(set(notations))
    assert set(tree.xpath("//@idref")) <= set(ids), "no reference leads to nothing"


def test_a_qualification_needs_both_levels(shelf: Shelf) -> None:
    nqf = Concept(uri=f"{SNB}qdr/c_060f2f91")
    shelf.put("a", "1", msgspec.structs.replace(RICH, nqf_level=(nqf,)))
    document, _, _ = write(shelf)
    assert document.count(b"<qualification ") == 1
    assert b"<educationLevel" not in document
    assert b"<EQFLevel uri" in document


def test_an_empty_catalogue_is_a_document(shelf: Shelf) -> None:
    out = io.BytesIO()
    assert export_loq(shelf.database, out).written == 0
    assert etree.fromstring(out.getvalue()).tag.endswith("Courses")
    out = io.BytesIO()
    assert export_loq(shelf.database, out, "3.1", "elm-jsonld").written == 0
    assert msgspec.json.decode(out.getvalue())["@graph"] == []


def test_scores_and_provenance_stand_beside_about_the_same_addresses(shelf: Shelf) -> None:
    wholes = (Identifier(scheme="uri", value="https://x.example/whole"), Identifier(scheme="local", value="P 7"))
    shelf.put("a", "1", msgspec.structs.replace(RICH, part_of=wholes))
    shelf.put("a", "2", offer("Only a title"))
    document, _, _ = write(shelf, form="elm-jsonld")
    out, graph = io.BytesIO(), io.BytesIO()
    export_loq(shelf.database, out, form="elm-jsonld", beside_to=graph)
    assert out.getvalue() == document
    (node,) = msgspec.json.decode(graph.getvalue())["@graph"]
    nodes = msgspec.json.decode(document)["@graph"]
    assert node["@id"] in {one["@id"] for one in nodes if one["@type"] == "LearningAchievementSpecification"}
    assert node["derivedFrom"] == [{"@type": "prov:Entity", "source": "a", "identifier": "1"}]
    assert node["licence"] == ["https://creativecommons.org/licenses/by/4.0/"]
    measured = {one["metric"].rpartition(":")[2]: one["value"] for one in node["measured"]}
    assert measured.keys() >= {"overall", "completeness", "comparability"}
    assert {one["field"]: one["source"] for one in node["origin"]}["credits"] == "a"
    said = {quad.predicate.value for quad in ox.parse(input=graph.getvalue(), format=ox.RdfFormat.JSON_LD)}
    assert {"http://www.w3.org/ns/dqv#value", "http://www.w3.org/ns/prov#wasDerivedFrom"} <= said
    assert node["isPartOf"] == [{"@id": "https://x.example/whole"}, "P 7"]
    assert "http://purl.org/dc/terms/isPartOf" in said
    assert b"ns/dqv#" not in document
    assert b"ns/prov#" not in document


def test_what_only_the_document_tells_is_told() -> None:
    """One code of two providers' courses, one provider under two descriptions."""
    address = Identifier(scheme="uri", value="https://x.example/org/1")
    renamed = Organisation(name={"nb": "Nordlys, nytt navn"}, identifiers=(address,), country="NO")
    code = Identifier(scheme="local", value="BAT-1")
    document, report = written(
        [RICH, msgspec.structs.replace(RICH, provider=renamed, identifiers=(code,))], "3.3", "elm-xml"
    )
    assert report.written == 2
    assert (report.left_out["identifiers"], report.left_out["organisations"]) == (1, 1)
    assert document.count(b">BAT-1<") == 1
    assert document.count(b'<organisation id="https://x.example/org/1">') == 1


def test_3_1_takes_no_concept_that_came_later(shelf: Shelf) -> None:
    hybrid = Concept(uri=f"{SNB}learning-assessment/c_3a90b26d")
    shelf.put("a", "1", msgspec.structs.replace(RICH, modes=(hybrid,)))
    assert b"c_3a90b26d" in write(shelf, "3.3")[0]
    document, report, _ = write(shelf, "3.1")
    assert b"c_3a90b26d" not in document
    assert report.left_out["concepts"] == 1


def test_a_language_the_authority_list_lacks_is_no_default_language() -> None:
    offer = msgspec.structs.replace(RICH, title={"sh": "Zavarivanje"}, languages=("sh",), instances=())
    assert written([offer], "3.3", "elm-xml")[1].reasons == {"title": 1, "language": 1}
    both = msgspec.structs.replace(offer, title={"sh": "Zavarivanje", "sl": "Varjenje"}, languages=("sh", "sl"))
    document, report = written([both], "3.3", "elm-xml")
    assert (report.written, report.left_out["languages"]) == (1, 1)
    assert b"HBS" not in document
    assert document.count(b"language/SLV") == 2


def test_descriptions_are_html_of_few_elements(shelf: Shelf) -> None:
    shelf.put("a", "1", msgspec.structs.replace(RICH, description={"en": "1 < 2\n& <script>\n\nnext"}))
    nodes = msgspec.json.decode(write(shelf, form="elm-jsonld")[0])["@graph"]
    assert {one["description"]["en"] for one in nodes if "description" in one} == {
        "<p>1 &lt; 2<br/>&amp; &lt;script&gt;</p><p>next</p>"
    }


@pytest.mark.parametrize("version", ["3.1", "3.3"])
def test_it_is_valid_by_the_published_schema(shelf: Shelf, shared: Path, tmp_path: Path, version: str) -> None:
    nqf = Concept(uri=f"{SNB}qdr/c_060f2f91")
    for number in range(3):
        title = {"en": f"Course {number}"}
        shelf.put("a", str(number), msgspec.structs.replace(RICH, title=title, nqf_level=(nqf,) if number else ()))
    document, report, _ = write(shelf, version)
    assert report.written > 0
    schema(shared, tmp_path, version).assertValid(etree.fromstring(document))


def test_languages_of_the_starts_are_those_of_the_specification() -> None:
    """A feed that has the language at each start says it: nothing is withheld for want of it, nothing of it is lost."""
    starts = (Instance(languages=("fi",)), Instance(languages=("sv", "fi")))
    offer = msgspec.structs.replace(RICH, languages=(), instances=starts)
    for form in ("elm-xml", "elm-jsonld"):
        document, report = written([offer], "3.3", form)
        assert (report.written, report.withheld) == (1, 0)
        assert report.left_out["instance_languages"] == 1
        assert b"language/FIN" in document
        assert b"language/SWE" in document
    _, report = written([msgspec.structs.replace(offer, instances=(Instance(),))], "3.3", "elm-xml")
    assert report.reasons == {"language": 1}
