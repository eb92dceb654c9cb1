"""The picture of the way: heights tell counts, and every record is accounted for."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import UTC, datetime

import pytest

from microharvest.demo.facts import Facts, Fallout, SourceFacts
from microharvest.demo.flow import FALL, HEIGHT, THIN, TOP, WIDTH, flow, stages


def facts(**counts: int) -> Facts:
    source = SourceFacts(id="a", title="A", how="file", authority="provider", shown=True, licence="x", **counts)
    return Facts(
        at=datetime(2026, 1, 1, tzinfo=UTC),
        sources=[source],
        clusters=7,
        entries=["mh-1"] * 5,
        withheld=[Fallout(count=1, why="licence"), Fallout(count=1, why="incomplete.title")],
        told=Counter({1: 4, 2: 3}),
    )


def test_what_falls_out_and_what_goes_on_are_all_there_is() -> None:
    found = stages(facts(offers=10, withdrawn=2, quarantined=1, not_offers=3, deleted=1, held=4))
    assert [(stage.name, stage.count) for stage in found] == [
        ("Delivered", 21), ("Accepted", 12), ("Offers", 10), ("Clusters", 7), ("Entries", 5),
    ]  # fmt: skip
    for stage, following in itertools.pairwise(found):
        assert stage.count - stage.lost - stage.merged == following.count
    assert {one.why: one.count for one in found[0].out} == {
        "in quarantine: unreadable": 1, "not an offer": 3, "announced as deleted": 1, "held for a person": 4,
    }  # fmt: skip
    assert [one.why for one in found[3].out] == ["licence keeps it off", "no title"]


def test_the_picture_stays_in_its_frame() -> None:
    found = stages(facts(offers=10, withdrawn=2, quarantined=1))
    ribbons = flow(found)
    assert found[0].height > found[1].height > found[3].height
    assert all(stage.x < WIDTH - 50 for stage in found)
    assert all(TOP + stage.height < FALL < HEIGHT for stage in found)
    assert [ribbon.kind for ribbon in ribbons] == ["on", "out", "on", "out", "on", "on", "out"]


def test_one_among_many_is_still_seen() -> None:
    found = stages(facts(offers=100_000, quarantined=1))
    flow(found)
    assert found[4].height >= THIN


@pytest.mark.parametrize("none", [Facts(at=datetime(2026, 1, 1, tzinfo=UTC))])
def test_nothing_makes_an_empty_picture(none: Facts) -> None:
    found = stages(none)
    assert not flow(found)
    assert {stage.height for stage in found} == {0.0}
