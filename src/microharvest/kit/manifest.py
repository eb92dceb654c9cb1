"""Which connectors there are, and how their code is loaded: by listing folders, without a registry.

A connector is a folder `protocols/<name>` or `dialects/<name>` on the path of `microharvest.connectors` (the wheel,
a checkout, MICROHARVEST_CONNECTORS), with a `connector.toml` and a `reader.py` (protocol) or `mapping.py` (dialect).
The folder's name is the connector's name. Where two places hold the same name, the first on the path wins.
"""

from __future__ import annotations

import difflib
import importlib
import tomllib
from pathlib import Path
from typing import Any, Literal

import msgspec

import microharvest.connectors
from microharvest.errors import ConfigError

__all__ = [
    "Manifest",
    "Recognise",
    "connector_folder",
    "list_connectors",
    "load_dialect",
    "load_protocol",
    "read_manifest",
]

Kind = Literal["protocol", "dialect"]
Capability = Literal["full", "delta", "tombstone", "ordered", "conditional", "windowed"]

_FOLDER: dict[Kind, str] = {"protocol": "protocols", "dialect": "dialects"}
_MODULE: dict[Kind, str] = {"protocol": "reader", "dialect": "mapping"}


class Recognise(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[recognise]`: by what `sources add` knows a feed of this dialect; nothing here is read at harvest.

    `namespaces`: of the XML root, or declared on it (beginnings). `roots`: local names of the root element; alone they
    do not suffice where namespaces are given. `types`: of JSON-LD, short names.
    `json_keys`: keys that a JSON record has, all of one group. `oai_prefixes`: metadata prefixes of OAI-PMH.
    `rank`: of several dialects that fit equally, the highest; 0 is for a lowest common denominator. `fetch`: options
    that a source of this dialect needs, by protocol.
    """

    namespaces: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    json_keys: tuple[tuple[str, ...], ...] = ()
    oai_prefixes: tuple[str, ...] = ()
    rank: int = 1
    fetch: dict[str, dict[str, Any]] = {}


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a `connector.toml` says. `version` counts the connector's releases; `accepts` lists what it reads:
    media types or formats for a protocol, namespaces, contexts or document kinds for a dialect. `capabilities`: what a
    protocol can do. `bypass`: contract checks that are not held, each with the reason."""

    name: str
    kind: Kind
    title: str
    description: str
    version: int
    accepts: tuple[str, ...]
    capabilities: tuple[Capability, ...] = ()
    recognise: Recognise = Recognise()
    bypass: dict[str, str] = {}


def list_connectors() -> list[Manifest]:
    """Every connector on the path, protocols first, by name. Raises ConfigError for a folder that is broken."""
    kinds: tuple[Kind, ...] = ("protocol", "dialect")
    return [read_manifest(folder, kind) for kind in kinds for _, folder in sorted(_folders(kind).items())]


def connector_folder(kind: Kind, name: str) -> Path:
    """The folder of a connector; raises ConfigError(config.unknown_connector) naming those there are."""
    folders = _folders(kind)
    if name not in folders:
        near = difflib.get_close_matches(name, folders, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        there_are = ", ".join(sorted(folders)) or "none"
        raise ConfigError("config.unknown_connector", f"There is no {kind} {name!r}.{hint} There are: {there_are}.")
    return folders[name]


def load_protocol(name: str) -> tuple[type[Any], type[Any]]:
    """(Reader, Options) of a protocol: `Reader(options, url)` follows `kit.Protocol`, Options is its `[fetch]` struct.

    Raises ConfigError: config.unknown_connector, config.connector_broken.
    """
    module = _load("protocol", name)
    return _attribute(module, "Reader", name), _attribute(module, "Options", name)


def load_dialect(name: str) -> type[Any]:
    """The class `Mapping(settings)` of a dialect, which follows `kit.Dialect`; errors as `load_protocol`."""
    return _attribute(_load("dialect", name), "Mapping", name)


def _folders(kind: Kind) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for place in microharvest.connectors.__path__:
        parent = Path(place) / _FOLDER[kind]
        if parent.is_dir():
            for folder in parent.iterdir():
                if (folder / "connector.toml").is_file():
                    found.setdefault(folder.name, folder)
    return found


def read_manifest(folder: Path, kind: Kind) -> Manifest:
    """What a folder's connector.toml says. Raises ConfigError config.connector_broken."""
    path = folder / "connector.toml"
    try:
        manifest = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Manifest)
    except (OSError, ValueError) as error:  # TOMLDecodeError and ValidationError are ValueErrors
        raise ConfigError("config.connector_broken", f"{path} cannot be read: {error}") from error
    if manifest.name != folder.name or manifest.kind != kind:
        expected = f"name {folder.name!r} and kind {kind!r}"
        raise ConfigError("config.connector_broken", f"{path} must say {expected}, as its folder does.")
    return manifest


def _load(kind: Kind, name: str) -> Any:
    folder = connector_folder(kind, name)
    read_manifest(folder, kind)
    module = f"microharvest.connectors.{_FOLDER[kind]}.{name}.{_MODULE[kind]}"
    try:
        return importlib.import_module(module)
    except (ImportError, SyntaxError) as error:
        raise ConfigError(
            "config.connector_broken", f"{folder / (_MODULE[kind] + '.py')} cannot be loaded: {error}"
        ) from error


def _attribute(module: Any, attribute: str, name: str) -> type[Any]:
    found = getattr(module, attribute, None)
    if not isinstance(found, type):
        raise ConfigError("config.connector_broken", f"Connector {name!r}: {module.__file__} has no class {attribute}.")
    return found
