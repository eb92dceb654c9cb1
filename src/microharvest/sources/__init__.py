"""Source files: what a feed is, how it is fetched and what it says, checked when loaded.

Builds on `settings`; knows nothing of protocols and dialects but their names.
"""

from __future__ import annotations

from microharvest.settings.reading import convert_options
from microharvest.sources.auth import resolve_auth
from microharvest.sources.fingerprint import mapping_hash, options_hash
from microharvest.sources.loading import effective, load_source, load_sources
from microharvest.sources.model import (
    Auth,
    Column,
    Expect,
    Identity,
    Network,
    Permission,
    Publisher,
    RecordBounds,
    Schedule,
    SourceConfig,
)

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
    "convert_options",
    "effective",
    "load_source",
    "load_sources",
    "mapping_hash",
    "options_hash",
    "resolve_auth",
]
