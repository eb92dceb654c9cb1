"""XCRI-CAP: courses with their provider's head, names in any namespace and case, no contact data."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from microharvest.kit import Document, Draft, Record
from tests.unit.dialects.said import cut, said

HEAD = (
    'xmlns="http://xcri.org/profiles/1.2/catalog" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:mlo="http://purl.org/net/mlo" xmlns:credit="http://purl.org/net/cm" xmlns:x="http://www.w3.org/1999/xhtml" '
    'xmlns:slip="http://purl.org/dc/elements/1.1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
PROVIDER = "<provider><dc:identifier>{0}</dc:identifier><dc:title>P</dc:title>{1}</provider>"


def catalogue(*providers: str) -> list[tuple[Record, Draft]]:
    return cut("xcri_cap", Document(xml=etree.fromstring(f"<catalog {HEAD}>{''.join(providers)}</catalog>")))


def course(inner: str, provider: str = "10001") -> dict[str, Any]:
    body = f"<course><dc:identifier>C</dc:identifier>{inner}</course>"
    ((_, draft),) = catalogue(PROVIDER.format(provider, body))
    return said(draft)


@pytest.mark.parametrize(
    ("provider", "own", "key"),
    [
        ("10001", "C1", "10001/C1"),
        ("https://p.example/", "C1", "https://p.example/C1"),
        ("10001", "https://p.example/c1", "https://p.example/c1"),
        ("10001", "urn:c1", "urn:c1"),
        ("TBD", "C1", "C1"),
        ("10001", "n/a", None),
    ],
)
def test_keys_are_addresses_or_stand_behind_the_provider(provider: str, own: str, key: str | None) -> None:
    ((record, _),) = catalogue(PROVIDER.format(provider, f"<course><dc:identifier>{own}</dc:identifier></course>"))
    assert record.native_id == key


def test_one_local_code_at_two_providers_is_two_records() -> None:
    inner = "<course><dc:identifier>C</dc:identifier><dc:title>T</dc:title></course>"
    found = catalogue(PROVIDER.format("1", inner * 1), PROVIDER.format("2", inner))
    assert [record.native_id for record, _ in found] == ["1/C", "2/C"]


def test_a_venues_provider_is_not_the_courses() -> None:
    venue = "<presentation><venue><provider><dc:title>V</dc:title></provider></venue></presentation>"
    found = course(venue)
    assert found["[provider]"] == [{"name": ["P"], "identifier": ["10001"]}]
    assert found["[instance]"] == [{"[location]": [{"address": ["V"]}]}]


def test_names_are_read_in_any_namespace_and_case_and_slips_told() -> None:
    found = course("<slip:title>T</slip:title><mlo:LearningOutcome>L</mlo:LearningOutcome><description>D</description>")
    assert found["title"] == ["T"]
    assert found["learning_outcomes"] == ["L"]
    assert found["issues"] == ["feed.namespace"]
    assert "issues" not in course("<dc:title>T</dc:title>")


def test_attributes_for_machines_go_before_texts_for_people() -> None:
    found = course(
        '<presentation><mlo:start dtf="2026-09-12">Autumn</mlo:start><end>Soon</end>'
        '<mlo:duration interval="P6W">Six weeks</mlo:duration></presentation>'
        "<presentation><mlo:start>1900-01-01</mlo:start></presentation>"
    )
    assert found["[instance]"] == [{"start_date": ["2026-09-12"], "end_date": ["Soon"], "duration": ["P6W"]}, {}]
    assert found["issues"] == ["date.invalid"]


def test_credits_keep_their_scheme_and_level() -> None:
    credit = "<mlo:credit>{}</mlo:credit>"
    parts = "<credit:scheme>{}</credit:scheme><credit:level>{}</credit:level><credit:value>{}</credit:value>"
    both = credit.format(parts.format("CATS", "4", "10")) + credit.format(parts.format("Own", "", "0"))
    ((_, draft),) = catalogue(PROVIDER.format("1", f"<course>{both}</course>"))
    said_credits = [(each.value, each.hints["framework"]) for each in draft.statements if each.field == "credits"]
    assert said_credits == [("10", "CATS"), ("0", "Own")]
    assert said(draft)["nqf_level"] == ["CATS level 4"]


def test_a_scheme_and_level_by_their_addresses_are_named_by_what_they_end_with() -> None:
    terms = "http://purl.org/net/cm/terms/ECTS"
    parts = ("scheme", terms), ("level", f"{terms}#1"), ("value", "5")
    credit = "".join(f"<credit:{name}>{text}</credit:{name}>" for name, text in parts)
    found = course(f"<mlo:credit>{credit}</mlo:credit>")
    assert found["nqf_level"] == ["ECTS level 1"]


def test_paragraphs_do_not_run_together() -> None:
    assert course("<description><x:div><x:p>One.</x:p><x:p>Two.</x:p></x:div></description>")["description"] == [
        "One.\nTwo."
    ]


def test_contact_data_and_media_are_not_even_bytes() -> None:
    ((record, _),) = catalogue(
        "<provider><dc:title>P</dc:title><image src='logo'/><mlo:location><mlo:town>T</mlo:town>"
        "<mlo:phone>555</mlo:phone><mlo:email>a@b.example</mlo:email></mlo:location><course><dc:identifier>C</dc:identifier>"
        "<contact>Some Person</contact><image/></course></provider>"
    )
    assert not any(word in record.raw for word in (b"555", b"a@b", b"Some Person", b"image"))
    assert list(record.unread()) == []


def test_a_streamed_course_has_what_stands_before_it() -> None:
    root = etree.fromstring(
        f"<catalog {HEAD}>" + PROVIDER.format("1", "<course><dc:identifier>C</dc:identifier></course>") + "</catalog>"
    )
    ((record, draft),) = cut("xcri_cap", Document(xml=root[0][-1]))
    assert record.native_id == "1/C"
    assert said(draft)["[provider]"] == [{"name": ["P"], "identifier": ["1"]}]


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("aim", "description"), ("leadsTo", "description"), ("learningOutcome", "learning_outcomes"),
        ("entryProfile", "entry_requirement"), ("prerequisites", "entry_requirement"),
        ("assessmentStrategy", "assessment"),
    ],
)  # fmt: skip
def test_a_description_of_a_type_of_its_own_goes_where_that_type_belongs(kind: str, field: str) -> None:
    found = course(f'<dc:description xsi:type="xcriTerms:{kind}">Words.</dc:description>')
    assert {name for name, values in found.items() if values == ["Words."]} == {field}


def test_keywords_in_a_description_are_subjects() -> None:
    found = course('<dc:description xsi:type="courseDataProgramme:metadataKeywords">weaving, dyes</dc:description>')
    assert (found["subject"], "description" in found) == (["weaving", "dyes"], False)


def test_what_a_feed_of_changes_marks_as_deleted_is_no_offer_and_no_start() -> None:
    gone = '<course recstatus="3"><dc:identifier>C1</dc:identifier><dc:title>T</dc:title></course>'
    starts = "".join(
        f'<presentation recstatus="{status}"><dc:identifier>{status}</dc:identifier></presentation>' for status in "123"
    )
    kept = f'<course recstatus="2"><dc:identifier>C2</dc:identifier>{starts}</course>'
    (first, _), (second, draft) = catalogue(PROVIDER.format("1", gone + kept))
    assert (first.deleted, first.native_id, second.deleted) == (True, "1/C1", False)
    assert [each["identifier"] for each in said(draft)["[instance]"]] == [["1"], ["2"]]
    assert not list(second.unread())


def test_a_presentation_speaks_for_a_course_that_says_nothing_itself() -> None:
    spoken = "<presentation><dc:description>D</dc:description><assessment>Exam</assessment></presentation>"
    assert (course(spoken)["description"], course(spoken)["assessment"]) == (["D"], ["Exam"])
    own = course(f"<dc:description>Own</dc:description>{spoken}")
    assert (own["description"], own["assessment"]) == (["Own"], ["Exam"])
    typed = spoken.replace("<dc:description>", '<dc:description xsi:type="xcriTerms:learningOutcome">')
    own = course(f"<dc:description>Own</dc:description>{typed}")
    assert (own["description"], own["learning_outcomes"]) == (["Own"], ["D"])


def test_levels_outcomes_and_a_second_qualification_are_told() -> None:
    found = course(
        "<mlo:level>Unit</mlo:level><learningOutcomes>Know A</learningOutcomes>"
        "<mlo:qualification><dc:title>HN</dc:title><abbr>H</abbr></mlo:qualification>"
        "<mlo:qualification><dc:title>Diploma</dc:title></mlo:qualification>"
    )
    assert (found["nqf_level"], found["learning_outcomes"], found["source_label"]) == (["Unit"], ["Know A"], ["HN"])
    assert found["issues"] == ["value.surplus"]
