"""Tables of published codes and the words people write for them, read from this folder once, when first needed.

A word or code belongs to one value only: a table in which it led to two would be a guess, so loading fails
(`ValueError`) and a test reads them all. Origins, versions and licences stand in `SOURCES.md`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import TypeVar

import msgspec

__all__ = [
    "ConceptList",
    "Term",
    "concept_list",
    "country_authority",
    "country_codes",
    "fold",
    "isced_codes",
    "language_names",
    "nace_terms",
    "nuts_countries",
    "rows",
    "words",
]


_Value = TypeVar("_Value")


class Term(msgspec.Struct, frozen=True):
    """One concept of a published list: its URI, our short code for it, its English label."""

    uri: str
    code: str
    label: str


class ConceptList(msgspec.Struct, frozen=True):
    """A published list: `by_uri` by URI (http form), `by_word` by folded code, label or synonym."""

    base: str
    by_uri: Mapping[str, Term]
    by_word: Mapping[str, Term]


_BASES = {
    "modes": "http://data.europa.eu/snb/learning-assessment/",
    "schedules": "http://data.europa.eu/snb/learning-schedule/",
    "assessments": "http://data.europa.eu/snb/assessment/",
    "accreditations": "http://data.europa.eu/snb/accreditation/",
    "credential_types": "http://data.europa.eu/snb/learning-opportunity/",
    "target_groups": "http://data.europa.eu/snb/target-group/",
    "activities": "http://data.europa.eu/snb/learning-activity/",
    "settings": "http://data.europa.eu/snb/learning-setting/",
    "entitlements": "http://data.europa.eu/snb/entitlement/",
    "entitlement_statuses": "http://data.europa.eu/snb/entitlement-status/",
    "skill_types": "http://data.europa.eu/snb/skill-type/",
    "skill_reuse_levels": "http://data.europa.eu/snb/skill-reuse-level/",
    "supervision": "http://data.europa.eu/snb/supervision-verification/",
}
NACE_BASE = "http://data.europa.eu/ux2/nace2.1/"


def fold(word: str) -> str:
    """What words are compared by: case, outer white space and runs of white space do not count."""
    return " ".join(word.casefold().split())


def words(text: str) -> frozenset[str]:
    """The words of a text: parted by `|` if there is one in it, otherwise by white space."""
    return frozenset(text.split("|") if "|" in text else text.split())


@cache
def concept_list(name: str) -> ConceptList:
    """The list of that name, one of `_BASES`: the file beside this one, and where its URIs begin."""
    base = _BASES[name]
    by_uri: dict[str, Term] = {}
    by_word: dict[str, Term] = {}
    for row in rows(name):
        term = Term(base + row["id"], row["code"], row["label"])
        by_uri[term.uri] = term
        for word in (row["code"], row["label"], *row["synonyms"].split("|")):
            _enter(by_word, word, term)
    return ConceptList(base, by_uri, by_word)


@cache
def country_codes() -> Mapping[str, str]:
    """Folded alpha-2, alpha-3, EU authority code or name -> ISO 3166-1 alpha-2 (XK for Kosovo)."""
    found: dict[str, str] = {}
    for row in rows("countries"):
        for word in (row["alpha2"], row["alpha3"], *row["names"].split("|")):
            _enter(found, word, row["alpha2"])
    return found


@cache
def country_authority() -> Mapping[str, str]:
    """ISO 3166-1 alpha-2 -> code of the EU authority table `country`: alpha-3, but for Kosovo and the French Southern
    Territories."""
    own = {"XK": "1A0", "TF": "FQ0"}
    return {row["alpha2"]: own.get(row["alpha2"], row["alpha3"]) for row in rows("countries")}


@cache
def language_names() -> Mapping[str, str]:
    """Folded name of a language in one of some twelve languages -> BCP 47 tag."""
    found: dict[str, str] = {}
    for row in rows("languages"):
        for word in row["names"].split("|"):
            _enter(found, word, row["tag"])
    return found


@cache
def isced_codes() -> frozenset[str]:
    """All codes of ISCED-F 2013 of two, three and four digits, without the placeholders 99, 999, 9999 and 0099."""
    return frozenset(row["code"] for row in rows("isced_f"))


@cache
def nuts_countries() -> Mapping[str, str]:
    """NUTS code of level 1 to 3 ("DE21H") -> ISO 3166-1 alpha-2; NUTS writes EL and UK for GR and GB."""
    iso = {"EL": "GR", "UK": "GB"}
    return {
        row["country"] + rest: iso.get(row["country"], row["country"])
        for row in rows("nuts")
        for rest in row["codes"].split()
    }


@cache
def nace_terms() -> Mapping[str, Term]:
    """Section or division of NACE Rev. 2.1 ("K", "62") -> its term."""
    return {row["code"]: Term(NACE_BASE + row["code"], row["code"], row["label"]) for row in rows("nace")}


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of a table by its name."""
    text = files(__name__).joinpath(f"{name}.csv").read_text("utf-8")
    yield from csv.DictReader(text.splitlines())


def _enter(table: dict[str, _Value], word: str, value: _Value) -> None:
    key = fold(word)
    if key and table.setdefault(key, value) != value:
        raise ValueError(f"{word!r} leads to {table[key]!r} and to {value!r}")
