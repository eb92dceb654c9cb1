"""The outcome of a run is computed from evidence, and only a proven end is an end."""

from __future__ import annotations

from typing import Any

from microharvest.harvest.verdict import RequestFacts, differing_totals, judge


def facts(**given: Any) -> RequestFacts:
    return RequestFacts(**({"lane": "a", "kind": "list", "state": "done", "ended": True} | given))


def outcome(*requests: RequestFacts, ids: int = 10, trust: bool = True, limited: bool = False) -> str:
    return judge(requests, {"a": ids}, trust_totals=trust, limited=limited).outcome


def test_a_list_that_ended_by_its_own_rule_is_complete() -> None:
    assert outcome(facts(ended=None), facts()) == "complete"


def test_a_list_that_never_ended_is_partial() -> None:
    assert outcome(facts(ended=None)) == "partial"


def test_a_broken_end_outweighs_an_end() -> None:
    assert outcome(facts(), facts(ended=False)) == "partial"


def test_a_pending_page_is_no_end() -> None:
    assert outcome(facts(), facts(state="pending", ended=None)) == "partial"


def test_every_lane_must_end() -> None:
    assert outcome(facts(), facts(lane="b", ended=None)) == "partial"


def test_a_failed_page_makes_the_run_partial_and_says_why() -> None:
    verdict = judge(
        [facts(), facts(state="failed", code="source.timeout", detail="Too slow.")],
        {"a": 3},
        trust_totals=True,
        limited=False,
    )
    assert (verdict.outcome, verdict.code, verdict.because) == ("partial", "source.timeout", "Too slow.")


def test_nothing_read_is_failed_and_a_refusal_is_blocked() -> None:
    assert outcome(facts(state="failed", code="source.dns", ended=None)) == "failed"
    assert outcome(facts(state="failed", code="source.unauthorised", ended=None)) == "blocked"
    assert outcome() == "failed"


def test_identify_alone_is_nothing_read() -> None:
    assert (
        outcome(facts(kind="meta", lane="identify", ended=None), facts(state="failed", code="source.reset")) == "failed"
    )


def test_fewer_than_announced_is_partial_unless_the_server_lies_by_habit() -> None:
    assert outcome(facts(total=11), ids=10) == "partial"
    assert outcome(facts(total=11), ids=10, trust=False) == "complete"
    assert outcome(facts(total=9), ids=10) == "complete"


def test_another_total_than_delivered_is_told_either_way() -> None:
    requests = [facts(total=12, ended=None), facts(total=9), facts(lane="b", total=5), facts(lane="c")]
    assert differing_totals(requests, {"a": 10, "b": 5, "c": 3}) == ["a: 9 announced, 10 delivered"]
    assert differing_totals([facts(total=9, state="superseded")], {"a": 10}) == []


def test_superseded_and_replaced_requests_do_not_count() -> None:
    assert outcome(facts(state="superseded", ended=None), facts(state="replaced", ended=False), facts()) == "complete"


def test_items_end_one_by_one() -> None:
    assert outcome(facts(kind="item", ended=None), facts(kind="item", state="absent", ended=None)) == "complete"


def test_an_end_nobody_can_prove_makes_the_run_unproven() -> None:
    verdict = judge([facts(proven=False)], {"a": 1}, trust_totals=True, limited=False)
    assert (verdict.outcome, verdict.unproven) == ("complete", True)


def test_a_total_that_changes_on_the_way_makes_the_run_unproven() -> None:
    pages = [facts(total=30, ended=None), facts(total=29)]
    assert judge(pages, {"a": 29}, trust_totals=True, limited=False).unproven
    assert not judge(pages, {"a": 29}, trust_totals=False, limited=False).unproven
    steady = [facts(total=30, ended=None), facts(total=30), facts(lane="b", total=5)]
    assert not judge(steady, {"a": 30, "b": 5}, trust_totals=True, limited=False).unproven


def test_a_limit_is_no_failure() -> None:
    assert outcome(facts(state="done", ended=None), facts(state="pending", ended=None), limited=True) == "complete"


def test_a_record_that_cannot_be_given_is_its_own_fault_ten_percent_are_the_servers() -> None:
    ended, fine = facts(), [facts(kind="item", ended=None)] * 50
    lost = facts(kind="item", ended=None, code="record.unserved")
    assert outcome(ended, *fine[:1], *[lost] * 3) == "complete"
    assert outcome(ended, *fine[:1], *[lost] * 4) == "partial"
    assert outcome(ended, *fine, *[lost] * 5) == "complete"
    assert outcome(ended, *fine, *[lost] * 6) == "partial"


def test_pages_that_must_not_be_asked_are_no_fault_unless_there_are_no_others() -> None:
    kept = facts(lane="pages", kind="item", ended=None, code="source.robots")
    assert outcome(facts(), kept, facts(lane="pages", kind="item", ended=None)) == "complete"
    assert outcome(facts(), kept, kept) == "partial"


def test_a_total_may_be_revised_to_exactly_what_came() -> None:
    assert outcome(facts(total=12, ended=None), facts(total=10)) == "complete"
    assert outcome(facts(total=12, ended=None), facts(total=9)) == "partial"
    assert outcome(facts(total=10, ended=None), facts(total=12)) == "partial"


def test_what_began_it_is_named() -> None:
    page = facts(state="replaced", ended=None, code="source.cut", detail="The page was cut.")
    other = facts(lane="b", state="replaced", ended=None, code="source.http", detail="Another list.")
    instead = facts(state="failed", ended=None, code="source.protocol", detail="No identifiers.")
    verdict = judge([other, facts(ended=None), page, instead], {"a": 1}, trust_totals=True, limited=False)
    assert (verdict.outcome, verdict.code, verdict.because) == ("partial", "source.cut", "The page was cut.")
