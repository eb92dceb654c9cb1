"""Coded fields."""

from __future__ import annotations

from typing import Any

import pytest

from microharvest.model.values import Concept, Microcredential
from tests.unit.map.drafts import Said, codes, mapped

ONLINE = "http://data.europa.eu/snb/learning-assessment/920fbb3cbe"
LIST = "http://data.europa.eu/snb/learning-opportunity/"


def test_labels_of_one_uri_are_one_concept() -> None:
    said: list[Said] = [
        {"value": "Online", "lang": "en", "uri": ONLINE},
        {"value": "Verkossa", "lang": "fi", "uri": ONLINE},
        ONLINE,
    ]
    assert mapped(mode=said).offer.modes == (Concept(uri=ONLINE, label={"en": "Online", "fi": "Verkossa"}),)


def test_what_resolves_to_nothing_keeps_its_label_and_has_no_uri() -> None:
    unknown = "http://data.europa.eu/snb/learning-assessment/c_new"
    found = mapped(mode=["distance learning", unknown])
    assert found.offer.modes == (Concept(label={"und": "distance learning"}), Concept(label={"und": unknown}))
    assert codes(found) == [("mode.unresolved", "modes", "distance learning"), ("mode.unresolved", "modes", unknown)]


@pytest.mark.parametrize(
    ("said", "labels"),
    [
        ("hybrid/online", ["hybrid", "online"]),
        ("Online oder Präsenz", ["Online", "Präsenz"]),
        ("online (no attendance)", ["online (no attendance)"]),
        ("online/at the moon", ["online/at the moon"]),
    ],
)
def test_modes_in_one_text_are_several_if_all_are_known(said: str, labels: list[str]) -> None:
    assert [mode.label["und"] for mode in mapped(mode=said).offer.modes] == labels


def test_a_second_schedule_is_surplus_and_a_published_one_comes_first() -> None:
    found = mapped(schedule=["Part time", "Vollzeit"])
    assert found.offer.schedule is not None
    assert found.offer.schedule.label == {"und": "Vollzeit"}
    assert ("value.surplus", "schedule", "Part time") in codes(found)


def test_the_type_from_the_list_comes_first_and_the_source_s_word_is_kept() -> None:
    found = mapped(credential_type=["Nanodegree", LIST + "05053c1cbe"])
    assert found.offer.credential_type == Concept(uri=LIST + "05053c1cbe")
    assert found.offer.source_label == "Nanodegree"
    assert codes(found) == [
        ("concept.unresolved", "credential_type", "Nanodegree"),
        ("value.surplus", "credential_type", "Nanodegree"),
    ]


def test_a_microcredential_by_its_type() -> None:
    found = mapped(credential_type={"value": "Micro-credential", "lang": "en"})
    assert found.offer.credential_type == Concept(code="microcredential", label={"en": "Micro-credential"})
    assert found.offer.is_microcredential == Microcredential(value="yes", basis="type")
    assert (found.offer.basis["is_microcredential"], codes(found)) == ("mapped", [])
    twice = [{"value": word, "lang": "en"} for word in ("Micro-credential", "Microcredential")]
    assert codes(mapped(credential_type=twice)) == [("value.surplus", "credential_type", "Microcredential")]


def test_a_microcredential_by_the_source_s_label() -> None:
    offer = mapped(source_label="Mikrozertifikat", credential_type="Course").offer
    assert offer.is_microcredential == Microcredential(value="yes", basis="type")
    assert (offer.source_label, offer.credential_type and offer.credential_type.uri) == (
        "Mikrozertifikat",
        LIST + "05053c1cbe",
    )


@pytest.mark.parametrize(("said", "value"), [("TRUE", "yes"), ("microcredential", "yes"), ("0", "no")])
def test_a_microcredential_by_declaration(said: str, value: str) -> None:
    offer = mapped(is_microcredential=said, credential_type="Micro-credential").offer
    assert offer.is_microcredential.value == value
    assert (offer.is_microcredential.basis, offer.basis["is_microcredential"]) == ("declared", "declared")


def test_a_contradictory_or_unreadable_declaration_decides_nothing() -> None:
    both = mapped(is_microcredential=["yes", "no"]).offer
    assert both.is_microcredential == Microcredential()
    assert "is_microcredential" not in both.basis
    found = mapped(is_microcredential="perhaps")
    assert found.offer.is_microcredential == Microcredential()
    assert codes(found) == [("concept.unresolved", "is_microcredential", "perhaps")]


def test_fields_of_study_once_each() -> None:
    offer = mapped(isced_f=["0612", "http://data.europa.eu/snb/isced-f/0612", "041"]).offer
    assert [subject.code for subject in offer.isced_f] == ["0612", "041"]


@pytest.mark.parametrize(
    ("said", "value", "basis"),
    [
        ({"is_microcredential": "yes", "credits": "90 ECTS"}, "yes", "declared"),
        ({"is_microcredential": ["yes", "no"], "credits": "90 ECTS"}, "undecided", None),
        ({"credential_type": "Micro-credential", "ects": "90"}, "yes", "type"),
        ({"credential_type": {"value": "micro_credential_certificate", "scheme": "document"}}, "yes", "document"),
        ({"credential_type": {"value": "Master's degree", "scheme": "document"}}, "no", "document"),
        ({"source_label": "Bachelor"}, "no", "type"),
        ({"source_label": ["Bachelor", "Microcredential"]}, "yes", "type"),
        ({"ects": "61"}, "no", "credits"),
        ({"ects": "60"}, "undecided", None),
        ({"credits": "180 CATS"}, "no", "credits"),
        ({"credits": "120 CATS"}, "undecided", None),
        ({"credits": "180"}, "undecided", None),
        ({"title": "Designing microcredentials"}, "undecided", None),
        ({"credential_type": "Certificate of Completion"}, "undecided", None),
    ],
)
def test_is_it_a_microcredential(said: dict[str, Any], value: str, basis: str | None) -> None:
    offer = mapped(**said).offer
    assert (offer.is_microcredential.value, offer.is_microcredential.basis) == (value, basis)


def test_assessment_in_words_keeps_them() -> None:
    offer = mapped(assessment={"value": "Paper; written exam (75%)", "lang": "en"}).offer
    assert [(each.uri is not None, each.label) for each in offer.assessment] == [
        (True, {"en": "written exam (75%)"}),
        (False, {"en": "Paper; written exam (75%)"}),
    ]


def test_names_of_one_thing_in_several_languages_are_one_concept() -> None:
    level: list[Said] = [
        {"value": "Nivå 6", "lang": "sv", "thing": "Nivå 6"},
        {"value": "Level 6", "lang": "en", "thing": "Nivå 6"},
    ]
    assert mapped(nqf_level=level).offer.nqf_level == (Concept(label={"sv": "Nivå 6", "en": "Level 6"}),)
    assert mapped(target_group=level).offer.target_group == (Concept(label={"sv": "Nivå 6", "en": "Level 6"}),)
    assert mapped(assessment=level).offer.assessment == (Concept(label={"sv": "Nivå 6", "en": "Level 6"}),)
    assert mapped(grants=[*level, {"value": "Other", "lang": "en"}]).offer.grants == (
        {"sv": "Nivå 6", "en": "Level 6"},
        {"en": "Other"},
    )


@pytest.mark.parametrize("hint", ["thing", "code"])
def test_two_names_in_one_language_are_two_things_whatever_they_share(hint: str) -> None:
    said: list[Said] = [
        {"value": "Design", "lang": "en", hint: "1"},
        {"value": "Muotoilu", "lang": "fi", hint: "1"},
        {"value": "Suunnittelu", "lang": "fin", hint: "1"},
    ]
    found = mapped(subject=said, learning_outcomes=said).offer
    assert [one.label for one in found.subjects] == [{"en": "Design", "fi": "Muotoilu"}, {"fi": "Suunnittelu"}]
    assert {one.code for one in found.subjects} == ({"1"} if hint == "code" else {None})
    outcomes = [text for one in found.learning_outcomes for text in one.title.values()]
    assert outcomes == ["Design", "Muotoilu", "Suunnittelu"]


def test_of_one_thing_it_is_enough_that_the_list_has_one_name() -> None:
    said: list[Said] = [
        {"value": "Verkossa tapahtuva", "lang": "fi", "thing": "x"},
        {"value": "Online", "lang": "en", "thing": "x"},
    ]
    found = mapped(mode=said)
    assert found.offer.modes == (Concept(uri=ONLINE, label={"fi": "Verkossa tapahtuva", "en": "Online"}),)
    assert codes(found) == []


def test_a_microcredential_keeps_its_name_in_every_language() -> None:
    said: list[Said] = [{"value": "Micro-credential", "lang": "en"}, {"value": "Mikrozertifikat", "lang": "de"}]
    found = mapped(credential_type=said).offer.credential_type
    assert found == Concept(code="microcredential", label={"en": "Micro-credential", "de": "Mikrozertifikat"})
