"""Titles and names without what is not part of them."""

from __future__ import annotations

import pytest

from microharvest.map.normalise.title import label, name, title


@pytest.mark.parametrize(
    ("said", "value", "issues"),
    [
        ('"ACECS, Inc."', "ACECS, Inc.", ()),
        ('"One" and "Two"', '"One" and "Two"', ()),
        ("  Data\n  literacy ", "Data literacy", ()),
        ("<b>Data</b> &amp; energy", "Data & energy", ("value.html_removed",)),
        ("Baker (Fiche incomplète)", "Baker", ("title.boilerplate",)),
        ("Baker [ARCHIVED]", "Baker", ("title.boilerplate",)),
        ("(draft)", "(draft)", ()),
        ("Draft animals (horses)", "Draft animals (horses)", ()),
        ('""', None, ()),
        ('"The ""new"" baker"', 'The "new" baker', ()),
        ("NA", "NA", ()),
        ("", None, ()),
    ],
)
def test_title(said: str, value: str | None, issues: tuple[str, ...]) -> None:
    assert title(said) == (value, "declared", issues)


@pytest.mark.parametrize(
    "said",
    ["NR", "n/a", " A DETERMINER ", "unknown", '"Unknown"', "Sans niveau – le positionnement est non déterminé", "?"],
)
def test_a_label_that_stands_for_none(said: str) -> None:
    assert label(said) == (None, "declared", ("value.placeholder",))


@pytest.mark.parametrize("said", ["Level 2", "Unknown pleasures", "Nasjonalt", "None of the above", ""])
def test_other_labels_stay(said: str) -> None:
    assert label(said) == name(said)


def test_a_name_keeps_what_a_title_loses() -> None:
    assert name("Institute (archived)").value == "Institute (archived)"
