"""Files that are gzip themselves."""

from __future__ import annotations

import gzip
import io
import random

import pytest

from microharvest.kit.readers.answer import Unreadable
from microharvest.kit.readers.compressed import open_plain

CONTENT = random.Random(1).randbytes(3_000_000)


SEVERAL = gzip.compress(CONTENT[:999]) + gzip.compress(CONTENT[999:]) + b"\x00" * 9


@pytest.mark.parametrize("given", [CONTENT, gzip.compress(CONTENT), SEVERAL], ids=["plain", "one", "several"])
def test_whole(given: bytes) -> None:
    with open_plain(io.BytesIO(given)) as plain:
        assert plain.read() == CONTENT


@pytest.mark.parametrize(
    ("given", "max_bytes", "code"),
    [
        (gzip.compress(CONTENT)[:-3], 1 << 30, "source.cut"),
        (gzip.compress(CONTENT), 1 << 20, "source.too_large"),
        (gzip.compress(b"\x00" * (64 << 20)), 1 << 30, "source.bomb"),
        (b"\x1f\x8bnonsense that is no gzip", 1 << 30, "source.encoding"),
        (gzip.compress(b"x", mtime=0) + b"garbage", 1 << 30, "source.encoding"),
    ],
)
def test_refused(given: bytes, max_bytes: int, code: str) -> None:
    with pytest.raises(Unreadable) as caught, open_plain(io.BytesIO(given), max_bytes):
        pytest.fail("it was opened")
    assert caught.value.code == code
