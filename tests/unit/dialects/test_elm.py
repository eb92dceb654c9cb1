"""LOQ XML: one record per specification, self-contained, in whatever edition."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from microharvest.kit import Document, Draft, Record
from tests.unit.dialects.said import cut, said

OLD = "http://data.europa.eu/snb/model/ap/loq-constraints/"
NEW = "http://data.europa.eu/snb/model/application-profile/loq-constraints/"


def courses(*sections: str, namespace: str = OLD) -> list[tuple[Record, Draft]]:
    names = ("learningOpportunity", "learningAchievementSpecification", "agent", "location", "learningOutcome")
    body = "".join(f"<{n}References>{s}</{n}References>" for n, s in zip(names, sections, strict=False))
    text = f'<Courses xmlns="{namespace}" xmlns:skos="http://www.w3.org/2004/02/skos/core#">{body}</Courses>'
    return cut("elm", Document(xml=etree.fromstring(text)))


OPPORTUNITY = '<learningOpportunity id="{0}"><title language="en">{0}</title>{1}</learningOpportunity>'
SPECIFICATION = '<learningAchievementSpecification id="{0}"><title>{0}</title>{1}</learningAchievementSpecification>'
TO = '<learningAchievementSpecification idref="{0}"/>'
BY = '<providedBy idref="{0}"/>'


def test_opportunities_belong_to_their_specification() -> None:
    found = courses(
        OPPORTUNITY.format("o1", TO.format("s1")) + OPPORTUNITY.format("o2", TO.format("s1")),
        SPECIFICATION.format("s1", "") + SPECIFICATION.format("s2", ""),
    )
    assert [record.native_id for record, _ in found] == ["s1", "s2"]
    assert [len(said(draft).get("[instance]", [])) for _, draft in found] == [2, 0]
    assert said(found[0][1])["title"] == ["s1"]


def test_an_opportunity_without_its_specification_is_a_record_and_an_issue() -> None:
    ((record, draft),) = courses(OPPORTUNITY.format("o1", TO.format("gone")))
    assert record.native_id == "o1"
    assert said(draft) == {
        "title": ["o1"], "[instance]": [{"identifier": ["o1"], "title": ["o1"]}],
        "issues": ["record.dangling_reference"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("namespace", "issues"),
    [(OLD, None), (NEW, None), ("http://data.europa.eu/snb/model/ap/loq-9/", ["feed.namespace"])],
)
def test_every_edition_is_read_and_unknown_ones_are_told(namespace: str, issues: list[str] | None) -> None:
    ((_, draft),) = courses("", SPECIFICATION.format("s1", ""), namespace=namespace)
    assert (said(draft)["title"], said(draft).get("issues")) == (["s1"], issues)


def test_a_record_holds_what_it_refers_to_and_no_more() -> None:
    organisations = "".join(
        f'<organisation id="{n}"><legalName language="en">{n}</legalName><location idref="l1"/>'
        f'<hasSubOrganization idref="a9"/><contactPoint><emailAddress>x@y.z</emailAddress></contactPoint>'
        "</organisation>"
        for n in ("a1", "a2", "a9")
    )
    location = '<location id="l1"><address><countryCode uri="http://c/NOR"/></address></location>'
    found = courses(
        OPPORTUNITY.format("o1", BY.format("a1") + TO.format("s1")),
        SPECIFICATION.format("s1", '<hasPart idref="s2"/><learningOutcome idref="none"/>')
        + SPECIFICATION.format("s2", ""),
        organisations,
        location,
    )
    (record, draft), _ = found
    assert [part.tag.rpartition("}")[2] for part in etree.fromstring(record.raw)] == [
        "learningAchievementSpecification", "learningOpportunity", "organisation", "location",
    ]  # fmt: skip
    assert b"x@y.z" not in record.raw
    values = said(draft)
    assert values["[provider]"] == [{"identifier": ["a1"], "name": ["a1"], "country": ["http://c/NOR"]}]
    assert (values["has_part"], values["country"]) == (["s2"], ["http://c/NOR"])
    assert values["issues"] == ["record.dangling_reference"]
    assert list(record.unread()) == []


def test_a_second_provider_is_reported() -> None:
    organisations = "".join(f'<organisation id="{n}"><legalName>{n}</legalName></organisation>' for n in ("a1", "a2"))
    ((record, draft),) = courses(
        OPPORTUNITY.format("o1", BY.format("a1") + BY.format("a2") + TO.format("s1")),
        SPECIFICATION.format("s1", ""),
        organisations,
    )
    assert [part["name"] for part in said(draft)["[provider]"]] == [["a1"]]
    assert list(record.unread()) == [("/learningOpportunity/providedBy/@idref", "a2")]


def test_concepts_give_labels_with_their_address() -> None:
    inner = '<educationSubject uri="http://u"><skos:prefLabel language="fi">a</skos:prefLabel></educationSubject>'
    ((_, draft),) = courses("", SPECIFICATION.format("s1", inner + '<mode uri="http://m"/>'))
    found = {s.field: (s.value, s.lang, s.hints) for s in draft.statements if s.field in ("subject", "mode")}
    assert found == {"subject": ("a", "fi", {"uri": "http://u"}), "mode": ("http://m", None, {"uri": "http://m"})}


def test_an_envelope_gives_the_key_and_a_deletion_keeps_it() -> None:
    xml = etree.fromstring(f'<Courses xmlns="{OLD}"><x>{SPECIFICATION.format("s1", "")}</x></Courses>')
    ((record, _),) = cut("elm", Document(native_id="oai:1", xml=xml))
    assert record.native_id == "oai:1"
    ((record, _),) = cut("elm", Document(native_id="oai:1", deleted=True))
    assert (record.native_id, record.deleted) == ("oai:1", True)


def test_prices_are_amounts_or_else_the_words() -> None:
    def prices(inner: str) -> Any:
        ((_, draft),) = courses(OPPORTUNITY.format("o1", f"<priceDetail>{inner}</priceDetail>"))
        return said(draft)["[instance]"][0].get("price")

    amount = '<amount><unit uri="http://c/EUR"/><value>5</value></amount>'
    assert prices(amount + "<description>five</description>") == ["5"]
    assert prices("<description>five</description>") == ["five"]
