"""Exports: the names of the contract, a fixed order, every source for the data team, files whole or absent."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert, update

from microharvest.link.run import link_changed
from microharvest.map.vocabulary import NACE_BASE
from microharvest.model.offer import Offer
from microharvest.model.values import Concept
from microharvest.publish import export
from microharvest.publish.export import OFFER_COLUMNS, export_entries, export_offers, export_to
from microharvest.publish.run import publish
from microharvest.settings import MergeSettings, PublishSettings, QualitySettings
from microharvest.store.database import table_of
from microharvest.store.exports import confirmed_at
from microharvest.store.harvest_tables import RunRow, SourceRow
from tests.integration.offers_at_hand import Shelf, offer, source

SOURCES = {"a": source("a"), "closed": source("closed", redistribute="no")}


@pytest.fixture
def shelf(store_url: str) -> Iterator[Shelf]:
    made = Shelf(store_url)
    yield made
    made.database.dispose()


def lines(shelf: Shelf) -> list[dict[str, Any]]:
    out = io.BytesIO()
    count = export_offers(shelf.database, SOURCES, out)
    found = [msgspec.json.decode(line) for line in out.getvalue().splitlines()]
    assert len(found) == count
    return found


def test_every_accepted_offer_is_one_line(shelf: Shelf, monkeypatch: Any) -> None:
    monkeypatch.setattr(export, "PAGE", 2)
    for native_id in ("B", "a", "ä", "z"):
        shelf.put("a", native_id, offer(f"Welding {native_id}"))
    shelf.put("closed", "1", Offer())
    shelf.put("gone", "1", offer())
    link_changed(shelf.database, SOURCES, MergeSettings(), clock=shelf.clock)
    shelf.set_status("a", "z", "withdrawn")
    shelf.put("a", "new", offer("Not linked yet"))
    found = lines(shelf)
    assert [(line["source"], line["record_id"]) for line in found] == [
        ("a", "B"), ("a", "a"), ("a", "new"), ("a", "z"), ("a", "ä"), ("closed", "1"), ("gone", "1"),
    ]  # fmt: skip
    by_id = {(line["source"], line["record_id"]): line for line in found}
    assert all(set(line) <= set(OFFER_COLUMNS) for line in found)
    assert by_id["a", "new"]["cluster_id"] is None
    assert by_id["a", "B"]["cluster_id"].startswith("mh-")
    assert [line["withdrawn"] for line in found] == [False, False, False, True, False, False, False]
    assert by_id["closed", "1"].keys() == {
        *("source", "record_id", "cluster_id", "withdrawn", "licence", "redistribute"),
        *("first_seen", "last_seen", "issues", "scores"),
    }
    assert "scores" not in by_id["a", "z"], "withdrawn ones are not judged"
    assert by_id["a", "B"]["sectors"][0] == {
        "uri": "http://data.europa.eu/ux2/nace2.1/25",
        "code": "25",
        "section": "C",
        "label": {"en": "Manufacture of fabricated metal products, except machinery and equipment"},
        "basis": "keyword",
        "confidence": 0.4,
        "because": "title: welding",
    }
    assert by_id["closed", "1"]["redistribute"] == "no"
    assert "licence" not in by_id["gone", "1"]
    assert by_id["a", "B"]["issues"] == [{"code": "price.no_currency", "field": "prices", "value": "5"}]
    assert by_id["a", "B"]["first_seen"].endswith("Z")


def test_an_active_offer_was_seen_by_its_sources_last_complete_run(shelf: Shelf) -> None:
    for name, native_id in (("a", "1"), ("a", "2"), ("closed", "1")):
        shelf.put(name, native_id, offer(f"Welding {native_id}"))
    shelf.set_status("a", "2", "missing")
    later = datetime(2027, 1, 1, tzinfo=UTC)
    with shelf.database.write() as connection:
        row = {"id": "a", "life": "active", "created": later, "last_complete": later}
        connection.execute(insert(table_of(SourceRow)), [{**row, "fence": 0, "failures": 0, "protocol_state": "{}"}])
    seen = {(line["source"], line["record_id"]): line["last_seen"] for line in lines(shelf)}
    assert seen["a", "1"] == "2027-01-01T00:00:00Z"
    assert seen["a", "2"] < "2027" > seen["closed", "1"]
    held = later - timedelta(days=40)  # the accepted run: all complete ones since were held
    with shelf.database.write() as connection:
        run = {"source": "a", "kind": "harvest", "state": "ended", "scope": "full", "started": held, "ended": held}
        rest = {"plan": False, "unproven": False, "fence": 0} | dict.fromkeys(
            ("start_state", "new_state", "counts", "issues"), "{}"
        )
        made = insert(table_of(RunRow)).values(**run, **rest).returning(table_of(RunRow).c.id)
        accepted = connection.execute(made).scalar_one()
        connection.execute(update(table_of(SourceRow)).values(accepted_run=accepted))
    seen = {(line["source"], line["record_id"]): line["last_seen"] for line in lines(shelf)}
    assert seen["a", "1"] == "2026-11-22T00:00:00Z"
    with shelf.database.read() as connection:
        assert (confirmed_at(connection, "a"), confirmed_at(connection, "none")) == (held, None)


def test_csv_has_one_row_per_offer_and_can_be_made_harmless(shelf: Shelf) -> None:
    shelf.put("a", "1", offer("=1+1", url="https://o.test/1"))
    out = io.BytesIO()
    assert export_offers(shelf.database, SOURCES, out, "csv", spreadsheet_safe=True) == 1
    (row,) = csv.DictReader(io.StringIO(out.getvalue().decode(), newline=""))
    assert row["title"] == "'=1+1"
    assert (row["title_languages"], row["homepage"], row["withdrawn"]) == ("en", '["https://o.test/1"]', "false")
    plain = io.BytesIO()
    export_offers(shelf.database, SOURCES, plain, "csv")
    assert next(csv.DictReader(io.StringIO(plain.getvalue().decode(), newline="")))["title"] == "=1+1"


def test_entries_hold_what_the_catalogue_holds(shelf: Shelf) -> None:
    nothing = io.BytesIO()
    assert export_entries(shelf.database, nothing) == 0
    retail = Concept(uri=f"{NACE_BASE}47", code="47", label={"en": "Retail"})
    own = Concept(label={"en": "Shops"})
    shelf.put("a", "1", offer("Shown", sectors=(own, retail)))
    shelf.put("closed", "1", offer("Hidden"))
    link_changed(shelf.database, SOURCES, MergeSettings(), clock=shelf.clock)
    publish(shelf.database, shelf.database, SOURCES, PublishSettings(), clock=shelf.clock)
    out = io.BytesIO()
    assert export_entries(shelf.database, out) == 1
    line = msgspec.json.decode(out.getvalue())
    assert list(line)[:5] == ["id", "members", "relations", "scores", "provenance"]
    assert [(one.get("code"), one.get("basis"), one.get("confidence")) for one in line["sectors"]] == [
        ("47", "declared", 1.0), (None, None, None),
    ]  # fmt: skip
    table = io.BytesIO()
    assert line["scores"]["completeness"]["value"] > 0
    assert "annex1.learning_outcomes" in line["scores"]["completeness"]["lacks"]
    again = io.BytesIO()
    export_entries(shelf.database, again, weights=QualitySettings(completeness=0))
    assert msgspec.json.decode(again.getvalue())["scores"]["overall"] != line["scores"]["overall"], "weights count"
    assert export_entries(shelf.database, table, "csv") == 1
    assert b"Shown" in table.getvalue()
    assert b"Hidden" not in out.getvalue() + table.getvalue()


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "offers.jsonl"

    def break_off() -> None:
        with export_to(path) as out:
            out.write(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert list(tmp_path.iterdir()) == []
    with export_to(path) as out:
        out.write(b"whole")
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"whole"]
