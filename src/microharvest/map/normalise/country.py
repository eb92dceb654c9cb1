"""Countries: ISO 3166-1 alpha-2 from codes, EU authority URIs, subdivision codes and names; Kosovo is XK."""

from __future__ import annotations

import re

from microharvest.map.normalise.taken import SHORT, Taken, refused, remembered
from microharvest.map.vocabulary import country_codes, fold, nuts_countries

__all__ = ["country"]

_AUTHORITY = re.compile(r"https?://publications\.europa\.eu/resource/authority/country/([A-Z0-9_]{3,12})")
# Whatever edition of NUTS a URI is from, it begins with its country; a code alone must be in the table.
_NUTS = re.compile(r"https?://data\.europa\.eu/nuts/code/([A-Z]{2})[0-9A-Z]{0,3}")
_SUBDIVISION = re.compile(r"([A-Z]{2})-[A-Z0-9]{1,3}")


@remembered
def country(value: str, hint: str | None = None) -> Taken[str]:
    """Alpha-2 code. `hint`: the concept's URI. "DE-BW" and NUTS "DE21H" give DE, derived; others are refused."""
    value = value.strip()
    if len(value) > SHORT:
        return refused("country.unknown")
    for said in filter(None, (hint, value)):
        authority = _AUTHORITY.fullmatch(said)
        code = country_codes().get(fold(authority[1] if authority else said))
        if code is not None:
            return Taken(code, "declared" if said.upper() == code else "mapped")
    nuts = _NUTS.fullmatch(value)
    region = country_codes().get(nuts[1].casefold()) if nuts else nuts_countries().get(value)
    if region is not None:
        return Taken(region, "derived")
    part = _SUBDIVISION.fullmatch(value)
    code = country_codes().get(part[1].casefold()) if part else None
    return Taken(code, "derived") if code else refused("country.unknown")
