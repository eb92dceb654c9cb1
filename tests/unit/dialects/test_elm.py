"""LOQ XML: one record per specification, self-contained, in whatever edition."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from microharvest.kit import Document, Draft, Record
from microharvest.kit.readers import read_rdf
from microharvest.map.apply import Defaults, apply_draft
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


MODELS = ("http://data.europa.eu/snb/model/elm/", "http://data.europa.eu/snb/model/ontology/")
PREFIXES = (
    "@prefix elm: <{0}> . @prefix dc: <http://purl.org/dc/terms/> . @prefix adms: <http://www.w3.org/ns/adms#> .\n"
    "@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .\n"
    "@prefix ql: <http://data.quality-link.eu/ontology/v1#> . @prefix rov: <http://www.w3.org/ns/regorg#> .\n"
    "@prefix cred: <https://www.w3.org/2018/credentials#> .\n"
)


def graph(turtle: str, model: str = MODELS[0], source: str = "s") -> list[tuple[Record, Draft]]:
    content = (PREFIXES.format(model) + turtle).encode()
    return cut("elm", Document(value=read_rdf(content, "turtle", "https://u.example/")[0]), source=source)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("kind", ["elm:LearningAchievementSpecification", "ql:LearningOpportunitySpecification"])
def test_rdf_of_every_edition_is_mapped_as_the_xml_is(model: str, kind: str) -> None:
    found = graph(
        f"""<urn:s> a {kind} ; dc:title "T"@en ; dc:language <http://l/ENG> ; elm:learningOutcome [ dc:title "L"@en ] ;
            elm:creditPoint <urn:points> . <urn:points> elm:point "5" ; elm:framework <http://c/ects> .
        <urn:o> a elm:LearningOpportunity ; elm:learningAchievementSpecification <urn:s> ; elm:providedBy <urn:p> .
        <urn:p> a elm:Organisation ; rov:legalName "P"@en .""",
        model,
    )
    ((record, draft),) = found
    assert record.native_id == "urn:s"
    expected = {
        "identifier": ["urn:s"],
        "title": ["T"],
        "languages": ["http://l/ENG"],
        "credits": ["5"],
        "[learning_outcome]": [{"title": ["L"]}],
        "[provider]": [{"identifier": ["urn:p"], "name": ["P"]}],
        "[instance]": [{"identifier": ["urn:o"]}],
    }
    assert said(draft) == expected


def test_a_specification_may_name_its_opportunities_or_have_no_name_itself() -> None:
    turned = "<urn:s> a elm:Qualification ; elm:learningOpportunity <urn:o> . <urn:o> a elm:LearningOpportunity ."
    ((record, draft),) = graph(turned)
    assert (record.native_id, said(draft)["[instance]"]) == ("urn:s", [{"identifier": ["urn:o"]}])
    nameless = """<urn:o> a elm:LearningOpportunity ; elm:learningAchievementSpecification
        [ a elm:LearningAchievementSpecification ; dc:title "T" {} ] ."""
    ((record, draft),) = graph(nameless.format(""))
    assert (record.native_id, "identifier" in said(draft)) == ("urn:o#specification", False)
    ((record, draft),) = graph(nameless.format('; adms:identifier [ skos:notation "N-1" ]'))
    assert (record.native_id, said(draft)["identifier"]) == ("N-1", ["N-1"])


def test_one_urn_of_two_providers_is_a_record_in_each_of_their_sources() -> None:
    said_by = [
        graph(f'<urn:c> a ql:LearningOpportunitySpecification ; dc:title "{name}" ; dc:publisher <urn:{name}> .'
              f'<urn:{name}> a ql:HigherEducationInstitution ; rov:legalName "{name}" .', source=name)
        for name in ("a", "b")
    ]  # fmt: skip
    ((first, one),), ((second, other),) = said_by
    assert first.native_id == second.native_id == "urn:c"
    assert first.raw != second.raw
    assert [said(draft)["[provider]"][0]["name"] for draft in (one, other)] == [["a"], ["b"]]


def test_of_a_graph_with_a_credential_the_offers_stay() -> None:
    found = graph(
        """<urn:s> a elm:LearningAchievementSpecification ; dc:title "offered" .
        <urn:v> a elm:EuropeanDigitalCredential ; cred:credentialSubject [ a elm:Person ; foaf:fullName "Some One" ;
          elm:hasClaim [ elm:specifiedBy <urn:held> ] ] .
        <urn:held> a elm:LearningAchievementSpecification ; dc:title "achieved" ."""
    )
    assert [(record.native_id, draft.refused) for record, draft in found] == [
        ("urn:v", "record.credential_refused"),
        ("urn:s", None),
    ]
    assert not any(word in record.raw for record, _ in found for word in (b"Some One", b"achieved"))


@pytest.mark.parametrize(
    "xml",
    [
        '<europeanDigitalCredential xmlns="http://data.europa.eu/snb/model/ap/edc-generic-full/"><credentialSubject>'
        "<givenName>Some</givenName><learningAchievementSpecification id='x'/></credentialSubject>"
        "</europeanDigitalCredential>",
        '<elmo xmlns="https://github.com/emrex-eu/elmo-schemas/tree/v1"><learner><givenNames>Some</givenNames></learner></elmo>',
    ],
)
def test_credentials_in_xml_are_refused(xml: str) -> None:
    ((record, draft),) = cut("elm", Document(xml=etree.fromstring(xml)))
    assert draft.refused == "record.credential_refused"
    assert b"Some" not in record.raw


@pytest.mark.parametrize("value", [5, "text", [], {}, {"a": {"b": 1}}, {"@context": 5}, {"@id": []}, {"@graph": "x"}])
def test_json_that_is_no_graph_never_raises(value: Any) -> None:
    assert all(record.native_id is None for record, _ in cut("elm", Document(value=value)))


def test_a_concept_is_one_in_all_its_languages() -> None:
    labels = (
        '<skos:prefLabel language="fi">Taso 6</skos:prefLabel><skos:prefLabel language="en">Level 6</skos:prefLabel>'
    )
    grants = "".join(
        f'<grant><title language="fi">{fi}</title><title language="en">{en}</title></grant>'
        for fi, en in (("Apuraha", "Grant"), ("Tuki", "Aid"))
    )
    ((_, draft),) = courses(
        OPPORTUNITY.format("o1", TO.format("s1") + grants),
        SPECIFICATION.format(
            "s1", f"<educationLevel>{labels}</educationLevel><educationSubject>{labels}</educationSubject>"
        ),
    )
    offer = apply_draft(draft, Defaults()).offer
    assert [level.label for level in offer.nqf_level] == [{"fi": "Taso 6", "en": "Level 6"}]
    assert [subject.label for subject in offer.subjects] == [{"fi": "Taso 6", "en": "Level 6"}]
    assert offer.grants == ({"fi": "Apuraha", "en": "Grant"}, {"fi": "Tuki", "en": "Aid"})


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_supervision_is_a_note_of_that_subject_and_no_other(scheme: str) -> None:
    uri = "http://data.europa.eu/snb/supervision-verification/70be69aaf9"
    note = '<additionalNote xmlns:dc="http://purl.org/dc/terms/"><dc:subject uri="{}"/></additionalNote>'
    notes = "".join(note.format(subject) for subject in (uri.replace("http", scheme, 1), "https://x.example/coffee"))
    ((_, draft),) = courses("", SPECIFICATION.format("s1", notes))
    assert [one.uri for one in apply_draft(draft, Defaults()).offer.supervision] == [uri]
