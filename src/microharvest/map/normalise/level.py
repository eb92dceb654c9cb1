"""EQF levels, 1 to 8. A national level is none and stays a concept: the published lists link no level to EQF."""

from __future__ import annotations

import re

from microharvest.map.normalise.taken import SHORT, Taken, refused, remembered
from microharvest.map.vocabulary.levels import LEVEL_WORDS

__all__ = ["eqf_level"]

_URI = re.compile(r"https?://data\.europa\.eu/snb/eqf/([1-8])")
_BARE = re.compile(r"([1-8])(?:\.0)?")
_NAMED = re.compile(
    r"(?:eqf|eqr|qeq|cec|mec|european qualifications framework)"
    rf"(?:[\s:_-]*(?:{LEVEL_WORDS}))?[\s:_-]*([1-8])"
    rf"|(?:{LEVEL_WORDS})[\s:_-]*([1-8])\s*\(?(?:eqf|eqr|qeq|cec|mec)\)?"
    rf"|(?:{LEVEL_WORDS})[\s:_-]*(?:eqf|eqr|qeq|cec|mec)[\s:_-]*([1-8])",
    re.IGNORECASE,
)
_LEVEL = re.compile(rf"(?:{LEVEL_WORDS})[\s:_-]*([1-8])", re.IGNORECASE)


@remembered
def eqf_level(value: str, hint: str | None = None) -> Taken[int]:
    """A bare digit, an EQF URI, or words that name EQF. `hint`: the scheme or URI the source gives beside the value.

    "Level 6" alone says no framework (`level.invalid`) unless the scheme says EQF.
    """
    value = value.strip()
    if len(value) > SHORT:
        return refused("level.invalid")
    for said in filter(None, (hint, value)):
        uri = _URI.fullmatch(said)
        if uri is not None:
            return Taken(int(uri[1]))
    bare = _BARE.fullmatch(value)
    if bare is not None:
        return Taken(int(bare[1]))
    named = _NAMED.fullmatch(value)
    if named is not None:
        return Taken(int(named[1] or named[2] or named[3]), "mapped")
    if hint is not None and ("eqf" in hint.casefold() or "european qualifications framework" in hint.casefold()):
        level = _LEVEL.fullmatch(value)
        if level is not None:
            return Taken(int(level[1]), "mapped")
    return refused("level.invalid")
