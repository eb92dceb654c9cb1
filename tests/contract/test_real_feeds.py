"""The dialects over real files that stand beside the project; nothing of them is copied into it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from microharvest.testing.contract import drive, read_sample, run_sample
from tests.conftest import SHARED

FEEDS = SHARED / "feeds"
UDEMY = '[columns]\ntitle = "course_title"\nhomepage = "url"\nprice = { from = "price", currency = "USD" }\n'

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FEEDS.is_dir(), reason="the real files do not stand beside the project"),
]


def run(folder: Path, file: str, dialect: str, rest: str = "", suffix: str = "") -> dict[str, Any]:
    url = f"https://feed.example/f{suffix}"
    (folder / "case.toml").write_text(
        f'protocol = "file"\ndialect = "{dialect}"\nurl = "{url}"\nnow = 2026-01-01T00:00:00Z\n'
        f"{rest}\n"
        f'[[responses]]\nurl = "{url}"\nfile = {json.dumps(str(FEEDS / file))}\n',
        encoding="utf-8",
    )
    return run_sample(folder / "case.toml")


def fill(result: dict[str, Any]) -> Counter[str]:
    """How many records fill each field."""
    return Counter(field for record in result["records"] for field in record["offer"] or ())


def test_the_loq_sample_is_read_whole(tmp_path: Path) -> None:
    result = run(tmp_path, "elm/loq.xml", "elm", '[fetch]\nformat = "xml"')
    assert [record["native_id"] for record in result["records"]] == ["http://Q-01", "http://Q-02"]
    assert len(result["records"][0]["offer"]["instances"]) == 2
    assert set(result["unmapped"]) == {"/learningOpportunity/providedBy/@idref", "/location/address/countryCode/@uri"}
    full = {"title", "description", "awarding_body", "isced_f", "eqf_level", "learning_outcomes", "quality_assurance"}
    assert {field for field in full if fill(result)[field] < 2} == set()


def test_rows_of_a_course_list_all_arrive(tmp_path: Path) -> None:
    rest = f'[fetch]\nformat = "csv"\n[identity]\nkey = ["course_id"]\n{UDEMY}'
    result = run(tmp_path, "mooclists/udemy_courses.csv", "columns", rest)
    count = len(result["records"])
    assert count == 3678
    assert {field: fill(result)[field] for field in ("title", "homepage", "prices")} == dict.fromkeys(
        ("title", "homepage", "prices"), count
    )


def test_the_vocabularys_own_examples_are_courses(tmp_path: Path) -> None:
    result = run(tmp_path, "webpages/schemaorg-course-examples.jsonl", "schema_org", '[fetch]\nformat = "jsonl"')
    assert len(result["records"]) == 7
    assert result["unmapped"] == {}


def test_lone_instances_are_offers(tmp_path: Path) -> None:
    result = run(tmp_path, "webpages/tess-nbis-course-instances.json", "schema_org", '[fetch]\nformat = "json"')
    assert len(result["records"]) == 29
    assert fill(result)["instances"] == 29


CREDENTIALS = sorted(
    f"{path.parent.name}/{path.name}"
    for pattern in ("ob3/*_full_*.json", "ob3/*_minimal_*.json", "ob3/uvh_*.json", "elm/*unsigned.jsonld", "elm/cred*")
    for path in FEEDS.glob(pattern)
)


@pytest.mark.parametrize("dialect", ["schema_org", "elm", "kouta"])
@pytest.mark.parametrize("name", CREDENTIALS)
def test_learners_credentials_are_refused(tmp_path: Path, name: str, dialect: str) -> None:
    if name.endswith(".ttl") and dialect != "elm":
        pytest.skip("Turtle is read by elm alone")
    rest = "" if name.endswith(".ttl") else '[fetch]\nformat = "json"'
    result = run(tmp_path, name, dialect, rest, suffix=Path(name).suffix)
    assert [refused["code"] for refused in result["refused"]] == ["record.credential_refused"]
    assert result["records"] == []


def issues(result: dict[str, Any]) -> Counter[str]:
    return Counter(issue["code"] for record in result["records"] for issue in record["issues"])


def instances(result: dict[str, Any]) -> int:
    return sum(len(record["offer"].get("instances", ())) for record in result["records"])


def test_the_open_universitys_catalogue_arrives_whole(tmp_path: Path) -> None:
    result = run(tmp_path, "xcri/ou-conversion.xml", "xcri_cap", 'languages = ["en"]\n[fetch]\nformat = "xml"')
    assert (len(result["records"]), instances(result), result["unmapped"]) == (965, 1034, {})
    assert len({record["native_id"] for record in result["records"]}) == 965
    filled = fill(result)
    assert {name: filled[name] for name in ("title", "description", "provider", "homepage", "credits")} == {
        **dict.fromkeys(("title", "description", "provider", "homepage"), 965),
        "credits": 866,
    }
    found = issues(result)
    assert (found["date.invalid"], found["price.several"], found["price.invalid"]) == (356, 0, 369)
    offers = {record["native_id"].rpartition("/")[2]: record["offer"] for record in result["records"]}
    law = offers["w100.htm"]
    assert law["title"] == {"en": "Rules, rights and justice: an introduction to law"}
    assert law["credits"] == [
        {"framework": "The Open University", "points": 60},
        {"framework": "SCQF", "points": 60},
    ]
    (start,) = law["instances"]
    assert (start["start_date"], start["end_date"], start["application_deadline"]) == (
        "2013-02-02", "2013-09-30", "2013-01-03",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("file", "key", "start", "codes"),
    [
        ("NorthLindseyCollege_20120223.xml", "10004695/PF12001", "2013-06-30", {"feed.namespace", "date.reversed"}),
        (
            "UniversityOfCentralLancaster_20120228.xml",
            "http://www.uclan.ac.uk/cources/DAARTD122",
            "2012-09-01T00:00:00Z",
            set(),
        ),
    ],
)  # fmt: skip
def test_small_catalogues_with_slips_are_read(tmp_path: Path, file: str, key: str, start: str, codes: set[str]) -> None:
    result = run(tmp_path, f"xcri/{file}", "xcri_cap", '[fetch]\nformat = "xml"')
    (record,) = result["records"]
    assert (record["native_id"], record["offer"]["instances"][0]["start_date"]) == (key, start)
    assert codes <= set(issues(result))
    assert result["unmapped"] == {}
    assert not any(
        b"@" in each.record.raw and b"email" in each.record.raw
        for each in drive(read_sample(tmp_path / "case.toml")).mapped
    )


@pytest.mark.parametrize(
    ("file", "offers", "starts", "refused"),
    [
        ("europass-koulutus-1293", 1, 5, 0),
        ("europass-koulutus-1806", 1, 4, 0),
        ("europass-list-toteutukset", 1, 1, 0),
        ("europass-toteutus-example-1", 1, 2, 0),
        ("europass-toteutus-ihan-tavanomainen", 1, 1, 0),
        ("europass-oppilaitos-example-1", 0, 0, 1),
        ("koulutus-ajoneuvoalan-perustutkinto", 1, 125, 0),
        ("toteutus-ajoneuvoalan-perustutkinto", 1, 13, 0),
        ("search-koulutukset-all", 20, 0, 0),
        ("search-oppilaitokset-auto", 0, 0, 6),
    ],
)
def test_the_finnish_registers_documents_are_read(
    tmp_path: Path, file: str, offers: int, starts: int, refused: int
) -> None:
    result = run(tmp_path, f"kouta/{file}.json", "kouta", '[fetch]\nformat = "json"')
    assert (len(result["records"]), instances(result), len(result["refused"])) == (offers, starts, refused)
    assert result["unmapped"] == {}


def test_glued_credits_are_issues_and_a_course_of_one_credit_is_whole(tmp_path: Path) -> None:
    search = run(tmp_path, "kouta/search-koulutukset-all.json", "kouta", '[fetch]\nformat = "json"')
    assert issues(search)["credits.invalid"] == 6
    assert max(each["points"] for record in search["records"] for each in record["offer"].get("credits", ())) <= 360
    course = run(tmp_path, "kouta/europass-toteutus-ihan-tavanomainen.json", "kouta", '[fetch]\nformat = "json"')
    offer = course["records"][0]["offer"]
    assert offer["credits"] == [{"framework": "ECTS", "points": 1}]
    assert offer["provider"]["name"]["fi"] == "Avoin yliopisto"
    assert offer["instances"][0]["application_deadline"] == "2023-05-31T23:59:00"
    assert offer["instances"][0]["prices"] == [{"amount": 0, "original": "maksuton"}]


def test_quality_links_turtle_is_read(tmp_path: Path) -> None:
    keys = {}
    for name in ("AT0002", "SI0001"):
        result = run(tmp_path, f"elm/qualitylink-{name}.ttl", "elm", suffix=".ttl")
        assert result["unmapped"] == {}
        keys[name] = {record["native_id"]: record["offer"] for record in result["records"]}
    assert [len(found) for found in keys.values()] == [3, 2]
    shared_urn = "urn:schac:courseId:uni-lj.si:123"
    providers = [found[shared_urn]["provider"]["identifiers"][-1]["value"] for found in keys.values()]
    assert providers == ["AT0001", "SI0001"]
    assert keys["SI0001"][shared_urn]["eqf_level"] == 7


IDENTIFY = (
    '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-01-01T00:00:00Z</responseDate><Identify>'
    "<earliestDatestamp>1970-01-01</earliestDatestamp><deletedRecord>persistent</deletedRecord>"
    "<granularity>YYYY-MM-DD</granularity></Identify></OAI-PMH>"
)


def run_oai(folder: Path, file: str, rest: str = "") -> dict[str, Any]:
    url = "https://oai.example/oai"
    (folder / "case.toml").write_text(
        f'protocol = "oai_pmh"\ndialect = "lom"\nurl = "{url}"\nnow = 2026-01-01T00:00:00Z\n{rest}\n'
        f'[fetch]\nmetadata_prefix = "lom"\n[[responses]]\nurl = "{url}?verb=Identify"\ntext = {json.dumps(IDENTIFY)}\n'
        f'[[responses]]\nurl = "{url}?verb=ListRecords&metadataPrefix=lom"\nfile = {json.dumps(str(FEEDS / file))}\n',
        encoding="utf-8",
    )
    return run_sample(folder / "case.toml")


def test_learning_objects_are_no_offers_and_their_authors_are_left_behind(tmp_path: Path) -> None:
    first = run_oai(tmp_path, "oai/edurep-oaipmh.initial.0.xml")
    assert [record["deleted"] for record in first["records"]] == [True]
    assert Counter(refused["code"] for refused in first["refused"]) == {"record.not_an_offer": 8}
    second = run_oai(tmp_path, "oai/edurep-oaipmh.initial.1.xml")
    assert (second["records"], len(second["refused"])) == ([], 3)
    table = "[lookups.offer_types]\n" + "".join(f'"aggregation level {level}" = "course"\n' for level in range(1, 5))
    opened = run_oai(tmp_path, "oai/edurep-oaipmh.initial.0.xml", table)
    assert len(opened["records"]) == 7  # a tombstone, and those that state a level
    assert opened["unmapped"] == {}
    kept = b"".join(each.record.raw for each in drive(read_sample(tmp_path / "case.toml")).mapped)
    assert b"ORG:" in kept
    assert not any(word in kept for word in (b"VCARD", b"FN:", b"Quaedackers"))


def test_an_ontology_is_no_feed(tmp_path: Path) -> None:
    for name in ("ELM.ttl", "qualitylink-ontology-shacl.ttl"):
        result = run(tmp_path, f"elm/model/{name}", "elm", suffix=".ttl")
        assert (result["records"], result["refused"], result["refusals"]) == ([], [], [])
