"""The service over a real store, with harvest, link and publish played by fakes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import text

from microharvest.coding.run import code_changed
from microharvest.errors import ConfigError, RunError, StoreError
from microharvest.harvest.report import RunReport
from microharvest.service.turns import due_in_store
from microharvest.store.database import Database
from microharvest.store.ending import notify
from microharvest.store.leadership import leader_lock
from microharvest.store.schedule import (
    catalogue_due,
    has_touched,
    set_catalogue_due,
)
from microharvest.store.vocabularies import add_concepts
from tests.integration.service_world import (
    DAY,
    HOUR,
    MINUTE,
    SOURCE,
    World,
    database,
    due_of,
    failures_of,
    report,
    sqlite,
    until,
    world,
)
from tests.integration.stores import NOW, accepted, landed

__all__ = ["database", "sqlite", "world"]


async def test_each_due_source_is_served_once_per_slot(database: Database, tmp_path: Path) -> None:
    world = World(database, tmp_path)
    world.write("a", "b", "c")
    leader = world.leader()
    await world.settle(leader, 3)
    assert sorted(world.harvested) == ["a", "b", "c"]
    assert leader.health().role == "leader"
    world.now += DAY
    await world.settle(leader, 3)
    assert sorted(world.harvested) == ["a", "a", "b", "b", "c", "c"]
    await leader.drain(1, asyncio.Event())


async def test_no_more_run_at_once_than_allowed_and_all_get_their_turn(sqlite: Database, tmp_path: Path) -> None:
    world = World(sqlite, tmp_path, concurrency=2)
    world.write(*"abcdefg")
    gate = asyncio.Event()
    world.act = lambda source: gate.wait()
    leader = world.leader()
    await leader.tick()
    await until(lambda: world.at_once == 2)
    await leader.tick()
    gate.set()
    await world.settle(leader, 5)
    assert sorted(world.harvested) == list("abcdefg")
    assert world.most_at_once == 2


async def test_a_turn_that_ends_while_the_store_is_asked_is_not_begun_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer was right when it was given, and is not any more."""
    world.write("a")
    leader = world.leader()
    await world.settle(leader)

    def late(*given: Any) -> list[str]:
        leader._ended("a")
        return ["a"]

    monkeypatch.setattr("microharvest.service.leader.due_in_store", late)
    await world.settle(leader)
    assert world.harvested == ["a"]


async def test_a_source_that_runs_is_not_started_again(world: World) -> None:
    gate = asyncio.Event()
    world.act = lambda source: gate.wait()
    world.write("a")
    leader = world.leader()
    for _ in range(3):
        await leader.tick()
        await asyncio.sleep(0.01)
    assert world.harvested == ["a"]
    gate.set()
    await world.settle(leader, 2)
    assert world.harvested == ["a"]


async def test_what_only_work_needs_is_given_back_once_after_each_spell_of_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("microharvest.service.leader.QUIET_S", 0.0)
    gate = asyncio.Event()
    world.act = lambda source: gate.wait()
    world.write("a")
    leader = world.leader()
    for _ in range(3):
        await leader.tick()
        await asyncio.sleep(0.01)
    assert world.rested == 0, "a run needs it"
    gate.set()
    await world.settle(leader, 4)
    assert world.rested == 1
    accepted(world.database, [landed("2", "y")], source="a")
    await world.settle(leader, 4)
    assert (world.linked, world.rested) == (1, 2)


async def test_nothing_is_given_back_before_a_minute_without_work(world: World) -> None:
    world.write("a")
    await world.settle(world.leader(), 4)
    assert world.rested == 0


async def test_a_fault_stays_with_its_source(world: World) -> None:
    def act(source: str) -> RunReport | None:
        if source == "bug":
            raise ZeroDivisionError
        if source == "secret":
            raise ConfigError("config.missing_secret", "The variable X is absent: set it.")
        return report(source, "failed", "rejected") if source == "down" else None

    world.act = act
    world.write("bug", "down", "good", "secret")
    leader = world.leader()
    with structlog.testing.capture_logs() as logs:
        await world.settle(leader, 3)
    assert sorted(world.harvested) == ["bug", "down", "good", "secret"]
    assert {"turn.broken", "turn.refused"} <= {entry["event"] for entry in logs}
    assert due_of(world.database, "good") == due_of(world.database, "good")
    for source in ("bug", "secret", "down"):
        due = due_of(world.database, source)
        assert due is not None
        assert due - world.now == 15 * MINUTE
    world.now += 16 * MINUTE
    await world.settle(leader)
    assert world.harvested.count("good") == 1
    assert world.harvested.count("bug") == 2


@pytest.mark.parametrize(
    "error",
    [
        RunError("run.busy", "a is being worked on by another."),
        RunError("run.lease_lost", "Another process took a over."),
        StoreError("store.full", "The disk is full."),
    ],
    ids=lambda error: error.code,
)
async def test_what_is_not_the_sources_fault_is_put_off_a_little(world: World, error: Exception) -> None:
    def act(source: str) -> None:
        raise error

    world.act = act
    world.write("a")
    leader = world.leader()
    await world.settle(leader, 3)
    assert world.harvested == ["a"], "no spinning"
    assert failures_of(world.database, "a") == 0
    world.act = lambda source: None
    world.now += 2 * MINUTE
    await world.settle(leader, 2)
    assert world.harvested == ["a", "a"]


async def test_accepted_records_are_linked_and_the_first_round_is_published(world: World) -> None:
    world.write("a")
    world.act = lambda source: accepted(world.database, [landed("1", "x")], source="a") and None
    leader = world.leader()
    await world.settle(leader, 4)
    assert (world.linked, world.published) == (1, 1)
    with world.database.read() as connection:
        assert not has_touched(connection)
        assert catalogue_due(connection) == world.now + DAY
    accepted(world.database, [landed("2", "y")], source="a")  # from a command line beside the daemon
    await world.settle(leader, 2)
    assert (world.linked, world.published) == (2, 1)
    world.now += DAY
    await world.settle(leader, 2)
    assert (world.linked, world.published) == (2, 2), "the same content again touches nothing"


async def test_the_first_release_waits_for_something_to_publish(world: World) -> None:
    world.write("a")
    leader = world.leader()
    await world.settle(leader, 3)
    assert (world.linked, world.published) == (0, 0)


@pytest.mark.parametrize("code", ["publish.pinned", "publish.foreign"])
async def test_a_refused_release_waits_for_the_next_slot(world: World, code: str) -> None:
    def act() -> None:
        raise RunError(code, "Publishing is refused.")

    world.publish_act = act
    with world.database.write() as connection:
        set_catalogue_due(connection, world.now - HOUR)
    leader = world.leader()
    await world.settle(leader, 3)
    assert world.published == 1
    with world.database.read() as connection:
        assert catalogue_due(connection) == world.now - HOUR + DAY


async def test_an_imported_vocabulary_is_a_reason_to_link(world: World) -> None:
    accepted(world.database, [landed("1", "x")], source="a")
    world.write("a")
    leader = world.leader()
    await world.settle(leader, 3)
    assert world.linked == 1
    world.link_act = lambda: code_changed(world.database)
    with world.database.write() as connection:
        add_concepts(connection, "esco-skills", "1", {"name": "x", "sha256": "x"}, world.now, [], [])
    await world.settle(leader, 3)
    assert world.linked == 2


@pytest.mark.parametrize("error", [StoreError("store.busy", "Try again."), ZeroDivisionError()], ids=["store", "bug"])
async def test_a_fault_in_linking_rests_and_is_tried_again(world: World, error: Exception) -> None:
    def act() -> None:
        raise error

    world.link_act = act
    accepted(world.database, [landed("1", "x")], source="a")
    world.write("a")
    leader = world.leader()
    await world.settle(leader, 4)
    assert world.linked == 1
    assert leader.health().store
    world.link_act = lambda: None
    world.now += 2 * MINUTE
    await world.settle(leader, 2)
    assert world.linked == 2
    with world.database.read() as connection:
        assert not has_touched(connection)


async def test_notices_become_log_events(world: World) -> None:
    with world.database.write() as connection:
        notify(connection, "run.held", {"source": "a"}, NOW)
    leader = world.leader()
    with structlog.testing.capture_logs() as logs:
        await world.settle(leader, 2)
    (event,) = [entry for entry in logs if entry["event"] == "notice"]
    assert (event["topic"], event["payload"]) == ("run.held", {"source": "a"})


async def test_a_second_daemon_waits_says_so_and_takes_over(sqlite: Database, tmp_path: Path) -> None:
    first, second = World(sqlite, tmp_path), World(sqlite, tmp_path)
    first.write("a", "b")
    leader, follower = first.leader(), second.leader()
    await first.settle(leader)
    with structlog.testing.capture_logs() as logs:
        await second.settle(follower, 3)
    assert [entry["event"] for entry in logs] == ["leader.waiting"]
    assert follower.health().role == "follower"
    assert second.harvested == []
    await leader.drain(1, asyncio.Event())
    second.now += DAY
    await second.settle(follower)
    assert follower.health().role == "leader"
    assert sorted(second.harvested) == ["a", "b"]


async def test_files_are_followed_while_it_runs(world: World) -> None:
    world.write("a")
    world.write("broken", text="title = ")
    leader = world.leader()
    await world.settle(leader)
    assert world.harvested == ["a"]
    assert leader.health().broken == ["broken"]
    world.write("broken", "new")
    world.write("a", every="PT1H")
    await world.settle(leader)
    assert sorted(world.harvested) == ["a", "broken", "new"]
    assert leader.health().broken == []
    world.now += HOUR
    await world.settle(leader)
    assert world.harvested.count("a") == 2, "the new interval holds from the last run on"
    (world.folder / "sources" / "a.toml").unlink()
    world.now += HOUR
    await world.settle(leader)
    assert world.harvested.count("a") == 2


async def test_a_mended_source_is_tried_at_once(world: World) -> None:
    def act(source: str) -> None:
        raise ConfigError("config.missing_secret", "The variable X is absent: set it.")

    world.act = act
    world.write("a")
    leader = world.leader()
    await world.settle(leader, 2)
    world.act = lambda source: None
    world.write("a", text=SOURCE.format(source="a", every="PT24H") + 'languages = ["no"]')
    world.now += MINUTE
    await world.settle(leader, 2)
    assert world.harvested == ["a", "a"]


async def test_a_clock_that_went_back_is_noticed(world: World) -> None:
    world.write("a")
    leader = world.leader()
    right = world.now
    world.now += 1500 * DAY
    await world.settle(leader)
    world.now = right
    with structlog.testing.capture_logs() as logs:
        await world.settle(leader)
    assert [entry["seconds"] for entry in logs if entry["event"] == "clock.jumped"]
    due = due_of(world.database, "a")
    assert due is not None
    assert due <= right + DAY


async def test_a_leader_leads_also_while_it_asks_for_its_lock(world: World) -> None:
    world.write("a")
    leader = world.leader()
    await world.settle(leader)
    roles: list[str] = []
    acquire = world.lock.try_acquire
    world.lock.try_acquire = lambda: (roles.append(leader.health().role), acquire())[1]  # type: ignore[method-assign]
    await leader.tick()
    assert roles == ["leader"]


async def test_a_lost_store_is_said_once_and_survived(world: World) -> None:
    world.write("a")
    leader = world.leader()
    await world.settle(leader)
    with world.database.write() as connection:
        connection.execute(text("ALTER TABLE source RENAME TO gone"))
    with structlog.testing.capture_logs() as logs:
        await leader.tick()
        await leader.tick()
    assert [entry["event"] for entry in logs if entry["event"] == "store.lost"] == ["store.lost"]
    assert not leader.health().store
    with world.database.write() as connection:
        connection.execute(text("ALTER TABLE gone RENAME TO source"))
    world.now += DAY
    await world.settle(leader)
    assert leader.health().store
    assert world.harvested == ["a", "a"]


async def test_draining_lets_runs_come_to_rest_and_leaves_them_due(world: World) -> None:
    gate = asyncio.Event()

    async def act(source: str) -> RunReport:
        await gate.wait()
        return report(source, "partial", None) if source == "suspended" else report(source)

    world.act = act
    world.write("ended", "suspended")
    leader = world.leader()
    await leader.tick()
    await until(lambda: world.at_once == 2)
    draining = asyncio.create_task(leader.drain(20, asyncio.Event()))
    await asyncio.sleep(0.01)
    assert leader.health().stopping
    await leader.tick()
    assert len(world.harvested) == 2, "nothing new is started"
    gate.set()
    await draining
    assert due_in_store(world.database, world.roster.sources, world.now) == ["suspended"]
    assert leader_lock(world.database).try_acquire(), "somebody else may lead"


@pytest.mark.parametrize("hurried", [True, False], ids=["second signal", "time is up"])
async def test_what_does_not_come_to_rest_is_cancelled_and_stays_due(world: World, hurried: bool) -> None:
    ended: list[str] = []

    async def act(source: str) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.01)
            ended.append(source)

    world.act = act
    world.write("a")
    leader = world.leader()
    await leader.tick()
    await until(lambda: world.at_once == 1)
    hurry = asyncio.Event()
    if hurried:
        hurry.set()
    await leader.drain(20 if hurried else 0.05, hurry)
    assert ended == ["a"], "it could tidy up"
    assert due_in_store(world.database, world.roster.sources, world.now) == ["a"]
