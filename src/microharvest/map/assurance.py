"""Quality assurance, learning outcomes and what they entitle to."""

from __future__ import annotations

from microharvest.kit.draft import Draft, Statement
from microharvest.map.concepts import first_of, take_listed, take_open
from microharvest.map.normalise.concept import find_term, open_uri
from microharvest.map.normalise.date import date, is_reversed
from microharvest.map.normalise.url import url
from microharvest.map.organisations import first_country
from microharvest.map.quantities import agreed
from microharvest.map.sheet import Said, Sheet, by_field
from microharvest.map.texts import join_texts, join_translations, names_by_language
from microharvest.model.values import Concept, Entitlement, LearningOutcome, QualityAssurance

__all__ = ["take_assurance", "take_entitlements", "take_outcomes"]

_QA = "quality_assurance"


def take_assurance(sheet: Sheet, said: Said, parts: list[Draft]) -> tuple[QualityAssurance, ...]:
    """Each accreditation once. A flat statement is its type if the published list has it, otherwise its title."""
    found = [_assurance(sheet, by_field(part.statements)) for part in parts]
    found += [_flat(sheet, statement) for statement in said.get(_QA, ())]
    return tuple(each for index, each in enumerate(found) if each != QualityAssurance() and each not in found[:index])


def _flat(sheet: Sheet, statement: Statement) -> QualityAssurance:
    term = find_term("accreditations", statement.value, statement.hints.get("uri"))
    if term.value is None:
        return QualityAssurance(title=sheet.label(_QA, statement))
    sheet.take(_QA, statement, term)
    label = {} if open_uri(statement.value, None) else sheet.label(_QA, statement)
    return QualityAssurance(type=Concept(uri=term.value.uri, label=label))


def _assurance(sheet: Sheet, said: Said) -> QualityAssurance:
    """A part may hold the flat statement, too: of a table that says validity in columns beside it."""
    moments = {
        field: agreed(
            sheet,
            _QA,
            said.get(field, ()),
            lambda each: date(each.value, each.hints.get("format")),
            "date.invalid",
            f"{_QA}.{field}",
        )
        for field in ("valid_from", "valid_to")
    }
    if is_reversed(moments["valid_from"], moments["valid_to"]):
        sheet.note("date.reversed", f"{_QA}.valid_to", f"{moments['valid_from']} - {moments['valid_to']}")
    reports = [
        report
        for statement in said.get("report", ())
        if (report := sheet.take(_QA, statement, url(statement.value), f"{_QA}.report")) is not None
    ]
    kinds = take_listed(sheet, _QA, said.get("type", ()), "accreditations", f"{_QA}.type")
    flat = _flat(sheet, said[_QA][0]) if _QA in said else QualityAssurance()
    return QualityAssurance(
        type=first_of(sheet, f"{_QA}.type", kinds) or flat.type,
        title=names_by_language(sheet, _QA, [*said.get("title", ()), *said.get("name", ())], f"{_QA}.title")
        or flat.title,
        agent=names_by_language(sheet, _QA, said.get("agent", ()), f"{_QA}.agent"),
        agent_country=first_country(sheet, _QA, said.get("agent_country", []), f"{_QA}.agent_country"),
        valid_from=moments["valid_from"],
        valid_to=moments["valid_to"],
        report=reports[0] if reports else None,
    )


def take_outcomes(sheet: Sheet, said: Said, parts: list[Draft]) -> tuple[LearningOutcome, ...]:
    """Parts with a title and the skills they name, then flat texts; each once."""
    field = "learning_outcomes"
    found: list[LearningOutcome] = []
    for part in parts:
        inside = by_field(part.statements)
        texts = [*inside.get("title", ()), *inside.get("name", ()), *inside.get("description", ())]
        outcome = LearningOutcome(
            title=join_texts(sheet, field, texts),
            skills=take_open(sheet, field, inside.get("skills", ()), f"{field}.skills", esco=True),
            type=_listed(sheet, field, inside, "type", "skill_types"),
            reuse_level=_listed(sheet, field, inside, "reuse_level", "skill_reuse_levels"),
        )
        if (outcome.title or outcome.skills) and outcome not in found:
            found.append(outcome)
    for title in join_translations(sheet, field, said.get(field, [])):
        outcome = LearningOutcome(title=title)
        if outcome not in found:
            found.append(outcome)
    return tuple(found)


def take_entitlements(sheet: Sheet, parts: list[Draft]) -> tuple[Entitlement, ...]:
    """What the offer entitles to, each once, in the order it was said."""
    field = "entitlements"
    kept: list[Entitlement] = []
    for part in parts:
        inside = by_field(part.statements)
        entitlement = Entitlement(
            type=_listed(sheet, field, inside, "type", "entitlements"),
            status=_listed(sheet, field, inside, "entitlement_status", "entitlement_statuses"),
            title=names_by_language(sheet, field, inside.get("title", ()), f"{field}.title"),
            occupations=take_open(sheet, field, inside.get("occupations", ()), f"{field}.occupations", esco=True),
        )
        if entitlement != Entitlement() and entitlement not in kept:
            kept.append(entitlement)
    return tuple(kept)


def _listed(sheet: Sheet, field: str, inside: Said, name: str, listed: str) -> Concept | None:
    """The one concept of a published list that a part names."""
    at = f"{field}.{name}"
    return first_of(sheet, at, take_listed(sheet, field, inside.get(name, ()), listed, at))
