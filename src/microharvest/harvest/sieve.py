"""What a parcel may bring into the store: everything but what was forgotten. Pure.

What must stay true: a record keeps the hashes of the feed's own bytes and id, so that an unchanged record is still
recognised and a listed one still counts as present.
"""

from __future__ import annotations

import zlib

import msgspec

from microharvest.kit.protocol import Finding, Rejected
from microharvest.model.forgotten import Forgotten
from microharvest.model.ids import content_hash
from microharvest.store.parcel import Landed, Parcel

__all__ = ["without_forgotten"]


def without_forgotten(parcel: Parcel, source: str, forgotten: Forgotten) -> Parcel:
    """The parcel as it may be stored; a record that was forgotten is left out and counted as a finding."""
    if not forgotten:
        return parcel
    landed = [one for one in parcel.landed if not forgotten.is_record(source, one.native_id)]
    dropped = len(parcel.landed) - len(landed)
    findings = [msgspec.structs.replace(one, detail=forgotten.text(one.detail)) for one in parcel.findings] + [
        Finding(code="record.forgotten")
    ] * dropped
    return msgspec.structs.replace(
        parcel,
        landed=[_landed(one, forgotten) for one in landed],
        rejected=[
            _rejected(one, forgotten)
            for one in parcel.rejected
            if not (one.native_id and forgotten.is_record(source, one.native_id))
        ],
        findings=findings,
        unmapped={path: (count, forgotten.text(example)) for path, (count, example) in parcel.unmapped.items()},
    )


def _landed(one: Landed, forgotten: Forgotten) -> Landed:
    native_id = forgotten.native_id(one.native_id)
    if one.unchanged:
        return one if native_id == one.native_id else msgspec.structs.replace(one, native_id=native_id)
    raw = zlib.decompress(one.raw) if one.raw else b""
    cleaned = forgotten.content(raw)
    doc = forgotten.content(one.doc) if one.doc else one.doc
    return msgspec.structs.replace(
        one,
        native_id=native_id,
        raw=one.raw if cleaned == raw else zlib.compress(cleaned, 1),
        doc=doc,
        doc_hash=one.doc_hash if doc == one.doc else content_hash(doc),
        issues=forgotten.text(one.issues),
        url=forgotten.text(one.url),
    )


def _rejected(one: Rejected, forgotten: Forgotten) -> Rejected:
    return msgspec.structs.replace(
        one,
        native_id=forgotten.native_id(one.native_id) if one.native_id else one.native_id,
        detail=forgotten.text(one.detail),
        content=forgotten.content(one.content),
    )
