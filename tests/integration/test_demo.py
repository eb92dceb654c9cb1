"""The demo as a newcomer runs it: whole, twice, and honest about what failed."""

from __future__ import annotations

import io
import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert

from microharvest.demo import run_demo
from microharvest.demo.apart import near_misses
from microharvest.demo.facts import gather
from microharvest.demo.place import Place
from microharvest.demo.serving import REAL_FILES
from microharvest.link.run import link_changed
from microharvest.publish.export import export_entries, export_offers
from microharvest.publish.run import publish
from microharvest.settings import MergeSettings, PublishSettings
from microharvest.sources import load_sources
from microharvest.store import reporting
from microharvest.store.database import Database, table_of
from microharvest.store.harvest_tables import FindingRow, QuarantineRow, RunRow, UnmappedRow, VersionRow
from tests.integration.offers_at_hand import START, Shelf, offer, source

INLINE = {"MICROHARVEST_HARVEST__INLINE": "true"}
"""Parse in this process: a demo of a hundred records is over sooner without parse processes."""


class Ran:
    """A folder the demo ran in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = Database(Place(folder).store)

    def entries(self) -> bytes:
        out = io.BytesIO()
        export_entries(self.database, out)
        return out.getvalue()

    def entry_docs(self) -> list[dict[str, Any]]:
        return [msgspec.json.decode(line) for line in self.entries().splitlines()]

    def release(self) -> int:
        with self.database.read() as connection:
            return reporting.catalogue_now(connection)[0]

    def changes(self) -> int:
        with self.database.read() as connection:
            return reporting.change_seq(connection)

    def clusters(self) -> dict[str, list[tuple[str, str]]]:
        with self.database.read() as connection:
            return reporting.members(connection)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """One pass in a fresh folder. Later passes must leave it as it is, so sharing it is part of the test."""
    folder = tmp_path_factory.mktemp("demo")
    assert run_demo(folder, None, environ=INLINE) == 0
    found = Ran(folder)
    yield found
    found.database.dispose()


def test_a_second_pass_changes_nothing(ran: Ran, capsys: pytest.CaptureFixture[str]) -> None:
    before = (ran.changes(), ran.release(), ran.entries())
    assert run_demo(ran.folder, None, environ=INLINE) == 0
    assert (ran.changes(), ran.release(), ran.entries()) == before
    assert before[1] == 1
    assert "Nothing changed since the last time" in capsys.readouterr().out


def test_another_port_changes_nothing(ran: Ran) -> None:
    before = (ran.changes(), ran.release(), ran.entries())
    port = Place(ran.folder).port
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert run_demo(ran.folder, None, environ=INLINE) == 0
    assert Place(ran.folder).port != port
    assert (ran.changes(), ran.release(), ran.entries()) == before
    assert b"127.0.0.1" not in before[2]
    out = io.BytesIO()
    export_offers(ran.database, load_sources(Place(ran.folder).config, {}), out)
    assert b"127.0.0.1" not in out.getvalue()


def test_addresses_stay_while_their_port_is_free(ran: Ran) -> None:
    port = Place(ran.folder).port
    assert port
    run_demo(ran.folder, None, environ=INLINE)
    assert Place(ran.folder).port == port


def test_one_offer_is_told_by_three_sources(ran: Ran) -> None:
    told = [{source for source, _ in pairs} for pairs in ran.clusters().values() if len(pairs) == 3]
    assert told == [{"fi-saimaanranta", "fi-register", "skills-hub"}]
    entry = next(entry for entry in ran.entry_docs() if len(entry["members"]) == 3)
    assert set(entry["title"]) == {"en", "fi", "sv"}
    assert len(entry["attribution"]) == 3


def test_a_page_that_many_courses_share_joins_none_of_them(ran: Ran) -> None:
    """One landing page for the whole list: who finds a twin, finds it by title, code and provider."""
    clusters = ran.clusters().values()
    assert not [pairs for pairs in clusters if len({one for source, one in pairs if source == "es-valdeluz"}) > 1]
    with ran.database.read() as connection:
        silenced = near_misses(connection, [pair for pairs in clusters for pair in pairs])[1]
    trap = next(key for key in silenced if "formacion-permanente" in key.value)
    assert len(trap.records) > 12
    assert [("es-valdeluz", "MC-005"), ("skills-hub", "hub-0008")] in [sorted(pairs) for pairs in clusters]


def test_level_one_and_level_two_stay_apart(ran: Ran) -> None:
    clusters = ran.clusters()
    of = {pair: cluster for cluster, pairs in clusters.items() for pair in pairs}
    assert of["es-valdeluz", "MC-003"] != of["es-valdeluz", "MC-004"]
    with ran.database.read() as connection:
        near = near_misses(connection, list(of))[0]
    blocked = {(one.one[0], one.other[0]): one.why for one in near}
    assert "level" in blocked["no-register", "skills-hub"]
    credits = {("at-donautal", "https://katalog.donautal.example/spesifikasjon/3"), ("skills-hub", "hub-0014")}
    assert len({of[pair] for pair in credits}) == 1, "one page, title and provider: the credits are a contradiction"


def test_what_a_licence_forbids_stands_nowhere_in_public(ran: Ran) -> None:
    entries = ran.entries().decode()
    assert "Vertraulicher" not in entries
    assert "at-donautal" not in entries
    report = Place(ran.folder).report.read_text(encoding="utf-8")
    assert "Vertraulicher" not in report
    assert "Datenschutz kompakt" not in report
    assert any(entry.get("members_not_shown") for entry in ran.entry_docs()), "it is matched and counted all the same"
    with ran.database.read() as connection:
        reasons = [reason for _, reason in reporting.withheld_now(connection)]
    assert reasons.count("licence") == 4


def test_what_is_doubtful_is_kept_and_not_taken(ran: Ran) -> None:
    with ran.database.read() as connection:
        issues = {
            (head.source, issue.code, issue.value) for head in reporting.heads(connection) for issue in head.issues
        }
    assert {
        ("fi-register", "credits.out_of_range", "180120"),
        ("es-valdeluz", "credits.no_unit", "4"),
        ("es-valdeluz", "price.invalid", "Consultar en secretaría"),
        ("es-valdeluz", "date.invalid", "31-02-2026"),
        ("skills-hub", "price.several", "49 - 99 EUR"),
    } <= issues


def test_every_sample_source_is_harvested_and_one_fails_calmly(ran: Ran, capsys: pytest.CaptureFixture[str]) -> None:
    with ran.database.read() as connection:
        runs = reporting.last_runs(connection)
    failed = {source: run.code for source, run in runs.items() if run.outcome != "complete"}
    assert failed == {"it-montefiore": "source.not_a_feed"}
    assert len(runs) == 8
    run_demo(ran.folder, None, environ=INLINE)
    told = capsys.readouterr().out
    assert "failed (source.not_a_feed)" in told
    assert f"sqlite:///{ran.folder}/demo.db" in told
    assert re.search(r"microharvest explain mh-[a-z2-7]{26} --config \S+/demo/config --store", told)


def test_a_feed_somebody_edits_is_a_change(ran: Ran, tmp_path: Path) -> None:
    shutil.copytree(ran.folder / "demo", tmp_path / "demo")
    assert run_demo(tmp_path, None, environ=INLINE) == 0
    feed = tmp_path / "demo" / "feeds" / "hub" / "offers.jsonl"
    feed.write_text(feed.read_text(encoding="utf-8").replace("Project Management Basics", "Project Basics"), "utf-8")
    assert run_demo(tmp_path, None, environ=INLINE) == 0
    again = Ran(tmp_path)
    try:
        assert again.release() == 2
        assert "Project Basics" in again.entries().decode()
    finally:
        again.database.dispose()


def test_real_files_that_are_absent_are_left_out_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    feeds = tmp_path / "feeds"
    (feeds / "mooclists").mkdir(parents=True)
    (feeds / "mooclists" / "udemy_courses.csv").write_text(
        "course_id,course_title,url,price,content_duration,subject\n7,Knots,https://courses.example/knots,20,2,Sailing\n",
        encoding="utf-8",
    )
    assert run_demo(tmp_path, feeds, environ=INLINE) == 0
    told = capsys.readouterr().out
    assert told.count("is left out:") == len(REAL_FILES) - 1
    found = Ran(tmp_path)
    try:
        assert list(found.clusters().values()) == [[("real-udemy", "7")]]
    finally:
        found.database.dispose()


@pytest.mark.shared
@pytest.mark.timeout(300)
def test_real_feeds_go_the_same_way(shared: Path, tmp_path: Path) -> None:
    """A few real files; the long course lists are left to `make demo FEEDS=…`."""
    feeds = tmp_path / "feeds"
    for name in ("elm/loq.xml", *REAL_FILES["real-edurep"], *REAL_FILES["real-greeni"]):
        (feeds / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(shared / "feeds" / name, feeds / name)
    assert run_demo(tmp_path, feeds, environ=INLINE) == 0
    found = Ran(tmp_path)
    try:
        with found.database.read() as connection:
            runs = reporting.last_runs(connection)
            untitled = sum(
                any(issue.code == "record.no_title" for issue in one.issues) for one in reporting.heads(connection)
            )
        assert {run.outcome for run in runs.values()} == {"complete"}
        assert runs["real-greeni"].counts["seen"] == 100
        assert untitled == 111, "neither LOM nor MODS is Dublin Core, and nothing is read into them"
    finally:
        found.database.dispose()


def test_the_facts_of_a_report_are_the_same_on_both_databases(store_url: str) -> None:
    shelf = Shelf(store_url)
    sources = {"a": source("a"), "b": source("b"), "closed": source("closed", redistribute="no")}
    shelf.put("a", "1", offer("Welding", url="https://x.test/w"))
    shelf.put("b", "1", offer("Welding at sea", url="https://x.test/w"))
    shelf.put("closed", "1", offer("Secret words"))
    shelf.put("a", "2", offer("Gone"))
    shelf.set_status("a", "2", "withdrawn")
    link_changed(shelf.database, sources, MergeSettings(), clock=shelf.clock)
    publish(shelf.database, shelf.database, sources, PublishSettings(), clock=shelf.clock)
    _note_a_failed_run(shelf)
    with shelf.database.read() as connection:
        facts = gather(connection, connection, sources, START)
    shelf.database.dispose()
    by_id = {one.id: one for one in facts.sources}
    assert (facts.release, facts.offers, facts.clusters, len(facts.entries)) == (1, 3, 2, 1)
    assert (by_id["a"].offers, by_id["a"].withdrawn, by_id["a"].shared, by_id["a"].quarantined) == (1, 1, 1, 1)
    assert (by_id["b"].state, by_id["b"].sentence) == ("failed", "No such host. (source.dns)")
    assert (by_id["b"].deleted, by_id["b"].not_offers) == (1, 2)
    assert facts.withheld_ids.keys() == {"licence"}
    assert [(one.source, one.path, one.count, one.value) for one in facts.unread] == [("b", "/x", 4, "v")]
    assert facts.stories[0].members == [("a", "1"), ("b", "1")]
    assert "Secret words" not in repr(facts)
    assert {one.code: one.count for one in facts.issues} == {"price.no_currency": 3}


def _note_a_failed_run(shelf: Shelf) -> None:
    run = {"id": 7, "source": "b", "state": "ended", "outcome": "failed", "acceptance": "rejected", "started": START}
    run |= {"error_code": "source.dns", "error": "No such host."}
    defaults = {"kind": "harvest", "scope": "full", "plan": False, "unproven": False, "fence": 0}
    texts = {"start_state": "{}", "new_state": "{}", "counts": "{}", "issues": "{}"}
    gone = {
        "run": 7, "source": "b", "native_id": "9", "id_hash": 9, "place": "0", "deleted": True, "media_type": "x",
        "raw_hash": b"", "doc_hash": b"", "issues": "[]", "map_version": "1", "created": START,
    }  # fmt: skip
    kept = {"source": "a", "run": 6, "code": "feed.row_width", "detail": "Line 3.", "at": START, "expires": START}
    with shelf.database.write() as connection:
        connection.execute(insert(table_of(RunRow)), [{**run, **defaults, **texts}])
        connection.execute(insert(table_of(VersionRow)), [gone])
        connection.execute(insert(table_of(QuarantineRow)), [kept])
        found = {"run": 7, "code": "record.not_an_offer", "count": 2, "example": "e"}
        connection.execute(insert(table_of(FindingRow)), [found])
        connection.execute(insert(table_of(UnmappedRow)), [{"run": 7, "path": "/x", "count": 4, "example": "v"}])
