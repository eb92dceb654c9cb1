"""One folder or file per module of `src/microharvest`; no network, no waiting."""

from __future__ import annotations
