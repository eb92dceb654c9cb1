"""The test suite: unit, contract, integration, e2e, reliability, bench."""

from __future__ import annotations
