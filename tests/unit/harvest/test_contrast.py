"""What a run replaces, before and after: the ways a feed can go wrong while every field stays filled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import msgspec
import pytest

from microharvest.harvest.contrast import Contrast
from microharvest.harvest.guard import GuardSettings, RunFacts, alike_fields, hold_for

NUMBERS = range(30)
SUBJECTS = ("welding", "joinery", "baking", "masonry", "tailoring", "brewing")

Change = Callable[[int], Mapping[str, Any]]


def offer(number: int) -> dict[str, Any]:
    return {
        "title": {"de": f"Kurs {number} über {SUBJECTS[number % 6]}"},
        "description": {"de": f"Lehrgang {number} für alle, die {SUBJECTS[number % 6]} lernen möchten"},
        "homepage": [f"https://x.example/{number}"],
        "prices": [{"amount": 100 + number, "currency": "EUR"}],
        "credits": [{"framework": "ECTS", "points": 1 + number % 5}],
        "workload_hours": 10 + number,
        "eqf_level": 4 + number % 3,
        "is_microcredential": {"value": "no", "basis": "derived"},
    }


def contrast(change: Change, *, back: bool = False) -> Contrast:
    made = Contrast(date(2026, 11, 25))
    for number in NUMBERS:
        before, after = offer(number), offer(number) | dict(change(number))
        old, new = (msgspec.json.encode(one) for one in ((after, before) if back else (before, after)))
        if old != new:
            made.add(old, new)
    return made


def facts_of(made: Contrast, scope: str = "full") -> RunFacts:
    return RunFacts(
        scope=scope,
        outcome="complete",
        active=len(NUMBERS),
        present=len(NUMBERS),
        replaced=made.replaced,
        emptied=made.emptied(),
        alike=made.alike(),
        scaled=made.scaled(),
        other=made.other,
        damaged=made.damaged,
    )


def held(made: Contrast, scope: str = "full") -> str | None:
    hold = hold_for(facts_of(made, scope), GuardSettings())
    return hold and hold.code


def costs(amount: float | None, currency: str = "EUR", **more: float) -> list[dict[str, Any]]:
    prices = {currency: amount} | more
    return [{"amount": amount, "currency": currency} for currency, amount in prices.items()]


def worth(points: float, framework: str = "ECTS") -> list[dict[str, Any]]:
    return [{"framework": framework, "points": points}]


def text(field: str, write: Callable[[str], str]) -> Change:
    return lambda number: {field: {"de": write(offer(number)[field]["de"])}}


WRONG: dict[str, tuple[Change, str]] = {
    "placeholder titles": (lambda _: {"title": {"de": "Test"}}, "hold.alike"),
    "every second title": (lambda n: {"title": {"de": "null"}} if n % 2 else {}, "hold.alike"),
    "one title, one page": (
        lambda _: {"title": {"de": "Universität"}, "homepage": ["https://x.example/"]},
        "hold.alike",
    ),
    "a broken template": (lambda _: {"title": {"de": "{{ course.title }}"}}, "hold.alike"),
    "filler": (lambda _: {"description": {"de": "Lorem ipsum dolor sit amet"}}, "hold.alike"),
    "no price but zero": (lambda _: {"prices": [{"amount": 0, "currency": "EUR"}]}, "hold.alike"),
    "ids given out anew": (lambda n: {"title": {"de": f"Fischzucht {chr(97 + n)}"}}, "hold.other_records"),
    "ids given out anew from 0": (
        lambda n: {"title": {"de": f"Fischzucht {n}"}, "description": {"de": f"Teiche und Netze {n}"}},
        "hold.other_records",
    ),
    "ids moved on by one": (lambda n: {"title": offer((n + 1) % 30)["title"]}, "hold.other_records"),
    "mojibake": (text("title", lambda one: one.encode().decode("latin-1")), "hold.text_damaged"),
    "mojibake of Windows": (text("description", lambda one: one.encode().decode("cp1252")), "hold.text_damaged"),
    "question marks": (text("description", lambda one: one.encode("ascii", "replace").decode()), "hold.text_damaged"),
    "letters left out": (text("title", lambda one: one.encode("ascii", "ignore").decode()), "hold.text_damaged"),
    "replacement characters": (text("title", lambda one: one.replace("ü", "\ufffd")), "hold.text_damaged"),
    "cents": (lambda n: {"prices": costs(10_000 + 100 * n)}, "hold.scale"),
    "decimal commas lost": (lambda n: {"prices": costs(1000 + 10 * n)} if n % 3 else {}, "hold.scale"),
    "cents in one of two currencies": (lambda n: {"prices": costs(10_000 + 100 * n, CHF=90)}, "hold.scale"),
    "thousands": (lambda n: {"prices": costs((100 + n) / 1000)}, "hold.scale"),
    "hours for credits": (lambda n: {"credits": worth(25 * (1 + n % 5))}, "hold.scale"),
    "minutes for hours": (lambda n: {"workload_hours": 60 * (10 + n)}, "hold.scale"),
    "price and credits swapped": (lambda n: {"prices": costs(1 + n % 5), "credits": worth(100 + n)}, "hold.scale"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_meant_is_held(name: str) -> None:
    change, code = WRONG[name]
    assert held(contrast(change)) == code


@pytest.mark.parametrize("name", WRONG)
def test_the_way_back_is_not_held(name: str) -> None:
    """But for records that became others and for another scale: nobody can tell which of the two is right."""
    change, code = WRONG[name]
    back = held(contrast(change, back=True))
    assert back == (code if name.startswith("ids ") or code == "hold.scale" else None)


FINE: dict[str, Change] = {
    "a new edition": text("title", lambda one: f"{one} (Ausgabe 2027)"),
    "capitals": text("title", str.upper),
    "a word before": text("title", lambda one: f"Microcredential: {one}"),
    "umlauts written out": text("description", lambda one: one.replace("ü", "ue").replace("ö", "oe")),
    "better quotes": text("description", lambda one: f"„{one}“"),
    "dearer by a tenth": lambda n: {"prices": [{"amount": 110 + n, "currency": "EUR"}]},
    "three times as dear": lambda n: {"prices": costs(300 + 3 * n)},
    "in another currency": lambda n: {"prices": costs(40_000 + 400 * n, "HUF")},
    "the currency is said now": lambda n: {"prices": costs(400 + n, None)},
    "another kind of credits": lambda n: {"credits": worth(30 * (1 + n % 5), "hours")},
    "credits computed beside": lambda n: {"credits": [*offer(n)["credits"], {**worth(90)[0], "derived": True}]},
    "a few typing errors": lambda n: {"prices": costs(100 * (100 + n))} if n < 4 else {},
    "a third in cents, the others dearer": lambda n: {"prices": costs((100 + n) * (1.1 if n % 3 else 100))},
    "some cost the same now": lambda n: {"prices": [{"amount": 100, "currency": "EUR"}]} if n < 6 else {},
    "one level for all": lambda _: {"eqf_level": 5},
    "some renamed altogether": lambda n: {"title": {"de": f"Fischzucht {chr(97 + n)}"}} if n < 15 else {},
    "all renamed under their numbers": lambda n: {"title": {"de": f"Lehrgang {n}"}},
    "not ours to count": lambda _: {"is_microcredential": {"value": "undecided"}},
    "what we concluded is gone": lambda _: {"is_microcredential": None},
}


@pytest.mark.parametrize("name", FINE)
def test_what_may_happen_on_any_day_passes(name: str) -> None:
    assert held(contrast(FINE[name])) is None


PAIRS: dict[str, tuple[Mapping[str, str], Mapping[str, str]]] = {
    "another language label": ({"de": "Kurs # über Schweißen"}, {"de-AT": "Kurs # über Schweißen"}),
    "translated": ({"de": "Schweißen ~"}, {"en": "Welding ~"}),
    "one of two languages left": ({"el": "Διοίκηση", "en": "Management #"}, {"en": "Management #"}),
    "languages in another order": ({"de": "Bäckerei #", "en": "Bakery #"}, {"en": "Bakery #", "de": "Bäckerei #"}),
    "ä for ae": ({"de": "Baeckerei ~"}, {"de": "Bäckerei ~"}),
    "another year, no long word": ({"de": "BIM ~ 2026"}, {"de": "BIM ~ 2027"}),
    "ordinary blanks": ({"de": "Kurs\xa0#: Schweissen"}, {"de": "Kurs #: Schweissen"}),
    "no bullets": ({"de": "• Kurs # • Schweißen"}, {"de": "Kurs # Schweißen"}),
    "no trade marks, no quotes": ({"de": "„Scrum®“ #"}, {"de": "Scrum #"}),
    "a question mark": ({"de": "Wie führe ich #"}, {"de": "Wie führe ich #?"}),
    "Greek mended": ({"el": "Διοίκηση ~".encode().decode("latin-1")}, {"el": "Διοίκηση ~"}),
}
"""Titles before and after; # is a number and ~ a letter, which tell the records apart."""


@pytest.mark.parametrize("name", PAIRS)
def test_titles_written_otherwise_pass(name: str) -> None:
    def title(texts: Mapping[str, str], number: int) -> dict[str, Any]:
        said = {one: text.replace("#", str(number)).replace("~", chr(97 + number)) for one, text in texts.items()}
        return offer(number) | {"title": said}

    made = Contrast(date(2026, 11, 25))
    for number in NUMBERS:
        made.add(*(msgspec.json.encode(title(texts, number)) for texts in PAIRS[name]))
    assert held(made) is None


def test_greek_read_as_latin_is_held() -> None:
    made = Contrast(date(2026, 11, 25))
    for number in NUMBERS:
        good = f"Διοίκηση {number}"
        titles = (good, good.encode().decode("latin-1"))
        made.add(*(msgspec.json.encode(offer(number) | {"title": {"el": one}}) for one in titles))
    assert held(made) == "hold.text_damaged"


def test_ids_given_out_anew_in_another_language_are_no_translation() -> None:
    change: Change = lambda n: {"title": {"en": f"Fishing {chr(97 + n)}"}, "prices": [{"amount": n, "currency": "EUR"}]}  # noqa: E731
    assert held(contrast(change)) == "hold.other_records"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", {"de": "Universität"}),
        ("description", {"de": "See our website."}),
        ("homepage", ["https://x.example/"]),
        ("prices", [{"amount": 50, "currency": "EUR"}]),
    ],
)
def test_one_value_in_one_field_may_be_meant_and_is_told(field: str, value: Any) -> None:
    made = contrast(lambda _: {field: value})
    assert held(made) is None
    assert list(alike_fields(facts_of(made), GuardSettings())) == [field]
    assert made.alike()[field].count == len(NUMBERS) - 1


def test_a_conclusion_of_ours_does_not_empty() -> None:
    made = Contrast(date(2026, 11, 25))
    whole = offer(1)
    made.add(msgspec.json.encode(whole), msgspec.json.encode({"title": whole["title"]}))
    assert "is_microcredential" not in made.emptied()
    assert set(made.emptied()) == {"description", "homepage", "prices", "credits", "workload_hours", "eqf_level"}


def test_a_scale_is_told_with_its_factor_and_an_amount() -> None:
    made = contrast(lambda n: {"prices": costs(100 * (100 + n)), "workload_hours": (10 + n) / 60})
    prices, hours = (made.scaled()[one] for one in ("prices", "workload_hours"))
    assert (prices.count, prices.changed, prices.factor, prices.example) == (30, 30, 100, "100 -> 10000")
    assert (hours.count, round(1 / hours.factor)) == (30, 63)
    hold = hold_for(facts_of(made), GuardSettings())
    assert hold
    assert hold.sentence == (
        "prices mostly became about 100 times what they were, in 30 records (such as 100 -> 10000)."
    )


def test_amounts_that_were_one_placeholder_may_become_whatever_they_are() -> None:
    made = contrast(lambda _: {"prices": costs(1), "credits": worth(0.1), "workload_hours": 1}, back=True)
    assert held(made) is None


def test_a_small_delta_says_nothing() -> None:
    few: Change = lambda n: {"title": {"de": "Test"}} if n < 10 else {}  # noqa: E731
    assert held(contrast(few), scope="delta") is None
    assert held(contrast(lambda _: {"title": {"de": "Test"}}), scope="delta") == "hold.alike"
