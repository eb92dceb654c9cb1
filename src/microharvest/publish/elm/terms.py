"""Values as LOQ writes them: URIs of authority tables, dateTimes with seconds, durations without weeks,
HTML of few elements. Pure.

Each function returns None for what LOQ cannot say, never a substitute.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from html import escape
from typing import Literal

import langcodes

from microharvest.map.vocabulary import concept_list, country_authority, rows, words
from microharvest.model.values import Concept

__all__ = [
    "Version", "country_uri", "currency_uri", "date_time", "eqf_uri", "framework_uri", "hours", "is_iri",
    "language_uri", "listed", "nqf_known", "whitelisted", "xs_duration",
]  # fmt: skip

Version = Literal["3.1", "3.3"]

_AUTHORITY = "http://publications.europa.eu/resource/authority/"
_SNB = "http://data.europa.eu/snb/"
_FRAMEWORKS = {"ECTS": "6fcec5c5af", "ECVET": "60b314e826"}
_SINCE_3_3 = frozenset({f"{_SNB}learning-assessment/c_3a90b26d"})
"""Concepts that the lists of 3.1 do not have, so that its schema refuses them."""
_TOO_NEW = frozenset({"SLE", "VED", "XCG", "ZWG"})
"""Currencies that the authority list of 2023 does not have."""

_NO_LANGUAGE = words(
    """
    AAV ALB ALV AQA AQL ARM AUF AWD AZC BAQ BIH BUR CBA CCN CCS CDC CDD CHI CPE CPF CPP CRP CSU CZE DMN DUT EGX EKC
    ESX EUQ FOX FRE GEO GER GFX GME GMQ GMW GRE GRK HBS HIM HMX HOK HYX ICE IIR ITC JPX KDO MAC MAO MAY MOL NGF OMQ
    OMV PER PLF POZ PQE PQW QWE RUM SCC SCR SDV SLO SQJ SYD TBQ TIB TRK TUW URJ WEL XGN XND XRQ ZHX ZLE ZLS ZLW
    """
)
"""Codes the authority list does not have: groups of languages, Serbo-Croatian, second codes, what was taken back."""
_PRIVATE = re.compile("Q[A-T][A-Z]")

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)(:\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?")
_NQF = re.compile(rf"{re.escape(_SNB)}qdr/[A-Za-z0-9_-]+")
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[^\s<>\"{}|\\^`%\x00-\x20\x7f-\xa0\ud800-\udfff]|%[0-9A-Fa-f]{2})+")
_WEEKS = re.compile(r"P(\d+)W")
_DURATION = re.compile(r"P(?=\d|T\d)(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")


def language_uri(tag: str) -> str | None:
    """BCP 47 -> the EU authority table `language`, which names languages by ISO 639-3; region and script go."""
    try:
        code = langcodes.Language.get(tag, normalize=False).to_alpha3().upper()
    except (LookupError, ValueError):
        return None
    unlisted = code == "UND" or code in _NO_LANGUAGE or _PRIVATE.fullmatch(code)
    return None if unlisted else f"{_AUTHORITY}language/{code}"


def country_uri(code: str) -> str | None:
    """ISO 3166-1 alpha-2 -> the EU authority table `country`."""
    known = country_authority().get(code)
    return known and f"{_AUTHORITY}country/{known}"


def currency_uri(code: str) -> str | None:
    """ISO 4217 -> the EU authority table `currency`."""
    return f"{_AUTHORITY}currency/{code}" if code and code not in _TOO_NEW else None


def listed(concepts: Iterable[Concept], name: str, version: Version) -> list[str]:
    """URIs of the published list that LOQ restricts a property to."""
    known = concept_list(name).by_uri
    newer = _SINCE_3_3 if version == "3.1" else frozenset()
    return [one.uri for one in concepts if one.uri is not None and one.uri in known and one.uri not in newer]


def nqf_known(uri: str, version: Version) -> bool:
    """Whether a URI is a level of the list of national frameworks; 3.1's is closed, later ones have grown."""
    return uri in _nqf_levels() or (version != "3.1" and _NQF.fullmatch(uri) is not None)


@cache
def _nqf_levels() -> frozenset[str]:
    return frozenset(f"{_SNB}qdr/{row['id']}" for row in rows("nqf"))


def is_iri(text: str) -> bool:
    """Whether a text can stand as an address in any form of RDF."""
    return _IRI.fullmatch(text) is not None


def whitelisted(text: str) -> str:
    """A description or note as QDR reads it: HTML of few elements. A text without signs of markup is itself."""
    if "<" not in text and "&" not in text:
        return text
    paragraphs = (escape(one, quote=False).replace("\n", "<br/>") for one in text.split("\n\n"))
    return "".join(f"<p>{one}</p>" for one in paragraphs)


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
