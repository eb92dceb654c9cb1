"""Decisions on both databases: what people say of records and entries, taken back, dumped, loaded, and at odds."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from microharvest.errors import ConfigError
from microharvest.link.deciding import assert_pair, give_value, revoke, withhold_entry, withhold_provider
from microharvest.link.dumping import LoadReport, dump_decisions, load_decisions
from microharvest.link.run import LinkReport, link_changed
from microharvest.model.golden import lasting
from microharvest.model.offer import Offer, decode_offer
from microharvest.publish import run as publishing
from microharvest.publish.export import export_entries, export_offers
from microharvest.publish.run import PublishReport, publish
from microharvest.settings import MergeSettings, PublishSettings
from microharvest.store.decision_tables import DecisionRow
from microharvest.store.harvest_tables import (
    ActionRow,
    ClusterRow,
    GoldenRow,
    MemberRow,
    TouchedClusterRow,
    TouchedRow,
)
from tests.integration.offers_at_hand import Shelf, offer, source

SOURCES = {name: source(name) for name in "abcdef"}
A, B, C, D = ("a", "1"), ("b", "1"), ("c", "1"), ("d", "1")
SIGNED: dict[str, Any] = {"who": "kari@registry", "why": "seen on the provider's page"}


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


def test_same_joins_without_any_key_and_different_keeps_apart(shelf: Shelf) -> None:
    strangers(shelf)
    link(shelf)
    assert len(groups(shelf)) == 4
    assert say(shelf, "same", B, A) == 1
    assert {(row.source, row.native_id) for row in shelf.rows(TouchedRow)} == {A, B}, "exactly the records concerned"
    report = link(shelf)
    assert report.touched == 2
    assert frozenset({A, B}) in groups(shelf)
    shelf.put("e", "1", offer("Welding", code="W1"))
    shelf.put("f", "1", offer("Welding", code="W1"))
    link(shelf)
    assert frozenset({("e", "1"), ("f", "1")}) in groups(shelf)
    say(shelf, "different", ("e", "1"), ("f", "1"))
    link(shelf)
    assert frozenset({("e", "1")}) in groups(shelf)


def test_same_beats_conflicts_and_is_transitive_through_what_is_withdrawn(shelf: Shelf) -> None:
    for name, level in (("a", 5), ("b", 6), ("c", 7)):
        shelf.put(name, "1", offer(f"Welding, level {level}", urn="urn:x-t:1"))
    link(shelf)
    assert len(groups(shelf)) == 3
    say(shelf, "same", A, B)
    say(shelf, "same", B, C)
    link(shelf)
    assert groups(shelf) == {frozenset({A, B, C})}
    shelf.set_status("b", "1", "withdrawn")
    link(shelf)
    assert groups(shelf) == {frozenset({A, B, C})}, "a is c still: b only told us so"
    cluster = cluster_of(shelf, A)
    shelf.put("b", "1", offer("Welding back again", urn="urn:x-t:9", eqf_level=6))
    link(shelf)
    link(shelf, everything=True)
    assert {row.cluster_id for row in shelf.rows(MemberRow)} == {cluster}


def test_different_keeps_whole_groups_apart(shelf: Shelf) -> None:
    """a and b by a code, c and d by another, b and c by an identifier: it would be one, but a is not d."""
    shelf.put("a", "1", offer("Welding", code="W1"))
    shelf.put("b", "1", offer("Welding", code="W1", urn="urn:x-t:1"))
    shelf.put("c", "1", offer("Welding", provider="Oslo Met ", urn="urn:x-t:1", url="https://o.test/w"))
    shelf.put("d", "1", offer("Welding", url="https://o.test/w"))
    link(shelf)
    assert len(groups(shelf)) == 1
    number = say(shelf, "different", A, D)
    link(shelf)
    assert not any({A, D} <= group for group in groups(shelf))
    split = groups(shelf)
    link(shelf, everything=True)
    assert groups(shelf) == split, "the batch says what the step said"
    revoke(shelf.database, number, clock=shelf.clock, **SIGNED)
    link(shelf)
    assert len(groups(shelf)) == 1


def test_contradictions_are_named_and_never_resolved_silently(shelf: Shelf) -> None:
    strangers(shelf)
    say(shelf, "same", A, B)
    say(shelf, "same", B, C)
    with pytest.raises(ConfigError) as refused:
        say(shelf, "different", C, A)
    assert refused.value.code == "decision.contradicts"
    assert "1 and 2" in refused.value.sentence
    say(shelf, "different", D, C)
    with pytest.raises(ConfigError) as refused:
        say(shelf, "same", A, D)
    assert "decision 1 and 2 and 3" in refused.value.sentence
    with pytest.raises(ConfigError) as refused:
        say(shelf, "same", B, A)
    assert refused.value.code == "decision.exists"
    revoke(shelf.database, 2, clock=shelf.clock, **SIGNED)
    say(shelf, "different", C, A)
    with pytest.raises(ConfigError) as refused:
        revoke(shelf.database, 2, clock=shelf.clock, **SIGNED)
    assert refused.value.code == "decision.revoked"
    assert len(shelf.rows(DecisionRow)) == 4
    assert [row.what for row in shelf.rows(ActionRow)] == [
        "decide same", "decide same", "decide different", "revoke", "decide different",
    ]  # fmt: skip


def test_a_value_wins_and_lapses_when_a_source_says_something_new(shelf: Shelf) -> None:
    shelf.put("a", "1", offer("Welding", code="W1", eqf_level=5))
    shelf.put("b", "1", offer("Welding", code="W1"))
    go(shelf)
    (before,) = entries(shelf)
    give_value(shelf.database, B, "eqf_level", b"4", clock=shelf.clock, **SIGNED)
    assert go(shelf).changed == 1
    (entry,) = entries(shelf)
    assert entry["eqf_level"] == 4
    origin = entry["provenance"]["eqf_level"]
    assert (origin["rule"], origin["decision"]) == ("decision", 1)
    assert origin["losing"] == [{"source": "a", "native_id": "1", "value": 5}]
    assert "kari" not in str(entry), "who decided is nobody else's business"
    shelf.put("a", "1", offer("Welding and more", code="W1", eqf_level=5))
    go(shelf)
    assert entries(shelf)[0]["eqf_level"] == 4, "another field changed"
    shelf.put("a", "1", offer("Welding", code="W1", eqf_level=6))
    go(shelf)
    assert entries(shelf)[0]["eqf_level"] == 6
    shelf.put("a", "1", offer("Welding", code="W1", eqf_level=5))
    go(shelf)
    assert entries(shelf)[0]["eqf_level"] == 4
    revoke(shelf.database, 1, clock=shelf.clock, **SIGNED)
    go(shelf)
    (after,) = entries(shelf)
    assert after["eqf_level"] == before["eqf_level"] == 5
    assert after["provenance"]["eqf_level"]["rule"] == before["provenance"]["eqf_level"]["rule"] == "only"


def test_a_value_may_be_absence_and_may_fill_a_gap(shelf: Shelf) -> None:
    shelf.put("a", "1", offer("Welding", eqf_level=5))
    go(shelf)
    give_value(shelf.database, A, "eqf_level", b"null", clock=shelf.clock, **SIGNED)
    give_value(shelf.database, A, "country", b'"NO"', clock=shelf.clock, **SIGNED)
    go(shelf)
    (entry,) = entries(shelf)
    assert "eqf_level" not in entry
    assert entry["country"] == "NO"
    assert golden(shelf, A)[1]["eqf_level"]["losing"] == [{"source": "a", "native_id": "1", "value": 5}]
    with pytest.raises(ConfigError) as refused:
        give_value(shelf.database, A, "country", b'"SE"', clock=shelf.clock, **SIGNED)
    assert refused.value.code == "decision.contradicts"
    for field, value in (("country", b"5"), ("colour", b'"red"'), ("credits", b'"five"'), ("title", b"{")):
        with pytest.raises(ConfigError) as refused:
            give_value(shelf.database, A, field, value, clock=shelf.clock, **SIGNED)
        assert refused.value.code == "decision.invalid"


def test_two_values_that_meet_in_one_entry_are_both_put_aside(shelf: Shelf) -> None:
    strangers(shelf, "ab")
    link(shelf)
    give_value(shelf.database, A, "country", b'"NO"', clock=shelf.clock, **SIGNED)
    give_value(shelf.database, B, "country", b'"SE"', clock=shelf.clock, **SIGNED)
    link(shelf)
    assert [golden(shelf, record)[0].country for record in (A, B)] == ["NO", "SE"]
    say(shelf, "same", A, B)
    link(shelf)
    assert golden(shelf, A)[0].country is None


def test_a_withheld_entry_leaves_and_comes_back_under_its_id(shelf: Shelf) -> None:
    shelf.put("a", "1", offer("Welding", code="W1"))
    shelf.put("b", "1", offer("Welding", code="W1"))
    shelf.put("c", "1", offer("Baking"))
    go(shelf)
    before = entries(shelf)
    number = withhold_entry(shelf.database, B, clock=shelf.clock, **SIGNED)
    assert [row.cluster_id for row in shelf.rows(TouchedClusterRow)] == [cluster_of(shelf, A)]
    planned = go(shelf, plan=True)
    assert (planned.withheld, planned.by_decision) == ({"decision": 1}, {cluster_of(shelf, A): number})
    report = go(shelf)
    assert (report.withdrawn, report.withheld) == (1, {"decision": 1})
    assert [entry["title"] for entry in entries(shelf)] == [{"en": "Baking"}]
    shelf.put("a", "1", offer("Welding anew", code="W1"))
    go(shelf)
    assert len(entries(shelf)) == 1, "a new version does not bring it back"
    shelf.put("a", "1", offer("Welding", code="W1"))
    revoke(shelf.database, number, clock=shelf.clock, **SIGNED)
    assert go(shelf).added == 1
    assert [entry["id"] for entry in entries(shelf)] == [entry["id"] for entry in before]


def test_a_withheld_provider_takes_all_its_entries_out(shelf: Shelf) -> None:
    shelf.put("a", "1", offer("Welding", provider="École du Sud"))
    shelf.put("b", "1", offer("Baking", provider="ÉCOLE  du sud"))
    shelf.put("c", "1", offer("Sewing", provider="Ecole du Nord"))
    go(shelf)
    number = withhold_provider(shelf.database, " école du Sud ", clock=shelf.clock, **SIGNED)
    assert len(shelf.rows(TouchedClusterRow)) == 2
    assert go(shelf).withheld == {"decision": 2}
    shelf.put("d", "1", offer("Cooking", provider="école du sud"))
    assert go(shelf).withheld == {"decision": 1}
    assert [entry["title"]["en"] for entry in entries(shelf)] == ["Sewing"]
    with pytest.raises(ConfigError) as refused:
        withhold_provider(shelf.database, "École du SUD", clock=shelf.clock, **SIGNED)
    assert refused.value.code == "decision.exists"
    revoke(shelf.database, number, clock=shelf.clock, **SIGNED)
    assert go(shelf).added == 3


def test_a_decision_made_while_publish_reads_is_not_lost(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Publish judged the entry, a person withholds it, publish consumes what it saw: it must look again."""
    shelf.put("a", "1", offer("Welding"))
    link(shelf)

    def decide_then(name: str) -> None:
        if name == "publish.flipped":
            monkeypatch.setattr(publishing, "failpoint", lambda _: None)
            withhold_entry(shelf.database, A, clock=shelf.clock, **SIGNED)

    monkeypatch.setattr(publishing, "failpoint", decide_then)
    assert go(shelf).added == 1
    assert go(shelf).withdrawn == 1


def test_a_dump_loaded_over_the_same_harvest_gives_the_same_clusters(
    shelf: Shelf, shelves: Callable[[], Shelf]
) -> None:
    other = shelves()
    for each in (shelf, other):
        strangers(each)
        each.put("e", "1", offer("Welding", code="W1"))
        each.put("f", "1", offer("Welding", code="W1"))
        link(each)
    say(shelf, "same", A, B)
    say(shelf, "different", ("e", "1"), ("f", "1"))
    revoke(shelf.database, say(shelf, "same", C, D), clock=shelf.clock, **SIGNED)
    give_value(shelf.database, A, "country", b'"NO"', clock=shelf.clock, **SIGNED)
    withhold_entry(shelf.database, C, clock=shelf.clock, **SIGNED)
    withhold_provider(shelf.database, "School 3", clock=shelf.clock, **SIGNED)
    lines = list(dump_decisions(shelf.database))
    report = load_decisions(other.database, lines, who="ola@elsewhere", clock=other.clock)
    assert (report.added, report.refused, report.waiting) == (6, [], {})
    assert list(dump_decisions(other.database)) == lines
    again = load_decisions(other.database, lines, who="ola@elsewhere", clock=other.clock)
    assert (again.added, again.known) == (0, 6)
    for each in (shelf, other):
        go(each)
    assert groups(other) == groups(shelf)
    assert [entry["title"] for entry in entries(other)] == [entry["title"] for entry in entries(shelf)]
    assert golden(other, A)[0].country == "NO"


def load(shelf: Shelf, *lines: bytes) -> LoadReport:
    return load_decisions(shelf.database, lines, who="ola@elsewhere", clock=shelf.clock)


def line(kind: str, one: tuple[str, str], other: tuple[str, str], second: int = 1, **more: Any) -> bytes:
    at = f"2026-05-01T10:00:{second:02d}.000Z"
    return msgspec.json.encode({"kind": kind, "who": "x@y", "at": at, "why": "w", "one": one, "other": other, **more})


def test_a_load_that_contradicts_itself_or_the_store_is_reported(shelf: Shelf) -> None:
    strangers(shelf)
    say(shelf, "same", A, B)
    gone = say(shelf, "same", C, D)
    held = list(dump_decisions(shelf.database))
    revoke(shelf.database, gone, clock=shelf.clock, **SIGNED)
    report = load(
        shelf,
        line("same", B, C),
        line("different", A, C, 2),
        line("same", A, B, 3),
        held[1],
        line("same", C, ("c", "absent"), 4),
    )
    assert (report.added, report.known) == (2, 0)
    assert [(one.line, one.code) for one in report.refused] == [
        (2, "decision.contradicts"), (3, "decision.exists"), (4, "decision.revoked"),
    ]  # fmt: skip
    assert report.waiting == {4: "c/absent"}
    shelf.put("c", "absent", offer("Late"))
    link(shelf)
    assert frozenset({A, B, C, ("c", "absent")}) in groups(shelf), "what waited is carried out when it comes"


RUBBISH = [
    b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"1" * 5000, b"[" * 20000,
    b'{"kind":"maybe","who":"x","at":"2026-05-01T10:00:00Z","why":"w"}',
    line("same", A, A), line("same", A, B, who=""), line("same", A, B, why=" "), line("same", A, B, field="title"),
    line("value", A, B), line("withhold", A, B), line("same", ("a", "x\0"), B), line("same", ("a", "x" * 2000), B),
    line("same", A, B, at="2026-05-01"), line("same", A, B, at="yesterday"), line("same", A, B, more=1),
    b'{"kind":"value","who":"x","at":"2026-05-01T10:00:00Z","why":"w","one":["a","1"],"field":"eqf_level","value":"x"}',
    b'{"kind":"withhold","who":"x","at":"2026-05-01T10:00:00Z","why":"w","provider":"  "}',
]  # fmt: skip


def test_rubbish_is_refused_line_by_line(shelf: Shelf) -> None:
    strangers(shelf)
    report = load(shelf, *RUBBISH, line("same", A, B, 9), b"  \n")
    assert [one.line for one in report.refused] == list(range(1, len(RUBBISH) + 1))
    assert {one.code for one in report.refused} == {"decision.invalid"}
    assert report.added == 1


def test_decisions_on_what_is_not_there_are_refused(shelf: Shelf) -> None:
    strangers(shelf, "a")
    for act in (
        lambda: say(shelf, "same", A, ("a", "nothing")),
        lambda: withhold_entry(shelf.database, ("z", "1"), clock=shelf.clock, **SIGNED),
        lambda: give_value(shelf.database, ("z", "1"), "country", b'"NO"', clock=shelf.clock, **SIGNED),
    ):
        with pytest.raises(ConfigError) as refused:
            act()
        assert refused.value.code == "command.unknown_id"
    with pytest.raises(ConfigError) as refused:
        revoke(shelf.database, 7, clock=shelf.clock, **SIGNED)
    assert refused.value.code == "decision.unknown"
    assert not shelf.rows(DecisionRow)
    assert not shelf.rows(ActionRow)


def exported(shelf: Shelf) -> list[dict[str, Any]]:
    """Both exports. The version a value came from may be any that says the same (see `model.golden.lasting`)."""
    out = io.BytesIO()
    export_offers(shelf.database, SOURCES, out)
    export_entries(shelf.database, out)
    lines = [msgspec.json.decode(line) for line in out.getvalue().splitlines()]
    return [line | {"provenance": lasting(line.get("provenance", {}))} for line in lines]


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
