"""Values as LOQ writes them: URIs of authority tables, dateTimes with seconds, durations without weeks. Pure.

Each function returns None for what LOQ cannot say, never a substitute.
"""

from __future__ import annotations

import re
from decimal import Decimal

import langcodes

from microharvest.map.vocabulary import country_authority

__all__ = [
    "country_uri",
    "currency_uri",
    "date_time",
    "eqf_uri",
    "framework_uri",
    "hours",
    "language_uri",
    "xs_duration",
]

_AUTHORITY = "http://publications.europa.eu/resource/authority/"
_SNB = "http://data.europa.eu/snb/"
_FRAMEWORKS = {"ECTS": "6fcec5c5af", "ECVET": "60b314e826"}

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?")
_WEEKS = re.compile(r"P(\d+)W")
_DURATION = re.compile(r"P(?=\d|T\d)(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")


def language_uri(tag: str) -> str | None:
    """BCP 47 -> the EU authority table `language`, which names languages by ISO 639-3; region and script go."""
    try:
        code = langcodes.Language.get(tag, normalize=False).to_alpha3()
    except (LookupError, ValueError):
        return None
    return None if code == "und" else f"{_AUTHORITY}language/{code.upper()}"


def country_uri(code: str) -> str | None:
    """ISO 3166-1 alpha-2 -> the EU authority table `country`."""
    known = country_authority().get(code)
    return known and f"{_AUTHORITY}country/{known}"


def currency_uri(code: str) -> str:
    """ISO 4217 -> the EU authority table `currency`."""
    return f"{_AUTHORITY}currency/{code}"


def eqf_uri(level: int) -> str:
    """EQF level 1 to 8 as a concept."""
    return f"{_SNB}eqf/{level}"


def framework_uri(framework: str) -> str | None:
    """A credit framework of the Europass list of credit systems; it has two."""
    known = _FRAMEWORKS.get(framework)
    return known and f"{_SNB}education-credit/{known}"


def date_time(moment: str) -> str | None:
    """xs:dateTime with seconds, as QDR asks; a month or a year alone is no dateTime."""
    if _DATE.fullmatch(moment):
        return f"{moment}T00:00:00"
    found = _TIME.fullmatch(moment)
    return f"{found[1]}{found[2] or ':00'}{found[3] or ''}" if found else None


def xs_duration(duration: str) -> str | None:
    """xs:duration has no weeks: two of them are fourteen days."""
    weeks = _WEEKS.fullmatch(duration)
    if weeks:
        return f"P{int(weeks[1]) * 7}D"
    return duration if _DURATION.fullmatch(duration) else None


def hours(amount: Decimal) -> str | None:
    """Hours as xs:duration in hours and minutes; fractions of a minute are no workload."""
    minutes = amount * 60
    if minutes != minutes.to_integral_value() or minutes <= 0:
        return None
    whole, rest = divmod(int(minutes), 60)
    return "PT" + (f"{whole}H" if whole else "") + (f"{rest}M" if rest else "")
