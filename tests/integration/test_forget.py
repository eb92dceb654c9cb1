"""A planted person: after `forget` nothing of her is left in any table or file, and nothing brings her back."""

from __future__ import annotations

import io
import zlib
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from microharvest.errors import ConfigError
from microharvest.harvest.erase import forget_again, forget_record, forget_value
from microharvest.harvest.operator import revert
from microharvest.harvest.remap import map_again
from microharvest.link.run import link_changed
from microharvest.publish.export import export_entries, export_offers
from microharvest.publish.run import publish
from microharvest.settings import MergeSettings, PublishSettings
from microharvest.sources import SourceConfig
from microharvest.store.actions import note_action
from microharvest.store.catalogue_tables import CatalogueBase
from microharvest.store.database import Database
from microharvest.store.forgetting import add_rules, new_rule
from microharvest.store.harvest_tables import HarvestBase
from microharvest.testing.feed_server import FeedServer
from tests.integration.stores import fresh_store
from tests.integration.test_harvest import World, log, some, state

NAME, MAIL = "Zoë Quistorp-Lindqvist", "z.quistorp@staff.example.org"
TRACES = ("quistorp", "lindqvist")
TABLE = """
title = "Table"
protocol = "file"
dialect = "columns"
licence = "https://creativecommons.org/publicdomain/zero/1.0/"
[identity]
key = ["id"]
[columns]
title = { from = "title", lang = "en" }
description = { from = "text", lang = "en" }
ects = "ects"
homepage = "url"
"""
FEED = (
    "id;title;text;ects;url;teacher\n"
    f"a;Law;With {NAME}, ask {MAIL};5;https://x.example.org/a;{NAME}\n"
    f"zoe-quistorp-lindqvist;Bees;Quiet;{NAME};https://x.example.org/zo%C3%AB-quistorp-lindqvist;\n"
    "c;Clay;By LINDQVIST QUISTORP, ZOE;3;https://x.example.org/c;\n"
    "d;Dyes;Nobody;2;https://x.example.org/d;\n"
    f"e;too;many;cells;of;{NAME};{MAIL}\n"
)


def traces(database: Database) -> list[str]:
    """Every place of both schemas where a part of the name stands, compressed or not."""
    found = []
    with database.read() as connection:
        for table in [*HarvestBase.metadata.sorted_tables, *CatalogueBase.metadata.sorted_tables]:
            for row in connection.execute(table.select()).mappings():
                for name, value in row.items():
                    shown = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                    if shown[:1] == b"\x78":
                        with suppress(zlib.error):
                            shown = zlib.decompress(shown)
                    if any(one in shown.decode("utf-8", "replace").casefold() for one in TRACES):
                        found.append(f"{table.name}.{name}")
    return sorted(set(found))


def in_files(folder: Path) -> list[str]:
    """Files of the store, log and all, whose bytes hold the name."""
    return [
        file.name
        for file in folder.glob("store.db*")
        if any(one.encode() in file.read_bytes().lower() for one in TRACES)
    ]


def exports(database: Database, config: SourceConfig) -> str:
    out = io.BytesIO()
    export_offers(database, {"s": config}, out)
    export_entries(database, out)
    return out.getvalue().decode().casefold()


def released(world: World, config: SourceConfig) -> None:
    link_changed(world.database, {"s": config}, MergeSettings(), clock=world.clock)
    rules = PublishSettings(microcredential=("yes", "no", "undecided"), require=())
    publish(world.database, world.database, {"s": config}, rules, clock=world.clock)


@pytest_asyncio.fixture
async def world(store_url: str, tmp_path: Path) -> AsyncIterator[World]:
    database = fresh_store(store_url)
    async with FeedServer() as server:
        yield World(server, database, tmp_path, store_url)
    database.dispose()


@pytest_asyncio.fixture
async def planted(world: World) -> tuple[World, SourceConfig]:
    config = world.configure(TABLE, "/t.csv")
    world.server.add("/t.csv", FEED.encode(), content_type="text/csv")
    await world.harvest(config)
    released(world, config)
    with world.database.write() as connection:
        note_action(connection, world.now, "me", "approve", "run 1", f"{NAME} wrote to us", "", "")
    return world, config


async def test_a_value_leaves_everything_and_stays_out(planted: tuple[World, SourceConfig], tmp_path: Path) -> None:
    world, config = planted
    before = traces(world.database)
    expected = {
        "action.why", "change.native_id", "entry.doc", "golden.doc", "member.native_id", "quarantine.content",
        "record.native_id", "unmapped.example", "version.doc", "version.issues", "version.native_id", "version.raw",
    }  # fmt: skip
    assert expected <= set(before)
    if world.database.is_sqlite:
        assert in_files(tmp_path)
    for value in (NAME, MAIL):
        report = forget_value(world.database, world.database, value, who="me", why=f"{NAME} asked", clock=world.clock)
        assert not report.left
    assert traces(world.database) == []
    assert in_files(tmp_path) == []
    told = exports(world.database, config)
    assert not any(one in told for one in TRACES)
    assert "with [erased] [erased]-[erased], ask [erased]" in told
    with world.database.read() as connection:
        actions = connection.execute(text("SELECT subject, why FROM action WHERE what = 'forget' ORDER BY id")).all()
        assert connection.execute(text("SELECT count(*) FROM erasure")).scalar()
    assert tuple(actions[0]) == ("a value of 3 words", "[erased] [erased]-[erased] asked")
    changes = len(log(world.database))
    assert some(await world.harvest(config))["unchanged"] == 4
    await world.harvest(config, full=True)
    map_again(world.database, config, world.settings, clock=world.clock)
    released(world, config)
    assert (traces(world.database), in_files(tmp_path)) == ([], [])
    assert len(log(world.database)) == changes, "nothing changed but what was erased"
    assert len(state(world.database)) == 4


async def test_what_comes_again_is_cleaned_as_it_lands(planted: tuple[World, SourceConfig]) -> None:
    world, config = planted
    forget_value(world.database, world.database, NAME, who="me", clock=world.clock)
    forget_value(world.database, world.database, MAIL, who="me", clock=world.clock)
    more = FEED.replace("Law", "New law").replace("Bees", "New bees") + f"n;Nuts;{NAME} again;1;;\n"
    world.server.add("/t.csv", more.encode(), content_type="text/csv")
    report = await world.harvest(config)
    assert (report.acceptance, some(report)["added"], some(report)["changed"]) == ("accepted", 1, 2)
    released(world, config)
    assert traces(world.database) == []
    world.server.add("/t.csv", more.replace("New ", "Old ").encode(), content_type="text/csv")
    assert some(await world.harvest(config))["changed"] == 2
    assert traces(world.database) == []


async def test_a_record_is_blank_and_does_not_come_back(planted: tuple[World, SourceConfig]) -> None:
    world, config = planted
    forget_record(world.database, world.database, "s", "a", who="me", why="asked", clock=world.clock)
    forget_record(world.database, world.database, "s", "zoe-quistorp-lindqvist", who="me", clock=world.clock)
    assert set(state(world.database)) >= {"c", "d"}
    assert "a" not in state(world.database)
    left = traces(world.database)
    assert set(left) <= {"version.raw", "version.doc", "golden.doc", "entry.doc", "quarantine.content", "action.why",
                         "unmapped.example"}  # fmt: skip
    assert "law" not in exports(world.database, config)
    report = await world.harvest(config)
    assert some(report) == {"seen": 2, "unchanged": 2, "quarantined": 1}
    assert report.issues["record.forgotten"] == 2
    released(world, config)
    assert "bees" not in exports(world.database, config)
    first = 1
    revert(world.database, config, first, who="me", clock=world.clock)
    released(world, config)
    assert "law" not in exports(world.database, config)
    again = forget_again(world.database, world.database, clock=world.clock)
    assert not again.changed
    assert map_again(world.database, config, world.settings, clock=world.clock).failed == 0


async def test_several_values_go_in_one_pass_and_one_that_will_not_do_stops_all(
    planted: tuple[World, SourceConfig],
) -> None:
    world, _ = planted
    with pytest.raises(ConfigError):
        forget_value(world.database, world.database, NAME, "Quistorp", who="me", clock=world.clock)
    assert "version.raw" in traces(world.database)
    forget_value(world.database, world.database, NAME, MAIL, who="me", why=f"{NAME} asked", clock=world.clock)
    assert traces(world.database) == []
    with world.database.read() as connection:
        told = connection.execute(text("SELECT subject, why FROM action WHERE what = 'forget' ORDER BY id")).all()
        assert connection.execute(text("SELECT count(*) FROM forgotten WHERE done IS NULL")).scalar() == 0
    assert [one.subject for one in told] == ["a value of 3 words", "a value of 5 words"]
    assert {one.why for one in told} == {"[erased] [erased]-[erased] asked"}


async def test_the_next_one_finishes_what_was_cut_off(planted: tuple[World, SourceConfig]) -> None:
    world, _ = planted
    with world.database.write() as connection:
        add_rules(connection, [new_rule(connection, value=NAME)], world.now)
    forget_value(world.database, world.database, MAIL, who="me", clock=world.clock)
    assert traces(world.database) == []


async def test_addresses_of_pages_lose_the_name_too(world: World) -> None:
    page = (
        '<html><head><script type="application/ld+json">{"@context": "https://schema.org", "@type": "Course", '
        f'"@id": "https://x.example.org/1", "name": "Bees with {NAME}"}}</script></head><body></body></html>'
    )
    world.server.add("/quistorp-lindqvist-zoe", page.encode(), content_type="text/html")
    location = f"<url><loc>{world.server.url('/quistorp-lindqvist-zoe')}</loc></url>"
    sitemap = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{location}</urlset>'
    world.server.add("/sitemap.xml", sitemap.encode(), content_type="application/xml")
    config = world.configure(
        'title = "Site"\nprotocol = "site"\ndialect = "schema_org"\nlicence = "unknown"\n', "/sitemap.xml"
    )
    await world.harvest(config)
    assert "request.url" in traces(world.database)
    forget_value(world.database, world.database, NAME, who="me", clock=world.clock)
    assert traces(world.database) == []
    for _ in range(2):
        report = await world.harvest(config)
        assert (report.outcome, some(report)) == ("complete", {"seen": 1, "unchanged": 1})
        assert traces(world.database) == []


async def test_one_word_and_unknown_records_are_refused(world: World) -> None:
    for value in ("Quistorp", "", "a b c d e f g h i j k l m n o p q r s t u"):
        with pytest.raises(ConfigError) as refused:
            forget_value(world.database, world.database, value, who="me")
        assert refused.value.code == "command.invalid"
    with pytest.raises(ConfigError) as unknown:
        forget_record(world.database, world.database, "s", "a", who="me")
    assert unknown.value.code == "command.unknown_id"


def test_the_expected_traces_are_found_at_all(store_url: str) -> None:
    database = fresh_store(store_url)
    with database.write() as connection:
        values: dict[str, Any] = {"who": "me", "what": "x", "subject": "Quistorp", "before": "", "after": ""}
        note_action(connection, World.__init__.__globals__["DAY"], why="", **values)
    assert traces(database) == ["action.subject"]
    database.dispose()
