"""Fields of study."""

from __future__ import annotations

import pytest

from microharvest.map.normalise.isced import ISCED_BASE, isced


@pytest.mark.parametrize(
    ("said", "code", "original", "issues"),
    [
        ("0612", "0612", None, ()),
        ("06", "06", None, ()),
        ("061", "061", None, ()),
        ("101", "101", None, ()),
        ("099", "099", None, ()),
        (ISCED_BASE + "0613", "0613", None, ()),
        ("0612 Database and network design", "0612", "0612 Database and network design", ()),
        ("ISCED-F 0612", "0612", "ISCED-F 0612", ()),
        ("073101", "0731", "073101", ("isced.truncated",)),
        ("07310", "0731", "07310", ("isced.truncated",)),
    ],
)
def test_isced(said: str, code: str, original: str | None, issues: tuple[str, ...]) -> None:
    taken = isced(said, None)
    assert taken.value is not None
    assert (taken.value.code, taken.value.uri, taken.value.original) == (code, ISCED_BASE + code, original)
    assert (taken.basis, taken.issues) == ("declared", issues)


@pytest.mark.parametrize("said", ["99", "999", "9999", "0099", "009901", ISCED_BASE + "99"])
def test_unknown_is_absent(said: str) -> None:
    assert isced(said, None) == (None, "declared", ("isced.placeholder",))


@pytest.mark.parametrize(
    "said", ["612", "0699", "1", "Computer science", "2024-01-01", "06.12", "", "0612345", "4" * 500]
)
def test_no_code_and_no_zero_added(said: str) -> None:
    assert isced(said, None) == (None, "declared", ("isced.invalid",))


def test_the_uri_beside_a_label_decides() -> None:
    taken = isced("Business and administration", ISCED_BASE + "041")
    assert taken.value is not None
    assert (taken.value.code, taken.value.original) == ("041", "Business and administration")
