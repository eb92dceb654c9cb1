"""The words of all languages: each table has what titles need, no word is two things, and no title is eaten up."""

from __future__ import annotations

import tomllib
from importlib import resources
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microharvest.link import lexicon
from microharvest.link.titles import fold, read_title

TABLES = tomllib.loads(resources.files("microharvest.link").joinpath("lexicon.toml").read_text(encoding="utf-8"))
LANGUAGE_TABLES = {language: table for language, table in TABLES.items() if language != "any"}
TOLD_APART = (
    ("level", "part", "module", "unit"),
    ("intro", "middle", "advanced"),
    ("primary", "secondary", "preschool"),
)


@pytest.mark.parametrize("language", LANGUAGE_TABLES)
def test_a_language_has_what_titles_need(language: str) -> None:
    needed = {"level", "part", "module", "unit", "intro", "middle", "advanced", "season", "cohort", "start", "month"}
    assert needed | {"frame", "tag", "bundle", "edition"} <= LANGUAGE_TABLES[language].keys()
    assert all(len(LANGUAGE_TABLES[language][key]) == 6 for key in ("cardinals", "ordinals"))


def words_of(key: str) -> set[str]:
    return {lexicon.unaccented(word) for table in TABLES.values() for word in str(table.get(key, "")).split()}


def test_a_word_is_of_one_kind_in_all_languages() -> None:
    for kinds in TOLD_APART:
        for one, other in combinations(kinds, 2):
            assert words_of(one) & words_of(other) == set(), (one, other)
    grades = set().union(*map(words_of, TOLD_APART[1]))
    assert grades.isdisjoint(lexicon.STOPWORDS | words_of("bundle") | set(lexicon.MARKERS) | set(lexicon.STAGES))
    for numbers in ("cardinals", "ordinals"):
        said: dict[str, set[int]] = {}
        for table in LANGUAGE_TABLES.values():
            for number, words in enumerate(table[numbers], start=1):
                for word in words.split():
                    said.setdefault(lexicon.unaccented(word), set()).add(number)
        assert [word for word, meant in said.items() if len(meant) > 1] == []


WORDS = sorted({*lexicon.RUN_CLASSES, *lexicon.MARKERS, *lexicon.TAGS, *lexicon.STOPWORDS, *lexicon.ROMANS, "welding"})
SIGNS = (
    "1",
    "2026",
    "2026/27",
    "1.9.2026",
    "3.",
    "1.ª",
    "II-a",
    "HT25",
    "40h",
    "7,5",
    "…",
    "-",
    " – ",
    "(",
    ")",
    ":",
    "²",
)


@given(st.lists(st.sampled_from((*WORDS, *SIGNS)) | st.text(max_size=3), max_size=9), st.sampled_from((" ", "", " – ")))
def test_something_is_left_of_every_title(parts: list[str], between: str) -> None:
    title = between.join(parts)
    said = read_title(title)
    assert bool(said.words) == bool(fold(title))
    assert said == read_title.__wrapped__(title)
