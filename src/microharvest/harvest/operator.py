"""What a person decides about runs: approve, reject, revert. Each leaves a row: who, when, why, before, after."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from msgspec import json

from microharvest.clock import Clock, utc_now
from microharvest.errors import ConfigError
from microharvest.harvest.ending import PLANNED, absences_for, accept, present_ids
from microharvest.harvest.facts import gone_ids
from microharvest.harvest.report import COUNTS, RunReport
from microharvest.harvest.verdict import Verdict
from microharvest.sources import SourceConfig
from microharvest.store import ending as stored
from microharvest.store import guarding, quarantine
from microharvest.store.acceptance import Absences
from microharvest.store.actions import note_action
from microharvest.store.database import Connection, Database
from microharvest.store.leases import Lease, check_fence, leased
from microharvest.store.quarantine import Selection
from microharvest.store.revert import revert_to
from microharvest.store.runs import request_rows, run_of, run_row, source_row
from microharvest.telemetry import failpoint

__all__ = ["approve", "drop_quarantine", "held_for", "reject", "revert", "source_of_run"]

TTL = timedelta(seconds=60)


def source_of_run(database: Database, run: int) -> str:
    """The source a run belongs to. Raises ConfigError command.unknown_run."""
    with database.read() as connection:
        return str(_row(connection, run).source)


def approve(
    database: Database,
    config: SourceConfig,
    run: int,
    *,
    who: str,
    why: str = "",
    rekey: bool = False,
    clock: Clock = utc_now,
) -> RunReport:
    """Accept a held or planned run as it was judged; releases a pin. Raises ConfigError command.not_held.

    `rekey`: records that came back under other ids go on as what they were: the old ids are withdrawn at once, the
    new ones take their place in their clusters, and the table of both is kept (`aliases` in the report).
    """
    with _deciding(database, config.id, "approve", clock) as (connection, _, now):
        row = _row(connection, run)
        source = source_row(connection, config.id)
        if row.acceptance != "held":
            raise ConfigError("command.not_held", f"Run {run} is {_state_of(row)}, not held.")
        if row.kind == "harvest" and row.base_run != source.accepted_run:
            raise ConfigError(
                "command.not_held",
                f"Run {run} was compared with run {row.base_run}, and run {source.accepted_run} was accepted "
                f"since: harvest {config.id} again.",
            )
        verdict = Verdict(outcome=row.outcome, unproven=bool(row.unproven))
        present = present_ids(request_rows(connection, run))
        scope = "delta" if row.item_limit is not None else row.scope
        absences = absences_for(connection, config, run, present, verdict, scope, now)
        pairs: tuple[tuple[str, str], ...] = ()
        if rekey:
            pairs = _pairs(connection, config, run, absences)
            absences = _replaced(absences, {old for old, _ in pairs})
        logged = accept(connection, config, run_of(row), verdict, scope, absences, now)
        guarding.inherit(connection, config.id, pairs, run, now)
        failpoint("approve.applied")
        counts = json.decode(row.counts) | {kind: n for kind, n in logged.items() if kind in COUNTS}
        stored.settle_run(connection, run, "accepted", json.encode(counts).decode())
        if row.kind == "harvest":
            stored.drop_held(connection, config.id, run)
            stored.set_pin(connection, config.id, None)
        stored.notify(connection, "run.accepted", {"source": config.id, "run": run, "by": who}, now)
        after = f"{logged}, {len(pairs)} aliases" if rekey else str(logged)
        note_action(connection, now, who, "approve", f"run {run}", why, row.held_because or "", after)
    return _report(row, config, "accepted", counts, [("alias", f"{old} -> {new}") for old, new in pairs])


def held_for(database: Database, codes: Collection[str]) -> list[Any]:
    """(id, source, held_code, held_because, counts) of the runs that wait for these causes, oldest first."""
    with database.read() as connection:
        return stored.held_runs(connection, codes)


def reject(
    database: Database, config: SourceConfig, run: int, *, who: str, why: str = "", clock: Clock = utc_now
) -> RunReport:
    """Drop a held or planned run and what it landed. Raises ConfigError command.not_held."""
    with _deciding(database, config.id, "reject", clock) as (connection, _, now):
        row = _row(connection, run)
        if row.acceptance != "held":
            raise ConfigError("command.not_held", f"Run {run} is {_state_of(row)}, not held.")
        stored.drop_versions(connection, run)
        stored.settle_run(connection, run, "rejected", row.counts)
        stored.notify(connection, "run.rejected", {"source": config.id, "run": run, "by": who}, now)
        note_action(connection, now, who, "reject", f"run {run}", why, row.held_because or "", "")
    return _report(row, config, "rejected", json.decode(row.counts))


def revert(
    database: Database, config: SourceConfig, to: int, *, who: str, why: str = "", clock: Clock = utc_now
) -> RunReport:
    """Accept the state as of an older accepted run again, and pin the source to it until a run is approved."""
    with _deciding(database, config.id, "revert", clock) as (connection, lease, now):
        row = _row(connection, to)
        if row.source != config.id or row.acceptance != "accepted":
            raise ConfigError("command.not_accepted", f"Run {to} is no accepted run of {config.id}.")
        before = source_row(connection, config.id).accepted_run
        number, counts = revert_to(connection, config.id, to, fence=lease.fence, owner=lease.owner, now=now)
        stored.drop_held(connection, config.id, number)
        stored.set_pin(connection, config.id, to)
        stored.notify(connection, "source.reverted", {"source": config.id, "run": number, "to": to}, now)
        note_action(connection, now, who, "revert", config.id, why, f"run {before}", f"run {to} (as run {number})")
    return RunReport(
        source=config.id,
        run=number,
        outcome="complete",
        scope="full",
        acceptance="accepted",
        counts=counts,
        because=f"The state of run {to} is accepted again and pinned: approve a later run to release it.",
    )


def drop_quarantine(database: Database, chosen: Selection, *, who: str, why: str = "", clock: Clock = utc_now) -> int:
    """Delete what is chosen from quarantine; returns how many inputs."""
    with database.write() as connection:
        counts = quarantine.count_rows(connection, chosen)
        ids = [row.id for row in quarantine.list_rows(connection, chosen, sum(counts.values()))]
        dropped = quarantine.drop_rows(connection, ids)
        said = ", ".join(f"{n} {code} of {source}" for (source, code), n in counts.items())
        note_action(connection, clock(), who, "drop", "quarantine", why, said, f"{dropped} dropped")
    return dropped


@contextmanager
def _deciding(database: Database, source: str, what: str, clock: Clock) -> Iterator[tuple[Connection, Lease, datetime]]:
    """One transaction on a source that nobody else is working on."""
    with leased(database, source, what, TTL, clock=clock) as lease, database.write() as connection:
        check_fence(connection, source, lease.fence)
        yield connection, lease, clock()


def _row(connection: Any, run: int) -> Any:
    row = run_row(connection, run)
    if row is None:
        raise ConfigError("command.unknown_run", f"There is no run {run}: `microharvest status` lists the last ones.")
    return row


def _state_of(row: Any) -> str:
    superseded = str(row.error or "").startswith("Superseded")
    return f"{row.acceptance or row.state} ({row.error})" if superseded else str(row.acceptance or row.state)


def _pairs(connection: Connection, config: SourceConfig, run: int, absences: Absences) -> tuple[tuple[str, str], ...]:
    pairs = guarding.rekeyed(connection, run, config.id, gone_ids(connection, config, run, absences)).pairs
    if not pairs:
        raise ConfigError(
            "command.not_rekeyed",
            f"No record of run {run} has the content of exactly one that is gone: approve it without --rekey.",
        )
    return pairs


def _replaced(absences: Absences, old: set[str]) -> Absences:
    """The same absences, but what goes on under another id is withdrawn now."""
    return Absences(
        missing=tuple(one for one in absences.missing if one not in old),
        still=absences.still,
        due=tuple(sorted({*absences.due, *(old & set(absences.missing))})),
        returned=absences.returned,
    )


def _report(
    row: Any, config: SourceConfig, acceptance: str, counts: dict[str, int], detail: Sequence[tuple[str, str]] = ()
) -> RunReport:
    return RunReport(
        source=config.id,
        run=row.id,
        outcome=row.outcome,
        scope=row.scope,
        acceptance=acceptance,
        counts=counts,
        issues=json.decode(row.issues),
        because="" if row.held_because == PLANNED else row.held_because or "",
        held_detail=list(detail),
    )
