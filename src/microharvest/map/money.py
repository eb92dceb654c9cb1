"""Prices of an offer or instance, from flat statements or from parts with amount and currency."""

from __future__ import annotations

from collections.abc import Iterable

from microharvest.kit.draft import Draft, Statement
from microharvest.map.normalise.price import prices
from microharvest.map.sheet import Said, Sheet, by_field
from microharvest.model.values import Price

__all__ = ["take_prices"]


def take_prices(sheet: Sheet, field: str, said: Said, parts: list[Draft], at: str | None = None) -> tuple[Price, ...]:
    """Each price once. A currency beside the amount is a hint; a `currency` statement speaks for prices without one."""
    found: dict[Price, None] = {}
    _take(sheet, field, said.get("price", ()), said.get("currency", []), at, found)
    for part in parts:
        inside = by_field(part.statements)
        amounts = [*inside.get("amount", ()), *inside.get("price", ())] or inside.get("name", [])
        currencies = inside.get("currency") or inside.get("unit") or said.get("currency", [])
        _take(sheet, field, amounts, currencies, at, found)
    return tuple(found)


def _take(
    sheet: Sheet,
    field: str,
    amounts: Iterable[Statement],
    currencies: list[Statement],
    at: str | None,
    found: dict[Price, None],
) -> None:
    beside = currencies[0] if currencies else None
    for statement in amounts:
        taken = prices(statement.value, statement.hints.get("currency"))
        if beside is not None and "currency" not in statement.hints and (taken.value is None or taken.issues):
            taken = prices(statement.value, beside.hints.get("uri") or beside.value)
        value = sheet.take(field, statement, taken, at)
        found.update(dict.fromkeys(value or ()))
