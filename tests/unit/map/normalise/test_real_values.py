"""Values seen in real feeds (`real_values.txt`), and what becomes of each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from microharvest.map.normalise.assessment import assessments_in
from microharvest.map.normalise.concept import find_term
from microharvest.map.normalise.country import country
from microharvest.map.normalise.credits import credits
from microharvest.map.normalise.date import date
from microharvest.map.normalise.duration import duration
from microharvest.map.normalise.identifier import identifier
from microharvest.map.normalise.isced import isced
from microharvest.map.normalise.language import languages
from microharvest.map.normalise.level import eqf_level
from microharvest.map.normalise.microcredential import declared_microcredential, names_microcredential
from microharvest.map.normalise.national_level import national_level
from microharvest.map.normalise.price import prices
from microharvest.map.normalise.status import status
from microharvest.map.normalise.taken import Taken
from microharvest.map.normalise.title import name, title
from microharvest.map.normalise.url import url
from microharvest.map.normalise.workload import workload

TABLE = Path(__file__).with_name("real_values.txt")


def lines() -> list[tuple[str, str, str | None, str]]:
    """(kind, value, hint, result); white space around a value counts but for the one blank after the kind."""
    found = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if " => " in line and not line.startswith("#"):
            kind, _, rest = line.partition(": ")
            said, _, result = rest.rpartition(" => ")
            value, _, hint = said.partition(" ## ")
            found.append((kind, value, hint or None, result))
    return found


def listed(of: str, code: str = "concept.unresolved") -> Callable[[str, str | None], Taken[str]]:
    def ask(value: str, hint: str | None) -> Taken[str]:
        term = find_term(of, value, hint)
        return Taken(term.value.code) if term.value else Taken(None, "declared", (code,))

    return ask


def assessment(value: str, hint: str | None) -> Taken[str]:
    one = find_term("assessments", value, hint).value
    taken = assessments_in(value)
    codes = [one.code] if one else [term.code for term, _ in taken.value or ()]
    return Taken(", ".join(codes) or None, "mapped", () if one else taken.issues)


def priced(value: str, hint: str | None) -> Taken[str]:
    taken = prices(value, hint)
    shown = ", ".join(f"{each.amount} {each.currency or '-'}" for each in taken.value or ())
    return Taken(shown or None, taken.basis, taken.issues)


def answer(value: bool | None, otherwise: str) -> Taken[str]:
    return Taken(otherwise if value is None else "yes" if value else "no")


ASK: dict[str, Callable[[str, str | None], Taken[Any]]] = {
    "date": date,
    "duration": duration,
    "credits": lambda value, hint: shown(credits(value, hint), lambda each: f"{each.points} {each.framework}"),
    "mode": listed("modes", "mode.unresolved"),
    "schedule": listed("schedules"),
    "supervision": listed("supervision"),
    "language": lambda value, hint: shown(languages(value, hint), ", ".join),
    "eqf": eqf_level,
    "national": lambda value, hint: Taken(str(national_level(value, hint).value or "none")),
    "price": priced,
    "assessment": assessment,
    "hours": workload,
    "country": country,
    "url": lambda value, _: url(value),
    "identifier": lambda value, _: shown(identifier(value, "local"), lambda each: each.value),
    "isced": lambda value, hint: shown(isced(value, hint), lambda each: each.code),
    "status": status,
    "title": lambda value, _: title(value)._replace(issues=()),
    "name": lambda value, _: name(value),
    "yes": lambda value, _: answer(declared_microcredential(value), "unknown"),
    "micro": lambda value, _: answer(names_microcredential(value) or None, "unknown"),
}


def shown(taken: Taken[Any], show: Callable[[Any], str]) -> Taken[Any]:
    return taken if taken.value is None else taken._replace(value=show(taken.value))


def test_there_are_enough_of_them() -> None:
    assert len(lines()) >= 250


@pytest.mark.parametrize(("kind", "value", "hint", "result"), lines())
def test_value(kind: str, value: str, hint: str | None, result: str) -> None:
    taken = ASK[kind](value, hint)
    codes = [f"!{code}" for code in taken.issues]
    assert " ".join([*([] if taken.value is None else [str(taken.value)]), *codes]) == result
