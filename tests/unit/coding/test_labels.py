"""What texts say by labels, and what they do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microharvest.coding.labels import Labels
from microharvest.coding.words import base_language, statements_in, stretches_in, words_of

NAMED = [
    ("u:budget", "2", "manage budgets", ["administer budgets", "managing budgets", "run budgets"]),
    ("u:python", "2", "Python (computer programming)", ["Python", "scripting"]),
    ("u:hungarian", "2", "understand written Hungarian", []),
    ("u:bulgarian", "2", "understand written Bulgarian", []),
    ("u:analysis", "2", "business analysis", []),
    ("u:statistics", "1", "statistics", []),
    ("u:one", "2", "first aid", []),
    ("u:two", "2", "provide first aid", ["first aid"]),
    ("u:cpp", "2", "C++", []),
    ("u:data", "2", "bases de données", []),
    ("u:money", "2", "interpret financial statements", []),
    ("u:ml", "2", "machine learning", ["AI", "learning machine"]),
    ("u:aml", "2", "applied machine learning", []),
]


@pytest.fixture(scope="module")
def labels() -> Labels:
    return Labels(NAMED)


@pytest.mark.parametrize(
    ("text", "uri", "basis"),
    [
        ("Manage  BUDGETS.", "u:budget", "label"),
        ("managing budgets", "u:budget", "label"),
        ("interpreting financial statements", "u:money", "fuzzy"),
        ("manage budget", "u:budget", "fuzzy"),
        ("Python", "u:python", "label"),
        ("Statistics", "u:statistics", "label"),
        ("C++", "u:cpp", "label"),
        ("Bases de donnees", "u:data", "fuzzy"),
    ],
)
def test_a_text_names_a_concept(labels: Labels, text: str, uri: str, basis: str) -> None:
    found = labels.named(text)
    assert found is not None
    assert (found.uri, found.basis) == (uri, basis)
    assert 0.9 <= found.score <= 1


@pytest.mark.parametrize(
    "text",
    [
        "run budgets at home",
        "administer budgets",  # an alternative in other words: half of those are another thing in real editions
        "understand written Romanian",
        "understand written Hungarians of old",
        "business analysts",
        "scripting",
        "statistic",  # single words are not stretched
        "first aid",  # two concepts bear it
        "AI",
        "C",
        "",
        " ,.; ",
        "budgets " * 40,
    ],
)
def test_what_is_not_said_is_not_heard(labels: Labels, text: str) -> None:
    assert labels.named(text) is None


def test_a_label_within_a_statement(labels: Labels) -> None:
    found = list(labels.within("plan projects, manage budgets and apply applied machine learning"))
    assert [one.uri for one in found] == ["u:budget", "u:aml"], "the longest, and none within another"
    assert {one.basis for one in found} == {"text"}


@pytest.mark.parametrize(
    "text", ["machine, learning", "statistics for all", "learning machine", "a first aid box", "C++"]
)
def test_no_label_reaches_over_punctuation_or_is_one_word(labels: Labels, text: str) -> None:
    assert list(labels.within(text)) == []


def test_accents_tell_words_apart_until_they_are_missing() -> None:
    two = Labels([("u:fish", "1", "droit de pêche", []), ("u:sin", "1", "droit de péché", [])])
    assert [found.uri for text in ("droit de pêche", "droit de péché") if (found := two.named(text))] == [
        "u:fish",
        "u:sin",
    ]
    assert two.named("droit de peche") is None, "it could be either"


def test_prose_is_no_statement() -> None:
    assert statements_in("- plan a project\n\n• manage budgets;\n" + "many words " * 30) == [
        "plan a project",
        "manage budgets",
    ]
    assert stretches_in("natural (and social) sciences: R, C#") == [
        ["natural"],
        ["and", "social"],
        ["sciences"],
        ["r"],
        ["c#"],
    ]
    assert [base_language(tag) for tag in ("en-US", "nb", "und", "zh-Hant")] == ["en", "no", "und", "zh"]


@given(st.text(max_size=60), st.lists(st.text(max_size=20), max_size=6))
def test_any_text_is_safe(text: str, names: list[str]) -> None:
    index = Labels([(f"u:{place}", "1", name, names) for place, name in enumerate(names)])
    found = index.named(text)
    within = list(index.within(text))
    assert found is None or (found.uri.startswith("u:") and found.score >= 0.9)
    assert all(" ".join(words_of(one.label)) for one in within)


OTHERS: dict[str, list[tuple[str, str, str, list[str]]]] = {
    "de": [
        ("metal", "1", "Metall schweißen", ["Schweißen von Metall"]),
        ("roads", "1", "Straßenverkehrsordnung anwenden", []),
        ("elders", "1", "ältere Menschen betreuen", []), ("books", "1", "Buchhaltung", []),
        ("budget", "1", "Budgets verwalten", []), ("data", "1", "Daten analysieren", ["Datenanalyse"]),
    ],
    "es": [
        ("data", "1", "analizar datos", ["análisis de datos"]), ("budget", "1", "gestionar presupuestos", []),
        ("design", "1", "diseño gráfico", []), ("books", "1", "contabilidad", []),
    ],
    "fi": [
        ("metal", "1", "hitsata metallia", []), ("safety", "1", "työturvallisuus", []),
        ("books", "1", "kirjanpito", []),
        ("budget", "1", "hallinnoida budjettia", []),
    ],
    "pl": [
        ("metal", "1", "spawać metal", ["spawanie metalu"]), ("budget", "1", "zarządzać budżetem", []),
        ("radio", "1", "łączność radiowa", []), ("books", "1", "księgowość", []),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "text", "concept"),
    [
        ("de", "METALL SCHWEISSEN", "metal"), ("de", "Metall schweissen", "metal"),
        ("de", "Strassenverkehrsordnung anwenden", "roads"), ("de", "A\u0308ltere Menschen betreuen", "elders"),
        ("de", "Budget verwalten", "budget"), ("de", "Buchhalter", None), ("de", "Datenanalysen", None),
        ("es", "ANALIZAR DATOS", "data"), ("es", "Diseno grafico", "design"), ("es", "DISEÑO GRÁFICO", "design"),
        ("es", "gestionar presupuesto", "budget"), ("es", "Contable", None),
        ("fi", "TYÖTURVALLISUUS", "safety"), ("fi", "Kirjanpitäjä", None), ("fi", "hallinnoida budjetteja", None),
        ("pl", "ZARZĄDZAĆ BUDŻETEM", "budget"), ("pl", "zarzadzac budzetem", "budget"),
        ("pl", "LACZNOSC RADIOWA", "radio"), ("pl", "księgowa", None),
    ],
)  # fmt: skip
def test_case_accents_and_strokes_of_other_languages(language: str, text: str, concept: str | None) -> None:
    found = Labels(OTHERS[language]).named(text)
    assert (found and found.uri) == concept
