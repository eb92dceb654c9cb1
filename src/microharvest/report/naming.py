"""Names for codes in reports: countries, languages and sectors; what is not known is called so."""

from __future__ import annotations

from functools import cache

from microharvest.map.vocabulary import country_codes, language_names, nace_terms

__all__ = ["country_name", "language_name", "section_name"]


def country_name(code: str) -> str:
    """The English name; the code itself where the table has none."""
    return _names("countries").get(code, code).title() if code else "country not known"


def language_name(tag: str) -> str:
    """The English name of `de` or `de-AT`; the tag itself where the table has none."""
    name = _names("languages").get(tag.partition("-")[0])
    return "not stated" if tag == "und" else tag if name is None else name.title()


def section_name(code: str) -> str:
    """A section or division of NACE with its code."""
    return f"{code} {nace_terms()[code].label}" if code else "sector not known"


@cache
def _names(of: str) -> dict[str, str]:
    """The first name each code has in the table."""
    found: dict[str, str] = {}
    for name, code in (language_names() if of == "languages" else country_codes()).items():
        if len(name) > 3:
            found.setdefault(code, name)
    return found
