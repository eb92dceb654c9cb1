"""Linking over the corpus of `tests.bench.blind`: how it is made, and siblings that linking never mixes up."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.bench.blind import PROFILES, corpus_of, write
from tests.bench.blind_offers import KINDS, WORDS
from tests.bench.matching import clusters_of, figures, read_rows

ROWS = 1_500


def test_a_corpus_is_a_function_of_profile_rows_and_seed() -> None:
    assert corpus_of("plain", ROWS, 7) == corpus_of("plain", ROWS, 7)
    assert corpus_of("plain", ROWS, 7) != corpus_of("plain", ROWS, 8)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_kind_and_every_language_is_told_and_every_row_has_its_truth(profile: str) -> None:
    told, truth = corpus_of(profile, 6_000, 7)
    assert {row["family_kind"] for row in truth} == set(KINDS)
    assert {row["t_lang"] for row in truth} == set(WORDS)
    rids = Counter(row["rid"] for rows in told.values() for row in rows)
    assert rids == Counter(row["rid"] for row in truth)
    assert max(rids.values()) == 1
    assert all(row["title"] for rows in told.values() for row in rows)
    if profile == "bare":
        assert not any(row["code"] + row["url"] + row["provider_id"] for rows in told.values() for row in rows)


def test_what_a_title_numbers_or_dates_stays_apart(tmp_path: Path) -> None:
    """A floor for the marks every reader knows; `python -m tests.bench.blind_judge` tells of the others."""
    feeds = write(tmp_path, "mild", ROWS, 8)
    rows = read_rows(feeds)
    found, _ = clusters_of(feeds, tmp_path / "work")
    told = figures(rows, found)
    wrong = told["wrong per sibling pair"]
    assert isinstance(wrong, dict)
    assert {kind: wrong[kind] for kind in ("level", "part", "module", "edition", "bundle") if wrong[kind] > 0.03} == {}
    assert isinstance(told["R"], float)
    assert told["R"] >= 0.85
