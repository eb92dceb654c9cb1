"""One run: its three facts, its requests and their proofs, what it noticed and changed, and what a person decided."""

from __future__ import annotations

from typing import Any

from msgspec import json

from microharvest.clock import iso
from microharvest.explain.sheets import RunSheet
from microharvest.store import explaining
from microharvest.store.acceptance import classify
from microharvest.store.actions import last_actions
from microharvest.store.database import Database
from microharvest.store.runs import request_rows, run_row
from microharvest.telemetry import redact

__all__ = ["explain_run"]

REQUESTS = 20
FACTS = (
    "kind", "state", "outcome", "scope", "acceptance", "held_because", "plan", "item_limit", "unproven", "base_run",
    "error_code", "error", "server_date", "owner", "map_version", "held_code",
)  # fmt: skip


def explain_run(database: Database, number: int) -> RunSheet:
    """The run of that number, which exists."""
    with database.read() as connection:
        row = run_row(connection, number)
        requests = request_rows(connection, number)
        bodies = explaining.bodies_of_run(connection, number)
        findings = explaining.findings_of(connection, number)
        unmapped = explaining.unmapped_of(connection, number)
        refused = explaining.quarantine_of(connection, source=row.source, run=number)
        logged = explaining.change_counts(connection, number)
        actions = last_actions(connection, f"run {number}")
        waiting = row.acceptance == "held"
        examples = classify(connection, number, row.source).examples if waiting else {}
    failed_first = sorted(requests, key=lambda one: (one.state == "done", one.ordinal))
    return RunSheet(
        id=number,
        source=row.source,
        facts={
            **{name: getattr(row, name) for name in FACTS},
            "started": iso(row.started),
            "ended": iso(row.ended),
            "accepted_at": iso(row.accepted_at),
        },
        counts=json.decode(row.counts),
        issues=json.decode(row.issues),
        examples=examples,
        detail=tuple(json.decode(row.held_detail or "[]", type=list[tuple[str, str]])),
        requests=tuple(_request(one, bodies.get(one.body_id)) for one in failed_first[:REQUESTS]),
        more_requests=max(0, len(requests) - REQUESTS),
        findings=tuple({"code": one.code, "count": one.count, "example": one.example} for one in findings),
        unmapped=tuple({"path": one.path, "count": one.count, "example": one.example} for one in unmapped),
        quarantine=tuple(
            {"native_id": one.native_id, "code": one.code, "detail": one.detail, "at": iso(one.at)} for one in refused
        ),
        logged=logged,
        actions=tuple(
            {"at": iso(one.at), "who": one.who, "what": one.what, "why": one.why, "before": one.before,
             "after": one.after}
            for one in actions
        ),
    )  # fmt: skip


def _request(row: Any, body: Any) -> dict[str, Any]:
    return {
        "lane": row.lane,
        "kind": row.kind,
        "state": row.state,
        "url": redact(row.url),
        "status": body.status if body is not None else None,
        "size": body.size if body is not None else None,
        "proof": row.proof,
        "records": row.records,
        "ended": row.ended,
        "total": row.total,
        "taken_from_run": row.taken_from_run,
        "code": row.code,
        "detail": row.detail,
        "done_at": iso(row.done_at),
    }
