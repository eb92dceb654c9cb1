"""Coded values: concepts of the published lists, from their URIs, codes, labels and common words for them.

What resolves to nothing keeps its label with `uri=None` and an issue: matching may use it, scores and exports of URIs
may not. Fields without a list of their own (skills, occupations, sectors, national levels) keep the source's URI.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from microharvest.map.normalise.taken import SHORT, Taken, remembered
from microharvest.map.vocabulary import Term, concept_list, fold

__all__ = ["ESCO", "find_term", "open_uri"]

ESCO = re.compile(r"https?://data\.europa\.eu/esco/(?:skill|occupation|isced-f|isco|skill-group)/[A-Za-z0-9.-]+")
_HTTP = re.compile(r"https?://[^\s<>\"\x00-\x20\x7f-\x9f\ud800-\udfff]+\.[^\s<>\"\x00-\x20\x7f-\x9f\ud800-\udfff]+")
_EDGES = " .;:,*\u00a0\"'“”„‟«»‘’"


def find_term(name: str, value: str, uri: str | None) -> Taken[Term]:
    """The term of list `name` (see `vocabulary.concept_list`) that a URI or a word names; no value if none does.

    Basis: declared for its own URI, mapped for a word.
    """
    return _LISTS[name](value, uri)


def open_uri(value: str, uri: str | None) -> str | None:
    """The http(s) URI a source gives for a concept, beside its label or as the value itself."""
    for said in (uri, value):
        if said and said.startswith("http") and len(said) <= 500 and _HTTP.fullmatch(said):
            return "http" + said[5:] if said.startswith("https://data.europa.eu/") else said
    return None


def _find_in(name: str, value: str, uri: str | None) -> Taken[Term]:
    listed = concept_list(name)
    for said in filter(None, (uri, value.strip())):
        term = listed.by_uri.get("http" + said[5:] if said.startswith("https:") else said)
        if term is not None:
            return Taken(term, "declared")
    if len(value) > SHORT:
        return Taken(None)
    term = listed.by_word.get(fold(value.strip(_EDGES))) or listed.by_word.get(fold(value.replace("_", " ")))
    return Taken(term, "mapped")


def _finder(name: str) -> Callable[[str, str | None], Taken[Term]]:
    return remembered(lambda value, uri: _find_in(name, value, uri))


_LISTS = {
    name: _finder(name)
    for name in (
        "modes",
        "schedules",
        "assessments",
        "accreditations",
        "credential_types",
        "target_groups",
        "activities",
        "settings",
        "entitlements",
        "entitlement_statuses",
        "skill_types",
        "skill_reuse_levels",
        "supervision",
    )
}
