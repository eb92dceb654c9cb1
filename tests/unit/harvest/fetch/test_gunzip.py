"""The decoder gives back what was packed, however it is sliced, and nothing short of a whole stream passes."""

from __future__ import annotations

import gzip
import random

import pytest

from microharvest.harvest.fetch.faults import Fault
from microharvest.harvest.fetch.gunzip import Gunzip

MIB = 1024 * 1024


def unpack(packed: bytes, step: int, members: int = 64) -> bytes:
    decoder = Gunzip(members)
    out = b"".join(
        piece for start in range(0, len(packed), step) for piece in decoder.feed(packed[start : start + step])
    )
    decoder.finish()
    return out


@pytest.mark.parametrize("step", [1, 7, 64, 10**6])
def test_any_slicing_gives_the_same(step: int) -> None:
    content = random.Random(3).randbytes(2000) + b"offer" * 500
    packed = gzip.compress(content[:1500]) + gzip.compress(b"") + gzip.compress(content[1500:])

    assert unpack(packed, step) == content


@pytest.mark.parametrize("size", [MIB - 1, MIB, MIB + 1, 3 * MIB])
def test_a_full_step_of_output_with_no_input_left_is_not_taken_for_a_cut(size: int) -> None:
    assert len(unpack(gzip.compress(bytes(size)), 10**6)) == size


def test_pieces_stay_small() -> None:
    decoder = Gunzip(1)
    assert max(len(piece) for piece in decoder.feed(gzip.compress(bytes(9 * MIB)))) <= MIB


def test_every_cut_is_seen() -> None:
    packed = gzip.compress(b"<feed>" + b"<offer/>" * 50 + b"</feed>")
    for end in range(len(packed)):
        with pytest.raises(Fault) as caught:
            unpack(packed[:end], 16)
        assert caught.value.code == "source.cut", end


def test_every_changed_byte_of_content_or_trailer_is_seen() -> None:
    packed = gzip.compress(b"microcredential " * 20, mtime=0)
    for place in range(10, len(packed)):
        changed = bytearray(packed)
        changed[place] ^= 0x55
        with pytest.raises(Fault) as caught:
            unpack(bytes(changed), 4096)
        assert caught.value.code in {"source.encoding", "source.cut"}, place


def test_members_are_counted() -> None:
    packed = gzip.compress(b"a")
    assert unpack(packed * 3, 4096, members=3) == b"aaa"
    with pytest.raises(Fault) as caught:
        unpack(packed * 4, 4096, members=3)
    assert caught.value.code == "source.bomb"
