"""A sentence of a source that may not be shown comes out nowhere the public can look, by no way round."""

from __future__ import annotations

import ast
import io
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

import microharvest
from microharvest.errors import RunError
from microharvest.explain import explain
from microharvest.link.run import link_changed
from microharvest.publish.elm.document import export_loq
from microharvest.publish.export import export_entries
from microharvest.publish.history import rollback
from microharvest.publish.judging import Judge
from microharvest.publish.run import publish
from microharvest.report.page import render_sectors
from microharvest.report.reading import entries_judged
from microharvest.report.sectors import sector_report
from microharvest.settings import MergeSettings, PublishSettings, QualitySettings
from microharvest.sources import SourceConfig, load_sources
from microharvest.store import catalogue as releases
from microharvest.store.catalogue_tables import CatalogueBase
from microharvest.store.database import Database
from microharvest.telemetry import set_up_logs
from tests.integration.stores import fresh_store
from tests.integration.test_harvest import DAY, World, world

__all__ = ["world"]

CANARY = "xyzzy"
SOURCE = """
title = "%s"
protocol = "file"
dialect = "columns"
licence = "%s"
[identity]
key = ["id"]
[columns]
title = { from = "title", lang = "en" }
description = { from = "text", lang = "en" }
provider = "by"
code = "code"
homepage = "url"
ects = "ects"
"""
OPEN = "https://creativecommons.org/publicdomain/zero/1.0/"
HEADER = "id;title;text;by;code;url;ects\n"
SHOWN = "a;Welding;Open text;Uni;W-100;https://uni.example.org/w;5\nb;Other;Open;Uni;O-1;https://uni.example.org/o;3\n"
HIDDEN = (
    "xyzzy-1;Welding;The canary xyzzy sang;Uni;W-100;https://uni.example.org/w;xyzzy\n"
    "xyzzy-2;Xyzzy alone;xyzzy;xyzzy school;xyzzy-7;https://xyzzy.example.org/;9\n"
)


def configured(world: World, licences: dict[str, str]) -> dict[str, SourceConfig]:
    folder = world.folder / "config" / "sources"
    found = {}
    for name, licence in licences.items():
        config = world.configure(SOURCE % (f"Source {name}", licence), f"/{name}.csv")
        found[name] = config
        (folder / "s.toml").rename(folder / f"{name}.toml")
    return {name: load_sources(world.folder / "config", {})[name] for name in found}


def sectors_page(database: Database) -> str:
    with database.read() as connection:
        row = releases.catalogue_row(connection)
        release = int(row.current) if row is not None else 0
        entries = entries_judged(connection, release, Judge(QualitySettings(), DAY.date()))
        return render_sectors(sector_report(entries, ["C", "P"], release, DAY.date(), 0.0))


def sinks(database: Database) -> dict[str, str]:
    """Everything a reader of the catalogue can get: exports, and every table of the catalogue."""
    found = {}
    for form in ("jsonl", "csv"):
        out = io.BytesIO()
        export_entries(database, out, form)  # type: ignore[arg-type]
        found[f"entries.{form}"] = out.getvalue().decode()
    for what in ("elm-xml", "elm-jsonld"):
        out, withheld, beside = io.BytesIO(), io.BytesIO(), io.BytesIO()
        export_loq(database, out, "3.3", what, withheld_to=withheld, beside_to=beside)  # type: ignore[arg-type]
        found |= {what: out.getvalue().decode(), f"{what} withheld": withheld.getvalue().decode()}
        found["beside"] = found.get("beside", "") + beside.getvalue().decode()
    found["sectors.html"] = sectors_page(database)
    with database.read() as connection:
        for table in sorted(TABLES):
            rows = connection.execute(text(f"SELECT * FROM {table}")).all()
            found[table] = " ".join(
                bytes(cell).decode("utf-8", "replace") if isinstance(cell, bytes | memoryview) else str(cell)
                for row in rows
                for cell in row
            )
    return found


PUBLIC = {
    "commands/catalogue.py:export_table": {"entries.jsonl", "entries.csv"},
    "commands/catalogue.py:export_elm": {"elm-xml", "elm-jsonld", "elm-xml withheld", "elm-jsonld withheld", "beside"},
    "commands/report.py:show_sectors": {"sectors.html"},
}
"""What writes a file that may be passed on, and what `sinks` calls it."""
OWN = {
    "commands/check.py:check",
    "commands/explain.py:_draw",
    "commands/forget.py:_write",
    "commands/report.py:show_trust",
    "commands/review.py:dump",
}
"""What writes a file for the data team, or for a provider about his feed; offers of `export_table` are such, too."""
ROUTES = {"/", "/healthz", "/readyz"}
"""What the daemon answers: no word of any record."""
TABLES = {"catalogue", "entry", "entry_redirect", "release", "withheld", "erasure"}
PACKAGE = Path(microharvest.__file__).parent


def calls_of(node: ast.AST) -> set[str]:
    return {one.func.id for one in ast.walk(node) if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)}


def test_every_sink_is_listed_and_looked_through(store_url: str) -> None:
    """A new export, route or catalogue table must say here whether the public sees it."""
    writers, routes = set(), set()
    for path in sorted(PACKAGE.rglob("*.py")):
        name = str(path.relative_to(PACKAGE))
        if name == "commands/output.py" or name.startswith("connectors/"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and calls_of(node) & {
                "opened",
                "save",
                "export_to",
            }:
                writers.add(f"{name}:{node.name}")
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr.startswith("add_get")
            ):
                routes |= {one.value for one in node.args[:1] if isinstance(one, ast.Constant)}
    assert writers == PUBLIC.keys() | OWN
    assert routes == ROUTES
    assert {table.name for table in CatalogueBase.metadata.sorted_tables} == TABLES
    database = fresh_store(store_url)
    assert sinks(database).keys() == set().union(*PUBLIC.values()) | TABLES
    database.dispose()


def leaks(database: Database) -> list[str]:
    return [name for name, content in sinks(database).items() if CANARY in content.casefold()]


def published(world: World, sources: dict[str, SourceConfig]) -> Any:
    link_changed(world.database, sources, MergeSettings(), clock=world.clock)
    return publish(world.database, world.database, sources, PublishSettings(), MergeSettings(), clock=world.clock)


@pytest.mark.parametrize("licence", ["unknown", "https://example.org/all-rights-reserved"])
async def test_nothing_of_a_hidden_source_comes_out(
    world: World, licence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = configured(world, {"shown": OPEN, "hidden": licence})
    world.server.add("/shown.csv", (HEADER + SHOWN).encode(), content_type="text/csv")
    world.server.add("/hidden.csv", (HEADER + HIDDEN).encode(), content_type="text/csv")
    set_up_logs(form="json", level="debug")
    for config in sources.values():
        report = await world.harvest(config)
        assert report.counts["added"] == 2
        assert CANARY not in json.dumps([report.held_because, report.because])
    report = published(world, sources)
    assert (report.added, report.withheld) == (2, {"licence": 1})
    assert leaks(world.database) == []
    entries = [json.loads(line) for line in sinks(world.database)["entries.jsonl"].splitlines()]
    joined = next(one for one in entries if one["title"]["en"] == "Welding")
    assert joined["members_not_shown"] == 1, "it was found to be the same, and counted"
    assert [one["source"] for one in joined["members"]] == ["shown"]
    logged = capsys.readouterr()
    assert CANARY not in (logged.out + logged.err).casefold()
    sheet = str(explain(world.database, world.database, sources, {}, QualitySettings(), "hidden/xyzzy-1"))
    assert CANARY in sheet, "the data team sees it"


async def test_a_permission_that_ends_takes_its_texts_out_again(world: World) -> None:
    sources = configured(world, {"shown": OPEN, "hidden": OPEN})
    world.server.add("/shown.csv", (HEADER + SHOWN).encode(), content_type="text/csv")
    world.server.add("/hidden.csv", (HEADER + HIDDEN).encode(), content_type="text/csv")
    for config in sources.values():
        await world.harvest(config)
    published(world, sources)
    assert "entries.jsonl" in leaks(world.database)
    sources = configured(world, {"shown": OPEN, "hidden": "unknown"})
    published(world, sources)
    assert [one for one in leaks(world.database) if one.startswith("entries")] == []
    with pytest.raises(RunError) as forbidden:
        rollback(world.database, world.database, 1, sources, who="me", why="try", clock=world.clock)
    assert forbidden.value.code == "publish.forbidden"
    assert [one for one in leaks(world.database) if one.startswith("entries")] == []
