"""Linking over a corpus that no weight was fitted on: what `tests.bench.heldout` writes, and how it is judged."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import pytest

from tests.bench import heldout_words as words
from tests.bench.heldout import COUNTRIES, KINDS, PROFILES, Row, generate, write
from tests.bench.matching import clusters_of, figures, read_rows

ROWS = 1_500


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return list(generate(PROFILES["plain"], ROWS, "plain-7"))


def test_a_corpus_is_a_function_of_its_seed(rows: list[Row]) -> None:
    assert list(generate(PROFILES["plain"], ROWS, "plain-7")) == rows
    assert list(generate(PROFILES["plain"], ROWS, "plain-8")) != rows


def test_siblings_of_every_kind_are_told_in_every_language() -> None:
    rows = list(generate(PROFILES["plain"], 10_000, "plain-1"))
    assert {row["family_kind"] for row in rows} == set(KINDS)
    assert {row["t_lang"] for row in rows} == set(words.LANGUAGES) == {*COUNTRIES.values()}
    families: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        families[row["family_id"]].add(row["offer_id"])
    several = Counter(row["family_kind"] for row in rows if len(families[row["family_id"]]) > 1)
    assert set(several) == set(KINDS) - {"single"}


def test_the_bare_profile_tells_keys_in_the_providers_own_files_alone() -> None:
    for row in generate(PROFILES["bare"], ROWS, "bare-7"):
        if row["file"] != "provider":
            assert not row["code"] + row["url"] + row["provider_id"]


def test_offers_are_found_again_in_words_that_were_never_seen(tmp_path: Path) -> None:
    """A floor, well below what is measured; `python -m tests.bench.peers` gives the figures beside those of others."""
    feeds = write(tmp_path, "mild", ROWS, 7)
    said = read_rows(feeds)
    found, _ = clusters_of(feeds, tmp_path / "work")
    told = figures(said, found)
    print({name: value for name, value in told.items() if isinstance(value, float)})
    assert isinstance(told["P"], float)
    assert isinstance(told["R"], float)
    assert told["P"] >= 0.97
    assert told["R"] >= 0.9
