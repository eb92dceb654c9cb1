"""Credits, workload, duration and level. Where a record contradicts itself no value is chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TypeVar

import msgspec

from microharvest.kit.draft import Draft, Statement
from microharvest.map.normalise.credits import as_ects, credits
from microharvest.map.normalise.duration import duration
from microharvest.map.normalise.level import eqf_level
from microharvest.map.normalise.national_level import national_level
from microharvest.map.normalise.taken import Taken, refused
from microharvest.map.normalise.workload import workload
from microharvest.map.sheet import Said, Sheet, by_field
from microharvest.model.values import Credits

__all__ = ["agreed", "take_credits", "take_duration", "take_level", "take_national", "take_workload"]

_T = TypeVar("_T")
_KNOWN = frozenset({"ECTS", "ECVET", "CATS"})


def agreed(
    sheet: Sheet,
    field: str,
    statements: Iterable[Statement],
    normalise: Callable[[Statement], Taken[_T]],
    code: str,
    at: str | None = None,
) -> _T | None:
    """The one value all statements give; if they differ there is none, and `code` says so with all of them."""
    values: dict[_T, str] = {}
    for statement in statements:
        value = sheet.take(field, statement, normalise(statement), at)
        if value is not None:
            values.setdefault(value, statement.value)
    if len(values) == 1:
        return next(iter(values))
    if values:
        sheet.note(code, at or field, "; ".join(values.values()))
        if at is None:
            sheet.basis.pop(field, None)
    return None


def take_credits(sheet: Sheet, said: Said, parts: list[Draft]) -> tuple[Credits, ...]:
    """Credits by framework: `ects` says ECTS, `credits` what hints or its own words say, a part its unit or type.

    Without ECTS of its own, the ECTS that a national credit amounts to stand beside it, as derived.
    """
    found: list[tuple[Credits, str]] = []
    for field in ("ects", "credits"):
        for statement in said.get(field, ()):
            taken = _ects(statement) if field == "ects" else credits(statement.value, _hint(statement))
            value = sheet.take("credits", statement, taken)
            if value is not None:
                found.append((value, statement.value))
    for part in parts:
        inside = by_field(part.statements)
        named = [*inside.get("type", ()), *inside.get("unit", ())]
        unit = next((statement.hints.get("uri") or statement.value for statement in named), None)
        amounts = inside.get("amount", [])
        if not amounts and unit is not None:
            sheet.note("credits.no_number", "credits", unit)
        for statement in amounts:
            value = sheet.take("credits", statement, credits(statement.value, unit or _hint(statement)))
            if value is not None:
                found.append((value, statement.value))
    said_ects = any(value.framework == "ECTS" for value, _ in found)
    kept = _one_each(sheet, found)
    return kept if said_ects else _with_ects(kept)


def _with_ects(found: tuple[Credits, ...]) -> tuple[Credits, ...]:
    amounts = [ects for each in found if (ects := as_ects(each)) is not None]
    return (*found, amounts[0]) if len({ects.points for ects in amounts}) == 1 else found


def take_workload(sheet: Sheet, said: Said) -> Decimal | None:
    """Hours: a bare number counts in `hours` alone, elsewhere its unit must be said."""
    statements = [*said.get("hours", ()), *said.get("workload", ())]

    def hours(statement: Statement) -> Taken[Decimal]:
        unit = statement.hints.get("unit") or ("hours" if statement.field == "hours" else None)
        return workload(statement.value, unit)

    return agreed(sheet, "workload_hours", statements, hours, "workload.invalid")


def take_duration(sheet: Sheet, field: str, statements: Iterable[Statement], at: str | None = None) -> str | None:
    """One ISO 8601 duration; the unit of a bare number comes from its hint."""
    return agreed(
        sheet, field, statements, lambda each: duration(each.value, each.hints.get("unit")), "duration.invalid", at
    )


def take_level(sheet: Sheet, statements: Iterable[Statement]) -> int | None:
    """One EQF level."""

    def level(statement: Statement) -> Taken[int]:
        return eqf_level(statement.value, statement.hints.get("uri") or statement.hints.get("scheme"))

    return agreed(sheet, "eqf_level", statements, level, "level.invalid")


def take_national(sheet: Sheet, statements: Iterable[Statement], country: str | None) -> int | None:
    """The EQF level national levels are referenced to, if all that are known agree; the levels themselves stay."""
    known = [
        (statement, taken) for statement in statements if (taken := _referenced(statement, country)).value is not None
    ]
    if len({taken.value for _, taken in known}) != 1:
        return None
    for statement, taken in known:
        sheet.take("eqf_level", statement, taken)
    return known[0][1].value


def _referenced(statement: Statement, country: str | None) -> Taken[int]:
    for hint in (statement.hints.get("uri"), statement.hints.get("scheme"), statement.hints.get("framework")):
        for said, beside in ((statement.value, hint), (f"{hint} {statement.value}", country)):
            if hint and (taken := national_level(said, beside)).value is not None:
                return taken
    return national_level(statement.value, country)


def _hint(statement: Statement) -> str | None:
    return statement.hints.get("framework") or statement.hints.get("unit")


def _ects(statement: Statement) -> Taken[Credits]:
    """The field says ECTS; a national word for a credit ("op", "hp") agrees with it, another framework does not."""
    taken = credits(statement.value, "ECTS")
    if taken.value is None or taken.value.framework == "ECTS":
        return taken
    if taken.value.framework in _KNOWN:
        return refused("credits.invalid")
    return Taken(msgspec.structs.replace(taken.value, framework="ECTS"), "mapped", taken.issues)


def _one_each(sheet: Sheet, found: list[tuple[Credits, str]]) -> tuple[Credits, ...]:
    """One number for each framework; different numbers for one framework cannot both be right."""
    by_framework: dict[str, dict[object, tuple[Credits, str]]] = {}
    for value, said in found:
        by_framework.setdefault(value.framework, {}).setdefault(value.points, (value, said))
    kept: list[Credits] = []
    for several in by_framework.values():
        if len(several) == 1:
            kept += [value for value, _ in several.values()]
        else:
            sheet.note("credits.invalid", "credits", "; ".join(said for _, said in several.values()))
    if not kept:
        sheet.basis.pop("credits", None)
    return tuple(kept)
