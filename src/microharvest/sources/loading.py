"""From `config/` to sources: `microharvest.toml` < folder defaults < the source file < `local.toml` < environment.

`config/sources/**/<id>.toml`, one file per source; a `defaults.toml` speaks for its folder and those below. In
`local.toml`, `[network]`, `[withdraw]` and `[schedule]` speak for all sources of this machine, `[sources.<id>]` for
one.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from microharvest.errors import ConfigError
from microharvest.settings.layering import BUILT_IN, Effective, Key, Layer, flatten, merge
from microharvest.settings.loading import DEFAULT_DIR, Environment, settings_layers
from microharvest.settings.reading import convert, proposal, read_toml, reject_unknown
from microharvest.sources.auth import reject_literal_secrets
from microharvest.sources.checks import check_source
from microharvest.sources.licences import grant_of
from microharvest.sources.model import SourceConfig

__all__ = ["effective", "load_source", "load_sources"]

SHARED = ("network", "withdraw", "schedule")
"""Tables of `microharvest.toml` that are defaults for all sources."""

DEFAULTS = "defaults.toml"
SOURCE_ID = re.compile(r"^[a-z0-9][a-z0-9-]{0,63}$")


class _Around(NamedTuple):
    """What stands around the source files: layers below and above them, and `local.toml`'s own words per source."""

    root: Path
    below: list[Layer]
    above: list[Layer]
    local: dict[str, Any]


def load_sources(
    config_dir: Path | None = None,
    environ: Environment | None = None,
    broken: dict[str, ConfigError] | None = None,
) -> dict[str, SourceConfig]:
    """All sources by id, sorted. A broken file raises, or lands in `broken` under its id if that is given.

    Errors: those of `load_settings`, and `config.missing_key`, `source.no_local`.
    """
    around = _around(config_dir, environ)
    sources: dict[str, SourceConfig] = {}
    files = _files(around.root)
    _check_local(around, files)
    for source, path in files.items():
        try:
            sources[source] = _resolve(path, around)[0]
        except ConfigError as error:
            if broken is None:
                raise
            broken[source] = error
    return sources


def load_source(path: Path, config_dir: Path | None = None, environ: Environment | None = None) -> SourceConfig:
    """One source file, wherever it stands; folder defaults hold if it stands below `config_dir`/sources."""
    return _resolve(path, _around(config_dir, environ))[0]


def effective(source_id: str, config_dir: Path | None = None, environ: Environment | None = None) -> list[Effective]:
    """Every value of a source with its origin; secrets stay references. `config.unknown_source` if there is none."""
    around = _around(config_dir, environ)
    files = _files(around.root)
    if source_id not in files:
        hint = proposal(source_id, files)
        raise ConfigError("config.unknown_source", f'there is no source "{source_id}" in {around.root}{hint}')
    config, origins = _resolve(files[source_id], around)
    leaves = flatten(msgspec.to_builtins(config))
    rows = [Effective(".".join(key), value, _origin(key, origins)) for key, value in leaves.items() if key != ("id",)]
    return sorted(rows, key=lambda row: (row.key.count("."), row.key))


def _around(config_dir: Path | None, environ: Environment | None) -> _Around:
    environ = os.environ if environ is None else environ
    folder = config_dir if config_dir is not None else DEFAULT_DIR
    local_file = folder / "local.toml"
    below: list[Layer] = []
    above: list[Layer] = []
    for layer in settings_layers(config_dir, environ):
        shared = Layer(layer.origin, {name: layer.values[name] for name in SHARED if name in layer.values})
        (below if layer.origin == str(folder / "microharvest.toml") else above).append(shared)
    local = read_toml(local_file).get("sources", {}) if local_file.is_file() else {}
    return _Around(folder / "sources", below, above, local)


def _files(root: Path) -> dict[str, Path]:
    files: dict[str, Path] = {}
    for path in sorted(root.rglob("*.toml"), key=lambda path: path.stem):
        if path.name == DEFAULTS:
            continue
        if path.stem in files:
            message = f"{path}: the id of a source is its file's name, and {files[path.stem]} has it already."
            raise ConfigError("config.invalid", message)
        files[path.stem] = path
    return files


def _check_local(around: _Around, files: dict[str, Path]) -> None:
    for source in around.local:
        if source not in files:
            where = around.root.parent / "local.toml"
            message = f"{where}: sources.{source}: there is no such source{proposal(source, files)}"
            raise ConfigError("config.unknown_source", message)


def _resolve(path: Path, around: _Around) -> tuple[SourceConfig, dict[Key, str]]:
    """One source and the origin of each value that is not built in."""
    if not SOURCE_ID.match(path.stem):
        message = f"{path}: a source id is lower-case letters, digits and hyphens, 64 at most: rename the file."
        raise ConfigError("config.invalid", message)
    layers = [*around.below, *_folder_defaults(path, around.root), _read_layer(path, path.parent)]
    own_local = around.local.get(path.stem)
    if own_local is not None:
        where = str(around.root.parent / "local.toml")
        layers.append(Layer(where, _checked(own_local, where, f"sources.{path.stem}.", around.root.parent)))
    layers.extend(around.above)
    merged, origins = merge(layers)
    _imply(merged, origins)
    config = convert({**merged, "id": path.stem}, SourceConfig, str(path), origins=origins)
    check_source(config, str(path))
    return config, origins


def _folder_defaults(path: Path, root: Path) -> list[Layer]:
    """`defaults.toml` of each folder from `sources` down to the file's own."""
    try:
        inner = path.resolve().parent.relative_to(root.resolve()).parts
    except ValueError:
        return []
    folders = [root.joinpath(*inner[:depth]) for depth in range(len(inner) + 1)]
    return [_read_layer(folder / DEFAULTS, folder) for folder in folders if (folder / DEFAULTS).is_file()]


def _read_layer(path: Path, folder: Path) -> Layer:
    return Layer(str(path), _checked(read_toml(path), str(path), "", folder))


def _checked(values: dict[str, Any], where: str, prefix: str, folder: Path) -> dict[str, Any]:
    """Keys known, no secret written out, a path made absolute (it is meant from the file it stands in)."""
    reject_literal_secrets(values, where)
    if "id" in values:
        raise ConfigError("config.unknown_key", f"{where}: {prefix}id: the id of a source is its file's name.")
    reject_unknown(values, SourceConfig, where, prefix)
    url = values.get("url")
    if isinstance(url, str) and url and not re.match(r"^[A-Za-z][A-Za-z0-9+.-]+:", url):
        return {**values, "url": (folder.resolve() / url).as_uri()}
    return values


def _imply(merged: dict[str, Any], origins: dict[Key, str]) -> None:
    """A licence we know answers what the file leaves open."""
    licence = merged.get("licence")
    grant = grant_of(licence) if isinstance(licence, str) else None
    if grant is None:
        return
    for name, allowed in grant._asdict().items():
        if name not in merged:
            merged[name] = "yes" if allowed else "no"
            origins[(name,)] = "implied by the licence"


def _origin(key: Key, origins: dict[Key, str]) -> str:
    """The origin of a value or of the table it stands in."""
    return next((origins[key[:end]] for end in range(len(key), 0, -1) if key[:end] in origins), BUILT_IN)
