"""The servers that demos and tests stand on."""

from __future__ import annotations
