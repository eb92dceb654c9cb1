"""What an operator types for a field, as the field's JSON: read like a source's own words, by the same normalisers.

JSON is taken as it is, if it fits the field. Anything else goes the way of a feed's text: a value that would be an
issue there is refused here. Pure.
"""

from __future__ import annotations

import re

import msgspec

from microharvest.errors import ConfigError
from microharvest.kit.draft import FIELDS, Draft
from microharvest.link.standing import field_value
from microharvest.map.apply import Defaults, apply_draft
from microharvest.model.issue import ISSUE_CODES
from microharvest.model.offer import OFFER_FIELDS, Offer

__all__ = ["read_value"]

_SAID_AS = {
    "identifiers": "identifier",
    "workload_hours": "workload",
    "subjects": "subject",
    "modes": "mode",
    "prices": "price",
}
"""Fields of an offer that a source's statement calls otherwise."""

_IN_LANGUAGES = frozenset({"title", "alt_title", "description", "entry_requirement", "grants"})
_NUMBER = re.compile(r"^\d+([.,]\d+)?$")
_LANGUAGE = re.compile(r"^([a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\s*[=:]\s*(.+)$", re.DOTALL)
_encoder = msgspec.json.Encoder(decimal_format="number", order="deterministic")


def read_value(field: str, text: str) -> bytes:
    """The JSON of a field's value; `null` for the word null. Texts may name their language: `en=Welding`.

    Raises ConfigError decision.invalid: no such field, or what is wrong with the value.
    """
    if field not in OFFER_FIELDS:
        raise ConfigError(
            "decision.invalid", f"An entry has no field {field!r}: name one of {', '.join(OFFER_FIELDS)}."
        )
    if text.strip() == "null":
        return b"null"
    if text.lstrip().startswith(("{", "[")):
        return _json(field, text.encode(errors="replace"))
    return _said(field, text.strip().strip('"'))


def _json(field: str, text: bytes) -> bytes:
    try:
        return _encoder.encode(field_value(field, text))
    except msgspec.DecodeError as error:
        raise ConfigError("decision.invalid", f"The value does not fit {field}: {error}.") from None


def _said(field: str, text: str) -> bytes:
    word = _SAID_AS.get(field, field)
    if word not in FIELDS:
        raise ConfigError("decision.invalid", f"{field} has parts: write its value as JSON.")
    language, value = None, text
    if field in _IN_LANGUAGES:
        found = _LANGUAGE.match(text)
        if found is None:
            raise ConfigError("decision.invalid", f'A text has a language: write "en={text[:80]}".')
        language, value = found[1], found[2]
    if field == "workload_hours" and _NUMBER.match(value.strip()):
        word = "hours"
    if field == "credits" and _NUMBER.match(value.strip()):
        raise ConfigError("decision.invalid", f'Credits have a unit: write "{value.strip()} ECTS".')
    draft = Draft()
    draft.say(word, value, lang=language)
    mapped = apply_draft(draft, Defaults())
    issues = [one for one in mapped.issues if one.code != "record.no_title" or field == "title"]
    if issues:
        raise ConfigError("decision.invalid", f"{text[:200]!r} is no {field}: {ISSUE_CODES[issues[0].code]}")
    given = getattr(mapped.offer, field)
    if given == getattr(Offer(), field):
        raise ConfigError("decision.invalid", f"{text[:200]!r} says nothing of {field}: write its value as JSON.")
    return _encoder.encode(given)
