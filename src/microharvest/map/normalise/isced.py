"""Fields of study in ISCED-F 2013: codes of two, three or four digits, always text (0612 is not 612)."""

from __future__ import annotations

import re

from microharvest.map.normalise.taken import Taken, refused, remembered
from microharvest.map.vocabulary import isced_codes
from microharvest.model.values import Subject

__all__ = ["ISCED_BASE", "isced"]

ISCED_BASE = "http://data.europa.eu/snb/isced-f/"
_URI = re.compile(r"https?://data\.europa\.eu/snb/isced-f/([0-9]{2,6})/?")
_SAID = re.compile(
    r"(?:ISCED(?:[- ]?F)?(?:[ -]?2013)?[\s:]*)?\(?([0-9]{1,6})\)?(?:\s*[-–—:.]?\s+\D.*|\s*[-–—:]\s*\D.*)?", re.I | re.S
)
_PLACEHOLDERS = frozenset({"99", "999", "9999", "0099"})


@remembered
def isced(value: str, hint: str | None = None) -> Taken[Subject]:
    """A code with or without its label, or its URI. `hint`: the concept's URI. A leading zero is never added.

    More than four digits are cut to the detailed field if that exists (`isced.truncated`).
    """
    value = value.strip()
    uri = next(filter(None, (_URI.fullmatch(said) for said in (hint, value) if said)), None)
    said = uri or _SAID.fullmatch(value[:300])
    if said is None:
        return refused("isced.invalid")
    digits = said[1]
    code = digits[:4]
    if digits in _PLACEHOLDERS or code in _PLACEHOLDERS:
        return refused("isced.placeholder")
    if code not in isced_codes():
        return refused("isced.invalid")
    original = None if value in (code, ISCED_BASE + code) else value[:300]
    subject = Subject(code=code, uri=ISCED_BASE + code, original=original)
    return Taken(subject, "declared", ("isced.truncated",) if len(digits) > 4 else ())
