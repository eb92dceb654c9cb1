"""Commands as people and scripts run them, on both databases, over feeds that are files."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from microharvest.cli import main
from microharvest.clock import utc_now
from microharvest.store.database import Database
from microharvest.store.harvest_tables import ActionRow

SETTINGS = """
contact = "https://example.org/harvester"
[harvest]
inline = true
"""
SOURCE = """
title = "Courses of {name}"
protocol = "file"
dialect = "columns"
url = "{url}"
licence = "https://creativecommons.org/licenses/by/4.0/"
country = "NO"
languages = ["en"]
[network]
allow = ["local"]
attempts = 1
[identity]
key = ["id"]
[columns]
title = "title"
provider = "org"
ects = "ects"
price = "price"
"""
HEADER = "id,title,org,ects,price\n"
COURSES = ("1,Data literacy,University of Oslo,5,", "2,Python,University of Oslo,2.5,", "3,Statistics,UiO,3,")


class Project:
    """A configuration folder and feeds below a temporary folder, and the command line over one store."""

    def __init__(self, folder: Path, store: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.store, self._capsys = folder, store, capsys
        self.config = folder / "config"
        (self.config / "sources").mkdir(parents=True)
        (self.config / "microharvest.toml").write_text(SETTINGS, encoding="utf-8")
        self.out = self.err = ""

    def feed(self, name: str, *rows: str) -> None:
        """(Re)write a feed and its source file."""
        path = self.folder / f"{name}.csv"
        path.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
        self.source(name, SOURCE.format(name=name, url=path.as_uri()))

    def source(self, name: str, text: str) -> None:
        (self.config / "sources" / f"{name}.toml").write_text(text, encoding="utf-8")

    def run(self, *words: str) -> int:
        """One command line; output in `out` and `err`."""
        self._capsys.readouterr()
        status = main([*words, "--config", str(self.config), "--store", self.store])
        self.out, self.err = self._capsys.readouterr()
        return status

    def lines(self, *words: str) -> list[Any]:
        """The JSON lines of a command."""
        self.run(*words, "--json")
        return [msgspec.json.decode(line) for line in self.out.splitlines()]

    def code(self, *words: str) -> tuple[int, str]:
        """(status, code) of a command that fails, said in both ways."""
        status = self.run(*words)
        said = self.err.strip().splitlines()[-1]
        assert said.startswith("error: ")
        assert "Traceback" not in self.err
        code = said.rpartition("[")[2].rstrip("]")
        assert self.run(*words, "--json") == status
        assert msgspec.json.decode(self.out.splitlines()[-1])["error"]["code"] == code
        return status, code


@pytest.fixture
def project(tmp_path: Path, store_url: str, capsys: pytest.CaptureFixture[str]) -> Project:
    """A project whose store is made, with one feed of three courses."""
    made = Project(tmp_path, store_url, capsys)
    made.feed(
        "oslo", "1,Data literacy,University of Oslo,5,", "2,Python,University of Oslo,2.5,", "3,Statistics,UiO,3,"
    )
    assert made.run("init") == 0
    return made


def test_init_is_safe_to_repeat(project: Project) -> None:
    assert project.run("init") == 0
    assert "in place already" in project.out


def test_harvest_writes_the_promised_line(project: Project) -> None:
    (line,) = project.lines("harvest", "oslo")
    assert {"source", "run", "outcome", "scope", "acceptance", "held_because", "counts", "issues"} <= line.keys()
    assert (line["source"], line["outcome"], line["scope"], line["acceptance"]) == (
        "oslo", "complete", "full", "accepted",
    )  # fmt: skip
    assert line["counts"]["seen"] == line["counts"]["added"] == 3


def test_harvest_is_quiet_about_progress_in_a_pipe(project: Project) -> None:
    assert project.run("harvest", "--all") == 0
    assert project.err == ""
    assert "oslo  run 1  complete, full, accepted" in project.out
    assert "3 added" in project.out


def test_a_plan_shows_its_difference_and_accepts_nothing(project: Project) -> None:
    project.run("harvest", "oslo")
    project.feed("oslo", "1,Data literacy II,University of Oslo,5,", "2,Python,University of Oslo,2.5,", "4,New,UiO,1,")
    assert project.run("harvest", "oslo", "--plan") == 0
    assert "planned" in project.out
    assert "microharvest approve 2" in project.out
    rows = {line.split()[0]: line.split()[1:] for line in project.out.splitlines() if line.startswith("  ")}
    assert rows["added"] == ["4"]
    assert rows["changed"] == ["1"]
    assert rows["missing"] == ["3"]
    assert project.lines("status")[0]["sources"][0]["records"] == {"active": 3}
    assert project.run("approve", "2", "--why", "looked at") == 0
    assert project.lines("status")[0]["sources"][0]["records"] == {"active": 3, "missing": 1}


def test_a_held_run_is_said_everywhere_and_can_be_rejected(project: Project) -> None:
    project.run("harvest", "oslo")
    project.feed("oslo", "9,Only one,UiO,1,")
    assert project.run("harvest", "oslo") == 4
    assert "held" in project.out
    assert "microharvest approve 2 --config" in project.out
    held = project.lines("status")[0]["sources"][0]
    assert held["state"] == "held"
    assert held["held_runs"][0]["run"] == 2
    assert held["because"]
    project.run("status")
    assert "approve 2" in project.out
    assert project.run("reject", "2", "--why", "broken export") == 0
    assert project.code("approve", "2") == (2, "command.not_held")
    assert project.lines("status")[0]["sources"][0]["state"] == "complete"
    actions = project.lines("explain", "run:2")[0]["actions"]
    assert [(one["what"], one["why"]) for one in actions] == [("reject", "broken export")]


def test_revert_accepts_an_older_state_again(project: Project) -> None:
    project.run("harvest", "oslo")
    project.feed("oslo", "1,Renamed,University of Oslo,5,", "2,Python,University of Oslo,2.5,", "3,Statistics,UiO,3,")
    project.run("harvest", "oslo")
    assert project.run("revert", "oslo", "--to", "1", "--why", "was a mistake") == 0
    assert project.lines("explain", "oslo/1")[0]["title"] == "Data literacy"
    assert project.code("revert", "oslo", "--to", "77") == (2, "command.unknown_run")


def test_pause_resume_retire(project: Project) -> None:
    project.feed("bergen", "1,Fishing,UiB,1,")
    project.run("harvest", "--all")
    assert project.run("sources", "pause", "bergen", "--why", "asked to") == 0
    assert [line["source"] for line in project.lines("harvest", "--all")] == ["oslo"]
    assert project.run("harvest", "bergen") == 0, "whoever names a paused source means it"
    assert project.run("sources", "resume", "bergen") == 0
    assert len(project.lines("harvest", "--all")) == 2
    assert project.lines("sources", "retire", "bergen")[0]["withdrawn"] == 1
    assert project.code("harvest", "bergen") == (2, "config.retired_source")
    assert project.code("sources", "resume", "bergen") == (2, "config.retired_source")
    lives = {line["source"]: line["life"] for line in project.lines("sources", "list")}
    assert lives == {"bergen": "retired", "oslo": "active"}
    sheet = project.lines("explain", "bergen/1")[0]
    assert sheet["state"]["status"] == "withdrawn"
    assert [line["kind"] for line in sheet["log"]] == ["added", "withdrawn"]
    database = Database(project.store)
    with database.read() as connection:
        rows = list(connection.execute(ActionRow.__table__.select()))  # type: ignore[attr-defined]
    database.dispose()
    assert [(row.what, row.subject) for row in rows] == [
        ("pause", "bergen"), ("resume", "bergen"), ("retire", "bergen"),
    ]  # fmt: skip
    assert all("@" in row.who for row in rows)


def test_from_harvest_to_files_and_back(project: Project) -> None:
    project.feed("register", "a,Data literacy,University of Oslo,5,", "b,Welding,Trade School,3,")
    assert project.run("sync") == 0
    assert "release 1" in project.out
    assert project.run("link") == 0
    assert project.run("link", "--all") == 0
    assert project.run("publish", "--plan") == 0
    out = project.folder / "offers.jsonl"
    assert project.run("export", "offers", "--out", str(out)) == 0
    offers = [msgspec.json.decode(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert len(offers) == 5
    assert all(offer["cluster_id"].startswith("mh-") for offer in offers)
    assert project.run("export", "entries", "--format", "csv", "--out", "-") == 0
    assert project.out.startswith("id,members,")
    assert project.code("export", "offers", "--out", str(project.folder / "no" / "x.jsonl")) == (2, "command.invalid")
    assert project.run("rollback", "1", "--why", "testing") == 0
    assert project.code("publish") == (4, "publish.pinned")
    assert project.code("rollback", "99") == (2, "command.unknown_release")
    assert project.run("resume-publishing") == 0
    assert project.run("publish") == 0


def test_mapping_again_needs_its_word_and_follows_the_source_file(project: Project) -> None:
    project.run("harvest", "oslo")
    assert project.code("map") == (2, "command.invalid")
    assert project.lines("map", "--again")[0]["changed"] == 0
    project.source("oslo", SOURCE.format(name="oslo", url=(project.folder / "oslo.csv").as_uri()).replace("NO", "SE"))
    assert project.lines("map", "--again", "oslo", "--plan")[0]["changed"] == 3
    sheet = project.lines("explain", "oslo/1")[0]
    assert sheet["mapping"]["stale"] == ["country"]
    assert project.lines("map", "--again", "oslo")[0]["changed"] == 3
    assert project.lines("explain", "oslo/1")[0]["mapping"]["stale"] == []


def test_status_says_what_to_do_when_there_is_nothing(project: Project) -> None:
    project.run("status")
    assert "never harvested" in project.out
    assert "microharvest harvest --all" in project.out
    (project.config / "sources" / "oslo.toml").unlink()
    assert project.run("status") == 0
    assert "no sources yet" in project.out
    assert "Next: microharvest sources add URL --config" in project.out


def test_status_puts_the_worst_first(project: Project) -> None:
    project.feed("z-good", "1,Fishing,UiB,1,")
    project.run("harvest", "--all")
    project.source("m-broken", "title = 3")
    project.feed("gone", "1,x,y,1,")
    (project.folder / "gone.csv").unlink()
    assert project.run("harvest", "gone") == 3
    states = [(one["source"], one["state"]) for one in project.lines("status")[0]["sources"]]
    assert states == [
        ("m-broken", "broken"), ("gone", "failed"), ("oslo", "complete"), ("z-good", "complete"),
    ]  # fmt: skip


def test_doctor_watches_when_accreditations_end(project: Project) -> None:
    today = utc_now().date()
    path = project.folder / "rated.csv"
    days = {"past": -1, "soon": 20, "later": 400}
    rows = "".join(f"{name},Course {name},ISO 21001,{today + timedelta(days=left)}\n" for name, left in days.items())
    path.write_text(f"id,title,seal,until\n{rows}none,Course,,\n", encoding="utf-8")
    head = SOURCE.format(name="rated", url=path.as_uri()).partition("[identity]")[0]
    columns = '[columns]\ntitle = "title"\nquality_assurance = "seal"\nqa_valid_to = "until"\n'
    project.source("rated", f'{head}[identity]\nkey = ["id"]\n{columns}')
    assert project.run("harvest", "rated") == 0
    said = [one["said"] for one in project.lines("doctor") if one["area"] == "accreditation"]
    assert said == [
        f"Accreditation has ended: 1 offer, such as rated/past ({today - timedelta(days=1)}).",
        f"Accreditation ends within 90 days: 1 offer, such as rated/soon ({today + timedelta(days=20)}).",
    ]
    assert project.lines("status")[0]["accreditation"] == {"ended": 1, "ends_soon": 1}
    project.run("status")
    assert "Accreditation has ended for 1 offer and ends soon for 1 offer: `microharvest doctor`" in project.out
    (project.config / "quality.toml").write_text("expiry_days = 10\n", encoding="utf-8")
    assert project.lines("status")[0]["accreditation"] == {"ended": 1, "ends_soon": 0}
    said = [one["said"] for one in project.lines("doctor") if one["area"] == "accreditation"]
    assert len(said) == 1


def test_doctor_finds_each_broken_file_and_each_secret(project: Project) -> None:
    assert project.run("doctor") == 0
    project.source("bad-one", "title = ")
    text = SOURCE.format(name="x", url="https://feeds.example.invalid/x.csv")
    project.source("locked", text + '[auth]\ntype = "bearer"\ntoken = "env:NOWHERE_TO_BE_FOUND"\n')
    project.source("odd", text.replace('"file"', '"fax"'))
    checks = project.lines("doctor")
    bad = " ".join(check["said"] for check in checks if check["level"] == "bad")
    for code in ("config.syntax", "config.missing_secret", "config.unknown_connector"):
        assert code in bad
    assert project.run("doctor") == 2
    areas = {check["area"] for check in checks}
    assert {"versions", "configuration", "connectors", "store", "disk", "clock", "leases"} <= areas
    for library in ("Python", "libxml2", "OpenSSL"):
        assert any(library in check["said"] for check in checks)


def test_sources_show_names_where_a_value_comes_from(project: Project) -> None:
    rows = {row["key"]: row for row in project.lines("sources", "show", "oslo", "--effective")}
    assert rows["country"]["value"] == "NO"
    assert rows["country"]["origin"].endswith("oslo.toml")
    assert rows["withdraw.runs"]["origin"] == "built-in default"
    assert project.run("sources", "show", "oslo") == 0
    assert "Courses of oslo" in project.out


BREAK: dict[str, tuple[Callable[[Project], object], list[str], int, str]] = {
    "unknown key": (
        lambda p: p.source("oslo", "titel = 'x'\n" + SOURCE.format(name="x", url="x.csv")),
        ["harvest", "oslo"], 2, "config.unknown_key",
    ),
    "literal secret": (
        lambda p: p.source("oslo", SOURCE.format(name="x", url="x.csv") + '[auth]\ntype="bearer"\ntoken="abc"\n'),
        ["harvest", "oslo"], 2, "config.literal_secret",
    ),
    "unknown source": (lambda p: None, ["harvest", "olso"], 2, "config.unknown_source"),
    "unknown run": (lambda p: None, ["approve", "4711"], 2, "command.unknown_run"),
    "unknown id": (lambda p: None, ["explain", "nothing-like-it"], 2, "command.unknown_id"),
    "nothing named": (lambda p: None, ["harvest"], 2, "command.invalid"),
    "both named and all": (lambda p: None, ["harvest", "oslo", "--all"], 2, "command.invalid"),
    "no limit": (lambda p: None, ["harvest", "oslo", "--limit", "0"], 2, "command.invalid"),
    "absent folder": (
        lambda p: setattr(p, "config", p.folder / "nowhere"), ["status"], 2, "config.not_found",
    ),
    "broken settings": (
        lambda p: (p.config / "microharvest.toml").write_text("store = 3"), ["status"], 2, "config.invalid",
    ),
}  # fmt: skip


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("case", list(BREAK))
def test_each_mistake_has_its_sentence_code_and_status(project: Project, case: str) -> None:
    spoil, words, status, code = BREAK[case]
    spoil(project)
    assert project.code(*words) == (status, code)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_what_explain_proposes_can_be_typed_and_what_was_typed_is_not_repeated_whole(project: Project) -> None:
    project.feed("odd", "a b;$(x) 1,Welding,Ulm College,5,", "a b;$(x) 2,Baking,Ulm College,5,")
    project.run("harvest", "odd")
    assert project.run("explain", "a b;") == 2
    proposed = [shlex.split(line) for line in project.out.splitlines() if line.startswith("  microharvest")]
    assert proposed == [["microharvest", "explain", f"odd/a b;$(x) {number}"] for number in (1, 2)]
    for words in (["explain", "x" * 5000], ["explain", "run:" + "9" * 5000], ["explain", "odd/1", "x" * 5000]):
        assert project.run(*words) == 2
        assert len(project.err) < 400


def test_an_unknown_source_brings_a_proposal(project: Project) -> None:
    project.run("harvest", "olso")
    assert 'did you mean "oslo"?' in project.err


@pytest.mark.parametrize(
    ("url", "extra", "status", "code"),
    [
        ("https://feeds.example.invalid/x.csv", "", 3, "source.dns"),
        ("https://feeds.example.invalid/x.csv", '[auth]\ntype = "bearer"\ntoken = "env:NOWHERE_TO_BE_FOUND"\n', 2,
         "config.missing_secret"),
        ("http://127.0.0.1:9/x.csv", "", 3, "source.address"),
    ],
)  # fmt: skip
def test_a_source_that_fails_stops_no_other(project: Project, url: str, extra: str, status: int, code: str) -> None:
    project.source("far", SOURCE.format(name="far", url=url) + extra)
    assert project.run("harvest", "--all", "--json") == status
    lines = {line["source"]: line for line in map(msgspec.json.decode, project.out.splitlines())}
    assert lines["far"]["code"] == code
    assert lines["oslo"]["acceptance"] == "accepted"


def test_a_broken_source_file_stops_no_other(project: Project) -> None:
    project.source("broken", "title = ")
    assert project.run("harvest", "--all") == 2
    assert "[config.syntax]" in project.out
    assert "oslo  run 1  complete" in project.out
    assert project.run("harvest", "oslo") == 0


def test_a_store_that_was_never_made(tmp_path: Path, store_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    project = Project(tmp_path, store_url, capsys)
    for command in ("status", "link", "publish"):
        assert project.code(command) == (5, "store.absent")
    assert project.run("sources", "list") == 0, "source files can be read without a store"
    assert project.run("doctor") == 5


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("looks", "word", "status", "code"),
    [
        ("exists", "status", 5, "store.unreachable"),
        ("is_dir", "status", 2, "config.not_found"),
        ("is_dir", "init", 2, "config.not_found"),
    ],
)
def test_a_place_nobody_may_look_into_is_said(
    project: Project, monkeypatch: pytest.MonkeyPatch, looks: str, word: str, status: int, code: str
) -> None:
    def refuse(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, looks, refuse)
    assert project.code(word) == (status, code)
    project.run(word)
    assert "Permission denied" in project.err


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_an_export_is_what_its_name_says(project: Project) -> None:
    project.run("sync")
    table, lines, odd = (project.folder / name for name in ("o.csv", "o.jsonl", "o.parquet"))
    assert project.run("export", "offers", "--out", str(table)) == 0
    assert "3 offers are in" in project.out
    assert project.run("export", "offers", "--out", str(lines)) == 0
    assert (table.read_text()[:7], lines.read_text()[:10]) == ("source,", '{"source":')
    assert project.code("export", "offers", "--out", str(odd)) == (2, "command.invalid")
    assert not odd.exists()
    assert project.run("export", "offers", "--out", str(odd), "--format", "csv") == 0


def test_an_empty_catalogue_says_why_and_what_comes_first(project: Project) -> None:
    assert project.run("export", "entries", "--out", str(project.folder / "e.csv")) == 0
    assert "0 entries are in" in project.out
    assert "Next: microharvest status" in project.out
    text = SOURCE.format(name="oslo", url=(project.folder / "oslo.csv").as_uri())
    project.source("oslo", text.replace("https://creativecommons.org/licenses/by/4.0/", "unknown"))
    project.run("sync")
    assert project.run("status") == 0
    assert "Nothing is shown. 3 clusters: No source that tells this offer may be shown" in project.out
    assert project.lines("status")[0]["catalogue"]["withheld"] == {"licence": 3}
    project.source("oslo", text)
    project.run("sync")
    assert project.run("status") == 0
    assert "Nothing is shown" not in project.out
    assert project.lines("status")[0]["catalogue"]["withheld"] == {}


def test_whoever_stands_in_the_wrong_folder_is_told_which_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for words in (["sources", "list"], ["status"], ["harvest", "--all"], ["harvest", "oslo"]):
        main(words)
        assert str(tmp_path) in "".join(capsys.readouterr())


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_part_of_an_id_lists_what_it_could_mean(project: Project) -> None:
    project.run("sync")
    assert project.run("explain", "oslo/") == 2
    assert "oslo/ is no whole id; name one of these:" in project.out


def test_a_store_from_the_future(project: Project) -> None:
    database = Database(project.store)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE schema_harvest SET version_num = '9999'")
    database.dispose()
    assert project.code("status") == (5, "store.newer")
    assert project.code("init") == (5, "store.newer")


def test_a_store_that_cannot_be_written(project: Project, request: pytest.FixtureRequest) -> None:
    if project.store.startswith("postgresql"):
        sign = "&" if "?" in project.store else "?"
        project.store += f"{sign}options=-c%20default_transaction_read_only%3Don"
    else:
        if os.geteuid() == 0:
            pytest.skip("root may write everything")
        path = Path(project.store.removeprefix("sqlite:///"))
        path.chmod(0o444)
        path.parent.chmod(0o555)
        request.addfinalizer(lambda: path.parent.chmod(0o755))
    assert project.code("sources", "pause", "oslo") == (5, "store.read_only")


def test_init_makes_a_folder_that_can_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = f"sqlite:///{tmp_path / 'new.db'}"
    words = ["--config", str(tmp_path / "fresh"), "--store", store]
    assert main(["init", *words]) == 0
    assert "Next:" in capsys.readouterr().out
    assert main(["status", *words]) == 0
    assert main(["sources", "list", *words]) == 0
    assert (tmp_path / "fresh" / "microharvest.toml").is_file()


def test_a_feed_cannot_steer_the_terminal(project: Project) -> None:
    project.feed("oslo", "1,Evil \x1b]0;owned\x07\x1b[31m title \u202e,UiO,1,")
    project.run("harvest", "oslo")
    for words in (["explain", "oslo/1"], ["explain", "oslo"], ["explain", "run:1"], ["status"]):
        project.run(*words)
        assert not set("\x1b\x07\u202e") & set(project.out + project.err)


def test_the_operators_rules_hold_from_the_first_sync_and_a_change_waits_in_sight(project: Project) -> None:
    organisations = project.config / "organisations.toml"
    organisations.write_text('same = [["Bell Works", "Ringers Hall"]]\n', encoding="utf-8")
    project.feed("oslo", "1,Bell ringing,Bell Works,5,")
    project.feed("other", "1,Bell ringing,Ringers Hall,5,")
    project.run("sync")
    assert project.lines("status")[0]["totals"]["clusters"] == 1
    assert project.lines("status")[0]["link_rules_wait"] is False
    organisations.write_text("same = []\n", encoding="utf-8")
    (linked,) = project.lines("sync")
    assert linked["link"]["newer_rules"] not in {None, linked["link"]["epoch"]}
    assert project.lines("status")[0]["link_rules_wait"] is True
    project.run("status")
    assert "microharvest link --all --plan" in project.out
    warned = [check for check in project.lines("doctor") if check["level"] == "warn"]
    assert any("not in force yet" in check["said"] for check in warned)
    project.run("link", "--all")
    assert project.lines("status")[0]["link_rules_wait"] is False
    assert project.lines("status")[0]["totals"]["clusters"] == 2
    organisations.write_text("same = 3\n", encoding="utf-8")
    assert project.run("status") == 0
    assert "microharvest doctor" in project.out
    assert project.code("sync") == (2, "config.invalid")
