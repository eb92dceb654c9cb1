"""The Research Organization Registry's dump: a JSON array, schema 2.0 and 2.1 (ror.readme.io, "Data structure")."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from microharvest.map.published.concept import Label, PublishedConcept, Unreadable
from microharvest.map.published.register import id_keys, name_key, site_key

__all__ = ["organisations"]

_ID = re.compile(r"https://ror\.org/0[a-z0-9]{8}")


class _Name(msgspec.Struct):
    value: str
    types: list[str]
    lang: str | None = None


class _Place(msgspec.Struct):
    country_code: str | None = None


class _Location(msgspec.Struct):
    geonames_details: _Place | None = None


class _Link(msgspec.Struct):
    value: str
    type: str = ""


class _Organisation(msgspec.Struct):
    id: str
    names: list[_Name]
    status: str
    locations: list[_Location] = []
    types: list[str] = []
    links: list[_Link] = []
    domains: list[str] = []


_decoder = msgspec.json.Decoder(list[_Organisation])


def organisations(content: bytes, _language: str | None) -> Iterator[PublishedConcept]:
    """Organisations with their names by language (`und` where none is given), country and status."""
    try:
        found = _decoder.decode(content)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unreadable(f"It is no dump of schema 2 ({error}).") from None
    for one in found:
        if not _ID.fullmatch(one.id):
            raise Unreadable(f"{one.id[:80]!r} is no ROR id.")
        country = next((place.geonames_details.country_code for place in one.locations if place.geonames_details), None)
        yield PublishedConcept(
            one.id, " ".join(one.types), one.id.rpartition("/")[2], one.status, country or "", _labels(one.names),
            _keys(one, country or ""),
        )  # fmt: skip


def _keys(one: _Organisation, country: str) -> tuple[str, ...]:
    keys = [*id_keys("ror", one.id)]
    for address in (*(link.value for link in one.links if link.type in {"", "website"}), *one.domains):
        keys += site_key(address)
    for name in one.names:
        keys += name_key(country, name.value) if name.types != ["acronym"] else ()
    return tuple(dict.fromkeys(keys))


def _labels(names: list[_Name]) -> tuple[Label, ...]:
    """The displayed name first; a second name of a language is one of its others."""
    by_language: dict[str, list[str]] = {}
    for name in sorted(names, key=lambda each: ("ror_display" not in each.types, "label" not in each.types)):
        by_language.setdefault(name.lang or "und", []).append(name.value)
    return tuple(Label(language, several[0], tuple(several[1:])) for language, several in by_language.items())
