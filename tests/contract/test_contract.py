"""The checks themselves: each finds the fault it is there for."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import microharvest.connectors
from microharvest.kit.manifest import connector_folder
from microharvest.testing.checks import CHECKS, Folder, check_folder, mutated
from microharvest.testing.contract import main, run_sample, write_expected


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The columns dialect under another name, to be spoilt."""
    monkeypatch.setattr(
        microharvest.connectors, "__path__", [*microharvest.connectors.__path__, str(tmp_path / "private")]
    )
    target = tmp_path / "private" / "dialects" / f"spoilt_{random.randrange(10**9)}"
    shutil.copytree(connector_folder("dialect", "columns"), target, ignore=shutil.ignore_patterns("__pycache__"))
    for path in [target / "connector.toml", *(target / "samples").glob("*.toml")]:
        rewrite(path, lambda text: text.replace('name = "columns"', f'name = "{target.name}"').replace(
            'dialect = "columns"', f'dialect = "{target.name}"'))  # fmt: skip
    return target


MAPPED = "        self._map_instances(record, draft)\n"


def rewrite(path: Path, change: Callable[[str], str]) -> None:
    text = path.read_text(encoding="utf-8")
    changed = change(text)
    assert changed != text, f"{path} holds nothing to spoil"
    path.write_text(changed, encoding="utf-8")


def codes(path: Path) -> set[str]:
    return {failure.code for failure in check_folder(path)}


def test_an_unspoilt_folder_passes(copied: Path) -> None:
    assert codes(copied) == set()


@pytest.mark.parametrize(
    ("code", "file", "old", "new"),
    [
        ("S3", "samples/catalogue.toml", 'delimiter = ";"', 'delimeter = ";"'),
        ("R1", "mapping.py", "record.native_id = identify(record, self._identity)", "record.native_id = None"),
        ("R3", "samples/catalogue.toml", 'key = ["course_id"]', 'key = ["idiomas"]'),
        ("R3", "samples/catalogue.toml", 'key = ["course_id"]', 'key = ["titulo"]'),
        ("M1", "mapping.py", "import msgspec\n", "import time\n\nimport msgspec\n"),
        ("M1", "mapping.py", "import msgspec\n", "import microharvest.clock\n\nimport msgspec\n"),
        ("M3", "samples/catalogue.csv", "Data analytics", "Data analysis"),
        ("M10", "mapping.py", 'draft.refuse("record.credential_refused")', "return"),
        ("X1", "README.md", "## Quirks", "## Oddities"),
        ("X2", "connector.toml", "version = 1", "version = 0"),
    ],
)
def test_each_check_finds_its_fault(copied: Path, code: str, file: str, old: str, new: str) -> None:
    if code == "M10":  # a mapping that depends on more than the record's bytes
        old, new = MAPPED, f'        draft.say("code", "seen" if record.url else "again")\n{MAPPED}'
    rewrite(copied / file, lambda text: text.replace(old, new, 1))
    if code == "S3":
        with pytest.raises(ValueError, match="delimeter"):
            run_sample(copied / "samples" / "catalogue.toml")
        assert any("refused" in message for message in next(c for c in CHECKS if c.code == "S3").run(Folder(copied)))
        return
    assert code in codes(copied)


def test_mutations_are_repeatable_and_change_something() -> None:
    for raw, media_type in (
        (b'{"a":{"b":[1,2]},"c":"x"}', "application/json"),
        (b'<a b="1"><c>d</c></a>', "application/xml"),
    ):
        once = [mutated(raw, media_type, random.Random(5)) for _ in range(3)]
        assert len(set(once)) == 1
        assert any(mutated(raw, media_type, random.Random(seed)) != raw for seed in range(5))


def test_a_mapping_that_raises_is_found(copied: Path) -> None:
    raising = '        len(record.peek("titulo")[0] if "titulo" in record.names() else "")\n'
    rewrite(copied / "mapping.py", lambda text: text.replace(MAPPED, raising + MAPPED))
    assert "M6" in codes(copied)


def test_expected_files_are_written_once(copied: Path) -> None:
    shutil.rmtree(copied / "expected")
    assert "M3" in codes(copied)
    assert len(write_expected(copied)) == 2
    assert write_expected(copied) == []
    assert "M3" not in codes(copied)


def test_the_command_line_tells_by_its_status(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(copied)]) == 0
    rewrite(copied / "README.md", lambda text: text.replace("## Quirks", ""))
    assert main([str(copied)]) == 1
    assert "X1 MUST" in capsys.readouterr().out
    assert main(["--write", str(copied)]) == 0


def test_a_sample_runs_retries_and_missing_answers(tmp_path: Path) -> None:
    (tmp_path / "case.toml").write_text(
        'protocol = "file"\ndialect = "columns"\nurl = "https://x.example/a.csv"\nnow = 2026-01-01T00:00:00Z\n'
        '[identity]\nkey = ["id"]\n[columns]\ntitle = "t"\n'
        '[[responses]]\nurl = "https://x.example/a.csv"\ntext = ""\n'
        '[[responses]]\nurl = "https://x.example/a.csv"\ntext = "id,t\\n1,One\\n"\n'
    )
    result = run_sample(tmp_path / "case.toml")
    assert [refusal["then"] for refusal in result["refusals"]] == ["retry"]
    assert [record["native_id"] for record in result["records"]] == ["1"]
    assert len(result["requests"]) == 2
    (tmp_path / "none.toml").write_text(
        'protocol = "file"\ndialect = "columns"\nurl = "https://x.example/b.csv"\nnow = 2026-01-01T00:00:00Z\n'
    )
    missing = run_sample(tmp_path / "none.toml")
    assert (missing["records"], missing["ended"]) == ([], {"file": False})
    assert missing["refusals"][0]["code"] == "source.not_found"
