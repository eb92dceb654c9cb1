"""Publishers' files: their shapes, and one sentence for everything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microharvest.map.published import KINDS, PublishedConcept, Unreadable, read_published
from microharvest.map.published.concept import Label
from microharvest.map.published.register import domain_keys, id_keys, name_key, site_key
from tests.unit.protocols.test_file import workbook

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
DEQAR = (
    "deqar_id,deqar_url,eter_id,identifiers_all,name_primary,name_official,name_versions,country,city,website_link,"
    "closure_date\n"
    'DEQARINST0001,,BE0001,"ROR: https://ror.org/00abc1234, SCHAC: x.example",(007) Huis,Huis van Voorbeeld,,'
    "Belgium (Flemish Community),Gent,https://www.huis.example/,\n"
    "DEQARINST0001,,BE0001,,(007) Huis,Huis van Voorbeeld,,Netherlands,Delft,https://www.huis.example/,\n"
    "DEQARINST0002,,,,Gone College,,,Atlantis,,N/A,2019-01-01\n"
)
REPORTS = (
    "report_id,hei_deqar_id,report_type,report_agency,report_decision,report_valid_from,report_valid_to\n"
    "1,DEQARINST0001,institutional,NVAO,positive,2015-01-01,2021-01-01\n"
    "2,DEQARINST0001,institutional,NVAO,positive,2021-01-01,2027-01-01\n"
    "3,DEQARINST0001,institutional,NVAO,negative,2022-01-01,2029-01-01\n"
    "4,DEQARINST0001,programme,NVAO,positive,2022-01-01,2030-01-01\n"
    "5,DEQARINST0002,institutional,QAA,,2010-05-05,\n"
)
AGENCIES = (
    "agency_id,acronym_primary,name_primary,is_registered,registration_start,registration_valid_to,register_entry\n"
    "37,NVAO,Accreditation Organisation,True,2008-03-04,2027-03-31,https://x.example\n"
    "9,OLD,Former Agency,False,2008-03-04,2012-03-31,\n"
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


def test_institutions_of_several_places_are_one() -> None:
    one, other = read("deqar", DEQAR)
    assert (one.uri, one.code, one.status, one.country) == ("urn:deqar:DEQARINST0001", "DEQARINST0001", "active", "")
    assert one.labels == (Label("und", "Huis", ("Huis van Voorbeeld",)),)
    assert set(one.keys) == {
        "deqar:DEQARINST0001", "eter:BE0001", "domain:huis.example", "ror:00abc1234",
        "name:BE:huis van voorbeeld", "name:NL:huis van voorbeeld",
    }  # fmt: skip
    assert (other.status, other.country, other.keys) == ("closed", "", ("deqar:DEQARINST0002",))


def test_the_report_in_force_longest_stands_for_an_institution() -> None:
    found = {one.uri: (one.code, one.status, one.valid_from, one.valid_to) for one in read("deqar-reports", REPORTS)}
    assert found == {
        "urn:deqar:DEQARINST0001": ("NVAO", "positive", "2021-01-01", "2027-01-01"),
        "urn:deqar:DEQARINST0002": ("QAA", "", "2010-05-05", ""),
    }


def test_agencies_have_a_time_of_registration() -> None:
    one, other = read("deqar-agencies", AGENCIES)
    assert (one.uri, one.status, one.valid_from, one.valid_to) == (
        "urn:deqar:agency:37", "registered", "2008-03-04", "2027-03-31"
    )  # fmt: skip
    assert one.keys == ("agency:accreditation organisation", "agency:nvao")
    assert other.status == "former"


def test_registers_are_found_by_id_site_and_name() -> None:
    more = '"links": [{"type": "website", "value": "https://www.ex.example/"}, {"type": "wikipedia", "value": "w.org"}]'
    (one,) = read("ror", ROR.replace('"established"', f'{more}, "domains": ["ex2.example"], "established"'))
    assert set(one.keys) == {
        "ror:00abc1234", "domain:ex.example", "domain:ex2.example",
        "name:FR:universite de l exemple", "name:FR:example university",
    }  # fmt: skip
    (two,) = read("eter", ETER.replace("BAS.COUNTRY\n", "BAS.COUNTRY;BAS.WEBSITE\n").replace(";AT\n", ";UK;www.b.at\n"))
    assert set(two.keys) == {
        "eter:AT0001", "domain:b.at", "name:GB:universitat beispiel", "name:GB:example university"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("scheme", "value", "keys"),
    [
        ("ror", "0zzzzzz99", ("ror:0zzzzzz99",)),
        ("uri", "https://ror.org/0zzzzzz99", ("ror:0zzzzzz99",)),
        ("uri", "http://www.open.ac.uk/", ()),
        ("code", "0zzzzzz99", ()),
        ("ETER", "at0001", ("eter:AT0001",)),
        ("code", "AT0001", ()),
        ("https://data.deqar.eu", "DEQARINST0034", ("deqar:DEQARINST0034",)),
        ("Erasmus", "D  BERLIN01", ()),
        ("Erasmus", "D BERLIN01", ("erasmus:DBERLIN01",)),
        ("vat", "NO123", ()),
    ],
)
def test_identifiers_that_registers_know(scheme: str, value: str, keys: tuple[str, ...]) -> None:
    assert id_keys(scheme, value) == keys


def test_addresses_and_names_as_keys() -> None:
    assert domain_keys("https://www2.law.uni.example/x?y#z") == (
        "domain:law.uni.example", "domain:uni.example"
    )  # fmt: skip
    assert domain_keys("localhost") == domain_keys("") == domain_keys("http://[x") == ()
    assert site_key("http://uni.example/faculty") == ()
    assert name_key("", "University of X") == name_key("NO", "UiO") == ()
    assert name_key("NO", "Universität-ZÜRICH") == ("name:NO:universitat zurich",)
    assert len(name_key("NO", "x" * 5000)[0]) == 200


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
        ("deqar", DEQAR.replace("DEQARINST0002", "2"), "Line 4 has no DEQAR id"),
        ("deqar", DEQAR.replace("Gone College", " "), "has no name"),
        ("deqar", REPORTS, "names no column"),
        ("deqar-reports", REPORTS.replace("DEQARINST0002", ""), "Line 6 has no DEQAR id"),
        ("deqar-reports", REPORTS.replace("institutional", "programme"), "no concept"),
        ("deqar-agencies", AGENCIES.replace("37,", "x,"), "Line 2 is no agency"),
    ],
)
def test_anything_else_is_one_sentence(kind: str, text: str, said: str) -> None:
    with pytest.raises(Unreadable, match=said.replace("?", ".")):
        read(kind, text)


LABELLED = (
    "ETER ID;Reference year;Institution Name;English Institution Name;Country Code;Institutional website\n"
    "EL0001;2020;Πανεπιστήμιο;Example University;EL;http://www.ex.example/\n"
)


@pytest.mark.parametrize("form", ["labels", "labels below codes", "a workbook"])
def test_eters_exports_are_read_whatever_they_call_their_columns(form: str) -> None:
    """The register gives out codes, labels, or both in two rows, as CSV or as a workbook."""
    rows = [line.split(";") for line in LABELLED.splitlines()]
    codes = ["BAS.ETERID", "BAS.REFYEAR", "BAS.INSTNAME", "BAS.INSTNAMEENGL", "BAS.COUNTRY", "BAS.WEBSITE"]
    if form == "labels below codes":
        rows.insert(0, codes)
    content = workbook(rows) if form == "a workbook" else "\n".join(map(";".join, rows)).encode()
    (one,) = read_published("eter", content, None)
    assert (one.uri, one.country, [label.text for label in one.labels]) == (
        "urn:eter:EL0001", "GR", ["Πανεπιστήμιο", "Example University"]
    )  # fmt: skip
    assert one.keys == (
        "eter:EL0001", "domain:ex.example", "name:GR:πανεπιστημιο", "name:GR:example university"
    )  # fmt: skip


def test_a_workbook_that_is_none_is_one_sentence() -> None:
    with pytest.raises(Unreadable, match="ends before its directory"):
        read_published("eter", b"PK\x03\x04rubbish", None)


def test_labels_in_nobodys_language_are_refused() -> None:
    with pytest.raises(Unreadable, match="--lang"):
        read("esco-skills", HEAD + ROW, None)


@given(
    st.sampled_from(sorted(KINDS)),
    st.binary(max_size=200),
    st.sampled_from([HEAD, ETER, NQF, ROR, DEQAR, REPORTS, AGENCIES, ""]),
)
def test_rubbish_never_raises_anything_else(kind: str, tail: bytes, head: str) -> None:
    try:
        found = read_published(kind, head.encode() + tail, "en")
    except Unreadable:
        return
    assert all(concept.uri for concept in found)
