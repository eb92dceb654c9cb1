"""Instances: the starts of an offer, from parts, or one from dates that stand beside the offer's own values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from microharvest.kit.draft import Draft, Statement
from microharvest.map.concepts import take_listed
from microharvest.map.identifiers import take_identifiers
from microharvest.map.money import take_prices
from microharvest.map.normalise.date import date, is_reversed
from microharvest.map.normalise.taken import Taken
from microharvest.map.participation import (
    take_homepages,
    take_languages,
    take_locations,
    take_schedule,
    take_status,
)
from microharvest.map.quantities import agreed, take_duration
from microharvest.map.sheet import Said, Sheet, by_field
from microharvest.map.texts import names_by_language
from microharvest.model.instance import Instance
from microharvest.model.values import Concept

__all__ = ["INSTANCE_DATES", "INSTANCE_FIELDS", "take_instances"]

INSTANCE_DATES = ("start_date", "end_date", "application_deadline")
INSTANCE_FIELDS = frozenset(
    (
        *INSTANCE_DATES, "identifier", "code", "title", "homepage", "duration", "schedule", "mode", "languages",
        "price", "currency", "status", "city", "address", "country",
    )
)  # fmt: skip
_FIELD = "instances"


def take_instances(sheet: Sheet, said: Said, parts: list[Draft]) -> tuple[Instance, ...]:
    """Instances in the order of the record; one that says nothing is none, and two that say the same are one."""
    drafts = list(parts)
    if any(field in said for field in INSTANCE_DATES):
        implicit = Draft("instance")
        implicit.statements = [each for field in INSTANCE_DATES for each in said.get(field, ())]
        drafts.append(implicit)
    found: list[Instance] = []
    for draft in drafts:
        instance = _instance(sheet, draft)
        if instance != Instance() and instance not in found:
            found.append(instance)
    return tuple(found)


def _instance(sheet: Sheet, draft: Draft) -> Instance:
    said = by_field(draft.statements)
    for field in said.keys() - INSTANCE_FIELDS:
        sheet.note("value.surplus", f"{_FIELD}.{field}", said[field][0].value)
    places = [part for part in draft.parts if part.kind == "location"]
    if "city" in said or "address" in said or "country" in said:
        place = Draft("location")
        place.statements = [each for name in ("country", "city", "address") for each in said.get(name, ())]
        places.append(place)
    values: dict[str, Any] = _dates(sheet, said)
    if "identifier" in said or "code" in said:
        identifiers = [*said.get("identifier", ()), *said.get("code", ())]
        values["identifiers"] = take_identifiers(sheet, _FIELD, identifiers, "local", f"{_FIELD}.identifiers")
    if "title" in said:
        values["title"] = names_by_language(sheet, _FIELD, said["title"], f"{_FIELD}.title")
    for said_as, (field, take) in _TAKERS.items():
        if said_as in said:
            values[field] = take(sheet, _FIELD, said[said_as], f"{_FIELD}.{field}")
    if places:
        values["locations"] = take_locations(sheet, _FIELD, places)
    prices = [part for part in draft.parts if part.kind == "price"]
    if prices or "price" in said:
        values["prices"] = take_prices(sheet, _FIELD, said, prices, f"{_FIELD}.prices")
    return Instance(**values)


def _modes(sheet: Sheet, field: str, statements: list[Statement], at: str) -> tuple[Concept, ...]:
    return take_listed(sheet, field, statements, "modes", at)


_TAKERS: dict[str, tuple[str, Callable[[Sheet, str, list[Statement], str], Any]]] = {
    "homepage": ("homepage", take_homepages),
    "duration": ("duration", take_duration),
    "schedule": ("schedule", take_schedule),
    "mode": ("modes", _modes),
    "languages": ("languages", take_languages),
    "status": ("status", take_status),
}


def _dates(sheet: Sheet, said: Said) -> dict[str, Any]:
    dates: dict[str, Any] = {}
    for field in INSTANCE_DATES:
        if field in said:
            dates[field] = agreed(sheet, _FIELD, said[field], _date, "date.invalid", f"{_FIELD}.{field}")
    if is_reversed(dates.get("start_date"), dates.get("end_date")):
        sheet.note("date.reversed", f"{_FIELD}.end_date", f"{dates['start_date']} - {dates['end_date']}")
    return dates


def _date(statement: Statement) -> Taken[str]:
    return date(statement.value, statement.hints.get("format"))
