"""Identifiers."""

from __future__ import annotations

import pytest

from microharvest.map.normalise.identifier import identifier
from microharvest.model.values import Identifier


@pytest.mark.parametrize(("said", "value"), [("\tA-1 ", "A-1"), ("00123", "00123"), ("10.1/a<b&c", "10.1/a<b&c")])
def test_identifier(said: str, value: str) -> None:
    assert identifier(said, "code") == (Identifier(scheme="code", value=value), "declared", ())


@pytest.mark.parametrize("said", ["TODO", "NA", "n/a", "0", "-", "null", "None", "?", "x", " ", "not available"])
def test_placeholders_are_none(said: str) -> None:
    assert identifier(said, "code") == (None, "declared", ("identifier.placeholder",))


def test_what_is_destroyed_identifies_nothing() -> None:
    assert identifier("A\ufffd1", "code").issues == ("value.text_damaged",)
