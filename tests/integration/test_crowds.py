"""A feed that lists every run of a course as a record of its own: however many there are, they are one entry."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from microharvest.link import keys, partitioning, preparing, twins
from microharvest.link.clustering import COMPONENT_CAP, Record
from microharvest.link.explain import explain_cluster
from microharvest.link.keys import BLOCK_CAP
from microharvest.link.report import LinkReport
from microharvest.link.run import link_changed
from microharvest.link.twins import CROWD
from microharvest.model.decision import Assertion, ordered
from microharvest.model.instance import Instance
from microharvest.model.offer import Offer
from microharvest.settings import MergeSettings
from microharvest.store import matching
from microharvest.store.database import Connection
from microharvest.store.harvest_tables import MemberRow
from microharvest.store.match_tables import LinkMarginRow, MatchEdgeRow
from tests.integration.offers_at_hand import Shelf, offer
from tests.integration.test_matching import at_once, seen

Told = tuple[str, str, Offer]


@pytest.fixture
def shelf(store_url: str) -> Iterator[Shelf]:
    made = Shelf(store_url)
    yield made
    made.database.dispose()


def link(shelf: Shelf, *assertions: Assertion) -> LinkReport:
    def asking(_: Connection, records: Iterable[Record]) -> list[Assertion]:
        wanted = set(records)
        return [one for one in assertions if wanted & {one.one, one.other}]

    return link_changed(shelf.database, {}, MergeSettings(), clock=shelf.clock, asking=asking)


def run_of(number: int, title: str = "Welding of thin plates", **more: Any) -> Offer:
    """A run of a course: its day and, unless said otherwise, everything else like the others."""
    day = (date(2026, 1, 1) + timedelta(days=number)).isoformat()
    return offer(title, ects=Decimal(5), instances=(Instance(start_date=day),), **more)


def runs(count: int, title: str = "Welding of thin plates", **more: Any) -> list[Told]:
    return [("a", f"{title[0]}{number:04}", run_of(number, title, **more)) for number in range(count)]


def put(shelf: Shelf, told: Iterable[Told]) -> None:
    for one in told:
        shelf.put(*one)


def entries(shelf: Shelf) -> dict[str, set[Record]]:
    found: dict[str, set[Record]] = {}
    for row in shelf.rows(MemberRow):
        found.setdefault(row.cluster_id, set()).add((row.source, row.native_id))
    return found


@pytest.mark.parametrize("count", [CROWD, CROWD + 1, BLOCK_CAP, BLOCK_CAP + 1, COMPONENT_CAP + 1, 400])
@pytest.mark.parametrize("alike", [True, False])
def test_runs_of_a_course_are_one_entry_however_many(shelf: Shelf, count: int, alike: bool) -> None:
    put(shelf, ((source, name, run_of(0) if alike else said) for source, name, said in runs(count)))
    assert link(shelf).oversized == []
    assert [len(members) for members in entries(shelf).values()] == [count]
    pairs = len(shelf.rows(MatchEdgeRow))
    assert pairs == (count - 1 if count > CROWD else count * (count - 1) // 2)
    sheet = explain_cluster(shelf.database, *entries(shelf))
    assert len(sheet["members"]) == count
    assert sheet["blocked"] == sheet["silenced_keys"] == []


def test_a_run_more_or_less_leaves_the_entry_and_its_id(shelf: Shelf) -> None:
    told = runs(BLOCK_CAP)
    put(shelf, told)
    link(shelf)
    (known,) = entries(shelf)
    for name in ("W9999", "A0000"):  # the last by identity, and a new first
        shelf.put("a", name, run_of(500))
        report = link(shelf)
        assert (report.created, report.split, report.moved) == (0, 0, 0)
        assert [*entries(shelf)] == [known]
    for name in ("A0000", "W0000", "W0030", "W9999"):
        shelf.set_status("a", name, "withdrawn")
        link(shelf)
        assert [*entries(shelf)] == [known]
    there = [one for one in told if one[1] not in {"W0000", "W0030"}]
    while len(there) > 1:
        gone, there = there[: max(1, len(there) // 2)], there[max(1, len(there) // 2) :]
        for source, name, _ in gone:
            shelf.set_status(source, name, "withdrawn")
        link(shelf)
        assert [*entries(shelf)] == [known]


def strip(found: dict[str, object]) -> dict[str, object]:
    """Without what a store remembers of records that are withdrawn."""
    return {name: said for name, said in found.items() if name != "groups"}


def test_what_is_left_of_a_crowd_is_linked_as_if_nothing_else_had_been(shelf: Shelf) -> None:
    told = runs(30)
    put(shelf, told)
    link(shelf)
    for source, name, _ in told[: 30 - CROWD]:
        shelf.set_status(source, name, "withdrawn")
        link(shelf)
    assert strip(seen(shelf)) == strip(at_once(told[30 - CROWD :])) | {"margins": seen(shelf)["margins"]}


def test_a_first_that_is_erased_leaves_its_keys_to_the_next(shelf: Shelf) -> None:
    told = runs(30)
    put(shelf, told)
    link(shelf)
    with shelf.database.write() as connection:
        matching.erase_record(connection, *told[0][:2])
    link(shelf)
    found, whole = seen(shelf), at_once(told[1:])
    assert [found[name] for name in ("keys", "silent", "pairs")] == [
        whole[name] for name in ("keys", "silent", "pairs")
    ]


def test_a_first_that_changes_hands_its_keys_on(shelf: Shelf) -> None:
    """Its day, which others had too and left to it; then its title."""
    told = [("a", f"W{n:04}", run_of(n // 2)) for n in range(40)]
    put(shelf, told)
    link(shelf)
    for said in (run_of(300), run_of(300, "Baking of bread")):
        told[0] = (*told[0][:2], said)
        put(shelf, told[:1])
        link(shelf)
        assert seen(shelf) == at_once(told)


def test_two_courses_of_one_provider_stay_two_and_registers_join_theirs(shelf: Shelf) -> None:
    told = [*runs(100, code="W1"), *runs(100, "Baking of bread", code="B1")]
    told += [("register", "1", offer("Plate work for welders", code="W1", ects=Decimal(5)))]
    told += [("list", "1", offer("Baking of bread", ects=Decimal(5)))]
    random.Random(1).shuffle(told)
    for begin in range(0, len(told), 67):
        put(shelf, told[begin : begin + 67])
        link(shelf)
    found = {frozenset(source for source, _ in members): len(members) for members in entries(shelf).values()}
    assert found == {frozenset({"a", "register"}): 101, frozenset({"a", "list"}): 101}
    assert seen(shelf) == at_once(told)


def test_two_feeds_that_both_list_every_run_are_one_entry(shelf: Shelf) -> None:
    told = [(source, name, said) for source in ("a", "b") for _, name, said in runs(200)]
    put(shelf, told)
    assert link(shelf).oversized == []
    assert [len(members) for members in entries(shelf).values()] == [400]


def test_a_person_tells_two_twins_apart(shelf: Shelf) -> None:
    told = runs(70)
    put(shelf, told)
    one, other = ("a", "W0003"), ("a", "W0050")
    link(shelf, Assertion("different", one, other, 1))
    apart = entries(shelf).values()
    assert not any({one, other} <= members for members in apart)
    assert max(map(len, apart)) >= 68
    for record in (one, other):
        shelf.touch(*record)
    link(shelf)
    assert len(entries(shelf)) == 1


def test_runs_that_differ_in_what_counts_are_no_twins(shelf: Shelf) -> None:
    """Other codes are other offers, and so are pages of their own where a title agrees and no day tells runs."""
    put(shelf, (("a", f"{n:03}", run_of(n, code=f"W{n}")) for n in range(70)))
    put(shelf, (("b", f"{n:03}", offer("Welding", provider="Ulm", url=f"https://b.test/{n}")) for n in range(70)))
    link(shelf)
    assert {len(members) for members in entries(shelf).values()} == {1}


def test_titles_without_a_word_are_nobodys(shelf: Shelf) -> None:
    put(shelf, (("a", f"{n:03}", offer(title, ects=Decimal(5))) for n, title in enumerate(["…", "…", "🙂", "–"] * 20)))
    put(shelf, (("b", str(n), offer(title, ects=Decimal(5))) for n, title in enumerate(["101", "101", "C++", "C++"])))
    link(shelf)
    assert sorted(len(members) for members in entries(shelf).values()) == [*[1] * 80, 2, 2]


@pytest.mark.parametrize("seed", [1, 2, 38, 41, 53, 105, 110])
def test_small_crowds_in_any_order_end_where_one_pass_ends(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Caps so small that every step crosses one."""
    for module, name, value in (
        (keys, "BLOCK_CAP", 4), (preparing, "BLOCK_CAP", 4), (partitioning, "COMPONENT_CAP", 6),
        (preparing, "CROWD", 2), (partitioning, "CROWD", 2), (twins, "CROWD", 2), (partitioning, "PART", 5),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, value)
    chance = random.Random(seed)
    pairs = [chance.sample(range(30), 2) for _ in range(chance.randrange(4))]
    assertions = [
        Assertion(chance.choice(["same", "different"]), *ordered(("a", f"{one:02}"), ("a", f"{two:02}")), number)
        for number, (one, two) in enumerate(pairs)
    ]

    def said() -> Offer:
        more = {"code": chance.choice(["W1", "W2", "50022"])} if chance.random() < 0.3 else {}
        more |= {"url": f"https://x.test/{chance.randrange(4)}"} if chance.random() < 0.4 else {}
        more |= {"urn": f"urn:x:{chance.randrange(4)}"} if chance.random() < 0.2 else {}
        title = chance.choice(["Welding of thin plates", "Welding of thin plates", "Baking of bread", "…"])
        return run_of(chance.randrange(5), title, provider=chance.choice(["Oslo Met", "Oslo Met", "Ulm"]), **more)

    held: dict[Record, Offer] = {}
    for _ in range(8):
        for _ in range(chance.randrange(1, 12)):
            record = (chance.choice(["a", "a", "b"]), f"{chance.randrange(30):02}")
            if record in held and chance.random() < 0.5:
                del held[record]
                shelf.set_status(*record, "withdrawn")
            else:
                held[record] = said()
                shelf.put(*record, held[record])
        link(shelf, *assertions)
    found = seen(shelf)
    there = {frozenset(members & held.keys()) for members in entries(shelf).values()} - {frozenset()}
    other = Shelf(f"sqlite:///{tmp_path / 'other.db'}")
    put(other, ((*record, held[record]) for record in held))
    link(other, *assertions)
    whole = seen(other)
    assert there == whole["groups"]
    for name in ("keys", "silent", "pairs"):
        assert found[name] == whole[name]
    thin = [sorted((row.kind, row.margin) for row in each.rows(LinkMarginRow)) for each in (shelf, other)]
    assert thin[0] == thin[1]
    other.database.dispose()
