"""Records of strangers on a shelf, linked and published under what people say of them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from microharvest.link.deciding import assert_pair
from microharvest.link.run import LinkReport, link_changed
from microharvest.model.golden import lasting
from microharvest.model.offer import Offer, decode_offer
from microharvest.publish.export import export_entries, export_offers
from microharvest.publish.run import PublishReport, publish
from microharvest.settings import MergeSettings, PublishSettings
from microharvest.store.harvest_tables import (
    GoldenRow,
    MemberRow,
)
from tests.integration.offers_at_hand import Shelf, offer, source

SOURCES = {name: source(name) for name in "abcdef"}
A, B, C, D = ("a", "1"), ("b", "1"), ("c", "1"), ("d", "1")
SIGNED: dict[str, Any] = {"who": "kari@registry", "why": "seen on the provider's page"}

__all__ = [
    "SIGNED",
    "SOURCES",
    "A",
    "B",
    "C",
    "D",
    "Shelf",
    "cluster_of",
    "entries",
    "exported",
    "go",
    "golden",
    "groups",
    "link",
    "say",
    "shelf",
    "shelves",
    "strangers",
]


@pytest.fixture
def shelf(store_url: str) -> Iterator[Shelf]:
    made = Shelf(store_url)
    yield made
    made.database.dispose()


@pytest.fixture
def shelves(tmp_path: Path) -> Iterator[Callable[[], Shelf]]:
    """More stores to compare with."""
    made: list[Shelf] = []

    def make() -> Shelf:
        made.append(Shelf(f"sqlite:///{tmp_path / f'more-{len(made)}.db'}"))
        return made[-1]

    yield make
    for one in made:
        one.database.dispose()


def link(shelf: Shelf, *, everything: bool = False) -> LinkReport:
    return link_changed(shelf.database, SOURCES, MergeSettings(), everything=everything, clock=shelf.clock)


def go(shelf: Shelf, **more: Any) -> PublishReport:
    link(shelf)
    return publish(shelf.database, shelf.database, SOURCES, PublishSettings(), clock=shelf.clock, **more)


def groups(shelf: Shelf) -> set[frozenset[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    for row in shelf.rows(MemberRow):
        found.setdefault(row.cluster_id, set()).add((row.source, row.native_id))
    return {frozenset(members) for members in found.values()}


def cluster_of(shelf: Shelf, record: tuple[str, str]) -> str:
    return next(row.cluster_id for row in shelf.rows(MemberRow) if (row.source, row.native_id) == record)


def entries(shelf: Shelf) -> list[dict[str, Any]]:
    out = io.BytesIO()
    export_entries(shelf.database, out)
    return [msgspec.json.decode(line) for line in out.getvalue().splitlines()]


def golden(shelf: Shelf, record: tuple[str, str]) -> tuple[Offer, dict[str, Any]]:
    cluster = cluster_of(shelf, record)
    row = next(row for row in shelf.rows(GoldenRow) if row.cluster_id == cluster)
    return decode_offer(row.doc), msgspec.json.decode(row.provenance)


def say(shelf: Shelf, kind: Any, one: tuple[str, str], other: tuple[str, str]) -> int:
    return assert_pair(shelf.database, kind, one, other, clock=shelf.clock, **SIGNED)


def strangers(shelf: Shelf, names: str = "abcd") -> None:
    """Offers that nothing joins."""
    for number, name in enumerate(names):
        shelf.put(name, "1", offer(f"Course of {name}", provider=f"School {number}", code=f"X{number}"))


def exported(shelf: Shelf) -> list[dict[str, Any]]:
    """Both exports. The version a value came from may be any that says the same (see `model.golden.lasting`)."""
    out = io.BytesIO()
    export_offers(shelf.database, SOURCES, out)
    export_entries(shelf.database, out)
    lines = [msgspec.json.decode(line) for line in out.getvalue().splitlines()]
    return [line | {"provenance": lasting(line.get("provenance", {}))} for line in lines]
