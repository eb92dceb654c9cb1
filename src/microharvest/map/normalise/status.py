"""Status of an offer or instance: the EU list's four words where the source's word is known, else its own word."""

from __future__ import annotations

import re

from microharvest.map.normalise.taken import SHORT, Taken, refused, remembered
from microharvest.map.vocabulary import fold

__all__ = ["status"]

_URI = re.compile(r"https?://data\.europa\.eu/snb/status/([a-z-]+)")
_WORDS = {
    "released": "released|published|publish|active|julkaistu|veröffentlicht|publié|publicado|pubblicato|publisert|"
    "publicerad|gepubliceerd|approved|actief|aktiv|actif|activo|attivo",
    "obsolete": "obsolete|archived|withdrawn|deprecated|arkistoitu|archiviert|archivé|arkivert|retired|deceased",
    "to-be-reviewed": "to-be-reviewed|to be reviewed|draft|tallennettu|entwurf|brouillon|pending|utkast|concept",
    "not-published-anymore": "not-published-anymore|not published anymore|unpublished|inactive|poistettu|deleted",
    "cancelled": "cancelled|canceled|eventcancelled|abgesagt|annulé|cancelado|annullato|avlyst|inställt|peruttu|"
    "geannuleerd",
}
_STATUS = {word: name for name, words in _WORDS.items() for word in words.split("|")}


@remembered
def status(value: str, hint: str | None = None) -> Taken[str]:
    """One of released, obsolete, to-be-reviewed, not-published-anymore, cancelled; otherwise `concept.unresolved`.

    `hint`: the concept's URI.
    """
    for said in filter(None, (hint, value.strip())):
        uri = _URI.fullmatch(said)
        if uri is not None and uri[1] in _WORDS:
            return Taken(uri[1])
    word = fold(value.rpartition("/")[2] if value.startswith("http") else value)
    if len(word) <= SHORT and word in _STATUS:
        return Taken(_STATUS[word], "declared" if word == _STATUS[word] else "mapped")
    return refused("concept.unresolved")
