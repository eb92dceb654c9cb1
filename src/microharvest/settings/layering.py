"""Several layers of the same tables become one, and each value remembers where it came from.

Later layers win key by key; lists and the tables named in `WHOLE` are replaced as a whole, never mixed.
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["BUILT_IN", "Effective", "Key", "Layer", "flatten", "merge"]

BUILT_IN = "built-in default"

Key = tuple[str, ...]

WHOLE: frozenset[Key] = frozenset({("columns",), ("lookups",), ("publisher",), ("auth",)})
"""Tables that only make sense together: half a login or half a lookup table would be nobody's intention."""

RIVALS: tuple[tuple[Key, Key], ...] = (
    (("schedule", "cron"), ("schedule", "every")),
    (("schedule", "every"), ("schedule", "cron")),
)
"""A later layer's first key removes an earlier layer's second; both in one layer is an error."""


class Layer(NamedTuple):
    """`values` as read from TOML; `origin` is shown to people."""

    origin: str
    values: dict[str, Any]


class Effective(NamedTuple):
    """One value that holds: dotted key, value, origin."""

    key: str
    value: Any
    origin: str


def merge(layers: list[Layer]) -> tuple[dict[str, Any], dict[Key, str]]:
    """The merged tables, and the origin of every leaf by its key path."""
    leaves: dict[Key, tuple[Any, str]] = {}
    for layer in layers:
        own = flatten(layer.values)
        for winner, loser in RIVALS:
            if winner in own and loser not in own:
                leaves.pop(loser, None)
        for key, value in own.items():
            _clear(leaves, key)
            leaves[key] = (value, layer.origin)
    merged: dict[str, Any] = {}
    for key, (value, _) in leaves.items():
        _put(merged, key, value)
    return merged, {key: origin for key, (_, origin) in leaves.items()}


def flatten(values: dict[str, Any], prefix: Key = ()) -> dict[Key, Any]:
    """Key paths to leaves. Empty tables and the tables in `WHOLE` are leaves."""
    leaves: dict[Key, Any] = {}
    for name, value in values.items():
        key = (*prefix, name)
        if isinstance(value, dict) and value and key not in WHOLE:
            leaves.update(flatten(value, key))
        else:
            leaves[key] = value
    return leaves


def _clear(leaves: dict[Key, tuple[Any, str]], key: Key) -> None:
    """Remove earlier leaves that stand above or below `key`: a table cannot also be a value."""
    for other in [other for other in leaves if other != key and _related(other, key)]:
        del leaves[other]


def _related(one: Key, other: Key) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def _put(target: dict[str, Any], key: Key, value: Any) -> None:
    for section in key[:-1]:
        target = target.setdefault(section, {})
    target[key[-1]] = value
