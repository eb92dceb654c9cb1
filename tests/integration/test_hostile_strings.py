"""The Big List of Naughty Strings as titles, texts and ids: through harvest, link, publish and every export."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from microharvest.harvest.report import exit_status
from microharvest.publish.elm.document import export_loq
from microharvest.publish.export import export_entries, export_offers
from tests.integration.stores import state
from tests.integration.test_forget import TABLE, released, world
from tests.integration.test_harvest import World

__all__ = ["world"]
pytestmark = pytest.mark.shared


async def test_naughty_strings(world: World, shared: Path) -> None:
    naughty: list[str] = json.loads((shared / "hostile" / "strings" / "blns" / "blns.json").read_text(encoding="utf-8"))
    assert len(naughty) > 400
    config = world.configure(TABLE, "/t.json", '[fetch]\nformat = "json"\n')
    rows: list[dict[str, Any]] = [
        {"id": f"n{number}", "title": f"Course {number}", "text": one, "ects": "5", "url": one}
        for number, one in enumerate(naughty)
    ]
    rows += [{"id": one, "title": one or "x", "text": "x", "ects": one} for one in dict.fromkeys(naughty)]
    world.server.add("/t.json", json.dumps(rows).encode(), content_type="application/json")
    report = await world.harvest(config)
    assert exit_status([report]) == 0
    seen = state(world.database)
    assert {f"n{number}" for number in range(len(naughty))} <= set(seen)
    again = await world.harvest(config, full=True)
    assert (again.counts["changed"], again.counts["added"]) == (0, 0)
    released(world, config)
    tables = {}
    for form in ("jsonl", "csv"):
        for name, write in (("offers", lambda out, f: export_offers(world.database, {"s": config}, out, f)),
                            ("entries", lambda out, f: export_entries(world.database, out, f))):  # fmt: skip
            out = io.BytesIO()
            write(out, form)
            tables[name, form] = out.getvalue().decode()
    lines = [json.loads(line) for line in tables["offers", "jsonl"].splitlines()]
    assert len(lines) == sum(status == "active" for status, _ in seen.values())
    assert sum(1 for _ in csv.reader(io.StringIO(tables["offers", "csv"], newline=""), strict=True)) == len(lines) + 1
    for what in ("elm-xml", "elm-jsonld"):
        out = io.BytesIO()
        export_loq(world.database, out, "3.3", what)  # type: ignore[arg-type]
        if what == "elm-xml":
            etree.fromstring(out.getvalue())
        else:
            json.loads(out.getvalue())
