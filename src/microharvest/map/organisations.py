"""Providers and awarding bodies, from parts or from flat statements."""

from __future__ import annotations

from microharvest.kit.draft import Draft, Statement
from microharvest.map.identifiers import take_identifiers
from microharvest.map.normalise.country import country
from microharvest.map.normalise.text import one_line
from microharvest.map.normalise.url import url
from microharvest.map.sheet import Said, Sheet, by_field
from microharvest.map.texts import as_translations, names_by_language
from microharvest.model.organisation import Organisation
from microharvest.model.values import LangMap

__all__ = ["first_country", "take_awarding_bodies", "take_provider"]


def take_provider(sheet: Sheet, said: Said, parts: list[Draft]) -> Organisation | None:
    """The provider: the first part that says something, else the flat `provider…` statements."""
    providers = [organisation for part in parts if (organisation := _from_part(sheet, "provider", part)) is not None]
    for surplus in providers[1:]:
        if surplus != providers[0]:
            name = next(iter(surplus.name.values()), surplus.homepage or "")
            sheet.note("value.surplus", "provider", name)
    if providers:
        return providers[0]
    flat = {
        "name": said.get("provider", []),
        "identifier": said.get("provider_id", []),
        "homepage": said.get("provider_url", []),
    }
    if not any(flat.values()):
        return None
    flat |= {"country": said.get("country", []), "city": said.get("city", [])}
    return _organisation(sheet, "provider", flat)


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
    homepages: list[str] = []
    for statement in said.get("homepage", ()):
        homepage = sheet.take(field, statement, url(statement.value), f"{field}.homepage")
        if homepage is not None and homepage not in homepages:
            homepages.append(homepage)
    for surplus in homepages[1:]:
        sheet.note("value.surplus", f"{field}.homepage", surplus)
    cities = [
        city
        for statement in said.get("city", ())
        if (city := sheet.take(field, statement, one_line(statement.value), f"{field}.city")) is not None
    ]
    organisation = Organisation(
        name=names_by_language(sheet, field, said.get("name", ()), f"{field}.name"),
        identifiers=take_identifiers(sheet, field, said.get("identifier", ()), "local", f"{field}.identifiers"),
        homepage=homepages[0] if homepages else None,
        country=first_country(sheet, field, said.get("country", []), f"{field}.country"),
        city=cities[0] if cities else None,
    )
    return None if organisation == Organisation() else organisation
