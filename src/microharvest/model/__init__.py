"""The common model: frozen msgspec structs named after the European Learning Model. No I/O, no SQL."""

from __future__ import annotations
