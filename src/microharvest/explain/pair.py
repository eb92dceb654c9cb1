"""Two records beside each other: what they say, what speaks for one offer and against it, what people said of them."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import json

from microharvest.errors import ConfigError
from microharvest.explain.decisions import decisions_about
from microharvest.explain.evidence import evidence_of
from microharvest.explain.record import title_of
from microharvest.explain.sheets import PairSheet, Side
from microharvest.link.assertions import close_assertions, settle
from microharvest.link.evidence import REASONS
from microharvest.link.explain import torn_between
from microharvest.model.decision import Record
from microharvest.model.offer import OFFER_FIELDS
from microharvest.store import decisions, links
from microharvest.store.database import Connection

__all__ = ["pair_sheet"]


def pair_sheet(connection: Connection, one: Record, other: Record) -> PairSheet:
    """Raises ConfigError command.unknown_id for a record that was never accepted, or one named twice."""
    if one == other:
        raise ConfigError("command.invalid", f"{'/'.join(one)} is named twice: name two records.")
    sides = {(row.source, row.native_id): row for row in links.heads_of(connection, [one, other])}
    missing = [record for record in (one, other) if record not in sides]
    if missing:
        raise ConfigError("command.unknown_id", f"There is no accepted record {'/'.join(missing[0])}.")
    clusters = links.members_of(connection, [one, other])
    mine, theirs = (_side(sides[record], clusters.get(record)) for record in (one, other))
    both = [field for field in OFFER_FIELDS if field in mine.said and field in theirs.said]
    found = evidence_of(connection, one, other)
    weights = [piece.weight for piece in found.pieces if piece.weight is not None]
    told_apart = len(set(clusters.values())) == 2 and sum(weights) > 0 and not found.blocked
    torn = told_apart and torn_between(connection, clusters.values())
    return PairSheet(
        one=mine,
        other=theirs,
        together=mine.cluster is not None and mine.cluster == theirs.cluster,
        agree=tuple(field for field in both if mine.said[field] == theirs.said[field]),
        differ=tuple(field for field in both if mine.said[field] != theirs.said[field]),
        evidence=found.pieces,
        total=round(sum(weights), 3) if weights else None,
        blocked=(REASONS["either" if torn else "others"],) if told_apart else found.blocked,
        settled=_settled(connection, one, other),
        decisions=decisions_about(connection, [one, other]),
    )


def _side(row: Any, cluster: str | None) -> Side:
    said: dict[str, Any] = json.decode(row.doc) if row.doc else {}
    said.pop("basis", None)
    return Side(id=f"{row.source}/{row.native_id}", title=title_of(said), status=row.status, cluster=cluster, said=said)


def _settled(connection: Connection, one: Record, other: Record) -> Literal["same", "different"] | None:
    """As if the two were all there is: what was said through others then holds for them."""
    around = close_assertions(lambda records: decisions.assertions_of(connection, records), [one, other])
    pairs = [each for each in settle(around, {one, other}) if {each.one, each.other} == {one, other}]
    return pairs[0].kind if pairs else None
