"""Documentation that can be wrong is tested: codes, settings, connectors, commands, links."""

from __future__ import annotations

import importlib
import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from microharvest.errors import ERROR_CODES
from microharvest.model.issue import ISSUE_CODES
from microharvest.settings import (
    MergeSettings,
    PublishSettings,
    QualitySettings,
    Settings,
    load_merge,
    load_publish,
    load_quality,
    load_settings,
)
from tests.write_reference import CHECKS, HANDBOOK, checks, with_reference

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "config"
WRITTEN_OUT = {"harvest.workers", "user_agent", "withdraw.max_count", "publish.store"}
"""Settings whose default is "none" or depends on the machine: they stand in the file as a comment."""


def test_every_code_is_in_the_handbook() -> None:
    text = HANDBOOK.read_text(encoding="utf-8")
    assert with_reference(text) == text, "run `make fix`"


def test_every_rule_of_check_is_in_its_document() -> None:
    assert CHECKS.read_text(encoding="utf-8") == checks(), "run `make fix`"


def test_every_code_is_raised_somewhere() -> None:
    files = [path for top in ("src", "connectors") for path in (ROOT / top).rglob("*.py")]
    code = "".join(path.read_text(encoding="utf-8") for path in files if path.name not in {"issue.py", "errors.py"})
    assert [one for one in (*ISSUE_CODES, *ERROR_CODES) if f'"{one}"' not in code] == []


def test_the_configuration_in_the_repository_is_the_built_in_one() -> None:
    assert load_settings(CONFIG, None, {}) == Settings()
    assert load_merge(CONFIG) == MergeSettings()
    assert load_publish(CONFIG) == PublishSettings()
    assert load_quality(CONFIG) == QualitySettings()


def leaves(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        found |= leaves(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return found


def test_every_setting_is_written_out_with_its_default() -> None:
    text = (CONFIG / "microharvest.toml").read_text(encoding="utf-8")
    active = set(leaves(tomllib.loads(text)))
    every = set(leaves(msgspec.to_builtins(Settings())))
    assert every - active == WRITTEN_OUT
    shown = set(leaves(tomllib.loads(re.sub(r"(?m)^# (?=[a-z_]+ = )", "", text))))
    assert shown == every


@pytest.mark.parametrize(
    ("name", "rules"),
    [("publish.toml", PublishSettings), ("quality.toml", QualitySettings), ("merge.toml", MergeSettings)],
)
def test_every_rule_is_written_out(name: str, rules: type[msgspec.Struct]) -> None:
    text = re.sub(r"(?m)^# (?=[a-z_]+ = )", "", (CONFIG / name).read_text(encoding="utf-8"))
    assert set(tomllib.loads(text)) == set(rules.__struct_fields__)
    assert re.search(r"(?m)^#", text), "a rule file explains itself"


@pytest.mark.parametrize("kind", ["protocols", "dialects"])
def test_every_connector_is_described(kind: str) -> None:
    overview = (ROOT / "connectors" / "README.md").read_text(encoding="utf-8")
    folders = [
        folder for folder in sorted((ROOT / "connectors" / kind).iterdir()) if (folder / "connector.toml").is_file()
    ]
    assert folders
    for folder in folders:
        assert (folder / "README.md").is_file(), f"{folder.name} has no README.md"
        assert f"{kind}/{folder.name}" in overview, f"connectors/README.md does not mention {kind}/{folder.name}"


def test_every_command_is_in_the_readme() -> None:
    commands = importlib.import_module("microharvest.cli").COMMANDS
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [command for command in commands if not re.search(rf"\b{re.escape(command)}\b", readme)]
    assert commands
    assert not missing


def test_no_document_names_a_command_that_is_none() -> None:
    """A handbook that promises what is not there costs an operator an evening."""
    commands = set(importlib.import_module("microharvest.cli").COMMANDS)
    first = {command.split()[0] for command in commands}
    for path in documents():
        for word, second in re.findall(r"`microharvest ([a-z-]+)(?: ([a-z]+))?", path.read_text(encoding="utf-8")):
            assert word in first, f"{path.name}: microharvest {word}"
            verbs = {command.split()[1] for command in commands if command.startswith(f"{word} ")}
            assert not (second and verbs) or second in verbs, f"{path.name}: microharvest {word} {second}"


def documents() -> list[Path]:
    tops = [ROOT, ROOT / "deploy", ROOT / "config", ROOT / "connectors", ROOT / "src"]
    found = {file for top in tops[:1] for file in top.glob("*.md")}
    return sorted(found | {file for top in tops[1:] for file in top.rglob("*.md")})


@pytest.mark.parametrize("path", [pytest.param(path, id=str(path.relative_to(ROOT))) for path in documents()])
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target or target.startswith(("#", "mailto:")):
            continue
        assert (path.parent / target.partition("#")[0]).exists(), f"{path.name} links to {target}"


def test_the_make_targets_people_are_told_about_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?m)^([a-z]+):", makefile))
    for path in documents():
        for command in re.findall(r"`make ([a-z]+)", path.read_text(encoding="utf-8")):
            assert command in targets, f"{path.name} speaks of `make {command}`"


def test_every_reason_to_withhold_from_elm_is_explained() -> None:
    from microharvest.publish.elm.demands import DEMANDS

    handbook = (ROOT / "deploy" / "OPERATING.md").read_text(encoding="utf-8")
    assert [reason for reason in DEMANDS if f"| `{reason}` |" not in handbook] == []
