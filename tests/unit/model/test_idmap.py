"""Id hashes in bulk: the same answers as a dict and a set give, in a fraction of the memory."""

from __future__ import annotations

import tracemalloc
from array import array

from hypothesis import given
from hypothesis import strategies as st

from microharvest.model.idmap import IdMap, IdSet
from microharvest.model.ids import id_hash

HASHES = st.integers(-(2**63), 2**63 - 1) | st.integers(-4, 4) | st.integers(0, 40).map(lambda n: n << 11)


@given(st.lists(st.tuples(HASHES, st.integers(0, 2**62))), st.lists(HASHES))
def test_a_map_is_a_dict_whose_first_value_stays(pairs: list[tuple[int, int]], asked: list[int]) -> None:
    own, model = IdMap(), dict[int, int]()
    for key, value in pairs:
        assert own.setdefault(key, value) == model.setdefault(key, value)
    assert (len(own), dict(own.items())) == (len(model), model)
    assert [own.get(key) for key in asked] == [model.get(key) for key in asked]
    assert [key in own for key in asked] == [key in model for key in asked]


def test_it_grows_and_forgets_nothing() -> None:
    own = IdMap()
    for number in range(100_000):
        own.setdefault(id_hash(f"record {number}"), number)
    assert all(own.get(id_hash(f"record {number}")) == number for number in range(100_000))
    assert own.get(id_hash("record 100000")) is None


@given(st.lists(st.lists(HASHES)), HASHES)
def test_a_set_is_the_union_of_what_it_was_made_from(parts: list[list[int]], asked: int) -> None:
    own = IdSet(array("q", part).tobytes() for part in parts)
    model = {hashed for part in parts for hashed in part}
    assert (len(own), set(own), asked in own) == (len(model), model, asked in model)
    assert "text" not in own


def test_a_slot_takes_sixteen_bytes() -> None:
    packed = array("q", (id_hash(str(number)) for number in range(100_000))).tobytes()
    tracemalloc.start()
    try:
        own = IdSet([packed])
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(own) == 100_000
    assert held < 6_000_000  # a set of as many integers takes 11 MB
