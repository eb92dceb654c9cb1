"""Drafts take the source's words and nothing else."""

from __future__ import annotations

import pytest

from microharvest.kit import Draft, Text


def test_blank_and_absent_values_say_nothing() -> None:
    draft = Draft()
    draft.say("title", None)
    draft.say("title", "  ")
    assert not draft.statements
    assert not draft.has("title")


def test_a_text_brings_language_and_path_and_hints_without_value_are_left_out() -> None:
    draft = Draft()
    draft.say("price", Text("5", "fi", "/a"), currency="EUR", unit=None)
    (statement,) = draft.statements
    assert (statement.value, statement.lang, statement.path, statement.hints) == ("5", "fi", "/a", {"currency": "EUR"})
    assert draft.has("price")


def test_an_explicit_language_wins() -> None:
    draft = Draft()
    draft.say("title", Text("x", "fi", "/a"), lang="en")
    assert draft.statements[0].lang == "en"


def test_unknown_fields_and_parts_are_bugs() -> None:
    draft = Draft()
    with pytest.raises(ValueError, match="no field"):
        draft.say("colour", "red")
    with pytest.raises(ValueError, match="no part"):
        draft.part("colour")


def test_parts_are_kept_even_if_empty_and_issues_are_cut() -> None:
    draft = Draft()
    draft.part("instance")
    draft.issue("price.several", "price", "9" * 500)
    draft.refuse("record.not_an_offer")
    assert [part.kind for part in draft.parts] == ["instance"]
    assert (len(draft.issues[0].value), draft.refused) == (200, "record.not_an_offer")
