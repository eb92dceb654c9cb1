"""LOM: material is no offer, a vCard is no person here, names in any case and namespace."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from microharvest.kit import Document, Draft, Record
from tests.unit.dialects.said import cut, said

IEEE, IMS = "http://ltsc.ieee.org/xsd/LOM", "http://www.imsglobal.org/xsd/imsmd_v1p2"
COURSE = "<educational><learningResourceType><value>Course</value></learningResourceType></educational>"


def objects(inner: str, namespace: str = IEEE, **settings: Any) -> list[tuple[Record, Draft]]:
    root = etree.fromstring(f'<lom xmlns="{namespace}" xmlns:other="{IMS}">{inner}</lom>')
    return cut("lom", Document(xml=root, native_id="n"), **settings)


@pytest.mark.parametrize(
    ("kind", "level", "lookups", "refused"),
    [
        ("Course", "1", {}, None),
        ("MOOC", "", {}, None),
        ("kennisclip", "4", {}, "record.not_an_offer"),
        ("", "3", {}, "record.not_an_offer"),
        ("", "3", {"aggregation level 3": "module"}, None),
        ("Kennisclip", "", {"kennisclip": "course"}, None),
    ],
)
def test_only_what_says_so_is_an_offer(kind: str, level: str, lookups: dict[str, str], refused: str | None) -> None:
    inner = f"<general><aggregationLevel><value>{level}</value></aggregationLevel></general>" + COURSE.replace(
        "Course", kind
    )
    ((_, draft),) = objects(inner, lookups={"offer_types": lookups})
    assert draft.refused == refused


def test_ims_and_ieee_are_read_alike() -> None:
    ieee = '<general><title><string language="nl">T</string></title></general>' + COURSE
    ims = (
        '<general><title><langstring xml:lang="nl">T</langstring></title></general><educational><learningresourcetype>'
        "<value><langstring>course</langstring></value></learningresourcetype></educational>"
    )
    for inner, namespace in ((ieee, IEEE), (ims, IMS)):
        ((_, draft),) = objects(inner, namespace)
        (title,) = (each for each in draft.statements if each.field == "title")
        assert (title.value, title.lang) == ("T", "nl")


def test_of_a_vcard_the_organisation_stays_and_nothing_else() -> None:
    card = "BEGIN:VCARD\nFN:Some Person\nEMAIL:a@b.example\n{}END:VCARD"
    contribution = "<contribute><role><value>{}</value></role><entity>{}</entity></contribute>"
    inner = (
        "<lifeCycle>"
        + contribution.format("author", card.format("ORG:Not the provider\n"))
        + contribution.format("publisher", card.format(""))
        + contribution.format("publisher", card.format("ORG:A\\, B\\; C;Unit\n"))
        + "</lifeCycle><metaMetadata><contribute><entity>FN:Other</entity></contribute></metaMetadata>"
        + COURSE
    )
    ((record, draft),) = objects(inner)
    assert said(draft)["[provider]"] == [{"name": ["A, B; C"]}]
    assert not any(word in record.raw for word in (b"Some Person", b"a@b", b"Other", b"VCARD"))


def test_children_in_a_foreign_namespace_are_read_and_told() -> None:
    ((_, draft),) = objects(
        "<general><other:title><other:langstring>T</other:langstring></other:title></general>" + COURSE
    )
    assert said(draft)["title"] == ["T"]
    assert said(draft)["issues"] == ["feed.namespace"]


def test_a_classification_is_read_by_its_purpose() -> None:
    path = (
        "<classification><purpose><value>{}</value></purpose><taxonPath><source><string>{}</string></source>"
        "<taxon><id>{}</id><entry><string>{}</string></entry></taxon></taxonPath></classification>"
    )
    inner = COURSE + "".join(
        path.format(*each)
        for each in (
            ("discipline", "ISCED-F", "0612", "Databases"),
            ("discipline", "own", "v1", "Design"),
            ("educational level", "EQF", "6", "short cycle"),
            ("educational level", "EQF", "http://data.europa.eu/snb/eqf/6", "bachelor"),
            ("educational level", "EQF", "c_17", "Level 6"),
            ("competency", "ESCO", "http://data.europa.eu/esco/skill/x", "Weave"),
            ("access rights", "own", "open", "Open"),
        )
    )
    found = said(objects(inner)[0][1])
    assert (found["isced_f"], found["subject"], found["eqf_level"], found["skills"]) == (
        ["0612"], ["Design"], ["6", "http://data.europa.eu/snb/eqf/6", "Level 6"], ["Weave"],
    )  # fmt: skip
    assert "Open" not in str(found)


def test_a_deleted_record_stays_one() -> None:
    ((record, _),) = cut("lom", Document(deleted=True, native_id="n"))
    assert (record.native_id, record.deleted) == ("n", True)


HCRT = "https://w3id.org/kim/hcrt/"


@pytest.mark.parametrize(("word", "refused"), [("course", None), ("open_course", "record.not_an_offer")])
def test_a_type_given_by_address_is_read_by_its_end(word: str, refused: str | None) -> None:
    kind = f'<id>{HCRT}{word}</id><entry><string language="de">Kurs</string></entry>'
    inner = (
        f"<educational><learningResourceType><source>{HCRT}scheme</source>{kind}</learningResourceType></educational>"
    )
    ((record, draft),) = objects(inner)
    assert (draft.refused, said(draft).get("source_label")) == (refused, None if refused else [word])
    assert refused or not list(record.unread())


def test_keywords_in_several_languages_are_one_each_and_in_one_language_many() -> None:
    two = '<keyword><string language="de">Daten</string><string language="en">data</string></keyword>'
    many = '<keyword><string language="en">a</string><string language="en">b</string></keyword>'
    ((_, draft),) = objects(f"<general>{two}{many}</general>" + COURSE)
    things = [each.hints.get("thing") for each in draft.statements if each.field == "subject"]
    assert things == ["Daten", "Daten", None, None]


def test_what_a_competency_says_in_prose_is_an_outcome() -> None:
    prose = "<purpose><value>competency</value></purpose><description><string>Can weave.</string></description>"
    ((_, draft),) = objects(f"<classification>{prose}</classification>" + COURSE)
    assert said(draft)["learning_outcomes"] == ["Can weave."]
