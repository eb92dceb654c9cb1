"""What stands in a Kouta document: koulutus (an education), toteutus (one carrying out of it), oppilaitos (an
institution), whatever list or envelope they came in.

What stays true: contact data, editors and pictures are not taken over; nothing is told by a name alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

__all__ = ["Entity", "Kind", "entities_in", "organisations_of"]

Kind = Literal["koulutus", "toteutus", "oppilaitos", "hakukohde"]

_KIND_OF_OID: dict[str, Kind] = {"13": "koulutus", "17": "toteutus", "20": "hakukohde", "10": "oppilaitos"}
_ROOT = "1.2.246.562."
"""Every oid of the Finnish education administration begins so; the next number says what it names."""

_ENVELOPES = ("hits", "_source", "koulutus", "koulutukset", "toteutus", "toteutukset", "oppilaitos", "oppilaitokset")
DROPPED = frozenset(
    ("yhteystiedot", "yhteyshenkilot", "hakijapalveluidenYhteystiedot", "muokkaaja", "some", "teemakuva", "logo",
     "osoite", "sahkoposti", "puhelinnumero")
)  # fmt: skip
"""Contact data, who edited the entry, and pictures: not even kept as bytes (rule 12)."""
_NOISE = frozenset(("filters", "_index", "_id", "_score", "sort", "_shards"))
_DEPTH = 12
_CODED = re.compile(r"(.+)KoodiUrit?")
_CLASSIFIED = "koulutuskoodienAlatJaAsteet"
"""Holds nothing but codes, in every interface."""


class Entity(NamedTuple):
    """One object of the register; its oid is its key."""

    kind: Kind
    oid: str
    value: dict[str, Any]


def entities_in(value: Any) -> Iterator[Entity]:
    """Every object of a document, in document order: alone, in lists, in search answers and Elasticsearch's hits."""
    pending = [(value, 0)]
    while pending:
        member, depth = pending.pop()
        if isinstance(member, list):
            pending.extend((each, depth) for each in reversed(member))
        elif isinstance(member, dict) and depth < 6:
            found = _entity(member)
            if found is not None:
                yield found
                continue
            inside = [member[name] for name in _ENVELOPES if isinstance(member.get(name), dict | list)]
            pending.extend((each, depth + 1) for each in reversed(inside))


def _entity(value: dict[str, Any]) -> Entity | None:
    for name in ("oid", "hakukohdeOid"):
        oid = value.get(name)
        if isinstance(oid, str) and oid.startswith(_ROOT):
            kind = _KIND_OF_OID.get(oid[len(_ROOT) :].partition(".")[0])
            if kind is not None:
                return Entity(kind, oid, _kept(value, 0))
    return None


def _kept(value: Any, depth: int) -> Any:
    if isinstance(value, list):
        return [_kept(member, depth + 1) for member in value]
    if not isinstance(value, dict):
        return value
    if depth > _DEPTH:
        return None
    kept = {}
    for name, member in value.items():
        if name == _CLASSIFIED:
            kept[name] = member
        elif name not in DROPPED and name not in _NOISE:
            spelt, inner = _spelt_out(name, member)
            if spelt == name or not value.get(spelt):  # where both stand the objects say more
                kept[spelt] = kept.get(spelt) or _kept(inner, depth + 1)
    return kept


def _spelt_out(name: str, member: Any) -> tuple[str, Any]:
    """The register's own interface gives bare codes and oids (`xKoodiUri`, `tarjoajat`), its search gives objects."""
    bare = _CODED.fullmatch(name)
    if bare is not None and isinstance(member, str | list):
        codes = member if isinstance(member, list) else [member]
        return bare[1], [{"koodiUri": code} for code in codes if isinstance(code, str)]
    if name == "organisaatioOid" and isinstance(member, str):
        return "organisaatio", {"oid": member}
    if name == "tarjoajat" and isinstance(member, list):
        return name, [{"oid": each} if isinstance(each, str) else each for each in member]
    return name, member


def organisations_of(value: dict[str, Any]) -> set[str]:
    """The oids of the institutions an object names: owner, providers, institutions."""
    found: set[str] = set()
    for name in ("oppilaitokset", "organisaatiot"):
        found.update(oid for oid in _list(value.get(name)) if isinstance(oid, str))
    for owner in (value.get("organisaatio"), *_list(value.get("tarjoajat"))):
        if isinstance(owner, dict) and isinstance(owner.get("oid"), str):
            found.add(owner["oid"])
    return found


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
