"""Connectors are found by listing folders, and what is broken says so."""

from __future__ import annotations

from pathlib import Path

import pytest

import microharvest.connectors
from microharvest.errors import ConfigError
from microharvest.kit.manifest import connector_folder, list_connectors, load_dialect, load_protocol

MANIFEST = 'name = "{0}"\nkind = "dialect"\ntitle = "T"\ndescription = "D"\nversion = 1\naccepts = ["x"]\n'


@pytest.fixture
def private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A private connectors folder, as MICROHARVEST_CONNECTORS would add it."""
    paths = [*microharvest.connectors.__path__, str(tmp_path)]
    monkeypatch.setattr(microharvest.connectors, "__path__", paths)
    (tmp_path / "dialects").mkdir()
    return tmp_path / "dialects"


def add(private: Path, name: str, manifest: str | None = None, mapping: str = "class Mapping: ...\n") -> None:
    (private / name).mkdir()
    (private / name / "connector.toml").write_text(manifest if manifest is not None else MANIFEST.format(name))
    (private / name / "mapping.py").write_text(mapping)


def code(error: pytest.ExceptionInfo[ConfigError]) -> str:
    return error.value.code


def test_the_projects_dialects_are_listed_and_load() -> None:
    names = [manifest.name for manifest in list_connectors() if manifest.kind == "dialect"]
    assert {"columns", "elm", "oai_dc", "schema_org"} <= set(names)
    assert names == sorted(names)
    for name in names:
        assert load_dialect(name).__name__ == "Mapping"


def test_a_private_folder_is_found_and_the_first_place_wins(private: Path) -> None:
    add(private, "elm", MANIFEST.format("elm").replace('"T"', '"mine"'))
    add(private, "own_dialect_1")
    manifests = {manifest.name: manifest for manifest in list_connectors() if manifest.kind == "dialect"}
    assert manifests["own_dialect_1"].title == "T"
    assert manifests["elm"].title != "mine"
    assert connector_folder("dialect", "own_dialect_1") == private / "own_dialect_1"


def test_an_unknown_name_lists_those_there_are() -> None:
    with pytest.raises(ConfigError) as error:
        load_dialect("schema_orgg")
    assert code(error) == "config.unknown_connector"
    assert "Did you mean 'schema_org'?" in str(error.value)
    with pytest.raises(ConfigError) as error:
        load_protocol("no_such_protocol")
    assert code(error) == "config.unknown_connector"


@pytest.mark.parametrize(
    "manifest", ["not toml", MANIFEST.format("other"), MANIFEST.format("broken_1") + 'colour = "red"\n', ""]
)
def test_a_broken_manifest_names_its_file(private: Path, manifest: str) -> None:
    add(private, "broken_1", manifest)
    with pytest.raises(ConfigError) as error:
        list_connectors()
    assert code(error) == "config.connector_broken"
    assert "connector.toml" in str(error.value)


@pytest.mark.parametrize(
    ("name", "mapping"), [("broken_2", "import no_such_module"), ("broken_3", "def"), ("broken_4", "Mapping = 1\n")]
)
def test_a_module_that_cannot_be_loaded_is_a_configuration_error(private: Path, name: str, mapping: str) -> None:
    add(private, name, mapping=mapping)
    with pytest.raises(ConfigError) as error:
        load_dialect(name)
    assert code(error) == "config.connector_broken"
