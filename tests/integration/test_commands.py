"""Commands as people and scripts run them, on both databases, over feeds that are files."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from microharvest.clock import utc_now
from microharvest.store.database import Database
from microharvest.store.harvest_tables import ActionRow
from tests.integration.command_world import SOURCE, Project, project

__all__ = ["project"]


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
