"""Why records are, or are not, one entry: sentences, never the codes that link keeps."""

from __future__ import annotations

import io

from rich.console import Console

from microharvest.commands.cluster_sheet import show_cluster
from microharvest.commands.screen import Screen
from microharvest.explain.sheets import ClusterSheet
from microharvest.explain.waterfall import picture_of_cluster
from microharvest.link.evidence import REASONS
from microharvest.link.keys import GUARDS

PAIR = {"one": ("a", "1"), "other": ("b", "1")}
SHEET = ClusterSheet(
    id="mh-1",
    state="active",
    title="Welding",
    members=({"source": "a", "native_id": "1", "status": "active"},),
    shared_keys=(),
    silenced_keys=({"kind": "url", "value": "o.test/courses", "reason": "several_titles", "records": 3},),
    blocked=(
        {**PAIR, "reason": "evidence", "kind": "title", "value": "welding"},
        {**PAIR, "reason": "others", "kind": "", "value": ""},
    ),
    redirects=(),
    golden=None,
    provenance=None,
    entry=None,
    weakest=None,
    decisions=(),
)


def test_codes_are_told_in_sentences() -> None:
    screen = Screen()
    screen.out = Console(file=io.StringIO(), width=400, color_system=None)
    show_cluster(screen, SHEET)
    said = screen.out.file.getvalue()  # type: ignore[attr-defined]
    assert f"url o.test/courses: {GUARDS['several_titles']} (3 records bear it)" in said
    assert f"{REASONS['evidence']} Both bear title welding." in said
    assert "Both bear  ." not in said


def test_the_picture_says_why_it_was_kept_apart() -> None:
    (kept,) = [sentences for name, sentences in picture_of_cluster(SHEET).lists if name == "Kept apart from"]
    assert kept == (f"a/1 and b/1: {REASONS['evidence']}", f"a/1 and b/1: {REASONS['others']}")
