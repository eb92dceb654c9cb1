"""The kit's format readers, one test module each."""

from __future__ import annotations
