"""Migrations of the harvest schema."""

from __future__ import annotations
