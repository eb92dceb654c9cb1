"""Titles, names and labels: one line without markup, a second pair of quotes or notes about the record.

What was taken off a title is told (`title.boilerplate`); the whole stands in the record's own bytes. A label that
stands for none ("NR", "n/a") is none; a title may be any word.
"""

from __future__ import annotations

import re

from microharvest.map.normalise.taken import Taken, refused, remembered
from microharvest.map.normalise.text import one_line, unquoted
from microharvest.map.vocabulary import fold, words

__all__ = ["label", "name", "title"]

_NONE = words(
    "nr|n.r.|na|n.a.|n/a|#n/a|none|null|nil|-|--|---|?|unknown|undefined|not applicable|not available|not specified|"
    "not known|to be determined|tba|tbc|tbd|unbekannt|keine angabe|keine angaben|k.a.|k. a.|inconnu|non renseigné|"
    "non communiqué|information non communiquée|indéterminé|indetermine|à déterminer|a determiner|hors périmètre|"
    "hors perimetre|sans objet|desconocido|no aplica|sconosciuto|non disponibile|onbekend|n.v.t.|ukjent|okänd|"
    "ikke oppgitt|ei tiedossa|nieznany|brak danych|desconhecido"
)
_NO_LEVEL = re.compile(r"sans niveau\b", re.IGNORECASE)
_NOTES = re.compile(
    r"\s*[(\[]\s*(?:fiche incomplète|archived|archiviert|archivé|draft|entwurf|brouillon|inactive|deprecated|"
    r"do not use|test record)\s*[)\]]\s*$",
    re.IGNORECASE,
)


def name(text: str) -> Taken[str]:
    """As `one_line`, without quotes around the whole."""
    return unquoted(one_line(text))


@remembered
def label(text: str, _hint: str | None = None) -> Taken[str]:
    """As `name`; a word for "none" is `value.placeholder`."""
    line = name(text)
    if line.value is not None and (fold(line.value) in _NONE or _NO_LEVEL.match(line.value)):
        return refused("value.placeholder")
    return line


def title(text: str) -> Taken[str]:
    """As `name`, without a note such as "(Fiche incomplète)" at its end."""
    line = name(text)
    if line.value is None:
        return line
    rest = _NOTES.sub("", line.value)
    if rest == line.value or not rest:
        return line
    return line._replace(value=rest, issues=(*line.issues, "title.boilerplate"))
