"""Decisions on both databases: what people say of records and entries, and at odds with each other."""

from __future__ import annotations

import pytest

from microharvest.errors import ConfigError
from microharvest.link.deciding import give_value, revoke, withhold_entry, withhold_provider
from microharvest.publish import run as publishing
from microharvest.store.decision_tables import DecisionRow
from microharvest.store.harvest_tables import (
    ActionRow,
    MemberRow,
    TouchedClusterRow,
    TouchedRow,
)
from tests.integration.decided import (
    SIGNED,
    A,
    B,
    C,
    D,
    cluster_of,
    entries,
    go,
    golden,
    groups,
    link,
    say,
    shelf,
    shelves,
    strangers,
)
from tests.integration.offers_at_hand import Shelf, offer

__all__ = ["shelf", "shelves"]


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
