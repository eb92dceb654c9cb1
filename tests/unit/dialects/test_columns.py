"""`[columns]`: every key of a rule, instances by order, and rules that say nonsense."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from microharvest.kit import DialectSettings, Document
from microharvest.kit.manifest import load_dialect
from tests.unit.dialects.said import cut, said


def mapped(row: dict[str, Any], columns: dict[str, Any], **settings: Any) -> dict[str, Any]:
    ((_, draft),) = cut("columns", Document(value=row), columns=columns, **settings)
    return said(draft)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("a", ["x, y"]),
        (["a", "b"], ["x, y", "z"]),
        ({"from": ["a", "b"], "join": " + "}, ["x, y + z"]),
        ({"from": "a", "split": ","}, ["x", "y"]),
        ({"from": "absent"}, None),
        ({"from": "a", "when": {"column": "b", "equals": "Z"}}, ["x, y"]),
        ({"from": "a", "when": {"column": "b", "equals": ["p", "q"]}}, None),
        ({"from": "a", "split": ",", "lookup": "t"}, ["one", "two", "three"]),
        ({"const": "fixed"}, ["fixed"]),
        ([{"from": "deep.inner"}, "with.dot"], ["1", "2", "dotted"]),
    ],
)
def test_rules(rule: Any, expected: list[str] | None) -> None:
    row = {"a": "x, y", "b": "z", "deep": [{"inner": "1"}, {"inner": 2}], "with.dot": "dotted"}
    found = mapped(row, {"subject": rule}, lookups={"t": {"X ": "one", "y": ["two", "three"]}})
    assert found.get("subject") == expected


def test_a_value_that_the_lookup_lacks_is_an_issue_and_not_taken() -> None:
    found = mapped({"a": "q"}, {"mode": {"from": "a", "lookup": "t"}}, lookups={"t": {"x": "online"}})
    assert found == {"issues": ["lookup.unmatched"]}


def test_what_a_value_depends_on_is_read_in_its_own_object() -> None:
    row = {
        "name": [{"l": "nl", "v": "Water"}, {"l": "en", "v": "Water management"}],
        "cost": [{"sum": 10, "coin": "EUR"}, {"sum": 12, "coin": "USD"}],
        "level": [{"of": "EQF", "code": "6"}, {"of": "Niveau", "code": "3"}, {"code": "2"}],
        "flat": ["a", "b"],
        "flat_lang": ["sv", "fi"],
        "unlike": ["fi", "sv", "en"],
    }
    columns = {
        "title": {"from": "name.v", "lang_from": "name.l"},
        "price": "cost.sum",
        "currency": ["absent", "cost.coin"],
        "eqf_level": {"from": "level.code", "when": {"column": "level.of", "equals": "eqf"}},
        "alt_title": {"from": "flat", "lang_from": "flat_lang"},
        "subject": {"from": "flat", "lang_from": "unlike", "lang": "de"},
    }
    ((_, draft),) = cut("columns", Document(value=row), columns=columns)
    found = [(each.field, each.value, each.lang, each.hints.get("currency")) for each in draft.statements]
    assert found == [
        ("title", "Water", "nl", None),
        ("title", "Water management", "en", None),
        ("price", "10", None, "EUR"),
        ("price", "12", None, "USD"),
        ("eqf_level", "6", None, None),
        ("alt_title", "a", "sv", None),
        ("alt_title", "b", "fi", None),
        ("subject", "a", "de", None),
        ("subject", "b", "de", None),
    ]


def test_an_end_without_a_start_beside_it_is_no_other_starts_end() -> None:
    row = {"runs": [{"end": "2026-03-01"}, {"start": "2026-09-01"}]}
    ((_, draft),) = cut("columns", Document(value=row), columns={"start_date": "runs.start", "end_date": "runs.end"})
    found = [[(each.field, each.value) for each in part.statements] for part in draft.parts]
    assert found == [[("start_date", "2026-09-01")]]
    assert [(issue.code, issue.value) for issue in draft.issues] == [("date.invalid", "2026-03-01")]


def test_a_currency_that_nobody_can_place_is_none() -> None:
    ((_, draft),) = cut(
        "columns", Document(value={"p": "5", "c": ["EUR", "USD"]}), columns={"price": "p", "currency": "c"}
    )
    assert [each.hints for each in draft.statements] == [{}]


def test_languages_hints_and_basis() -> None:
    columns = {
        "title": [{"from": "t", "lang": "es"}, {"from": "t", "lang_from": "l"}],
        "price": "p",
        "currency": "c",
        "credits": {"from": "e", "unit": "hp", "framework": "ECTS"},
        "mode": {"const": "online"},
        "schedule": {"const": "full-time", "when": {"column": "t", "equals": "uno"}},
        "subject": {"from": "t", "lookup": "s"},
    }
    row = {"t": "uno", "l": "ca", "p": "5", "c": "SEK", "e": 3}
    ((_, draft),) = cut("columns", Document(value=row), columns=columns, lookups={"s": {"uno": "0611"}})
    assert [statement.lang for statement in draft.statements if statement.field == "title"] == ["es", "ca"]
    by_field = {statement.field: statement for statement in draft.statements}
    assert by_field["price"].hints == {"currency": "SEK"}
    assert by_field["credits"].hints == {"unit": "hp", "framework": "ECTS"}
    assert {name: by_field[name].basis for name in ("price", "mode", "schedule", "subject")} == {
        "price": "declared", "mode": "default", "schedule": "mapped", "subject": "mapped",
    }  # fmt: skip


def test_starts_and_ends_pair_by_order() -> None:
    columns = {"start_date": {"from": "s", "split": "|"}, "end_date": {"from": "e", "split": "|"}, "city": "c"}
    found = mapped({"s": "1|2", "e": "3|4", "c": "Lund"}, columns)
    assert found == {
        "[instance]": [
            {"start_date": ["1"], "end_date": ["3"], "[location]": [{"city": ["Lund"]}]},
            {"start_date": ["2"], "end_date": ["4"], "[location]": [{"city": ["Lund"]}]},
        ]
    }
    odd = mapped({"s": "1|2", "e": "3"}, columns)
    assert odd == {"[instance]": [{"start_date": ["1"]}, {"start_date": ["2"]}], "issues": ["date.invalid"]}
    assert mapped({"e": "3"}, columns) == {"[instance]": [{"end_date": ["3"]}]}


def test_the_key_comes_from_identity_alone_and_counts_as_read() -> None:
    document = Document(value={"id": "NA", "nr": 7, "title": "T", "rest": "r"})
    ((record, _),) = cut("columns", document, columns={"title": "title"}, identity=("id", "nr"))
    assert record.native_id == "7"
    assert list(record.unread()) == [("/rest", "r")]
    ((record, _),) = cut("columns", document, columns={"title": "title"})
    assert record.native_id is None


def test_xml_is_read_by_local_names() -> None:
    xml = etree.fromstring('<c xmlns="http://x/" nr="3"><t>T</t><p><n>N</n></p></c>')
    ((record, draft),) = cut("columns", Document(xml=xml), columns={"title": "t", "provider": "p.n"}, identity=("@nr",))
    assert (record.native_id, said(draft)) == ("3", {"title": ["T"], "provider": ["N"]})


def test_a_list_gives_one_record_each_and_a_credential_is_refused() -> None:
    found = cut("columns", Document(value=[{"t": "a"}, {"credentialSubject": {}}, "x"]), columns={"title": "t"})
    assert [said(draft) for _, draft in found] == [{"title": ["a"]}, {"refused": "record.credential_refused"}, {}]


@pytest.mark.parametrize(
    ("columns", "what"),
    [
        ({"colour": "a"}, "colour"),
        ({"name": "a"}, "name"),
        ({"title": {"form": "a"}}, "form"),
        ({"title": 3}, "title"),
        ({"mode": {"from": "a", "lookup": "none"}}, "lookups.none"),
    ],
)
def test_rules_that_say_nonsense_are_refused(columns: dict[str, Any], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        load_dialect("columns")(DialectSettings(columns=columns))
