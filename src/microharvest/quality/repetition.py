"""Texts that only repeat another one: what exporters write where a field is mandatory and they know nothing."""

from __future__ import annotations

from rapidfuzz import fuzz

from microharvest.model.values import LangMap

__all__ = ["SAME_TEXT", "repeats"]

SAME_TEXT = 90.0
"""Similarity (rapidfuzz ratio, 0 to 100) from which an outcome or description only repeats the title."""


def repeats(text: LangMap, title: LangMap) -> bool:
    """Does a text say the title again, in any of its languages?"""
    return any(
        fuzz.ratio(one.casefold(), other.casefold(), score_cutoff=SAME_TEXT) >= SAME_TEXT
        for one in text.values()
        for other in title.values()
    )
