"""Pairs are left before their titles are compared only where no titles could have made them worth remembering."""

from __future__ import annotations

import random
from itertools import combinations

import msgspec
import numpy as np
import pytest

from microharvest.link.features import features_of
from microharvest.link.pairing import _hopeful, _near_or_siblings
from microharvest.link.scorecard import BUCKETS, Scorecard, shipped
from microharvest.link.scoring import Columns, Ints, Organisations, Scores, columns_of, relate, score
from microharvest.model.instance import Instance
from microharvest.model.offer import Offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import Identifier
from tests.bench.offers import offers

TITLES = (
    ("en", "Welding for beginners"), ("en", "Basics of welding"), ("en", "Welding (online)"), ("en", "Weldign"),
    ("de", "Schweißen"), ("und", "Welding"), ("und", "Wel…"), ("en", "Arc welding for sh…"), ("en", "Arc welding"),
    ("en", "Welding arc"), ("en", "Botany 1"), ("en", "Botany 2"), ("en", "Botany"), ("en", "Advanced botany"),
    ("nl", "Botanie"), ("en", "botany, microbotany"), ("en", "microbotany, botany"), ("en", "Certificate in botany"),
)  # fmt: skip
"""Every way in which titles stand to each other."""


def everybody() -> Columns:
    """Generated offers, and the same few of one source and provider under all titles."""
    said = list(offers(90, 7))
    bare = [(source, native_id, msgspec.structs.replace(offer, title={})) for source, native_id, offer in said[:4]]
    said += [
        (source, f"{native_id}-{place}", msgspec.structs.replace(offer, title=dict(title)))
        for place, title in enumerate([*((one,) for one in TITLES), (TITLES[0], TITLES[4]), ()])
        for source, native_id, offer in bare
    ]
    said.append(("a", "nothing", Offer()))
    features = [features_of(offer, native_id) for _, native_id, offer in said]
    names: dict[str, int] = {}
    providers = [names.setdefault(one.provider.name, len(names) + 1) if one.provider else 0 for one in features]
    organisations = Organisations({number: name for name, number in names.items()}, frozenset({1, 2}))
    silent = {one.urls[0] for one in features[:60:3] if one.urls}
    sources = [source for source, *_ in said]
    return columns_of(features, sources, providers, organisations, lambda _, value: value in silent, [True] * len(said))


def all_pairs(columns: Columns) -> tuple[Ints, Ints]:
    pairs = np.array(list(combinations(range(len(columns.sources)), 2)), dtype=np.int64)
    return pairs[:, 0], pairs[:, 1]


def a_card(seed: int) -> Scorecard:
    """The shipped one, and others that say odd things."""
    card, chance = shipped(), random.Random(seed)
    if not seed:
        return card
    weights = {name: dict(row) for name, row in card.weights.items()}
    if seed == 1:
        weights["title"] = dict.fromkeys(weights["title"], 0)
        for name, bucket in (
            ("hours", "same_beside"),
            ("price", "same_beside"),
            ("start", "same_beside"),
            ("code", "doubted"),
        ):
            weights[name][bucket] = 10_000 if name == "code" else 4000
        return msgspec.structs.replace(card, weights=weights)
    weights = {
        name: {bucket: weight + (bucket != "absent") * chance.randint(-2000, 2000) for bucket, weight in row.items()}
        for name, row in weights.items()
    }
    return msgspec.structs.replace(card, weights=weights)


@pytest.mark.parametrize("seed", range(12))
def test_no_pair_weighs_more_than_it_could_at_best_and_none_worth_remembering_is_left(seed: int) -> None:
    columns, card = everybody(), a_card(seed)
    one, other = all_pairs(columns)
    whole = score(columns, one, other, card)
    bests: list[Scores] = []

    def hopeful(best: Scores) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        bests.append(best)
        return _hopeful(best)

    some = score(columns, one, other, card, hopeful)
    (best,) = bests
    assert (best.bare >= whole.bare).all()
    assert (best.weight >= whole.weight).all()
    assert 0 < len(some.kept) < len(one)
    assert (some.weight == whole.weight[some.kept]).all()
    near, sibling = _near_or_siblings(whole)
    assert set(np.flatnonzero(near | sibling).tolist()) <= set(some.kept.tolist())
    assert near.any()
    assert sibling.any()


def buckets_of(one: Offer, other: Offer, sources: tuple[str, str] = ("a", "a")) -> dict[str, str]:
    """How two offers of one provider stand to each other."""
    features = [features_of(offer, f"row {place}") for place, offer in enumerate((one, other))]
    known = Organisations({1: "ulm"}, frozenset())
    columns = columns_of(features, sources, [1, 1], known, lambda *_: False, [False, False])
    found = relate(columns, np.array([0]), np.array([1]))
    return {name: BUCKETS[name][int(row[0])] for name, row in found.items()}


def an_offer(title: str, page: str = "", code: str = "", start: str = "", language: str = "") -> Offer:
    return Offer(
        title={"en": title},
        provider=Organisation(name={"en": "Ulm College"}),
        homepage=(f"https://ulm.example/{page}",) if page else (),
        identifiers=(Identifier(scheme="", value=code),) if code else (),
        instances=(Instance(start_date=start),) if start else (),
        languages=(language,) if language else (),
    )


@pytest.mark.parametrize(
    ("one", "other"), [({"page": "1"}, {"page": "2"}), ({"code": "W17"}, {"code": "W18"}), ({}, {})]
)
def test_two_titles_with_words_of_their_own_are_two_in_one_list(one: dict[str, str], other: dict[str, str]) -> None:
    nurses, teachers = an_offer("First aid for nurses", **one), an_offer("First aid for teachers", **other)
    assert buckets_of(nurses, teachers)["listed"] == "apart"
    assert buckets_of(nurses, teachers, ("a", "b"))["listed"] == "absent"  # another list may call it so
    same = an_offer("First aid for nurses", **other)
    assert buckets_of(nurses, same)["listed"] == "absent"


def test_one_page_or_code_for_both_and_a_longer_title_with_neither_are_no_word_for_two() -> None:
    nurses, teachers = (an_offer(f"First aid for {whom}", page="1") for whom in ("nurses", "teachers"))
    assert buckets_of(nurses, teachers)["listed"] == "absent"
    assert buckets_of(an_offer("First aid"), an_offer("First aid outdoors"))["listed"] == "absent"


def test_equal_titles_of_one_list_with_other_days_are_runs_and_without_days_not() -> None:
    spring, autumn = (
        an_offer("First aid", page, start=day) for page, day in (("1", "2027-03-01"), ("2", "2027-09-01"))
    )
    assert buckets_of(spring, autumn)["url"] == "differ_run"
    assert buckets_of(an_offer("First aid", "1"), an_offer("First aid", "2"))["url"] == "differ_here"
    weights = shipped().weights["url"]
    assert weights["differ_here"] < weights["differ_run"] < 0


def test_one_list_with_two_languages_of_teaching_means_two_offers() -> None:
    english, german = an_offer("First aid", language="en"), an_offer("First aid", language="de")
    assert buckets_of(english, german)["language"] == "differ_here"
    assert buckets_of(english, german, ("a", "b"))["language"] == "differ"
