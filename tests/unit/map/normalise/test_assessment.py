"""Types of assessment within texts."""

from __future__ import annotations

import pytest

from microharvest.map.normalise.assessment import assessments_in


@pytest.mark.parametrize(
    ("said", "types", "basis", "issues"),
    [
        ("Assignment; Written test 1", ["marked-assignment", "written"], "mapped", ()),
        ("portfolio (40%)\nOral exam (60%)", ["portfolio", "oral"], "mapped", ()),
        ("<ul><li>Klausur</li><li>Projektarbeit</li></ul>", ["written", "project-work"], "mapped", ()),
        ("It is tested by a 3-hour written examination (60% of the final mark)", ["written"], "derived", ()),
        ("Report (25%) and written exam (75%)", ["written"], "derived", ()),
        ("Paper; quiz", ["quiz"], "mapped", ("concept.unresolved",)),
        ("A written test with multiple choice questions", ["written"], "derived", ()),
        ("Paper; Report", [], "declared", ("concept.unresolved",)),
        ("There is no written exam", [], "declared", ("concept.unresolved",)),
        ("Written exam or portfolio", [], "declared", ("concept.unresolved",)),
        ("An oral or a graded written exam", [], "declared", ("concept.unresolved",)),
        ("Hand in the marked assignments (all of them) on paper or online.", ["marked-assignment"], "derived", ()),
        ("A closed-book written exam consisting of open questions", ["written"], "derived", ()),
        ("Written exam, first sitting in May", ["written"], "derived", ()),
        ("You may sit a written exam", [], "declared", ("concept.unresolved",)),
        ("There is a written exam. You may not bring books.", ["written"], "derived", ("concept.unresolved",)),
        ("kein schriftliche Prüfung", [], "declared", ("concept.unresolved",)),
        ("", [], "declared", ()),
    ],
)
def test_assessments(said: str, types: list[str], basis: str, issues: tuple[str, ...]) -> None:
    taken = assessments_in(said)
    assert ([term.code for term, _ in taken.value or ()], taken.basis, taken.issues) == (types, basis, issues)


def test_each_type_once_with_the_words_that_say_it() -> None:
    taken = assessments_in("Quiz 1; Quiz 2")
    assert [(term.code, piece) for term, piece in taken.value or ()] == [("quiz", "Quiz 1")]
