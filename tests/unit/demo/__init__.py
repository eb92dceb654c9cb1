"""Tests of the demo and its report."""

from __future__ import annotations
