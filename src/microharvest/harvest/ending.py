"""The end of a run: verdict from the evidence, guards, and acceptance, in one transaction under the fence."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from msgspec import json
from sqlalchemy import Connection

from microharvest.harvest.engine import Engine
from microharvest.harvest.guard import GuardSettings, RunFacts, hold_reason
from microharvest.harvest.report import RunReport
from microharvest.harvest.setup import RunPlan
from microharvest.harvest.verdict import RequestFacts, Verdict, judge
from microharvest.sources import SourceConfig
from microharvest.store import ending as stored
from microharvest.store.acceptance import Absences, Changes, absences_of, apply_run, classify
from microharvest.store.leases import Lease, check_fence
from microharvest.store.records import count_by_status
from microharvest.store.runs import OpenRun, request_rows, source_row
from microharvest.telemetry import failpoint

__all__ = ["absences_for", "accept", "end_run", "guard_settings"]

PLANNED = "Planned only: nothing was accepted."


def end_run(
    database: Any, config: SourceConfig, plan: RunPlan, run: OpenRun, lease: Lease, engine: Engine
) -> RunReport:
    """Judge, guard, accept or hold; returns the report."""
    now = engine.now()
    with database.write() as connection:
        check_fence(connection, config.id, lease.fence)
        rows = request_rows(connection, run.id)
        verdict = _judge(rows, config, run)
        present = present_ids(rows)
        scope = "delta" if run.item_limit is not None else run.scope
        absences = absences_for(connection, config, run.id, present, verdict, scope, now)
        changes = classify(connection, run.id, config.id)
        statuses = count_by_status(connection, config.id)
        active = statuses.get("active", 0)
        tombstones = changes.counts.get("withdrawn", 0)
        rejected = stored.quarantined(connection, run.id)
        gone = len(absences.missing) + (len(absences.due) if config.withdraw.runs <= 1 else 0) + tombstones
        facts = RunFacts(
            scope=scope,
            outcome=verdict.outcome,
            active=active,
            present=len(present),
            added=changes.counts.get("added", 0),
            gone=gone,
            rekeyed=_rekeyed(connection, run.id, config.id, changes, absences),
            rejected=rejected,
            absent_canaries=stored.absent_ids(connection, run.id, config.id, config.expect.canary_ids, present),
            fill=stored.fill_rates(connection, run.id, config.id, tuple(config.expect.fill), present),
        )
        source = source_row(connection, config.id)
        held = hold_reason(facts, guard_settings(config))
        if source.pinned_run is not None:
            held = f"{config.id} is pinned to run {source.pinned_run} since it was reverted; approve to release it."
        if run.plan:
            held = PLANNED
        lost = verdict.outcome in {"failed", "blocked"}
        acceptance = "rejected" if lost else "held" if held else "accepted"
        logged: dict[str, int] = {}
        if acceptance == "accepted":
            logged = accept(connection, config, run, verdict.outcome, scope, absences, now)
            failpoint("acceptance.applied")
        counts = _counts(changes, absences, logged, len(present), rejected, connection, run.id)
        issues = stored.issue_counts(connection, run.id)
        stored.close_run(
            connection,
            run.id,
            config.id,
            now=now,
            values={
                "scope": scope,
                "outcome": verdict.outcome,
                "acceptance": acceptance,
                "held_because": held if acceptance == "held" else None,
                "unproven": verdict.unproven,
                "counts": json.encode(counts).decode(),
                "issues": json.encode(issues).decode(),
                "error_code": verdict.code,
                "error": verdict.because or None,
            },
        )
        stored.note_source(connection, config.id, config.title, config.redistribute, verdict.outcome, now)
        stored.notify(connection, f"run.{acceptance}", {"source": config.id, "run": run.id, "counts": counts}, now)
        failpoint("acceptance.before_commit")
    failpoint("acceptance.committed")
    return RunReport(
        source=config.id,
        run=run.id,
        outcome=verdict.outcome,
        scope=scope,
        acceptance=acceptance,
        held_because=held if acceptance == "held" else None,
        counts=counts,
        issues=issues,
        code=verdict.code,
        because=verdict.because,
        examples=_examples(changes, absences),
        plan=run.plan,
    )


def accept(
    connection: Connection,
    config: SourceConfig,
    run: OpenRun,
    outcome: str,
    scope: str,
    absences: Absences,
    now: datetime,
) -> dict[str, int]:
    """Apply the run, move watermark, protocol state and validators; returns what was logged."""
    logged = apply_run(connection, run.id, config.id, absences, now)
    whole = outcome == "complete" and run.item_limit is None
    stored.note_acceptance(connection, run.id, config.id, whole=whole, full=whole and scope == "full", now=now)
    return logged


def absences_for(
    connection: Connection,
    config: SourceConfig,
    run: int,
    present: set[int],
    verdict: Verdict,
    scope: str,
    now: datetime,
) -> Absences:
    """What silence means: nothing but for a full and complete run; two runs must agree where one is unproven."""
    withdraw = config.withdraw
    runs = 1 if withdraw.strategy == "expire" else withdraw.runs
    if verdict.unproven:
        runs = max(2, runs)
    grace: timedelta = withdraw.grace
    before = None if runs <= 1 and not grace else now - grace
    found = absences_of(connection, run, config.id, present, runs=runs, before=before)
    if scope != "full" or verdict.outcome != "complete" or withdraw.strategy == "tombstone":
        return Absences(returned=found.returned)
    return found


def guard_settings(config: SourceConfig) -> GuardSettings:
    """The thresholds of a source."""
    bounds = config.expect.records
    return GuardSettings(
        max_ratio=config.withdraw.max_ratio,
        max_count=config.withdraw.max_count,
        min_records=bounds.min or None,
        max_records=bounds.max,
        canary_ids=config.expect.canary_ids,
        fill=config.expect.fill,
    )


def _judge(rows: Iterable[Any], config: SourceConfig, run: OpenRun) -> Verdict:
    facts, lane_ids = [], {}
    sets: dict[str, set[int]] = {}
    others: dict[str, int] = {}
    for row in rows:
        hashes = array("q")
        hashes.frombytes(row.seen or b"")
        if row.state in {"done", "failed", "cut"}:
            sets.setdefault(row.lane, set()).update(hashes)
            others[row.lane] = others.get(row.lane, 0) + max(0, row.records - len(hashes))
        facts.append(
            RequestFacts(
                lane=row.lane,
                kind=row.kind,
                state=row.state,
                ended=row.ended,
                total=row.total,
                proven=row.proof in {"length", "chunked", "local"} or bool(row.closed),
                code=row.code,
                detail=row.detail,
            )
        )
    lane_ids = {lane: len(ids) + others.get(lane, 0) for lane, ids in sets.items()}
    trust = config.fetch.get("declared_total") != "ignore"
    limited = run.item_limit is not None and sum(lane_ids.values()) >= run.item_limit
    return judge(facts, lane_ids, trust_totals=trust, limited=limited)


def present_ids(rows: Iterable[Any]) -> set[int]:
    """Id hashes of all records the requests of a run delivered as being there."""
    present: set[int] = set()
    for row in rows:
        if row.seen:
            hashes = array("q")
            hashes.frombytes(row.seen)
            present.update(hashes)
    return present


def _counts(
    changes: Changes,
    absences: Absences,
    logged: dict[str, int],
    present: int,
    rejected: int,
    connection: Connection,
    run: int,
) -> dict[str, int]:
    """The counters of the run: what it would do if it is held, what it did if it is accepted (the same figures)."""
    added, changed = changes.counts.get("added", 0), changes.counts.get("changed", 0)
    back = changes.counts.get("returned", 0) + len(absences.returned)
    counts = {
        "seen": present + stored.tombstones(connection, run),
        "added": added,
        "changed": changed,
        "missing": len(absences.missing),
        "withdrawn": changes.counts.get("withdrawn", 0) + len(absences.due),
        "returned": back,
        "refused": stored.refused(connection, run),
        "quarantined": rejected,
    }
    counts["unchanged"] = max(0, present - added - changed - back - stored.known_rejected(connection, run))
    return counts | {kind: n for kind, n in logged.items() if kind in counts}


def _examples(changes: Changes, absences: Absences) -> dict[str, list[str]]:
    examples = {kind: list(ids) for kind, ids in changes.examples.items()}
    for kind, ids in (("missing", absences.missing), ("withdrawn", absences.due), ("returned", absences.returned)):
        if ids:
            examples[kind] = (examples.get(kind, []) + list(ids))[:10]
    return examples


def _rekeyed(connection: Connection, run: int, source: str, changes: Changes, absences: Absences) -> int:
    if len(absences.missing) < 10 or changes.counts.get("added", 0) < 10:
        return 0
    return stored.same_content(connection, run, source, absences.missing[:5000])
