"""schema.org: every shape a course comes in, and nothing from pages without one."""

from __future__ import annotations

from typing import Any

import pytest

from microharvest.kit import Document, Draft, Record
from tests.unit.dialects.said import cut, said

PAGE = "https://uni.example/courses/a.html"
CONTEXT = {"@context": "https://schema.org/"}


def courses(value: Any, url: str = PAGE, **settings: Any) -> list[tuple[Record, Draft]]:
    return cut("schema_org", Document(value=value, url=url), **settings)


def mapped(**properties: Any) -> dict[str, Any]:
    ((_, draft),) = courses({**CONTEXT, "@type": "Course", **properties})
    return said(draft)


@pytest.mark.parametrize(
    "value",
    [
        {"@context": "http://schema.org", "@type": "Course", "name": "T"},
        {"@context": ["https://schema.org/"], "@type": ["Thing", "Course"], "name": ["T"]},
        {"@context": {"@vocab": "http://schema.org/"}, "@type": "Course", "name": {"@value": "T", "@language": "fi"}},
        {"@context": {"s": "https://schema.org/"}, "@type": "s:Course", "s:name": "T"},
        {"@context": {"titel": {"@id": "schema:name"}}, "@type": "http://schema.org/Course", "titel": "T"},
        {"@type": "schema:EducationalOccupationalProgram", "https://schema.org/name": "T"},
        {**CONTEXT, "@graph": [{"@type": "WebSite", "name": "W"}, {"@type": "Course", "name": "T"}]},
        {**CONTEXT, "@type": "ItemList", "itemListElement": [{"item": {"@type": "Course", "name": "T"}}]},
        [{**CONTEXT, "@type": "BreadcrumbList"}, {"@type": "WebPage", "mainEntity": {"@type": "Course", "name": "T"}}],
    ],
)
def test_courses_are_found_wherever_they_lie(value: Any) -> None:
    (draft,) = (draft for _, draft in courses(value) if draft.refused is None)
    assert said(draft) == {"title": ["T"]}


@pytest.mark.parametrize(
    ("value", "others"),
    [
        *[(value, 0) for value in ([], {}, None, "text", 5)],
        ({"name": "no type"}, 1),
        ([{"name": "no type"}, {"name": "nor here", "startDate": "2026-09-01"}, {"@id": "urn:x"}], 2),
        ({**CONTEXT, "@type": "Event", "name": "E"}, 1),
        ({**CONTEXT, "@type": "LearningResource", "learningResourceType": "slides"}, 1),
        ([{"@type": "Organization"}, [[{"@type": "WebSite"}]], {"@graph": [{"@type": "BreadcrumbList"}]}], 3),
    ],
)
def test_what_is_no_course_is_counted_and_its_content_left_behind(value: Any, others: int) -> None:
    found = courses(value)
    assert [draft.refused for _, draft in found] == ["record.not_an_offer"] * others
    assert len({record.native_id for record, _ in found}) == others
    assert not any(b'"E"' in record.raw for record, _ in found if b"Event" not in record.raw)


def test_an_event_or_a_resource_is_an_offer_where_its_type_or_the_source_file_says_so() -> None:
    resource = {**CONTEXT, "@type": "LearningResource", "@id": "urn:r", "name": "R", "learningResourceType": "MOOC"}
    event = {**CONTEXT, "@type": "Event", "@id": "urn:e", "name": "E", "startDate": "2026-09-01"}
    ((_, draft),) = courses(resource)
    assert said(draft)["credential_type"] == said(draft)["source_label"] == ["MOOC"]
    ((_, draft),) = courses(event)
    assert draft.refused == "record.not_an_offer"
    ((_, draft),) = courses(event, lookups={"offer_types": {"Event": "course"}})
    assert said(draft)["credential_type"] == ["Event"]
    (statement,) = (each for each in draft.statements if each.field == "credential_type")
    assert statement.hints["uri"] == "http://data.europa.eu/snb/learning-opportunity/05053c1cbe"
    assert said(draft)["[instance]"][0]["start_date"] == ["2026-09-01"]


def test_parts_that_stand_beside_their_course_are_no_offers_of_their_own() -> None:
    graph = [
        {
            "@type": "Course",
            "@id": "urn:c",
            "name": "C",
            "hasCourseInstance": {"@id": "urn:i"},
            "educationalCredentialAwarded": {"@id": "urn:a"},
            "provider": {"@id": "urn:o"},
        },
        {"@type": "CourseInstance", "@id": "urn:i", "startDate": "2026-09-01"},
        {"@type": "EducationalOccupationalCredential", "@id": "urn:a", "name": "Badge"},
        {"@type": "Organization", "@id": "urn:o", "name": "O"},
    ]
    ((record, draft),) = courses({"@context": "https://schema.org", "@graph": graph})
    assert record.native_id == "urn:c"
    assert said(draft)["[instance]"] == [{"start_date": ["2026-09-01"], "identifier": ["urn:i"]}]


def test_a_credential_that_is_offered_stands_alone() -> None:
    value = {
        **CONTEXT,
        "@type": "EducationalOccupationalCredential",
        "@id": "urn:a",
        "name": "Data steward",
        "credentialCategory": "Microcredential",
        "competencyRequired": "Write a data plan",
        "recognizedBy": {"@type": "Organization", "name": "Body"},
    }
    ((_, draft),) = courses(value)
    found = said(draft)
    assert found["credential_type"] == found["source_label"] == ["Microcredential"]
    assert found["[learning_outcome]"] == [{"title": ["Write a data plan"]}]
    assert found["[awarding_body]"] == [{"name": ["Body"]}]


def test_an_education_event_is_offer_and_instance_and_names_its_organiser() -> None:
    value = {
        **CONTEXT,
        "@type": "EducationEvent",
        "url": "/e/1",
        "name": "Summer school",
        "startDate": "2026-07-01",
        "organizer": {"@type": "CollegeOrUniversity", "name": "U"},
    }
    ((record, draft),) = courses(value)
    assert record.native_id == "https://uni.example/e/1"
    assert said(draft)["[provider]"] == [{"name": ["U"]}]
    value["organizer"] = {"@type": "Person", "name": "Somebody"}
    ((_, draft),) = courses(value)
    assert "[provider]" not in said(draft)


def test_a_document_that_came_as_a_text_is_opened() -> None:
    inner = '{"@context": "https://schema.org", "@type": "Course", "@id": "urn:c", "name": "C"}'
    for value in (inner, {"page": 1, "jsonld": inner}):
        ((record, _),) = courses(value)
        assert record.native_id == "urn:c"


@pytest.mark.parametrize("wrapped", [lambda c: [c], lambda c: {"@graph": [c]}, lambda c: {"credential": c}])
def test_nothing_of_a_learners_credential_is_kept(wrapped: Any) -> None:
    credential = {
        "@type": "VerifiableCredential",
        "credentialSubject": {"name": "Some One", "achievement": {"@type": "Course", "name": "C"}},
    }
    found = courses(wrapped(credential))
    assert [draft.refused for _, draft in found] == ["record.credential_refused"]
    assert b"Some One" not in b"".join(record.raw for record, _ in found)


@pytest.mark.parametrize(
    ("properties", "key"),
    [
        ({"@id": "./"}, "https://uni.example/courses/"),
        ({"@id": "#c", "url": "u"}, "https://uni.example/courses/a.html#c"),
        ({"@id": "_:b0", "url": "/x", "courseCode": "C"}, "https://uni.example/x"),
        ({"@id": "urn:x:1"}, "urn:x:1"),
        ({"courseCode": "F300"}, "F300"),
        ({"identifier": {"@type": "PropertyValue", "value": "I-1"}}, "I-1"),
        ({"courseCode": "TODO"}, None),
        ({}, None),
    ],
)
def test_keys_are_addresses_or_codes_and_never_titles(properties: dict[str, Any], key: str | None) -> None:
    ((record, _),) = courses({**CONTEXT, "@type": "Course", "name": "T", **properties})
    assert record.native_id == key


def test_the_protocols_key_serves_a_page_with_one_course() -> None:
    page = [{"@type": "Course", "name": "A"}, {"@type": "Course", "name": "B"}]
    assert [r.native_id for r, _ in cut("schema_org", Document(value=page[:1], native_id="p"))] == ["p"]
    assert [r.native_id for r, _ in cut("schema_org", Document(value=page, native_id="p"))] == [None, None]


def test_identity_of_the_source_file_goes_first() -> None:
    ((record, _),) = courses({"@type": "Course", "@id": "x", "courseCode": "C"}, identity=("courseCode",))
    assert record.native_id == "C"


def test_references_are_resolved_into_the_record_and_cycles_end() -> None:
    graph = [
        {"@type": "Course", "@id": "c", "name": "T", "provider": {"@id": "#o"}, "about": {"@id": "c"}},
        {"@type": "Organization", "@id": "#o", "name": "O", "url": "/o", "provider": {"@id": "c"}},
    ]
    ((record, draft),) = courses({"@context": "https://schema.org", "@graph": graph})
    assert said(draft)["[provider]"][0]["name"] == ["O"]
    assert said(draft)["[provider]"][0]["homepage"] == ["https://uni.example/o"]
    assert record.native_id == "https://uni.example/courses/c"


def test_nodes_of_one_id_are_one_node() -> None:
    blocks = [{"@type": "Course", "@id": "c", "name": "T"}, {"@type": "Course", "@id": "c", "description": "D"}]
    ((_, draft),) = courses(blocks)
    assert (said(draft)["title"], said(draft)["description"]) == (["T"], ["D"])


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"numberOfCredits": 5}, {"credits": ["5"]}),
        ({"timeRequired": "PT10H"}, {"workload": ["PT10H"]}),
        ({"inLanguage": [{"@type": "Language", "name": "Finnish"}, "sv"]}, {"languages": ["Finnish", "sv"]}),
        ({"availableLanguage": "fi"}, {"languages": ["fi"]}),
        ({"inLanguage": "en", "availableLanguage": ["es", "fr"]}, {"languages": ["en"]}),
        ({"provider": "P"}, {"[provider]": [{"name": ["P"]}]}),
        ({"provider": {"@type": "Person", "name": "P"}}, {}),
        ({"teaches": "Sew"}, {"[learning_outcome]": [{"title": ["Sew"]}]}),
        ({"educationalLevel": "EQF 4"}, {"eqf_level": ["EQF 4"]}),
        ({"educationalLevel": "Beginner"}, {"nqf_level": ["Beginner"]}),
        ({"educationalCredentialAwarded": "HNC"}, {"credential_type": ["HNC"], "source_label": ["HNC"]}),
        ({"instructor": {"name": "N"}, "image": "i", "totalHistoricalEnrollment": 5}, {}),
        ({"offers": {"price": "0", "priceCurrency": "GBP"}}, {"price": ["0"]}),
        ({"offers": [{"category": "Free"}]}, {"price": ["Free"]}),
        ({"offers": {"category": "Paid"}, "isAccessibleForFree": False}, {}),
        ({"offers": {"lowPrice": 1, "highPrice": 2}}, {"issues": ["price.several"]}),
        ({"offers": {"priceSpecification": [{"price": 5}]}}, {"price": ["5"]}),
        ({"hasPart": [{"@type": "Course", "@id": "http://x/1"}]}, {"has_part": ["http://x/1"]}),
        ({"keywords": "a, b"}, {"subject": ["a", "b"]}),
    ],
)
def test_properties(properties: dict[str, Any], expected: dict[str, Any]) -> None:
    assert mapped(**properties) == expected


def test_instances_need_no_type_and_part_time_is_a_schedule() -> None:
    instance = {
        "courseMode": ["online", "part-time", "Full Time"],
        "eventAttendanceMode": "https://schema.org/MixedEventAttendanceMode",
        "courseSchedule": {"startDate": "2026-09-01"},
        "location": {"address": {"streetAddress": "S 1", "addressLocality": "L", "addressCountry": {"name": "NO"}}},
    }
    place = {"city": ["L"], "country": ["NO"], "address": ["S 1, L"]}
    assert mapped(hasCourseInstance=instance)["[instance]"] == [
        {
            "mode": ["online", "blended"],
            "schedule": ["part-time", "Full Time"],
            "start_date": ["2026-09-01"],
            "[location]": [place],
        }
    ]


def test_a_lone_instance_is_an_offer() -> None:
    ((_, draft),) = courses({**CONTEXT, "@type": "CourseInstance", "name": "T", "startDate": "2026"})
    assert said(draft) == {"title": ["T"], "[instance]": [{"title": ["T"], "start_date": ["2026"]}]}


def test_unknown_contexts_are_told_and_the_contexts_language_is_used() -> None:
    value = {"@context": ["https://x.example/c", {"@language": "fi"}], "@type": "Course", "name": "T"}
    ((_, draft),) = courses(value)
    assert said(draft) == {"issues": ["feed.unknown_context"]} | {"title": ["T"]}
    assert draft.statements[0].lang == "fi"


def test_persons_and_contact_data_are_not_kept() -> None:
    course = {"@type": "Course", "name": "T", "author": {"name": "Ann Other"}, "provider": {"email": "a@b.c"}}
    ((record, _),) = courses(course)
    assert b"Ann" not in record.raw
    assert b"a@b.c" not in record.raw


def test_a_learners_credential_is_refused() -> None:
    ((record, draft),) = courses({"id": "urn:c", "type": ["VerifiableCredential"], "credentialSubject": {}})
    assert (record.native_id, draft.refused) == ("urn:c", "record.credential_refused")


def test_depth_ends_somewhere() -> None:
    value: Any = {"@type": "Course", "name": "deep"}
    for _ in range(400):
        value = {"item": [value]}
    assert courses(value) == []


def test_the_site_a_course_stands_on_is_nothing_it_is_part_of() -> None:
    site = {"@type": "WebSite", "@id": "https://uni.example/#website", "url": "https://uni.example/"}
    course = {"@type": "Course", "name": "T", "isPartOf": {"@id": "https://uni.example/#website"}}
    drafts = [draft for _, draft in courses({**CONTEXT, "@graph": [site, course]}) if draft.refused is None]
    assert [said(draft) for draft in drafts] == [{"title": ["T"]}]
    assert mapped(isPartOf={"@type": "CollegeOrUniversity", "url": "https://uni.example"}) == {}
    assert mapped(isPartOf={"@type": "Course", "url": "https://uni.example/p"}) == {
        "part_of": ["https://uni.example/p"]
    }


def test_a_code_of_a_list_is_no_address() -> None:
    term = {"@type": "DefinedTerm", "name": "Energy", "termCode": "0713", "inDefinedTermSet": "https://x.example/list"}
    ((_, draft),) = courses({**CONTEXT, "@type": "Course", "@id": "./", "about": term})
    (subject,) = (each for each in draft.statements if each.field == "subject")
    assert (subject.value, subject.hints) == ("Energy", {"code": "0713"})
    for isced in ("ISCED-F 2013", {"@type": "DefinedTermSet", "name": "ISCED-F 2013"}):
        assert mapped(about={**term, "inDefinedTermSet": isced}) == {"isced_f": ["0713"]}
        assert mapped(about={"termCode": "0713", "inDefinedTermSet": isced}) == {"isced_f": ["0713"]}
    level = {"@type": "DefinedTerm", "name": "5", "inDefinedTermSet": {"name": "EQF"}}
    assert mapped(educationalLevel=level) == {"eqf_level": ["5"]}


def test_hours_come_from_the_workload_and_weeks_are_a_duration() -> None:
    instance = {"@type": "CourseInstance", "courseWorkload": "PT22H"}
    found = mapped(timeRequired="P10W", hasCourseInstance=instance)
    assert (found["duration"], found["workload"]) == (["P10W"], ["PT22H"])
    assert mapped(timeRequired="P1D", timeToComplete="P6M") == {"duration": ["P6M"]}
    parts = [{"courseWorkload": "Full-time", "name": "day"}, {"courseWorkload": "Part-time", "name": "evening"}]
    assert [each.get("schedule") for each in mapped(hasCourseInstance=parts)["[instance]"]] == [
        ["Full-time"],
        ["Part-time"],
    ]
    assert mapped(timeRequired="PT90M", courseWorkload="Full-time") == {
        "schedule": ["Full-time"],
        "workload": ["PT90M"],
    }


@pytest.mark.parametrize(
    ("offer", "found"),
    [
        ({"category": "Paid", "price": "0"}, {"issues": ["price.invalid"]}),
        ({"category": "Free", "price": 0}, {"price": ["0"]}),
        ({"category": "Paid", "price": "120"}, {"price": ["120"]}),
        ({"priceSpecification": {"minPrice": 5, "maxPrice": 9, "priceCurrency": "EUR"}}, {"issues": ["price.several"]}),
        ({"priceSpecification": {"minPrice": 5, "maxPrice": 5, "priceCurrency": "EUR"}}, {"price": ["5"]}),
        ({"priceSpecification": {"minPrice": 5, "priceCurrency": "EUR"}}, {"issues": ["price.several"]}),
        ({"@type": "AggregateOffer", "highPrice": 9}, {"issues": ["price.several"]}),
    ],
)
def test_a_price_of_nothing_is_free_only_where_nobody_says_paid(offer: dict[str, Any], found: dict[str, Any]) -> None:
    assert mapped(offers=offer) == found


def test_a_course_may_name_its_mode_and_what_its_credential_proves() -> None:
    found = mapped(courseMode="onsite", educationalCredentialAwarded={"name": "C", "competencyRequired": "Can weave"})
    assert (found["mode"], found["[learning_outcome]"]) == (["onsite"], [{"title": ["Can weave"]}])


@pytest.mark.parametrize("item", [{"@type": "Course", "name": "T"}, {"@id": "https://x.example/t"}])
def test_an_offer_in_a_catalogue_is_the_courses_it_names(item: dict[str, Any]) -> None:
    offer = {"@type": "Offer", "price": "120", "priceCurrency": "EUR", "itemOffered": [item]}
    listed = [offer]
    shop = {"@type": "LocalBusiness", "hasOfferCatalog": {"@type": "OfferCatalog", "itemListElement": listed}}
    course = {"@type": "Course", "@id": "https://x.example/t", "name": "T"}
    found = courses({**CONTEXT, "@graph": [shop, *([course] if "@id" in item else [])]})
    drafts = [said(draft) for _, draft in found if draft.refused is None]
    assert [(each["title"], each["price"]) for each in drafts] == [(["T"], ["120"])]
    listed.append({**offer, "price": "90"})
    if "@id" in item:
        found = courses({**CONTEXT, "@graph": [shop, course]})
        assert [said(draft)["price"] for _, draft in found if draft.refused is None] == [["120", "90"]]
    own = {"@type": "Course", "name": "T", "offers": {"price": "5"}}
    ((_, draft),) = courses({**CONTEXT, **offer, "itemOffered": own})
    assert said(draft)["price"] == ["5"]
