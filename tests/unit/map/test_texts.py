"""Texts by language."""

from __future__ import annotations

from tests.unit.map.drafts import Said, codes, mapped

EN, FI = {"lang": "en"}, {"lang": "fi"}


def say(value: str, lang: str) -> Said:
    return {"value": value, "lang": lang}


def test_a_second_title_of_a_language_is_an_alternative() -> None:
    offer = mapped(
        title=[say("One", "en"), say("Two", "en"), say("Yksi", "fi"), say("One", "en"), say(" \u200b", "en")],
        alt_title=[say("Two", "en"), say("Three", "en"), say("One", "en")],
    ).offer
    assert offer.title == {"en": "One", "fi": "Yksi"}
    assert offer.alt_title == ({"en": "Two"}, {"en": "Three"})
    assert offer.basis["alt_title"] == "declared"


def test_a_title_has_no_line_breaks() -> None:
    assert mapped(title=say("A title\n   of two lines", "en")).offer.title == {"en": "A title of two lines"}


def test_descriptions_of_a_language_are_joined() -> None:
    found = mapped(description=[say("One.", "en"), say("Two.", "en"), say("One.", "en"), say("Yksi.", "fi")])
    assert found.offer.description == {"en": "One.\n\nTwo.", "fi": "Yksi."}
    assert codes(found) == []


def test_a_text_quoted_twice_is_said_once() -> None:
    said = {"description": say('"Learn the ""basics""."', "en"), "learning_outcomes": say('"Plans"', "en")}
    offer = mapped(**said).offer
    assert offer.description == {"en": 'Learn the "basics".'}
    assert offer.learning_outcomes[0].title == {"en": "Plans"}
    assert mapped(description=say('"One" and "two"', "en")).offer.description == {"en": '"One" and "two"'}


def test_translations_are_one_outcome_and_others_are_several() -> None:
    one = mapped(learning_outcomes=[say("reads data", "en"), say("lukee dataa", "fi")]).offer
    assert [outcome.title for outcome in one.learning_outcomes] == [{"en": "reads data", "fi": "lukee dataa"}]
    several = mapped(learning_outcomes=[say("reads", "en"), say("writes", "en"), say("reads", "en")]).offer
    assert [outcome.title for outcome in several.learning_outcomes] == [{"en": "reads"}, {"en": "writes"}]


def test_a_second_name_of_a_language_is_surplus() -> None:
    found = mapped(provider=[say("Uni", "en"), say("Yliopisto", "fi"), say("University", "en")])
    assert found.offer.provider is not None
    assert found.offer.provider.name == {"en": "Uni", "fi": "Yliopisto"}
    assert codes(found) == [("value.surplus", "provider.name", "University")]
