"""What a person decides about records and entries. Each leaves a row: who, when, why, before, after.

One transaction each: the decision, the touch on what it concerns, the audit row. The next link and publish carry it
out; until then nothing but the decision is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import msgspec

from microharvest.clock import Clock, utc_now
from microharvest.errors import ConfigError
from microharvest.link.entering import check_shape, enter, touch_ground
from microharvest.link.standing import contributed, field_value
from microharvest.model.decision import Decision, Record, Revocation, ordered, stamp
from microharvest.model.offer import Offer, decode_offer
from microharvest.store import decisions, links
from microharvest.store.actions import note_action
from microharvest.store.database import Connection, Database
from microharvest.telemetry import failpoint

__all__ = ["assert_pair", "deciding", "give_value", "offers_of_entry", "revoke", "withhold_entry", "withhold_provider"]

MOST = 2**63
_encoder = msgspec.json.Encoder(decimal_format="number", order="deterministic")


def assert_pair(
    database: Database,
    kind: Literal["same", "different"],
    one: Record,
    other: Record,
    *,
    who: str,
    why: str,
    clock: Clock = utc_now,
) -> int:
    """Two records are the same offer, or are not; the decision's number.

    Raises ConfigError command.unknown_id, decision.invalid, decision.exists, decision.contradicts.
    """
    first, second = ordered(one, other)
    decision = Decision(kind=kind, who=who, at=stamp(clock()), why=why, one=first, other=second)
    with deciding(database) as connection:
        held = links.members_of(connection, (first, second))
        before = "one cluster" if len(held) == 2 and len(set(held.values())) == 1 else "two clusters"
        return _store(connection, decision, before, kind)


def give_value(
    database: Database, entry: Record, field: str, value: bytes, *, who: str, why: str, clock: Clock = utc_now
) -> int:
    """Give a field of the entry that `entry` belongs to a value, as JSON; `null`: the field is absent.

    It stands while the sources contribute what they contribute now. Errors as `assert_pair`.
    """
    with deciding(database) as connection:
        seen = contributed(field, offers_of_entry(connection, entry)) if field in Offer.__struct_fields__ else ()
        decision = Decision(
            kind="value",
            who=who,
            at=stamp(clock()),
            why=why,
            one=entry,
            field=field,
            value=msgspec.Raw(value),
            seen=seen,
        )
        check_shape(decision)
        clean = _encoder.encode(field_value(field, value))  # as an offer would be written: numbers, order of keys
        decision = msgspec.structs.replace(decision, value=msgspec.Raw(clean))
        return _store(connection, decision, " | ".join(seen)[:2000], clean.decode()[:2000])


def withhold_entry(database: Database, entry: Record, *, who: str, why: str, clock: Clock = utc_now) -> int:
    """Keep the entry that `entry` belongs to out of the catalogue. Errors as `assert_pair`."""
    decision = Decision(kind="withhold", who=who, at=stamp(clock()), why=why, one=entry)
    with deciding(database) as connection:
        return _store(connection, decision, "", f"withheld {'/'.join(entry)}")


def withhold_provider(database: Database, name: str, *, who: str, why: str, clock: Clock = utc_now) -> int:
    """Keep every entry out whose golden record names this provider, by name or identifier. Errors as `assert_pair`."""
    decision = Decision(kind="withhold", who=who, at=stamp(clock()), why=why, provider=name.strip())
    with deciding(database) as connection:
        return _store(connection, decision, "", f"withheld provider {name.strip()}")


def revoke(database: Database, number: int, *, who: str, why: str, clock: Clock = utc_now) -> Decision:
    """Take a decision back; what it was. Raises ConfigError decision.unknown or decision.revoked."""
    with deciding(database) as connection:
        row = decisions.find_decision(connection, number) if 0 < number < MOST else None
        if row is None:
            raise ConfigError(
                "decision.unknown", f"There is no decision {number}: `microharvest review list decisions`."
            )
        decision, now = decisions.stated(row), clock()
        revoked = Revocation(at=stamp(now), who=who, why=why)
        touch_ground(connection, decision)  # while what was the same through it can still be found
        if not decisions.revoke_decision(connection, number, revoked):
            was = decision.revoked
            assert was is not None
            raise ConfigError("decision.revoked", f"Decision {number} was revoked by {was.who} at {was.at}.")
        note_action(connection, now, who, "revoke", f"decision {number}", why, decision.kind, "revoked")
    return decision


def offers_of_entry(connection: Connection, entry: Record) -> list[Offer]:
    """What the present members of the entry say, `entry` alone before it was linked."""
    clusters = links.members_of(connection, [entry]).values()
    members: set[Record] = {entry, *links.members_in(connection, clusters)}
    heads = links.heads_of(connection, sorted(members))
    return [decode_offer(head.doc) for head in heads if head.status != "withdrawn" and head.doc]


@contextmanager
def deciding(database: Database) -> Iterator[Any]:
    """One transaction in which nobody else links, publishes or decides."""
    with database.write() as connection:
        links.claim(connection)
        yield connection
        failpoint("decision.stored")
    failpoint("decision.committed")


def _store(connection: Connection, decision: Decision, before: str, after: str) -> int:
    check_shape(decision)
    missing = sorted(set(decision.records) - decisions.known_records(connection, decision.records))
    if missing:
        raise ConfigError("command.unknown_id", f"There is no accepted record {'/'.join(missing[0])}.")
    number = enter(connection, decision)
    row = decisions.find_decision(connection, number)
    what = f"decide {decision.kind}" if decision.kind in {"same", "different"} else decision.kind
    note_action(connection, row.at, decision.who, what, f"decision {number}", decision.why, before, after)
    return number
