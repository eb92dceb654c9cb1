"""Two migration histories, `harvest` and `catalogue`; a test proves them equal to the tables on both databases."""

from __future__ import annotations
