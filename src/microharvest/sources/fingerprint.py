"""Two hashes over a source file: what changes fetching, and what changes mapping.

They are stored and compared, so their input is fixed: sorted JSON of the parts named here. 32 hex digits.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from microharvest.sources.model import SourceConfig

__all__ = ["mapping_hash", "options_hash"]

_json = msgspec.json.Encoder(order="deterministic")


def options_hash(config: SourceConfig) -> str:
    """Validators (ETag and the like) may be sent only while this is equal.

    It covers the dialect and the identity rule too: a 304 takes over the records of an earlier answer, and those
    would carry ids cut by the old rule.
    """
    return _digest(config.protocol, config.url, config.fetch, config.auth, config.dialect, config.identity)


def mapping_hash(config: SourceConfig) -> str:
    """Stored records are mapped again when this changes."""
    return _digest(
        config.dialect,
        config.columns,
        config.lookups,
        config.defaults,
        config.languages,
        config.country,
        config.identity,
    )


def _digest(*parts: Any) -> str:
    return hashlib.blake2b(_json.encode(parts), digest_size=16).hexdigest()
