"""What a parse process hands back: one encoded blob per batch, ready to be stored.

Both ends of the pipe and the store's landing agree on this module alone. Blobs are msgpack.
"""

from __future__ import annotations

from typing import Any

import msgspec

from microharvest.kit.protocol import Evidence, Finding, Refused, Rejected, Request

__all__ = ["Landed", "Parcel", "decode_parcel", "encode_parcel"]


class Landed(msgspec.Struct, frozen=True, array_like=True):
    """One record of an answer.

    `unchanged`: its bytes and the mapping version are those accepted already, so it was not mapped and `raw`
    and `doc` are empty. `raw` is zlib-compressed, `doc` the encoded offer (empty for a deleted record),
    `issues` a JSON list.
    """

    native_id: str
    id_hash: int
    raw_hash: bytes
    datestamp: str | None
    deleted: bool
    unchanged: bool
    media_type: str = ""
    raw: bytes = b""
    doc: bytes = b""
    doc_hash: bytes = b""
    issues: str = "[]"
    url: str = ""


class Parcel(msgspec.Struct, frozen=True, array_like=True):
    """One batch. The last parcel of an answer carries what follows from the whole of it."""

    landed: list[Landed]
    rejected: list[Rejected] = []
    not_offers: dict[str, int] = {}
    findings: list[Finding] = []
    unmapped: dict[str, tuple[int, str]] = {}
    last: bool = False
    follow: list[Request] = []
    evidence: Evidence | None = None
    state: dict[str, Any] = {}
    refused: Refused | None = None


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Parcel)


def encode_parcel(parcel: Parcel) -> bytes:
    """One blob."""
    return _encoder.encode(parcel)


def decode_parcel(blob: bytes) -> Parcel:
    """The inverse; raises msgspec.DecodeError on anything else."""
    return _decoder.decode(blob)
