"""Records with one thing wrong: what publishers do to a value, an element or a name. Pure; the dice are given."""

from __future__ import annotations

import random
import re
from typing import Any

import msgspec

__all__ = ["mutated"]

ODD_TEXTS = (
    ("", " ", "\u00a0", "0", "-1", "NA", "9999-12-31", "2 TO 3 hours.", "P60M", "PD1TH0M0", "http://[x", "x" * 9000,
     "180120", "1,5", "mehrsprachig", "<b>&amp;", "\u202e\u200b", "\ufffd" * 40, "https://example.org/a b", "٣",
     "TRUE", "1e999")
)  # fmt: skip
ODD_VALUES: tuple[Any, ...] = (
    (None, True, [], {}, 0, -1, 2**70, 1e300, [[]], [None], {"@value": []}, {"name": {}}, "x", [{"@id": 1}])
)  # fmt: skip


def mutated(raw: bytes, media_type: str, dice: random.Random) -> bytes:
    """The bytes of a record with one thing wrong: a value, an element, a name."""
    if media_type == "application/json":
        value = msgspec.json.decode(raw)
        return msgspec.json.encode(_mutated_json(value, dice))
    text = raw.decode()
    spans = [match.span(1) for match in re.finditer(r">([^<>]*)<", text)] + [
        match.span(1) for match in re.finditer(r'"([^"<>]*)"', text)
    ]
    elements = [match.span() for match in re.finditer(r"<(\w[\w:.-]*)[^<>]*>[^<>]*</\1>", text)]
    choice = dice.random()
    if choice < 0.25 and elements:
        start, end = dice.choice(elements)
        return (text[:start] + text[end:]).encode()
    if choice < 0.4 and elements:
        start, end = dice.choice(elements)
        return (text[:end] + text[start:end] + text[end:]).encode()
    if not spans:
        return raw
    start, end = dice.choice(spans)
    odd = dice.choice(ODD_TEXTS).replace("&", "&amp;").replace("<", "&lt;")
    return (text[:start] + odd + text[end:]).encode()


def _mutated_json(value: Any, dice: random.Random) -> Any:
    places: list[tuple[Any, Any]] = []
    pending = [value]
    while pending:
        part = pending.pop()
        keys = list(part) if isinstance(part, dict) else range(len(part)) if isinstance(part, list) else ()
        for key in keys:
            places.append((part, key))
            pending.append(part[key])
    if not places:
        return dice.choice(ODD_VALUES)
    part, key = dice.choice(places)
    choice = dice.random()
    if choice < 0.2 and isinstance(part, dict):
        del part[key]
    elif choice < 0.5:
        part[key] = dice.choice(ODD_TEXTS)
    elif choice < 0.6:
        part[key] = [part[key], part[key]]
    else:
        part[key] = dice.choice(ODD_VALUES)
    return value
