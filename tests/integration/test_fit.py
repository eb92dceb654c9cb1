"""A registry's own scorecard: what people decided of its records moves the weights."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from microharvest.link.deciding import assert_pair
from microharvest.link.run import link_changed
from microharvest.link.scorecard import load_scorecard, shipped
from microharvest.settings import MergeSettings
from tests.bench.fit_scorecard import DECIDED, decided, main, pairs_of, weak_labels
from tests.integration.offers_at_hand import Shelf, offer, source

SUBJECTS = ("Welding", "Baking", "Sailing", "Weaving", "Carving", "Brewing", "Grafting", "Tanning")
ENDS = ("steel", "bread", "boats", "cloth", "stone", "barley", "apples", "hides")


def filled(url: str) -> Shelf:
    """Two sources; half of the offers carry one code in both, and one source doubles each with a code of its own."""
    shelf = Shelf(url)
    for number, (subject, end) in enumerate(zip(SUBJECTS, ENDS, strict=True)):
        for name, title in (("a", f"{subject} of {end}"), ("b", f"{subject} {end}")):
            code = {"code": f"C{number}"} if number % 2 else {}
            shelf.put(name, f"{number}", offer(title, ects=Decimal(number + 1), **code))
        shelf.put("a", f"other-{number}", offer(f"{subject} of {end}", ects=Decimal(30), code=f"D{number}"))
    link_changed(shelf.database, {name: source(name) for name in "ab"}, MergeSettings(), clock=shelf.clock)
    return shelf


def decide(shelf: Shelf, kind: Literal["same", "different"]) -> None:
    """Of the offers without a code in both."""
    for number in range(0, len(SUBJECTS), 2):
        assert_pair(
            shelf.database, kind, ("a", f"{number}"), ("b", f"{number}"), who="eva", why="seen", clock=shelf.clock
        )


def test_decisions_are_labels_that_weigh_more_than_weak_ones(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'own.db'}"
    shelf = filled(url)
    buckets, pairs = pairs_of(url)
    assert len(weak_labels(buckets)[1]) > 0
    assert len(decided(url, buckets, pairs)[1]) == 0
    decide(shelf, "different")
    said, labels = decided(url, buckets, pairs)
    assert labels.tolist() == [False] * DECIDED * (len(SUBJECTS) // 2)
    assert {name: len(row) for name, row in said.items()} == dict.fromkeys(buckets, len(labels))
    assert not np.any(said["code"])


def test_a_fit_follows_what_people_decided(tmp_path: Path) -> None:
    pytest.importorskip("sklearn", reason="a fit needs scikit-learn (dependency group peers)")
    weighed = {}
    kinds: tuple[Literal["same", "different"], ...] = ("same", "different")
    for kind in kinds:
        folder = tmp_path / kind
        folder.mkdir()
        url = f"sqlite:///{folder / 'own.db'}"
        decide(filled(url), kind)
        main([str(folder / "scorecard.toml"), url])
        card = load_scorecard(folder)
        assert card.version != shipped().version
        assert "decisions" in card.made
        weighed[kind] = card.prior + card.weights["title"]["equal"] + card.weights["ects"]["same"]
    assert weighed["same"] > weighed["different"]
