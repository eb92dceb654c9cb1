"""What holds of every normaliser: it never raises, its own answer is read the same way, and it invents no digit."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from microharvest.map.normalise.assessment import assessments_in
from microharvest.map.normalise.country import country
from microharvest.map.normalise.credits import credits
from microharvest.map.normalise.currency import currency
from microharvest.map.normalise.date import date
from microharvest.map.normalise.duration import duration
from microharvest.map.normalise.identifier import identifier
from microharvest.map.normalise.isced import isced
from microharvest.map.normalise.language import languages
from microharvest.map.normalise.level import eqf_level
from microharvest.map.normalise.national_level import national_level
from microharvest.map.normalise.price import price, prices
from microharvest.map.normalise.sector import sector
from microharvest.map.normalise.status import status
from microharvest.map.normalise.taken import Taken
from microharvest.map.normalise.title import name, title
from microharvest.map.normalise.url import url
from microharvest.map.normalise.workload import workload
from microharvest.model.issue import ISSUE_CODES
from microharvest.model.values import Credits, Price

Ask = Callable[[str, str | None], Taken[Any]]
WORDS = (
    "5|7,5|1.200|180120|2026|09|30|12|ECTS|CATS|op|hours|h|weeks|x|per|week|EUR|€|GBP|fee|UK|Ireland|:|;|,|-|/| | |(|)|"
    'approx|P|PT|Y|M|H|June|Saturday|EQF|DQR|niveau|level|NACE 2.1|written exam|not|free|en|MUL|T|Z|<b>|&amp;|"|'
    "٣|²|http://|www.|example.org"
)
PIECES = st.sampled_from([*WORDS.split("|"), "\u00a0", "\u200b", "\ud800"])
TEXTS = st.lists(PIECES, max_size=8).map("".join) | st.lists(PIECES, max_size=6).map(" ".join) | st.text(max_size=30)
HINTS = st.none() | st.sampled_from(
    ["ECTS", "hours", "min", "EUR", "FR", "DE", "GB", "%d/%m/%Y", "%Y", "weeks", "x" * 200, "\ud800"]
)

NORMALISERS: dict[str, Ask] = {
    "country": country,
    "credits": credits,
    "currency": currency,
    "date": date,
    "duration": duration,
    "identifier": lambda value, hint: identifier(value, hint or "local"),
    "isced": isced,
    "languages": languages,
    "eqf": eqf_level,
    "national": national_level,
    "price": price,
    "prices": prices,
    "sector": sector,
    "status": status,
    "title": lambda value, _: title(value),
    "name": lambda value, _: name(value),
    "url": lambda value, _: url(value),
    "workload": workload,
    "assessments": lambda value, _: assessments_in(value),
}


@pytest.mark.parametrize("kind", sorted(NORMALISERS))
@settings(max_examples=150, deadline=None)
@given(value=TEXTS, hint=HINTS)
def test_it_never_raises_and_its_codes_are_known(kind: str, value: str, hint: str | None) -> None:
    taken = NORMALISERS[kind](value, hint)
    assert set(taken.issues) <= ISSUE_CODES.keys()
    assert taken.basis in ("declared", "mapped", "derived")
    assert taken == NORMALISERS[kind](value, hint)


AGAIN: dict[str, tuple[Ask, Callable[[Any], tuple[str, str | None]]]] = {
    "country": (country, lambda code: (code, None)),
    "credits": (credits, lambda each: (str(each.points), each.framework)),
    "currency": (currency, lambda code: (code, None)),
    "date": (date, lambda moment: (moment, None)),
    "duration": (duration, lambda span: (span, None)),
    "isced": (isced, lambda subject: (subject.code, None)),
    "languages": (languages, lambda tags: (", ".join(tags), None)),
    "eqf": (eqf_level, lambda level: (str(level), None)),
    "price": (price, lambda each: (str(each.amount), each.currency)),
    "sector": (sector, lambda term: (term.uri, None)),
    "status": (status, lambda word: (word, None)),
    "url": (NORMALISERS["url"], lambda address: (address, None)),
    "workload": (workload, lambda hours: (str(hours), "hours")),
    "title": (NORMALISERS["title"], lambda text: (text, None)),
}


@pytest.mark.parametrize("kind", sorted(AGAIN))
@settings(max_examples=150, deadline=None)
@given(value=TEXTS, hint=HINTS)
def test_its_own_answer_is_read_the_same_way(kind: str, value: str, hint: str | None) -> None:
    ask, written = AGAIN[kind]
    first = ask(value, hint)
    if first.value is not None and not (kind == "title" and re.search('[<&"(\\[]', str(first.value))):
        second = ask(*written(first.value))
        assert plain(second.value) == plain(first.value)


def plain(value: Any) -> Any:
    """Without what only tells how it was said."""
    if isinstance(value, Credits):
        return value.framework, value.points
    if isinstance(value, Price):
        return value.amount, value.currency
    return value.code if hasattr(value, "code") else value


@pytest.mark.parametrize("kind", ["credits", "price", "prices", "workload", "duration", "date", "isced", "eqf"])
@settings(max_examples=200, deadline=None)
@given(value=TEXTS, hint=HINTS)
@example(value="180120", hint="ECTS")
@example(value="6 weeks x 5 hours", hint=None)
@example(value="1.200,50 EUR", hint=None)
def test_no_digit_is_invented(kind: str, value: str, hint: str | None) -> None:
    taken = NORMALISERS[kind](value, hint)
    if taken.value is None or taken.basis == "derived":
        return
    numbers = {
        "credits": lambda: [str(taken.value.points)],
        "price": lambda: [str(taken.value.amount)],
        "prices": lambda: [str(each.amount) for each in taken.value],
        "isced": lambda: [taken.value.code],
    }.get(kind, lambda: [str(taken.value)])()
    for number in numbers:
        for digits in re.findall("[1-9]", number):
            assert digits in value or (kind in ("date", "duration") and not_a_digit(value)), (number, value)


def not_a_digit(value: str) -> bool:
    """A month by its name becomes a number; a fraction of a year its months."""
    return bool(re.search(r"[^\W\d_]{3,}|[.,][0-9]", value))
