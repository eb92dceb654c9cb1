"""Where settings come from: built-in defaults < `microharvest.toml` < `local.toml` < environment < command line.

The environment is read by one pattern: `MICROHARVEST_STORE` for a key at the top, `MICROHARVEST_HARVEST__WORKERS` for
`[harvest] workers`. Such a name that nobody reads is an error, like any other unknown key. Secrets never stand in a
file: a store URL may be `env:NAME` or `file:/path`.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from microharvest.errors import ConfigError
from microharvest.settings.layering import BUILT_IN, Effective, Key, Layer, merge
from microharvest.settings.model import Settings
from microharvest.settings.reading import convert, invalid, read_toml
from microharvest.telemetry import Secret

__all__ = [
    "DEFAULT_DIR",
    "Environment",
    "effective_settings",
    "environment_layer",
    "load_settings",
    "read_reference",
    "settings_layers",
]

Environment = Mapping[str, str]

DEFAULT_DIR = Path("config")
PREFIX = "MICROHARVEST_"
READ_ELSEWHERE = frozenset({"MICROHARVEST_CONNECTORS", "MICROHARVEST_FAILPOINTS"})
"""Variables of our prefix that are no settings: the search path of private connectors, and crash tests' switches."""

SECTIONS = {
    field.name: msgspec.structs.fields(field.type)
    for field in msgspec.structs.fields(Settings)
    if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct)
}
TOP = [field for field in msgspec.structs.fields(Settings) if field.name not in SECTIONS]
KNOWN: dict[str, tuple[Key, Any]] = {f"{PREFIX}{field.name}".upper(): ((field.name,), field.type) for field in TOP} | {
    f"{PREFIX}{section}__{field.name}".upper(): ((section, field.name), field.type)
    for section, fields in SECTIONS.items()
    for field in fields
}


def load_settings(
    config_dir: Path | None = None, store: str | None = None, environ: Environment | None = None
) -> Settings:
    """The settings that hold.

    `config_dir`: None for `./config`, which may be absent. `store`: the command line's, above all else. Errors:
    `config.not_found` (a folder that was asked for), `config.syntax`, `config.unknown_key`, `config.invalid`,
    `config.literal_secret`, `config.missing_secret`.
    """
    environ = os.environ if environ is None else environ
    layers = settings_layers(config_dir, environ)
    if store is not None:
        layers.append(Layer("--store", {"store": store}))
    return _build(layers, environ)


def effective_settings(config_dir: Path | None = None, environ: Environment | None = None) -> list[Effective]:
    """Every setting with its value and origin; store URLs as they were written, secrets unresolved."""
    layers = settings_layers(config_dir, os.environ if environ is None else environ)
    built_in = msgspec.to_builtins(Settings())
    merged, origins = merge([Layer(BUILT_IN, built_in), *layers])
    rows = [Effective(".".join(key), _lookup(merged, key), origin) for key, origin in origins.items()]
    return sorted(rows, key=lambda row: (row.key.count("."), row.key))


def settings_layers(config_dir: Path | None, environ: Environment) -> list[Layer]:
    """`microharvest.toml`, `local.toml` (without its `[sources]`) and environment, lowest first, keys checked."""
    folder = config_dir if config_dir is not None else DEFAULT_DIR
    try:
        absent = config_dir is not None and not folder.is_dir()
    except OSError as error:
        raise ConfigError("config.not_found", f"{folder}: cannot be read: {error.strerror}.") from None
    if absent:
        raise ConfigError("config.not_found", f"{folder}: there is no such folder: run `microharvest init`.")
    layers = []
    for name in ("microharvest.toml", "local.toml"):
        path = folder / name
        if not path.is_file():
            continue
        values = read_toml(path)
        if name == "local.toml":
            values.pop("sources", None)
        convert(values, Settings, str(path))  # each file is right by itself, so that errors name the right file
        _reject_literal_passwords(values, str(path))
        layers.append(Layer(str(path), values))
    return [*layers, *environment_layer(environ)]


def environment_layer(environ: Environment) -> list[Layer]:
    """One layer per variable of our pattern, so that each value's origin names its variable."""
    layers = []
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name in READ_ELSEWHERE:
            continue
        if name not in KNOWN:
            _reject_typo(name)
            continue
        key, type_ = KNOWN[name]
        value = _from_text(environ[name], type_, name)
        layers.append(Layer(f"environment {name}", {key[0]: value if len(key) == 1 else {key[1]: value}}))
    return layers


def read_reference(reference: str, environ: Environment, where: str, key: str) -> str:
    """What `env:NAME` or `file:/path` points to, without the line end; `config.missing_secret` if it is not there."""
    kind, _, target = reference.partition(":")
    if kind == "env":
        value = environ.get(target, "")
        if not value:
            raise ConfigError("config.missing_secret", f"{where}: {key}: the variable {target} is not set.")
        return value
    try:
        value = Path(target).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ConfigError("config.missing_secret", f"{where}: {key}: the file {target} cannot be read.") from None
    if not value:
        raise ConfigError("config.missing_secret", f"{where}: {key}: the file {target} is empty.")
    return value


def _build(layers: list[Layer], environ: Environment) -> Settings:
    merged, origins = merge(layers)
    for key in (("store",), ("publish", "store")):
        url = _lookup(merged, key)
        if isinstance(url, str) and url.startswith(("env:", "file:")):
            section = merged if len(key) == 1 else merged[key[0]]
            section[key[-1]] = read_reference(url, environ, origins[key], ".".join(key))
    settings = convert(merged, Settings, BUILT_IN, origins=origins)
    for name, url in (("store", settings.store), ("publish.store", settings.publish.store)):
        if url is not None and urlsplit(url).password:
            Secret(unquote(urlsplit(url).password or ""))  # made known, so that logs mask it
        if url is not None and not url.startswith(
            ("sqlite:///", "postgresql://", "postgresql+psycopg://", "postgres://")
        ):
            origin = origins.get(tuple(name.split(".")), BUILT_IN)
            raise invalid(origin, name, "sqlite:///path.db, postgresql://…, env:NAME or file:/path")
    for name, seconds in (
        ("harvest.keep_quarantine", settings.harvest.keep_quarantine),
        ("withdraw.grace", settings.withdraw.grace),
        ("schedule.every", settings.schedule.every),
        ("schedule.full_every", settings.schedule.full_every),
        ("schedule.max_runtime", settings.schedule.max_runtime),
        ("publish.every", settings.publish.every),
    ):
        if seconds is not None and (seconds.total_seconds() < 0 or (not seconds and name != "withdraw.grace")):
            raise invalid(origins.get(tuple(name.split(".")), BUILT_IN), name, "a duration above zero")
    return settings


def _reject_literal_passwords(values: dict[str, Any], where: str) -> None:
    for key in (("store",), ("publish", "store")):
        url = _lookup(values, key)
        if isinstance(url, str) and "://" in url and urlsplit(url).password:
            message = f"{where}: {'.'.join(key)}: a password stands in the file: write env:NAME or file:/path instead."
            raise ConfigError("config.literal_secret", message)


def _reject_typo(name: str) -> None:
    """With `__` it must be a setting. Without, it may be a secret's own name, unless it looks like a misspelling."""
    word = name.removeprefix(PREFIX)
    names = [known.removeprefix(PREFIX) for known in KNOWN]
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6 if "__" in word else 0.8)
    if near or "__" in word:
        hint = f"; did you mean {PREFIX}{near[0]}?" if near else "."
        raise ConfigError("config.unknown_key", f"environment: nobody reads {name}{hint}")


def _from_text(text: str, type_: Any, name: str) -> Any:
    """A variable's text as the TOML value it stands for."""
    try:
        msgspec.convert(text, type_)
        return text
    except msgspec.ValidationError:
        pass
    try:
        value = tomllib.loads(f"value = {text}")["value"]
        msgspec.convert(value, type_)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError):
        pass
    else:
        return value
    struct = msgspec.defstruct("Variable", [(name, type_)], forbid_unknown_fields=True)
    convert({name: text}, struct, "environment")
    raise AssertionError("unreachable: the conversion above fails")


def _lookup(values: dict[str, Any], key: Key) -> Any:
    here: Any = values
    for name in key:
        if not isinstance(here, dict):
            return None
        here = here.get(name)
    return here
