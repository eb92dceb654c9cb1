"""EQF levels, 1 to 8. A national level is none and stays a concept: the published lists link no level to EQF."""

from __future__ import annotations

import re

from microharvest.map.normalise.taken import SHORT, Taken, refused, remembered

__all__ = ["eqf_level"]

_URI = re.compile(r"https?://data\.europa\.eu/snb/eqf/([1-8])")
_BARE = re.compile(r"([1-8])(?:\.0)?")
_NAMED = re.compile(
    r"(?:eqf|eqr|qeq|cec|mec|european qualifications framework)"
    r"(?:[\s:_-]*(?:level|niveau|stufe|nivel|livello|nível|nivå|taso))?[\s:_-]*([1-8])"
    r"|(?:level|niveau|stufe|nivel|livello|nível|nivå)[\s:_-]*([1-8])\s*\(?(?:eqf|eqr|qeq|cec|mec)\)?",
    re.IGNORECASE,
)
_LEVEL = re.compile(r"(?:level|niveau|stufe|nivel|livello|nível|nivå|taso)[\s:_-]*([1-8])", re.IGNORECASE)


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
        return Taken(int(named[1] or named[2]), "mapped")
    if hint is not None and ("eqf" in hint.casefold() or "european qualifications framework" in hint.casefold()):
        level = _LEVEL.fullmatch(value)
        if level is not None:
            return Taken(int(level[1]), "mapped")
    return refused("level.invalid")
