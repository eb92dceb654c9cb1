"""The golden record: what several sources say of one offer, put together field by field. Pure.

It lies in the model because link stores it and publish computes it again from the sources that may be shown. What
must stay true: the result depends on the set of contributions alone, never on their order; a default never beats
a declared value; every value is some source's own or a person's decision, and what lost is kept beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from microharvest.model.decision import Decided
from microharvest.model.offer import OFFER_FIELDS, Offer
from microharvest.model.values import Basis
from microharvest.settings import Authority, MergeSettings

__all__ = ["TEXTS", "UNITED", "Contribution", "golden", "lasting", "sources_used"]

TEXTS = frozenset({"title", "description", "entry_requirement"})
"""Texts by language: each language from the best source that has it."""

UNITED = frozenset(
    {"alt_title", "identifiers", "homepage", "subjects", "languages", "modes", "assessment", "quality_assurance"}
    | {"skills", "occupations", "sectors", "target_group", "part_of", "has_part", "grants", "accessibility"}
    | {"activities", "entitlements"}
    | {"instances"}
)
"""Sets: everything any source says, the best source's first, equal members once. All other fields have one winner:
two credit numbers or two prices of one offer would contradict each other."""

_EMPTY = Offer()
_ABSENT = msgspec.structs.astuple(_EMPTY)


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """One accepted record of a cluster: `version` its head, `at` when that was landed (ISO 8601 UTC)."""

    source: str
    native_id: str
    version: int
    at: str
    authority: Authority
    offer: Offer


def golden(
    members: Sequence[Contribution], merge: MergeSettings, decided: Mapping[str, Decided] | None = None
) -> tuple[Offer, dict[str, dict[str, Any]]]:
    """The golden offer, and for each of its fields where the value comes from.

    `decided`: values people gave to fields; they win. Their provenance is `decision` (its number), `at`, the rule
    `decision` and `losing`; it names no source, because no source says it.

    Provenance of a field: `source, native_id, version, at, rule` of the best contribution; `losing`, the other
    sources' values that differ; `languages` ({tag: [source, native_id]}) for texts; `with`, the others that added to
    a set. Rules: `only`, `same`, `precedence`, `languages`, `union`, `decision`.
    """
    values: dict[str, Any] = {}
    provenance: dict[str, dict[str, Any]] = {}
    basis: dict[str, Basis] = {}
    # sorted() is stable, so the least important comes first
    members = sorted(members, key=lambda m: (m.source.encode(), m.native_id.encode()))
    members.sort(key=lambda m: m.at, reverse=True)
    filled = _filled(members)
    for field in OFFER_FIELDS if decided else (field for field in OFFER_FIELDS if field in filled):
        ranked = _ranked(field, filled.get(field, []), merge)
        if decided and field in decided:
            values[field], provenance[field] = _decided(field, ranked, decided[field])
            continue
        if not ranked:
            continue
        values[field], provenance[field] = _rule_of(field)(field, ranked)
        places = ranked[0].offer.basis.items()
        basis |= {place: known for place, known in places if place.partition(".")[0] == field}
    return Offer(**values, basis=basis), provenance


def sources_used(provenance: dict[str, dict[str, Any]]) -> set[str]:
    """Every source of which any value, also a losing one, stands in a golden record."""
    used = set()
    for entry in provenance.values():
        used.update([entry["source"]] if "source" in entry else [])
        used.update(source for source, _ in entry.get("languages", {}).values())
        used.update(source for source, _ in entry.get("with", ()))
        used.update(loser["source"] for loser in entry.get("losing", ()))
    return used


def lasting(provenance: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Provenance without what changes whenever a source says the same in other bytes: version and time."""
    return {
        field: {key: value for key, value in entry.items() if key not in {"version", "at"}}
        for field, entry in provenance.items()
    }


def _filled(members: Sequence[Contribution]) -> dict[str, list[Contribution]]:
    """The members that fill each field, in their order."""
    found: dict[str, list[Contribution]] = {}
    for member in members:
        for field, value, absent in zip(OFFER_FIELDS, msgspec.structs.astuple(member.offer), _ABSENT, strict=False):
            if value != absent:
                found.setdefault(field, []).append(member)
    return found


def _ranked(field: str, filled: list[Contribution], merge: MergeSettings) -> list[Contribution]:
    """The members that fill the field, best first; defaults only where nobody knows better."""
    if len(filled) < 2:
        return filled
    order = merge.order(field)
    known = [member for member in filled if member.offer.basis.get(field) != "default"]
    return sorted(known or filled, key=lambda m: (order.index(m.authority), -_completeness(getattr(m.offer, field))))


def _completeness(value: Any) -> int:
    """How many parts a value has: languages of a text, members of a set, filled fields of an organisation."""
    if isinstance(value, dict | tuple):
        return len(value)
    if isinstance(value, msgspec.Struct):
        return sum(1 for part in msgspec.structs.astuple(value) if part)
    return 1


def _rule_of(field: str) -> Callable[[str, list[Contribution]], tuple[Any, dict[str, Any]]]:
    if field in TEXTS:
        return _texts
    return _united if field in UNITED else _one


def _origin(best: Contribution, rule: str) -> dict[str, Any]:
    return {
        "source": best.source,
        "native_id": best.native_id,
        "version": best.version,
        "at": best.at,
        "rule": rule,
    }


def _loser(member: Contribution, value: Any) -> dict[str, Any]:
    return {"source": member.source, "native_id": member.native_id, "value": value}


def _decided(field: str, ranked: list[Contribution], decided: Decided) -> tuple[Any, dict[str, Any]]:
    value = getattr(_EMPTY, field) if decided.value is None else decided.value
    origin = {"decision": decided.decision, "at": decided.at, "rule": "decision"}
    losing = [_loser(member, getattr(member.offer, field)) for member in ranked]
    losing = [loser for loser in losing if loser["value"] != value]
    return value, origin | {"losing": losing} if losing else origin


def _one(field: str, ranked: list[Contribution]) -> tuple[Any, dict[str, Any]]:
    best = getattr(ranked[0].offer, field)
    losing = [
        _loser(member, getattr(member.offer, field)) for member in ranked[1:] if getattr(member.offer, field) != best
    ]
    rule = "precedence" if losing else "only" if len(ranked) == 1 else "same"
    origin = _origin(ranked[0], rule)
    return best, origin | {"losing": losing} if losing else origin


def _texts(field: str, ranked: list[Contribution]) -> tuple[Any, dict[str, Any]]:
    text: dict[str, str] = {}
    languages: dict[str, list[str]] = {}
    losing = []
    for member in ranked:
        own: dict[str, str] = getattr(member.offer, field)
        for language in sorted(own):
            if language == "und" and own[language] in text.values():
                continue
            if language not in text:
                text[language] = own[language]
                languages[language] = [member.source, member.native_id]
            elif text[language] != own[language]:
                losing.append(_loser(member, {language: own[language]}))
    if "und" in text and len(text) > 1 and text["und"] in [text[tag] for tag in text if tag != "und"]:
        del text["und"], languages["und"]
    origin = _origin(ranked[0], "only" if len(ranked) == 1 else "languages") | {"languages": languages}
    return text, origin | {"losing": losing} if losing else origin


def _united(field: str, ranked: list[Contribution]) -> tuple[Any, dict[str, Any]]:
    parts: list[Any] = []
    seen: set[bytes] = set()
    others: list[list[str]] = []
    for member in ranked:
        added = False
        for part in getattr(member.offer, field):
            key = _key(part)
            if key not in seen:
                seen.add(key)
                parts.append(part)
                added = True
        if added and member is not ranked[0]:
            others.append([member.source, member.native_id])
    origin = _origin(ranked[0], "only" if len(ranked) == 1 else "union")
    return tuple(parts), origin | {"with": others} if others else origin


_encoder = msgspec.json.Encoder(decimal_format="number", order="deterministic")


def _key(part: Any) -> bytes:
    """Two concepts with one URI are one, whatever their labels; anything else is compared whole."""
    uri = getattr(part, "uri", None)
    return uri.encode() if isinstance(uri, str) else _encoder.encode(part)
