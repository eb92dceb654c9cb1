"""Evidence is told in words: no bucket of the scorecard reaches a person, and the picture has room for each phrase."""

from __future__ import annotations

import pytest

from microharvest.explain.evidence import phrase_of
from microharvest.explain.waterfall import DETAIL, NAME
from microharvest.link.scorecard import BUCKETS

SAID = [(feature, bucket) for feature, buckets in BUCKETS.items() for bucket in buckets if bucket != "absent"]


@pytest.mark.parametrize(("feature", "bucket"), SAID)
def test_every_bucket_has_a_phrase_that_fits(feature: str, bucket: str) -> None:
    name, phrase = phrase_of(feature, bucket)
    assert 0 < len(name) <= NAME
    assert 0 < len(phrase) <= DETAIL
    assert "_" not in name + phrase


@pytest.mark.parametrize("feature", BUCKETS)
def test_two_buckets_of_a_feature_never_read_alike(feature: str) -> None:
    phrases = [phrase_of(feature, bucket)[1] for bucket in BUCKETS[feature] if bucket != "absent"]
    assert len(set(phrases)) == len(phrases)
