"""Decisions as JSON lines, out of one store and into another. Loading is idempotent and says what it could not apply.

What must stay true: a line is one decision with its revocation; a decision is recognised by its content, so the same
file twice changes nothing; the newer word is never overruled in silence: what contradicts the store is refused and
named. A file is loaded in one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import msgspec

from microharvest.clock import Clock, utc_now
from microharvest.errors import ConfigError
from microharvest.link.deciding import deciding
from microharvest.link.entering import check_shape, enter, touch_ground
from microharvest.model.decision import Decision, Revocation, ordered, stamp
from microharvest.store import decisions
from microharvest.store.actions import note_action
from microharvest.store.database import Connection, Database

__all__ = ["LoadReport", "RefusedLine", "dump_decisions", "load_decisions"]

PAGE = 1000


class RefusedLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that was not taken, and why."""

    line: int
    code: str
    because: str


class LoadReport(msgspec.Struct, kw_only=True):
    """`added`, `revoked`: new here; `known`: were here already; `waiting`: added, but name a record that is not here
    (yet), by number; `refused`: not taken."""

    added: int = 0
    revoked: int = 0
    known: int = 0
    waiting: dict[int, str] = {}
    refused: list[RefusedLine] = []


def dump_decisions(database: Database) -> Iterator[bytes]:
    """Every decision, revoked ones too, in the order in which they were made; each with its newline."""
    after = 0
    with database.read() as connection:
        while rows := decisions.decision_rows(connection, after, PAGE):
            for row in rows:
                yield msgspec.json.encode(decisions.stated(row)) + b"\n"
            after = rows[-1].id


def load_decisions(database: Database, lines: Iterable[bytes], *, who: str, clock: Clock = utc_now) -> LoadReport:
    """Take what is new. Never raises for what a line says: the report holds it."""
    report = LoadReport()
    with deciding(database) as connection:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                _take(connection, _read(line), report)
            except ConfigError as error:
                report.refused.append(RefusedLine(line=number, code=error.code, because=error.sentence))
        if report.added or report.revoked:
            after = f"{report.added} added, {report.revoked} revoked, {len(report.refused)} refused"
            note_action(connection, clock(), who, "load", "decisions", "", "", after)
    return report


def _read(line: bytes) -> Decision:
    try:
        read = msgspec.json.decode(line, type=Decision)
        at, revoked = _moment(read.at), read.revoked
        if revoked is not None:
            revoked = Revocation(at=_moment(revoked.at), who=revoked.who, why=revoked.why)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise ConfigError("decision.invalid", f"The line is no decision: {error}.") from None
    decision = msgspec.structs.replace(read, at=at, revoked=revoked, value=msgspec.Raw(bytes(read.value)))
    if decision.one is not None and decision.other is not None:
        one, other = ordered(decision.one, decision.other)
        decision = msgspec.structs.replace(decision, one=one, other=other)
    check_shape(decision)
    return decision


def _moment(text: str) -> str:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"the moment {text} names no time zone")
    return stamp(moment.astimezone(UTC))


def _take(connection: Connection, decision: Decision, report: LoadReport) -> None:
    row = decisions.known_marks(connection, [decision.mark]).get(decision.mark)
    if row is None:
        number = enter(connection, decision)
        report.added += 1
        missing = sorted(set(decision.records) - decisions.known_records(connection, decision.records))
        if missing and decision.revoked is None:
            report.waiting[number] = "/".join(missing[0])
    elif decision.revoked is not None and row.revoked_at is None:
        touch_ground(connection, decision)
        decisions.revoke_decision(connection, row.id, decision.revoked)
        report.revoked += 1
    elif decision.revoked is None and row.revoked_at is not None:
        raise ConfigError(
            "decision.revoked",
            f"The file holds decision {row.id} as valid, here {row.revoked_by} revoked it "
            f"({row.revoked_why}): decide anew if it should hold.",
        )
    else:
        report.known += 1
