"""Providers and awarding bodies, from parts or from flat statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from microharvest.kit.draft import Draft, Statement
from microharvest.map.identifiers import take_identifiers
from microharvest.map.normalise.country import country
from microharvest.map.normalise.taken import Taken
from microharvest.map.normalise.text import one_line
from microharvest.map.normalise.url import url
from microharvest.map.sheet import Said, Sheet, by_field
from microharvest.map.texts import as_translations, names_by_language
from microharvest.model.organisation import Organisation
from microharvest.model.values import LangMap

__all__ = ["first_country", "take_awarding_bodies", "take_provider"]

_PARTS = ("identifiers", "country", "homepage", "city")
_FLAT = {
    "provider": "name",
    "provider_id": "identifier",
    "provider_url": "homepage",
    "country": "country",
    "city": "city",
}
"""Flat statements, and what they say about the provider."""


def take_provider(sheet: Sheet, said: Said, parts: list[Draft]) -> Organisation | None:
    """The provider: the first part that says something, else the flat `provider…` statements."""
    chosen: Organisation | None = None
    for part in parts:
        known = dict(sheet.basis)
        organisation = _from_part(sheet, "provider", part)
        if chosen is None or organisation is None:
            chosen = chosen or organisation
            continue
        sheet.basis = known  # how a surplus one is known says nothing of the one that is kept
        if organisation != chosen:
            sheet.note("value.surplus", "provider", next(iter(organisation.name.values()), organisation.homepage or ""))
    if chosen is not None:
        return chosen
    if "provider" not in said and "provider_id" not in said and "provider_url" not in said:
        return None
    return _organisation(sheet, "provider", {_FLAT[name]: said[name] for name in _FLAT if name in said})


def take_awarding_bodies(sheet: Sheet, said: Said, parts: list[Draft]) -> tuple[Organisation, ...]:
    """Each part and each flat statement is one body; one name in several declared languages is one body too."""
    found = [body for part in parts if (body := _from_part(sheet, "awarding_body", part)) is not None]
    statements = said.get("awarding_body", [])
    names: list[LangMap] = []
    for statement in statements:
        name = sheet.label("awarding_body", statement)
        if name and name not in names:
            names.append(name)
    found += [Organisation(name=name) for name in as_translations(names, statements)]
    return tuple(body for index, body in enumerate(found) if body not in found[:index])


def first_country(sheet: Sheet, field: str, statements: list[Statement], at: str | None = None) -> str | None:
    """The country of the first statement with one, what the source says itself before what was derived from it."""
    chosen: str | None = None
    for statement in sorted(statements, key=lambda each: each.basis == "derived"):
        taken = country(statement.value, statement.hints.get("uri"))
        if chosen is None:
            chosen = sheet.take(field, statement, taken, at)
        elif taken.value != chosen:
            sheet.note(taken.issues[0] if taken.issues else "value.surplus", at or field, statement.value)
    return chosen


def _from_part(sheet: Sheet, field: str, part: Draft) -> Organisation | None:
    return _organisation(sheet, field, by_field(part.statements))


def _organisation(sheet: Sheet, field: str, said: Said) -> Organisation | None:
    values: dict[str, Any] = {}
    if "name" in said:
        values["name"] = names_by_language(sheet, field, said["name"], f"{field}.name")
    if "identifier" in said:
        values["identifiers"] = take_identifiers(sheet, f"{field}.identifiers", said["identifier"], "local")
    if "country" in said:
        values["country"] = first_country(sheet, f"{field}.country", said["country"])
    for name, normalise in (("homepage", url), ("city", one_line)):
        if name in said:
            values[name] = _first(sheet, f"{field}.{name}", said[name], normalise)
    _weigh(sheet, field, is_named=bool(values.get("name")))
    organisation = Organisation(**values)
    return None if organisation == Organisation() else organisation


def _weigh(sheet: Sheet, field: str, *, is_named: bool) -> None:
    """An organisation is known as its name is; a part that is known otherwise says so at its own place.

    Without a name it is known as its parts are that the source itself says, where it says any.
    """
    places = [place for name in _PARTS if (place := f"{field}.{name}") in sheet.basis]
    stated = [place for place in places if sheet.basis[place] != "default"] or places
    for place in places:
        if sheet.basis[place] == sheet.basis.get(field) or (not is_named and place in stated):
            sheet.rests_on(field, sheet.basis.pop(place))


def _first(sheet: Sheet, field: str, statements: list[Statement], normalise: Callable[[str], Taken[str]]) -> str | None:
    found: dict[str, None] = {}
    for statement in statements:
        value = sheet.take(field, statement, normalise(statement.value))
        if value is not None:
            found[value] = None
    for surplus in list(found)[1:]:
        sheet.note("value.surplus", field, surplus)
    return next(iter(found), None)
