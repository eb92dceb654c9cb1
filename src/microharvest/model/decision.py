"""What a person decided about records and entries: signed, dated, revocable. Pure."""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from microharvest.model.organisation import Organisation

__all__ = [
    "Assertion",
    "Decided",
    "Decision",
    "DecisionKind",
    "Record",
    "Revocation",
    "ordered",
    "provider_names",
    "spoken",
    "stamp",
]

Record = tuple[str, str]
"""(source, native id): what a decision is about, never a cluster id alone, so that it survives re-clustering."""

DecisionKind = Literal["same", "different", "value", "withhold"]


class Assertion(msgspec.Struct, frozen=True):
    """Two records are the same offer, or are not; `decision`: the number of the decision that says so."""

    kind: Literal["same", "different"]
    one: Record
    other: Record
    decision: int


class Decided(msgspec.Struct, frozen=True):
    """The value a decision gives a field of an entry (None: the field is absent). `at`: ISO 8601 UTC."""

    value: Any
    decision: int
    at: str


class Revocation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who took a decision back, when (ISO 8601 UTC, milliseconds), and why."""

    at: str
    who: str
    why: str


class Decision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One decision, as `review dump` writes it: one JSON object per line.

    `same`, `different`: `one` and `other`, ordered by bytes. `value`: `one` names the entry, `field` one of
    OFFER_FIELDS, `value` its JSON (null: absent), `seen` the values the decider saw, each JSON text, sorted.
    `withhold`: `one` names the entry, or `provider` names a provider. `at` is ISO 8601 UTC with milliseconds.
    """

    kind: DecisionKind
    who: str
    at: str
    why: str
    one: Record | None = None
    other: Record | None = None
    provider: str | None = None
    field: str | None = None
    value: msgspec.Raw = msgspec.Raw(b"null")
    seen: tuple[str, ...] = ()
    revoked: Revocation | None = None

    @property
    def mark(self) -> str:
        """What a decision is recognised by in any store: a hash of all but its revocation."""
        parts = [self.kind, self.who, self.at, self.why, self.one, self.other, self.provider, self.field]
        content = msgspec.json.encode([*parts, bytes(self.value).decode(), self.seen])
        return hashlib.blake2b(content, digest_size=16).hexdigest()

    @property
    def records(self) -> tuple[Record, ...]:
        """The records it names."""
        return tuple(record for record in (self.one, self.other) if record is not None)


def ordered(one: Record, other: Record) -> tuple[Record, Record]:
    """Two records by bytes: who is named first says nothing."""
    first, second = sorted((one, other), key=lambda record: (record[0].encode(), record[1].encode()))
    return first, second


def provider_names(provider: Organisation | None) -> frozenset[str]:
    """Everything a withheld provider may be called by: its names and `scheme:value` of its identifiers, folded."""
    if provider is None:
        return frozenset()
    names = {spoken(name) for name in provider.name.values()}
    names |= {spoken(f"{known.scheme}:{known.value}") for known in provider.identifiers}
    return frozenset(names | {spoken(known.value) for known in provider.identifiers}) - {""}


def spoken(name: str) -> str:
    """A name without case and needless blanks; accents stay, they tell names apart."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def stamp(moment: datetime) -> str:
    """A moment in ISO 8601 UTC with milliseconds: decisions are told apart by it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
