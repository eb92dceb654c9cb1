"""Each check over each connector folder; a new folder is held to all of them without anybody naming it here."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from microharvest.kit.manifest import connector_folder, list_connectors
from microharvest.testing.checks import CHECKS, Check, Folder

FOLDERS = {f"{each.kind}-{each.name}": connector_folder(each.kind, each.name) for each in list_connectors()}


@cache
def folder(path: Path) -> Folder:
    """One folder is read and run once for all its checks."""
    return Folder(path)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
@pytest.mark.parametrize("name", FOLDERS)
def test_connector(name: str, check: Check) -> None:
    found = list(check.run(folder(FOLDERS[name])))
    if check.level == "SHOULD" and found:
        pytest.skip("; ".join(found))
    assert found == []
