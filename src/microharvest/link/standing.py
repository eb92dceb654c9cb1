"""Which values people gave to the fields of an entry hold now: those whose decider saw what the sources say now. Pure.

What must stay true: a value stands exactly while the set of values the sources contribute is the set its decider saw.
It lapses when that changes, holds again when it comes back, and is listed either way. Two standing values that differ
stand against each other: neither is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from microharvest.model.coded import as_said
from microharvest.model.decision import Decided, stamp
from microharvest.model.offer import Offer

__all__ = ["Standing", "contributed", "field_value", "standing"]

_EMPTY = Offer()
_encoder = msgspec.json.Encoder(decimal_format="number", order="deterministic")


class Standing(msgspec.Struct, frozen=True):
    """`decided`: {field: value in force}; `lapsed`: decisions whose field says something else now, with what it says;
    `torn`: decisions that give one field of one entry different values."""

    decided: dict[str, Decided]
    lapsed: dict[int, tuple[str, ...]]
    torn: tuple[int, ...]


def contributed(field: str, offers: Iterable[Offer]) -> tuple[str, ...]:
    """The distinct values of a field as the sources say them, each as JSON, by bytes; absent ones do not count."""
    absent = getattr(_EMPTY, field)
    values = [as_said(getattr(offer, field)) for offer in offers]
    return tuple(sorted({_encoder.encode(value).decode() for value in values if value != absent}))


def field_value(field: str, value: bytes) -> Any:
    """A field's value from its JSON; None for `null`. Raises msgspec.DecodeError where it does not fit the field."""
    if value == b"null":
        return None
    return getattr(msgspec.json.decode(b'{"%s":%s}' % (field.encode(), value), type=Offer), field)


def standing(rows: Sequence[Any], offers: Sequence[Offer]) -> Standing:
    """`rows`: the active value decisions on one entry, by number; `offers`: what its present members say."""
    decided: dict[str, Decided] = {}
    lapsed: dict[int, tuple[str, ...]] = {}
    torn: dict[str, set[int]] = {}
    for row in rows:
        now = contributed(row.field, offers)
        if tuple(msgspec.json.decode(row.seen)) != now:
            lapsed[row.id] = now
            continue
        value = field_value(row.field, row.value.encode())
        first = decided.setdefault(row.field, Decided(value, row.id, stamp(row.at)))
        if first.value != value:
            torn.setdefault(row.field, {first.decision}).add(row.id)
    held = {field: value for field, value in decided.items() if field not in torn}
    return Standing(held, lapsed, tuple(sorted(set().union(*torn.values()))))
