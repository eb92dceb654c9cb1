"""The project as a whole: one version, a lock that fits, a licence in full, a menu, a shape that holds."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

import microharvest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LICENCE_HASH = "fd5f5f818c2513007514ce061e79dcdaca59920da090d81368bddc0fa386d6b0"
TOP_FILES = {
    ".gitignore",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "pyproject.toml",
    "uv.lock",
}
LARGEST = 300_000
"""Bytes of a tracked file."""
TARGETS = {"help", "setup", "demo", "test", "check", "fix", "bench", "wheel"}


def test_there_is_one_version() -> None:
    version = PROJECT["project"]["version"]
    assert microharvest.__version__ == version
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"(?m)^## {re.escape(version)}\b", changelog)


def test_the_lock_holds_every_dependency() -> None:
    locked = {package["name"] for package in tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]}
    groups = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]
    named = {re.split(r"[\[<>=! ]", line, maxsplit=1)[0].lower() for line in groups}
    assert named <= locked


def test_the_licence_is_the_text_itself() -> None:
    """The English text of EUPL v. 1.2 with its appendix, white space aside."""
    assert PROJECT["project"]["license"] == "EUPL-1.2"
    words = "".join((ROOT / "LICENSE").read_text(encoding="utf-8").split())
    assert hashlib.sha256(words.encode()).hexdigest() == LICENCE_HASH


def test_the_menu_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert set(re.findall(r"(?m)^([a-z]+):.*## ", makefile)) == TARGETS


def test_make_shows_the_menu() -> None:
    if shutil.which("make") is None:
        pytest.skip("needs make")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    shown = subprocess.run(["make", "-C", ROOT], capture_output=True, text=True, check=True, env=environ, timeout=60)
    for target in TARGETS:
        assert f"make {target}" in shown.stdout


def test_continuous_integration_runs_what_the_readme_says() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    text = script.read_text(encoding="utf-8")
    assert "set -euo pipefail" in text
    assert "make test" in text
    subprocess.run(["bash", "-n", script], check=True, timeout=60)


def test_the_top_level_stays_as_it_is() -> None:
    expected = {"connectors", "config", "deploy", "src", "tests"}
    folders = {
        path.name for path in ROOT.iterdir() if path.is_dir() and any(path.rglob("*.py")) and path.name[0] != "."
    }
    assert folders - {"build", "dist"} <= expected
    for name in expected - {"src", "connectors"}:  # out of the way where the wheel is under test
        assert (ROOT / name).is_dir()


def test_test_folders_are_packages() -> None:
    """Otherwise two test files of one name in two folders would collide."""
    folders = {file.parent for file in (ROOT / "tests").rglob("*.py")}
    missing = [folder for folder in folders if not (folder / "__init__.py").is_file()]
    assert not missing


def test_no_state_and_no_secret_is_tracked() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    assert {"*.db", "*.whl", "config/local.toml", ".venv*/"} <= set(ignored)


def test_only_what_a_person_wrote_is_tracked() -> None:
    """A wheel of 17 MB weighs on every clone for ever: what is tracked is short, what stands at the top known."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    tracked = [name for name in listed.stdout.split("\0") if name]
    if not tracked:
        pytest.skip("no git checkout")
    top = {name for name in tracked if "/" not in name}
    assert top <= TOP_FILES
    large = {name for name in tracked if (ROOT / name).is_file() and (ROOT / name).stat().st_size > LARGEST}
    assert large <= {"uv.lock"}


def test_the_units_of_deployment_name_real_commands() -> None:
    unit = (ROOT / "deploy" / "microharvest.service").read_text(encoding="utf-8")
    image = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"(?m)^ExecStart=\S+/microharvest serve\b", unit)
    for guard in ("NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes", "LimitCORE=0"):
        assert guard in unit
    assert "USER 10001" in image
    assert '"serve"' in image
