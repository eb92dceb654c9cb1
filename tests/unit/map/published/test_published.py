"""Publishers' files: their shapes, and one sentence for everything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microharvest.map.published import KINDS, PublishedConcept, Unreadable, read_published
from microharvest.map.published.concept import Label

SKILL = "http://data.europa.eu/esco/skill/0005c151-5b5a-4a66-8aac-60e734beb1ab"
HEAD = "conceptType,conceptUri,skillType,reuseLevel,preferredLabel,altLabels,description\n"
ROW = (
    f'KnowledgeSkillCompetence,{SKILL},skill/competence,sector-specific,manage musical staff,"lead staff\nrun staff",\n'
)
NQF = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:simpleType name="L">
<xs:restriction base="xs:anyURI">
<xs:enumeration value="http://data.europa.eu/snb/qdr/c_c392e7a2"><xs:annotation><xs:documentation>RQF
 Level 6</xs:documentation></xs:annotation></xs:enumeration></xs:restriction></xs:simpleType></xs:schema>"""
ROR = (
    '[{"id": "https://ror.org/00abc1234", "status": "active", "types": ["education"], "names": ['
    '{"value": "UdE", "types": ["acronym"], "lang": null}, '
    '{"value": "Université de l\'Exemple", "types": ["label"], "lang": "fr"}, '
    '{"value": "Example University", "types": ["ror_display", "label"], "lang": "en"}], '
    '"locations": [{"geonames_details": {"country_code": "FR", "name": "Lyon"}}], "established": 1900}]'
)
ETER = (
    "BAS.ETERIDYEAR;BAS.ETERID;BAS.REFYEAR;BAS.INSTNAME;BAS.INSTNAMEENGL;BAS.COUNTRY\n"
    "AT0001.2019;AT0001;2019;Altes Haus;m;AT\nAT0001.2020;AT0001;2020;Universität Beispiel;Example University;AT\n"
)


def read(kind: str, text: str, language: str | None = "en") -> list[PublishedConcept]:
    return read_published(kind, text.encode(), language)


def test_skills() -> None:
    (skill,) = read("esco-skills", "\ufeff" + HEAD + ROW)
    assert (skill.uri, skill.type) == (SKILL, "KnowledgeSkillCompetence")
    assert skill.labels == (Label("en", "manage musical staff", ("lead staff", "run staff")),)


def test_relations_name_concepts_without_labels() -> None:
    relations = (
        "conceptType,conceptUri,broaderType,broaderUri\n"
        f"SkillGroup,{SKILL},SkillGroup,x\nSkillGroup,{SKILL},SkillGroup,y\n"
        "SkillGroup,http://data.europa.eu/esco/isced-f/00,SkillGroup,z\n"
    )
    (group,) = read("esco-skills", relations, None)
    assert (group.uri, group.labels) == (SKILL, ())


def test_national_levels() -> None:
    (level,) = read("nqf", NQF)
    assert (level.code, level.type, level.labels[0].text) == ("c_c392e7a2", "Level", "RQF Level 6")


def test_organisations() -> None:
    (one,) = read("ror", ROR)
    assert (one.country, one.status, one.type) == ("FR", "active", "education")
    assert [(label.language, label.text) for label in one.labels] == [
        ("en", "Example University"),
        ("fr", "Université de l'Exemple"),
        ("und", "UdE"),
    ]


def test_the_newest_year_of_an_institution_holds() -> None:
    (one,) = read("eter", ETER)
    assert (one.uri, one.code, one.country) == ("urn:eter:AT0001", "AT0001", "AT")
    assert [label.text for label in one.labels] == ["Universität Beispiel", "Example University"]


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("esco-skills", "", "names no column 'conceptType'"),
        ("esco-skills", HEAD, "no concept"),
        ("esco-skills", HEAD + ROW + "KnowledgeSkillCompetence,x\n", "Line 4 has 2 cells under 7"),
        ("esco-skills", HEAD + ROW + ROW.replace("/skill/", "/kill me/"), "Line 5 is no concept of this kind"),
        ("esco-skills", HEAD + ROW.replace("KnowledgeSkillCompetence", "Occupation"), "is no concept of this kind"),
        ("esco-skills", HEAD + ROW + '"open', "is no CSV"),
        ("esco-occupations", HEAD + ROW, "is no concept of this kind"),
        ("isco", HEAD + ROW, "is no concept of this kind"),
        ("nqf", "<a", "It is no XML"),
        ("nqf", NQF.replace("/qdr/", "/eqf/"), "something else than national levels"),
        ("nqf", "<!DOCTYPE a><a/>", "DOCTYPE"),
        ("ror", "{}", "no dump of schema 2"),
        ("ror", ROR.replace("00abc1234", "x"), "no ROR id"),
        ("ror", "[" * 100_000, "no dump of schema 2"),
        ("eter", ETER.replace("AT0001;2019", "?;2019"), "no ETER id"),
        ("eter", ETER.replace(";2020;", ";soon;"), "no ETER id and year"),
    ],
)
def test_anything_else_is_one_sentence(kind: str, text: str, said: str) -> None:
    with pytest.raises(Unreadable, match=said.replace("?", ".")):
        read(kind, text)


def test_labels_in_nobodys_language_are_refused() -> None:
    with pytest.raises(Unreadable, match="--lang"):
        read("esco-skills", HEAD + ROW, None)


@given(st.sampled_from(sorted(KINDS)), st.binary(max_size=200), st.sampled_from([HEAD, ETER, NQF, ROR, ""]))
def test_rubbish_never_raises_anything_else(kind: str, tail: bytes, head: str) -> None:
    try:
        found = read_published(kind, head.encode() + tail, "en")
    except Unreadable:
        return
    assert all(concept.uri for concept in found)
