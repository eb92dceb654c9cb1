"""How one takes part: languages, modes, schedule, addresses, places. Shared by offers and their instances."""

from __future__ import annotations

from collections.abc import Iterable

from microharvest.kit.draft import Draft, Statement
from microharvest.map.concepts import first_of, take_listed
from microharvest.map.normalise.language import languages
from microharvest.map.normalise.status import status
from microharvest.map.normalise.text import clean_text, one_line
from microharvest.map.normalise.url import url
from microharvest.map.organisations import first_country
from microharvest.map.sheet import Sheet, by_field
from microharvest.model.values import Concept, Location

__all__ = ["take_homepages", "take_languages", "take_locations", "take_schedule", "take_status"]


def take_languages(sheet: Sheet, field: str, statements: Iterable[Statement], at: str | None = None) -> tuple[str, ...]:
    """Teaching languages, each once."""
    found: dict[str, None] = {}
    for statement in statements:
        taken = sheet.take(field, statement, languages(statement.value, statement.hints.get("uri")), at)
        found.update(dict.fromkeys(taken or ()))
    return tuple(found)


def take_homepages(sheet: Sheet, field: str, statements: Iterable[Statement], at: str | None = None) -> tuple[str, ...]:
    """Addresses, each once."""
    found: dict[str, None] = {}
    for statement in statements:
        address = sheet.take(field, statement, url(statement.value), at)
        if address is not None:
            found[address] = None
    return tuple(found)


def take_schedule(sheet: Sheet, field: str, statements: Iterable[Statement], at: str | None = None) -> Concept | None:
    """Full time, part time intensive or light; or a label."""
    return first_of(sheet, at or field, take_listed(sheet, field, statements, "schedules", at))


def take_status(sheet: Sheet, field: str, statements: Iterable[Statement], at: str | None = None) -> str | None:
    """The first status; a word in no list is kept as it stands, with an issue."""
    chosen: str | None = None
    for statement in statements:
        taken = status(statement.value, statement.hints.get("uri"))
        if taken.value is None:
            taken = one_line(statement.value)._replace(issues=("concept.unresolved",))
        if chosen is None:
            chosen = sheet.take(field, statement, taken, at)
        elif taken.value != chosen:
            sheet.note("value.surplus", at or field, statement.value)
    return chosen


def take_locations(sheet: Sheet, field: str, parts: Iterable[Draft]) -> tuple[Location, ...]:
    """Places with country, city and address as far as they are said, each once."""
    found: dict[Location, None] = {}
    for part in parts:
        said = by_field(part.statements)
        texts = {
            name: [
                text
                for statement in said.get(name, ())
                if (text := sheet.take(field, statement, clean(statement.value), f"{field}.locations.{name}"))
                is not None
            ]
            for name, clean in (("city", one_line), ("address", clean_text))
        }
        if not texts["address"]:  # a place known by a name alone
            names = (sheet.take(field, each, one_line(each.value)) for each in said.get("name", ()))
            texts["address"] = [name for name in names if name is not None]
        location = Location(
            country=first_country(sheet, field, said.get("country", []), f"{field}.locations.country"),
            city=", ".join(dict.fromkeys(texts["city"])) or None,
            address="\n".join(dict.fromkeys(texts["address"])) or None,
        )
        if location != Location():
            found[location] = None
    return tuple(found)
