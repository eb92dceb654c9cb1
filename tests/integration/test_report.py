"""`report trust` and `report sectors` over a whole store, on both databases: table, JSON and page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from microharvest.cli import main

SOURCE = """
title = "Courses of Oslo"
protocol = "file"
dialect = "columns"
url = "{url}"
licence = "https://creativecommons.org/licenses/by/4.0/"
authority = "provider"
country = "NO"
languages = ["en"]
[network]
allow = ["local"]
[identity]
key = ["id"]
[columns]
title = "title"
provider = "org"
ects = "ects"
eqf_level = "eqf"
price = {{ from = "price", currency = "NOK" }}
occupations = "job"
sectors = "sector"
"""
WELDER = "http://data.europa.eu/esco/occupation/0e2c8a32-0000-4000-8000-000000000001"
ROWS = f"""id,title,org,ects,eqf,price,job,sector
1,Welding for beginners,OsloMet,5,4,1200,,
2,Joining metals,OsloMet,,,,{WELDER},
3,Selling shoes,OsloMet,,,0,,http://data.europa.eu/ux2/nace2.1/47
4,Poetry,OsloMet,60,7,,,
"""
OCCUPATIONS = (
    "conceptType,conceptUri,iscoGroup,preferredLabel,altLabels,status,code\n"
    f"Occupation,{WELDER},7212,welder,,released,7212.3\n"
)


class Desk:
    def __init__(self, folder: Path, store: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.options = ["--config", str(folder / "config"), "--store", store]
        (folder / "config" / "sources").mkdir(parents=True)
        (folder / "config" / "microharvest.toml").write_text("[harvest]\ninline = true\n", encoding="utf-8")
        (folder / "feed.csv").write_text(ROWS, encoding="utf-8")
        text = SOURCE.format(url=(folder / "feed.csv").as_uri())
        (folder / "config" / "sources" / "oslo.toml").write_text(text, encoding="utf-8")
        assert self.run("init")[0] == 0

    def run(self, *words: str) -> tuple[int, str]:
        self.capsys.readouterr()
        status = main([*words, *self.options])
        return status, self.capsys.readouterr().out

    def json(self, *words: str) -> dict[str, Any]:
        status, out = self.run(*words, "--json")
        assert status == 0, out
        found: dict[str, Any] = msgspec.json.decode(out)
        return found

    def publish(self) -> None:
        for verb in ("harvest", "link", "publish"):
            assert self.run(verb, *(["oslo"] if verb == "harvest" else []))[0] == 0


@pytest.fixture
def desk(tmp_path: Path, store_url: str, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, store_url, capsys)


def test_an_empty_store_says_what_to_do_next(desk: Desk) -> None:
    assert "microharvest publish" in desk.run("report", "sectors")[1]
    assert "microharvest harvest --all" in desk.run("report", "trust")[1]
    page = desk.folder / "empty.html"
    assert desk.run("report", "sectors", "--out", str(page))[0] == 0
    assert "Nothing is published yet" in page.read_text(encoding="utf-8")


def test_sectors_are_told_as_table_json_and_page(desk: Desk) -> None:
    desk.publish()
    before = desk.json("report", "sectors")
    assert (before["entries"], before["placed"]) == (4, 2)
    occupations = desk.folder / "occupations_en.csv"
    occupations.write_text(OCCUPATIONS, encoding="utf-8")
    assert desk.run("vocab", "import", "esco-occupations", str(occupations), "--edition", "1.2")[0] == 0
    report = desk.json("report", "sectors")
    making, trade = report["sectors"]
    assert (making["code"], making["entries"], making["grounds"]) == ("C", 2, {"esco": 1, "keyword": 1})
    assert (trade["code"], trade["entries"], trade["grounds"]) == ("G", 1, {"declared": 1})
    (norway,) = making["countries"]
    known, unknown = norway["levels"]
    assert (known["eqf"], known["workload"]["ects"]["median"], known["prices"]["NOK"]["median"]) == (4, 5, 1200)
    assert (unknown["eqf"], unknown["workload_unknown"], unknown["price_unknown"]) == (None, 1, 1)
    assert trade["whole"]["levels"][0]["free"] == 1
    status, out = desk.run("report", "sectors", "--sector", "25", "--out", str(desk.folder / "page.html"))
    assert status == 0
    assert "25 Manufacture of fabricated metal products" in out
    assert "1 × 1,200 NOK" in out
    assert "1 × 1,200 NOK" in (desk.folder / "page.html").read_text(encoding="utf-8")
    assert desk.json("report", "sectors", "--confidence", "0.5")["sectors"][0]["entries"] == 1


def test_trust_is_told_by_source_country_and_sector(desk: Desk) -> None:
    desk.publish()
    by_source = desk.json("report", "trust")
    assert [(group["key"], group["offers"]) for group in by_source["groups"]] == [("oslo", 4)]
    assert by_source["groups"][0]["costs"][0]["examples"][0].startswith("oslo/")
    assert [group["key"] for group in desk.json("report", "trust", "--by", "country")["groups"]] == ["NO"]
    by_sector = desk.json("report", "trust", "--by", "sector")
    assert [(group["key"], group["offers"]) for group in by_sector["groups"]] == [("C", 1), ("G", 1), ("", 2)]
    status, out = desk.run("report", "trust", "--by", "sector", "--out", str(desk.folder / "page.html"))
    assert status == 0
    assert "what costs most" in out
    assert "C Manufacturing" in (desk.folder / "page.html").read_text(encoding="utf-8")


def test_exports_and_explain_say_the_same_as_the_report(desk: Desk) -> None:
    desk.publish()
    out = desk.folder / "offers.jsonl"
    assert desk.run("export", "offers", "--out", str(out))[0] == 0
    lines = {line["record_id"]: line for line in map(msgspec.json.decode, out.read_bytes().splitlines())}
    assert [one["code"] for one in lines["1"]["sectors"]] == ["25"]
    assert "sectors" not in lines["4"]
    sheet = desk.json("explain", "oslo/1")
    assert sheet["judged"]["scores"] == lines["1"]["scores"]
    assert sheet["judged"]["sectors"] == lines["1"]["sectors"]
    codes = [code for code, _, _ in sheet["judged"]["lacking"]]
    assert set(codes) == {code for part in lines["1"]["scores"].values() if isinstance(part, dict)
                          for code in part.get("lacks", ())}  # fmt: skip
    assert "annex1.country" in codes, "the country is the source file's"
    entry = sheet["cluster"]["entry"]["judged"]
    assert entry["sectors"] == lines["1"]["sectors"]
    told = " ".join(desk.run("explain", "oslo/1")[1].split())
    assert "from a word alone, title: welding (confidence 0.4)" in told
    assert "what would raise it" in told
    assert "microcredential: undecided" in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sectors", "--sector", "Z"], "no section or division"),
        (["sectors", "--sector", "47.1"], "no section or division"),
        (["sectors", "--confidence", "7"], "between 0 and 1"),
        (["trust", "--out", "/nowhere/at/all.html"], "cannot be written"),
    ],
)
def test_mistakes_are_said(desk: Desk, capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    assert main(["report", *words, *desk.options]) == 2
    assert said in capsys.readouterr().err


def test_status_and_doctor_tell_of_accreditations_that_end(desk: Desk) -> None:
    """Looked for by the database itself, so on both."""
    rated = "id,title,org,seal,until\n1,Welding,OsloMet,ISO 21001,2020-01-01\n2,Poetry,OsloMet,ISO 21001,\n"
    (desk.folder / "rated.csv").write_text(rated, encoding="utf-8")
    said = SOURCE.format(url=(desk.folder / "rated.csv").as_uri()).partition("ects =")[0]
    more = 'quality_assurance = "seal"\nqa_valid_to = "until"\n'
    (desk.folder / "config" / "sources" / "rated.toml").write_text(said + more, encoding="utf-8")
    assert desk.run("harvest", "rated")[0] == 0
    state = msgspec.json.decode(desk.run("status", "--json")[1])
    assert state["accreditation"] == {"ended": 1, "ends_soon": 0}
    assert "1 offer, such as rated/1 (2020-01-01)" in desk.run("doctor")[1]
