"""Identifiers: a scheme and a value, as the source writes it; words that stand for "none" are none."""

from __future__ import annotations

import re

from microharvest.map.normalise.taken import Taken, refused
from microharvest.map.normalise.text import verbatim
from microharvest.map.vocabulary import fold, words
from microharvest.model.values import Identifier

__all__ = ["identifier"]

_PLACEHOLDERS = words(
    "todo tbd tba tbc na nr n/a n.a. #n/a none null nil nan undefined unknown test xxx xx x ? ?? ??? - -- --- . .. ... "
    "0 00 000 0000 0.0 keine inconnu ukjent"
) | {"not available", "not applicable", "no id"}
_ALL_NINES = re.compile("9{8,}")
_DAMAGED = re.compile("\ufffd")


def identifier(value: str, scheme: str) -> Taken[Identifier]:
    """`scheme` where the source names none. White space around and control characters within are cut."""
    cleaned = verbatim(value)
    said = cleaned.value
    if said is None or fold(said) in _PLACEHOLDERS or _ALL_NINES.fullmatch(said):
        return refused("identifier.placeholder")
    if _DAMAGED.search(said):
        return refused("value.text_damaged")
    return Taken(Identifier(scheme=scheme, value=said), "declared", cleaned.issues)
