"""`review` and `explain A B` as people and scripts run them, on both databases, over feeds that are files."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import msgspec
import pytest

from microharvest.cli import main
from microharvest.link.evidence import REASONS
from microharvest.store.database import Database
from microharvest.store.decision_tables import DecisionRow
from microharvest.store.harvest_tables import ActionRow

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
[identity]
key = ["id"]
[withdraw]
runs = 1
grace = "P0D"
max_ratio = 1.0
[columns]
title = "title"
provider = "org"
ects = "ects"
homepage = "url"
eqf_level = "level"
"""
HEADER = "id,title,org,ects,url,level\n"
WELDING = "1,Welding,Oslo Met,5,https://o.test/w,5\n"
SVEISING = "1,Sveising,OsloMet,,https://o.test/w,\n"
BAKING = "2,Baking bread,Bergen,3,https://b.test/1,4\n"
BREAD = "2,Cakes and tarts,Bergen School,3,https://b.test/1,5\n"
WHY = ("--why", "seen on the provider's page")


class Desk:
    """Two feeds and a store, harvested, linked and published."""

    def __init__(self, folder: Path, store: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.store, self._capsys = folder, store, capsys
        self.options = ["--config", str(folder / "config"), "--store", store]
        (folder / "config" / "sources").mkdir(parents=True)
        (folder / "config" / "microharvest.toml").write_text("[harvest]\ninline = true\n", encoding="utf-8")
        self.feed("oslo", WELDING + BAKING)
        self.feed("hub", SVEISING + BREAD)
        self.ok("init")
        self.day()

    def feed(self, name: str, rows: str) -> None:
        path = self.folder / f"{name}.csv"
        path.write_text(HEADER + rows, encoding="utf-8")
        text = SOURCE.format(name=name, url=path.as_uri())
        (self.folder / "config" / "sources" / f"{name}.toml").write_text(text, encoding="utf-8")

    def day(self) -> None:
        """Harvest, link, publish."""
        for words in (("harvest", "--all"), ("link",), ("publish",)):
            self.ok(*words)

    def run(self, *words: str) -> tuple[int, str, str]:
        self._capsys.readouterr()
        status = main([*words, *self.options])
        said = self._capsys.readouterr()
        return status, said.out, said.err

    def ok(self, *words: str) -> str:
        status, out, err = self.run(*words)
        assert status == 0, (words, out, err)
        return out

    def json(self, *words: str) -> Any:
        return msgspec.json.decode(self.ok(*words, "--json"))

    def entries(self) -> list[dict[str, Any]]:
        self.ok("export", "entries", "--out", str(self.folder / "entries.jsonl"))
        return [msgspec.json.decode(line) for line in (self.folder / "entries.jsonl").read_bytes().splitlines()]

    def together(self, one: str, other: str) -> bool:
        return bool(self.json("explain", one, other)["together"])


@pytest.fixture
def desk(tmp_path: Path, store_url: str, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, store_url, capsys)


def test_the_queue_shows_the_thinnest_first_and_lets_go_of_what_is_decided(desk: Desk) -> None:
    first = desk.json("review", "next")
    assert first["waiting"] == 2
    assert first["line"]["kind"] == "apart", "one page and provider, but another level and half a title"
    assert {first["line"]["one"], first["line"]["other"]} == {"hub/2", "oslo/2"}
    page = desk.ok("review", "next")
    assert "Are they two?" in page
    for said in (
        "Baking bread",
        "Cakes and tarts",
        "≠  title",
        "=  homepage",
        "url",
        "review decide same hub/2 oslo/2",
    ):
        assert said in page
    desk.ok("review", "decide", "different", "hub/2", "oslo/2", *WHY)
    second = desk.json("review", "next")
    assert second["line"]["kind"] == "merge"
    assert "Is it one?" in desk.ok("review", "next")
    desk.ok("review", "decide", "same", "oslo/1", "hub/1", *WHY)
    assert desk.json("review", "next") is None
    assert "The queue is empty." in desk.ok("review", "next")
    desk.day()
    assert desk.json("review", "list")["waiting"] == 0
    desk.ok("review", "revoke", "2", *WHY)
    desk.ok("link")
    assert desk.json("review", "list")["waiting"] == 1


def test_what_changed_since_it_was_linked_waits_for_link(desk: Desk) -> None:
    desk.feed("hub", SVEISING + BREAD.replace("Cakes", "Cake"))
    desk.ok("harvest", "hub")
    assert desk.json("review", "next")["line"]["one"] == "hub/1"
    desk.ok("link")
    assert desk.json("review", "next")["line"]["one"] == "hub/2"


def test_decisions_survive_new_content_withdrawal_and_return(desk: Desk) -> None:
    desk.ok("review", "decide", "different", "oslo/1", "hub/1", *WHY)
    desk.ok("review", "decide", "same", "oslo/2", "hub/2", *WHY)
    desk.day()

    def holds() -> bool:
        return not desk.together("oslo/1", "hub/1") and desk.together("oslo/2", "hub/2")

    assert holds()
    desk.feed("oslo", "1,Welding anew,Oslo Met,5,https://o.test/w,5\n2,Baking anew,Bergen,4,https://b.test/9,4\n")
    desk.day()
    assert holds()
    desk.feed("hub", SVEISING)
    desk.day()
    assert "withdrawn" in desk.ok("explain", "hub/2")
    desk.feed("hub", SVEISING + BREAD)
    desk.day()
    assert holds()
    desk.ok("link", "--all")
    assert holds()
    assert "a person said so" in desk.ok("explain", "oslo/2", "hub/2")


def test_a_value_is_given_shown_lapses_and_says_so(desk: Desk) -> None:
    entry = next(one["id"] for one in desk.entries() if one["title"]["en"] == "Baking bread")
    desk.ok("review", "value", entry, "credits", "4 ECTS", *WHY)
    desk.day()
    assert next(one for one in desk.entries() if one["id"] == entry)["credits"][0]["points"] == 4
    sheet = desk.ok("explain", entry)
    assert "← decision 1" in sheet
    assert "oslo/2 says framework: ECTS, points: 3" in sheet
    assert "4 ECTS" in desk.ok("review", "list")
    assert desk.json("status")["review"]["lapsed"] == []
    desk.feed("oslo", WELDING + BAKING.replace(",3,", ",3.5,"))
    desk.ok("harvest", "oslo")
    (stop,) = desk.json("review", "list", "--state", "lapsed")["decisions"]
    assert (stop["decision"], stop["field"] if "field" in stop else stop["about"]) == (1, "credits of oslo/2")
    assert ("3}" in stop["seen"][0].replace("3,", "3}"), "3.5" in stop["now"][0]) == (True, True)
    assert "Decision 1 has lapsed" in desk.ok("status")
    assert desk.json("status")["review"]["lapsed"] == [1]
    desk.day()
    assert next(one for one in desk.entries() if one["id"] == entry)["credits"][0]["points"] == 3.5
    assert "said now" in desk.ok("review", "list")


def test_withheld_entries_leave_and_are_listed_and_come_back(desk: Desk) -> None:
    before = desk.entries()
    entry = before[0]["id"]
    desk.ok("review", "withhold", entry, *WHY)
    planned = desk.ok("publish", "--plan")
    assert "withheld it, or its provider" in planned
    assert f"{entry} by decision 1" in planned
    desk.ok("publish")
    assert [one["id"] for one in desk.entries()] == [one["id"] for one in before[1:]]
    assert "decision" in desk.ok("explain", entry)
    desk.ok("review", "revoke", "1", *WHY)
    desk.ok("publish")
    assert desk.entries() == before
    desk.ok("review", "withhold", "--provider", "bergen", *WHY)
    desk.ok("publish")
    assert "Baking bread" not in [one["title"]["en"] for one in desk.entries()]
    baking = next(one["id"] for one in before if one["title"]["en"] == "Baking bread")
    assert "provider bergen" in desk.ok("explain", baking)


def test_a_dump_goes_through_a_file_and_a_load_says_what_it_refused(desk: Desk) -> None:
    desk.ok("review", "decide", "same", "oslo/2", "hub/2", *WHY)
    out = desk.folder / "decisions.jsonl"
    assert "1 decisions" in desk.ok("review", "dump", "--out", str(out))
    assert out.read_text() == desk.ok("review", "dump")
    assert desk.json("review", "load", str(out))["known"] == 1
    line = msgspec.json.decode(out.read_bytes())
    line |= {"kind": "different", "why": "no"}
    with out.open("ab") as stream:
        stream.write(msgspec.json.encode(line) + b"\nrubbish\n")
    status, page, _ = desk.run("review", "load", str(out))
    assert status == 4
    assert "[decision.contradicts]" in page
    assert "line 3" in page
    assert "[decision.invalid]" in page


def test_every_decision_leaves_who_when_and_why(desk: Desk) -> None:
    desk.ok("review", "decide", "same", "oslo/2", "hub/2", *WHY)
    desk.ok("review", "value", "oslo/1", "country", "Sweden", *WHY)
    desk.ok("review", "withhold", "oslo/1", *WHY)
    desk.ok("review", "revoke", "1", "--why", "a mistake")
    database = Database(desk.store)
    with database.read() as connection:
        actions = connection.execute(ActionRow.__table__.select().order_by(ActionRow.__table__.c.id)).all()  # type: ignore[attr-defined]
        decisions = connection.execute(DecisionRow.__table__.select()).all()  # type: ignore[attr-defined]
    database.dispose()
    assert [(row.what, row.subject) for row in actions] == [
        ("decide same", "decision 1"), ("value", "decision 2"), ("withhold", "decision 3"), ("revoke", "decision 1"),
    ]  # fmt: skip
    assert all("@" in row.who and row.why for row in actions)
    assert (actions[1].before, actions[1].after) == ('"NO"', '"SE"')
    assert {row.id: row.revoked_why for row in decisions} == {1: "a mistake", 2: None, 3: None}


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("decide", "same", "oslo/1", "oslo/9"), "command.unknown_id"),
        (("decide", "same", "oslo/1", "oslo/1"), "decision.invalid"),
        (("decide", "maybe", "oslo/1", "hub/1"), "command.invalid"),
        (("value", "oslo/1", "colour", "red"), "decision.invalid"),
        (("value", "oslo/1", "credits", "many"), "decision.invalid"),
        (("value", "nothing", "country", "NO"), "command.unknown_id"),
        (("withhold",), "command.invalid"),
        (("withhold", "oslo/1", "--provider", "x"), "command.invalid"),
        (("withhold", "--provider", " "), "decision.invalid"),
        (("withhold", "--provider", "\udcff"), "decision.invalid"),
        (("decide", "same", "oslo/1", "\udcff"), "command.unknown_id"),
        (("revoke", "7"), "decision.unknown"),
        (("revoke", "99999999999999999999999"), "decision.unknown"),
        (("revoke", "-1"), "decision.unknown"),
    ],
)
def test_mistakes_get_one_sentence_and_change_nothing(desk: Desk, words: tuple[str, ...], code: str) -> None:
    status, out, err = desk.run("review", *words, *WHY)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert err.rstrip().endswith(f"[{code}]")
    assert desk.json("review", "list")["decisions"] == []


def test_a_reason_is_asked_for(desk: Desk) -> None:
    assert desk.run("review", "decide", "same", "oslo/1", "hub/1")[0] == 2
    assert desk.run("review", "decide", "same", "oslo/1", "hub/1", "--why", " ")[0] == 2


def test_two_records_are_explained_and_drawn(desk: Desk) -> None:
    sheet = desk.json("explain", "oslo/2", "hub/2")
    assert sheet["together"] is False
    assert "eqf_level" in sheet["differ"]
    weights = {piece["code"]: piece["weight"] for piece in sheet["evidence"]}
    assert weights["url.same"] > 0 > weights["eqf.differ"]
    assert {"web page", "EQF level"} <= {piece["name"] for piece in sheet["evidence"]}
    picture = desk.folder / "pair.svg"
    assert "in the way" not in desk.ok("explain", "oslo/2", "hub/2")
    desk.feed("oslo", WELDING + BAKING.replace("bread", "level 1"))
    desk.feed("hub", SVEISING + BREAD.replace("Cakes and tarts", "Baking level 2"))
    desk.day()
    assert "in the way" in desk.ok("explain", "oslo/2", "hub/2")
    desk.ok("explain", "oslo/2", "hub/2", "--svg", str(picture))
    assert "In the way of one entry" in [
        text.text for text in ET.parse(picture).iter("{http://www.w3.org/2000/svg}text")
    ]
    entry = desk.entries()[0]["id"]
    desk.ok("explain", entry, "--svg", str(picture))
    assert "Members" in picture.read_text()
    for words in (("run:1",), ("oslo/1", "oslo/1"), ("oslo/1", "nobody")):
        assert desk.run("explain", *words, "--svg", str(picture))[0] == 2
    assert desk.run("explain", entry, "--svg", str(desk.folder / "no" / "x.svg"))[0] == 2


def test_a_record_that_could_be_either_of_two_offers_stands_alone_until_somebody_says(desk: Desk) -> None:
    twins = "3,Soldering,Oslo Met,2,https://o.test/s2,5\n4,Soldering,Oslo Met,6,https://o.test/s6,5\n"
    desk.feed("oslo", WELDING + BAKING + twins)
    desk.feed("hub", SVEISING + BREAD + "3,Soldering,Oslo Met,,,\n")
    desk.day()
    (line,) = desk.json("review", "list", "--kind", "either")["queue"]
    assert "hub/3" in {line["one"], line["other"]}
    assert "could be of two offers" in desk.ok("review", "next")
    for twin in ("oslo/3", "oslo/4"):
        sheet = desk.json("explain", "hub/3", twin)
        assert not sheet["together"]
        assert sheet["total"] > 0
        assert sheet["blocked"] == [REASONS["either"]]
        assert REASONS["either"] in " ".join(desk.ok("explain", "hub/3", twin).split())
    cluster = sheet["one"]["cluster"]
    assert {one["reason"] for one in desk.json("explain", cluster)["blocked"]} == {"either"}
    desk.ok("review", "decide", "same", "hub/3", "oslo/4", *WHY)
    desk.day()
    assert desk.together("hub/3", "oslo/4")
    assert not desk.together("hub/3", "oslo/3")
    assert desk.json("explain", "hub/3", "oslo/3")["blocked"] == [REASONS["others"]]
    assert desk.json("review", "list", "--kind", "either")["queue"] == []


@pytest.mark.timeout(60)
def test_a_session_at_a_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Through a real terminal: skip, an answer nobody knows, same with a reason, different, and the end."""
    desk = Desk(tmp_path, f"sqlite:///{tmp_path / 'store.db'}", capsys)
    shown = typed(desk, ["k", "what?", "s one page", "q"])
    assert shown.count("to review") == 2
    assert "decision 1: same" in shown
    assert "Nothing is left but what you skipped." in shown
    assert typed(desk, ["d two courses", ""]).count("decision 2: different") == 1
    stops = desk.json("review", "list")["decisions"]
    assert [(one["kind"], one["why"]) for one in stops] == [("same", "one page"), ("different", "two courses")]


def typed(desk: Desk, answers: list[str]) -> str:
    """What stands on the terminal after these lines were typed, one at each prompt."""
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "microharvest", "review", "next", *desk.options]
    with subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower) as process:
        os.close(follower)
        seen, waiting, until = b"", list(answers), time.monotonic() + 50
        while time.monotonic() < until:
            ready, _, _ = select.select([leader], [], [], 0.2)
            try:
                seen += os.read(leader, 65536) if ready else b""
            except OSError:  # the other end is closed: the program has ended
                break
            if seen.endswith(b"> ") and waiting:
                os.write(leader, waiting.pop(0).encode() + b"\n")
        process.kill()
    os.close(leader)
    return seen.decode(errors="replace")
