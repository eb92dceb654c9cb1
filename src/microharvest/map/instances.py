"""Instances: the starts of an offer, from parts, or one from dates that stand beside the offer's own values."""

from __future__ import annotations

from microharvest.kit.draft import Draft
from microharvest.map.concepts import take_listed
from microharvest.map.identifiers import take_identifiers
from microharvest.map.money import take_prices
from microharvest.map.normalise.date import date, is_reversed
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
    dates = _dates(sheet, said)
    identifiers = [*said.get("identifier", ()), *said.get("code", ())]
    return Instance(
        identifiers=take_identifiers(sheet, _FIELD, identifiers, "local", f"{_FIELD}.identifiers"),
        title=names_by_language(sheet, _FIELD, said.get("title", ()), f"{_FIELD}.title"),
        homepage=take_homepages(sheet, _FIELD, said.get("homepage", ()), f"{_FIELD}.homepage"),
        start_date=dates["start_date"],
        end_date=dates["end_date"],
        application_deadline=dates["application_deadline"],
        duration=take_duration(sheet, _FIELD, said.get("duration", ()), f"{_FIELD}.duration"),
        schedule=take_schedule(sheet, _FIELD, said.get("schedule", ()), f"{_FIELD}.schedule"),
        modes=take_listed(sheet, _FIELD, said.get("mode", ()), "modes", f"{_FIELD}.modes"),
        languages=take_languages(sheet, _FIELD, said.get("languages", ()), f"{_FIELD}.languages"),
        locations=take_locations(sheet, _FIELD, places),
        prices=take_prices(
            sheet, _FIELD, said, [part for part in draft.parts if part.kind == "price"], f"{_FIELD}.prices"
        ),
        status=take_status(sheet, _FIELD, said.get("status", ()), f"{_FIELD}.status"),
    )


def _dates(sheet: Sheet, said: Said) -> dict[str, str | None]:
    dates = {
        field: agreed(
            sheet,
            _FIELD,
            said.get(field, ()),
            lambda each: date(each.value, each.hints.get("format")),
            "date.invalid",
            f"{_FIELD}.{field}",
        )
        for field in INSTANCE_DATES
    }
    if is_reversed(dates["start_date"], dates["end_date"]):
        sheet.note("date.reversed", f"{_FIELD}.end_date", f"{dates['start_date']} - {dates['end_date']}")
    return dates
