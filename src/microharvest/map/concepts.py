"""Coded fields: from statements to concepts. Labels of one URI in several languages are one concept."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from microharvest.kit.draft import Statement
from microharvest.map.normalise.assessment import assessments_in
from microharvest.map.normalise.concept import ESCO, find_term, open_uri
from microharvest.map.normalise.isced import isced
from microharvest.map.normalise.microcredential import (
    MICRO_ECTS,
    declared_microcredential,
    names_degree,
    names_microcredential,
)
from microharvest.map.normalise.sector import sector
from microharvest.map.normalise.taken import Taken
from microharvest.map.normalise.text import one_line, storable
from microharvest.map.sheet import Said, Sheet
from microharvest.model.values import Concept, Credits, LangMap, Microcredential, Subject

__all__ = [
    "first_of",
    "take_assessments",
    "take_credential",
    "take_listed",
    "take_open",
    "take_sectors",
    "take_size",
    "take_subjects",
]

_UNRESOLVED = {"modes": "mode.unresolved"}
_SEVERAL = re.compile(r"\s*[/,;+|&]\s*|\s+(?:and|or|und|oder|et|ou|y|o|e|en|of|og|och|ja|tai|i|lub|a)\s+")


def take_listed(
    sheet: Sheet, field: str, statements: Iterable[Statement], listed: str, at: str | None = None
) -> tuple[Concept, ...]:
    """Concepts of the published list `listed`; what is in no list keeps its label, with an issue.

    Of one thing in several languages (hint `thing`) it is enough that the list has one name.
    """
    found: dict[tuple[str | None, str], LangMap] = {}
    if listed == "modes":
        statements = [one for each in statements for one in _each_mode(each)]
    terms = [(each, find_term(listed, each.value, each.hints.get("uri"))) for each in statements]
    known = {each.hints["thing"]: term.value.uri for each, term in terms if "thing" in each.hints and term.value}
    for statement, taken in terms:
        term = sheet.take(field, statement, taken, at)
        if term is not None:
            label = {} if open_uri(statement.value, None) else sheet.label(field, statement, at)
            _merge(found, (term.uri, ""), label)
            continue
        label = sheet.label(field, statement, at)
        uri = known.get(statement.hints.get("thing", ""))
        if label and uri is None:
            sheet.note(_UNRESOLVED.get(listed, "concept.unresolved"), at or field, statement.value)
        if label:
            _merge(found, (uri, "" if uri else _named(statement, label)), label)
    return tuple(Concept(uri=uri, label=label) for (uri, _), label in found.items())


def take_assessments(sheet: Sheet, statements: Iterable[Statement]) -> tuple[Concept, ...]:
    """Types of assessment, also those a text names; a text that says more keeps its words as a label."""
    field = "assessment"
    found: dict[tuple[str | None, str], LangMap] = {}
    for statement in statements:
        if find_term("assessments", statement.value, statement.hints.get("uri")).value is not None:
            for concept in take_listed(sheet, field, [statement], "assessments"):
                _merge(found, (concept.uri, ""), concept.label)
            continue
        taken = assessments_in(statement.value)
        for term, piece in sheet.take(field, statement, taken) or ():
            _merge(found, (term.uri, ""), sheet.label(field, msgspec.structs.replace(statement, value=piece)))
        label = sheet.label(field, statement) if taken.value is None or taken.issues else {}
        if label:
            _merge(found, (None, _named(statement, label)), label)
    return tuple(Concept(uri=uri, label=label) for (uri, _), label in found.items())


def take_open(
    sheet: Sheet, field: str, statements: Iterable[Statement], at: str | None = None, *, esco: bool = False
) -> tuple[Concept, ...]:
    """Concepts of lists that are not ours: the http URI the source gives, and its label.

    With `esco` only ESCO counts as a published list; the URI of another framework is kept as `code`. Labels that share
    a code of the source's own list (hint `code`), or a `thing`, are one concept in several languages.
    """
    found: dict[tuple[str | None, str], LangMap] = {}
    codes: dict[tuple[str | None, str], str] = {}
    for statement in statements:
        uri = open_uri(statement.value, statement.hints.get("uri"))
        label = {} if open_uri(statement.value, None) else sheet.label(field, statement, at)
        if uri is None and not label:
            continue
        sheet.rests_on(field, statement.basis)
        code = None if uri else statement.hints.get("code")
        key = (uri, "" if uri else f"code {code}" if code else _named(statement, label))
        if uri is None and any(found.get(key, label).get(tag, text) != text for tag, text in label.items()):
            key = (None, f"{key[1]} {label}")  # lists number alike: another name in a language is another thing
        if code:
            codes[key] = storable(code)
        _merge(found, key, label)
    return tuple(
        Concept(code=key[0], label=label)
        if esco and key[0] and not ESCO.fullmatch(key[0])
        else Concept(uri=key[0], code=codes.get(key), label=label)
        for key, label in found.items()
    )


def take_sectors(sheet: Sheet, statements: Iterable[Statement]) -> tuple[Concept, ...]:
    """NACE Rev. 2.1 sections and divisions with their URIs; other sectors as the source says them."""
    found: list[Concept] = []
    rest: list[Statement] = []
    for statement in statements:
        taken = sector(statement.value, statement.hints.get("uri") or statement.hints.get("scheme"))
        term = sheet.take("sectors", statement, taken)
        if term is None:
            rest.append(statement)
            continue
        label = {} if open_uri(statement.value, None) else sheet.label("sectors", statement)
        if all(each.uri != term.uri for each in found):
            found.append(Concept(uri=term.uri, code=term.code, label=label))
    return (*found, *take_open(sheet, "sectors", rest))


def take_subjects(sheet: Sheet, statements: Iterable[Statement]) -> tuple[Subject, ...]:
    """Fields of study, each code once."""
    found: dict[str, Subject] = {}
    for statement in statements:
        subject = sheet.take("isced_f", statement, isced(statement.value, statement.hints.get("uri")))
        if subject is not None:
            found.setdefault(subject.code, subject)
    return tuple(found.values())


def take_credential(sheet: Sheet, said: Said) -> tuple[Concept | None, str | None, Microcredential]:
    """(type, the source's own word for it, is it a microcredential)."""
    statements = said.get("credential_type", [])
    concepts: list[Concept] = []
    for concept in _credential_concepts(sheet, statements):
        if concept not in concepts:
            concepts.append(concept)
    concepts.sort(key=lambda concept: concept.uri is None)  # stable: what is in the list first
    for surplus in concepts[1:]:
        if surplus.code is None:
            sheet.note("value.surplus", "credential_type", _any_text(surplus))
    label = _source_label(sheet, [*said.get("source_label", ()), *statements])
    return (concepts[0] if concepts else None), label, _microcredential(sheet, said)


def take_size(sheet: Sheet, points: Iterable[Credits]) -> Microcredential | None:
    """No microcredential, where the credits alone say so; None where they do not."""
    if not any(each.framework == "ECTS" and each.points > MICRO_ECTS for each in points):
        return None
    sheet.rests_on("is_microcredential", "derived")
    return Microcredential(value="no", basis="credits")


def first_of(sheet: Sheet, field: str, concepts: tuple[Concept, ...]) -> Concept | None:
    """The one concept a field can hold, a published one before a label; further ones are surplus."""
    ordered = sorted(concepts, key=lambda concept: concept.uri is None)
    for surplus in ordered[1:]:
        sheet.note("value.surplus", field, _any_text(surplus))
    return ordered[0] if ordered else None


def _credential_concepts(sheet: Sheet, statements: list[Statement]) -> Iterable[Concept]:
    rest: list[Statement] = []
    called: LangMap = {}
    for statement in statements:
        # The published list has no concept for a microcredential, so its name is known here without a URI.
        if names_microcredential(statement.value) and not open_uri(statement.value, None):
            for language, text in sheet.label("credential_type", statement).items():
                if called.setdefault(language, text) != text:
                    sheet.note("value.surplus", "credential_type", statement.value)
        else:
            rest.append(statement)
    if called:
        yield Concept(code="microcredential", label=called)
    yield from take_listed(sheet, "credential_type", rest, "credential_types")


def _source_label(sheet: Sheet, statements: list[Statement]) -> str | None:
    for statement in statements:
        if open_uri(statement.value, None) is None:
            label = sheet.take("source_label", statement, one_line(statement.value))
            if label is not None:
                return label
    return None


def _microcredential(sheet: Sheet, said: Said) -> Microcredential:
    """Declared first, then what it, or the document it ends with, is called."""
    answers: set[bool] = set()
    for statement in said.get("is_microcredential", ()):
        answer = declared_microcredential(statement.value)
        if answer is None:
            sheet.note("concept.unresolved", "is_microcredential", statement.value)
            continue
        sheet.take("is_microcredential", statement, Taken(answer))
        answers.add(answer)
    if len(answers) == 1:
        return Microcredential(value="yes" if answers.pop() else "no", basis="declared")
    called = () if answers else (*said.get("credential_type", ()), *said.get("source_label", ()))
    for found in (names_microcredential, names_degree):
        for statement in called:
            if found(statement.value):
                sheet.take("is_microcredential", statement, Taken(True, "mapped"))
                basis = "document" if statement.hints.get("scheme") == "document" else "type"
                return Microcredential(value="yes" if found is names_microcredential else "no", basis=basis)
    sheet.basis.pop("is_microcredential", None)
    return Microcredential()


def _each_mode(statement: Statement) -> list[Statement]:
    """ "Online / on campus" is two modes, if both are known; what is known as it stands is one."""
    if find_term("modes", statement.value, statement.hints.get("uri")).value is not None:
        return [statement]
    parts = _SEVERAL.split(statement.value)
    if len(parts) == 1 or any(find_term("modes", part, None).value is None for part in parts):
        return [statement]
    return [msgspec.structs.replace(statement, value=part) for part in parts]


def _named(statement: Statement, label: LangMap) -> str:
    """What tells a concept without a URI from others: the thing it names, else its label."""
    return statement.hints.get("thing") or next(iter(label.values()))


def _merge(found: dict[tuple[str | None, str], LangMap], key: tuple[str | None, str], label: LangMap) -> None:
    labels = found.setdefault(key, {})
    for language, text in label.items():
        labels.setdefault(language, text)


def _any_text(concept: Concept) -> str:
    return next(iter(concept.label.values()), concept.uri or "")
