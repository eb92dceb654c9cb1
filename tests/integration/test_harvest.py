"""Whole runs against a loopback feed, on both databases: days, failures, holds, decisions, resume."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from sqlalchemy import text

from microharvest.errors import ConfigError, RunError
from microharvest.harvest import parse
from microharvest.harvest.engine import Engine, RunOptions
from microharvest.harvest.operator import approve, reject, revert
from microharvest.harvest.remap import map_again
from microharvest.harvest.report import RunReport
from microharvest.settings import HarvestSettings, Settings
from microharvest.sources import SourceConfig, load_sources
from microharvest.store.database import Database
from microharvest.store.leases import acquire
from microharvest.testing.feed_server import Answer, FeedServer
from microharvest.testing.oai_repository import OaiRepository
from tests.integration.stores import fresh_store, log, state

DAY = datetime(2026, 11, 1, tzinfo=UTC)
HEADER = "id;title;provider\n"
TABLE = """
title = "Table"
protocol = "file"
dialect = "columns"
licence = "unknown"
[identity]
key = ["id"]
[columns]
title = { from = "title", lang = "en" }
provider = "provider"
"""
OAI = """
title = "OAI"
protocol = "oai_pmh"
dialect = "oai_dc"
licence = "unknown"
"""


def rows(*titles: str) -> bytes:
    """A table of courses; the first letter of a title is its id."""
    return (HEADER + "".join(f"{title[0]};{title};Uni\n" for title in titles)).encode()


def course(title: str) -> str:
    """An oai_dc payload."""
    return (
        '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></oai_dc:dc>'
    )


class World:
    """A feed server, a store, and one source to harvest."""

    def __init__(self, server: FeedServer, database: Database, folder: Path, url: str) -> None:
        self.server, self.database, self.folder = server, database, folder
        self.settings = Settings(
            store=url, spool=str(folder / "spool"), harvest=HarvestSettings(inline=True, batch_size=3)
        )
        self.now = DAY

    def configure(self, toml: str, path: str, extra: str = "") -> SourceConfig:
        sources = self.folder / "config" / "sources"
        sources.mkdir(parents=True, exist_ok=True)
        network = '[network]\nallow = ["127.0.0.0/8"]\nrate_per_s = 100000\nattempts = 1\n'
        head, _, tables = toml.partition("[")
        text_ = f'url = "{self.server.url(path)}"\n{head}\n{network}\n{"[" + tables if tables else ""}\n{extra}'
        (sources / "s.toml").write_text(text_)
        return load_sources(self.folder / "config", {})["s"]

    def clock(self) -> datetime:
        return self.now

    async def harvest(self, config: SourceConfig, **options: Any) -> RunReport:
        self.now += timedelta(days=1)
        async with Engine(self.database, self.settings, environ={}, clock=lambda: self.now) as engine:
            return await engine.harvest(config, RunOptions(**options))


@pytest_asyncio.fixture
async def world(store_url: str, tmp_path: Path) -> AsyncIterator[World]:
    database = fresh_store(store_url)
    async with FeedServer() as server:
        yield World(server, database, tmp_path, store_url)
    database.dispose()


def some(report: RunReport) -> dict[str, int]:
    """Counters that are not zero."""
    return {name: count for name, count in report.counts.items() if count}


async def test_a_list_over_three_days(world: World) -> None:
    config = world.configure(TABLE, "/t.csv", '[withdraw]\nruns = 2\ngrace = "P1D"\nmax_ratio = 0.5')
    world.server.add("/t.csv", rows("a", "b", "c"), content_type="text/csv")
    assert some(await world.harvest(config)) == {"seen": 3, "added": 3}
    assert some(await world.harvest(config)) == {"seen": 3, "unchanged": 3}
    world.server.add("/t.csv", rows("a", "b new", "d"), content_type="text/csv")
    report = await world.harvest(config)
    assert (report.outcome, report.scope, report.acceptance) == ("complete", "full", "accepted")
    assert some(report) == {"seen": 3, "added": 1, "changed": 1, "unchanged": 1, "missing": 1}
    assert some(await world.harvest(config)) == {"seen": 3, "unchanged": 3, "withdrawn": 1}
    assert state(world.database)["c"][0] == "withdrawn"
    world.server.add("/t.csv", rows("a", "b new", "c", "d"), content_type="text/csv")
    assert some(await world.harvest(config)) == {"seen": 4, "unchanged": 3, "returned": 1}
    kinds = [kind for _, kind, _ in log(world.database)]
    assert kinds[:3] == ["added"] * 3
    assert sorted(kinds[3:]) == ["added", "changed", "missing", "returned", "withdrawn"]


async def test_an_unchanged_address_is_not_read_again(world: World) -> None:
    config = world.configure(TABLE, "/t.csv")
    world.server.add(
        "/t.csv", [Answer(body=rows("a", "b"), headers={"ETag": '"1"', "Content-Type": "text/csv"}), Answer(status=304)]
    )
    assert some(await world.harvest(config)) == {"seen": 2, "added": 2}
    report = await world.harvest(config)
    assert world.server.calls_to("/t.csv")[1].headers["if-none-match"] == '"1"'
    assert (report.outcome, some(report)) == ("complete", {"seen": 2, "unchanged": 2})
    await world.harvest(config, full=True)
    assert "if-none-match" not in world.server.calls_to("/t.csv")[2].headers


async def test_a_column_no_record_has_is_told_until_it_is_mended(world: World) -> None:
    wrong = (
        TABLE + 'city = { from = "town", lang_from = "tongue" }\n'
        'price = { const = "0", when = { column = "Titel", equals = "x" } }'
    )

    async def day(toml: str, *lines: str) -> RunReport:
        world.server.add("/t.csv", "\n".join(("id;title;provider;town", *lines, "")).encode(), content_type="text/csv")
        return await world.harvest(world.configure(toml, "/t.csv"))

    report = await day(wrong, "a;A;Uni;", "b;B;Uni;")
    assert report.absent_columns == "Titel, tongue, town (in none of 2 records)"
    assert report.issues["feed.column_absent"] == 3
    report = await day(wrong, "a;A;Uni;", "b;B;Uni;", "c;C;Uni;Turku")
    assert some(report)["added"] == 1
    assert report.issues["feed.column_absent"] == 3, "one new record proves nothing of the others"
    report = await day(wrong.replace("tongue", "title").replace("Titel", "title"), "a;A;Uni;", "c;C;Uni;Turku")
    assert "feed.column_absent" not in report.issues


async def test_a_record_over_the_cap_is_quarantined_and_counts_as_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = world.configure(TABLE, "/t.csv", '[withdraw]\nruns = 1\ngrace = "P0D"\nmax_ratio = 0.9')
    world.server.add("/t.csv", rows("a", "b", "c"), content_type="text/csv")
    await world.harvest(config)
    monkeypatch.setattr(parse, "MAX_RECORD_BYTES", 100)
    world.server.add("/t.csv", rows("a", "b " + "x" * 200, "c new"), content_type="text/csv")
    report = await world.harvest(config)
    assert (report.outcome, report.acceptance) == ("complete", "accepted")
    assert some(report) == {"seen": 3, "changed": 1, "unchanged": 1, "quarantined": 1}
    assert report.issues == {"record.too_large": 1}
    assert state(world.database)["b"][0] == "active"
    with world.database.read() as connection:
        kept = connection.execute(text("SELECT native_id, length(content) FROM quarantine")).all()
    assert [tuple(one) for one in kept] == [("b", 100)]


async def test_an_end_that_cannot_be_proven_is_told(world: World) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nConnection: close\r\n\r\n" + rows("a", "b")[:-1])
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        config = world.configure(TABLE, "/t.csv")
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/t.csv"
        report = await world.harvest(msgspec.structs.replace(config, url=address))
    assert (report.outcome, report.issues.get("feed.unproven")) == ("complete", 1)


async def test_deltas_tombstones_and_the_watermark(world: World) -> None:
    repository = OaiRepository(now=datetime.now(UTC), page_size=2)
    for number in range(5):
        repository.put(f"oai:x:{number}", course(f"c{number}"), at=DAY)
    world.server.add_oai("/oai", repository)
    config = world.configure(OAI, "/oai", '[fetch]\noverlap = "PT1H"')
    report = await world.harvest(config)
    assert (report.scope, some(report)["added"]) == ("full", 5)
    later = datetime.now(UTC)
    repository.now = later
    repository.put("oai:x:1", course("c1 new"), at=later)
    repository.put("oai:x:9", course("c9"), at=later)
    repository.delete("oai:x:3", at=later)
    report = await world.harvest(config)
    assert (report.outcome, report.scope, report.acceptance) == ("complete", "delta", "accepted")
    assert some(report) == {"seen": 3, "added": 1, "changed": 1, "withdrawn": 1}
    assert state(world.database)["oai:x:0"][0] == "active"
    assert (
        "from=" in world.server.calls_to("/oai")[-1].query
        or "resumptionToken" in world.server.calls_to("/oai")[-1].query
    )


@pytest.mark.parametrize("fault", ["html", "empty", 500, 404, 401])
async def test_a_broken_feed_changes_nothing(world: World, fault: Any) -> None:
    config = world.configure(TABLE, "/t.csv")
    world.server.add("/t.csv", rows("a", "b"), content_type="text/csv")
    await world.harvest(config)
    before = state(world.database), log(world.database)
    world.server.break_path("/t.csv", fault)
    report = await world.harvest(config)
    assert report.outcome in {"failed", "blocked"} or report.acceptance == "held"
    assert report.because or report.held_because
    assert (state(world.database), log(world.database)) == before


async def test_a_page_that_fails_makes_the_run_partial_and_withdraws_nothing(world: World) -> None:
    repository = OaiRepository(now=datetime.now(UTC), page_size=2)
    for number in range(6):
        repository.put(f"oai:x:{number}", course(f"c{number}"), at=DAY)
    world.server.add_oai("/oai", repository)
    config = world.configure(OAI, "/oai", '[fetch]\nmode = "full"\n[withdraw]\nruns = 1\ngrace = "P0D"')
    await world.harvest(config)
    repository.put("oai:x:0", course("c0 new"), at=DAY)
    first = repository.respond({"verb": "ListRecords", "metadataPrefix": "oai_dc"})[2]
    identify = repository.respond({"verb": "Identify"})[2]
    world.server.add("/oai", [Answer(body=identify), Answer(body=first), Answer(status=403)])
    report = await world.harvest(config)
    assert (report.outcome, report.acceptance) == ("partial", "accepted")
    assert some(report)["changed"] == 1
    assert {status for status, _ in state(world.database).values()} == {"active"}


async def test_an_emptied_feed_is_held_approved_and_reverted(world: World) -> None:
    config = world.configure(TABLE, "/t.csv", '[withdraw]\nruns = 1\ngrace = "P0D"')
    world.server.add("/t.csv", rows("a", "b", "c"), content_type="text/csv")
    first = await world.harvest(config)
    world.server.add("/t.csv", HEADER.encode(), content_type="text/csv")
    held = await world.harvest(config)
    assert held.acceptance == "held"
    assert held.held_because == "The list is empty; 3 records were there before."
    assert (some(held)["withdrawn"], held.examples["withdrawn"]) == (3, ["a", "b", "c"])
    assert {status for status, _ in state(world.database).values()} == {"active"}
    assert held.run is not None
    assert first.run is not None
    approve(world.database, config, held.run, who="me", why="they closed")
    assert {status for status, _ in state(world.database).values()} == {"withdrawn"}
    with pytest.raises(ConfigError) as twice:
        approve(world.database, config, held.run, who="me")
    assert twice.value.code == "command.not_held"
    back = revert(world.database, config, first.run, who="me", why="they did not")
    assert back.counts["returned"] == 3
    assert {status for status, _ in state(world.database).values()} == {"active"}
    world.server.add("/t.csv", rows("a", "b", "c", "d"), content_type="text/csv")
    pinned = await world.harvest(config)
    assert (pinned.acceptance, pinned.held_because is not None and "pinned" in pinned.held_because) == ("held", True)
    assert pinned.run is not None
    approve(world.database, config, pinned.run, who="me")
    assert "d" in state(world.database)
    assert (await world.harvest(config)).acceptance == "accepted"
    with world.database.read() as connection:
        actions = connection.execute(text("SELECT what, why FROM action ORDER BY id")).all()
    assert [tuple(row) for row in actions] == [("approve", "they closed"), ("revert", "they did not"), ("approve", "")]


async def test_reject_drops_what_was_held(world: World) -> None:
    config = world.configure(TABLE, "/t.csv", "[expect]\nrecords = { min = 3 }")
    world.server.add("/t.csv", rows("a"), content_type="text/csv")
    held = await world.harvest(config)
    assert held.run is not None
    reject(world.database, config, held.run, who="me")
    assert state(world.database) == {}
    with world.database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM version")).scalar() == 0


async def test_plan_shows_and_accepts_nothing(world: World) -> None:
    config = world.configure(TABLE, "/t.csv")
    world.server.add("/t.csv", rows("a", "b"), content_type="text/csv")
    planned = await world.harvest(config, plan=True)
    assert (planned.acceptance, some(planned), planned.examples["added"]) == (
        "held",
        {"seen": 2, "added": 2},
        ["a", "b"],
    )
    assert state(world.database) == {}
    assert some(await world.harvest(config)) == {"seen": 2, "added": 2}


async def test_a_limit_reads_so_many_and_judges_no_absence(world: World) -> None:
    config = world.configure(TABLE, "/t.csv", '[withdraw]\nruns = 1\ngrace = "P0D"')
    world.server.add("/t.csv", rows("a", "b", "c", "d", "e"), content_type="text/csv")
    report = await world.harvest(config, limit=2)
    assert (report.outcome, some(report)) == ("complete", {"seen": 2, "added": 2})
    assert some(await world.harvest(config)) == {"seen": 5, "added": 3, "unchanged": 2}


async def test_two_processes_never_work_on_one_source(world: World) -> None:
    config = world.configure(TABLE, "/t.csv")
    acquire(world.database, "s", "somebody else", timedelta(seconds=60), clock=lambda: world.now + timedelta(days=1))
    with pytest.raises(RunError) as busy:
        await world.harvest(config)
    assert busy.value.code == "run.busy"


async def test_an_interrupted_run_is_resumed_without_asking_again(world: World) -> None:
    repository = OaiRepository(now=datetime.now(UTC), page_size=2)
    for number in range(8):
        repository.put(f"oai:x:{number}", course(f"c{number}"), at=DAY)
    world.server.add_oai("/oai", repository)
    config = world.configure(OAI, "/oai")
    async with Engine(world.database, world.settings, environ={}, clock=lambda: world.now) as engine:
        task = asyncio.create_task(engine.harvest(config, RunOptions()))
        while len(world.server.calls_to("/oai")) < 3:  # noqa: ASYNC110 - the server notes calls, it has no event
            await asyncio.sleep(0.001)
        engine.stopping.set()
        report = await task
    assert (report.outcome, report.acceptance) == ("partial", None)
    asked = len(world.server.calls_to("/oai"))
    report = await world.harvest(config)
    assert (report.outcome, report.resumed, some(report)) == ("complete", True, {"seen": 8, "added": 8})
    assert len(world.server.calls_to("/oai")) < asked + 5
    assert [kind for _, kind, _ in log(world.database)] == ["added"] * 8


async def test_one_bad_row_goes_to_quarantine_and_counts_as_there(world: World) -> None:
    config = world.configure(TABLE, "/t.csv")
    world.server.add("/t.csv", rows("a", "b") + b"c;too;many;cells\n;no id;Uni\n", content_type="text/csv")
    report = await world.harvest(config)
    assert (report.outcome, report.acceptance, report.counts["quarantined"]) == ("complete", "accepted", 2)
    assert report.counts["added"] == 2
    with world.database.read() as connection:
        codes = connection.execute(text("SELECT code FROM quarantine ORDER BY code")).scalars().all()
    assert codes == ["feed.row_width", "record.no_identifier"]


async def test_mapping_again_needs_no_network_and_touches_what_differs(world: World) -> None:
    config = world.configure(TABLE, "/t.csv")
    world.server.add("/t.csv", rows("a", "b"), content_type="text/csv")
    await world.harvest(config)
    asked = len(world.server.calls)
    same = map_again(world.database, config, world.settings, clock=lambda: world.now)
    assert (same.mapped, same.changed) == (2, 0)
    other = world.configure(TABLE.replace('lang = "en"', 'lang = "fi"'), "/t.csv")
    assert map_again(world.database, other, world.settings, plan=True, clock=lambda: world.now).changed == 2
    assert [kind for _, kind, _ in log(world.database)] == ["added"] * 2
    assert map_again(world.database, other, world.settings, clock=lambda: world.now).changed == 2
    assert [kind for _, kind, _ in log(world.database)] == ["added"] * 2 + ["changed"] * 2
    assert len(world.server.calls) == asked
    assert some(await world.harvest(other)) == {"seen": 2, "unchanged": 2}


async def test_pages_with_json_ld(world: World) -> None:
    page = (
        '<html><head><script type="application/ld+json">{"@context": "https://schema.org", "@type": "Course", '
        '"@id": "%s", "name": "%s"}</script></head><body></body></html>'
    )
    locations = ""
    for name in ("one", "two", "three"):
        address = world.server.url(f"/{name}")
        world.server.add(
            f"/{name}", (page % (f"https://x.example.org/{name}", name)).encode(), content_type="text/html"
        )
        locations += f"<url><loc>{address}</loc></url>"
    sitemap = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{locations}</urlset>'
    world.server.add("/sitemap.xml", sitemap.encode(), content_type="application/xml")
    config = world.configure(
        'title = "Site"\nprotocol = "site"\ndialect = "schema_org"\nlicence = "unknown"\n', "/sitemap.xml"
    )
    report = await world.harvest(config)
    assert (report.outcome, report.scope, some(report)) == ("complete", "full", {"seen": 3, "added": 3})
    world.server.break_path("/two", 404)
    report = await world.harvest(config)
    assert (report.outcome, some(report)) == ("complete", {"seen": 2, "unchanged": 2, "missing": 1})
    world.server.break_path("/three", 500)
    report = await world.harvest(config)
    assert report.outcome == "partial"
    assert some(report).get("missing", 0) == 0
