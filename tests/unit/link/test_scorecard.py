"""What statements weigh; and a store keeps the scorecard of its epoch, which may be older than this package."""

from __future__ import annotations

import msgspec

from microharvest.link.scorecard import BESIDE, BUCKETS, CONFLICTS, FEATURES, FLOOR, completed, shipped


def test_an_older_scorecard_gets_the_buckets_it_lacks_and_keeps_its_own_weights() -> None:
    card = shipped()
    assert completed(card).version == card.version
    kept = {bucket: weight for bucket, weight in card.weights["url"].items() if bucket != "doubted"}
    older = {name: row for name, row in card.weights.items() if name != "size"}
    older |= {"url": {**kept, "same": 1, "gone": 5}}
    found = completed(msgspec.structs.replace(card, weights=older))
    assert found.row("size") == card.row("size")
    assert found.weights["url"]["same"] == 1
    assert found.weights["url"].keys() == set(BUCKETS["url"])
    assert found.weights["url"]["doubted"] == card.weights["url"]["doubted"]


def statement(**said: str) -> bytes:
    return bytes(BUCKETS[name].index(said.get(name, "absent")) for name in FEATURES)


def test_a_statement_weighs_the_sum_of_its_buckets_and_a_conflict_the_least_of_all() -> None:
    card = shipped()
    weigh = card.weigher()
    assert weigh(statement()) == card.prior
    alike = card.prior + card.weights["title"]["equal"] + card.weights["provider"]["same"]
    assert weigh(statement(title="equal", provider="same")) == alike > 0
    for name, bucket in CONFLICTS.items():
        assert weigh(statement(title="equal", provider="same", code="same", **{name: bucket})) == FLOOR


def test_a_provider_that_begins_many_courses_on_one_day_keeps_them_apart() -> None:
    """Nothing else is known of two titles in two languages, nor of two that differ in one."""
    weigh = shipped().weigher()
    assert weigh(statement(title="foreign", provider="same", start="same", language="same")) <= 0
    assert weigh(statement(title="swapped", provider="same", start="same_beside", ects="same", language="same")) <= 0


def test_what_siblings_agree_in_says_little_beside_titles_with_words_of_their_own() -> None:
    """Also of two groups, where the agreement may be another pair's."""
    weigh = shipped().weigher()
    for feature, lesser in BESIDE.items():
        for bucket in ("most", "many") if feature == "skills" else ("same",):
            told = weigh(statement(title="swapped", provider="same", **{feature: bucket}))
            assert told == weigh(statement(title="swapped", provider="same", **{feature: lesser}))
            alike = statement(title="equal", provider="same", **{feature: "most" if feature == "skills" else bucket})
            assert weigh(alike) > weigh(statement(title="equal", provider="same", **{feature: lesser}))


def test_two_sizes_of_one_title_are_two_offers_unless_a_code_says_otherwise() -> None:
    weigh = shipped().weigher()
    alike = {"title": "equal", "provider": "same", "eqf": "same", "isced": "same", "language": "same"}
    assert weigh(statement(**alike, ects="differ")) < 0 < weigh(statement(**alike, ects="differ", code="same"))
    assert weigh(statement(**alike, ects="differ_here", code="shared")) < 0


def test_what_forbids_or_agrees_stands_last() -> None:
    """Of the pairs between two groups the greatest number counts."""
    for name, buckets in BUCKETS.items():
        assert buckets[0] == "absent"
        assert buckets[-1] == {
            "title": "equal",
            "provider": "registered_apart",
            "skills": "most",
            "code": "number",
            "listed": "apart",
        }.get(name, "conflict" if "conflict" in buckets else "same")
