"""An offer: what is taught and awarded (elm:LearningAchievementSpecification), with its instances.

One offer is what one record of one source says. Every field is optional: an absent value is absent, never a
placeholder. `basis` says for each filled field how its value is known, and for a part of an organisation that is known
otherwise than its name (`provider.homepage`, which may be a default beside a declared name); `default` never counts
for a score.
Field names are the contract of `export offers` and are stable.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from microharvest.model.instance import Instance
from microharvest.model.organisation import Organisation
from microharvest.model.values import (
    Basis,
    Concept,
    Credits,
    Entitlement,
    Identifier,
    LangMap,
    LearningOutcome,
    Microcredential,
    Price,
    QualityAssurance,
    Subject,
)

__all__ = ["OFFER_FIELDS", "Offer", "decode_offer", "encode_offer", "without_defaults"]


class Offer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The mapped content of one record. Languages are BCP 47, country ISO 3166-1 alpha-2, hours are hours."""

    title: LangMap = {}
    alt_title: tuple[LangMap, ...] = ()
    description: LangMap = {}
    provider: Organisation | None = None
    awarding_body: tuple[Organisation, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    homepage: tuple[str, ...] = ()
    credential_type: Concept | None = None
    source_label: str | None = None
    is_microcredential: Microcredential = Microcredential()
    credits: tuple[Credits, ...] = ()
    workload_hours: Decimal | None = None
    duration: str | None = None
    eqf_level: int | None = None
    nqf_level: tuple[Concept, ...] = ()
    isced_f: tuple[Subject, ...] = ()
    subjects: tuple[Concept, ...] = ()
    languages: tuple[str, ...] = ()
    modes: tuple[Concept, ...] = ()
    schedule: Concept | None = None
    setting: Concept | None = None
    activities: tuple[Concept, ...] = ()
    assessment: tuple[Concept, ...] = ()
    supervision: tuple[Concept, ...] = ()
    quality_assurance: tuple[QualityAssurance, ...] = ()
    learning_outcomes: tuple[LearningOutcome, ...] = ()
    skills: tuple[Concept, ...] = ()
    occupations: tuple[Concept, ...] = ()
    sectors: tuple[Concept, ...] = ()
    entitlements: tuple[Entitlement, ...] = ()
    entry_requirement: LangMap = {}
    target_group: tuple[Concept, ...] = ()
    part_of: tuple[Identifier, ...] = ()
    has_part: tuple[Identifier, ...] = ()
    prices: tuple[Price, ...] = ()
    grants: tuple[LangMap, ...] = ()
    accessibility: tuple[Concept, ...] = ()
    instances: tuple[Instance, ...] = ()
    country: str | None = None
    status: str | None = None
    modified: str | None = None
    basis: dict[str, Basis] = {}


OFFER_FIELDS: tuple[str, ...] = tuple(f for f in Offer.__struct_fields__ if f != "basis")

_encoder = msgspec.json.Encoder(decimal_format="number", order="deterministic")
_decoder = msgspec.json.Decoder(Offer)


def encode_offer(offer: Offer) -> bytes:
    """Deterministic JSON: equal offers give equal bytes, so their hash tells whether one changed."""
    return _encoder.encode(offer)


def decode_offer(document: bytes) -> Offer:
    """The inverse of `encode_offer`; raises msgspec.ValidationError on anything else."""
    return _decoder.decode(document)


def without_defaults(offer: Offer) -> Offer:
    """The offer without what nobody said of it but the source file: what it is judged by."""
    filled_in = {place for place, basis in offer.basis.items() if basis == "default"}
    if not filled_in:
        return offer
    fields = {place.partition(".")[0] for place in filled_in}
    return msgspec.structs.replace(offer, **{name: _stated(offer, name) for name in fields})


def _stated(offer: Offer, name: str) -> Any:
    """A field without its defaults: of an organisation the parts that are known otherwise stay."""
    value = getattr(offer, name)
    if isinstance(value, Organisation):
        return _parts_stated(offer, name, value)
    if name == "awarding_body":
        bodies = [_parts_stated(offer, name, body) for body in value]
        return tuple(body for body in bodies if body is not None)
    return getattr(_NOTHING, name)


def _parts_stated(offer: Offer, name: str, body: Organisation) -> Organisation | None:
    basis = offer.basis
    parts = (
        part for part in Organisation.__struct_fields__ if basis.get(f"{name}.{part}", basis.get(name)) == "default"
    )
    stated = msgspec.structs.replace(body, **{part: getattr(_NOBODY, part) for part in parts})
    return None if stated == _NOBODY else stated


_NOTHING = Offer()
_NOBODY = Organisation()
