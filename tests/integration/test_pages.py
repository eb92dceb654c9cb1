"""An API page by page and large files, through whole runs on both databases: proof of the end, partial runs, resume."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from microharvest.harvest import parse
from microharvest.harvest.engine import Engine, RunOptions
from microharvest.model.offer import decode_offer
from microharvest.settings import HarvestSettings
from microharvest.sources import SourceConfig
from microharvest.store import landing
from microharvest.store.reporting import landed_offers
from microharvest.testing.feed_server import Answer, FeedServer
from tests.bench.large import write_csv, write_loq
from tests.integration.stores import fresh_store, state
from tests.integration.test_harvest import World, some

API = """
title = "API"
protocol = "pages"
dialect = "columns"
licence = "unknown"
[identity]
key = ["id"]
[columns]
title = { from = "title", lang = "en" }
[fetch]
select = "data"
total = "total"
"""
WITHDRAW = '[withdraw]\nruns = 1\ngrace = "P0D"\nmax_ratio = 0.5'


@pytest_asyncio.fixture
async def world(store_url: str, tmp_path: Path) -> AsyncIterator[World]:
    database = fresh_store(store_url)
    async with FeedServer() as server:
        yield World(server, database, tmp_path, store_url)
    database.dispose()


def serve(world: World, *pages: list[int], total: int | None = None, status: dict[int, int] | None = None) -> None:
    """Pages that lead to each other; `status`: what a page answers instead."""
    for index, numbers in enumerate(pages):
        page: dict[str, Any] = {"data": [{"id": f"c{number}", "title": f"T{number}"} for number in numbers]}
        if index + 1 < len(pages):
            page["next"] = f"/api/{index + 2}"
        if total is not None:
            page["total"] = total
        body = gzip.compress(json.dumps(page).encode()) if index == 1 else json.dumps(page).encode()
        answer = Answer(body=body, status=(status or {}).get(index, 200), headers={"Content-Type": "application/json"})
        world.server.add("/api" if index == 0 else f"/api/{index + 1}", answer)


async def test_pages_prove_their_end(world: World) -> None:
    config = world.configure(API, "/api", WITHDRAW)
    serve(world, [1, 2], [3], [4], total=4)
    report = await world.harvest(config)
    assert (report.outcome, report.scope, report.acceptance, some(report)) == (
        "complete", "full", "accepted", {"seen": 4, "added": 4},
    )  # fmt: skip
    serve(world, [1, 2], [4], total=3)
    assert some(await world.harvest(config)) == {"seen": 3, "unchanged": 3, "withdrawn": 1}
    assert state(world.database)["c3"][0] == "withdrawn"


async def test_a_total_that_is_not_reached_withdraws_nothing(world: World) -> None:
    config = world.configure(API, "/api", WITHDRAW)
    serve(world, [1, 2], [3], total=3)
    await world.harvest(config)
    serve(world, [1, 2], total=3)
    report = await world.harvest(config)
    assert (report.outcome, some(report)) == ("partial", {"seen": 2, "unchanged": 2})
    assert "announced 3" in report.because
    assert report.issues["feed.total_differs"] == 1


async def test_a_page_that_fails_makes_it_partial(world: World) -> None:
    config = world.configure(API, "/api", WITHDRAW)
    serve(world, [1], [2], [3])
    await world.harvest(config)
    serve(world, [1], [2, 5], [3], status={2: 404})
    report = await world.harvest(config)
    assert (report.outcome, report.acceptance) == ("partial", "accepted")
    assert some(report) == {"seen": 3, "added": 1, "unchanged": 2, "quarantined": 1}  # the page that was refused
    assert state(world.database)["c3"][0] == "active"


async def test_items_with_pages_of_their_own_are_mapped_with_what_the_list_said(world: World) -> None:
    """The Finnish register: a search lists educations, each tells the rest on a page of its own."""
    oid = "1.2.246.562.13.0000000000000000"
    config = world.configure(
        'title = "R"\nprotocol = "pages"\ndialect = "kouta"\nlicence = "unknown"\n[fetch]\npager = "page"\n'
        f'select = "hits"\ntotal = "total"\ndetail = "{world.server.url("/koulutus/")}{{oid}}"\n',
        "/search",
        WITHDRAW,
    )

    def listed(*names: str) -> None:
        hits = [{"oid": oid + name, "nimi": {"fi": name}, "kuvaus": {"fi": f"List of {name}"}} for name in names]
        body = json.dumps({"total": len(names), "hits": hits}).encode()
        world.server.add("/search", Answer(body=body, headers={"Content-Type": "application/json"}))

    def told(name: str, title: str) -> None:
        page = {"oid": oid + name, "tyyppi": "koulutus", "nimi": {"fi": title}, "metadata": {"kuvaus": {}}}
        world.server.add(f"/koulutus/{oid}{name}", json.dumps(page).encode(), content_type="application/json")

    listed("2001", "2002", "2003")
    for name in ("2001", "2002"):
        told(name, f"Page of {name}")
    world.server.add(f"/koulutus/{oid}2003", Answer(status=404))
    report = await world.harvest(config)
    assert (report.outcome, some(report)) == ("complete", {"seen": 2, "added": 2})
    with world.database.read() as connection:
        offers = {key: decode_offer(doc) for key, doc in landed_offers(connection, report.run or 0)}
    assert {key[-4:]: (one.title["fi"], one.description["fi"]) for key, one in offers.items()} == {
        name: (f"Page of {name}", f"List of {name}") for name in ("2001", "2002")
    }
    told("2001", "Changed")
    report = await world.harvest(config)
    assert some(report) == {"seen": 2, "changed": 1, "unchanged": 1}
    world.server.add(f"/koulutus/{oid}2002", Answer(status=500))
    report = await world.harvest(config)
    assert (report.outcome, report.counts["withdrawn"], report.counts["missing"]) == ("partial", 0, 0)
    listed("2002")
    told("2002", "Page of 2002")
    assert some(await world.harvest(config)) == {"seen": 1, "unchanged": 1, "withdrawn": 1}


async def test_a_loop_makes_it_partial(world: World) -> None:
    config = world.configure(API, "/api", WITHDRAW)
    serve(world, [1], [2])
    looped = {"data": [{"id": "c2", "title": "T2"}], "next": "/api"}
    world.server.add("/api/2", json.dumps(looped).encode())
    report = await world.harvest(config)
    assert (report.outcome, report.issues.get("feed.loop")) == ("partial", 1)


class Stop(Exception):  # noqa: N818 - stands in for a kill
    pass


@pytest.mark.parametrize("kind", ["csv", "loq"])
async def test_a_large_file_is_resumed_where_it_stopped(
    world: World, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 3000 if kind == "csv" else 600
    source = tmp_path / f"large.{kind}"
    write_csv(source, count) if kind == "csv" else write_loq(source, count, 1500)
    table = '[identity]\nkey = ["code"]\n[columns]\ntitle = { from = "title", lang = "en" }\n'
    dialect = "columns" if kind == "csv" else "elm"
    toml = (
        f'title = "L"\nprotocol = "file"\ndialect = "{dialect}"\nlicence = "unknown"\n{table if kind == "csv" else ""}'
    )
    config = world.configure(toml, "/large")
    world.server.add("/large", gzip.compress(source.read_bytes()))
    world.settings = msgspec.structs.replace(world.settings, harvest=HarvestSettings(inline=True, batch_size=50))
    monkeypatch.setattr("microharvest.connectors.protocols.file.elements.MAX_TREE_BYTES", 1000)
    real, landed = landing.land_parcel, 0

    def land(*given: Any) -> None:
        nonlocal landed
        landed += 1
        if landed == count // 100:
            raise Stop
        real(*given)

    monkeypatch.setattr(landing, "land_parcel", land)
    with pytest.raises(Stop):
        await world.harvest(config)
    report = await world.harvest(config)
    assert (report.resumed, report.outcome, some(report)) == (True, "complete", {"seen": count, "added": count})
    assert len(state(world.database)) == count
    again = await world.harvest(config)
    assert some(again) == {"seen": count, "unchanged": count}


async def test_large_records_fill_a_batch_by_their_bytes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse, "MAX_PARCEL_BYTES", 2000)
    config: SourceConfig = world.configure(API.replace('total = "total"', ""), "/api")
    rows = [{"id": f"c{number}", "title": f"T{number}" * 300} for number in range(20)]
    world.server.add("/api", json.dumps({"data": rows}).encode())
    world.settings = msgspec.structs.replace(world.settings, harvest=HarvestSettings(inline=True, batch_size=1000))
    seen = []
    real = landing.land_parcel

    def land(*given: Any) -> None:
        seen.append(len(given[2].landed))
        real(*given)

    monkeypatch.setattr(landing, "land_parcel", land)
    async with Engine(world.database, world.settings, environ={}, clock=lambda: world.now) as engine:
        report = await engine.harvest(config, RunOptions())
    assert (report.outcome, sum(seen), report.counts["added"]) == ("complete", 20, 20)
    assert max(seen) <= 4
