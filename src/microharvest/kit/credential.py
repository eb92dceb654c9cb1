"""Is a value a learner's credential? Those are refused, and their bytes are not kept (rule 12).

Verifiable Credentials and Presentations, Open Badges 2 and 3, Comprehensive Learner Records and European Digital
Credentials, plain, in the wrappers seen in real files (`{"credential": …}`, `{"payload": …, "signatures": …}`), and
signed as a JSON Web Token. Nothing is verified: who looks like a credential is treated as one.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from typing import Any

import msgspec

from microharvest.kit.record import JsonRecord, Record

__all__ = ["CREDENTIAL_TYPES", "holds_credential", "is_credential", "is_credential_text", "part_credentials"]

CREDENTIAL_TYPES = frozenset(
    ("VerifiableCredential", "VerifiablePresentation", "OpenBadgeCredential", "AchievementCredential", "ClrCredential",
     "EndorsementCredential", "EuropeanDigitalCredential", "EuropeanDigitalPresentation", "Assertion")
)  # fmt: skip
"""What a learner holds, by the short names of types."""

_WRAPPERS = ("credential", "verifiableCredential", "payload", "vc", "vp", "jwt", "@graph")
_TOKEN = re.compile(r"([A-Za-z0-9_-]{8,})\.([A-Za-z0-9_-]{8,})\.[A-Za-z0-9_-]*(?:~[A-Za-z0-9_.~-]*)?")
_CLAIMS = ("vc", "vp", "vct", "verifiableCredential")
_DEPTH = 3


def is_credential(record: Record) -> bool:
    """Whether a record is a learner's credential and no offer."""
    return isinstance(record, JsonRecord) and holds_credential(record.json)


def holds_credential(value: Any) -> bool:
    """Whether a JSON value is a credential, a wrapper of one, or a list of them."""
    return _holds(value, 0)


def part_credentials(value: Any) -> tuple[Any, list[Any]]:
    """(the value without the credentials in its lists and its `@graph`, those credentials); None where it is one."""
    if isinstance(value, list):
        parted = [part_credentials(member) for member in value]
        held = [each for _, several in parted for each in several]
        return [rest for (rest, several) in parted if rest is not None or not several], held
    if isinstance(value, dict) and isinstance(value.get("@graph"), list):
        rest, held = part_credentials(value["@graph"])
        return ({**value, "@graph": rest}, held) if held else (value, [])
    return (None, [value]) if holds_credential(value) else (value, [])


def is_credential_text(content: bytes) -> bool:
    """Whether bytes are one: JSON, or a token as it stands."""
    text = content.strip()
    if text[:1] not in (b"{", b"[", b'"'):
        return len(text) < 1_000_000 and _holds(text.decode("ascii", "replace"), 0)
    try:
        return _holds(msgspec.json.decode(text), 0)
    except (ValueError, RecursionError):
        return any(f'"{name}"'.encode() in text for name in (*CREDENTIAL_TYPES - {"Assertion"}, "credentialSubject"))


def _holds(value: Any, depth: int) -> bool:
    if depth > _DEPTH:
        return False
    if isinstance(value, str):
        return _is_token(value)
    if isinstance(value, list):
        return any(_holds(member, depth + 1) for member in value[:20])
    if not isinstance(value, dict):
        return False
    if any(name.rpartition("#")[2].rpartition(":")[2] == "credentialSubject" for name in value):
        return True
    if any(not CREDENTIAL_TYPES.isdisjoint(_short(value.get(name))) for name in ("type", "@type")):
        return True
    return any(_holds(_opened(value[name]), depth + 1) for name in _WRAPPERS if name in value)


def _short(kinds: Any) -> set[str]:
    members = kinds if isinstance(kinds, list) else [kinds]
    return {kind.rpartition("#")[2].rpartition("/")[2].rpartition(":")[2] for kind in members if isinstance(kind, str)}


def _opened(value: Any) -> Any:
    """A payload of a signed wrapper may be base64 of JSON."""
    decoded = _decoded(value) if isinstance(value, str) and "." not in value else None
    return value if decoded is None else decoded


def _is_token(text: str) -> bool:
    found = _TOKEN.fullmatch(text.strip())
    if found is None:
        return False
    header, claims = _decoded(found[1]), _decoded(found[2])
    if not isinstance(header, dict) or "alg" not in header:
        return False
    if re.search(r"(?:^|[+/])(?:vc|vp|vc-ld|vc\+ld|sd-jwt)(?:\+|$)", str(header.get("typ", "")).casefold()):
        return True
    return isinstance(claims, dict) and (any(name in claims for name in _CLAIMS) or _holds(claims, _DEPTH - 1))


def _decoded(part: str) -> Any:
    try:
        return msgspec.json.decode(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):  # binascii.Error is a ValueError too
        return None
