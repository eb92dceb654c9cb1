"""Where each value of an offer comes from, found by mapping again with one statement left out at a time.

Mapping is pure, so a statement made exactly those fields and issues that are different without it. This cannot
fall behind the mapping, as a table of "field X comes from Y" would. A statement whose absence changes nothing was
said twice, or came to nothing; mapped alone it shows which field it was meant for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from microharvest.kit.draft import Draft, Statement
from microharvest.map.apply import Defaults, Mapped, apply_draft
from microharvest.model.issue import Issue
from microharvest.model.offer import OFFER_FIELDS, Offer, encode_offer

__all__ = ["MAX_TRACED", "FieldOrigin", "Said", "Trace", "trace"]

MAX_TRACED = 300
"""Statements taken apart one by one; each costs one mapping of the record."""

_EMPTY = Offer()


class Said(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing the source says: `path` in the record, the raw `value`, and the field the dialect took it for."""

    field: str
    value: str
    path: str = ""
    lang: str | None = None
    basis: str = "declared"
    hints: dict[str, str] = {}
    issues: tuple[Issue, ...] = ()


class FieldOrigin(msgspec.Struct, frozen=True, kw_only=True):
    """One field of the offer: its value, its basis, and what it was made from (nothing: a default)."""

    field: str
    value: Any
    basis: str | None
    said: tuple[Said, ...]


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """`fields` in the order of the model; `idle`: statements that became no value; `cut`: how many were not traced."""

    fields: tuple[FieldOrigin, ...]
    idle: tuple[Said, ...]
    issues: tuple[Issue, ...]
    cut: int


def trace(draft: Draft, defaults: Defaults) -> Trace:
    """Take a draft apart."""
    whole = apply_draft(draft, defaults)
    origins: dict[str, list[Said]] = {}
    idle: list[Said] = []
    places = list(_statements(draft))
    for place, statement in places[:MAX_TRACED]:
        without = apply_draft(_copy(draft, leave_out=place), defaults)
        said = _said(statement, tuple(issue for issue in whole.issues if issue not in without.issues))
        fields = _different(whole, without) or _meant(draft, place, whole)
        for field in fields:
            origins.setdefault(field, []).append(said)
        if not fields:
            idle.append(said)
    offer = msgspec.json.decode(encode_offer(whole.offer))  # as it is stored: numbers, not Decimals
    return Trace(
        fields=tuple(
            FieldOrigin(
                field=field,
                value=offer[field],
                basis=whole.offer.basis.get(field),
                said=tuple(origins.get(field, ())),
            )
            for field in OFFER_FIELDS
            if field in offer
        ),
        idle=tuple(idle),
        issues=whole.issues,
        cut=max(0, len(places) - MAX_TRACED),
    )


Place = tuple[int, ...]
"""Where a statement stands: indices of parts, then its own index."""


def _statements(draft: Draft, above: Place = ()) -> Iterator[tuple[Place, Statement]]:
    for number, statement in enumerate(draft.statements):
        yield (*above, number), statement
    for number, part in enumerate(draft.parts):
        yield from _statements(part, (*above, number))


def _copy(draft: Draft, leave_out: Place = (), keep: Place | None = None) -> Draft:
    """A draft without one statement, or with one alone (`keep`) and only the parts around it."""
    copied = Draft(draft.kind)
    own = leave_out or keep or ()
    here, below = (own[0] if len(own) == 1 else None), (own[0] if len(own) > 1 else None)
    if keep is None:
        copied.issues = list(draft.issues)
        copied.statements = [one for number, one in enumerate(draft.statements) if number != here]
        copied.parts = [
            _copy(part, own[1:]) if number == below else _copy(part) for number, part in enumerate(draft.parts)
        ]
    else:
        copied.statements = [] if here is None else [draft.statements[here]]
        copied.parts = [] if below is None else [_copy(draft.parts[below], keep=own[1:])]
    return copied


def _different(one: Mapped, other: Mapped) -> list[str]:
    """A field that only one of the two has, or that both have with other values."""
    return [field for field in OFFER_FIELDS if getattr(one.offer, field) != getattr(other.offer, field)]


def _meant(draft: Draft, place: Place, whole: Mapped) -> list[str]:
    """The fields a statement fills when it stands alone, as far as the offer has them."""
    alone = apply_draft(_copy(draft, keep=place), Defaults()).offer
    return [
        field
        for field in OFFER_FIELDS
        if getattr(alone, field) != getattr(_EMPTY, field)
        and getattr(whole.offer, field) != getattr(_EMPTY, field)
        and field != "is_microcredential"
    ]


def _said(statement: Statement, issues: tuple[Issue, ...]) -> Said:
    return Said(
        field=statement.field,
        value=statement.value,
        path=statement.path,
        lang=statement.lang,
        basis=statement.basis,
        hints=statement.hints,
        issues=issues,
    )
