"""The economic sectors of an offer in NACE Rev. 2.1, and how each is known. Pure, by tables.

What must stay true: what a source declares wins; what is derived says from what, and how far that can be trusted; two
bases that disagree are both shown, none is averaged; a default counts nothing; a word of a title alone never gives
more than `TITLE_WORD`; a basis that leads to more than `MOST` sections leads to none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from microharvest.map.vocabulary import NACE_BASE, nace_terms
from microharvest.map.vocabulary.sectors import Lead, isced_leads, isco_leads, section_of, sector_words, word_list
from microharvest.model.offer import Offer
from microharvest.model.values import Concept, LangMap, Sector, SectorBasis

__all__ = ["MOST", "SUBJECT_WORD", "TITLE_WORD", "is_nace", "sectors_of"]

TITLE_WORD, SUBJECT_WORD = 0.4, 0.3
"""A word is the weakest ground there is; a subject of the source's own list is often that of a whole faculty."""
MOST = 3
"""A course "for commerce, transport, tourism and crafts" says no sector."""
_TEXT = 300
"""Characters of a title that are read."""
_ISCO = re.compile(r"https?://data\.europa\.eu/esco/isco/C([0-9]{1,4})")
_ASIDE = re.compile(r"\([^()]*\)")
"""In brackets stand providers, runs and abbreviations: "(ASSOC CAMPUS FONDERIE DE L'IMAGE)" makes no steel."""
_NORWEGIAN = {"no": "nb", "nn": "nb"}
_ORDER: dict[SectorBasis, int] = {"declared": 0, "esco": 1, "isced": 2, "keyword": 3}
_Found = dict[str, tuple[float, str]]
"""Code -> (confidence, what leads there)."""


def sectors_of(offer: Offer, isco: Mapping[str, str] | None = None) -> tuple[Sector, ...]:
    """The sectors of an offer, best known first. `isco`: URI of an ESCO occupation -> its code ("7212.3")."""
    if offer.basis.get("sectors") != "default":
        declared = tuple(_declared(one) for one in offer.sectors if is_nace(one))
        if declared:
            return declared
    found: dict[SectorBasis, _Found] = {
        "esco": _by_occupation(offer, isco or {}),
        "isced": _by_field(offer),
        "keyword": _by_words(offer),
    }
    derived = [
        _sector(code, basis, confidence, because)
        for basis, codes in found.items()
        for code, (confidence, because) in _settled(codes).items()
    ]
    return tuple(sorted(derived, key=lambda one: (_ORDER[one.basis], -one.confidence, one.code)))


def is_nace(concept: Concept) -> bool:
    """Is it a section or division of NACE Rev. 2.1, and not a sector in the source's own words?"""
    return concept.code in nace_terms() and concept.uri == f"{NACE_BASE}{concept.code}"


def _by_occupation(offer: Offer, isco: Mapping[str, str]) -> _Found:
    found: _Found = {}
    if offer.basis.get("occupations") == "default":
        return found
    for one in offer.occupations:
        group = _ISCO.fullmatch(one.uri or "")
        code = group[1] if group else isco.get(one.uri or "", "")
        _follow(found, _nearest(isco_leads(), code), f"ISCO-08 {code.partition('.')[0]}")
    return found


def _by_field(offer: Offer) -> _Found:
    found: _Found = {}
    if offer.basis.get("isced_f") != "default":
        for one in offer.isced_f:
            _follow(found, _nearest(isced_leads(), one.code), f"ISCED-F {one.code}")
    return found


def _by_words(offer: Offer) -> _Found:
    """Titles, and what the source calls its subject; descriptions mention too much by the way."""
    found: _Found = {}
    for text in (offer.title, *offer.alt_title):
        _read(found, text, TITLE_WORD, "title")
    if offer.basis.get("subjects") != "default":
        for one in offer.subjects:
            _read(found, one.label, SUBJECT_WORD, "subject")
    return found


def _read(found: _Found, text: LangMap, confidence: float, where: str) -> None:
    known = sector_words()
    for language, words in text.items():
        tongue = language.partition("-")[0]
        table = known.get("" if tongue == "und" else _NORWEGIAN.get(tongue, tongue))
        if table is not None:
            for code, phrase in table.found(word_list(_ASIDE.sub(" ", words[:_TEXT]))).items():
                found.setdefault(code, (confidence, f"{where}: {phrase}"))


def _nearest(leads: Mapping[str, tuple[Lead, ...]], code: str) -> Iterable[Lead]:
    """The rows of a code, or of the nearest group above it."""
    while code and code not in leads:
        code = code[:-1]
    return leads.get(code, ())


def _follow(found: _Found, leads: Iterable[Lead], because: str) -> None:
    for lead in leads:
        if lead.confidence > found.get(lead.code, (0.0, ""))[0]:
            found[lead.code] = (lead.confidence, because)


def _settled(codes: _Found) -> _Found:
    """Nothing, where it leads everywhere; and no section whose division is there, too."""
    sections = {section_of(code) for code in codes}
    if len(sections) > MOST:
        return {}
    divided = {section_of(code) for code in codes if code not in sections}
    return {code: one for code, one in codes.items() if code not in divided}


def _declared(concept: Concept) -> Sector:
    code = concept.code or ""
    return Sector(
        uri=concept.uri or "",
        code=code,
        section=section_of(code),
        label=concept.label or {"en": nace_terms()[code].label},
        basis="declared",
        confidence=1.0,
    )


def _sector(code: str, basis: SectorBasis, confidence: float, because: str) -> Sector:
    term = nace_terms()[code]
    return Sector(
        uri=term.uri,
        code=code,
        section=section_of(code),
        label={"en": term.label},
        basis=basis,
        confidence=confidence,
        because=because,
    )
