"""What is forgotten while somebody works stays forgotten: each stage is stopped between reading and writing.

Nobody is told to wait: the value or the record is nowhere when both have ended.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from microharvest.harvest.erase import forget_record, forget_value
from microharvest.harvest.remap import _Remap, map_again
from microharvest.link.run import link_changed
from microharvest.publish import run as publishing
from microharvest.settings import MergeSettings
from microharvest.sources import SourceConfig
from microharvest.store import landing, links, matching
from microharvest.store.database import table_of
from microharvest.store.harvest_tables import VersionRow
from tests.integration.test_forget import (
    FEED,
    MAIL,
    NAME,
    exports,
    planted,
    released,
    traces,
    world,
)
from tests.integration.test_harvest import World

__all__ = ["planted", "world"]


def first_call(monkeypatch: pytest.MonkeyPatch, where: Any, name: str, act: Callable[[], None]) -> list[int]:
    """`act` before the first call of a function; returns the calls counted."""
    real, calls = getattr(where, name), [0]

    def stopped(*given: Any, **named: Any) -> Any:
        calls[0] += 1
        if calls[0] == 1:
            act()
        return real(*given, **named)

    monkeypatch.setattr(where, name, stopped)
    return calls


def forget_all(world: World) -> None:
    forget_value(world.database, world.database, NAME, MAIL, who="me", clock=world.clock)


def behind(
    world: World, act: Callable[[], None], waits_s: float = 1.0
) -> tuple[Callable[[], None], Callable[[], None]]:
    """(begin it in another thread and give it a while, wait until it has ended): for places within a transaction."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            act()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)

    def begin() -> None:
        thread.start()
        thread.join(waits_s)

    def end() -> None:
        thread.join(30)
        assert not thread.is_alive()
        assert not failed, failed

    return begin, end


async def test_a_publish_in_flight(planted: tuple[World, SourceConfig], monkeypatch: pytest.MonkeyPatch) -> None:
    world, config = planted
    world.server.add("/t.csv", FEED.replace("Law", "New law").encode(), content_type="text/csv")
    await world.harvest(config)
    calls = first_call(monkeypatch, publishing._Publication, "_store", lambda: forget_all(world))
    released(world, config)
    assert calls[0]
    assert traces(world.database) == []
    assert "new law" in exports(world.database, config)


async def test_a_publish_in_flight_of_a_record(
    planted: tuple[World, SourceConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, config = planted
    world.server.add("/t.csv", FEED.replace("Law", "New law").encode(), content_type="text/csv")
    await world.harvest(config)

    def forget() -> None:
        forget_record(world.database, world.database, "s", "a", who="me", clock=world.clock)

    calls = first_call(monkeypatch, publishing._Publication, "_store", forget)
    released(world, config)
    assert calls[0]
    assert "law" not in exports(world.database, config)
    released(world, config)
    assert "law" not in exports(world.database, config)


async def test_a_map_in_flight(planted: tuple[World, SourceConfig], monkeypatch: pytest.MonkeyPatch) -> None:
    world, config = planted
    with world.database.write() as connection:  # so that the mapping differs
        connection.execute(table_of(VersionRow).update().values(doc=b'{"title":{"en":"Old"}}'))
    calls = first_call(monkeypatch, _Remap, "map_heads", lambda: forget_all(world))
    report = map_again(world.database, config, world.settings, clock=world.clock)
    assert (calls[0], report.changed) == (1, 4)
    assert traces(world.database) == []
    released(world, config)
    assert traces(world.database) == []


@pytest.mark.parametrize(
    ("where", "step"), [(matching, "store_records"), (matching, "records_of"), (links, "store_golden")]
)
async def test_a_link_in_flight(
    planted: tuple[World, SourceConfig], monkeypatch: pytest.MonkeyPatch, where: Any, step: str
) -> None:
    """Within its transaction: what it read of the versions may not come back with what it writes of them."""
    world, config = planted
    world.server.add("/t.csv", FEED.replace("Law", "New law").encode(), content_type="text/csv")
    await world.harvest(config)
    begin, end = behind(world, lambda: forget_all(world))
    calls = first_call(monkeypatch, where, step, begin)
    link_changed(world.database, {"s": config}, MergeSettings(), clock=world.clock)
    end()
    assert calls[0]
    assert traces(world.database) == []
    released(world, config)
    assert traces(world.database) == []


async def test_a_harvest_in_flight(planted: tuple[World, SourceConfig], monkeypatch: pytest.MonkeyPatch) -> None:
    """Within the transaction that lands a batch, which had read the list before."""
    world, config = planted
    more = FEED.replace("Law", "New law") + f"n;Nuts;{NAME} again;1;;\n"
    world.server.add("/t.csv", more.encode(), content_type="text/csv")
    begin, end = behind(world, lambda: forget_all(world))
    calls = first_call(monkeypatch, landing, "land_parcel", begin)
    report = await world.harvest(config)
    end()
    assert (calls[0] > 0, report.acceptance) == (True, "accepted")
    assert traces(world.database) == []
    released(world, config)
    assert traces(world.database) == []
