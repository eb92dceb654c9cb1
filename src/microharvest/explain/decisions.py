"""Decisions as they stand now: in force, revoked, lapsed, at odds, or waiting for a record. Reads, writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from microharvest.explain.sheets import DecisionStop
from microharvest.link.standing import standing
from microharvest.model.decision import Decision, Record, provider_names, spoken
from microharvest.model.offer import Offer, decode_offer
from microharvest.model.organisation import Organisation
from microharvest.store import decisions, links, margins
from microharvest.store.database import Connection

__all__ = ["ReviewState", "decision_stops", "decisions_about", "review_state", "unsettled_values"]


class ReviewState(msgspec.Struct, frozen=True, kw_only=True):
    """`waiting`: pairs in the queue; `lapsed` and `torn`: active value decisions that do not hold, by number."""

    waiting: int
    lapsed: tuple[int, ...]
    torn: tuple[int, ...]


def review_state(connection: Connection) -> ReviewState:
    """What a look at everything should not miss."""
    found = unsettled_values(connection, decisions.active_values(connection))
    return ReviewState(
        waiting=margins.open_margins(connection, 0)[1],
        lapsed=tuple(sorted(number for number, (state, _) in found.items() if state == "lapsed")),
        torn=tuple(sorted(number for number, (state, _) in found.items() if state == "torn")),
    )


def decisions_about(
    connection: Connection, records: Iterable[Record], provider: Organisation | None = None
) -> tuple[DecisionStop, ...]:
    """Every decision that names one of the records, revoked ones too; and what withholds the provider."""
    rows = decisions.decisions_on(connection, records)
    names = provider_names(provider)
    kept_out = [number for name, number in decisions.provider_withholds(connection).items() if spoken(name) in names]
    return decision_stops(connection, [*rows, *(decisions.find_decision(connection, number) for number in kept_out)])


def decision_stops(connection: Connection, rows: Sequence[Any]) -> tuple[DecisionStop, ...]:
    """Rows with their states, in the same order."""
    states = unsettled_values(connection, rows)
    stated = {row.id: decisions.stated(row) for row in rows}
    named = {record for decision in stated.values() for record in decision.records}
    here = decisions.known_records(connection, named)
    return tuple(_stop(number, decision, states, here) for number, decision in stated.items())


def unsettled_values(connection: Connection, rows: Sequence[Any]) -> dict[int, tuple[str, tuple[str, ...]]]:
    """{number: (lapsed or torn, what the sources say now)} of active value decisions that do not hold."""
    wanted = {row.id: (row.source, row.native_id) for row in rows if row.kind == "value" and row.revoked_at is None}
    cluster_of = links.members_of(connection, set(wanted.values()))
    offers = _offers(connection, set(cluster_of.values()))
    found: dict[int, tuple[str, tuple[str, ...]]] = {}
    for cluster, every in decisions.value_decisions(connection, set(cluster_of.values())).items():
        held = standing(every, offers.get(cluster, []))
        found.update({number: ("lapsed", now) for number, now in held.lapsed.items() if number in wanted})
        found.update({number: ("torn", ()) for number in held.torn if number in wanted})
    return found


def _offers(connection: Connection, clusters: Iterable[str]) -> dict[str, list[Offer]]:
    members = links.members_in(connection, clusters)
    found: dict[str, list[Offer]] = {}
    for head in links.heads_of(connection, members):
        if head.status != "withdrawn" and head.doc:
            found.setdefault(members[head.source, head.native_id], []).append(decode_offer(head.doc))
    return found


def _stop(
    number: int, decision: Decision, states: dict[int, tuple[str, tuple[str, ...]]], here: set[Record]
) -> DecisionStop:
    state, now = states.get(number, ("active", ()))
    if not set(decision.records) <= here:
        state = "waiting"
    revoked = decision.revoked
    return DecisionStop(
        decision=number,
        kind=decision.kind,
        state=state if revoked is None else "revoked",
        about=_about(decision),
        who=decision.who,
        at=decision.at,
        why=decision.why,
        value=bytes(decision.value).decode() if decision.kind == "value" else None,
        seen=decision.seen,
        now=now,
        revoked=f"{revoked.who}, {revoked.at}: {revoked.why}" if revoked else None,
    )


def _about(decision: Decision) -> str:
    if decision.provider is not None:
        return f"provider {decision.provider}"
    named = " and ".join("/".join(record) for record in decision.records)
    return f"{decision.field} of {named}" if decision.field else named
