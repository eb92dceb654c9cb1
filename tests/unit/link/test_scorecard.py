"""A store keeps the scorecard of its epoch, which may be older than the buckets of this package."""

from __future__ import annotations

import msgspec

from microharvest.link.scorecard import BUCKETS, completed, shipped


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
