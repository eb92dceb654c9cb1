"""Secrets: where they may stand in a source file (nowhere), and how a reference becomes one at run time."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from microharvest.errors import ConfigError
from microharvest.settings.loading import Environment, read_reference
from microharvest.settings.reading import invalid
from microharvest.sources.model import Auth, SourceConfig
from microharvest.telemetry import Secret

__all__ = ["check_auth", "reject_literal_secrets", "resolve_auth"]

SECRET_NAMES = re.compile(
    r"((.*[_-])?(password|passwd|secret|api[_-]?key|private[_-]key)|((access|auth|bearer|refresh|x-auth)[_-])?token"
    r"|authorization|cookie)",
    re.IGNORECASE,
)
REFERENCE = re.compile(r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:/.+)$", re.DOTALL)
NOT_SETTINGS = frozenset({"columns", "lookups", "defaults"})
"""Tables whose keys are field names or the source's own words."""


def reject_literal_secrets(raw: dict[str, Any], where: str) -> None:
    """`config.literal_secret` for a secret written out: by its key's name, or inside a URL. Never repeats it."""
    for key, value in _texts({name: value for name, value in raw.items() if name not in NOT_SETTINGS}):
        name = key.rpartition(".")[2]
        if (SECRET_NAMES.fullmatch(name) or key == "auth.key") and not REFERENCE.match(value):
            raise _literal(where, key)
        if "://" in value:
            parts = urlsplit(value)
            if parts.password or any(SECRET_NAMES.fullmatch(name) for name, text in parse_qsl(parts.query) if text):
                raise _literal(where, key)


def check_auth(auth: Auth, where: str) -> None:
    """The keys each `type` needs, and no others."""
    if auth.type == "oauth2":
        raise invalid(where, "auth.type", '"bearer", "header" or "basic"; "oauth2" is not supported yet')
    needed = {"bearer": {"token"}, "header": {"token", "header"}, "basic": {"username", "password"}}[auth.type]
    for name in ("token", "header", "username", "password"):
        given = getattr(auth, name) is not None
        if name in needed and not given:
            raise ConfigError("config.missing_key", f'{where}: auth.{name}: type "{auth.type}" requires this key.')
        if given and name not in needed:
            message = f'{where}: auth.{name}: nobody reads "{name}" where type is "{auth.type}".'
            raise ConfigError("config.unknown_key", message)
    if auth.header is not None and not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", auth.header):
        raise invalid(where, "auth.header", "the name of an HTTP header")


def resolve_auth(config: SourceConfig, environ: Environment) -> dict[str, Secret]:
    """The HTTP headers that log in, by name; empty without `[auth]`. `config.missing_secret` if one is not there."""
    auth, where = config.auth, config.id
    if auth is None:
        return {}
    if auth.type == "basic":
        password = _read(auth.password, environ, where, "auth.password")
        pair = base64.b64encode(f"{auth.username}:{password.reveal()}".encode()).decode("ascii")
        return {"Authorization": Secret(f"Basic {Secret(pair).reveal()}")}
    token = _read(auth.token, environ, where, "auth.token")
    if auth.type == "header":
        return {auth.header or "": token}
    return {"Authorization": Secret(f"Bearer {token.reveal()}")}


def _read(reference: str | None, environ: Environment, where: str, key: str) -> Secret:
    """A Secret at once, so that logs mask the bare value too, not only the header made of it."""
    value = read_reference(reference or "", environ, where, key)
    if any(ord(sign) < 32 for sign in value):
        raise invalid(where, key, "a secret of one line without control characters")
    return Secret(value)


def _literal(where: str, key: str) -> ConfigError:
    message = f"{where}: {key}: a secret stands in the file: write env:NAME or file:/path instead."
    return ConfigError("config.literal_secret", message)


def _texts(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, nested in value.items():
            yield from _texts(nested, f"{key}.{name}" if key else name)
    elif isinstance(value, list):
        for nested in value:
            yield from _texts(nested, key)
    elif isinstance(value, str):
        yield key, value
