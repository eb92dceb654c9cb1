"""Does a rule hold for a record? Pure.

True, False, or None where the rule says nothing about the record; with False, the places that broke it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec

from microharvest.check.profile import Condition, Rule
from microharvest.check.values import Value, document_values, offer_values, parts_of, record_values
from microharvest.kit.draft import Draft
from microharvest.kit.record import Record
from microharvest.model.issue import Issue
from microharvest.model.offer import Offer, encode_offer
from microharvest.quality.annex import ELEMENTS
from microharvest.quality.repetition import repeats

__all__ = ["Given", "Verdict", "judge", "state_of"]

_MOST_PLACES = 3


class Given:
    """A record as it was read and mapped. `document`: the root it stood in; `line`: where it begins; `lined`: whether
    lines are those of the document."""

    def __init__(
        self,
        record: Record,
        offer: Offer,
        *,
        draft: Draft | None = None,
        issues: Sequence[Issue] = (),
        document: dict[str, Any] | None = None,
        line: int | None = None,
    ) -> None:
        self.record, self.offer, self.issues, self.document, self.line = record, offer, issues, document, line
        self.lined = True
        self.draft = draft or Draft()
        self.plain: Any = msgspec.json.decode(encode_offer(offer))


class Verdict(NamedTuple):
    """`holds`: None where the rule does not apply. `values`: what broke it, where something did and not its lack."""

    holds: bool | None
    values: list[Value]


_NOTHING = Verdict(None, [])


def judge(rule: Rule, given: Given) -> Verdict:
    """A rule of the kinds that look at one record; others say nothing here."""
    if rule.element:
        element = next(one for one in ELEMENTS if one.code == rule.element)
        return Verdict(element.filled(given.offer), [])
    if rule.test is None:
        return _NOTHING
    if not rule.each:
        when = None if rule.when is None else state_of(rule.when, given, given.record)
        if when is not None and when.holds is not True:
            return _NOTHING
        verdict = state_of(rule.test, given, given.record)
        return verdict if verdict.values or when is None else Verdict(verdict.holds, when.values)
    verdicts = [
        (part, state_of(rule.test, given, part))
        for part in parts_of(given.record, rule.each)
        if rule.when is None or state_of(rule.when, given, part).holds
    ]
    values: list[Value] = []
    for part, verdict in verdicts:
        if verdict.holds is False:
            values += verdict.values or [Value("", part.path, part.line)]
    return Verdict(_all([verdict.holds for _, verdict in verdicts]), values[:_MOST_PLACES])


def state_of(test: Condition, given: Given, part: Record) -> Verdict:
    """A condition; `own` paths begin at `part`."""
    if test.any or test.all:
        verdicts = [state_of(one, given, part) for one in test.any or test.all]
        holds = (_any if test.any else _all)([one.holds for one in verdicts])
        return Verdict(holds, [value for one in verdicts if one.holds is False for value in one.values][:_MOST_PLACES])
    if test.no is not None:
        inner = state_of(test.no, given, part)
        return Verdict(None if inner.holds is None else not inner.holds, inner.values)
    if test.order:
        return _in_order(test, parts_of(part, test.own))
    if test.own:
        values = record_values(part, test.own)
    elif test.document:
        values = document_values(given.document, test.document)
    else:
        values = offer_values(given.plain, test.path)
    return _judged(test, values, given)


def _judged(test: Condition, values: list[Value], given: Given) -> Verdict:
    least = test.at_least if test.at_least is not None else int(test.at_most is None)
    if len(values) < least and (test.at_least is not None or not test.asks_values):
        return Verdict(False, [])
    if test.at_most is not None and len(values) > test.at_most:
        return Verdict(False, values[test.at_most :][:_MOST_PLACES])
    if not test.asks_values:
        return Verdict(True, values[:_MOST_PLACES])
    if not values:
        return _NOTHING
    others = offer_values(given.plain, test.differs_from) if test.differs_from else []
    wrong = [value for value in values if not _fits(test, value.text, others)]
    holds = len(wrong) < len(values) if test.some else not wrong
    return Verdict(holds, (wrong if not holds else values)[:_MOST_PLACES])


def _fits(test: Condition, text: str, others: list[Value]) -> bool:
    if test.one_of and text not in test.one_of:
        return False
    if test.matches and not _pattern(test.matches).search(text):
        return False
    if test.without and _pattern(test.without).search(text):
        return False
    if test.min_chars is not None and len(text) < test.min_chars:
        return False
    if test.max_chars is not None and len(text) > test.max_chars:
        return False
    return not repeats({"": text}, {str(place): one.text for place, one in enumerate(others)})


def _in_order(test: Condition, parts: list[Record]) -> Verdict:
    """Children whose names the list does not know are somebody else's business."""
    places = {name: place for place, name in enumerate(test.order)}
    wrong: list[Value] = []
    for part in parts:
        known = [name for name in part.names() if name in places]
        late = next((after for name, after in pairwise(known) if places[after] < places[name]), None)
        if late is not None:
            child = part.first(late)
            wrong.append(Value(late, f"{part.path}/{late}", child.line if child else part.line))
    return Verdict(not wrong if parts else None, wrong[:_MOST_PLACES])


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _all(states: list[bool | None]) -> bool | None:
    known = [state for state in states if state is not None]
    return all(known) if known else None


def _any(states: list[bool | None]) -> bool | None:
    known = [state for state in states if state is not None]
    return any(known) if known else None
