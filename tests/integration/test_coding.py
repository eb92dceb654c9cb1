"""Accepted offers and imported vocabularies, on both databases: coded once, again for what changed, and never half."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from microharvest import pipeline
from microharvest.cli import main
from microharvest.coding import run as coding_run
from microharvest.coding.run import code_changed
from microharvest.commands import vocab
from microharvest.errors import StoreError
from microharvest.settings import Settings
from microharvest.store.database import Database
from microharvest.telemetry import arm_failpoints
from tests.conftest import SHARED

SKILL = "http://data.europa.eu/esco/skill/"
BUDGET, SOLAR, OLD = SKILL + "0001-budget", SKILL + "0002-solar", SKILL + "0003-old"
HEAD = "conceptType,conceptUri,preferredLabel,altLabels,status\n"
SOURCE = """
title = "Courses"
protocol = "file"
dialect = "columns"
url = "{url}"
licence = "https://creativecommons.org/licenses/by/4.0/"
languages = ["en"]
country = "NO"
[network]
allow = ["local"]
[identity]
key = ["id"]
[withdraw]
runs = 1
grace = "P0D"
max_ratio = 0.9
[columns]
title = {{ from = "title", lang = "en" }}
skills = {{ from = "skill", lang = "en" }}
provider = "provider"
"""
ROR = (
    '[{"id": "https://ror.org/00abc1234", "status": "active", "names": [{"value": "Fjord University", "types": '
    '["ror_display", "label"], "lang": "en"}], "locations": [{"geonames_details": {"country_code": "NO"}}]}]'
)
Row = tuple[str, str, str, str]
COURSES: list[Row] = [
    ("1", "Solar energy at home", "", "Fjord University"),
    ("2", "Bookkeeping", "manage budgets", "Fjord university"),
    ("3", "Bees", OLD, "Somebody"),
    ("4", "Wax", "", "Somebody"),
    ("5", "Old links and solar energy", SKILL + "0009-never", ""),
]


class Desk:
    """The command line over one store."""

    def __init__(self, folder: Path, store: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.store, self._capsys = folder, store, capsys
        self.config = folder / "config"
        (self.config / "sources").mkdir(parents=True)
        (self.config / "microharvest.toml").write_text("[harvest]\ninline = true\n", encoding="utf-8")
        self.feed = folder / "courses.csv"
        source = SOURCE.format(url=self.feed.as_uri())
        (self.config / "sources" / "courses.toml").write_text(source, encoding="utf-8")
        assert main(["init", *self._place()]) == 0

    def _place(self) -> list[str]:
        return ["--config", str(self.config), "--store", self.store]

    def run(self, *words: str) -> list[Any]:
        self._capsys.readouterr()
        status = main([*words, *self._place(), "--json"])
        out = self._capsys.readouterr().out
        assert status == 0, out
        return [msgspec.json.decode(line) for line in out.splitlines()]

    def said(self, *words: str) -> str:
        self._capsys.readouterr()
        assert main([*words, *self._place()]) == 0
        return self._capsys.readouterr().out

    def harvest(self, rows: list[Row]) -> None:
        lines = "".join(",".join(row) + "\n" for row in rows)
        self.feed.write_text("id,title,skill,provider\n" + lines, encoding="utf-8")
        self.run("harvest", "courses")

    def skills(self, edition: str, **labels: str) -> None:
        """Import an edition: `budget="manage budgets"`."""
        uris = {"budget": BUDGET, "solar": SOLAR, "old": OLD, "wax": SKILL + "0004-wax"}
        rows = "".join(f"KnowledgeSkillCompetence,{uris[name]},{label},,released\n" for name, label in labels.items())
        path = self.folder / f"skills_v{edition}_en.csv"
        path.write_text(HEAD + rows, encoding="utf-8")
        self.run("vocab", "import", "esco-skills", str(path))

    def register(self, edition: str = "1.60") -> None:
        path = self.folder / "ror.json"
        path.write_text(ROR, encoding="utf-8")
        self.run("vocab", "import", "ror", str(path), "--edition", edition)

    def offers(self) -> dict[str, Any]:
        return {line["record_id"]: line for line in self.run("export", "offers", "--out", "-")}

    def links(self) -> dict[str, list[tuple[str, str | None, str | None]]]:
        """(end of the URI, basis, edition) of each offer's skills."""
        return {
            ident: [(one.get("uri", "")[-4:], one.get("basis"), one.get("edition")) for one in line.get("skills", ())]
            for ident, line in self.offers().items()
        }

    def query(self, statement: str) -> list[Any]:
        database = Database(self.store)
        with database.read() as connection:
            rows = connection.execute(text(statement)).all()
        database.dispose()
        return list(rows)

    def code(self) -> tuple[int, int]:
        database = Database(self.store)
        report = code_changed(database)
        database.dispose()
        return report.coded, report.changed


@pytest.fixture
def desk(tmp_path: Path, store_url: str, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, store_url, capsys)


def test_without_vocabularies_coding_does_nothing(desk: Desk) -> None:
    desk.harvest(COURSES)
    assert desk.code() == (0, 0)
    assert desk.query("SELECT * FROM coded") == []
    assert desk.query("SELECT * FROM counter WHERE name LIKE 'coding%'") == []


def test_offers_are_coded_after_harvest_and_the_catalogue_shows_it(desk: Desk) -> None:
    desk.skills("1.0", budget="manage budgets", solar="solar energy", old="keep bees")
    desk.skills("1.2", budget="manage budgets", solar="solar energy")
    desk.register()
    desk.harvest(COURSES)
    assert desk.links() == {
        "1": [("olar", "text", "1.2")],
        "2": [("dget", "label", "1.2")],
        "3": [("-old", "declared", "1.0")],
        "4": [],
        "5": [("ever", "declared", None)],
    }
    offers = desk.offers()
    codes = {ident: [one["code"] for one in line.get("issues", ())] for ident, line in offers.items()}
    assert (codes["3"], codes["5"]) == (["concept.withdrawn"], ["concept.unresolved"])
    assert offers["2"]["skills"][0]["label"] == {"en": "manage budgets"}
    assert [one["uri"] for one in offers["2"]["provider"]["registrations"]] == ["https://ror.org/00abc1234"]
    assert desk.code() == (0, 0), "twice changes nothing"
    assert desk.run("link")[0]["coded"] == 0
    (desk.config / "publish.toml").write_text('microcredential = ["yes", "no", "undecided"]\nrequire = []\n')
    desk.run("publish")
    entries = {line["title"]["en"]: line for line in desk.run("export", "entries", "--out", "-")}
    assert entries["Bookkeeping"]["skills"][0]["edition"] == "1.2"
    assert "trust.identified" not in entries["Bookkeeping"]["scores"]["assurance"]["lacks"]
    assert "coded.skills" in entries["Solar energy at home"]["scores"]["comparability"]["lacks"], "no link of its own"
    assert desk.run("link")[0]["touched"] == 0
    shown = desk.said("explain", "courses/3")
    assert "coding: links" in shown
    assert "concept.withdrawn" in shown
    (sheet,) = desk.run("explain", "courses/2")
    assert [(one["field"], one["basis"], one["edition"]) for one in sheet["links"]] == [
        ("skills", "label", "1.2"),
        ("provider", "name", "1.60"),
    ]


def test_a_new_edition_touches_what_reads_otherwise(desk: Desk) -> None:
    desk.harvest(COURSES)
    desk.skills("1.0", budget="manage budgets", old="keep bees")
    assert desk.run("link")[0]["coded"] == 3
    assert desk.links()["3"] == [("-old", "declared", "1.0")]
    desk.register()
    assert desk.code() == (4, 2), "only offers with a provider in a country ask registers"
    desk.skills("1.0", budget="manage budgets", old="keep bees")
    assert desk.code() == (0, 0), "the same file again says nothing new"
    desk.skills("2.0", budget="manage budgets", solar="solar energy")
    assert desk.code() == (5, 2), "1 and 2 link otherwise; 3 keeps its last edition, and is told"
    assert desk.links()["3"] == [("-old", "declared", "1.0")]
    assert [one["code"] for one in desk.offers()["3"]["issues"]] == ["concept.withdrawn"]
    assert desk.run("link")[0]["touched"] == 2


def test_an_edition_imported_in_part_withdraws_nothing(desk: Desk) -> None:
    desk.harvest(COURSES)
    desk.skills("1.0", budget="manage budgets", old="keep bees", solar="sun")
    desk.skills("2.0", solar="solar energy")
    desk.code()
    links = desk.links()
    assert (links["1"], links["2"], links["3"]) == (
        [("olar", "text", "2.0")],
        [("dget", "label", "1.0")],
        [("-old", "declared", "1.0")],
    )
    assert "issues" not in desk.offers()["3"]


def test_what_changes_is_coded_again_and_what_is_withdrawn_is_left(desk: Desk) -> None:
    desk.skills("1.0", budget="manage budgets", solar="solar energy")
    desk.harvest(COURSES)
    before = desk.query("SELECT native_id, rules FROM coded ORDER BY native_id")
    assert len(before) == 5
    changed = [("1", "Solar panels", "", "Fjord University"), *COURSES[1:3], ("6", "Solar energy", "", "")]
    desk.harvest(changed)
    links = desk.links()
    assert (links["1"], links["6"]) == ([], [("olar", "text", "1.0")])
    assert desk.offers()["5"]["withdrawn"] is True
    desk.skills("2.0", solar="solar energy", budget="x")
    desk.code()
    after = dict(desk.query("SELECT native_id, rules FROM coded"))
    assert [ident for ident, rules in before if after[ident] == rules] == ["4", "5"], "withdrawn, so left as they were"
    desk.harvest([*changed, COURSES[3], COURSES[4]])
    assert desk.links()["5"] == [("ever", "declared", None)], "it returned, and was coded by the edition of today"
    desk.run("revert", "courses", "--to", "1", "--why", "test")
    desk.run("link")
    assert desk.links()["1"] == [("olar", "text", "2.0")]


def test_stale_links_are_never_shown(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.skills("1.0", solar="solar energy")
    desk.harvest(COURSES)
    monkeypatch.setattr(coding_run, "code_changed", lambda *_, **__: coding_run.CodingReport())
    desk.harvest([("1", "Wind", "", ""), *COURSES[1:]])
    assert desk.links()["1"] == []
    monkeypatch.undo()
    assert desk.code() == (1, 0)


def test_an_offer_accepted_meanwhile_is_not_overwritten(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.harvest(COURSES)
    desk.skills("1.0", solar="solar energy")
    moved = []
    claim = coding_run.links.claim

    def meanwhile(connection: Any) -> None:
        claim(connection)
        if not moved:
            change = text("UPDATE record SET doc_hash = :other WHERE native_id = '1'")
            moved.append(connection.execute(change, {"other": b"of another offer"}))

    monkeypatch.setattr(coding_run.links, "claim", meanwhile)
    assert desk.code()[0] == 4
    assert desk.query("SELECT native_id FROM coded ORDER BY native_id") == [("2",), ("3",), ("4",), ("5",)]


def test_an_edition_imported_meanwhile_begins_the_pass_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.harvest(COURSES)
    desk.skills("1.0", solar="solar energy")
    state = coding_run.published_state
    calls = []

    def moving(connection: Any) -> dict[str, str]:
        calls.append(1)
        return {**state(connection), **({"esco-skills": "older"} if len(calls) == 2 else {})}

    monkeypatch.setattr(coding_run, "published_state", moving)
    assert desk.code() == (5, 3)
    monkeypatch.undo()
    assert desk.code() == (0, 0)


def test_a_record_in_somebodys_hands_is_waited_for_alone(desk: Desk) -> None:
    if not desk.store.startswith("postgresql"):
        pytest.skip("SQLite has one writer at a time")
    desk.harvest(COURSES)
    desk.skills("1.0", solar="solar energy")
    database, coded = Database(desk.store), []
    with database.write() as connection:
        connection.execute(text("UPDATE record SET last_seen = last_seen WHERE native_id = '1'"))
        worker = threading.Thread(target=lambda: coded.append(desk.code()))
        worker.start()
        for _ in range(200):
            if len(desk.query("SELECT * FROM coded")) == 4:
                break
            time.sleep(0.05)
        assert len(desk.query("SELECT * FROM coded")) == 4
        assert coded == []
    worker.join(20)
    database.dispose()
    assert coded == [(5, 3)]
    assert desk.links()["1"] == [("olar", "text", "1.0")]


def test_a_harvest_is_told_even_if_coding_cannot_be_done_now(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise StoreError("store.busy", "Try again.")

    desk.skills("1.0", solar="solar energy")
    monkeypatch.setattr(coding_run, "code_changed", refuse)
    desk.harvest(COURSES)
    assert len(desk.offers()) == 5
    monkeypatch.undo()
    assert desk.run("link")[0]["coded"] == 3


def test_killed_anywhere_it_goes_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coding_run, "PAGE", 2)
    desk.skills("1.0", budget="manage budgets", old="keep bees")
    desk.harvest(COURSES)
    desk.skills("2.0", budget="manage budgets", solar="solar energy", wax="other")
    kills = 0
    for hit in range(1, 40):
        pid = os.fork()
        if pid == 0:
            arm_failpoints(f"*:{1 + hit % 3}")
            stores = pipeline.open_stores(Settings(store=desk.store))
            pipeline.code(stores)
            os._exit(0)
        status = os.waitpid(pid, 0)[1]
        if not os.WIFSIGNALED(status):
            break
        assert os.WTERMSIG(status) == signal.SIGKILL
        kills += 1
        for line in desk.offers().values():
            editions = {one.get("edition") for one in line.get("skills", ())}
            assert editions <= {"1.0", "2.0", None}
    assert kills >= 4
    desk.code()
    assert desk.links() == {
        "1": [("olar", "text", "2.0")],
        "2": [("dget", "label", "2.0")],
        "3": [("-old", "declared", "1.0")],
        "4": [],
        "5": [("ever", "declared", None)],
    }
    assert desk.code() == (0, 0)
    assert desk.run("link")[0]["touched"] == 5


def test_what_is_forgotten_leaves_coded_offers_too(desk: Desk) -> None:
    desk.skills("1.0", budget="manage budgets", solar="solar energy")
    desk.harvest([("1", "Solar energy with Zoë Quistorp", "", ""), *COURSES[1:]])
    desk.run("link")
    desk.run("forget", "--value", "Zoë Quistorp", "--why", "asked")
    assert desk.links()["1"] == [("olar", "text", "1.0")], "still shown, cleaned"
    assert desk.query("SELECT source FROM coded c WHERE NOT EXISTS (SELECT 1 FROM record r WHERE r.source = c.source "
                      "AND r.native_id = c.native_id AND r.doc_hash = c.doc_hash)") == []  # fmt: skip
    held = b"".join(bytes(row[0]) for row in desk.query("SELECT doc FROM coded WHERE doc IS NOT NULL"))
    assert b"solar energy" in held
    assert b"Quistorp" not in held
    desk.run("forget", "--record", "courses/2", "--why", "asked")
    assert len(desk.query("SELECT * FROM coded")) == 4
    assert b"manage budgets" not in b"".join(
        bytes(row[0]) for row in desk.query("SELECT doc FROM coded WHERE doc IS NOT NULL")
    )
    assert desk.code() == (0, 0)


def test_a_backup_holds_what_was_coded(desk: Desk) -> None:
    desk.skills("1.0", solar="solar energy")
    desk.harvest(COURSES)
    before = desk.links()
    copy = str(desk.folder / "copy")
    desk.run("backup", copy)
    desk.run("prune")
    desk.run("restore", copy, "--overwrite")
    assert desk.links() == before
    assert desk.code() == (0, 0)


def test_another_way_of_reading_a_file_is_a_new_state(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.skills("1.0", solar="solar energy")
    desk.harvest(COURSES)
    monkeypatch.setattr(vocab, "READING", "9")
    desk.skills("1.0", solar="solar energy")
    assert desk.code()[0] == 5


@pytest.mark.shared
@pytest.mark.skipif(not (SHARED / "vocab").is_dir(), reason="the real files do not stand beside the project")
def test_every_withdrawn_skill_of_esco_is_reported(desk: Desk) -> None:
    if desk.store.startswith("postgresql"):
        pytest.skip("the same statements as in the small cases; importing takes its time")
    for name in ("esco-1.0/skills_en-us.csv", "esco-1.2.0/broaderRelationsSkillPillar_en.csv"):
        desk.run("vocab", "import", "esco-skills", str(SHARED / "vocab" / name))
    changes = desk.run("vocab", "diff", "esco-skills", "1.0", "1.2.0")
    uris = [line["uri"] for line in changes if line["what"] == "withdrawn"]
    added = [line["uri"] for line in changes if line["what"] == "added"]
    assert (len(uris), len(added)) == (299, 1169)
    desk.harvest([(f"c{place}", f"Course {place}", uri, "") for place, uri in enumerate([*uris, *added])])
    codes = [[one["code"] for one in line.get("issues", ())] for line in desk.offers().values()]
    assert (codes.count(["concept.withdrawn"]), codes.count([])) == (299, 1169)
    editions = [line["skills"][0]["edition"] for line in desk.offers().values()]
    assert (editions.count("1.0"), editions.count("1.2.0")) == (299, 1169)


def test_a_plan_of_linking_says_that_it_rests_on_older_links(desk: Desk) -> None:
    desk.harvest(COURSES)
    assert desk.run("link", "--plan")[0]["uncoded"] is False
    desk.skills("1.2", solar="solar energy")
    coded = desk.query("SELECT count(*) FROM coded")
    for _ in range(2):
        assert desk.run("link", "--plan")[0]["uncoded"] is True
    assert "the plan rests on the older links" in desk.said("link", "--plan")
    assert desk.query("SELECT count(*) FROM coded") == coded, "a plan stores nothing"
    desk.run("link")
    assert desk.run("link", "--plan")[0]["uncoded"] is False
