"""Migrations of the catalogue schema."""

from __future__ import annotations
