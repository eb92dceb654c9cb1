"""What stands between a body and the store: accepted hashes in a file, and a disk that is full while unpacking."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microharvest.harvest.parse import Reading, parse_body
from microharvest.harvest.worker import read_known, write_known
from microharvest.kit import Batch, Body, DialectSettings, Refused, Request
from microharvest.kit.manifest import load_dialect
from microharvest.map.apply import Defaults

KNOWN = st.dictionaries(st.integers(-(2**63), 2**63 - 1), st.binary(min_size=16, max_size=16), min_size=1)


@given(known=KNOWN, asked=st.integers(-(2**63), 2**63 - 1))
def test_accepted_hashes_are_found_in_their_file(tmp_path_factory: Any, known: dict[int, bytes], asked: int) -> None:
    path = tmp_path_factory.mktemp("known") / "known"
    write_known(path, iter(sorted(known.items())))
    found = read_known(path)
    assert {key: found.get(key) for key in known} == known
    assert found.get(asked) == known.get(asked)


class _Failing:
    """A protocol that meets an error of the system."""

    def __init__(self, number: int) -> None:
        self._number = number

    def parse(self, body: Body, request: Request) -> Iterator[Batch | Refused]:
        yield Batch()
        raise OSError(self._number, "it failed")


@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.ENOSPC, "store.full"), (errno.EDQUOT, "store.full"), (errno.EIO, "run.connector")],
)
def test_a_full_disk_while_unpacking_is_called_so(number: int, code: str) -> None:
    dialect = load_dialect("columns")(DialectSettings(columns={"title": "t"}))
    protocol: Any = _Failing(number)
    reading = Reading(protocol=protocol, dialect=dialect, defaults=Defaults(), known={})
    (parcel,) = parse_body(reading, Body(path=Path("x"), url="x"), Request(lane="x", url="x"))
    assert parcel.refused is not None
    assert (parcel.refused.code, parcel.refused.then) == (code, "fatal")
