"""What a run is planned with."""

from __future__ import annotations

import msgspec
import pytest

from microharvest.harvest import setup
from microharvest.kit.manifest import read_manifest
from microharvest.settings import Settings
from microharvest.sources import SourceConfig


def test_a_newer_reader_asks_without_the_validators_of_an_older_one(monkeypatch: pytest.MonkeyPatch) -> None:
    config = SourceConfig(
        id="s", title="S", protocol="file", dialect="elm", url="https://a.example/x.xml", licence="unknown"
    )
    before = setup.plan_run(config, Settings()).settings_hash
    assert setup.plan_run(config, Settings()).settings_hash == before
    monkeypatch.setattr(
        setup, "read_manifest", lambda folder, kind: msgspec.structs.replace(read_manifest(folder, kind), version=99)
    )
    assert setup.plan_run(config, Settings()).settings_hash != before
