"""Releases: admitted, withheld, withdrawn; numbered, whole, undone; and what must never be shown."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from microharvest.errors import RunError, StoreError
from microharvest.link.run import link_changed
from microharvest.model.values import Microcredential
from microharvest.publish import run as publishing
from microharvest.publish.export import export_entries
from microharvest.publish.history import resume, rollback
from microharvest.publish.run import PublishReport, publish
from microharvest.settings import MergeSettings, PublishSettings
from microharvest.store import catalogue as releases
from microharvest.store.catalogue_tables import CatalogueRow, EntryRedirectRow, EntryRow, ReleaseRow, WithheldRow
from microharvest.store.harvest_tables import ActionRow, TouchedClusterRow
from tests.integration.offers_at_hand import START, Shelf, offer, source

CANARY = "CANARY-7f3a"
SOURCES = {
    "a": source("a"),
    "b": source("b", attribution="Thanks to b"),
    "closed": source("closed", redistribute="no", authority="provider"),
    "silent": source("silent", redistribute="unknown"),
    "verbatim": source("verbatim", derive="no"),
}


@pytest.fixture
def shelf(store_url: str) -> Iterator[Shelf]:
    made = Shelf(store_url)
    yield made
    made.database.dispose()


def go(shelf: Shelf, sources: Any = None, rules: PublishSettings | None = None, **more: Any) -> PublishReport:
    sources = SOURCES if sources is None else sources
    link_changed(shelf.database, sources, MergeSettings(), clock=shelf.clock)
    return publish(shelf.database, shelf.database, sources, rules or PublishSettings(), clock=shelf.clock, **more)


def entries(shelf: Shelf) -> list[dict[str, Any]]:
    out = io.BytesIO()
    export_entries(shelf.database, out)
    return [msgspec.json.decode(line) for line in out.getvalue().splitlines()]


def test_releases_are_numbered_and_an_unchanged_catalogue_makes_none(shelf: Shelf) -> None:
    shelf.put("a", "1", offer("Welding", code="W1"))
    shelf.put("b", "1", offer("Welding", code="W1"))
    first = go(shelf)
    assert (first.release, first.added) == (1, 1)
    assert not shelf.rows(TouchedClusterRow)
    shelf.touch("a", "1")
    assert go(shelf).release is None
    shelf.put("a", "1", offer("Welding and more", code="W1"))
    second = go(shelf)
    assert (second.release, second.changed) == (2, 1)
    assert [row.state for row in shelf.rows(ReleaseRow)] == ["published", "published"]
    entry = entries(shelf)[0]
    assert entry["licence"] == SOURCES["a"].licence
    assert entry["attribution"] == ["Source a", "Thanks to b"]
    assert [member["source"] for member in entry["members"]] == ["a", "b"]
    assert entry["relations"] == []


def test_a_plan_writes_nothing(shelf: Shelf) -> None:
    shelf.put("a", "1", offer())
    planned = go(shelf, plan=True)
    assert (planned.plan, planned.release, planned.added) == (True, None, 1)
    assert not shelf.rows(ReleaseRow)
    assert not shelf.rows(CatalogueRow)
    assert len(shelf.rows(TouchedClusterRow)) == 1


def test_what_may_not_be_shown_never_is(shelf: Shelf) -> None:
    shelf.put("closed", "secret-id", offer(f"Welding {CANARY}", code="W1", description={"en": CANARY}))
    shelf.put("a", "1", offer("Welding", code="W1"))
    shelf.put("closed", "2", offer(f"Alone {CANARY}"))
    shelf.put("silent", "3", offer(f"Unknown {CANARY}", provider="Elsewhere"))
    report = go(shelf)
    assert report.withheld == {"licence": 2}
    assert report.added == 1
    stored = b"".join(row.doc for row in shelf.rows(EntryRow))
    assert CANARY.encode() not in stored
    assert b"secret-id" not in stored
    assert entries(shelf)[0]["title"] == {"en": "Welding"}
    assert entries(shelf)[0]["members_not_shown"] == 1


def test_a_licence_that_is_taken_back_empties_the_catalogue_at_the_next_publish(shelf: Shelf) -> None:
    shelf.put("b", "1", offer(f"Welding {CANARY}"))
    assert go(shelf).release == 1
    closed = SOURCES | {"b": source("b", redistribute="no")}
    report = go(shelf, closed)
    assert (report.release, report.withdrawn, report.withheld) == (2, 1, {"licence": 1})
    assert entries(shelf) == []
    assert go(shelf, closed).release is None
    assert go(shelf).added == 1


def test_without_leave_to_derive_nothing_is_put_together(shelf: Shelf) -> None:
    shelf.put("verbatim", "1", offer(f"Sveising {CANARY}", code="W1"))
    shelf.put("a", "1", offer("Welding", code="W1"))
    shelf.put("verbatim", "2", offer("As it stands", provider="Elsewhere"))
    go(shelf)
    assert {entry["title"]["en"] for entry in entries(shelf)} == {"Welding", "As it stands"}
    assert CANARY.encode() not in b"".join(row.doc for row in shelf.rows(EntryRow))


def test_each_cluster_is_admitted_or_withheld_with_a_reason(shelf: Shelf) -> None:
    shelf.put("a", "1", offer(""))
    shelf.put("a", "2", offer("No", is_microcredential=Microcredential(value="no")))
    shelf.put("a", "3", offer("Draft", status="to-be-reviewed"))
    shelf.put("a", "4", offer("Fine"))
    report = go(shelf)
    assert report.withheld == {"incomplete.title": 1, "microcredential.no": 1, "status": 1}
    assert {row.reason for row in shelf.rows(WithheldRow)} == set(report.withheld)
    shelf.put("a", "3", offer("Draft", status="released"))
    assert go(shelf).added == 1
    assert sorted(row.to_release or 0 for row in shelf.rows(WithheldRow)) == [0, 0, 2]


def test_a_withdrawn_entry_keeps_its_id_and_comes_back_under_it(shelf: Shelf) -> None:
    shelf.put("a", "1", offer("Welding"))
    go(shelf)
    (entry,) = entries(shelf)
    shelf.set_status("a", "1", "withdrawn")
    report = go(shelf)
    assert (report.withdrawn, entries(shelf)) == (1, [])
    assert [row.state for row in shelf.rows(EntryRow) if row.to_release is None] == ["withdrawn"]
    shelf.set_status("a", "1", "missing")
    assert go(shelf).added == 1
    assert entries(shelf) == [entry]


def test_merged_entries_lead_to_what_they_became(shelf: Shelf) -> None:
    shelf.put("a", "1", offer("Welding", code="W1"))
    shelf.put("b", "1", offer("Sveising", code="W2"))
    go(shelf)
    ids = {entry["id"] for entry in entries(shelf)}
    shelf.put("b", "1", offer("Sveising", code="W1"))
    report = go(shelf)
    (entry,) = entries(shelf)
    (moved,) = shelf.rows(EntryRedirectRow)
    assert {moved.old_id, moved.new_id} == ids
    assert (moved.new_id, moved.reason, moved.from_release) == (entry["id"], "merged_into", 2)
    assert (report.withdrawn, report.changed) == (1, 1)


def test_readers_see_the_old_release_whole_while_a_new_one_is_built(shelf: Shelf, monkeypatch: Any) -> None:
    for number in range(5):
        shelf.put("a", str(number), offer(f"Course {'abcde'[number]}"))
    go(shelf)
    before = entries(shelf)
    for number in range(5):
        shelf.put("a", str(number), offer(f"New course {'abcde'[number]}"))
    seen: list[bool] = []

    class StopError(Exception):
        """Stands for a crash."""

    def crash(name: str) -> None:
        if name == "publish.built":
            seen.append(entries(shelf) == before)
        if name == "publish.flip":
            raise StopError

    monkeypatch.setattr(publishing, "failpoint", crash)
    monkeypatch.setattr(publishing, "BATCH", 2)
    with pytest.raises(StopError):
        go(shelf)
    assert seen == [True, True, True]
    assert entries(shelf) == before
    assert [row.state for row in shelf.rows(ReleaseRow)] == ["published", "building"]
    monkeypatch.setattr(publishing, "failpoint", lambda _name: None)
    report = go(shelf)  # the leftovers go, the number is taken again
    assert (report.release, report.changed) == (2, 5)
    assert len([row for row in shelf.rows(EntryRow) if row.to_release is None]) == 5
    assert len(shelf.rows(EntryRow)) == 10


def test_a_crash_after_the_flip_makes_no_second_release(shelf: Shelf, monkeypatch: Any) -> None:
    shelf.put("a", "1", offer())

    class StopError(Exception):
        """Stands for a crash."""

    def crash(name: str) -> None:
        if name == "publish.flipped":
            raise StopError

    monkeypatch.setattr(publishing, "failpoint", crash)
    with pytest.raises(StopError):
        go(shelf)
    assert len(shelf.rows(TouchedClusterRow)) == 1
    monkeypatch.setattr(publishing, "failpoint", lambda _name: None)
    assert go(shelf).release is None
    assert not shelf.rows(TouchedClusterRow)


def test_what_changes_while_a_release_is_built_stays_touched(shelf: Shelf, monkeypatch: Any) -> None:
    shelf.put("a", "1", offer("Old"))

    def change(name: str) -> None:
        if name == "publish.flipped":
            shelf.put("a", "1", offer("New"))
            link_changed(shelf.database, SOURCES, MergeSettings(), clock=shelf.clock)

    monkeypatch.setattr(publishing, "failpoint", change)
    go(shelf)
    assert len(shelf.rows(TouchedClusterRow)) == 1
    monkeypatch.setattr(publishing, "failpoint", lambda _name: None)
    assert go(shelf).changed == 1


def test_a_rollback_shows_the_earlier_release_and_pins(shelf: Shelf) -> None:
    shelf.put("a", "1", offer("First"))
    go(shelf)
    first = entries(shelf)
    shelf.put("a", "1", offer("Second"))
    go(shelf)
    second = entries(shelf)
    rollback(shelf.database, shelf.database, 1, SOURCES, who="ada", why="a wrong title", clock=shelf.clock)
    assert entries(shelf) == first
    with pytest.raises(RunError, match="a wrong title") as raised:
        go(shelf)
    assert raised.value.code == "publish.pinned"
    assert go(shelf, plan=True).unchanged == 0
    assert resume(shelf.database, shelf.database, who="ada", clock=shelf.clock)
    assert not resume(shelf.database, shelf.database, who="ada", clock=shelf.clock)
    assert go(shelf).release == 3
    assert entries(shelf) == second
    assert [(row.what, row.before, row.after) for row in shelf.rows(ActionRow)] == [
        ("rollback", "2", "1"),
        ("resume-publishing", "pinned", "publishing"),
    ]
    with pytest.raises(RunError) as raised:
        rollback(shelf.database, shelf.database, 9, SOURCES, who="ada", why="no such", clock=shelf.clock)
    assert raised.value.code == "command.unknown_release"


def test_one_catalogue_has_one_publisher(shelf: Shelf) -> None:
    with shelf.database.write() as connection:
        releases.publisher(connection, "somebody-else")
    shelf.put("a", "1", offer())
    with pytest.raises(StoreError) as raised:
        go(shelf)
    assert raised.value.code == "publish.foreign"


def test_a_build_that_was_taken_over_stops(shelf: Shelf) -> None:
    with shelf.database.write() as connection:
        number = releases.begin_release(connection, "mine", START)
        releases.guard_build(connection, number, "mine")
        with pytest.raises(StoreError) as raised:
            releases.guard_build(connection, number, "theirs")
    assert raised.value.code == "store.busy"


def test_the_catalogue_may_stand_in_another_database(shelf: Shelf, tmp_path: Any) -> None:
    central = Shelf(f"sqlite:///{tmp_path / 'central.db'}")
    shelf.put("a", "1", offer())
    link_changed(shelf.database, SOURCES, MergeSettings(), clock=shelf.clock)
    report = publish(shelf.database, central.database, SOURCES, PublishSettings(), clock=shelf.clock)
    assert report.release == 1
    assert len(entries(central)) == 1
    assert not shelf.rows(EntryRow)
    central.database.dispose()


def test_the_same_said_in_other_bytes_is_no_change(shelf: Shelf) -> None:
    """A feed that is written anew each night gives new versions, and no new golden record, entry or release."""
    shelf.put("a", "1", offer("Welding"))
    link_changed(shelf.database, SOURCES, MergeSettings(), clock=shelf.clock)
    assert publish(shelf.database, shelf.database, SOURCES, PublishSettings(), clock=shelf.clock).release == 1
    shelf.put("a", "1", offer("Welding"))
    assert link_changed(shelf.database, SOURCES, MergeSettings(), clock=shelf.clock).clusters == 0
    again = publish(shelf.database, shelf.database, SOURCES, PublishSettings(), everything=True, clock=shelf.clock)
    assert (again.release, again.unchanged) == (None, 1)
    shelf.put("a", "1", offer("Welding anew"))
    assert link_changed(shelf.database, SOURCES, MergeSettings(), clock=shelf.clock).clusters == 1
