"""What is past its time goes, and nothing that anything stands on: by revert, explain, export and a second look."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from microharvest.errors import ConfigError
from microharvest.harvest.operator import revert
from microharvest.harvest.prune import prune
from microharvest.harvest.remap import map_again
from microharvest.link.run import link_changed
from microharvest.publish.run import publish
from microharvest.settings import MergeSettings, PublishSettings
from tests.integration.test_harvest import TABLE, World, rows, state, world

__all__ = ["world"]


def count(world: World, table: str) -> int:
    with world.database.read() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def pruned(world: World, **options: Any) -> dict[str, int]:
    return prune(world.database, world.database, world.settings, who="me", clock=world.clock, **options)


async def year(world: World) -> Any:
    """Three contents of one record, 200 days apart; another that never changes; a bad row each time."""
    config = world.configure(TABLE, "/t.csv")
    for title in ("b one", "b two", "b three"):
        content = rows("a", title) + b"x;too;many;cells\n"
        world.server.add("/t.csv", content, content_type="text/csv")
        await world.harvest(config)
        world.now += timedelta(days=200)
    return config


async def test_replaced_versions_go_after_their_time(world: World) -> None:
    config = await year(world)
    before = state(world.database)
    assert (count(world, "version"), count(world, "quarantine"), count(world, "request")) == (4, 3, 3)
    planned = pruned(world, plan=True)
    assert (planned["version"], planned["quarantine"]) == (1, 3)
    assert count(world, "version") == 4, "planned only"
    removed = pruned(world)
    assert (removed["version"], removed["quarantine"]) == (1, 3)
    assert pruned(world) == {}, "a second time there is nothing to do"
    assert state(world.database) == before
    assert count(world, "change") == 4
    assert map_again(world.database, config, world.settings, clock=world.clock).failed == 0
    back = revert(world.database, config, 2, who="me", clock=world.clock)
    assert back.counts["changed"] == 1
    with pytest.raises(ConfigError) as gone:
        revert(world.database, config, 1, who="me", clock=world.clock)
    assert gone.value.code == "command.pruned"
    assert state(world.database)["b"][1].startswith("b two"), "refused whole"


async def test_what_tells_where_a_record_came_from_stays(world: World) -> None:
    await year(world)
    world.now += timedelta(days=1000)
    pruned(world)
    with world.database.read() as connection:
        kept = connection.execute(
            text("SELECT v.native_id, q.run, b.id FROM record r JOIN version v ON v.id = r.head "
                 "LEFT JOIN request q ON q.run = v.run AND q.key = v.request_key LEFT JOIN body b ON b.id = q.body_id")
        ).all()  # fmt: skip
    assert len(kept) == 2
    assert all(row.run and row.id for row in kept)
    assert count(world, "action") == 1


async def test_a_version_that_a_release_names_stays(world: World) -> None:
    licence = 'licence = "https://creativecommons.org/publicdomain/zero/1.0/"'
    config = world.configure(TABLE.replace('licence = "unknown"', licence), "/t.csv")
    for title in ("b one", "b two"):
        world.server.add("/t.csv", rows("a", title), content_type="text/csv")
        await world.harvest(config)
        link_changed(world.database, {"s": config}, MergeSettings(), clock=world.clock)
        publish(world.database, world.database, {"s": config}, PublishSettings(), clock=world.clock)
    world.now += timedelta(days=1000)
    assert "version" not in pruned(world)
    assert count(world, "version") == 3


async def test_held_runs_and_unmodified_addresses_go_on(world: World) -> None:
    config = world.configure(TABLE, "/t.csv")
    world.server.add("/t.csv", rows("a", "b", "c", "d"), content_type="text/csv")
    await world.harvest(config)
    world.now += timedelta(days=1000)
    pruned(world)
    assert (await world.harvest(config)).counts["unchanged"] == 4
    world.server.add("/t.csv", rows("a new"), content_type="text/csv")
    held = await world.harvest(config)
    assert held.held_code == "hold.withdrawals"
    world.now += timedelta(days=1000)
    pruned(world)
    assert count(world, "version") == 5
