"""Dates, hours, credits, levels, modes and assessments as national lists of many languages write them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from microharvest.map.normalise.assessment import assessments_in
from microharvest.map.normalise.concept import find_term
from microharvest.map.normalise.credits import credits
from microharvest.map.normalise.date import date
from microharvest.map.normalise.language import languages
from microharvest.map.normalise.level import eqf_level
from microharvest.map.normalise.national_level import national_level
from microharvest.map.normalise.price import price
from microharvest.map.normalise.workload import workload
from microharvest.map.vocabulary.months import MONTHS


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("15 marca 2027", "2027-03-15"),
        ("1 października 2026", "2026-10-01"),
        ("5 octombrie 2026", "2026-10-05"),
        ("12 Οκτωβρίου 2026", "2026-10-12"),
        ("7 Μαΐου 2026", "2026-05-07"),
        ("2026. szeptember 7.", "2026-09-07"),
        ("2026. 09. 07.", "2026-09-07"),
        ("5.10.2026.", "2026-10-05"),
        ("3. září 2026", "2026-09-03"),
        ("1. rujna 2026", "2026-09-01"),
        ("14. septembar 2026.", "2026-09-14"),
        ("2026. gada 14. septembris", "2026-09-14"),
        ("2026 m. rugsėjo 14 d.", "2026-09-14"),
        ("14 септември 2026 г.", "2026-09-14"),
        ("14 вересня 2026 року", "2026-09-14"),
        ("14 Eylül 2026", "2026-09-14"),
        ("ab 12.01.2027", "2027-01-12"),
        ("From 5 October 2026", "2026-10-05"),
    ],
)
def test_dates(said: str, moment: str) -> None:
    assert date(said) == (moment, "mapped", ())


@pytest.mark.parametrize(
    "said", ["listopad 2026", "5. listopadu 2026", "from autumn 2026", "ab sofort", "ab 03/04/2026"]
)
def test_a_month_that_is_another_one_next_door_is_none(said: str) -> None:
    assert date(said).value is None


def test_no_month_has_two_numbers() -> None:
    assert set(MONTHS.values()) == set(range(1, 13))
    assert not {"listopad", "listopada", "listopadu"} & set(MONTHS)


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        ("1 200 h", "1200"),
        ("1\u202f200 heures", "1200"),
        ("20h00", "20"),
        ("7h30", "7.5"),
        ("7 h 30 min", "7.5"),
        ("100 godz.", "100"),
        ("48 godzin", "48"),
        ("150 sati", "150"),
        ("100 ur", "100"),
        ("78 hodin", "78"),
        ("125 ώρες", "125"),
        ("156 tundi", "156"),
        ("150 óra", "150"),
        ("125 ore", "125"),
        ("100 часа", "100"),
        ("90 годин", "90"),
        ("125 saat", "125"),
        ("125 klst", "125"),
    ],
)
def test_hours(said: str, hours: str) -> None:
    assert workload(said).value == Decimal(hours)


@pytest.mark.parametrize(
    "said", ["1 20 h", "1 2000 h", "20h75", "2 týdny", "3 dni", "2 години", "4 hafta", "12 miesięcy", "0h00"]
)
def test_no_hours(said: str) -> None:
    assert workload(said).value is None


@pytest.mark.parametrize(
    "said", ["4 ESPB", "4 AKTS", "4 ECTS boda", "4 punkty ECTS", "4 ECTS kreditů", "4 credite ECTS"]
)
def test_ects(said: str) -> None:
    taken = credits(said)
    assert taken.value is not None
    assert (taken.value.framework, taken.value.points) == ("ECTS", 4)


def test_ects_by_the_address_that_xcri_gives_it() -> None:
    taken = credits("20", "http://purl.org/net/cm/terms/ECTS")
    assert taken.value is not None
    assert (taken.value.framework, taken.value.points) == ("ECTS", 20)


@pytest.mark.parametrize("said", ["livello EQF 3", "EQF úroveň 3", "poziom 3 EQF", "Razina EQF 3"])
def test_eqf_levels(said: str) -> None:
    assert eqf_level(said).value == 3


@pytest.mark.parametrize(
    ("said", "country", "level"),
    [
        ("poziom 5 PRK", "PL", 5),
        ("Level 9 of the SCQF", None, 6),
        ("Niveau 6 (DQR)", None, 6),
        ("poziom 5 PRK", None, None),
    ],
)
def test_a_level_before_its_framework(said: str, country: str | None, level: int | None) -> None:
    assert national_level(said, country).value == level


@pytest.mark.parametrize(
    ("said", "tags"),
    [
        ("hrvatski i engleski", ("hr", "en")),
        ("čeština a angličtina", ("cs", "en")),
        ("Ελληνικά και Αγγλικά", ("el", "en")),
        ("română și engleză", ("ro", "en")),
        ("slovenščina in angleščina", ("sl", "en")),
        ("hrvatski, engleski i njemački", ("hr", "en", "de")),
        ("not in English", None),
        ("taught in English", None),
    ],
)
def test_languages(said: str, tags: tuple[str, ...] | None) -> None:
    assert languages(said).value == tags


@pytest.mark.parametrize(
    ("said", "code"),
    [("zdalnie", "online"), ("veebipõhine", "online"), ("uživo", "presential"), ("δια ζώσης", "presential"),
     ("offline", "presential"), ("jelenléti", "presential"), ("hybrydowa", "hybrid"),
     ("онлайн", "online"), ("смесено", "blended")],
)  # fmt: skip
def test_modes(said: str, code: str) -> None:
    term = find_term("modes", said, None).value
    assert term is not None
    assert term.code == code


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ("QCM", ["quiz"]),
        ("egzamin pisemny", ["written"]),
        ("pisani ispit", ["written"]),
        ("usmeni ispit", ["oral"]),
        ("писмен изпит", ["written"]),
        ("yazılı sınav", ["written"]),
        ("egzamin praktyczny", ["practical"]),
        ("Klausur, Projektarbeit", ["written", "project-work"]),
        ("examen escrito y portafolio", ["written", "portfolio"]),
        ("Klausur oder Projektarbeit", []),
        ("Klausur, Gespräch", []),
    ],
)
def test_assessments(said: str, codes: list[str]) -> None:
    found = assessments_in(said).value if find_term("assessments", said, None).value is None else None
    terms = [find_term("assessments", said, None).value] if found is None else [term for term, _ in found]
    assert [term.code for term in terms if term is not None] == codes


@pytest.mark.parametrize(("said", "amount", "code"), [("2.500 TL", 2500, "TRY"), ("2000 грн", 2000, "UAH")])
def test_words_for_one_currency(said: str, amount: int, code: str) -> None:
    taken = price(said).value
    assert taken is not None
    assert (taken.amount, taken.currency) == (amount, code)


def test_a_sign_of_two_currencies_names_none() -> None:
    taken = price("1200 lei")
    assert taken.value is not None
    assert (taken.value.amount, taken.value.currency, taken.issues) == (1200, None, ("price.no_currency",))
