"""Every mood of `moody_base.MoodyRepository`, by name."""

from __future__ import annotations

from tests import moody_lists, moody_pages
from tests.moody_base import FIRST_DAY, MOODS, POISON, Arguments, MoodyRepository, course, serve_raw

__all__ = ["FIRST_DAY", "MOODS", "POISON", "Arguments", "MoodyRepository", "course", "serve_raw"]

FILLED_BY = (moody_pages, moody_lists)
"""What puts its moods into `MOODS`."""
