"""Economic sectors in NACE Rev. 2.1, from its URIs and from codes that say they are NACE Rev. 2.1.

A bare "62" may be NAICS, and the letters of Rev. 2 mean other sections: such codes stay labels.
"""

from __future__ import annotations

import re

from microharvest.map.normalise.taken import SHORT, Taken, refused, remembered
from microharvest.map.vocabulary import NACE_BASE, Term, nace_terms

__all__ = ["sector"]

_URI = re.compile(re.escape(NACE_BASE).replace("http", "https?", 1) + r"([A-V]|[0-9]{2,4})")
_CODE = re.compile(
    r"(?:NACE\s*(?:Rev\.?\s*)?2\.1\s*[:\s-]\s*)?(?:[A-V](?=[0-9]))?([A-V]|[0-9]{2})(?:\.?[0-9]{1,2})?(?:\s.*)?", re.S
)
_SAYS = re.compile(r"NACE\s*(?:Rev\.?\s*)?2\.1", re.IGNORECASE)


@remembered
def sector(value: str, hint: str | None = None) -> Taken[Term]:
    """Section or division; groups and classes are read as their division. `hint`: scheme or URI beside the value."""
    value = value.strip()
    if len(value) > SHORT:
        return refused()
    for said in filter(None, (hint, value)):
        uri = _URI.fullmatch(said)
        if uri is not None:
            return _term(uri[1], "declared")
    if not _SAYS.search(f"{hint or ''} {value}"):
        return refused()
    code = _CODE.fullmatch(value)
    return _term(code[1], "mapped") if code else refused()


def _term(code: str, basis: str) -> Taken[Term]:
    term = nace_terms().get(code[:2])
    return Taken(term, "declared" if basis == "declared" and term and term.code == code else "mapped")
