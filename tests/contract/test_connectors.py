"""Each check over each connector folder; a new folder is held to all of them without anybody naming it here."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from microharvest.kit.manifest import connector_folder, list_connectors
from microharvest.testing.checks import Check, Folder, bad_bypasses, bypassed, checks_for

FOLDERS = {f"{each.kind}-{each.name}": connector_folder(each.kind, each.name) for each in list_connectors()}


@cache
def folder(path: Path) -> Folder:
    """One folder is read and run once for all its checks."""
    return Folder(path)


HELD = [
    pytest.param(name, check, id=f"{name}-{check.code}")
    for name, path in FOLDERS.items()
    for check in checks_for(folder(path))
]


@pytest.mark.parametrize(("name", "check"), HELD)
def test_connector(name: str, check: Check) -> None:
    held = folder(FOLDERS[name])
    if bypassed(held, check):
        pytest.skip(f"bypassed: {bypassed(held, check)}")
    found = check.found(held)
    if check.level == "SHOULD" and found:
        pytest.skip("; ".join(found))
    assert found == []


@pytest.mark.parametrize("name", FOLDERS)
def test_bypasses_have_reasons(name: str) -> None:
    assert bad_bypasses(folder(FOLDERS[name])) == []
