"""Values of the common model as short lines for people. Pure; what comes out is plain text and escaped by the page."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from microharvest.model.instance import Instance
from microharvest.model.organisation import Organisation
from microharvest.model.values import (
    Concept,
    Credits,
    Identifier,
    LearningOutcome,
    Microcredential,
    Price,
    QualityAssurance,
    Subject,
)

__all__ = ["FIELD_NAMES", "best_text", "lines"]

FIELD_NAMES: dict[str, str] = {
    "title": "Title",
    "description": "Description",
    "provider": "Provider",
    "awarding_body": "Awarding body",
    "credential_type": "Type",
    "is_microcredential": "Microcredential",
    "credits": "Credits",
    "workload_hours": "Workload, hours",
    "eqf_level": "EQF level",
    "isced_f": "Field (ISCED-F)",
    "languages": "Languages",
    "modes": "Participation",
    "learning_outcomes": "Learning outcomes",
    "assessment": "Assessment",
    "supervision": "Supervision",
    "quality_assurance": "Quality assurance",
    "entry_requirement": "Prerequisites",
    "target_group": "For whom",
    "subjects": "Subjects",
    "skills": "Skills",
    "prices": "Price",
    "instances": "Starts",
    "country": "Country",
    "identifiers": "Identifiers",
    "homepage": "Page",
}
"""The fields worth comparing side by side, in reading order."""


def lines(value: Any) -> list[str]:
    """A field's value, one line per part; empty for absent."""
    if value is None or value == () or value == {}:
        return []
    if isinstance(value, dict):
        return [f"{language}: {text}" for language, text in value.items()]
    if isinstance(value, tuple):
        return [line for part in value for line in lines(part)]
    if isinstance(value, Decimal):
        return [_number(value)]
    described = _described(value)
    return [str(value)] if described is None else [line for line in described if line]


def best_text(texts: dict[str, str], fallback: str = "") -> str:
    """English if there is any, else the first language."""
    return texts.get("en") or next(iter(texts.values()), fallback)


def _described(value: Any) -> list[str] | None:
    if isinstance(value, Organisation):
        return [*lines(value.name), value.homepage or ""]
    if isinstance(value, Concept):
        return [best_text(value.label) or value.code or value.uri or ""]
    if isinstance(value, Credits):
        return [f"{_number(value.points)} {value.framework}"]
    if isinstance(value, Price):
        return [f"{_number(value.amount)} {value.currency or '(no currency)'}" if value.amount else "free"]
    if isinstance(value, Identifier):
        return [value.value]
    if isinstance(value, Subject):
        return [value.code]
    if isinstance(value, LearningOutcome):
        return [best_text(value.title)]
    if isinstance(value, QualityAssurance):
        return [best_text(value.title) or (best_text(value.type.label) if value.type else "") or best_text(value.agent)]
    if isinstance(value, Microcredential):
        return [value.value + (f" ({value.basis})" if value.basis else "")] if value.value != "undecided" else []
    if isinstance(value, Instance):
        return [_started(value)]
    return None


def _started(instance: Instance) -> str:
    when = " to ".join(filter(None, (instance.start_date, instance.end_date)))
    price = ", ".join(line for price in instance.prices for line in lines(price))
    return ", ".join(filter(None, (when, price)))


def _number(value: Decimal) -> str:
    return format(value.normalize(), "f")
