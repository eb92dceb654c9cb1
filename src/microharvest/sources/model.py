"""What one source file says, typed and complete: every default filled in. Frozen; state never lives here.

`fetch`, `columns`, `lookups` and `defaults` stay as the tables they are: the protocol and the dialect own their
meaning. Everything else is checked here, so that nobody downstream has to doubt it.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

import msgspec

from microharvest.settings import Authority, NetworkSettings, ScheduleSettings, WithdrawSettings

__all__ = [
    "Auth",
    "Column",
    "Expect",
    "Identity",
    "Network",
    "Permission",
    "Publisher",
    "RecordBounds",
    "Schedule",
    "SourceConfig",
]

Permission = Literal["yes", "no", "unknown"]
Ratio = Annotated[float, msgspec.Meta(ge=0, le=1)]
Words = str | tuple[str, ...]


class Publisher(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who answers for the feed; `contact` is an office address, not a person's."""

    name: str
    contact: str = ""


class Schedule(ScheduleSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`every` or `cron` (five fields, days of the week by name), in `timezone`; exactly one of them is not None."""

    every: timedelta | None = None
    cron: str | None = None
    timezone: str = "UTC"

    def __post_init__(self) -> None:
        """Where neither is said, the interval is the built-in one."""
        if self.every is None and self.cron is None:
            msgspec.structs.force_setattr(self, "every", ScheduleSettings().every)


class Network(NetworkSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`allow`: what beyond public addresses may be reached: networks such as 127.0.0.0/8, and `local` for files."""

    allow: tuple[str, ...] = ()


class Auth(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to log in. `token` and `password` are `env:NAME` or `file:/path`; `resolve_auth` reads them."""

    type: Literal["bearer", "header", "basic", "oauth2"]
    token: str | None = None
    header: str | None = None
    username: str | None = None
    password: str | None = None


class Identity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Paths to the native id, first usable wins; empty means the dialect's own rule."""

    key: tuple[str, ...] = ()


class RecordBounds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many records a complete run should see."""

    min: Annotated[int, msgspec.Meta(ge=0)] = 0
    max: Annotated[int, msgspec.Meta(ge=1)] | None = None


class Expect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a healthy run looks like; a run that looks otherwise is held. `fill`: least share of records by field."""

    records: RecordBounds = RecordBounds()
    fill: dict[str, Ratio] = {}
    canary_ids: tuple[str, ...] = ()


class Column(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"source": "from"}):
    """One `[columns]` value in its long form; the short form is the column's name, or a list of names.

    What the keys mean stands in the README of the dialect `columns`. Either `from` or `const` must be there.
    """

    source: Words | None = None
    const: str | None = None
    lang: str | None = None
    lang_from: str | None = None
    split: str | None = None
    lookup: str | None = None
    format: str | None = None
    currency: str | None = None
    when: dict[str, Words] | None = None
    join: str | None = None
    unit: str | None = None
    framework: str | None = None
    scheme: str | None = None


class SourceConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One source. `id` is the stem of its file and never changes; `url` of a path is an absolute `file://` URL."""

    id: str
    title: Annotated[str, msgspec.Meta(min_length=1)]
    protocol: Annotated[str, msgspec.Meta(min_length=1)]
    dialect: Annotated[str, msgspec.Meta(min_length=1)]
    url: Annotated[str, msgspec.Meta(min_length=1)]
    licence: Annotated[str, msgspec.Meta(min_length=1)]
    schema: int = 1
    publisher: Publisher | None = None
    country: str | None = None
    languages: tuple[str, ...] = ()
    redistribute: Permission = "unknown"
    derive: Permission = "unknown"
    attribution: str = ""
    authority: Authority = "provider"
    schedule: Schedule = Schedule()
    fetch: dict[str, Any] = {}
    auth: Auth | None = None
    network: Network = Network()
    identity: Identity = Identity()
    withdraw: WithdrawSettings = WithdrawSettings()
    expect: Expect = Expect()
    columns: dict[str, Any] = {}
    lookups: dict[str, dict[str, Any]] = {}
    defaults: dict[str, Words] = {}

    @property
    def shown(self) -> bool:
        """May its texts stand on a public sink? Only "yes" means yes."""
        return self.redistribute == "yes"

    @property
    def credit(self) -> str:
        """Whom to name beside its texts: `attribution`, else the publisher, else the title."""
        return self.attribution or (self.publisher.name if self.publisher else "") or self.title

    @property
    def local_path(self) -> Path | None:
        """The file a `file://` URL names; None for anything on a network."""
        parts = urlsplit(self.url)
        return Path(unquote(parts.path)) if parts.scheme == "file" else None
