"""Titles that look alike and are siblings, and titles that look different and are not."""

from __future__ import annotations

import pytest

from microharvest.link.titles import discriminators, fold, numbers_differ


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("Economics of Money and Banking, Part One", "Economics of Money and Banking, Part Two", "part"),
        ("Leadership level 1", "Leadership level 2", "level"),
        ("Norsk nivå 1", "Norsk, niveau 2", "level"),
        ("Matematik Teil 1", "Maths part 2", "part"),
        ("Spanish II", "Spanish III", "number"),
        ("Spanish level 1", "Spanish 2", "number"),
        ("English B1", "English B2", "cefr"),
        ("Teachers (Elementary)", "Teachers (Secondary)", "grade"),
        ("Handbook (2024)", "Handbook (2025)", "year"),
        ("First module of law", "Second module of law", "module"),
    ],
)
def test_siblings_differ(one: str, other: str, kind: str) -> None:
    assert numbers_differ(discriminators([one]), discriminators([other])) == kind
    assert numbers_differ(discriminators([other]), discriminators([one])) == kind


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Welding level 2", "Sveising nivå II"),
        ("Welding", "Welding 2"),
        ("Cocina (2a edición)", "Cocina (3a edición)"),
        ("Law, autumn 2024", "Law, spring 2025"),
        ("Part 1 of 2: law", "Law, part 1"),
        ("Del 1 av 3", "Del 1"),
    ],
)
def test_what_is_no_contradiction(one: str, other: str) -> None:
    assert numbers_differ(discriminators([one]), discriminators([other])) is None


def test_fold() -> None:
    assert fold("  Ærlig  Œuvre, ŁÓDŹ & Ørsted! ") == "aerlig œuvre lodz orsted"
