"""ELM out: what is written is valid, says what the entry says, and reads back as the same offer; the rest is listed."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from lxml import etree

from microharvest.harvest.worker import ReadingPlan, inline_parcels, make_reading
from microharvest.kit import Body, DialectSettings, Request
from microharvest.link.run import link_changed
from microharvest.map.apply import Defaults
from microharvest.model.instance import Instance
from microharvest.model.offer import Offer, decode_offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import Concept, Credits, Identifier, LearningOutcome, Location, Price, Subject
from microharvest.publish.elm.document import LoqReport, export_loq
from microharvest.publish.run import publish
from microharvest.settings import MergeSettings, PublishSettings
from microharvest.store.parcel import decode_parcel
from tests.integration.offers_at_hand import Shelf, offer, source

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


def write(shelf: Shelf, version: Any = "3.3") -> tuple[bytes, LoqReport, list[Any]]:
    link_changed(shelf.database, SOURCES, MergeSettings(), clock=shelf.clock)
    publish(shelf.database, shelf.database, SOURCES, PublishSettings(), clock=shelf.clock)
    out, left = io.BytesIO(), io.BytesIO()
    report = export_loq(shelf.database, out, version, withheld_to=left)
    return out.getvalue(), report, [msgspec.json.decode(line) for line in left.getvalue().splitlines()]


def read_back(document: bytes, folder: Path) -> list[Offer]:
    """What our own elm dialect makes of it."""
    path = folder / "loq.xml"
    path.write_bytes(document)
    url = "https://x.example/loq.xml"
    plan = ReadingPlan(
        protocol="file", dialect="elm", url=url, fetch={}, settings=DialectSettings(), defaults=Defaults(),
        known_file=None, batch_size=100,
    )  # fmt: skip
    body = Body(path=path, url=url, headers={"content-type": "application/xml"}, size=len(document))
    blobs = inline_parcels(make_reading(plan), body, Request(lane="file", url=url), use_known=False)
    parcels = [decode_parcel(blob) for blob in blobs]
    assert not [one for parcel in parcels for one in parcel.rejected]
    return [decode_offer(landed.doc) for parcel in parcels for landed in parcel.landed]


def test_what_is_written_reads_back_as_the_same_offer(shelf: Shelf, tmp_path: Path) -> None:
    shelf.put("a", "1", RICH)
    document, report, _ = write(shelf)
    assert (report.written, report.withheld) == (1, 0)
    (back,) = read_back(document, tmp_path)
    same = ("title", "eqf_level", "isced_f", "languages", "modes", "entry_requirement", "workload_hours", "homepage")
    assert {name: getattr(back, name) for name in same} == {name: getattr(RICH, name) for name in same}
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


def test_it_is_valid_by_the_published_schema(shelf: Shelf, shared: Path, tmp_path: Path) -> None:
    folder = tmp_path / "xsd"
    shutil.copytree(shared / "feeds" / "elm" / "xsd", folder, copy_function=shutil.copyfile)
    folder.chmod(0o755)
    shutil.copytree(shared / "vocab" / "elm-cv", folder / "cv", copy_function=shutil.copyfile)
    schema = etree.XMLSchema(etree.parse(folder / "loq.xsd"))
    nqf = Concept(uri=f"{SNB}qdr/c_060f2f91")
    for number in range(3):
        title = {"en": f"Course {number}"}
        shelf.put("a", str(number), msgspec.structs.replace(RICH, title=title, nqf_level=(nqf,) if number else ()))
    document, report, _ = write(shelf, "3.1")
    assert report.written > 0
    schema.assertValid(etree.fromstring(document))
