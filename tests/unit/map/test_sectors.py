"""Sectors: what a source says wins, what is derived names its ground, and nothing is certain by a word alone."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microharvest.map.sectors import MOST, TITLE_WORD, is_nace, sectors_of
from microharvest.map.vocabulary import NACE_BASE, nace_terms
from microharvest.map.vocabulary.sectors import isced_leads, isco_leads, section_of, sector_words, word_list
from microharvest.model.offer import Offer
from microharvest.model.values import Concept, Subject

WELDER = "http://data.europa.eu/esco/occupation/aaaa"
ISCO = {WELDER: "7212.3", "http://data.europa.eu/esco/occupation/bbbb": "5223.7.37"}


def subject(code: str) -> Subject:
    return Subject(code=code, uri=f"http://data.europa.eu/snb/isced-f/{code}")


def titled(text: str, language: str = "en", **more: Any) -> Offer:
    return Offer(title={language: text}, **more)


def found(offer: Offer) -> list[tuple[str, str, float]]:
    return [(one.code, one.basis, one.confidence) for one in sectors_of(offer, ISCO)]


def test_titles_in_seven_languages_lead_where_a_reader_would_put_them() -> None:
    """Which of them were found blind is told in SOURCES.md; now they hold what the words were mended by."""
    with Path(__file__).with_name("sector_titles.csv").open(encoding="utf-8", newline="") as file:
        titles = list(csv.DictReader(file))
    told = {
        one["title"]: ("|".join(sorted({found.section for found in sectors_of(titled(one["title"], one["language"]))})))
        for one in titles
    }
    assert len(told) == 79
    wrong = {one["title"]: told[one["title"]] for one in titles if told[one["title"]] not in one["sections"].split("|")}
    assert wrong == {}


def test_what_a_source_declares_wins_and_is_certain() -> None:
    retail = Concept(uri=f"{NACE_BASE}47", code="47", label={"de": "Einzelhandel"})
    own = Concept(code="44", label={"en": "NAICS 44"})
    offer = titled("Welding", sectors=(own, retail), isced_f=(subject("0732"),))
    (only,) = sectors_of(offer)
    assert (only.code, only.section, only.basis, only.confidence) == ("47", "G", "declared", 1.0)
    assert only.label == {"de": "Einzelhandel"}
    assert not is_nace(own)


def test_a_sector_in_other_words_declares_nothing() -> None:
    offer = titled("Welding", sectors=(Concept(code="33", label={"en": "NAICS 33"}),))
    assert found(offer) == [("25", "keyword", TITLE_WORD)]


@pytest.mark.parametrize("field", ["sectors", "occupations", "isced_f", "subjects"])
def test_defaults_never_count(field: str) -> None:
    values: dict[str, Any] = {
        "sectors": (Concept(uri=f"{NACE_BASE}47", code="47"),),
        "occupations": (Concept(uri=WELDER),),
        "isced_f": (subject("0416"),),
        "subjects": (Concept(label={"en": "Retail"}),),
    }
    said = {field: values[field]}
    assert found(Offer(**said))
    assert found(Offer(**said, basis={field: "default"})) == []


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("it", "Gestione della commessa in produzione"),
        ("it", "I reati commessi via internet"),
        ("pl", "Sklepienia gotyckie"),
        ("nl", "Schilderkunst van de Gouden Eeuw"),
        ("nl", "Een website bouwen"),
        ("es", "Restauración de obras de arte"),
    ],
)
def test_words_that_begin_like_a_trade_are_none(language: str, title: str) -> None:
    assert found(Offer(title={language: title})) == []


def test_two_grounds_that_disagree_are_both_shown() -> None:
    offer = titled("Retail basics", occupations=(Concept(uri=WELDER),), isced_f=(subject("0732"),))
    assert found(offer) == [("25", "esco", 0.6), ("F", "isced", 0.8), ("47", "keyword", 0.4)]
    assert [one.because for one in sectors_of(offer, ISCO)] == ["ISCO-08 7212", "ISCED-F 0732", "title: retail"]


def test_an_occupation_leads_by_its_group() -> None:
    seller = Concept(uri="http://data.europa.eu/esco/occupation/bbbb")
    assert found(Offer(occupations=(seller,))) == [("47", "esco", 0.8)]
    assert found(Offer(occupations=(Concept(uri="http://data.europa.eu/esco/isco/C8211"),))) == [("28", "esco", 0.8)]
    unknown = Concept(uri="http://data.europa.eu/esco/occupation/none")
    assert found(Offer(occupations=(unknown, Concept(label={"en": "welder"})))) == []


@pytest.mark.parametrize(
    ("code", "leads"),
    [
        ("0721", [("10", 0.8)]),
        ("072", [("C", 0.8)]),
        ("0788", []),
        ("07", []),
        ("0416", [("G", 0.8)]),
        ("0716", [("95", 0.4), ("C", 0.4)]),
        ("0917", [("86", 0.6)]),
        ("0231", []),
    ],
)
def test_a_field_of_study_leads_by_itself_or_the_group_above_it(code: str, leads: list[tuple[str, float]]) -> None:
    assert [(code, level) for code, _, level in found(Offer(isced_f=(subject(code),)))] == leads


@pytest.mark.parametrize(
    ("text", "language", "codes"),
    [
        ("SOUDEUR TIG ÉLECTRODE ENROBÉE (TP)", "fr", ["25"]),
        ("Einzelhandelskaufmann", "de", ["47"]),
        ("Schweißen für Fortgeschrittene", "de", ["25"]),
        ("Hitsaajan ammattitutkinto", "fi", ["25"]),
        ("Myyjän perusteet", "fi", ["47"]),
        ("Butikssäljare", "sv", ["47"]),
        ("Visual merchandising en la tienda", "es", ["47"]),
        ("Soldadura MIG", "es", ["25"]),
        ("Detailhandel voor starters", "nl", ["47"]),
        ("Sveising", "no", ["25"]),
        ("Commis (ASSOC CAMPUS FONDERIE DE L'IMAGE)", "fr", []),
        ("Winkel und Flächen", "de", []),
        ("Retail", "de", []),
        ("Retail", "und", ["47"]),
        ("Machine learning", "en", []),
        ("3D printing", "en", ["C"]),
        ("Nursery rhymes", "en", []),
        ("", "en", []),
    ],
)
def test_words_lead_in_their_language(text: str, language: str, codes: list[str]) -> None:
    assert [code for code, _, _ in found(titled(text, language))] == codes


def test_a_section_is_not_named_beside_its_division() -> None:
    assert [code for code, _, _ in found(titled("Manufacturing and welding"))] == ["25"]


def test_what_leads_everywhere_leads_nowhere() -> None:
    several = ["Welding", "retail", "nursing", "tourism"]
    assert len(found(titled(" and ".join(several[:MOST])))) == MOST
    assert found(titled(" and ".join(several))) == []


def test_a_subject_is_weaker_than_a_title() -> None:
    offer = Offer(title={"en": "Basics"}, subjects=(Concept(label={"en": "Retail management"}),))
    assert found(offer) == [("47", "keyword", 0.3)]
    both = titled("Retail", subjects=offer.subjects)
    assert found(both) == [("47", "keyword", 0.4)]


@given(st.text(max_size=200), st.sampled_from(["en", "fr", "und", "xx", "de-AT", ""]))
def test_no_title_is_ever_certain_or_makes_it_fail(text: str, language: str) -> None:
    for one in sectors_of(titled(text, language)):
        assert one.basis == "keyword"
        assert 0 < one.confidence <= TITLE_WORD
        assert one.code in nace_terms()
        assert one.section == section_of(one.code)


def test_the_tables_are_whole() -> None:
    tables = (isced_leads(), isco_leads())
    for leads in tables:
        for code, several in leads.items():
            assert code.isdigit() or code.replace(".", "").isdigit()
            assert len({lead.code for lead in several}) == len(several), code
            assert {lead.confidence for lead in several} <= {0.4, 0.6, 0.8}, code
    assert {"C", "10", "20", "25", "28"} <= {lead.code for several in isco_leads().values() for lead in several}
    words = sector_words()
    assert {"en", "de", "fr", "nl", "fi", "sv", "es", "it", "nb"} <= set(words)
    for language, known in words.items():
        reached = {section_of(code) for several in known.bins.values() for _, code in several if code}
        assert {"C", "G"} <= reached, language
        for several in known.bins.values():
            for phrase, _ in several:
                assert not phrase[0].endswith("*") or len(phrase[0]) > 3, (language, phrase)


def test_words_are_told_apart_without_accents_and_case() -> None:
    assert word_list("MÉTIERS de l'Électronique — Schweiß") == ["metiers", "de", "l", "electronique", "schweiss"]
