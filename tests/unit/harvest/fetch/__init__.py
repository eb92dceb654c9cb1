"""The client against lies; all on loopback."""

from __future__ import annotations
