"""What a person decided about records and entries: signed, dated, revocable. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["Assertion"]


class Assertion(msgspec.Struct, frozen=True):
    """Two records, each (source, native id), are the same offer or two different ones; `decision`: its number."""

    kind: Literal["same", "different"]
    one: tuple[str, str]
    other: tuple[str, str]
    decision: int
