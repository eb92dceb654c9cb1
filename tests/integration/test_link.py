"""Linking against real databases: clusters, ids that stay, redirects, and what may never be merged."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from microharvest.errors import RunError
from microharvest.link.explain import explain_cluster
from microharvest.link.run import LinkReport, link_changed
from microharvest.model.offer import Offer, decode_offer
from microharvest.model.values import Price
from microharvest.settings import MergeSettings
from microharvest.store.harvest_tables import (
    ClusterRow,
    GoldenRow,
    MemberRow,
    RedirectRow,
    TouchedClusterRow,
    TouchedRow,
)
from microharvest.store.match_tables import (
    LinkMarginRow,
    MatchEdgeRow,
    MatchKeyRow,
    MatchProviderRow,
    MatchRecordRow,
    MatchStopRow,
    RelationRow,
)
from tests.integration.offers_at_hand import Shelf, offer, source

KEPT = (
    *(ClusterRow, GoldenRow, MemberRow, RedirectRow, MatchEdgeRow, MatchKeyRow, MatchProviderRow, MatchRecordRow),
    *(MatchStopRow, LinkMarginRow, RelationRow),
)
SOURCES = {name: source(name) for name in "abcdefgh"} | {"p": source("p", authority="provider")}


@pytest.fixture
def shelf(store_url: str) -> Iterator[Shelf]:
    made = Shelf(store_url)
    yield made
    made.database.dispose()


def link(shelf: Shelf, *, everything: bool = False) -> LinkReport:
    return link_changed(shelf.database, SOURCES, MergeSettings(), everything=everything, clock=shelf.clock)


def groups(shelf: Shelf) -> set[frozenset[tuple[str, str]]]:
    found: dict[str, set[tuple[str, str]]] = {}
    for row in shelf.rows(MemberRow):
        found.setdefault(row.cluster_id, set()).add((row.source, row.native_id))
    return {frozenset(members) for members in found.values()}


def cluster_of(shelf: Shelf, name: str, native_id: str) -> str:
    return next(row.cluster_id for row in shelf.rows(MemberRow) if (row.source, row.native_id) == (name, native_id))


def test_three_sources_telling_one_offer_are_one_cluster(shelf: Shelf) -> None:
    shelf.put("a", "1", offer(code="WE-100", description={"no": "Sveising"}))
    shelf.put("b", "2", offer(code="we100", url="https://www.oslomet.test/weld/?utm_source=b"))
    shelf.put("p", "3", offer(title="Welding now", url="http://oslomet.test/weld", description={"en": "Weld"}))
    seen: list[tuple[int, int]] = []
    report = link_changed(
        shelf.database, SOURCES, MergeSettings(), clock=shelf.clock, progress=lambda *step: seen.append(step)
    )
    assert groups(shelf) == {frozenset({("a", "1"), ("b", "2"), ("p", "3")})}
    assert (report.touched, report.created, report.clusters) == (3, 1, 1)
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1] > 0
    golden = shelf.rows(GoldenRow)[0]
    said = decode_offer(golden.doc)
    assert said.title == {"en": "Welding now"}
    assert said.description == {"no": "Sveising", "en": "Weld"}
    provenance = msgspec.json.decode(golden.provenance)
    assert provenance["title"]["source"] == "p"
    assert {loser["source"] for loser in provenance["title"]["losing"]} == {"a", "b"}
    assert not shelf.rows(TouchedRow)
    assert [row.cluster_id for row in shelf.rows(TouchedClusterRow)] == [golden.cluster_id]


def test_a_landing_page_joins_nobody(shelf: Shelf) -> None:
    page = "https://oslomet.test/courses"
    shelf.put("a", "1", offer("Welding of pipes", url=page))
    shelf.put("a", "2", offer("Baking bread", url=page))
    shelf.put("b", "1", offer("Sveiseteknikk", url=page))
    link(shelf)
    assert len(groups(shelf)) == 3
    explained = explain_cluster(shelf.database, cluster_of(shelf, "b", "1"))
    assert explained["silenced_keys"] == [
        {"kind": "url", "value": "oslomet.test/courses", "reason": "several_titles", "records": 3}
    ]


def nameless(title: str, code: str) -> Offer:
    return msgspec.structs.replace(offer(title, code=code), provider=None)


def test_a_long_number_joins_lists_that_name_no_provider_while_each_gives_it_once(shelf: Shelf) -> None:
    shelf.put("a", "1", nameless("SERV PERS TERRIT", "50022509"))
    shelf.put("b", "1", nameless("Services of persons and territories (SERV)", "50022509"))
    shelf.put("c", "1", nameless("Ceramics in the dark", "50022509"))
    shelf.put("a", "2", nameless("MET CERAM", "101"))
    shelf.put("b", "2", nameless("Ceramics for artisans (MET)", "101"))
    link(shelf)
    together = frozenset({("a", "1"), ("b", "1")})
    assert groups(shelf) == {together, *(frozenset({one}) for one in (("c", "1"), ("a", "2"), ("b", "2")))}
    shelf.put("b", "3", nameless("Weaving", "50022509"))
    assert link(shelf).silenced == {"several_records": 1}
    assert together not in groups(shelf)
    shelf.set_status("b", "3", "withdrawn")
    link(shelf)
    assert together in groups(shelf)


def test_equal_hours_and_price_bring_unlike_titles_of_no_known_language_nowhere_near(shelf: Shelf) -> None:
    same = {"workload_hours": Decimal(3), "prices": (Price(amount=Decimal(20), currency="USD"),)}
    for name, title in (("a", "World percussion practised"), ("b", "React and redux in practice")):
        said = offer(title, "Udemy", url=f"https://udemy.test/{name}", **same)
        shelf.put(name, "1", msgspec.structs.replace(said, title={"und": title}))
    link(shelf)
    assert len(groups(shelf)) == 2
    assert not shelf.rows(LinkMarginRow)


def test_a_page_that_becomes_a_landing_page_lets_go_of_all_it_joined(shelf: Shelf) -> None:
    page = "https://oslomet.test/courses"
    shelf.put("a", "1", offer("Welding of pipes", url=page))
    shelf.put("b", "1", offer("Welding of tubes", url=page))
    link(shelf)
    assert len(groups(shelf)) == 1
    shelf.put("c", "1", offer("Baking bread", url=page))
    shelf.put("c", "2", offer("Sewing shirts", url=page))
    report = link(shelf)
    assert len(groups(shelf)) == 4
    assert report.silenced == {"several_titles": 1}
    shelf.set_status("c", "1", "withdrawn")
    shelf.set_status("c", "2", "withdrawn")
    assert link(shelf).silenced == {}
    assert cluster_of(shelf, "a", "1") == cluster_of(shelf, "b", "1")


def test_an_identifier_claimed_by_two_providers_does_not_merge(shelf: Shelf) -> None:
    shelf.put("a", "1", offer("Baking bread", urn="urn:schac:offer:1", provider="Oslo Met"))
    shelf.put("b", "1", offer("Baking bread", urn="urn:schac:offer:1", provider="Bergen"))
    shelf.put("c", "1", offer("Sewing shirts", urn="urn:schac:offer:2", provider="Oslo Met"))
    shelf.put("d", "1", offer("Shirts and how to sew them", urn="URN:schac:offer:2", provider="Oslo Met"))
    link(shelf)
    assert groups(shelf) == {frozenset({("a", "1")}), frozenset({("b", "1")}), frozenset({("c", "1"), ("d", "1")})}


def test_eight_like_titles_of_eight_providers_stay_apart(shelf: Shelf) -> None:
    for number, name in enumerate("abcdefgh"):
        shelf.put(name, "1", offer("Machine Learning", provider=f"University {number}", code="ML1"))
    link(shelf)
    assert len(groups(shelf)) == 8


@pytest.mark.parametrize(
    ("one", "other", "reason", "relation"),
    [
        ("Money, Part One", "Money, Part Two", "ordinal", "part"),
        ("Spanish II", "Spanish III", "ordinal", "progression"),
        ("Law (2024)", "Law (2025)", "year", "newer_edition"),
        ("Introduction to law", "Advanced law", "grade", "progression"),
    ],
)
def test_a_key_never_beats_a_conflict(shelf: Shelf, one: str, other: str, reason: str, relation: str) -> None:
    shelf.put("b", "1", offer(other, urn="urn:x-t:1", code="X1"))
    shelf.put("a", "1", offer(one, urn="urn:x-t:1", code="X1"))
    link(shelf)
    assert len(groups(shelf)) == 2
    first, second = cluster_of(shelf, "a", "1"), cluster_of(shelf, "b", "1")
    explained = explain_cluster(shelf.database, first)
    assert [(blocked["reason"], blocked["kind"]) for blocked in explained["blocked"]] == [(reason, "id")]
    assert [(row.one_id, row.other_id, row.kind) for row in shelf.rows(RelationRow)] == [(first, second, relation)]


def test_what_one_provider_tells_twice_in_one_feed_is_one_offer_unless_it_has_two_codes(shelf: Shelf) -> None:
    shelf.put("a", "1", offer("Welding (autumn 2025)", code="WE1-25H"))
    shelf.put("a", "2", offer("Welding (spring 2026)", code="WE1-26V"))
    shelf.put("a", "3", offer("Welding", code="WE2"))
    link(shelf)
    assert groups(shelf) == {frozenset({("a", "1"), ("a", "2")}), frozenset({("a", "3")})}


def test_looking_at_an_unchanged_record_writes_nothing(shelf: Shelf) -> None:
    shelf.put("a", "1", offer(code="WE1"))
    shelf.put("b", "1", offer(code="WE1"))
    link(shelf)
    before = [shelf.rows(row) for row in KEPT]
    shelf.touch("a", "1")
    report = link(shelf)
    assert (report.touched, report.clusters, report.created) == (1, 0, 0)
    assert link(shelf, everything=True).touched == 2
    assert before == [shelf.rows(row) for row in KEPT]


def test_a_merge_keeps_one_id_and_redirects_the_other(shelf: Shelf) -> None:
    shelf.put("a", "1", offer(code="WE1"))
    shelf.put("b", "1", offer(code="WE1"))
    shelf.put("c", "1", offer("Baking", code="OTHER", provider="Elsewhere"))
    link(shelf)
    kept, lost = cluster_of(shelf, "a", "1"), cluster_of(shelf, "c", "1")
    shelf.put("c", "1", offer(code="WE1"))
    report = link(shelf)
    assert report.merged == 1
    assert {row.cluster_id for row in shelf.rows(MemberRow)} == {kept}
    redirects = [(row.old_id, row.new_id, row.reason, row.run) for row in shelf.rows(RedirectRow)]
    assert redirects == [(lost, kept, "merged_into", 2)]
    assert {row.id: row.state for row in shelf.rows(ClusterRow)} == {kept: "active", lost: "merged"}


def test_a_split_gives_the_part_that_leaves_a_new_id(shelf: Shelf) -> None:
    for name in "abc":
        shelf.put(name, "1", offer(code="WE1"))
    link(shelf)
    old = cluster_of(shelf, "a", "1")
    shelf.put("a", "1", offer("Baking bread", code="OTHER"))
    report = link(shelf)
    new = cluster_of(shelf, "a", "1")
    assert report.split == 1
    assert new != old  # the founder left: its first id is taken, so n was raised
    assert cluster_of(shelf, "b", "1") == cluster_of(shelf, "c", "1") == old
    assert [(row.old_id, row.new_id, row.reason) for row in shelf.rows(RedirectRow)] == [(old, new, "split_from")]
    shelf.put("a", "1", offer(code="WE1"))
    link(shelf)
    assert cluster_of(shelf, "a", "1") == old


def test_of_two_equal_parts_the_founders_keeps_the_id(shelf: Shelf) -> None:
    """Else an id that was published for one offer names the other from now on."""
    shelf.put("b", "1", offer(code="WE1"))
    link(shelf)
    old = cluster_of(shelf, "b", "1")
    shelf.put("a", "1", offer(code="WE1"))
    link(shelf)
    assert cluster_of(shelf, "a", "1") == old
    shelf.put("a", "1", offer("Baking bread", code="OTHER"))
    link(shelf)
    assert cluster_of(shelf, "b", "1") == old != cluster_of(shelf, "a", "1")


def test_what_is_withdrawn_votes_and_what_returns_has_its_id_back(shelf: Shelf) -> None:
    shelf.put("a", "1", offer(code="WE1"))
    shelf.put("b", "1", offer(code="WE1", description={"en": "From b"}))
    link(shelf)
    cluster = cluster_of(shelf, "a", "1")
    shelf.set_status("b", "1", "withdrawn")
    link(shelf)
    assert cluster_of(shelf, "b", "1") == cluster
    assert not decode_offer(shelf.rows(GoldenRow)[0].doc).description
    assert {row.source for row in shelf.rows(MatchRecordRow)} == {"a"}
    assert {row.rid for row in shelf.rows(MatchKeyRow)} == {row.rid for row in shelf.rows(MatchRecordRow)}
    shelf.set_status("a", "1", "withdrawn")
    link(shelf)
    assert not shelf.rows(GoldenRow)
    assert {row.cluster_id for row in shelf.rows(MemberRow)} == {cluster}
    shelf.set_status("b", "1", "active")
    link(shelf)
    assert cluster_of(shelf, "b", "1") == cluster
    assert len(shelf.rows(ClusterRow)) == 1
    shelf.set_status("a", "1", "missing")
    link(shelf)
    assert len(groups(shelf)) == 1
    assert {pair[0] for pair in msgspec.json.decode(shelf.rows(GoldenRow)[0].members)} == {"a", "b"}


def test_an_unknown_cluster_is_said_to_be_unknown(shelf: Shelf) -> None:
    with pytest.raises(RunError) as raised:
        explain_cluster(shelf.database, "mh-nothing")
    assert raised.value.code == "command.unknown_id"


SAYINGS = st.builds(
    lambda code, page, title, urn, provider: offer(
        title,
        provider,
        **({"code": code} if code else {}),
        **({"url": page} if page else {}),
        **({"urn": urn} if urn else {}),
    ),
    code=st.sampled_from(["", "c1", "c2", "c50022", "c50022"]),
    provider=st.sampled_from(["Oslo Met", ""]),
    page=st.sampled_from(["", "https://o.test/1", "https://o.test/2", "https://o.test/all"]),
    title=st.sampled_from(["Welding", "Welding 1", "Welding 2", "Baking"]),
    urn=st.sampled_from(["", "urn:x-t:1", "urn:x-t:2"]),
)
RECORDS = st.tuples(st.sampled_from("abcd"), st.sampled_from("12"))


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    steps=st.lists(st.tuples(RECORDS, SAYINGS, st.booleans()), min_size=2, max_size=9), cuts=st.sets(st.integers(0, 8))
)
def test_any_order_of_batches_ends_where_one_batch_ends(
    steps: list[tuple[tuple[str, str], Offer, bool]], cuts: set[int]
) -> None:
    """Records said, said anew and withdrawn in steps, linked at any places, against the last state linked at once."""
    with tempfile.TemporaryDirectory() as folder:
        stepwise, at_once = (Shelf(f"sqlite:///{Path(folder) / name}") for name in ("one.db", "two.db"))
        last: dict[tuple[str, str], Offer] = {}
        gone = set()
        for place, (record, said, stays) in enumerate(steps):
            stepwise.put(*record, said)
            last[record] = said
            gone.discard(record)
            if not stays:
                stepwise.set_status(*record, "withdrawn")
                gone.add(record)
            if place in cuts:
                link(stepwise)
        link(stepwise)
        for record in sorted(last.keys() - gone, reverse=True):
            at_once.put(*record, last[record])
        link(at_once)
        there = {group - gone for group in groups(stepwise)} - {frozenset()}
        assert there == groups(at_once)
        for shelf in (stepwise, at_once):
            shelf.database.dispose()
