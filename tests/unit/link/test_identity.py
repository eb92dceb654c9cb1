"""Who keeps the id."""

from __future__ import annotations

from microharvest.link.identity import assign, contested

A, B, C, D = (("s", name) for name in "abcd")


def test_most_records_win_then_the_smallest_id() -> None:
    assert assign([[A, B, C]], {A: "y", B: "y", C: "x"}, {}, {}).ids == ("y",)
    assert assign([[A, B]], {A: "y", B: "x"}, {}, {}).ids == ("x",)
    assert assign([[A, B]], {A: "y", B: "x"}, {"y": 1}, {}).ids == ("y",)
    assert assign([[A, B]], {A: "y", B: "x"}, {}, {}).merged == {"y": 0}


def test_a_split_leaves_the_id_with_the_larger_part() -> None:
    decided = assign([[A], [B, C]], {A: "x", B: "x", C: "x"}, {}, {})
    assert (decided.ids, decided.origins, decided.merged) == ((None, "x"), {0: "x"}, {})


def test_new_records_have_no_origin() -> None:
    decided = assign([[A], [B, D]], {B: "x"}, {"x": 3}, {})
    assert (decided.ids, decided.origins) == ((None, "x"), {})
    assert assign([], {}, {}, {}).ids == ()


def test_a_cluster_torn_in_two_others_leads_to_the_one_with_more_of_it() -> None:
    before = {A: "x", B: "x", ("s", "1"): "z", C: "y", D: "y", ("s", "2"): "z", ("s", "3"): "z"}
    decided = assign([[A, B, ("s", "1")], [C, D, ("t", "9"), ("s", "2")], [("s", "3")]], before, {}, {})
    assert decided.ids == ("x", "y", "z")
    decided = assign([[A, B, ("s", "1")], [C, D, ("s", "2")]], {**before, ("s", "3"): "z"}, {}, {})
    assert decided.merged == {"z": 0}


def test_of_two_equal_parts_the_one_with_the_founder_keeps_the_id() -> None:
    before = dict.fromkeys([A, B, C, D], "x")
    assert contested([[A, B], [C, D]], {**before, B: "y"}) == {"x"}
    assert assign([[A, B], [C, D]], before, {}, {"x": D}).ids == (None, "x")
    assert assign([[A, B], [C, D]], before, {}, {"x": A}).ids == ("x", None)
    assert assign([[A, B], [C]], before, {}, {"x": C}).ids == ("x", None)  # most records first
