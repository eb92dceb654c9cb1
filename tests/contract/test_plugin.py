"""The pytest plugin as a connector's author meets it: another folder, another process, a private connector."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from microharvest.testing.checks import CHECKS, STRICTNESS, Folder, checks_for

MAPPING = '''
"""Courses as one line of text: `id|title`."""

from __future__ import annotations

from collections.abc import Iterator

from microharvest.kit import DialectSettings, Document, Draft, Names, Record, record_from_json


class Mapping:
    """See `kit.Dialect`."""

    version = 1
    names = Names()

    def __init__(self, settings: DialectSettings) -> None:
        self._settings = settings

    def cut(self, document: Document) -> Iterator[Record]:
        yield record_from_json(document.value, native_id=document.value.get("ref"), url=document.url)

    def map_record(self, record: Record, draft: Draft) -> None:
        record.skip("ref", "the key")
        for title in record.texts("called"):
            draft.say("title", title, lang="en")
'''
SAMPLE = """
protocol = "file"
dialect = "mine"
url = "https://mine.example/a.jsonl"
now = 2026-01-01T00:00:00Z
[[responses]]
url = "https://mine.example/a.jsonl"
text = '''{"ref": "1", "called": "First aid"}
{"ref": "2", "called": "Second aid"}
{"ref": "3", "called": "Third aid"}
'''
"""


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """A connector somebody keeps for themselves."""
    folder = tmp_path / "ours" / "dialects" / "mine"
    (folder / "samples").mkdir(parents=True)
    (folder / "mapping.py").write_text(MAPPING)
    (folder / "README.md").write_text("# mine\n\n## Quirks\n\nNone.\n\n## What is left out\n\nNothing.\n")
    (folder / "connector.toml").write_text(
        'name = "mine"\nkind = "dialect"\ntitle = "Mine"\ndescription = "Ours."\nversion = 1\naccepts = ["jsonl"]\n'
    )
    (folder / "samples" / "first.toml").write_text(SAMPLE)
    (folder / "samples" / "second.toml").write_text(SAMPLE.replace("aid", "help"))
    return folder


def run(folder: Path, module: str, *words: str) -> subprocess.CompletedProcess[str]:
    """As an author would, in a folder outside the project."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "MICROHARVEST"))}
    command = [sys.executable, "-m", module, *words]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=110, check=False)


def test_a_private_connector_is_held_to_the_contract(private: Path, tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    words = ("-q", "-p", "no:cacheprovider", "--connector", str(private), "--strictness")
    first = run(outside, "pytest", *words, "bronze")
    assert first.returncode == 1, first.stdout + first.stderr
    for code in ("M3", "R9"):  # nothing is expected of it yet
        assert f"{code} " in first.stdout
    assert "Traceback" not in first.stdout
    assert run(outside, "microharvest.testing.contract", "--write", str(private)).returncode == 0
    second = run(outside, "pytest", *words, "gold")
    assert second.returncode == 0, second.stdout + second.stderr
    assert "passed" in second.stdout


def test_strictness_chooses(private: Path) -> None:
    shown = run(
        private, "pytest", "-q", "-p", "no:cacheprovider", "--collect-only", "--strictness", "bronze",
        "--connector", str(private),
    ).stdout  # fmt: skip
    listed = [check.code for check in CHECKS if f"::{check.code}\n" in shown]
    assert listed == [check.code for check in checks_for(Folder(private), "bronze")]
    counts = [len(checks_for(Folder(private), strictness)) for strictness in STRICTNESS]
    assert 5 < counts[0] < counts[1] < counts[2]


def test_what_is_no_connector_is_a_sentence(tmp_path: Path) -> None:
    done = run(tmp_path, "pytest", "-q", "--connector", str(tmp_path))
    assert done.returncode == 4
    assert "is no connector" in done.stderr + done.stdout


def test_without_the_option_nothing_is_added(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text("def test_one():\n    assert True\n")
    done = run(tmp_path, "pytest", "-q", "-p", "no:cacheprovider")
    assert done.returncode == 0
    assert "1 passed" in done.stdout
