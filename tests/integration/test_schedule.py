"""When a source is due, as the store keeps it; notices; the slots of releases."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from microharvest.clock import iso
from microharvest.errors import ConfigError
from microharvest.service.turns import begin_turn, due_in_store, due_now, end_turn, plan_turns
from microharvest.service.upkeep import release_after
from microharvest.store.database import Database
from microharvest.store.ending import notify
from microharvest.store.hosts import StoreHostBook
from microharvest.store.leases import acquire, held_leases, lease_owner, release
from microharvest.store.lives import set_life
from microharvest.store.outbox import mark_delivered, undelivered
from microharvest.store.schedule import (
    due_sources,
    set_next_due,
)
from tests.integration.service_world import DAY, HOUR, MINUTE, config, database, failures_of, report, sqlite
from tests.integration.stores import NOW, run_values

__all__ = ["database", "sqlite"]

NO_PROCESS = 2**22 + 1
"""Above the highest number Linux ever gives to a process, so that none takes it meanwhile."""


def test_new_sources_are_due_at_once_and_the_longest_waiting_first(database: Database) -> None:
    sources = {source: config(source) for source in ("a", "b", "c")}
    assert plan_turns(database, sources, NOW) == dict.fromkeys(sources, NOW)
    with database.write() as connection:
        set_next_due(connection, "c", NOW - HOUR)
        set_next_due(connection, "a", NOW + HOUR)
    assert due_in_store(database, sources, NOW) == ["c", "b"]
    assert due_in_store(database, {"b": sources["b"]}, NOW) == ["b"]


def test_a_turn_moves_the_due_time_only_at_its_end(database: Database) -> None:
    sources = {"a": config("a")}
    plan_turns(database, sources, NOW)
    begin_turn(database, "a", NOW)
    assert due_in_store(database, sources, NOW) == ["a"]
    assert end_turn(database, sources["a"], report("a"), NOW + MINUTE) == NOW + DAY
    assert due_in_store(database, sources, NOW + HOUR) == []
    assert plan_turns(database, sources, NOW + HOUR) == {"a": NOW + DAY}, "planning again changes nothing"


def test_a_source_somebody_works_on_is_not_due(database: Database) -> None:
    sources = {"a": config("a")}
    now = datetime.now(UTC)
    plan_turns(database, sources, now)
    lease = acquire(database, "a", "somebody", HOUR)  # longer than any test waits for its processor
    assert due_in_store(database, sources, now) == []
    release(database, lease)
    assert due_in_store(database, sources, now) == ["a"]


def test_a_lease_that_holds_nobody_up_makes_nobody_wait_for_his_turn(database: Database) -> None:
    sources = {source: config(source) for source in ("a", "b")}
    now = datetime.now(UTC)
    plan_turns(database, sources, now)
    acquire(database, "a", lease_owner().replace(f":{os.getpid()}", f":{NO_PROCESS}", 1), HOUR)
    acquire(database, "b", "elsewhere:1", HOUR)
    with database.write() as connection:  # given under a clock a year ahead
        connection.execute(text("UPDATE source SET lease_until = :then WHERE id = 'b'"), {"then": iso(now + 365 * DAY)})
    assert due_in_store(database, sources, now) == ["a", "b"]
    with database.read() as connection:
        assert held_leases(connection, now) == []


def test_only_active_sources_are_due_and_a_retired_id_stays_retired(database: Database) -> None:
    sources = {source: config(source) for source in ("a", "p", "r")}
    plan_turns(database, sources, NOW)
    set_life(database, "p", "paused", who="somebody")
    set_life(database, "r", "retired", who="somebody")
    assert due_in_store(database, sources, NOW + DAY) == ["a"]
    assert set(plan_turns(database, sources, NOW + DAY)) == {"a"}
    assert due_in_store(database, sources, NOW + DAY) == ["a"], "planning wakes nobody"
    assert end_turn(database, sources["p"], report("p"), NOW) is None, "paused while it ran"
    set_life(database, "p", "active", who="somebody")
    assert due_in_store(database, sources, NOW + DAY) == ["a", "p"]
    for life in ("active", "paused"):
        with pytest.raises(ConfigError) as caught:
            set_life(database, "r", life, who="somebody")  # type: ignore[arg-type]
        assert caught.value.code == "config.retired_source"
    set_life(database, "new", "retired", who="somebody")  # also an id that was never seen
    with database.read() as connection:
        assert due_sources(connection, NOW + DAY, ["new"]) == []


def test_an_unknown_outcome_of_a_turn_is_a_failure_that_backs_off(database: Database) -> None:
    source = config("a")
    plan_turns(database, {"a": source}, NOW)
    waits = []
    for _ in range(3):
        due = end_turn(database, source, None, NOW + HOUR)
        assert due is not None
        waits.append((due - NOW - HOUR) / MINUTE)
    assert waits == [15, 30, 60]
    assert failures_of(database, "a") == 3


def test_a_host_that_asked_to_wait_postpones_its_source(database: Database) -> None:
    sources = {"a": config("a"), "b": config("b")}
    StoreHostBook(database).postpone("a.example.org", NOW + 5 * HOUR)
    assert plan_turns(database, sources, NOW) == {"a": NOW + 5 * HOUR, "b": NOW}
    assert end_turn(database, sources["a"], report("a", "failed"), NOW) == NOW + 5 * HOUR
    StoreHostBook(database).postpone("b.example.org", NOW + 6 * HOUR)  # the longest that is noted
    behind = NOW - MINUTE  # by the clock of another machine
    assert plan_turns(database, sources, behind)["b"] == NOW + 6 * HOUR


def test_a_new_schedule_counts_from_the_last_run(database: Database) -> None:
    plan_turns(database, {"a": config("a", every=7 * DAY)}, NOW)
    begin_turn(database, "a", NOW)
    end_turn(database, config("a", every=7 * DAY), report("a"), NOW)
    assert plan_turns(database, {"a": config("a", every=HOUR)}, NOW + 3 * HOUR, anew=True) == {"a": NOW + HOUR}


def test_a_run_cut_off_is_due_even_where_missed_slots_are_skipped(database: Database) -> None:
    sources = {source: config(source, catch_up=False) for source in ("a", "b")}
    plan_turns(database, sources, NOW)
    with database.write() as connection:
        connection.execute(
            text(
                "INSERT INTO run (source, kind, state, scope, plan, unproven, fence, started, start_state, new_state, "
                "counts, issues) VALUES ('a', 'harvest', 'running', 'full', false, false, 0, :now, '{}', '{}', '{}', "
                "'{}')"
            ),
            {"now": "2026-11-24 03:00:00"},
        )
    assert plan_turns(database, sources, NOW + 3 * HOUR) == {"a": NOW, "b": NOW + DAY}
    assert run_values()["state"] == "running"


def test_a_sync_takes_what_is_due_or_nearly_due_and_only_once(database: Database) -> None:
    sources = {"a": config("a"), "b": config("b")}
    plan_turns(database, sources, NOW)
    end_turn(database, sources["b"], report("b"), NOW)
    assert set(due_now(database, sources, NOW + HOUR)) == {"a"}
    end_turn(database, sources["a"], report("a"), NOW + HOUR)
    early = NOW + DAY - MINUTE
    assert set(due_now(database, sources, early)) == {"a", "b"}
    for source in sources.values():
        end_turn(database, source, report(source.id), early, early=HOUR)
    assert due_now(database, sources, early + MINUTE) == {}


def test_notices_are_delivered_once_and_in_order(database: Database) -> None:
    with database.write() as connection:
        for number in range(3):
            notify(connection, "run.accepted", {"run": number}, NOW)
    with database.write() as connection:
        notices = undelivered(connection, limit=2)
        assert [(notice.topic, notice.payload) for notice in notices] == [
            ("run.accepted", {"run": 0}),
            ("run.accepted", {"run": 1}),
        ]
        mark_delivered(connection, [notice.id for notice in notices], NOW)
        assert [notice.payload for notice in undelivered(connection)] == [{"run": 2}]


def test_releases_do_not_drift() -> None:
    assert release_after(None, DAY, NOW) == NOW + DAY
    assert release_after(NOW - MINUTE, DAY, NOW) == NOW - MINUTE + DAY
    assert release_after(NOW - 3 * DAY - MINUTE, DAY, NOW) == NOW - MINUTE + DAY
    assert release_after(NOW + 900 * DAY, DAY, NOW) == NOW + DAY, "the clock went back"
