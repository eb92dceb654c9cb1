"""Replay: what works now lands, what is older than the truth never overwrites it, what fails stays."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from microharvest.harvest.operator import drop_quarantine
from microharvest.harvest.replay import ReplayReport, replay
from microharvest.sources import SourceConfig
from microharvest.store.quarantine import Selection
from tests.integration.test_harvest import HEADER, TABLE, World, log, state, world

__all__ = ["world"]

OTHER_KEY = TABLE.replace('key = ["id"]', 'key = ["id", "title"]')


def waiting(world: World) -> list[str]:
    with world.database.read() as connection:
        return list(connection.execute(text("SELECT code FROM quarantine ORDER BY id")).scalars())


def source_state(world: World) -> Any:
    with world.database.read() as connection:
        return connection.execute(text("SELECT accepted_run, watermark, last_complete, last_full FROM source")).one()


def again(world: World, config: SourceConfig, **chosen: Any) -> ReplayReport:
    (report,) = replay(
        world.database, config, world.settings, Selection(**chosen), who="me", why="mended", clock=world.clock
    )
    return report


async def test_what_works_now_lands_as_a_run(world: World) -> None:
    config = world.configure(TABLE, "/t.csv")
    world.server.add("/t.csv", f"{HEADER}a;a;Uni\n;b;Uni\n;c;Uni\nd;too;many;cells\n".encode(), content_type="text/csv")
    await world.harvest(config)
    assert waiting(world) == ["feed.row_width", "record.no_identifier", "record.no_identifier"]
    same = again(world, config, code="record.no_identifier")
    assert (same.tried, same.landed, same.left, same.run) == (2, 0, {"record.no_identifier": 2}, None)
    before = source_state(world)
    mended = world.configure(OTHER_KEY, "/t.csv")
    report = again(world, mended)
    assert (report.tried, report.landed, report.fragments, report.left) == (3, 2, 1, {})
    assert report.run is not None
    assert (report.run.acceptance, report.run.scope, report.run.counts["added"]) == ("accepted", "delta", 2)
    assert waiting(world) == ["feed.row_width"]
    assert {one: status for one, (status, _) in state(world.database).items()} == dict.fromkeys("abc", "active")
    assert [kind for _, kind, _ in log(world.database)] == ["added"] * 3
    assert source_state(world) == before, "a replay says nothing of the feed's state"
    assert again(world, mended).landed == 0
    assert (await world.harvest(mended)).counts["unchanged"] == 3
    with world.database.read() as connection:
        actions = connection.execute(text("SELECT who, what, why, after FROM action ORDER BY id")).all()
    assert [row.what for row in actions] == ["replay"] * 3
    assert actions[1].after.startswith("2 landed, 2 left the quarantine")


async def test_old_bytes_never_overwrite_what_was_said_since(world: World) -> None:
    """Two ways to be newer: another version, and the same version listed again."""
    config = world.configure(TABLE, "/t.csv")
    world.server.add("/t.csv", f"{HEADER};b old;Uni\n;c;Uni\n".encode(), content_type="text/csv")
    await world.harvest(config)
    mended = world.configure(OTHER_KEY.replace('"id", "title"', '"id", "provider"'), "/t.csv")
    world.server.add("/t.csv", f"{HEADER};b new;Uni\n".encode(), content_type="text/csv")
    await world.harvest(mended)
    report = again(world, mended)
    assert (report.landed, report.obsolete) == (0, 2)
    assert waiting(world) == []
    assert state(world.database)["Uni"][1].startswith("b new")


async def test_only_the_newest_of_a_record_is_landed(world: World) -> None:
    config = world.configure(TABLE, "/t.csv")
    for title in ("first", "second"):
        world.server.add("/t.csv", f"{HEADER};{title};Uni\n".encode(), content_type="text/csv")
        await world.harvest(config)
    report = again(world, world.configure(OTHER_KEY.replace('"id", "title"', '"provider"'), "/t.csv"))
    assert (report.landed, report.obsolete) == (1, 1)
    assert state(world.database)["Uni"][1].startswith("second")


async def test_a_held_replay_keeps_its_bytes_and_a_held_harvest_stays(world: World) -> None:
    config = world.configure(TABLE, "/t.csv", '[withdraw]\nruns = 1\ngrace = "P0D"')
    world.server.add("/t.csv", f"{HEADER}a;a;Uni\nb;b;Uni\nc;c;Uni\n;d;Uni\n".encode(), content_type="text/csv")
    await world.harvest(config)
    world.server.add("/t.csv", f"{HEADER}a;a;Uni\n".encode(), content_type="text/csv")
    held = await world.harvest(config)
    assert held.held_code == "hold.withdrawals"
    mended = world.configure(OTHER_KEY, "/t.csv", '[withdraw]\nruns = 1\ngrace = "P0D"')
    assert again(world, mended).landed == 1
    with world.database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM run WHERE acceptance = 'held'")).scalar() == 1


async def test_drop_is_written_down(world: World) -> None:
    config = world.configure(TABLE, "/t.csv")
    world.server.add("/t.csv", f"{HEADER};b;Uni\nd;too;many;cells\n".encode(), content_type="text/csv")
    await world.harvest(config)
    chosen = Selection(code="feed.row_width")
    assert drop_quarantine(world.database, chosen, who="me", why="noise") == 1
    assert waiting(world) == ["record.no_identifier"]
    with world.database.read() as connection:
        (row,) = connection.execute(text("SELECT what, why, before, after FROM action")).all()
    assert tuple(row) == ("drop", "noise", "1 feed.row_width of s", "1 dropped")
