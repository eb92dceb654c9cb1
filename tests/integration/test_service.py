"""The service over a real store, with harvest, link and publish played by fakes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import text

from microharvest.coding.run import code_changed
from microharvest.errors import ConfigError, RunError, StoreError
from microharvest.harvest.report import RunReport
from microharvest.service.leader import Leader
from microharvest.service.roster import Roster
from microharvest.service.turns import begin_turn, due_in_store, due_now, end_turn, plan_turns
from microharvest.service.upkeep import Upkeep, release_after
from microharvest.sources import Schedule, SourceConfig
from microharvest.store.database import Database
from microharvest.store.ending import notify
from microharvest.store.hosts import StoreHostBook
from microharvest.store.leadership import AdvisoryLock, FileLock, leader_lock
from microharvest.store.leases import acquire, release
from microharvest.store.outbox import mark_delivered, undelivered
from microharvest.store.schedule import (
    catalogue_due,
    due_sources,
    has_touched,
    set_catalogue_due,
    set_life,
    set_next_due,
    turns_of,
)
from microharvest.store.vocabularies import add_concepts
from tests.integration.stores import NOW, accepted, fresh_store, landed, run_values

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    database = fresh_store(store_url)
    yield database
    database.dispose()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    database = fresh_store(f"sqlite:///{tmp_path / 'store.db'}")
    yield database
    database.dispose()


def config(source: str, **schedule: Any) -> SourceConfig:
    schedule = {"every": DAY, "jitter_s": 0} | schedule
    return SourceConfig(
        id=source,
        title=source,
        protocol="file",
        dialect="oai_dc",
        url=f"https://{source}.example.org/feed.xml",
        licence="unknown",
        schedule=Schedule(**schedule),
    )


def report(source: str, outcome: str = "complete", acceptance: str | None = "accepted") -> RunReport:
    return RunReport(source=source, run=1, outcome=outcome, scope="full", acceptance=acceptance)


def due_of(database: Database, source: str) -> datetime | None:
    with database.write() as connection:
        return turns_of(connection, [source], NOW)[source].next_due


def failures_of(database: Database, source: str) -> int:
    with database.write() as connection:
        return turns_of(connection, [source], NOW)[source].failures


# --- due times in the store


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
    lease = acquire(database, "a", "somebody", MINUTE)
    assert due_in_store(database, sources, now) == []
    release(database, lease)
    assert due_in_store(database, sources, now) == ["a"]


def test_only_active_sources_are_due_and_a_retired_id_stays_retired(database: Database) -> None:
    sources = {source: config(source) for source in ("a", "p", "r")}
    plan_turns(database, sources, NOW)
    with database.write() as connection:
        assert set_life(connection, "p", "paused", NOW) == "active"
        assert set_life(connection, "r", "retired", NOW) == "active"
    assert due_in_store(database, sources, NOW + DAY) == ["a"]
    assert set(plan_turns(database, sources, NOW + DAY)) == {"a"}
    assert due_in_store(database, sources, NOW + DAY) == ["a"], "planning wakes nobody"
    assert end_turn(database, sources["p"], report("p"), NOW) is None, "paused while it ran"
    with database.write() as connection:
        assert set_life(connection, "p", "active", NOW + DAY) == "paused"
    assert due_in_store(database, sources, NOW + DAY) == ["a", "p"]
    for life in ("active", "paused"):
        with pytest.raises(ConfigError) as caught, database.write() as connection:
            set_life(connection, "r", life, NOW)  # type: ignore[arg-type]
        assert caught.value.code == "config.retired_source"
    with database.write() as connection:
        assert set_life(connection, "new", "retired", NOW) == "active", "also an id that was never seen"
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
    StoreHostBook(database).postpone("a.example.org", NOW + 2 * DAY)
    assert plan_turns(database, sources, NOW) == {"a": NOW + 2 * DAY, "b": NOW}
    assert end_turn(database, sources["a"], report("a", "failed"), NOW) == NOW + 2 * DAY


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


# --- who leads


def test_one_leads_until_it_lets_go(database: Database, store_url: str) -> None:
    other_database = Database(store_url)
    first, second = leader_lock(database), leader_lock(other_database)
    assert first.try_acquire()
    assert not second.try_acquire()
    assert first.try_acquire(), "asking again keeps it"
    first.release()
    first.release()
    assert second.try_acquire()
    assert not first.try_acquire()
    first.release()
    second.release()
    other_database.dispose()


def test_a_lock_on_a_removed_file_binds_nobody(sqlite: Database) -> None:
    first, second = leader_lock(sqlite), leader_lock(sqlite)
    assert isinstance(first, FileLock)
    assert first.try_acquire()
    assert sqlite.path is not None
    sqlite.path.with_name("store.db.leader").unlink()
    assert second.try_acquire()
    assert not first.try_acquire(), "the first notices, and steps down"
    second.release()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        FileLock(tmp_path / "absent" / "store.db.leader").try_acquire()
    assert caught.value.code == "store.read_only"


def test_a_session_that_ended_took_the_lock_with_it(pg_url: str) -> None:
    mine, other = Database(pg_url), Database(pg_url)
    first, second = leader_lock(mine), leader_lock(other)
    assert isinstance(first, AdvisoryLock)
    assert first.try_acquire()
    with other.engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND "
                "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
        )
    with pytest.raises(StoreError) as caught:
        first.try_acquire()
    assert caught.value.code == "store.unreachable"
    assert second.try_acquire()
    assert not first.try_acquire(), "it asks again on a new session"
    first.release()
    second.release()
    mine.dispose()
    other.dispose()


# --- the ticking leader


SOURCE = """
title = "{source}"
protocol = "file"
dialect = "oai_dc"
url = "https://{source}.example.org/feed.xml"
licence = "unknown"
schedule = {{ every = "{every}", jitter_s = 0 }}
"""


class World:
    """A leader over a store, with a clock to turn and stages that note what they were asked."""

    def __init__(self, database: Database, folder: Path, *, concurrency: int = 8) -> None:
        self.database, self.folder = database, folder
        self.now = datetime.now(UTC)
        self.harvested: list[str] = []
        self.at_once = self.most_at_once = 0
        self.linked = self.published = 0
        self.act: Callable[[str], Any] = lambda source: None
        self.link_act: Callable[[], Any] = lambda: None
        self.publish_act: Callable[[], Any] = lambda: None
        self.roster = Roster(folder, {})
        self.concurrency = concurrency
        self.lock = leader_lock(database)

    def write(self, *sources: str, every: str = "PT24H", text: str | None = None) -> None:
        (self.folder / "sources").mkdir(exist_ok=True)
        for source in sources:
            content = SOURCE.format(source=source, every=every) if text is None else text
            (self.folder / "sources" / f"{source}.toml").write_text(content)

    def leader(self) -> Leader:
        self.roster.load()
        upkeep = Upkeep(
            self.database,
            self.database,
            self.roster,
            link=self.link,
            publish=self.publish,
            publish_every=DAY,
            clock=lambda: self.now,
        )
        return Leader(
            self.database,
            self.roster,
            self.lock,
            upkeep,
            self.harvest,
            concurrency=self.concurrency,
            clock=lambda: self.now,
        )

    async def harvest(self, config: SourceConfig) -> RunReport:
        self.harvested.append(config.id)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            acted = self.act(config.id)
            if asyncio.iscoroutine(acted):
                acted = await acted
            await asyncio.sleep(0)
        finally:
            self.at_once -= 1
        return acted if isinstance(acted, RunReport) else report(config.id)

    def link(self, sources: Any, merge: Any) -> None:
        self.linked += 1
        self.link_act()
        with self.database.write() as connection:
            connection.execute(text("DELETE FROM touched"))
            connection.execute(text("INSERT INTO touched_cluster VALUES ('c') ON CONFLICT DO NOTHING"))

    def publish(self, sources: Any, rules: Any, merge: Any) -> None:
        self.published += 1
        self.publish_act()
        with self.database.write() as connection:
            connection.execute(text("DELETE FROM touched_cluster"))

    async def settle(self, leader: Leader, ticks: int = 1) -> None:
        for _ in range(ticks):
            await leader.tick()
            await until(lambda: not leader.health().running)
            await until(lambda: leader._looking is None or leader._looking.done())


async def until(true: Callable[[], bool]) -> None:
    for _ in range(4000):
        if true():
            return
        await asyncio.sleep(0.005)
    pytest.fail("it did not come to be")


@pytest.fixture
def world(sqlite: Database, tmp_path: Path) -> World:
    return World(sqlite, tmp_path)


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
