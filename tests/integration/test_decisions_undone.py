"""Whatever was said and taken back leaves no trace, in whatever order it was said."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from microharvest.errors import ConfigError
from microharvest.link.deciding import give_value, revoke, withhold_entry, withhold_provider
from microharvest.link.dumping import dump_decisions, load_decisions
from microharvest.model.offer import Offer
from microharvest.store.database import table_of
from microharvest.store.decision_tables import DecisionRow, MemberWasRow
from microharvest.store.harvest_tables import ClusterRow, MemberRow, RecordRow
from tests.integration.decided import (
    SIGNED,
    A,
    B,
    C,
    D,
    exported,
    go,
    groups,
    link,
    say,
    shelf,
    shelves,
    strangers,
)
from tests.integration.offers_at_hand import Shelf, offer

__all__ = ["shelf", "shelves"]


def test_ids_come_back_however_the_merges_were_made(shelf: Shelf) -> None:
    """a into b, then both into c, each linked; taken back in another order, each linked."""
    strangers(shelf)
    go(shelf)
    never = exported(shelf)
    pairs = [(A, B), (B, C), (C, D)]
    made = []
    for one, other in pairs:
        made.append(say(shelf, "same", one, other))
        go(shelf)
    assert len(groups(shelf)) == 1
    for number in (made[1], made[0], made[2]):
        revoke(shelf.database, number, clock=shelf.clock, **SIGNED)
        go(shelf)
    assert exported(shelf) == never
    assert go(shelf).release is None


def test_a_record_that_is_gone_takes_the_memory_of_its_id_along(shelf: Shelf) -> None:
    """Else what comes back under its name has a new id now, and the old one at the next look."""
    strangers(shelf)
    link(shelf)
    said = say(shelf, "same", A, B)
    link(shelf)
    with shelf.database.write() as connection:
        for name, native_id in (A, B):
            table = table_of(RecordRow)
            connection.execute(delete(table).where(table.c.source == name, table.c.native_id == native_id))
    shelf.touch(*A)
    shelf.touch(*B)
    link(shelf)
    assert shelf.rows(MemberWasRow) == []
    revoke(shelf.database, said, clock=shelf.clock, **SIGNED)
    strangers(shelf)
    link(shelf)
    ids = {(row.source, row.native_id): row.cluster_id for row in shelf.rows(MemberRow)}
    assert link(shelf, everything=True).moved == 0
    assert {(row.source, row.native_id): row.cluster_id for row in shelf.rows(MemberRow)} == ids


@pytest.mark.parametrize("between", ["nothing", "link", "publish"])
def test_a_revoked_decision_is_as_if_it_had_never_been_said(shelf: Shelf, between: str) -> None:
    strangers(shelf)
    shelf.put("e", "1", offer("Welding", code="W1"))
    shelf.put("f", "1", offer("Welding", code="W1"))
    go(shelf)
    never = exported(shelf)
    made = [
        say(shelf, "same", A, B),
        say(shelf, "same", D, B),
        say(shelf, "different", ("f", "1"), ("e", "1")),
        give_value(shelf.database, C, "country", b'"NO"', clock=shelf.clock, **SIGNED),
        withhold_entry(shelf.database, C, clock=shelf.clock, **SIGNED),
        withhold_provider(shelf.database, "School 3", clock=shelf.clock, **SIGNED),
    ]
    if between != "nothing":
        go(shelf) if between == "publish" else link(shelf)
        assert len(groups(shelf)) == 4
        assert exported(shelf) != never
    for number in made:
        revoke(shelf.database, number, clock=shelf.clock, **SIGNED)
    go(shelf)
    assert exported(shelf) == never
    assert len([row for row in shelf.rows(ClusterRow) if row.state == "active"]) == 5


RECORDS = st.tuples(st.sampled_from("abc"), st.sampled_from("12"))
SAYINGS = st.builds(
    lambda code, title, level: offer(title, eqf_level=level, **({"code": code} if code else {})),
    code=st.sampled_from(["", "c1", "c2"]),
    title=st.sampled_from(["Welding", "Welding 1", "Baking"]),
    level=st.sampled_from([None, 5, 6]),
)
STEPS = st.one_of(
    st.tuples(st.just("put"), RECORDS, SAYINGS),
    st.tuples(st.just("gone"), RECORDS, st.none()),
    st.tuples(st.sampled_from(["same", "different"]), RECORDS, RECORDS),
    st.tuples(st.just("revoke"), st.integers(1, 4), st.none()),
    st.tuples(st.just("link"), st.none(), st.none()),
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(first=st.lists(st.tuples(RECORDS, SAYINGS), min_size=3, max_size=6), steps=st.lists(STEPS, max_size=12))
def test_any_order_of_saying_and_linking_ends_where_saying_it_all_at_once_ends(
    first: list[tuple[tuple[str, str], Offer]], steps: list[tuple[str, Any, Any]]
) -> None:
    """Records told, withdrawn, decided on, decisions taken back, linked at any places; against the end linked once."""
    with tempfile.TemporaryDirectory() as folder:
        stepwise, at_once = (Shelf(f"sqlite:///{Path(folder) / name}") for name in ("one.db", "two.db"))
        last: dict[tuple[str, str], Offer] = {}
        gone: set[tuple[str, str]] = set()
        for what, one, other in [*(("put", *each) for each in first), *steps]:
            if what == "put":
                stepwise.put(*one, other)
                last[one] = other
                gone.discard(one)
            elif what == "gone" and one in last:
                stepwise.set_status(*one, "withdrawn")
                gone.add(one)
            elif what == "link":
                link(stepwise)
            elif what in {"same", "different", "revoke"}:
                decide_or_leave(stepwise, what, one, other)
        link(stepwise)
        for record in sorted(last):
            at_once.put(*record, last[record])
        for record in sorted(gone):
            at_once.set_status(*record, "withdrawn")
        load_decisions(at_once.database, list(dump_decisions(stepwise.database)), who="x@y", clock=at_once.clock)
        link(at_once)
        present = {frozenset(group - gone) for group in groups(stepwise)} - {frozenset()}
        assert present == {frozenset(group - gone) for group in groups(at_once)} - {frozenset()}
        for shelf in (stepwise, at_once):
            shelf.database.dispose()


SAID = st.one_of(
    st.tuples(st.sampled_from(["same", "different"]), RECORDS, RECORDS),
    st.tuples(st.sampled_from(["revoke", "link"]), st.integers(1, 4), st.none()),
)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    first=st.dictionaries(RECORDS, SAYINGS, min_size=3),
    later=st.dictionaries(RECORDS, SAYINGS, max_size=3),
    said=st.lists(SAID, min_size=2, max_size=10),
)
def test_whatever_was_said_and_taken_back_leaves_no_trace(
    first: dict[tuple[str, str], Offer], later: dict[tuple[str, str], Offer], said: list[tuple[str, Any, Any]]
) -> None:
    """Records that merged and split before, so that ids do not stand where they were founded; then only decisions."""
    with tempfile.TemporaryDirectory() as folder:
        shelf = Shelf(f"sqlite:///{Path(folder) / 'one.db'}")
        for told in (first, later):
            for record, offered in told.items():
                shelf.put(*record, offered)
            go(shelf)
        never = exported(shelf)
        for what, one, other in said:
            if what == "link":
                link(shelf)
            else:
                decide_or_leave(shelf, what, one, other)
        go(shelf)
        for row in shelf.rows(DecisionRow):
            decide_or_leave(shelf, "revoke", row.id, None)
        go(shelf)
        assert exported(shelf) == never
        assert go(shelf).release is None
        shelf.database.dispose()


def decide_or_leave(shelf: Shelf, what: str, one: Any, other: Any) -> None:
    """A decision that is refused leaves everything as it was."""
    try:
        if what == "revoke":
            revoke(shelf.database, one, clock=shelf.clock, **SIGNED)
        else:
            say(shelf, what, one, other)
    except ConfigError as error:
        assert error.code.startswith(("decision.", "command.unknown_id")), error  # noqa: PT017 - most are refused
