"""Issues once, bases the weakest, languages of texts."""

from __future__ import annotations

import pytest

from microharvest.kit.draft import Statement
from microharvest.map.normalise.taken import Taken, refused
from microharvest.map.sheet import MAX_ISSUE_VALUE, Defaults, Sheet, by_field
from microharvest.model.issue import Issue


def statement(value: str = "x", **said: str) -> Statement:
    return Statement(field="title", value=value, **said)  # type: ignore[arg-type]


def test_defaults_give_way_to_what_is_said() -> None:
    default, own = statement("a", basis="default"), statement("b")
    assert by_field([default, own]) == {"title": [own]}
    assert by_field([default]) == {"title": [default]}


def test_an_issue_is_noted_once_and_cut() -> None:
    sheet = Sheet(Defaults(), [])
    for _ in range(2):
        sheet.note("url.invalid", "homepage", "x\x00" + "y" * 500)
    (issue,) = sheet.issues
    assert (issue.value[:3], len(issue.value)) == ("x\u2400y", MAX_ISSUE_VALUE)


def test_issues_that_came_before_are_kept() -> None:
    before = Issue(code="lookup.unmatched", field="mode", value="z")
    assert Sheet(Defaults(), [before]).issues == (before,)


def test_take_notes_issues_and_basis() -> None:
    sheet = Sheet(Defaults(), [])
    assert sheet.take("homepage", statement(), Taken("v", "mapped")) == "v"
    assert sheet.take("homepage", statement(), Taken("w")) == "w"
    assert sheet.basis == {"homepage": "mapped"}
    assert sheet.take("code", statement("bad"), refused("url.invalid"), "code.inside") is None
    assert sheet.issues == (Issue(code="url.invalid", field="code.inside", value="bad"),)
    assert "code" not in sheet.basis


@pytest.mark.parametrize(
    ("lang", "defaults", "language", "issues"),
    [
        ("sv", Defaults(language="no"), "sv", []),
        (None, Defaults(language="no"), "no", []),
        (None, Defaults(languages=("nno",)), "nn", []),
        (None, Defaults(languages=("no", "en")), "und", ["language.missing"]),
        ("x-none", Defaults(), "und", ["language.missing"]),
        ("x-none", Defaults(language="nl"), "nl", []),
        ("klingonese", Defaults(language="nl"), "und", ["language.unknown"]),
    ],
)
def test_language_of_a_text(lang: str | None, defaults: Defaults, language: str, issues: list[str]) -> None:
    sheet = Sheet(defaults, [])
    said = statement(lang=lang) if lang else statement()
    assert sheet.language_of(said, "description") == language
    assert [issue.code for issue in sheet.issues] == issues


def test_a_missing_language_is_noted_once_a_record_and_never_for_names() -> None:
    sheet = Sheet(Defaults(), [])
    assert sheet.label("provider", statement("Uni")) == {"und": "Uni"}
    assert sheet.issues == ()
    sheet.language_of(statement(), "title")
    sheet.language_of(statement(), "description")
    assert [(issue.code, issue.field) for issue in sheet.issues] == [("language.missing", "title")]


def test_a_label_of_nothing_is_empty() -> None:
    assert Sheet(Defaults(), []).label("provider", statement(" \u200b ")) == {}
