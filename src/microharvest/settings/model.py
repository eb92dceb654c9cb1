"""Every setting of `config/microharvest.toml`, with its type, range and built-in default. Frozen.

The same tables `[network]`, `[withdraw]` and `[schedule]` are the defaults of all source files (see
`microharvest.sources`). Durations are `timedelta`, written in TOML as ISO 8601 (`PT24H`, `P7D`). A setting exists
only if something reads it; `tests/unit/test_docs.py` ties this file to the commented one in `config/`.
"""

from __future__ import annotations

import os
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from microharvest import __version__

__all__ = [
    "HarvestSettings",
    "LogSettings",
    "NetworkSettings",
    "PruneSettings",
    "PublishingSettings",
    "ScheduleSettings",
    "ServeSettings",
    "Settings",
    "Strategy",
    "WithdrawSettings",
]

Count = Annotated[int, msgspec.Meta(ge=1)]
Whole = Annotated[int, msgspec.Meta(ge=0)]
Positive = Annotated[float, msgspec.Meta(gt=0, le=1_000_000)]
Ratio = Annotated[float, msgspec.Meta(ge=0, le=1)]

Strategy = Literal["tombstone", "snapshot", "tombstone+snapshot", "expire"]
"""What makes a record gone: the feed says so, a complete list lacks it, either, or it was not seen for `grace`."""


def _parse_processes() -> int:
    """One per core this process may use, at most two: parsing is fast, feeds are slow."""
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    return max(1, min(2, len(usable)))


class HarvestSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[harvest]`: how runs are carried out."""

    workers: Annotated[int, msgspec.Meta(ge=1, le=64)] = msgspec.field(default_factory=_parse_processes)
    concurrency: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 8
    lease_s: Annotated[int, msgspec.Meta(ge=5, le=3600)] = 60
    look_ahead: Annotated[int, msgspec.Meta(ge=0, le=64)] = 4
    batch_size: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 500
    inline: bool = False
    keep_quarantine: timedelta = timedelta(days=90)
    worker_memory_mb: Annotated[int, msgspec.Meta(ge=256)] = 1024
    body_deadline_s: Positive = 300.0


class NetworkSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[network]`: manners and ceilings towards one host; a source file may set its own."""

    rate_per_s: Positive = 2.0
    concurrency: Annotated[int, msgspec.Meta(ge=1, le=64)] = 2
    deadline_s: Positive = 300.0
    max_bytes: Count = 512 * 1024 * 1024
    attempts: Annotated[int, msgspec.Meta(ge=1, le=20)] = 5


class WithdrawSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[withdraw]`: when a record counts as gone, and how many may go at once; a source file may set its own."""

    strategy: Strategy = "snapshot"
    runs: Annotated[int, msgspec.Meta(ge=1, le=100)] = 2
    grace: timedelta = timedelta(days=7)
    max_ratio: Ratio = 0.3
    max_count: Whole | None = None


class ScheduleSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[schedule]`: when sources are harvested; a source file may set its own, or a cron line instead of `every`."""

    every: timedelta | None = timedelta(hours=24)
    jitter_s: Whole = 900
    full_every: timedelta = timedelta(days=30)
    max_runtime: timedelta = timedelta(hours=2)
    catch_up: bool = True


class PublishingSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[publish]`: where the catalogue stands (None: in the store itself) and how often a release is made."""

    store: str | None = None
    every: timedelta = timedelta(days=1)


class PruneSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[prune]`: how long `prune` keeps replaced versions, what runs asked and noticed, and delivered notices."""

    versions: timedelta = timedelta(days=365)
    runs: timedelta = timedelta(days=365)
    notices: timedelta = timedelta(days=30)


class ServeSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[serve]`: the address of the daemon's health pages."""

    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65_535)] = 8080


class LogSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[log]`: `auto` writes for people on a terminal and JSON lines elsewhere."""

    format: Literal["auto", "console", "json"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of `microharvest.toml`. `store` is a resolved URL and may hold a password: never log it."""

    store: str = "sqlite:///microharvest.db"
    spool: str = ""
    contact: str = ""
    user_agent: str = ""
    harvest: HarvestSettings = HarvestSettings()
    network: NetworkSettings = NetworkSettings()
    withdraw: WithdrawSettings = WithdrawSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    publish: PublishingSettings = PublishingSettings()
    prune: PruneSettings = PruneSettings()
    serve: ServeSettings = ServeSettings()
    log: LogSettings = LogSettings()

    def __post_init__(self) -> None:
        """An empty `user_agent` says honestly who we are and whom to write to."""
        if not self.user_agent:
            contact = f" (+{self.contact})" if self.contact else ""
            msgspec.structs.force_setattr(self, "user_agent", f"microharvest/{__version__}{contact}")

    @property
    def spool_dir(self) -> Path:
        """Where bodies lie until they are parsed: `spool`, else beside a SQLite store, else in the temp folder."""
        if self.spool:
            return Path(self.spool)
        scheme, _, file = self.store.partition(":///")
        if scheme.startswith("sqlite") and file and not file.startswith(":memory:"):
            path = Path(file.partition("?")[0])
            return path.with_name(f"{path.stem}.spool")
        return Path(tempfile.gettempdir()) / f"microharvest-{os.getuid() if hasattr(os, 'getuid') else 'spool'}"
