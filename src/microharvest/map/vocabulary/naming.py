"""Names of codes in English, for people who read a report. Pure."""

from __future__ import annotations

from functools import cache

from microharvest.map.vocabulary import country_codes, language_names

__all__ = ["country_name", "language_name"]


@cache
def _names(of: str) -> dict[str, str]:
    """Code -> English name: the first name each code has in the table."""
    table = language_names() if of == "languages" else country_codes()
    found: dict[str, str] = {}
    for name, code in table.items():
        if len(name) > 3:
            found.setdefault(code, name)
    return found


def language_name(tag: str) -> str:
    """`German` of `de` or `de-AT`; the tag where no table has a name."""
    return _names("languages").get(tag.partition("-")[0], tag).capitalize() if tag != "und" else "not stated"


def country_name(code: str) -> str:
    """`Austria` of `AT`; the code where no table has a name."""
    return _names("countries").get(code, code).title()
