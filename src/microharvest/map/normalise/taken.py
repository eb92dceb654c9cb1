"""What a normaliser returns, and how bases combine. A refusal is a value too: None with at least one code."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

from microharvest.model.values import Basis

__all__ = ["SHORT", "Taken", "refused", "remembered", "weakest"]

_T = TypeVar("_T")

SHORT = 100
"""Longer values are no code, number or date. They are refused or kept as text, and never fill a cache."""


class Taken(NamedTuple, Generic[_T]):
    """`value` or None, how it is known, and codes of `ISSUE_CODES` for what was wrong with it."""

    value: _T | None
    basis: Basis = "declared"
    issues: tuple[str, ...] = ()


def refused(*codes: str) -> Taken[Any]:
    """No value, for these reasons. Without a code the value says nothing, and nothing is wrong with that."""
    return Taken(None, "declared", codes)


_STRENGTH: dict[Basis, int] = {"declared": 0, "mapped": 1, "derived": 2, "default": 3}


def weakest(one: Basis, other: Basis) -> Basis:
    """A value is known no better than by the weakest step that led to it."""
    return one if _STRENGTH[one] >= _STRENGTH[other] else other


def remembered(
    normalise: Callable[[str, str | None], Taken[_T]],
) -> Callable[[str, str | None], Taken[_T]]:
    """Keep the last answers for short values: a feed says the same few codes over and over."""
    known = lru_cache(maxsize=4096)(normalise)

    def ask(value: str, hint: str | None = None) -> Taken[_T]:
        if len(value) > SHORT or (hint is not None and len(hint) > SHORT):
            return normalise(value, hint)
        return known(value, hint)

    return ask
