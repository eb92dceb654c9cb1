"""`explain`: every stop of a record's way, on both databases, and where each value of an offer comes from."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from microharvest.cli import main
from microharvest.explain.tracing import MAX_TRACED, FieldOrigin, Trace, trace
from microharvest.kit.draft import Draft
from microharvest.map.apply import Defaults, apply_draft

SOURCE = """
title = "{title}"
protocol = "file"
dialect = "columns"
url = "{url}"
licence = "https://creativecommons.org/licenses/by/4.0/"
authority = "{authority}"
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
homepage = "url"
price = "price"
description = "text"
"""
HEADER = "id,title,org,ects,url,price,text,colour\n"
FIRST = '1,Data literacy,University of Oslo,5,https://example.org/courses/1,"12 or 15",,blue\n'
SECOND = "1,Data literacy,University of Oslo,7.5,https://example.org/courses/1,,Read charts,blue\n"
OTHER = "r-1,Data literacy,University of Oslo,5,https://example.org/courses/1,,Read charts and tables,\n"


class Way:
    """A store in which one offer went all the way, twice, and a second source has it too."""

    def __init__(self, folder: Path, store: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.options = ["--config", str(folder / "config"), "--store", store]
        (folder / "config" / "sources").mkdir(parents=True)
        (folder / "config" / "microharvest.toml").write_text("[harvest]\ninline = true\n", encoding="utf-8")
        self.write("oslo", FIRST, "provider")
        self.run("init")
        self.run("harvest", "oslo")

    def write(self, name: str, rows: str, authority: str) -> None:
        path = self.folder / f"{name}.csv"
        path.write_text(HEADER + rows, encoding="utf-8")
        text = SOURCE.format(title=f"Courses of {name}", url=path.as_uri(), authority=authority)
        (self.folder / "config" / "sources" / f"{name}.toml").write_text(text, encoding="utf-8")

    def run(self, *words: str) -> tuple[int, str]:
        self.capsys.readouterr()
        status = main([*words, *self.options])
        return status, self.capsys.readouterr().out

    def sheet(self, ident: str) -> dict[str, Any]:
        status, out = self.run("explain", ident, "--json")
        assert status == 0, out
        found: dict[str, Any] = msgspec.json.decode(out)
        return found


@pytest.fixture
def way(tmp_path: Path, store_url: str, capsys: pytest.CaptureFixture[str]) -> Way:
    return Way(tmp_path, store_url, capsys)


def test_a_record_is_followed_from_file_to_status(way: Way) -> None:
    sheet = way.sheet("oslo/1")
    body = (HEADER + FIRST).encode()
    assert sheet["title"] == "Data literacy"
    assert (sheet["file"]["protocol"], sheet["file"]["dialect"]) == ("file", "columns")
    assert sheet["request"]["run"] == 1
    assert sheet["request"]["sha256"] == hashlib.sha256(body).hexdigest()
    assert (sheet["request"]["size"], sheet["request"]["proof"]) == (len(body), "local")
    assert sheet["raw"]["media_type"] == "application/json"
    assert "Data literacy" in "".join(sheet["raw"]["first_lines"])
    assert [line["kind"] for line in sheet["log"]] == ["added"]
    assert sheet["state"]["status"] == "active"
    assert sheet["cluster"] is None


def test_every_value_names_what_it_was_made_from(way: Way) -> None:
    mapping = way.sheet("oslo/1")["mapping"]
    fields = {one["field"]: one for one in mapping["fields"]}
    assert fields["credits"]["value"] == [{"framework": "ECTS", "points": 5}]
    (said,) = fields["credits"]["said"]
    assert (said["path"], said["value"], said["field"]) == ("/ects", "5", "ects")
    assert fields["country"]["basis"] == "default"
    assert fields["country"]["said"] == []
    (idle,) = mapping["idle"]
    assert idle["value"] == "12 or 15"
    assert [issue["code"] for issue in idle["issues"]] == ["price.several"]
    assert mapping["unread"] == [["/colour", "blue"]]
    assert mapping["stale"] == []


def test_an_issue_is_explained_in_words(way: Way) -> None:
    (issue,) = way.sheet("oslo/1")["issues"]
    assert issue["code"] == "price.several"
    assert issue["meaning"].endswith(".")


def test_versions_tell_what_changed_field_by_field(way: Way) -> None:
    way.write("oslo", SECOND, "provider")
    way.run("harvest", "oslo")
    first, second = way.sheet("oslo/1")["versions"]
    assert (first["head"], second["head"]) == (False, True)
    assert set(second["changed"]) == {"credits", "description"}
    before, after = second["changed"]["credits"]
    assert (before[0]["points"], after[0]["points"]) == (5, 7.5)
    assert second["changed"]["description"] == [None, {"en": "Read charts"}]


def test_a_landed_version_is_shown_as_not_accepted(way: Way) -> None:
    way.write("oslo", SECOND, "provider")
    way.run("harvest", "oslo", "--plan")
    sheet = way.sheet("oslo/1")
    assert [(one["head"], one["acceptance"]) for one in sheet["versions"]] == [(True, "accepted"), (False, "held")]
    assert sheet["mapping"]["fields"][0]["field"] == "title"
    assert [line["kind"] for line in sheet["log"]] == ["added"]
    plan = way.sheet("run:2")
    assert plan["examples"] == {"changed": ["1"]}


def test_cluster_golden_record_and_entry(way: Way) -> None:
    way.write("register", OTHER, "national")
    way.run("harvest", "register")
    assert way.run("link")[0] == way.run("publish")[0] == 0
    sheet = way.sheet("oslo/1")
    cluster = sheet["cluster"]
    assert {(one["source"], one["native_id"]) for one in cluster["members"]} == {("oslo", "1"), ("register", "r-1")}
    assert cluster["shared_keys"], "why they are one"
    assert "credits" in sheet["won"]
    assert "description" not in sheet["won"], "only the register describes it"
    assert cluster["entry"]["state"] == "published"
    assert cluster["entry"]["versions"][0]["from_release"] == 1
    by_itself = way.sheet(cluster["id"])
    assert by_itself["kind"] == "cluster"
    assert by_itself["provenance"]["description"]["source"] == "register"
    assert way.sheet(cluster["id"][:12])["id"] == cluster["id"], "a part of an id will do where it is the only one"


def test_the_page_for_people_has_every_stop_in_order(way: Way) -> None:
    way.run("link")
    way.run("publish")
    status, page = way.run("explain", "oslo/1")
    assert status == 0
    stops = ["source file:", "request:", "raw:", "mapping:", "issues:", "versions:", "change log:", "status:"]
    stops += ["cluster:", "entry:"]
    places = [page.index(f"\n{stop}") for stop in stops]
    assert places == sorted(places)
    assert '← /ects = "5" as ects' in page
    assert "price.several" in page
    assert max(len(line) for line in page.splitlines()) <= 130


def test_ids_that_are_incomplete_give_candidates(way: Way) -> None:
    assert way.sheet("1")["kind"] == "run", "a bare number is a run where there is one"
    way.write("register", OTHER + OTHER.replace("r-1", "r-2"), "national")
    way.run("harvest", "register")
    assert way.sheet("r-2")["id"] == "register/r-2", "a native id that only one source has"
    status, out = way.run("explain", "REGISTER", "--json")
    assert status == 2
    assert msgspec.json.decode(out)["records"] == ["register/r-1", "register/r-2"]
    status, out = way.run("explain", "r-")
    assert "microharvest explain register/r-1" in out


def test_odd_ids_are_answered_calmly(way: Way) -> None:
    for ident in ("%", "_", "oslo/", "run:", "run:x", "99999999999999999999999", "'", "x" * 3000):
        assert way.run("explain", ident)[0] in {0, 2}, ident


def test_without_its_source_file_the_stored_offer_is_shown(way: Way) -> None:
    (way.folder / "config" / "sources" / "oslo.toml").unlink()
    sheet = way.sheet("oslo/1")
    assert sheet["file"]["problem"]
    assert sheet["mapping"]["stored"]["title"] == {"en": "Data literacy"}
    assert way.run("explain", "oslo/1")[0] == 0


def test_a_quarantined_record_can_be_asked_for(way: Way) -> None:
    way.write("oslo", FIRST + ",No id at all,UiO,1,,,,\n", "provider")
    way.run("harvest", "oslo")
    run = way.sheet("run:2")
    assert [one["code"] for one in run["quarantine"]] == ["record.no_identifier"]
    status, page = way.run("explain", "run:2")
    assert status == 0
    assert "record.no_identifier" in page


def test_a_run_lists_its_requests_and_its_verdict(way: Way) -> None:
    sheet = way.sheet("run:1")
    assert (sheet["facts"]["outcome"], sheet["facts"]["scope"], sheet["facts"]["acceptance"]) == (
        "complete", "full", "accepted",
    )  # fmt: skip
    (asked,) = sheet["requests"]
    assert (asked["state"], asked["records"], asked["proof"]) == ("done", 1, "local")
    assert sheet["logged"] == {"added": 1}
    assert [one["path"] for one in sheet["unmapped"]] == ["/colour"]


def drafted() -> Draft:
    draft = Draft()
    draft.say("title", "Welding", lang="en")
    draft.say("title", "Sveising", lang="no")
    draft.say("ects", "2.5")
    draft.say("country", "NO")
    draft.say("homepage", "nowhere")
    instance = draft.part("instance")
    instance.say("start_date", "2026-09-01")
    instance.say("price", "100 EUR")
    return draft


def field(found: Trace, name: str) -> FieldOrigin:
    return next(one for one in found.fields if one.field == name)


def test_tracing_finds_what_made_a_field_also_inside_parts() -> None:
    found = trace(drafted(), Defaults())
    assert [said.value for said in field(found, "title").said] == ["Welding", "Sveising"]
    assert [said.value for said in field(found, "credits").said] == ["2.5"]
    assert {said.value for said in field(found, "instances").said} == {"2026-09-01", "100 EUR"}
    assert [said.value for said in found.idle] == ["nowhere"]
    assert [issue.code for issue in found.idle[0].issues] == ["url.invalid"]


def test_what_is_said_twice_is_shown_twice() -> None:
    draft = drafted()
    draft.say("ects", "2.5")
    assert [said.value for said in field(trace(draft, Defaults()), "credits").said] == ["2.5", "2.5"]


def test_tracing_leaves_the_draft_as_it_was() -> None:
    draft = drafted()
    before = apply_draft(draft, Defaults())
    trace(draft, Defaults())
    assert apply_draft(draft, Defaults()) == before


def test_tracing_a_huge_draft_is_cut() -> None:
    draft = Draft()
    for number in range(MAX_TRACED + 7):
        draft.say("skills", f"skill {number}")
    assert trace(draft, Defaults()).cut == 7
