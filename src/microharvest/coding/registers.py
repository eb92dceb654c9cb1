"""Organisations of an offer in the registers that were imported. Pure.

What must stay true: the surest ground decides, a declared id before a web domain before a name within the country; two
entries on one ground, or a domain and a name that lead to different entries, are no match.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from microharvest.coding.known import AGENCIES, REGISTERS, REPORTS, Entry, Known, agency_keys, body_keys
from microharvest.model.issue import Issue
from microharvest.model.offer import Offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import QualityAssurance, Registration

__all__ = ["code_organisations"]

Ground = Literal["id", "domain", "name"]


def code_organisations(offer: Offer, known: Known, issues: list[Issue]) -> Offer:
    """The offer whose bodies and agencies know their entries; `issues` gets ids that no register has."""
    provider = offer.provider and _body("provider", offer.provider, offer.country, known, issues)
    awarding = tuple(_body("awarding_body", one, offer.country, known, issues) for one in offer.awarding_body)
    assurance = tuple(_assured(one, known) for one in offer.quality_assurance)
    return msgspec.structs.replace(offer, provider=provider, awarding_body=awarding, quality_assurance=assurance)


def _body(field: str, body: Organisation, country: str | None, known: Known, issues: list[Issue]) -> Organisation:
    keys = body_keys(body, country)
    found: list[Registration] = []
    for register in REGISTERS:
        by_key = known.entries.get(register)
        if by_key is None:
            continue
        issues += [
            Issue(code="identifier.unresolved", field=field, value=key[:200])
            for key in keys.get("id", ())
            if key.startswith(f"{register}:") and key not in by_key
        ]
        matched = _matched(keys, by_key)
        if matched is None:
            continue
        basis, entry = matched
        found.append(Registration(register=register, uri=entry.uri, basis=basis, edition=entry.edition))
        report = known.reports.get(entry.uri)
        if report is not None:
            found.append(_dated(REPORTS, report, basis))
    return msgspec.structs.replace(body, registrations=tuple(found)) if found else body


def _matched(keys: Mapping[str, Sequence[str]], by_key: Mapping[str, tuple[Entry, ...]]) -> tuple[Ground, Entry] | None:
    by_id = {entry.uri: entry for key in keys.get("id", ()) for entry in by_key.get(key, ())}
    if by_id:
        return ("id", next(iter(by_id.values()))) if len(by_id) == 1 else None
    nearest = next((key for key in keys.get("domain", ()) if key in by_key), "")
    by_domain = {entry.uri: entry for entry in by_key.get(nearest, ()) if entry.live}
    by_name = {entry.uri: entry for key in keys.get("name", ()) for entry in by_key.get(key, ()) if entry.live}
    ground: Ground = "domain" if by_domain else "name"
    agreed = {uri: entry for uri, entry in by_domain.items() if uri in by_name} if by_domain and by_name else None
    found = (by_domain or by_name) if agreed is None else agreed
    return (ground, next(iter(found.values()))) if len(found) == 1 else None


def _assured(assurance: QualityAssurance, known: Known) -> QualityAssurance:
    by_key = known.entries.get(AGENCIES, {})
    found = {entry.uri: entry for key in agency_keys(assurance) for entry in by_key.get(key, ())}
    if len(found) != 1:
        return assurance
    _, entry = found.popitem()
    return msgspec.structs.replace(assurance, registered=_dated(AGENCIES, entry, "name"))


def _dated(register: str, entry: Entry, basis: Ground) -> Registration:
    return Registration(
        register=register,
        uri=entry.uri,
        basis=basis,
        edition=entry.edition,
        valid_from=entry.valid_from or None,
        valid_to=entry.valid_to or None,
        agency=entry.agency or None,
    )
