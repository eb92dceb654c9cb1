"""Entering a decision into the store, whoever made it: checked, refused if it cannot stand, and its ground touched.

What must stay true: everything happens in the caller's transaction, which holds `links.claim`; a decision that
contradicts active ones is refused and named, so that a store never holds two that cannot both be true; exactly the
records and clusters concerned are touched, when a decision is made and when it is taken back.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from microharvest.errors import ConfigError
from microharvest.link.assertions import close_assertions, contradictions
from microharvest.link.standing import field_value
from microharvest.model.decision import Assertion, Decision, Record, provider_names, spoken
from microharvest.model.ids import MAX_NATIVE_ID_BYTES
from microharvest.model.offer import OFFER_FIELDS
from microharvest.model.organisation import Organisation
from microharvest.store import decisions, links
from microharvest.store.database import Connection

__all__ = ["check_shape", "enter", "touch_ground"]

PAGE = 2000
_SHAPES = {
    "same": {"one", "other"},
    "different": {"one", "other"},
    "value": {"one", "field"},
    "withhold": {"one"},
}


class _Provider(msgspec.Struct):
    provider: Organisation | None = None


_provider = msgspec.json.Decoder(_Provider)


def check_shape(decision: Decision) -> None:
    """Raises ConfigError decision.invalid where parts are missing, too many, or no text a store can hold."""
    named = {name for name in ("one", "other", "provider", "field") if getattr(decision, name) is not None}
    if named not in (_SHAPES[decision.kind], {"provider"} if decision.kind == "withhold" else None):
        wanted = " and ".join(sorted(_SHAPES[decision.kind]))
        raise ConfigError("decision.invalid", f"A decision `{decision.kind}` names {wanted}, nothing else.")
    texts = [decision.who, decision.why, decision.provider or "", decision.field or "", *decision.seen]
    texts += [part for record in decision.records for part in record]
    if any("\x00" in text or not _encodes(text) for text in texts) or b"\\u0000" in bytes(decision.value):
        raise ConfigError("decision.invalid", "A text of the decision holds a NUL or is no Unicode.")
    if any(len(part.encode()) > MAX_NATIVE_ID_BYTES for record in decision.records for part in record):
        raise ConfigError("decision.invalid", f"An id is longer than {MAX_NATIVE_ID_BYTES:,} bytes.")
    if not decision.why.strip() or not decision.who.strip():
        raise ConfigError("decision.invalid", "A decision says who made it and why: write a reason.")
    if decision.provider is not None and not spoken(decision.provider):
        raise ConfigError("decision.invalid", "The provider has no name: write it as its offers do.")
    if decision.one is not None and decision.one == decision.other:
        raise ConfigError("decision.invalid", f"{'/'.join(decision.one)} is named twice: name two records.")
    if decision.field is not None:
        _check_value(decision.field, bytes(decision.value))


def enter(connection: Connection, decision: Decision) -> int:
    """Store a decision that `check_shape` let pass, and touch what it concerns; its number.

    Raises ConfigError decision.exists or decision.contradicts; revoked ones are kept for the record, unchecked.
    """
    if decision.revoked is None:
        if decision.kind in {"same", "different"}:
            _check_assertion(connection, decision)
        elif decision.kind == "value":
            _check_given(connection, decision)
        else:
            _check_withhold(connection, decision)
    number = decisions.add_decision(connection, decision)
    if decision.revoked is None:
        touch_ground(connection, decision)
    return number


def touch_ground(connection: Connection, decision: Decision) -> None:
    """Link or publish has to look at what a decision was made on, or taken back from."""
    if decision.kind == "value":
        decisions.touch_records(connection, decision.records)
    elif decision.kind != "withhold":
        around = close_assertions(lambda records: decisions.assertions_of(connection, records), decision.records)
        same = {record for one in around if one.kind == "same" for record in (one.one, one.other)}
        decisions.touch_records(connection, {*decision.records, *same})
    elif decision.provider is None:
        links.touch_clusters(connection, sorted(links.members_of(connection, decision.records).values()))
    else:
        wanted, after = spoken(decision.provider), ""
        while page := decisions.provider_page(connection, after, PAGE):
            after = page[-1].cluster_id
            found = [row.cluster_id for row in page if wanted in provider_names(_provider.decode(row.doc).provider)]
            links.touch_clusters(connection, found)


def _check_assertion(connection: Connection, decision: Decision) -> None:
    assert decision.one is not None
    assert decision.other is not None
    around = close_assertions(lambda records: decisions.assertions_of(connection, records), decision.records)
    for each in around:
        if each.kind == decision.kind and {each.one, each.other} == set(decision.records):
            raise ConfigError("decision.exists", f"Decision {each.decision} says so already.")
    kind: Literal["same", "different"] = "same" if decision.kind == "same" else "different"
    new = Assertion(kind, decision.one, decision.other, 0)
    for found in contradictions([*around, new]):
        both = {found.different, *found.chain}
        if new.decision in both:
            against = sorted(both - {new.decision})
            numbers = " and ".join(str(number) for number in against)
            raise ConfigError(
                "decision.contradicts",
                f"{_pair(decision.one, decision.other)} cannot be {kind}: decision {numbers} "
                f"{'says' if len(against) == 1 else 'together say'} the contrary. Revoke what is wrong first.",
            )


def _check_given(connection: Connection, decision: Decision) -> None:
    """Another value of the same field, by somebody who saw the same, cannot stand beside this one."""
    assert decision.one is not None
    clusters = links.members_of(connection, [decision.one]).values()
    rows = [row for each in decisions.value_decisions(connection, clusters).values() for row in each]
    rows += [row for row in decisions.decisions_on(connection, [decision.one]) if row.revoked_at is None]
    for row in rows:
        if row.kind != "value" or row.field != decision.field or decisions.stated(row).seen != decision.seen:
            continue
        if row.value.encode() == bytes(decision.value):
            raise ConfigError("decision.exists", f"Decision {row.id} gives {decision.field} this value already.")
        raise ConfigError(
            "decision.contradicts",
            f"Decision {row.id} gives {decision.field} the value {row.value[:200]}: revoke it first.",
        )


def _check_withhold(connection: Connection, decision: Decision) -> None:
    if decision.provider is not None:
        for name, number in decisions.provider_withholds(connection).items():
            if spoken(name) == spoken(decision.provider):
                raise ConfigError("decision.exists", f"Decision {number} withholds {name} already.")
        return
    clusters = links.members_of(connection, decision.records).values()
    numbers = list(decisions.entry_withholds(connection, clusters).values())
    rows = decisions.decisions_on(connection, decision.records)
    numbers += [row.id for row in rows if row.kind == "withhold" and row.revoked_at is None]
    if numbers:
        raise ConfigError("decision.exists", f"Decision {min(numbers)} withholds this entry already.")


def _check_value(field: str, value: bytes) -> None:
    if field not in OFFER_FIELDS:
        raise ConfigError("decision.invalid", f"An entry has no field {field!r}.")
    try:
        field_value(field, value)
    except msgspec.DecodeError as error:
        raise ConfigError("decision.invalid", f"The value does not fit {field}: {error}.") from None


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _pair(one: Record, other: Record) -> str:
    return f"{'/'.join(one)} and {'/'.join(other)}"
