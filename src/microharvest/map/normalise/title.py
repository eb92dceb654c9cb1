"""Titles and names of organisations: one line without markup, a second pair of quotes or notes about the record.

What was taken off a title is told (`title.boilerplate`); the whole stands in the record's own bytes.
"""

from __future__ import annotations

import re

from microharvest.map.normalise.taken import Taken
from microharvest.map.normalise.text import one_line

__all__ = ["name", "title"]

_QUOTED = re.compile(r'"([^"]+)"')  # some exports quote a cell twice
_NOTES = re.compile(
    r"\s*[(\[]\s*(?:fiche incomplète|archived|archiviert|archivé|draft|entwurf|brouillon|inactive|deprecated|"
    r"do not use|test record)\s*[)\]]\s*$",
    re.IGNORECASE,
)


def name(text: str) -> Taken[str]:
    """As `one_line`, without quotes around the whole."""
    line = one_line(text)
    quoted = _QUOTED.fullmatch(line.value) if line.value else None
    return line if quoted is None else line._replace(value=quoted[1].strip() or None)


def title(text: str) -> Taken[str]:
    """As `name`, without a note such as "(Fiche incomplète)" at its end."""
    line = name(text)
    if line.value is None:
        return line
    rest = _NOTES.sub("", line.value)
    if rest == line.value or not rest:
        return line
    return line._replace(value=rest, issues=(*line.issues, "title.boilerplate"))
