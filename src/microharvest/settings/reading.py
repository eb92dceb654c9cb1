"""TOML in, typed values out, and every way this can go wrong as one helpful sentence.

Used for `microharvest.toml`, source files and protocol options alike. Three things must stay true: a key that
nobody reads is an error with a proposal (`reject_unknown`), a wrong value names file, key path and expectation
(`convert`), and no message repeats a value that might be a secret.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from microharvest.errors import ConfigError

__all__ = ["convert", "convert_options", "invalid", "proposal", "read_toml", "reject_unknown"]

T = TypeVar("T")

_AT = re.compile(r"^(?P<what>.*?)(?: - at `(?P<in_key>key in )?\$(?P<path>[^`]*)`)?$", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<name>[^`]+)`")
_NAMES = {
    "`str`": "text in quotes",
    "`int`": "a whole number",
    "`float`": "a number",
    "`bool`": "true or false",
    "`array`": "a list in square brackets",
    "`object`": "a table",
    "`duration`": "an ISO 8601 duration in days, hours, minutes or seconds, such as PT24H or P7D",
}


def read_toml(path: Path) -> dict[str, Any]:
    """The file's tables; `config.not_found`, or `config.syntax` with the line the parser stopped at."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError("config.not_found", f"{path}: there is no such file.") from None
    except UnicodeDecodeError as error:
        raise ConfigError("config.syntax", f"{path}: not UTF-8 text at byte {error.start}: save it as UTF-8.") from None
    except OSError as error:
        raise ConfigError("config.not_found", f"{path}: cannot be read: {error.strerror}.") from None
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError("config.syntax", f"{path}: not valid TOML: {error}.") from None


LISTED = 30
"""Names of a list that one sentence holds."""


def proposal(word: str, known: Iterable[str]) -> str:
    """`; did you mean "x"?`, or the list of what there is."""
    names = sorted(set(known))
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f'; did you mean "{near[0]}"?'
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return f"; known are: {', '.join(names[:LISTED])}{more}." if names else "."


def invalid(where: str, key: str, expectation: str) -> ConfigError:
    """`config.invalid`: `<file>: <key>: expected <expectation>.`"""
    return ConfigError("config.invalid", f"{where}: {key}: expected {expectation}.")


def reject_unknown(raw: dict[str, Any], type_: Any, where: str, path: str = "") -> None:
    """`config.unknown_key` for the first key of `raw`, at any depth, that the struct `type_` does not have."""
    info = _struct(inspect.type_info(type_))
    if info is None:
        return
    fields = {field.encode_name: field.type for field in info.fields}
    for key, value in raw.items():
        if key not in fields:
            message = f'{where}: {path}{key}: nobody reads "{key}"{proposal(key, fields)}'
            raise ConfigError("config.unknown_key", message)
        nested = _struct(fields[key])
        if nested is not None and isinstance(value, dict):
            reject_unknown(value, nested.cls, where, f"{path}{key}.")


def convert(
    raw: Any, type_: type[T], where: str, path: str = "", origins: Mapping[tuple[str, ...], str] | None = None
) -> T:
    """`raw` as a `type_`; `config.unknown_key`, `config.missing_key` or `config.invalid` otherwise.

    `where`: the file, for the message; `path`: the key path of `raw` in it, ending in a dot; `origins`: the files
    of single values where `raw` was merged from several.
    """
    if isinstance(raw, dict):
        reject_unknown(raw, type_, where, path)
    try:
        return msgspec.convert(raw, type_)
    except msgspec.ValidationError as error:
        raise _explain(str(error), inspect.type_info(type_), where, path, origins or {}) from None


def convert_options(raw: dict[str, Any], options: type[T], where: str) -> T:
    """A protocol's own `Options` struct from a source's `[fetch]` table; errors as in `convert`."""
    return convert(raw, options, where, "fetch.")


def _explain(
    message: str, info: inspect.Type, where: str, path: str, origins: Mapping[tuple[str, ...], str]
) -> ConfigError:
    match = _AT.match(message)
    what, at = (match["what"], match["path"] or "") if match else (message, "")
    key = (path + at.lstrip(".")).rstrip(".")
    missing = _MISSING.search(what)
    if missing:
        name = f"{key}.{missing['name']}" if key else missing["name"]
        return ConfigError("config.missing_key", f"{where}: {name}: this key is required.")
    names = tuple(re.sub(r"\[.*?\]", "", key).split("."))
    where = next((origins[names[:end]] for end in range(len(names), 0, -1) if names[:end] in origins), where)
    return invalid(where, key or "the file", _expectation(what, info, at))


def _expectation(what: str, info: inspect.Type, at: str) -> str:
    choices = _choices(_type_at(info, at))
    if choices:
        return "one of " + ", ".join(f'"{choice}"' for choice in choices)
    if "duration" in what:
        return _NAMES["`duration`"]
    expected = re.match(r"Expected (.+?)(?:, got .*)?$", what)
    if not expected:
        return what
    text = expected[1]
    for code, words in _NAMES.items():
        text = text.replace(code, words)
    return text.replace("`", "")


def _struct(info: inspect.Type | None) -> inspect.StructType | None:
    """The struct in a type, also inside `X | None`."""
    if isinstance(info, inspect.UnionType):
        return next((member for member in info.types if isinstance(member, inspect.StructType)), None)
    return info if isinstance(info, inspect.StructType) else None


def _type_at(info: inspect.Type | None, at: str) -> inspect.Type | None:
    for name in filter(None, at.split(".")):
        struct = _struct(info)
        if struct is None:
            return None
        info = next((field.type for field in struct.fields if field.encode_name == name), None)
    return info


def _choices(info: inspect.Type | None) -> list[str]:
    """The words a `Literal` allows, also inside `X | None`."""
    members = info.types if isinstance(info, inspect.UnionType) else (info,)
    return [str(value) for member in members if isinstance(member, inspect.LiteralType) for value in member.values]
