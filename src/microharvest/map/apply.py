"""Apply a dialect's draft: statements in the source's words -> an offer in the common model, and issues.

Pure and deterministic: the same draft and defaults give the same bytes. Nothing a feed says makes it raise; a value
that cannot be read, or can be read in two ways, becomes an issue that keeps the original. Raise `MAP_VERSION` whenever
the same draft would map differently: what was mapped before is then mapped again.
"""

from __future__ import annotations

from typing import Any

import msgspec

from microharvest.kit.draft import Draft, Statement
from microharvest.map.assurance import take_assurance, take_entitlements, take_outcomes
from microharvest.map.concepts import (
    first_of,
    take_assessments,
    take_credential,
    take_listed,
    take_open,
    take_sectors,
    take_size,
    take_subjects,
)
from microharvest.map.identifiers import take_identifiers
from microharvest.map.instances import INSTANCE_DATES, take_instances
from microharvest.map.money import take_prices
from microharvest.map.normalise.country import country
from microharvest.map.normalise.date import date
from microharvest.map.normalise.language import languages
from microharvest.map.normalise.url import url
from microharvest.map.organisations import first_country, take_awarding_bodies, take_provider
from microharvest.map.participation import take_homepages, take_languages, take_schedule, take_status
from microharvest.map.quantities import take_credits, take_duration, take_level, take_national, take_workload
from microharvest.map.sheet import Defaults, Said, Sheet, by_field
from microharvest.map.texts import join_texts, join_translations, take_titles
from microharvest.model.issue import Issue
from microharvest.model.offer import Offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import Identifier, Microcredential

__all__ = ["MAP_VERSION", "Defaults", "Mapped", "apply_draft"]

MAP_VERSION = 7

_INSIDE_PARTS = (
    "name", "type", "reuse_level", "entitlement_status", "agent", "agent_country", "valid_from", "valid_to", "report",
    "amount", "unit", "address",
)  # fmt: skip
_UNDECIDED = Microcredential()
_Parts = dict[str, list[Draft]]


class Mapped(msgspec.Struct, frozen=True):
    """What one record says, in the common model, and everything that was wrong with it (each issue once)."""

    offer: Offer
    issues: tuple[Issue, ...]


def apply_draft(draft: Draft, defaults: Defaults) -> Mapped:
    """Map one draft. Values: `Offer`; what was refused or doubtful: `Mapped.issues`, the draft's own first."""
    sheet = Sheet(defaults, draft.issues)
    said = by_field(draft.statements)
    parts: _Parts = {}
    for part in draft.parts:
        parts.setdefault(part.kind, []).append(part)
    values: dict[str, Any] = {}
    _take_texts(sheet, said, values)
    _take_identity(sheet, said, parts, values)
    _take_study(sheet, said, parts, values)
    _take_participation(sheet, said, parts, values)
    _fill_defaults(sheet, defaults, values)
    _note_rest(sheet, said, parts)
    filled = {field: value for field, value in values.items() if value}
    basis = {place: known for place, known in sheet.basis.items() if place.partition(".")[0] in filled}
    return Mapped(Offer(**filled, basis=basis), sheet.issues)


def _take_texts(sheet: Sheet, said: Said, values: dict[str, Any]) -> None:
    values["title"], values["alt_title"] = take_titles(sheet, said)
    if not values["title"]:
        sheet.note("record.no_title", "title", "")
    for field in ("description", "entry_requirement"):
        if field in said:
            values[field] = join_texts(sheet, field, said[field])
    if "grants" in said:
        values["grants"] = join_translations(sheet, "grants", said["grants"])


def _take_identity(sheet: Sheet, said: Said, parts: _Parts, values: dict[str, Any]) -> None:
    values["provider"] = take_provider(sheet, said, parts.get("provider", []))
    if "awarding_body" in said or "awarding_body" in parts:
        values["awarding_body"] = take_awarding_bodies(sheet, said, parts.get("awarding_body", []))
    if "country" in said:
        values["country"] = first_country(sheet, "country", said["country"])
    identifiers: list[Identifier] = []
    for field, scheme in (("identifier", "local"), ("code", "code")):
        if field in said:
            identifiers += take_identifiers(sheet, "identifiers", said[field], scheme)
    values["identifiers"] = tuple(dict.fromkeys(identifiers))
    for field in ("part_of", "has_part"):
        if field in said:
            values[field] = take_identifiers(sheet, field, said[field], "local")
    if "homepage" in said:
        values["homepage"] = take_homepages(sheet, "homepage", said["homepage"])
    if "status" in said:
        values["status"] = take_status(sheet, "status", said["status"])
    if "modified" in said:
        values["modified"] = _latest(sheet, said["modified"])
    if "credential_type" in said or "source_label" in said or "is_microcredential" in said:
        kind, label, micro = take_credential(sheet, said)
        values |= {"credential_type": kind, "source_label": label, "is_microcredential": micro}


def _take_study(sheet: Sheet, said: Said, parts: _Parts, values: dict[str, Any]) -> None:
    if "ects" in said or "credits" in said or "credits" in parts:
        values["credits"] = take_credits(sheet, said, parts.get("credits", []))
    if "hours" in said or "workload" in said:
        values["workload_hours"] = take_workload(sheet, said)
    if "duration" in said:
        values["duration"] = take_duration(sheet, "duration", said["duration"])
    if "eqf_level" in said:
        values["eqf_level"] = take_level(sheet, said["eqf_level"])
    if "nqf_level" in said and values.get("eqf_level") is None:
        values["eqf_level"] = take_national(sheet, said["nqf_level"], values.get("country") or sheet.country)
    if "is_microcredential" not in said and not values.get("is_microcredential", _UNDECIDED).basis:
        by_size = take_size(sheet, values.get("credits", ()))
        if by_size is not None:
            values["is_microcredential"] = by_size
    if "isced_f" in said:
        values["isced_f"] = take_subjects(sheet, said["isced_f"])
    if "sectors" in said:
        values["sectors"] = take_sectors(sheet, said["sectors"])
    for said_as, field in (("nqf_level", "nqf_level"), ("subject", "subjects")):
        if said_as in said:
            values[field] = take_open(sheet, field, said[said_as])
    for field in ("skills", "occupations"):
        if field in said:
            values[field] = take_open(sheet, field, said[field], esco=True)
    if "learning_outcomes" in said or "learning_outcome" in parts:
        values["learning_outcomes"] = take_outcomes(sheet, said, parts.get("learning_outcome", []))
    if "entitlement" in parts:
        values["entitlements"] = take_entitlements(sheet, parts["entitlement"])
    if "assessment" in said:
        values["assessment"] = take_assessments(sheet, said["assessment"])
    if "supervision" in said:
        values["supervision"] = take_listed(sheet, "supervision", said["supervision"], "supervision")
    if "quality_assurance" in said or "quality_assurance" in parts:
        values["quality_assurance"] = take_assurance(sheet, said, parts.get("quality_assurance", []))


def _take_participation(sheet: Sheet, said: Said, parts: _Parts, values: dict[str, Any]) -> None:
    if "languages" in said:
        values["languages"] = take_languages(sheet, "languages", said["languages"])
    if "mode" in said:
        values["modes"] = take_listed(sheet, "modes", said["mode"], "modes")
    if "schedule" in said:
        values["schedule"] = take_schedule(sheet, "schedule", said["schedule"])
    if "setting" in said:
        values["setting"] = first_of(sheet, "setting", take_listed(sheet, "setting", said["setting"], "settings"))
    if "activities" in said:
        values["activities"] = take_listed(sheet, "activities", said["activities"], "activities")
    if "target_group" in said:
        values["target_group"] = take_listed(sheet, "target_group", said["target_group"], "target_groups")
    if "accessibility" in said:
        values["accessibility"] = take_open(sheet, "accessibility", said["accessibility"])
    if "price" in said or "price" in parts:
        values["prices"] = take_prices(sheet, "prices", said, parts.get("price", []))
    # A city or a place beside the offer's own values is where it takes place, unless it is the provider's.
    loose = list(parts.get("location", ()))
    if "city" in said and ("provider" in parts or values.get("provider") is None):
        place = Draft("location")
        place.statements = said["city"]
        loose.append(place)
    instances = list(parts.get("instance", ()))
    if loose:
        somewhere = Draft("instance")
        somewhere.parts = loose
        instances.append(somewhere)
    if instances or not said.keys().isdisjoint(INSTANCE_DATES):
        values["instances"] = take_instances(sheet, said, instances)


def _latest(sheet: Sheet, statements: list[Statement]) -> str | None:
    moments = [sheet.take("modified", each, date(each.value, each.hints.get("format"))) for each in statements]
    return max((moment for moment in moments if moment is not None), default=None)


def _fill_defaults(sheet: Sheet, defaults: Defaults, values: dict[str, Any]) -> None:
    """What the source file says, where the record is silent; a provider's own country is better than a default."""
    provider: Organisation | None = values.get("provider")
    if provider is None and (defaults.provider or defaults.provider_url):
        statements = [Statement(field="name", value=defaults.provider, basis="default")] if defaults.provider else []
        name = sheet.label("provider", statements[0]) if statements else {}
        address = url(defaults.provider_url).value if defaults.provider_url else None
        if name or address:
            values["provider"] = Organisation(name=name, homepage=address)
            sheet.rests_on("provider", "default")
    if values.get("country") is None:
        if provider is not None and provider.country is not None:
            values["country"] = provider.country
            sheet.rests_on("country", "default" if sheet.basis.get("provider.country") == "default" else "derived")
        elif defaults.country and (code := country(defaults.country, None).value):
            values["country"] = code
            sheet.rests_on("country", "default")
    if not values.get("languages") and defaults.language:
        spoken = languages(defaults.language, None).value
        if spoken:
            values["languages"] = spoken
            sheet.rests_on("languages", "default")


def _note_rest(sheet: Sheet, said: Said, parts: _Parts) -> None:
    """What only means something within a part, or beside a price, and stands alone."""
    for field in _INSIDE_PARTS:
        if field in said:
            sheet.note("value.surplus", field, said[field][0].value)
    if "currency" in said and "price" not in said and "price" not in parts:
        sheet.note("value.surplus", "currency", said["currency"][0].value)
