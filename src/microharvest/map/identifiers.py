"""Identifiers of offers, instances and organisations, each once, in the order they were said."""

from __future__ import annotations

from collections.abc import Iterable

from microharvest.kit.draft import Statement
from microharvest.map.normalise.identifier import identifier
from microharvest.map.normalise.text import storable
from microharvest.map.sheet import Sheet
from microharvest.model.values import Identifier

__all__ = ["take_identifiers"]


def take_identifiers(
    sheet: Sheet, field: str, statements: Iterable[Statement], default: str, at: str | None = None
) -> tuple[Identifier, ...]:
    """The scheme is the source's; without one it is "uri" for an http or urn address, else `default`."""
    found: dict[Identifier, None] = {}
    for statement in statements:
        scheme = statement.hints.get("scheme")
        if not scheme:
            scheme = "uri" if statement.value.lstrip().startswith(("http://", "https://", "urn:")) else default
        taken = sheet.take(field, statement, identifier(statement.value, storable(scheme.strip()) or default), at)
        if taken is not None:
            found[taken] = None
    return tuple(found)
