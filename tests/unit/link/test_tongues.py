"""Which language a title is in, and titles that say themselves twice."""

from __future__ import annotations

import pytest

from microharvest.link.tongues import language_of, spoken


@pytest.mark.parametrize(
    ("title", "declared", "language"),
    [
        ("Introduction to soil science", "", "en"),
        ("Einführung in die Bodenkunde", "", "de"),
        ("Einführung in die Bodenkunde für Gärtner", "en", "de"),
        ("Excel", "", ""),
        ("Excel", "fr", "fr"),
        ("ART TEC BIJ.JOAILL", "fr", "fr"),
    ],
)
def test_a_language_is_told_by_common_words_and_never_guessed(title: str, declared: str, language: str) -> None:
    assert language_of(title, declared) == language


def test_a_title_in_two_languages_is_two_titles() -> None:
    assert spoken("Hydrogéologie et transferts / Hydrogeology and transfers", "fr") == (
        ("fr", "Hydrogéologie et transferts"),
        ("en", "Hydrogeology and transfers"),
    ) or spoken("Hydrogéologie et transferts / Hydrogeology and transfers", "fr")[1] == (
        "en", "Hydrogeology and transfers",
    )  # fmt: skip
    assert [half for _, half in spoken("Pflege von Menschen mit Demenz | Care for people with dementia", "")] == [
        "Pflege von Menschen mit Demenz",
        "Care for people with dementia",
    ]


@pytest.mark.parametrize(
    ("title", "declared"),
    [
        ("L2 STAPS : Management du Sport (Site Poitiers)", "fr"),
        ("Manager des achats (Rennes School of Business)", "fr"),
        ("Adobe Illustrator | Master in 3D", "en"),
        ("Portfolio Management for CA / CS / CFA exams", ""),
        ("CMI Informatique A2 / L2", "fr"),
        ("Économie et droit / Gestion internationale", "fr"),
        ("Soil science and geology | Soil science und Geologie", ""),
    ],
)
def test_in_doubt_a_title_stays_whole(title: str, declared: str) -> None:
    assert [said for _, said in spoken(title, declared)] == [title]
