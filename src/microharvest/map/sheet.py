"""The sheet one draft is mapped on: issues, each once, and the basis of every field that gets a value.

A default never stands beside what the record says: where a field has other statements, its defaults are left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TypeVar

import msgspec

from microharvest.kit.draft import Statement
from microharvest.map.normalise.country import country
from microharvest.map.normalise.language import text_language
from microharvest.map.normalise.taken import Taken, weakest
from microharvest.map.normalise.text import storable
from microharvest.map.normalise.title import label as clean_label
from microharvest.model.issue import Issue
from microharvest.model.values import Basis, LangMap

__all__ = ["MAX_ISSUE_VALUE", "Defaults", "Said", "Sheet", "by_field"]

_T = TypeVar("_T")

MAX_ISSUE_VALUE = 200
"""Characters of a refused value that an issue keeps; the whole stands in the record's own bytes."""

Said = dict[str, list[Statement]]
"""The statements of one draft by field, in the order they were said."""


class Defaults(msgspec.Struct, frozen=True, kw_only=True):
    """What a source file says once for all records: `[defaults]` and `country`, `languages` of its head.

    `language` is the teaching language where a record names none, and the language of texts without one;
    `languages` tells only the latter, and only if it names exactly one.
    """

    country: str | None = None
    language: str | None = None
    provider: str | None = None
    provider_url: str | None = None
    languages: tuple[str, ...] = ()


def by_field(statements: Iterable[Statement]) -> Said:
    """Statements by field; those with the basis `default` only where a field has no others."""
    said: Said = {}
    any_default = False
    for statement in statements:
        if statement.basis == "default":
            any_default = True
        several = said.get(statement.field)
        if several is None:
            said[statement.field] = [statement]
        else:
            several.append(statement)
    if any_default:
        for field, several in said.items():
            said[field] = [each for each in several if each.basis != "default"] or several
    return said


class Sheet:
    """Collects issues and bases while a draft is read. `field` is the offer's field, `at` the place within it.

    `country`: the source's own, by which words of its country are read.
    """

    __slots__ = ("_issues", "_text_default", "_told_missing", "basis", "country")

    def __init__(self, defaults: Defaults, issues: Iterable[Issue]) -> None:
        self.basis: dict[str, Basis] = {}
        self._issues: dict[Issue, None] = {}
        for issue in issues:
            self._issues[_storable_issue(issue)] = None
        self._text_default = _language_of_texts(defaults)
        self._told_missing = False
        self.country = country(defaults.country, None).value if defaults.country else None

    @property
    def issues(self) -> tuple[Issue, ...]:
        """Every issue once, in the order they were found."""
        return tuple(self._issues)

    def note(self, code: str, field: str, value: str) -> None:
        """A problem of a field, with the source's value."""
        self._issues[Issue(code=code, field=field, value=storable(value[:MAX_ISSUE_VALUE]))] = None

    def take(self, field: str, statement: Statement, taken: Taken[_T], at: str | None = None) -> _T | None:
        """The value, if there is one; its issues and its basis are noted."""
        value, basis, issues = taken
        if issues:
            for code in issues:
                self.note(code, at or field, statement.value)
        if value is not None:
            known = basis if statement.basis == basis else weakest(statement.basis, basis)
            if self.basis.get(field) != known:
                self.rests_on(field, known)
        return value

    def rests_on(self, field: str, basis: Basis) -> None:
        """A field is known as well as the weakest of its values."""
        before = self.basis.get(field)
        if before != basis:
            self.basis[field] = basis if before is None else weakest(before, basis)

    def language_of(self, statement: Statement, field: str, *, name: bool = False) -> str:
        """The language of a text, `und` if nobody says it: noted once, and not for names and labels (`name`)."""
        if statement.lang:
            taken = text_language(statement.lang, None)
            if taken.value is not None:
                return taken.value
            if taken.issues:
                self.note("language.unknown", field, statement.lang)
                return "und"
        if self._text_default is not None:
            return self._text_default
        if not name and not self._told_missing:
            self._told_missing = True
            self.note("language.missing", field, statement.value)
        return "und"

    def label(self, field: str, statement: Statement, at: str | None = None) -> LangMap:
        """A name or label on one line by its language; empty if nothing is left of it."""
        text = self.take(field, statement, clean_label(statement.value, None), at)
        return {} if text is None else {self.language_of(statement, at or field, name=True): text}


@lru_cache(maxsize=256)
def _language_of_texts(defaults: Defaults) -> str | None:
    said = defaults.language or (defaults.languages[0] if len(defaults.languages) == 1 else None)
    return text_language(said, None).value if said else None


def _storable_issue(issue: Issue) -> Issue:
    value = storable(issue.value[:MAX_ISSUE_VALUE])
    return issue if value == issue.value else Issue(code=issue.code, field=issue.field, value=value)
