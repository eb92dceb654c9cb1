"""Every connector folder, found by listing, against the contract's checks."""

from __future__ import annotations
