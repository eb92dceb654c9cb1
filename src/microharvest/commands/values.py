"""A value of an offer on one line: what it says, without the brackets it is stored in."""

from __future__ import annotations

from typing import Any

from microharvest.commands.screen import clean

__all__ = ["shown"]

LIMIT = 300
NAMING = frozenset({"name", "label", "title"})
"""Parts that, where they stand alone, need not be named."""


def shown(value: Any, *, limit: int = LIMIT) -> str:
    """Texts by language, lists with commas, parts as `name value`; cut to `limit` characters."""
    return clean(_written(value), limit=limit)


def _written(value: Any) -> str:
    if isinstance(value, dict):
        if len(value) == 1:
            (name, only), = value.items()  # fmt: skip
            return _written(only) if name in NAMING else f"{name}: {_written(only)}"
        return ", ".join(f"{name}: {_inner(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        between = "; " if any(isinstance(one, dict) for one in value) else ", "
        return between.join(_written(one) for one in value)
    return str(value)


def _inner(value: Any) -> str:
    text = _written(value)
    return f"({text})" if isinstance(value, dict | list | tuple) and ("," in text or ";" in text) else text
