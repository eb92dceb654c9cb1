"""A value of an offer on one line: what it says, without the brackets it is stored in."""

from __future__ import annotations

from typing import Any

from microharvest.commands.screen import clean

__all__ = ["brief", "shown"]

LIMIT = 300
NAMING = frozenset({"name", "label", "title"})
"""Parts that, where they stand alone, need not be named."""


def shown(value: Any, *, limit: int = LIMIT) -> str:
    """Texts by language, lists with commas, parts as `name value`; cut to `limit` characters."""
    return clean(_written(value), limit=limit)


def brief(value: Any, *, limit: int = LIMIT) -> str:
    """What a person compares: names and numbers, without schemes, addresses of lists, and originals."""
    return clean(_brief(value), limit=limit)


def _brief(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "; ".join(text for one in value if (text := _brief(one)))
    if not isinstance(value, dict):
        return str(value)
    dates = [value[name] for name in ("start_date", "end_date") if name in value]
    if dates:
        return " to ".join(dates)
    for name in ("name", "label", "title"):
        if value.get(name):
            return _brief(value[name])
    if "points" in value or "amount" in value:
        number = value.get("points", value.get("amount"))
        return f"{number:g} {value.get('framework') or value.get('currency') or ''}".strip()
    if "uri" in value and set(value) <= {"uri", "code", "original"}:
        return str(value.get("code") or value["uri"].rstrip("/").rpartition("/")[2])
    if "value" in value:
        return str(value["value"])
    return ", ".join(_brief(one) if name == "und" else f"{name}: {_brief(one)}" for name, one in value.items())


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
