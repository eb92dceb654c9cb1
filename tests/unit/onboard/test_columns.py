"""Which column is what: by name in the feeds' languages, and never against its values."""

from __future__ import annotations

from typing import Any

import pytest

from microharvest.kit.document import Document
from microharvest.onboard.cells import Cells, header_currency
from microharvest.onboard.columns import _fit_address, propose_columns, spelt
from microharvest.onboard.flat import cells_of
from microharvest.onboard.proposal import Proposal


def proposed(*rows: dict[str, Any]) -> Proposal:
    proposal = Proposal()
    propose_columns(cells_of(Document(value=row) for row in rows), proposal)
    return proposal


def many(**columns: Any) -> list[dict[str, Any]]:
    """Thirty rows; `%d` in a text is the row's number, a list gives its members in turn."""

    def cell(value: Any, number: int) -> Any:
        if isinstance(value, list):
            return value[number % len(value)]
        return value.replace("%d", str(number)) if isinstance(value, str) else value

    return [{name: cell(value, number) for name, value in columns.items()} for number in range(30)]


@pytest.mark.parametrize(
    ("title", "provider", "start", "key"),
    [
        ("Titel", "Anbieter", "Beginn", "Kurs-ID"),
        ("Intitulé", "Organisme de formation", "Date de début", "Code formation"),
        ("Nimi", "Oppilaitos", "Alkaa", "Tunniste"),
        ("Título del curso", "Universidad", "Fecha de inicio", "Código"),
        ("Nazwa kursu", "Uczelnia", "Data rozpoczęcia", "ID"),
        ("courseTitle", "provider_name", "startDate", "course_id"),
        ("Kursname", "Veranstalter", "Startdatum", "Nummer"),
        ("Naziv", "Izvajalec", "Začetek", "Šifra"),
    ],
)
def test_names_in_many_languages(title: str, provider: str, start: str, key: str) -> None:
    found = proposed(
        *many(**{key: "K%d", title: "Course number %d", provider: ["Uni A", "Uni B"], start: "2026-03-0%d"})
    )
    columns = found.table("columns")
    assert (columns["title"], columns["provider"]) == (title, provider)
    assert found.value("identity.key") == [key]


def test_spelling_does_not_matter() -> None:
    assert {spelt(name) for name in ("courseTitle", "course_title", "Course Title", "Course-Title (en)")} == {
        "course title"
    }


def test_a_name_never_decides_against_its_values() -> None:
    found = proposed(
        *many(id="%d", title="Course %d", url="see our office", ects="five", price="on request", start="soon")
    )
    assert set(found.table("columns")) == {"title"}
    for name in ("url", "ects", "price", "start"):
        assert any(f"column {name!r} sounds like" in question for question in found.open)


def test_numbers_with_their_unit_are_what_a_harvest_reads() -> None:
    credits = ["3 ECTS", "2,5 ECTS", "4 ECTS", "6 ECTS", "1 ECTS"]
    found = proposed(
        *many(id="%d", title="Course %d", Créditos=credits, Horas=["75", "62,5", "100", "50", "2 a 3 horas"])
    )
    assert found.table("columns").items() >= {"credits": "Créditos", "hours": "Horas"}.items()
    found = proposed(*many(id="%d", title="Course %d", Créditos=[*credits[:3], "many", "few"]))
    assert "credits" not in found.table("columns")
    assert any("'Créditos' sounds like credits" in one and "(such as 'few')" in one for one in found.open)


def test_a_column_called_name_that_repeats_is_the_provider() -> None:
    """As in a US state's list, where `officialname` is the course and `name` the school."""
    found = proposed(*many(programid="%d", officialname="Course %d", name=["School A", "School B", "School C"]))
    assert found.table("columns") == {"title": "officialname", "provider": "name"}


def test_levels_of_isced_are_no_fields_of_isced() -> None:
    found = proposed(*many(id="%d", title="Course %d", ISCED=["6", "7"]))
    assert "isced_f" not in found.table("columns")
    assert proposed(*many(id="%d", title="Course %d", ISCED=["0613", "0421"])).table("columns")["isced_f"] == "ISCED"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["2026-03-01", "2026-04-30"], "start"),
        (["31/12/2026", "01/02/2026"], {"from": "start", "format": "%d/%m/%Y"}),
        (["12/31/2026", "02/01/2026"], {"from": "start", "format": "%m/%d/%Y"}),
        (["01/02/2026", "03/04/2026"], None),
        (["9 months (approx)", "soon"], None),
    ],
)
def test_day_and_month_are_never_guessed(values: list[str], expected: Any) -> None:
    found = proposed(*many(id="%d", title="Course %d", start=values))
    assert found.table("columns").get("start_date") == expected
    assert (expected is None) == any("column 'start'" in question for question in found.open)


def test_a_title_is_never_the_key_nor_a_date_nor_a_text() -> None:
    rows = many(title="Course %d", description="What you learn in course %d", modified="2026-03-01")
    rows = [{**row, "modified": f"{1990 + n}-03-01"} for n, row in enumerate(rows)]
    found = proposed(*rows)
    assert "identity.key" not in found.guesses
    assert any(question.startswith("which column is the key?") for question in found.open)
    assert proposed(*({**row, "url": f"https://h.example/{n}"} for n, row in enumerate(rows))).value(
        "identity.key"
    ) == ["url"]


def test_a_key_that_repeats_is_asked_about() -> None:
    rows = many(code="C%d", title="Course %d") * 3
    assert any("the key 'code' repeats" in question for question in proposed(*rows).open)


@pytest.mark.parametrize(
    ("name", "currency"),
    [("Preis (EUR)", "EUR"), ("price_usd", "USD"), ("Kosten in €", "EUR"), ("price", None), ("Euromaster", None)],
)
def test_currencies_in_names(name: str, currency: str | None) -> None:
    assert header_currency(name) == currency


def test_what_is_free_has_a_price_and_a_doubt_says_no_untruth() -> None:
    found = proposed(*many(id="%d", title="Kurs %d", price=["250", "kostenlos", "300"]))
    assert found.value("columns.price") == "price"
    found = proposed(*many(id="%d", title="Kurs %d", price=["250", "see page", "ask us"]))
    assert [question for question in found.open if "most of its values cannot be read as prices" in question]


def test_a_price_without_currency_is_asked_about() -> None:
    found = proposed(*many(id="%d", title="Course %d", price=["20", "1.200,50"]))
    assert found.value("columns.price") == "price"
    assert any("in which currency" in question for question in found.open)
    said = proposed(*many(id="%d", title="Course %d", Preis=["20 €", "1.200,50 €"]))
    assert not any("in which currency" in question for question in said.open)


def test_texts_in_several_languages_are_one_field() -> None:
    found = proposed(*many(oid="1.2.%d", nimi={"fi": "Kurssi", "sv": "Kurs", "en": "Course"}))
    assert found.value("columns.title") == [
        {"from": "nimi.fi", "lang": "fi"}, {"from": "nimi.sv", "lang": "sv"}, {"from": "nimi.en", "lang": "en"},
    ]  # fmt: skip


def test_evidence_of_values() -> None:
    assert Cells("a", ["https://h.example/1", "http://h.example/2"], 2).are_urls
    assert Cells("a", ["1", "2,5", "1.234,5"], 3).numbers is not None
    assert Cells("a", ["1", "two"], 2).numbers is None
    assert Cells("a", ["TRUE", "false", "1"], 3).are_flags
    assert Cells("a", ["en", "Deutsch", "fi"], 3).are_languages
    assert not Cells("a", [], 4).are_urls


def test_who_accredits_and_until_when_is_proposed() -> None:
    rows = many(
        id="%d",
        title="Course %d",
        accredited_by="NVAO",
        accredited_until=["2029-12-31", "2028-05-14"],
        supervisionType="onsite",
    )
    found = proposed(*rows)
    assert found.value("columns.qa_agent") == "accredited_by"
    assert found.value("columns.qa_valid_to") == "accredited_until"
    assert found.value("columns.supervision") == "supervisionType"


def test_an_image_is_no_page_of_an_offer() -> None:
    images = Cells("url", [f"https://h.example/{n}.JPG?w=200" for n in range(3)], 3)
    assert _fit_address("homepage", images) == (None, "it leads to images")
    pages = Cells("url", [*images.values, "https://h.example/course/4"], 4)
    assert _fit_address("homepage", pages)[0] == "url"
    assert Cells("a", [], 0).fill == 0.0


def test_an_image_has_an_address_and_a_licence_a_name_that_are_not_the_courses() -> None:
    found = proposed(
        *many(
            id="%d",
            **{
                "attributes.image.url": "https://x.example/i/%d.png",
                "attributes.image.licenses.name": "CC %d",
                "attributes.url": "https://x.example/c/%d",
                "attributes.name": "Course number %d",
                "attributes.moocProvider.name": ["Uni A", "Uni B"],
            },
        )
    ).table("columns")
    assert (found["homepage"], found["title"]) == ("attributes.url", "attributes.name")
    assert found["provider"] == "attributes.moocProvider.name"


def test_a_measure_with_some_rubbish_is_read_and_never_the_key() -> None:
    rows = [
        {"title": "Welding basics", "url": "https://u.example/w", "ects": "3", "nqf level": "4"},
        {"title": "Pipe welding II", "url": "not-a-url", "ects": "hello", "nqf level": "9"},
    ]
    found = proposed(*rows)
    assert found.value("columns.ects") == "ects"
    assert found.value("identity.key") == ["url"]
