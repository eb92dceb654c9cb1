"""Runs and their requests: opening, resuming, and what is still to be asked.

Resume after any crash is "pick the pending requests": a request row is inserted once per (run, key), and is done
only in the transaction that stored its last batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from microharvest.kit.protocol import Request
from microharvest.model.ids import content_hash
from microharvest.store.database import insert_ignore, table_of
from microharvest.store.harvest_tables import (
    FindingRow,
    QuarantineRow,
    RequestRow,
    RunRow,
    SourceRow,
    ValidatorRow,
    VersionRow,
)

__all__ = [
    "Known",
    "OpenRun",
    "abandon_run",
    "add_requests",
    "forget_landed",
    "insert_run",
    "load_known",
    "mark_failed",
    "open_run",
    "open_settled_run",
    "pending_requests",
    "request_of",
    "request_rows",
    "run_of",
    "run_row",
    "running_runs",
    "source_row",
    "supersede_lane",
    "unfinished_run",
    "url_key",
]

_run, _request, _source = table_of(RunRow), table_of(RequestRow), table_of(SourceRow)
_version, _finding, _quarantine = table_of(VersionRow), table_of(FindingRow), table_of(QuarantineRow)
_validator = table_of(ValidatorRow)

_OF_RUN = _request.c.run == bindparam("of_run")
_PRESENT = select(_request.c.key, _request.c.parent).where(
    _OF_RUN, _request.c.key.in_(bindparam("keys", expanding=True))
)
_LAST = select(func.coalesce(func.max(_request.c.ordinal), 0)).where(_OF_RUN)


class OpenRun(msgspec.Struct, kw_only=True):
    """A run being worked on, as its engine needs it. `kind`: `harvest`, or `replay` of what was in quarantine."""

    id: int
    source: str
    scope: str
    plan: bool
    item_limit: int | None
    base_run: int | None
    started: datetime
    state: dict[str, Any]
    conditional: bool = True
    kind: str = "harvest"


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A validator and the done request that set it; `stamp` is what its list said of it then."""

    etag: str | None
    last_modified: str | None
    sha256: str
    run: int
    key: str
    stamp: str | None = None


def url_key(method: str, url: str, body: bytes = b"") -> str:
    """What a validator belongs to, whatever the lane."""
    return content_hash(f"{method} {url}\n".encode() + body).hex()


def source_row(connection: Connection, source: str) -> Any:
    """The source's row; None if it was never seen."""
    return connection.execute(select(_source).where(_source.c.id == source)).one_or_none()


def run_row(connection: Connection, run: int) -> Any:
    """A run's row, or None."""
    return connection.execute(select(_run).where(_run.c.id == run)).one_or_none()


def unfinished_run(connection: Connection, source: str) -> Any:
    """The newest harvest of the source that was begun and not ended, or None."""
    return connection.execute(
        select(_run)
        .where(_run.c.source == source, _run.c.state == "running", _run.c.kind == "harvest")
        .order_by(_run.c.id.desc())
        .limit(1)
    ).one_or_none()


def running_runs(connection: Connection) -> set[int]:
    """Numbers of all runs that were begun and not ended."""
    return set(connection.execute(select(_run.c.id).where(_run.c.state == "running")).scalars())


def run_of(row: Any, *, conditional: bool = True) -> OpenRun:
    """A stored run as its engine needs it."""
    return OpenRun(
        id=row.id,
        source=row.source,
        scope=row.scope,
        plan=bool(row.plan),
        item_limit=row.item_limit,
        base_run=row.base_run,
        started=row.started,
        state=msgspec.json.decode(row.start_state) | msgspec.json.decode(row.new_state),
        conditional=conditional,
        kind=row.kind,
    )


def insert_run(connection: Connection, **values: Any) -> int:
    """A run by itself; returns its number. What is not said is as in a run that just begins."""
    began = {"state": "running", "plan": False, "unproven": False}
    began |= dict.fromkeys(("start_state", "new_state", "counts", "issues"), "{}")
    return int(connection.execute(insert(_run).values(began | values).returning(_run.c.id)).scalar_one())


def open_run(connection: Connection, values: dict[str, Any], requests: Sequence[Request]) -> int:
    """Insert a run together with its first requests; returns its number."""
    number = insert_run(connection, **values)
    add_requests(connection, number, requests, parent=None)
    return number


def open_settled_run(
    connection: Connection, source: str, kind: str, fence: int, owner: str, now: datetime, base: int | None = None
) -> int:
    """A run that asks nothing and is accepted as it stands: what a person did to a source, in the change log."""
    return insert_run(
        connection, source=source, kind=kind, state="ended", scope="full", outcome="complete", acceptance="accepted",
        fence=fence, owner=owner, started=now, ended=now, accepted_at=now, base_run=base,
    )  # fmt: skip


def abandon_run(connection: Connection, run: int, why: str, now: datetime) -> None:
    """End an unfinished run that will not be resumed; what it landed stays invisible and is dropped."""
    connection.execute(delete(_version).where(_version.c.run == run))
    connection.execute(
        update(_run)
        .where(_run.c.id == run)
        .values(state="ended", outcome="failed", acceptance="rejected", ended=now, error=why)
    )


def add_requests(
    connection: Connection, run: int, requests: Sequence[Request], *, parent: str | None
) -> tuple[list[Request], list[Request]]:
    """Insert what is new; returns (inserted, refused as already asked by somebody else).

    Offering the same key twice is no second request: an item listed twice is asked once, a page that leads to a
    page already asked is a loop (the caller decides by `kind`).
    """
    if not requests:
        return [], []
    by_key = {request.key: request for request in requests}
    present: dict[str, str | None] = {}
    keys = list(by_key)
    for start in range(0, len(keys), 500):
        part = keys[start : start + 500]
        found = connection.execute(_PRESENT, {"of_run": run, "keys": part})
        present.update({row.key: row.parent for row in found})
    fresh = [request for key, request in by_key.items() if key not in present]
    again = [request for key, request in by_key.items() if key in present and present[key] != parent]
    base = connection.execute(_LAST, {"of_run": run}).scalar_one()
    rows = [
        {
            "run": run, "key": request.key, "ordinal": base + number, "parent": parent,
            "lane": request.lane, "kind": request.kind, "generation": request.generation, "depth": request.depth,
            "method": request.method, "url": request.url,
            "url_key": url_key(request.method, request.url, request.body), "body": request.body or None,
            "headers": _json(request.headers), "carry": _json(request.carry),
            "conditional": request.conditional, "state": "pending", "batches": 0, "records": 0, "closed": False,
        }
        for number, request in enumerate(fresh, start=1)
    ]  # fmt: skip
    insert_ignore(connection, RequestRow, rows, keys=["run", "key"])
    return fresh, again


def pending_requests(connection: Connection, run: int) -> list[Request]:
    """What is still to be asked, in the order it was found."""
    rows = connection.execute(
        select(_request).where(_request.c.run == run, _request.c.state == "pending").order_by(_request.c.ordinal)
    )
    return [request_of(row) for row in rows]


def request_of(row: Any) -> Request:
    """A stored request as it is asked."""
    return Request(
        lane=row.lane,
        url=row.url,
        kind=row.kind,
        method=row.method,
        body=row.body or b"",
        headers=msgspec.json.decode(row.headers),
        carry=msgspec.json.decode(row.carry),
        generation=row.generation,
        depth=row.depth,
        conditional=row.conditional,
    )


def request_rows(connection: Connection, run: int) -> list[Any]:
    """All requests of a run, in order."""
    return list(connection.execute(select(_request).where(_request.c.run == run).order_by(_request.c.ordinal)))


def forget_landed(connection: Connection, run: int, key: str) -> None:
    """Drop what an interrupted request landed, before its body (fetched again, perhaps changed) is parsed anew."""
    connection.execute(delete(_version).where(_version.c.run == run, _version.c.request_key == key))
    connection.execute(delete(_quarantine).where(_quarantine.c.run == run, _quarantine.c.request_key == key))
    connection.execute(update(_request).where(_request.c.run == run, _request.c.key == key).values(batches=0))


def mark_failed(
    connection: Connection, run: int, key: str, *, state: str, code: str, detail: str, now: datetime
) -> None:
    """End a request without records: `failed`, `absent` (an item that is no more) or `replaced`."""
    connection.execute(
        update(_request)
        .where(_request.c.run == run, _request.c.key == key)
        .values(state=state, code=code, detail=detail[:500], done_at=now)
    )


def supersede_lane(connection: Connection, run: int, lane: str, generation: int) -> None:
    """A lane starts again: what earlier generations asked and landed no longer counts."""
    old = select(_request.c.key).where(
        _request.c.run == run, _request.c.lane == lane, _request.c.generation < generation
    )
    connection.execute(delete(_version).where(_version.c.run == run, _version.c.request_key.in_(old)))
    connection.execute(delete(_quarantine).where(_quarantine.c.run == run, _quarantine.c.request_key.in_(old)))
    connection.execute(
        update(_request)
        .where(_request.c.run == run, _request.c.lane == lane, _request.c.generation < generation)
        .values(state="superseded", seen=None)
    )


def load_known(connection: Connection, source: str, key: str, settings_hash: str) -> Known | None:
    """The validator of an address, if the settings it was made under are the present ones."""
    row = connection.execute(
        select(_validator).where(
            _validator.c.source == source,
            _validator.c.url_key == key,
            _validator.c.settings_hash == settings_hash,
        )
    ).one_or_none()
    if row is None:
        return None
    carry = connection.execute(
        select(_request.c.carry).where(_request.c.run == row.run, _request.c.key == row.key)
    ).scalar()
    return Known(
        etag=row.etag,
        last_modified=row.last_modified,
        sha256=row.sha256,
        run=row.run,
        key=row.key,
        stamp=msgspec.json.decode(carry).get("stamp") if carry else None,
    )


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
