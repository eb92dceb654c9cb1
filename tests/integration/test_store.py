"""The store on both databases: migrations, leases, landing, acceptance, revert."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

import pytest
from alembic import command
from sqlalchemy import text

from microharvest.errors import ConfigError, RunError, StoreError
from microharvest.harvest.ledger import Ledger
from microharvest.model.ids import id_hash
from microharvest.store import landing, leases
from microharvest.store.acceptance import Absences, absences_of, classify
from microharvest.store.database import Database
from microharvest.store.parcel import Landed, Parcel
from microharvest.store.revert import revert_to
from microharvest.store.runs import add_requests, open_run, supersede_lane
from microharvest.store.schema import SCHEMAS, alembic_config, check_schema, migrate
from tests.integration.stores import NOW, accepted, arrival, fresh_store, land, landed, log, request, run_values, state


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    opened = fresh_store(store_url)
    yield opened
    opened.dispose()


@pytest.mark.parametrize("schema", list(SCHEMAS))
def test_migrations_make_exactly_the_tables(store_url: str, schema: str) -> None:
    opened = Database(store_url, create=True)
    assert migrate(opened, schema)  # type: ignore[arg-type]
    assert not migrate(opened, schema)  # type: ignore[arg-type]
    with opened.write() as connection:
        command.check(alembic_config(connection, schema))  # type: ignore[arg-type]
        command.downgrade(alembic_config(connection, schema), "base")  # type: ignore[arg-type]
    with pytest.raises(StoreError) as refused:
        check_schema(opened, schema)  # type: ignore[arg-type]
    assert refused.value.code == "store.absent"
    opened.dispose()


def test_a_newer_store_is_refused_and_left_alone(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE schema_harvest SET version_num = '9999'"))
    for attempt in (lambda: migrate(database, "harvest"), lambda: check_schema(database, "harvest")):
        with pytest.raises(StoreError) as refused:
            attempt()
        assert refused.value.code == "store.newer"
    with database.read() as connection:
        assert connection.execute(text("SELECT version_num FROM schema_harvest")).scalar() == "9999"


def test_addresses_that_make_no_sense() -> None:
    for address in ("nonsense", "mysql://x/y", "sqlite://"):
        with pytest.raises(ConfigError):
            Database(address)


def test_an_absent_file_is_no_new_store(tmp_path: object) -> None:
    with pytest.raises(StoreError) as refused:
        Database(f"sqlite:///{tmp_path}/none.db")
    assert refused.value.code == "store.absent"


def test_a_lease_keeps_others_out_and_fences_the_sleeper(database: Database) -> None:
    ttl, clock = timedelta(seconds=60), [NOW]
    first = leases.acquire(database, "s", "one", ttl, clock=lambda: clock[0])
    with pytest.raises(RunError) as busy:
        leases.acquire(database, "s", "two", ttl, clock=lambda: clock[0])
    assert busy.value.code == "run.busy"
    assert "one" in busy.value.sentence
    leases.release(database, first)
    second = leases.acquire(database, "s", "two", ttl, clock=lambda: clock[0])
    assert second.fence > first.fence
    assert not leases.renew(database, first, ttl)
    with pytest.raises(RunError) as lost, database.write() as connection:
        leases.check_fence(connection, "s", first.fence)
    assert lost.value.code == "run.lease_lost"
    with database.write() as connection:
        leases.check_fence(connection, "s", second.fence)


@pytest.mark.parametrize(
    "address", ["postgresql://me:secret@db.example/x", "postgresql://db.example/x?password=secret"]
)
def test_the_password_of_a_store_is_never_shown(address: str) -> None:
    database = Database(address)
    assert database.url.password == "secret"
    assert "secret" not in database.shown


def test_nobody_waits_for_a_process_of_this_machine_that_is_no_more(database: Database) -> None:
    ttl = timedelta(seconds=60)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    pid = str(os.getpid())
    dead = leases.lease_owner().replace(f":{pid}", f":{ended.pid}", 1)
    first = leases.acquire(database, "s", f"{dead}:7f:s", ttl)
    second = leases.acquire(database, "s", "two", ttl)
    assert second.fence > first.fence
    leases.release(database, second)
    elsewhere = f"elsewhere:{dead.partition(':')[2]}:s"
    for living in (f"{leases.lease_owner()}:s", elsewhere, f"{dead}0:s", dead.partition("@")[0]):
        held = leases.acquire(database, "s", living, ttl)
        with pytest.raises(RunError) as busy:
            leases.acquire(database, "s", "two", ttl)
        assert busy.value.code == "run.busy"
        leases.release(database, held)


def test_acceptance_writes_heads_log_and_touched(database: Database) -> None:
    assert accepted(database, [landed("b", "1"), landed("a", "1"), landed("é", "1")]) == {"added": 3}
    assert accepted(database, [landed("a", "2"), landed("b", "1"), landed("c", "1")]) == {"added": 1, "changed": 1}
    assert [entry[1:] for entry in log(database)] == [
        ("added", "a"), ("added", "b"), ("added", "é"), ("changed", "a"), ("added", "c"),
    ]  # fmt: skip
    assert [entry[0] for entry in log(database)] == [1, 2, 3, 4, 5]
    assert state(database)["a"] == ("active", "2")
    with database.read() as connection:
        touched = {row[0] for row in connection.execute(text("SELECT native_id FROM touched"))}
    assert touched == {"a", "b", "c", "é"}


def test_landing_is_invisible(database: Database) -> None:
    run = land(database, [landed("a", "1")])
    assert state(database) == {}
    with database.read() as connection:
        assert classify(connection, run, "s").counts == {"added": 1}


def test_tombstones_withdraw_and_a_return_brings_back(database: Database) -> None:
    accepted(database, [landed("a", "1"), landed("b", "1")])
    assert accepted(database, [landed("a", "", deleted=True), landed("zz", "", deleted=True)]) == {"withdrawn": 1}
    assert state(database) == {"a": ("withdrawn", "1"), "b": ("active", "1")}
    assert accepted(database, [landed("a", "1")]) == {"returned": 1}
    assert state(database)["a"] == ("active", "1")


def test_absence_becomes_missing_then_due_then_returns(database: Database) -> None:
    accepted(database, [landed("a", "1"), landed("b", "1")])
    present = {id_hash("a")}
    with database.read() as connection:
        first = absences_of(connection, 99, "s", present, runs=2, before=NOW - timedelta(days=7))
    assert first == Absences(missing=("b",))
    assert accepted(database, [], first) == {"missing": 1}
    with database.read() as connection:
        early = absences_of(connection, 99, "s", present, runs=2, before=NOW - timedelta(days=7))
        late = absences_of(connection, 99, "s", present, runs=2, before=NOW)
        back = absences_of(connection, 99, "s", present | {id_hash("b")}, runs=2, before=NOW)
    assert early == Absences(still=("b",))
    assert late == Absences(due=("b",))
    assert back == Absences(returned=("b",))
    assert accepted(database, [], late) == {"withdrawn": 1}
    assert state(database)["b"][0] == "withdrawn"
    assert accepted(database, [], back) == {"returned": 1}
    assert state(database)["b"] == ("active", "1")


def _land_in(database: Database, run: int, ledger: Ledger, lane: str, depth: int, records: list[Landed]) -> None:
    asked = request(lane, depth)
    number = ledger.open_request(asked)
    parcel = Parcel(landed=records)
    again, positions = ledger.again(number, parcel, 0)
    with database.write() as connection:
        landing.land_parcel(connection, arrival(run, asked), parcel, 0, again, positions)
    ledger.note(number, records, 0)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize(
    ("first", "second", "winner"),
    [
        (("x", None), ("y", None), "x"),
        (("x", "2026-01-01"), ("y", "2026-01-02"), "y"),
        (("x", "2026-01-02"), ("y", "2026-01-01"), "x"),
    ],
)
def test_one_id_twice_has_one_winner_whatever_the_order(
    database: Database,
    order: tuple[int, int],
    first: tuple[str, str | None],
    second: tuple[str, str | None],
    winner: str,
) -> None:
    pages = [landed("a", first[0], datestamp=first[1]), landed("a", second[0], datestamp=second[1])]
    with database.write() as connection:
        leases.ensure_source(connection, "s", NOW)
        run = open_run(connection, run_values(), [])
    ledger = Ledger()
    for depth in order:
        _land_in(database, run, ledger, "a", depth, [pages[depth]])
    with database.read() as connection:
        docs = connection.execute(text("SELECT doc FROM version WHERE run = :run"), {"run": run}).scalars().all()
        count = connection.execute(text("SELECT count FROM finding WHERE code = 'record.duplicate'")).scalar()
    assert [bytes(doc).decode()[16:-3] for doc in docs] == [winner]
    assert count == 1


def test_an_unchanged_sighting_competes_with_a_changed_one(database: Database) -> None:
    accepted(database, [landed("a", "old", datestamp="2026-01-01")])
    same = Landed("a", id_hash("a"), landed("a", "old").raw_hash, "2026-01-01", False, True)
    for changed_at, expected in (("2026-02-01", {"changed": 1}), ("2025-01-01", {})):
        with database.write() as connection:
            run = open_run(connection, run_values(), [])
        ledger = Ledger()
        _land_in(database, run, ledger, "a", 0, [same])
        _land_in(database, run, ledger, "a", 1, [landed("a", "new", datestamp=changed_at)])
        with database.read() as connection:
            assert classify(connection, run, "s").counts == expected


def test_a_lane_that_begins_anew_forgets_what_it_landed(database: Database) -> None:
    with database.write() as connection:
        leases.ensure_source(connection, "s", NOW)
        old = request("a", 0)
        run = open_run(connection, run_values(), [old])
        landing.land_parcel(connection, arrival(run, old), Parcel(landed=[landed("gone", "1")]), 0, [], frozenset())
        fresh, again = add_requests(connection, run, [request("a", 0, generation=1)], parent=None)
        supersede_lane(connection, run, "a", 1)
        assert (len(fresh), again) == (1, [])
        assert classify(connection, run, "s").counts == {}


def test_the_same_request_twice_is_no_second_request(database: Database) -> None:
    with database.write() as connection:
        leases.ensure_source(connection, "s", NOW)
        run = open_run(connection, run_values(), [request()])
        fresh, again = add_requests(connection, run, [request(), request(depth=1)], parent="other")
    assert [one.depth for one in fresh] == [1]
    assert [one.depth for one in again] == [0]


def test_a_batch_is_stored_once(database: Database) -> None:
    with database.write() as connection:
        leases.ensure_source(connection, "s", NOW)
        run = open_run(connection, run_values(), [request()])
        landing.begin_batch(connection, run, request().key, 0)
    with pytest.raises(RunError) as lost, database.write() as connection:
        landing.begin_batch(connection, run, request().key, 0)
    assert lost.value.code == "run.lease_lost"


def test_revert_restores_the_state_of_an_older_run(database: Database) -> None:
    accepted(database, [landed("a", "1"), landed("b", "1"), landed("c", "1")])
    with database.read() as connection:
        first = connection.execute(text("SELECT max(run) FROM change")).scalar_one()
    before = state(database)
    accepted(database, [landed("a", "2"), landed("d", "1"), landed("c", "", deleted=True)], Absences(missing=("b",)))
    with database.write() as connection:
        _, counts = revert_to(connection, "s", first, fence=0, owner="t", now=NOW)
    assert counts == {"added": 0, "changed": 1, "missing": 0, "withdrawn": 1, "returned": 2, "unchanged": 0}
    now = state(database)
    assert now.pop("d") == ("withdrawn", "1")
    assert now == before
    with database.write() as connection:
        _, again = revert_to(connection, "s", first, fence=0, owner="t", now=NOW)
    assert sum(count for kind, count in again.items() if kind != "unchanged") == 0


def test_a_refused_statement_shows_no_values(database: Database) -> None:
    with pytest.raises(StoreError) as refused, database.write() as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (:secret)"), {"secret": "hunter2"})
    assert "hunter2" not in str(refused.value)


def test_postgresql_plans_with_the_values_it_is_given(store_url: str) -> None:
    database = Database(store_url, create=True)
    if not database.is_sqlite:
        with database.read() as connection:
            assert connection.execute(text("SHOW plan_cache_mode")).scalar_one() == "force_custom_plan"
    database.dispose()
