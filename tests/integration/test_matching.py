"""What link keeps between passes: no order, crash or detour shows in the result; rules change by epochs alone."""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Connection, delete, select

from microharvest.link import pairing, partitioning, preparing, run
from microharvest.link.clustering import Record
from microharvest.link.evidence import evidence_of
from microharvest.link.report import LinkReport
from microharvest.link.rules import LinkRules, shipped_rules
from microharvest.link.run import link_changed
from microharvest.link.workers import Workers
from microharvest.model.decision import Assertion
from microharvest.model.offer import Offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import Identifier
from microharvest.settings import MergeSettings
from microharvest.store.database import Database, table_of
from microharvest.store.harvest_tables import MemberRow, RecordRow, RedirectRow
from microharvest.store.match_tables import (
    LinkMarginRow,
    MatchDueRow,
    MatchEdgeRow,
    MatchKeyRow,
    MatchLeftRow,
    MatchProviderRow,
    MatchRecordRow,
    MatchStopRow,
    RelationRow,
)
from microharvest.telemetry import arm_failpoints
from tests.bench.offers import offers
from tests.integration.offers_at_hand import Shelf, offer

Told = tuple[str, str, Offer]
POINTS = ("link.read", "link.providers", "link.keys", "link.pairs", "link.stored", "link.done")


@pytest.fixture
def shelf(store_url: str) -> Iterator[Shelf]:
    made = Shelf(store_url)
    yield made
    made.database.dispose()


def link(shelf: Shelf, rules: LinkRules | None = None, **more: bool) -> LinkReport:
    return link_changed(shelf.database, {}, MergeSettings(), rules=rules, clock=shelf.clock, **more)


def seen(shelf: Shelf) -> dict[str, object]:
    """Everything link made, in words that do not depend on ids and numbers handed out on the way."""
    of = {(row.source, row.native_id): row.cluster_id for row in shelf.rows(MemberRow)}
    groups: dict[str, set[Record]] = {}
    for record, cluster in of.items():
        groups.setdefault(cluster, set()).add(record)
    name = {cluster: min(members) for cluster, members in groups.items()}
    rid = {row.rid: (row.source, row.native_id) for row in shelf.rows(MatchRecordRow)}
    assert not shelf.rows(MatchDueRow)
    assert not shelf.rows(MatchLeftRow)
    return {
        "groups": {frozenset(members) for members in groups.values()},
        "keys": {(row.k, rid[row.rid]) for row in shelf.rows(MatchKeyRow)},
        "silent": {(row.k, row.reason, row.records) for row in shelf.rows(MatchStopRow)},
        "providers": {(row.node, row.organisation) for row in shelf.rows(MatchProviderRow)},
        "pairs": {
            (frozenset((rid[row.one], rid[row.other])), row.weight, (row.sibling or "=")[:-1])
            for row in shelf.rows(MatchEdgeRow)
        },
        "margins": {(name[row.cluster_id], row.kind, row.margin) for row in shelf.rows(LinkMarginRow)},
        "relations": {(frozenset((name[row.one_id], name[row.other_id])), row.kind) for row in shelf.rows(RelationRow)},
    }


def at_once(told: Iterable[Told]) -> dict[str, object]:
    """A fresh store that links it all in one pass."""
    with tempfile.TemporaryDirectory() as folder:
        other = Shelf(f"sqlite:///{Path(folder) / 'other.db'}")
        for one in told:
            other.put(*one)
        link(other)
        found = seen(other)
        other.database.dispose()
        return found


@pytest.mark.parametrize("seed", [1, 2])
def test_shuffled_records_in_any_batches_end_in_the_same_clusters(shelf: Shelf, seed: int) -> None:
    told = list(offers(120, 1))
    chance = random.Random(seed)
    shuffled = told[:]
    chance.shuffle(shuffled)
    while shuffled:
        size = chance.randrange(1, 40)
        for one in shuffled[:size]:
            shelf.put(*one)
        shuffled = shuffled[size:]
        link(shelf)
    found = seen(shelf)
    assert found == at_once(told)
    assert 20 < len(found["groups"]) < 80  # type: ignore[arg-type]
    shelf.touch(*told[0][:2])
    assert link(shelf).moved == 0
    assert seen(shelf) == found


def test_many_small_parts_in_other_processes_end_where_one_part_ends(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = list(offers(400, 6))
    for name in ("BACKLOG", "FEW", "MOST"):
        monkeypatch.setattr(run, name, 37)
    monkeypatch.setattr(preparing, "PART", 7)
    monkeypatch.setattr(partitioning, "PART", 5)
    monkeypatch.setattr(pairing, "PAIRS_OF_PART", 11)
    for one in told:
        shelf.put(*one)
    pools: list[Workers] = []
    monkeypatch.setattr(run, "Workers", lambda count: pools.append(Workers(count)) or pools[-1])
    link(shelf)
    monkeypatch.undo()
    (pool,) = pools
    assert [process.returncode for process, _ in pool.started] == [0] * len(pool.started) != []
    found, ids = seen(shelf), {(row.source, row.native_id): row.cluster_id for row in shelf.rows(MemberRow)}
    assert found == at_once(told)
    assert link(shelf, everything=True).moved == 0
    assert seen(shelf) == found
    assert ids == {(row.source, row.native_id): row.cluster_id for row in shelf.rows(MemberRow)}


def test_what_comes_and_goes_leaves_no_trace(shelf: Shelf) -> None:
    told = list(offers(120, 3))
    for one in told[:90]:
        shelf.put(*one)
    link(shelf)
    before, ids = seen(shelf), {(row.source, row.native_id): row.cluster_id for row in shelf.rows(MemberRow)}
    for one in told[90:]:
        shelf.put(*one)
    for one in told[:10]:
        shelf.put(one[0], one[1], told[-1][2])
    link(shelf)
    assert seen(shelf) != before
    with shelf.database.write() as connection:
        for source, native_id, _ in told[90:]:
            gone = table_of(RecordRow)
            connection.execute(delete(gone).where(gone.c.source == source, gone.c.native_id == native_id))
    for source, native_id, _ in told[90:]:
        shelf.touch(source, native_id)
    for one in told[:10]:
        shelf.put(*one)
    link(shelf)
    assert seen(shelf) == before
    kept = {(row.source, row.native_id): row.cluster_id for row in shelf.rows(MemberRow)}
    assert sum(kept[record] == cluster for record, cluster in ids.items()) >= 80


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_anywhere_leaves_a_store_that_the_next_pass_finishes(store_url: str, point: str) -> None:
    told = [*offers(40, 4), *offers(20, 5)]
    shelf = Shelf(store_url)
    for one in told[:40]:
        shelf.put(*one)
    link(shelf)
    for one in told[40:]:
        shelf.put(*one)
    shelf.database.dispose()
    child = os.fork()
    if child == 0:
        arm_failpoints(point)
        link_changed(Database(store_url), {}, MergeSettings())
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    with shelf.database.read() as connection:
        assert len(connection.execute(select(table_of(MemberRow))).all()) in {40, 60}
    link(shelf)
    assert seen(shelf) == at_once(told)
    shelf.database.dispose()


def test_kills_at_any_moment_one_after_another_leave_what_one_pass_gives(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In small steps; each life is twice as long as the one before, until a pass gets through."""
    for name in ("FEW", "MOST"):
        monkeypatch.setattr(run, name, 25)
    told, shelf = list(offers(60, 7)), Shelf(store_url)
    for one in told:
        shelf.put(*one)
    shelf.database.dispose()
    kills, done = 0, False
    while not done:
        child = os.fork()
        if child == 0:
            try:
                link_changed(Database(store_url), {}, MergeSettings())
            finally:
                os._exit(0)
        deadline = time.monotonic() + 0.03 * 2**kills
        while not (done := os.waitpid(child, os.WNOHANG)[0] == child) and time.monotonic() < deadline:
            time.sleep(0.002)
        if not done:
            os.kill(child, signal.SIGKILL)
            done = os.WIFEXITED(os.waitpid(child, 0)[1])
            kills += not done
    monkeypatch.undo()
    link(shelf)
    assert kills
    assert seen(shelf) == at_once(told)
    shelf.database.dispose()


def test_rules_change_by_epochs_alone_and_a_plan_stores_nothing(shelf: Shelf) -> None:
    for number, name in enumerate("abc"):
        shelf.put(name, "1", offer("Welding", provider=f"Oslo Met {number or ''}"))
    link(shelf)
    assert len(shelf.rows(MemberRow)) == 3
    before = seen(shelf)
    card = shipped_rules().card
    other = LinkRules(
        card=msgspec.structs.replace(card, prior=card.prior + 9000), aliases=(("Oslo Met", "Oslo Met 1"),)
    )
    report = link(shelf, other)
    assert (report.newer_rules, report.epoch) == (other.version, shipped_rules().version)
    assert seen(shelf) == before
    planned = link(shelf, other, everything=True, plan=True)
    assert planned.merged == 2
    assert {one.reason for one in planned.redirects} == {"merged_into"}
    assert seen(shelf) == before
    assert not shelf.rows(RedirectRow)
    done = link(shelf, other, everything=True)
    assert (done.merged, done.epoch, done.newer_rules) == (2, other.version, None)
    assert [(row.old_id, row.new_id) for row in shelf.rows(RedirectRow)] == [
        (one.old_id, one.new_id) for one in planned.redirects
    ]
    assert link(shelf).epoch == other.version


def test_an_alias_makes_two_names_one_organisation(shelf: Shelf) -> None:
    shelf.put("a", "1", offer("Welding", provider="MITx"))
    shelf.put("b", "1", offer("Welding", provider="Massachusetts Institute of Technology"))
    link(shelf)
    assert len({row.cluster_id for row in shelf.rows(MemberRow)}) == 2
    rules = LinkRules(card=shipped_rules().card, aliases=(("MITx", "Massachusetts Institute of Technology"),))
    link(shelf, rules, everything=True)
    assert len({row.cluster_id for row in shelf.rows(MemberRow)}) == 1


def test_what_is_learnt_of_a_provider_touches_its_offers(shelf: Shelf) -> None:
    """Two names have nothing in common until a record gives both one register id."""

    def said(name: str, *ids: str) -> Offer:
        known = tuple(Identifier(scheme="ror", value=value) for value in ids)
        return Offer(title={"en": "Welding of pipes"}, provider=Organisation(name={"en": name}, identifiers=known))

    shelf.put("a", "1", said("Nordlys"))
    shelf.put("b", "1", said("Aurora Skole"))
    link(shelf)
    assert len({row.cluster_id for row in shelf.rows(MemberRow)}) == 2
    shelf.put("c", "1", msgspec.structs.replace(said("Nordlys", "r1"), title={"en": "Baking bread"}))
    shelf.put("c", "2", msgspec.structs.replace(said("Aurora Skole", "r1"), title={"en": "Sewing shirts"}))
    report = link(shelf)
    of = {(row.source, row.native_id): row.cluster_id for row in shelf.rows(MemberRow)}
    assert of["a", "1"] == of["b", "1"]
    assert (report.touched, report.merged) == (2, 1)


def test_what_organisations_go_by_is_compared_anew(shelf: Shelf) -> None:
    """Two providers, neither of which changes its organisation, turn out to be registered apart; then not any more."""

    def said(name: str, title: str, *ids: str) -> Offer:
        known = tuple(Identifier(scheme="ror", value=value) for value in ids)
        return Offer(title={"en": title}, provider=Organisation(name={"en": name}, identifiers=known))

    told = [("a", "1", said("Nordlys", "Welding of pipes")), ("b", "1", said("Aurora Skole", "Welding of pipes"))]
    later = [
        ("c", "1", said("Nordlys", "Baking bread", "r1")),
        ("c", "2", said("Aurora Skole", "Sewing shirts", "r2")),
    ]
    for one in told:
        shelf.put(*one)
    link(shelf)
    (before,) = (row.weight for row in shelf.rows(MatchEdgeRow))
    for one in later:
        shelf.put(*one)
    assert link(shelf).touched == 2
    assert seen(shelf) == at_once([*told, *later])
    assert before not in {row.weight for row in shelf.rows(MatchEdgeRow)}
    shelf.put("c", "1", said("Sunnmøre", "Baking bread", "r3"))
    link(shelf)
    assert seen(shelf) == at_once([*told, ("c", "1", said("Sunnmøre", "Baking bread", "r3")), later[1]])
    assert before in {row.weight for row in shelf.rows(MatchEdgeRow)}


def test_decisions_are_evidence_and_contradictions_are_reported(shelf: Shelf) -> None:
    shelf.put("a", "1", offer("Welding"))
    shelf.put("b", "1", offer("Welding"))
    shelf.put("c", "1", offer("Sveiseteknikk for alle", provider="Bergen"))
    said: list[Assertion] = []

    def asking(_connection: Connection, records: Iterable[Record]) -> list[Assertion]:
        asked = set(records)
        return [one for one in said if asked & {one.one, one.other}]

    def pass_with(*assertions: Assertion) -> tuple[set[frozenset[str]], LinkReport]:
        said[:] = assertions
        for name in "abc":
            shelf.touch(name, "1")
        report = link_changed(shelf.database, {}, MergeSettings(), asking=asking, clock=shelf.clock)
        groups: dict[str, set[str]] = {}
        for row in shelf.rows(MemberRow):
            groups.setdefault(row.cluster_id, set()).add(row.source)
        return {frozenset(group) for group in groups.values()}, report

    apart, same = Assertion("different", ("a", "1"), ("b", "1"), 1), Assertion("same", ("c", "1"), ("a", "1"), 2)
    assert pass_with()[0] == {frozenset("ab"), frozenset("c")}
    assert pass_with(apart)[0] == {frozenset("a"), frozenset("b"), frozenset("c")}
    assert pass_with(apart, same)[0] == {frozenset("ac"), frozenset("b")}
    groups, report = pass_with(apart, same, Assertion("same", ("b", "1"), ("c", "1"), 3))
    assert len(groups) == 2
    assert [one.decision for one in report.contradictions] == [1]
    assert pass_with()[0] == {frozenset("ab"), frozenset("c")}


def test_the_evidence_about_a_pair_adds_up(shelf: Shelf) -> None:
    shelf.put("a", "1", offer("Welding, level 1", code="W1", ects=Decimal(5)))
    shelf.put("b", "1", offer("Welding, level 2", code="W1", ects=Decimal(5)))
    link(shelf)
    pair = (("a", "1"), ("b", "1"))
    with shelf.database.read() as connection:
        evidence = evidence_of(connection, [pair], shipped_rules().card)[pair]
    told = {one.feature: (one.bucket, one.weight) for one in evidence.weights}
    assert evidence.conflicts == ("ordinal",)
    assert evidence.total == -12_000
    assert evidence.sum == evidence.prior + sum(weight for name, (_, weight) in told.items() if name != "ordinal")
    assert (told["code"][0], told["title"][0], told["provider"][0]) == ("shared", "equal", "same")  # a family's code
    assert evidence.keys[0][0] == "code"
    assert evidence.relation == "progression>"
    assert {row.kind for row in shelf.rows(RelationRow)} == {"progression"}
