"""Titles that look alike and are siblings, and titles that look different and are not."""

from __future__ import annotations

import pytest
from rapidfuzz import fuzz

from microharvest.link.comparing import COMPARERS, compare_titles
from microharvest.link.features import Spelling
from microharvest.link.slips import is_slip
from microharvest.link.titles import MARK_KINDS, fold, read_title


def conflict(one: str, other: str) -> str | None:
    """The first kind of mark in which two titles contradict each other."""
    for kind in MARK_KINDS:
        mine, theirs = ([value for known, value in read_title(text).marks if known == kind] for text in (one, other))
        if mine and theirs and COMPARERS[kind](mine, theirs) == "conflict":
            return kind
    return None


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("Economics of Money, Part One", "Economics of Money, Part Two", "ordinal"),
        ("Leadership level 1", "Leadership level 2", "ordinal"),
        ("Norsk nivå 1", "Norsk, niveau 2", "ordinal"),
        ("Matematik Teil 1", "Maths part 2", "ordinal"),
        ("Law, Part A", "Law, Teil B", "ordinal"),
        ("Spanish II", "Spanish III", "ordinal"),
        ("Spanish level 1", "Spanish 2", "ordinal"),
        ("English B1", "English B2", "ordinal"),
        ("First module of law", "Second module of law", "ordinal"),
        ("Teachers (Elementary)", "Teachers (Secondary)", "stage"),
        ("Handbook (2024)", "Handbook (2025)", "year"),
        ("Handbook, édition 2024", "Handbook – Ausgabe 2025", "year"),
        ("Einführung in Docker", "Docker für Fortgeschrittene", "grade"),
        ("Algoritmos (en Java)", "Algoritmos (en C++)", "tech"),
    ],
)
def test_siblings_contradict_each_other(one: str, other: str, kind: str) -> None:
    assert conflict(one, other) == conflict(other, one) == kind


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Welding level 2", "Sveising nivå II"),
        ("Welding", "Welding 2"),
        ("Cocina (2a edición)", "Cocina (3a edición)"),
        ("Law, autumn 2024", "Law, spring 2025"),
        ("Law (WS 2024/25)", "Law (SoSe 2026)"),
        ("Law – Kohorte 1", "Law – cohort 2"),
        ("Law – start 05.09.2025", "Law, alkaa 9.1.2026"),
        ("Law (March 2025)", "Law (mai 2026)"),
        ("Part 1 of 2: law", "Law, part 1"),
        ("Del 1 av 3", "Del 1"),
        ("Advanced Docker for beginners in retail", "Docker for beginners in retail"),
    ],
)
def test_what_is_no_contradiction(one: str, other: str) -> None:
    assert conflict(one, other) is None


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Micro-credential in Robot programming – Level 2", "robot programming"),
        ("[Online] Weiterbildung: Onlinehandel in der Logistik (Gruppe 2)", "onlinehandel logistik"),
        ("Microcredencial en Programación – otoño 2025", "programacion"),
        ("Louv3x: Découvrir la science politique", "decouvrir science politique"),
        ("CafÃ© culture", "cafe culture"),
        ("C++ &amp; C#", "c++ c#"),
        ("2025", "2025"),
        ("", ""),
    ],
)
def test_words_of_the_offer_itself(title: str, words: str) -> None:
    assert " ".join(read_title(title).words) == words


@pytest.mark.parametrize(
    ("title", "words", "marks"),
    [
        ("Lengua de signos para la atenc…", "lengua signos atenc", ()),
        ("Robot programming in t…", "robot programming", ()),
        ("AWS: Infection prevention i...", "aws infection prevention", ()),  # no roman number
        ("Moodle: Heat pump installation (start 26.10.2...", "moodle heat pump installation", ()),  # nor a date
        ("Module 2: Robot programming (autu…", "robot programming", (("ordinal", "module 2"),)),
        ("Welding (Modu…", "welding", ()),
        ("Welding 2024…", "welding", (("year", "2024"),)),
    ],
)
def test_a_cut_title_says_what_it_begins_and_no_more(
    title: str, words: str, marks: tuple[tuple[str, str], ...]
) -> None:
    said = read_title(title)
    assert said.cut
    assert (" ".join(said.words), said.marks) == (words, marks)


def test_a_code_at_the_front_is_no_word() -> None:
    assert read_title("Louv3x: Politique").code == "louv3x"


def spelled(title: str, language: str = "en") -> Spelling:
    read = read_title(title)
    return Spelling(language, read.words, read.cut, read.frame, read.tags)


@pytest.mark.parametrize(
    ("one", "other", "bucket"),
    [
        (spelled("Robot programming"), spelled("Micro-credential in robot programming"), "equal"),
        (spelled("Robot programming"), spelled("Robot programming (virtual)"), "tagged"),
        (spelled("Robot programming"), spelled("Programming robot"), "reordered"),
        (spelled("Robot basics"), spelled("Robots for beginners"), "typo"),
        (spelled("Robot basics"), spelled("Introduction to robot"), "reworded"),
        (spelled("Robot programming"), spelled("Robot programing"), "typo"),
        (spelled("Robot programming"), spelled("Robotprogramming"), "typo"),
        (spelled("Robot programming in logistics"), spelled("Robot programming in logi…"), "cut"),
        (spelled("Robot programming in tourism"), spelled("Robot programming in logi…"), "swapped"),
        (spelled("Robot programming in logistics"), spelled("Robot programming in tourism"), "swapped"),
        (spelled("Written Constitution of America"), spelled("Unwritten Constitution of America"), "swapped_near"),
        (spelled("Microeconomia", "es"), spelled("Macroeconomia", "es"), "swapped_near"),
        (spelled("Android: Concurrency"), spelled("Android: Communication"), "swapped"),
        (spelled("Energy audit"), spelled("Audit énergétique", "fr"), "foreign_some"),
        (spelled("Dementia care"), spelled("Muistisairaan hoito", "fi"), "foreign"),
        (spelled("Dementia care", ""), spelled("Muistisairaan hoito", "fi"), "unsure"),
        (spelled("…"), spelled("…"), "unsure"),
        (spelled("🙂"), spelled("Robot programming"), "unsure"),
        (spelled("101"), spelled("101"), "equal"),
        (spelled("C++"), spelled("C++"), "equal"),
    ],
)
def test_how_two_titles_stand_to_each_other(one: Spelling, other: Spelling, bucket: str) -> None:
    from rapidfuzz import fuzz

    alike = fuzz.token_sort_ratio(" ".join(one.words), " ".join(other.words))
    assert compare_titles(one, other, alike) == compare_titles(other, one, alike) == bucket


def test_a_slip_of_the_pen_never_touches_digits_or_turns_the_meaning() -> None:
    assert is_slip("eduction", "education")
    assert not is_slip("hks211", "hks212")
    assert not is_slip("written", "unwritten")
    assert not is_slip("microeconomics", "macroeconomics")


def test_fold() -> None:
    assert fold("  Ærlig  Œuvre, ŁÓDŹ & Ørsted! ") == "aerlig oeuvre lodz orsted"


def test_more_is_an_ordinary_word_but_at_the_beginning() -> None:
    assert read_title("More data mining").marks == (("grade", "advanced"),)
    assert read_title("Album covers in minutes, no more fees").marks == ()


def test_a_year_of_study_before_the_title_is_a_mark() -> None:
    assert read_title("L2 Droit").marks == (("ordinal", "level 2"),)
    assert read_title("M1 Chimie").marks == (("ordinal", "module 1"),)
    assert read_title("Italiano L2").marks == ()


@pytest.mark.parametrize(
    ("one", "other", "bucket"),
    [
        ("BIO1204 Genetics of plants", "Genetics of plants", "typo"),
        ("ISO9001 lead auditor", "ISO27001 lead auditor", "swapped_near"),
        ("Art history and archaeology, strand archaeology", "Art history and archaeology, strand art", "extra"),
    ],
)
def test_codes_and_repeated_words(one: str, other: str, bucket: str) -> None:
    spelled = [Spelling("en", read_title(title).words, cut=False) for title in (one, other)]
    alike = fuzz.token_sort_ratio(*(" ".join(each.words) for each in spelled))
    assert compare_titles(spelled[0], spelled[1], alike) == bucket
