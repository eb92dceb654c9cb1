"""Guards over whole runs: what changes shape, re-keys, ends or moves; and what a person does about it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from microharvest.cli import main
from microharvest.errors import ConfigError
from microharvest.explain.run import explain_run
from microharvest.harvest.operator import approve
from microharvest.link.run import link_changed
from microharvest.settings import MergeSettings
from microharvest.sources import SourceConfig
from microharvest.testing.feed_server import Answer
from tests.integration.test_harvest import TABLE, World, log, rows, some, state, world

__all__ = ["world"]

LETTERS = "abcdefghijklmnopqrst"
NUMBERS, KEPT = range(1, 10), range(1, 9)
AT_ONCE = '[withdraw]\nruns = 1\ngrace = "P0D"'


def table(header: str, *lines: str) -> bytes:
    return "\n".join([header, *lines, ""]).encode()


def clusters(world: World, config: SourceConfig) -> dict[str, str]:
    link_changed(world.database, {"s": config}, MergeSettings(), clock=world.clock)
    with world.database.read() as connection:
        rows_ = connection.execute(text("SELECT native_id, cluster_id FROM member")).all()
    return {row.native_id: row.cluster_id for row in rows_}


def findings(world: World, run: int | None) -> dict[str, tuple[int, str]]:
    query = text("SELECT code, count, example FROM finding WHERE run = :run")
    with world.database.read() as connection:
        return {row[0]: (row[1], row[2]) for row in connection.execute(query, {"run": run})}


async def test_a_renamed_column_holds_and_is_named(world: World) -> None:
    config = world.configure(TABLE, "/t.csv")
    world.server.add("/t.csv", rows(*LETTERS), content_type="text/csv")
    await world.harvest(config)
    before = state(world.database)
    world.server.add("/t.csv", rows(*LETTERS).replace(b"id;title", b"id;name"), content_type="text/csv")
    held = await world.harvest(config)
    assert held.held_code == "hold.shape"
    assert held.held_because == (
        "The feed no longer has /title (now /name): title is empty now in 20 records that had it before."
    )
    assert findings(world, held.run)["feed.path_gone"] == (1, "/title -> /name")
    assert state(world.database) == before
    assert held.run is not None
    sheet = explain_run(world.database, held.run)
    assert sheet.facts["held_code"] == "hold.shape"
    assert ("path", "/title is gone, its values stand in /name") in sheet.detail
    assert ("title", "filled in 20 of 20 changed records before, in 0 now") in sheet.detail
    mended = world.configure(TABLE.replace('from = "title"', 'from = ["title", "name"]'), "/t.csv")
    assert (await world.harvest(mended)).acceptance == "accepted"
    assert state(world.database) == before


async def test_a_renamed_column_nobody_reads_is_a_finding(world: World) -> None:
    config = world.configure(TABLE, "/t.csv")
    header = "id;title;provider;stars"
    world.server.add("/t.csv", table(header, *(f"{one};{one};Uni;{one}5" for one in LETTERS)), content_type="text/csv")
    await world.harvest(config)
    lines = (f"{one};{one} x;Uni;{one}5" for one in LETTERS)
    world.server.add("/t.csv", table("id;title;provider;rating", *lines), content_type="text/csv")
    report = await world.harvest(config)
    assert (report.acceptance, some(report)["changed"]) == ("accepted", 20)
    assert findings(world, report.run)["feed.path_gone"] == (1, "/stars -> /rating")


async def test_a_field_that_empties_holds_without_any_path_gone(world: World) -> None:
    config = world.configure(TABLE + 'ects = "ects"\n', "/t.csv")
    header = "id;title;provider;ects"
    world.server.add("/t.csv", table(header, *(f"{one};{one};Uni;5" for one in LETTERS)), content_type="text/csv")
    await world.harvest(config)
    lines = [f"{one};{one};Uni;{'5' if one > 'e' else 'none'}" for one in LETTERS]
    world.server.add("/t.csv", table(header, *lines), content_type="text/csv")
    held = await world.harvest(config)
    assert held.held_because == "credits is empty now in 5 records that had it before."
    assert held.held_code == "hold.fill_dropped"
    lines = [f"{one};{one};Uni;{'5' if one > 'd' else 'none'}" for one in LETTERS]
    world.server.add("/t.csv", table(header, *lines), content_type="text/csv")
    assert (await world.harvest(config)).acceptance == "accepted", "four of twenty are a fifth, and may"


async def test_records_that_come_back_under_other_ids_keep_their_public_ids(world: World) -> None:
    config = world.configure(TABLE, "/t.csv")
    header = "id;title;provider"
    old = [f"0{number};Course {number};Uni" for number in NUMBERS]
    world.server.add("/t.csv", table(header, *old), content_type="text/csv")
    await world.harvest(config)
    before = clusters(world, config)
    new = [line[1:].replace("Course 9", "Another") for line in old]
    world.server.add("/t.csv", table(header, *new), content_type="text/csv")
    held = await world.harvest(config)
    assert held.held_because == "8 of 9 records came back under other identifiers: the source re-keyed."
    assert ("alias", "01 -> 1") in held.held_detail
    assert held.run is not None
    report = approve(world.database, config, held.run, who="me", why="leading zeros", rekey=True, clock=world.clock)
    assert (report.counts["added"], report.counts["withdrawn"]) == (9, 8)
    after = clusters(world, config)
    assert {str(n): after[str(n)] for n in KEPT} == {str(n): before[f"0{n}"] for n in KEPT}
    assert after["9"] not in before.values(), "what has another content is another offer"
    statuses = {one: status for one, (status, _) in state(world.database).items()}
    assert [one for one in statuses if statuses[one] == "withdrawn"] == [f"0{number}" for number in KEPT]
    assert statuses["09"] == "missing"
    with world.database.read() as connection:
        aliases = connection.execute(text("SELECT old_id, new_id, run FROM alias ORDER BY old_id")).all()
        action = connection.execute(text("SELECT what, why, after FROM action")).one()
        merged = connection.execute(text("SELECT count(*) FROM redirect")).scalar()
    assert [tuple(row) for row in aliases] == [(f"0{number}", str(number), held.run) for number in KEPT]
    assert (action.what, action.why, action.after.endswith("8 aliases")) == ("approve", "leading zeros", True)
    assert merged == 0
    assert (await world.harvest(config)).acceptance == "accepted"


async def test_a_choice_between_equal_records_is_no_alias(world: World) -> None:
    config = world.configure(TABLE, "/t.csv", AT_ONCE)
    header = "id;title;provider"
    world.server.add("/t.csv", table(header, *(f"a{n};Same;Uni" for n in range(5))), content_type="text/csv")
    await world.harvest(config)
    world.server.add("/t.csv", table(header, *(f"b{n};Same;Uni" for n in range(5))), content_type="text/csv")
    held = await world.harvest(config)
    assert held.held_code == "hold.rekeyed"
    assert held.run is not None
    with pytest.raises(ConfigError) as none:
        approve(world.database, config, held.run, who="me", rekey=True, clock=world.clock)
    assert none.value.code == "command.not_rekeyed"
    assert {status for status, _ in state(world.database).values()} == {"active"}, "refused whole"


async def test_offers_that_are_over_do_not_count(world: World) -> None:
    toml = TABLE + 'start_date = "start"\nend_date = "end"\n'
    config = world.configure(toml, "/t.csv", AT_ONCE)
    header, today = "id;title;provider;start;end", (world.now + timedelta(days=2)).date()
    past, ahead = today - timedelta(days=1), today + timedelta(days=30)
    lines = [f"{one};{one};Uni;2026-09-01;{past if one < 'k' else ahead}" for one in LETTERS]
    world.server.add("/t.csv", table(header, *lines), content_type="text/csv")
    await world.harvest(config)
    world.server.add("/t.csv", table(header, *lines[10:]), content_type="text/csv")
    report = await world.harvest(config)
    assert (report.acceptance, some(report)["withdrawn"]) == ("accepted", 10)
    world.server.add("/t.csv", table(header, *lines[14:]), content_type="text/csv")
    held = await world.harvest(config)
    assert held.held_because == "4 of 10 records are gone; 3 may go in one run."


async def test_a_newer_run_takes_the_place_of_a_held_one(world: World) -> None:
    config = world.configure(TABLE, "/t.csv", AT_ONCE)
    world.server.add("/t.csv", rows(*LETTERS), content_type="text/csv")
    await world.harvest(config)
    world.server.add("/t.csv", rows(*LETTERS[:5]), content_type="text/csv")
    first = await world.harvest(config)
    second = await world.harvest(config)
    assert (first.held_code, second.held_code) == ("hold.withdrawals", "hold.withdrawals")
    with pytest.raises(ConfigError) as old:
        approve(world.database, config, first.run or 0, who="me", clock=world.clock)
    assert f"Superseded by run {second.run}" in old.value.sentence
    planned = await world.harvest(config, plan=True)
    assert planned.held_code == "hold.planned"
    world.server.add("/t.csv", rows(*LETTERS, "u"), content_type="text/csv")
    report = await world.harvest(config)
    assert (report.acceptance, some(report)) == ("accepted", {"seen": 21, "added": 1, "unchanged": 20})
    with world.database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM run WHERE acceptance = 'held'")).scalar() == 0


async def test_an_address_that_moved_for_good_is_proposed_once(world: World) -> None:
    config = world.configure(TABLE, "/old.csv")
    world.server.add("/old.csv", Answer(status=301, headers={"Location": world.server.url("/new.csv")}))
    world.server.add("/new.csv", rows("a", "b"), content_type="text/csv")
    for number in range(2):
        report = await world.harvest(config, full=True)
        count, example = findings(world, report.run)["feed.moved"]
        assert (count, example.startswith("for good: "), example.endswith("/new.csv")) == (1, True, True), number
    with world.database.read() as connection:
        notices = connection.execute(text("SELECT payload FROM outbox WHERE topic = 'source.moved'")).scalars().all()
    assert len(notices) == 1
    assert json.loads(notices[0])["moved"] == example


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config" / "sources").mkdir(parents=True)
    for source in ("one", "two", "three"):
        (tmp_path / "config" / "sources" / f"{source}.toml").write_text(
            f'title = "{source}"\nprotocol = "file"\ndialect = "columns"\nlicence = "unknown"\n'
            f'url = "{(tmp_path / source).as_uri()}.csv"\n[network]\nallow = ["local"]\n'
            '[identity]\nkey = ["id"]\n[columns]\ntitle = "title"\n'
        )
        (tmp_path / f"{source}.csv").write_bytes(rows(*LETTERS))
    return tmp_path


def test_all_runs_of_one_cause_are_listed_then_accepted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*words: str) -> tuple[int, list[Any]]:
        where = ("--config", str(folder / "config"), "--store", f"sqlite:///{folder / 's.db'}")
        capsys.readouterr()
        status = main([*words, *where, "--json"])
        return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    run("init")
    assert run("harvest", "--all")[0] == 0
    for source in ("one", "two"):
        (folder / f"{source}.csv").write_bytes(rows(*LETTERS[:3]))
    (folder / "three.csv").write_bytes(rows(LETTERS[0]).splitlines(keepends=True)[0])
    assert run("harvest", "--all")[0] == 4
    status, listed = run("approve", "--because", "hold.withdrawals|hold.canary")
    assert (status, [one["source"] for one in listed]) == (0, ["one", "two"])
    assert listed[0]["held_because"] == "17 of 20 records are gone; 6 may go in one run."
    assert [one["source"] for one in run("approve", "--because", "withdrawals")[1]] == ["one", "two"], "nothing done"
    status, done = run("approve", "--because", "withdrawals", "--yes", "--why", "all three closed")
    assert (status, [one["acceptance"] for one in done]) == (0, ["accepted", "accepted"])
    assert run("approve", "--because", "withdrawals", "--yes") == (0, [])
    assert [one["held_code"] for one in run("approve", "--because", "hold.empty")[1]] == ["hold.empty"]
    for wrong in (("approve",), ("approve", "1", "--because", "empty"), ("approve", "--because", "nonsense")):
        status, (error,) = run(*wrong)
        assert (status, error["error"]["code"]) == (2, "command.invalid")


async def test_an_ordinary_month_is_never_held(world: World) -> None:
    """Each day some records come, some go, some change, fields are filled and emptied here and there."""
    config = world.configure(TABLE + 'ects = "ects"\n', "/t.csv", '[withdraw]\nruns = 2\ngrace = "P2D"')
    for day in range(28):
        lines = [
            f"{n};Course {n} v{(n * 7 + day) // 25};Uni;{'' if (n + day // 3) % 9 == 0 else n % 10 + 1}"
            for n in range(100)
            if (n * 13 + day // 2 * 5) % 20 != 0
        ]
        world.server.add("/t.csv", table("id;title;provider;ects", *lines), content_type="text/csv")
        report = await world.harvest(config)
        assert (report.outcome, report.acceptance, report.held_because) == ("complete", "accepted", None), day
    assert {"changed", "missing", "returned"} <= {kind for _, kind, _ in log(world.database)}
