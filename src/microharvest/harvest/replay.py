"""`quarantine replay`: kept bytes through the present dialect and tables. No network.

What must stay true: what works now lands as a small run of its own, under the same guards, and leaves the quarantine
in the very transaction that accepts it; bytes older than what the source said since are obsolete and never overwrite
it; whatever still fails stays where it is. A replay says nothing of absences, watermark or freshness.
"""

from __future__ import annotations

from array import array
from datetime import datetime, timedelta
from typing import Any

import msgspec

from microharvest.clock import Clock, utc_now
from microharvest.harvest.ending import settle
from microharvest.harvest.parse import Reading, parse_documents, parse_records
from microharvest.harvest.report import RunReport
from microharvest.harvest.setup import RunPlan, plan_run
from microharvest.harvest.sieve import without_forgotten
from microharvest.harvest.worker import make_reading
from microharvest.kit.document import open_document, open_record
from microharvest.kit.protocol import Request
from microharvest.model.ids import id_hash
from microharvest.settings import Settings
from microharvest.sources import SourceConfig
from microharvest.store import landing, quarantine
from microharvest.store.actions import note_action
from microharvest.store.database import Connection, Database
from microharvest.store.forgetting import load_forgotten
from microharvest.store.leases import Lease, check_fence, leased
from microharvest.store.parcel import Landed, Parcel
from microharvest.store.quarantine import Selection
from microharvest.store.runs import open_run, run_of, run_row, source_row
from microharvest.telemetry import failpoint

__all__ = ["ReplayReport", "replay"]

TTL = timedelta(minutes=10)
MOST = 2000
"""Records of one run: they are held in memory until it is stored."""


class ReplayReport(msgspec.Struct, frozen=True, kw_only=True):
    """`landed` now, `obsolete` (the source said something newer since), `left`: still not usable, by code; `fragments`:
    bodies and parts of rows, which only another harvest can read. `run`: the run that landed them, if any did."""

    source: str
    tried: int = 0
    landed: int = 0
    obsolete: int = 0
    fragments: int = 0
    no_offers: int = 0
    left: dict[str, int] = {}
    run: RunReport | None = None


class _Sorted(msgspec.Struct, kw_only=True):
    """What became of the rows: offers to land with the row each came from, and rows that go away."""

    landed: list[Landed] = []
    used: list[int] = []
    obsolete: list[int] = []
    no_offers: list[int] = []
    not_offers: dict[str, int] = {}
    left: dict[str, int] = {}
    fragments: int = 0
    tried: int = 0
    more: bool = False


class _Later(msgspec.Struct, frozen=True, kw_only=True):
    """What the last accepted harvest said: ids it delivered, and of these the ones it could not read either."""

    run: int
    present: set[int]
    refused: set[str]

    def tells(self, native_id: str, run: int) -> bool:
        """True if it had the record in a readable form, after `run`."""
        return self.run > run and id_hash(native_id) in self.present and native_id not in self.refused


def replay(
    database: Database,
    config: SourceConfig,
    settings: Settings,
    chosen: Selection,
    *,
    who: str,
    why: str = "",
    clock: Clock = utc_now,
) -> list[ReplayReport]:
    """Replay what of a source is chosen, at most `MOST` records a run. Raises ConfigError, RunError run.busy."""
    plan = plan_run(config, settings)
    chosen = msgspec.structs.replace(chosen, source=config.id)
    reading = make_reading(plan.reading(None))
    reports = []
    with leased(database, config.id, "replay", TTL, clock=clock) as lease:
        more, below = True, None
        while more:
            found, below = _sort(database, config.id, reading, chosen, below)
            reports.append(_store(database, plan, lease, found, who, why, clock()))
            more = found.more
    return reports


def _sort(
    database: Database, source: str, reading: Reading, chosen: Selection, below: int | None
) -> tuple[_Sorted, int | None]:
    """Read rows until enough can be landed, the newest of each record first."""
    result, seen = _Sorted(), set[str]()
    with database.read() as connection:
        run, packed, refused = quarantine.latest_view(connection, source)
        present = set(array("q", b"".join(packed)))
        later = _Later(run=run, present=present, refused=refused)
        for page in quarantine.pages(connection, chosen, below):
            for row in page:
                result.tried += 1
                below = row.id
                _take(connection, later, reading, row, result, seen)
            if len(result.landed) >= MOST:
                result.more = True
                break
    return result, below


def _take(connection: Connection, later: _Later, reading: Reading, row: Any, result: _Sorted, seen: set[str]) -> None:
    parcel = _parcel(reading, row)
    if parcel is None:
        result.fragments += 1
        return
    if parcel.rejected or not (parcel.landed or parcel.not_offers):
        code = parcel.rejected[0].code if parcel.rejected else row.code
        result.left[code] = result.left.get(code, 0) + 1
        return
    newest = quarantine.newest_of(connection, row.source, [one.native_id for one in parcel.landed])
    fresh = [
        one
        for one in parcel.landed
        if one.native_id not in seen
        and not (one.native_id in newest and newest[one.native_id] >= row.at)
        and not later.tells(one.native_id, row.run)
    ]
    for code, count in parcel.not_offers.items():
        result.not_offers[code] = result.not_offers.get(code, 0) + count
    seen.update(one.native_id for one in fresh)
    result.landed += fresh
    if fresh:
        result.used.append(row.id)
    elif parcel.landed:
        result.obsolete.append(row.id)
    else:
        result.no_offers.append(row.id)


def _parcel(reading: Reading, row: Any) -> Parcel | None:
    """The record in the row's bytes, mapped; None where they are no record of their own."""
    content = bytes(row.content or b"")
    media_type = row.media_type or (_guessed(content) if row.code.startswith("record.") else "")
    if not content or not media_type:
        return None
    try:
        if row.native_id:
            names = reading.dialect.names
            return parse_records(reading, [open_record(content, media_type, names, native_id=row.native_id)])
        return parse_documents(reading, [open_document(content, media_type)])
    except (ValueError, SyntaxError):  # lxml's errors are SyntaxErrors
        return None


def _guessed(content: bytes) -> str:
    """The media type of a record kept before it was written down."""
    first = content.lstrip()[:1]
    return "application/json" if first in {b"{", b"["} else "application/xml" if first == b"<" else ""


def _store(
    database: Database, plan: RunPlan, lease: Lease, found: _Sorted, who: str, why: str, now: datetime
) -> ReplayReport:
    """One transaction: the run, its acceptance, and the rows it emptied."""
    source = plan.config.id
    run: RunReport | None = None
    with database.write() as connection:
        check_fence(connection, source, lease.fence)
        done = [*found.obsolete, *found.no_offers]
        if found.landed or found.not_offers:
            run = _land(connection, plan, lease, found, now)
            done += found.used if run.acceptance == "accepted" else []
        failpoint("replay.landed")
        dropped = quarantine.drop_rows(connection, done)
        said = f"{len(found.landed)} landed, {dropped} left the quarantine" + (f", run {run.run}" if run else "")
        note_action(connection, now, who, "replay", source, why, f"{found.tried} tried", said)
        failpoint("replay.before_commit")
    return ReplayReport(
        source=source,
        tried=found.tried,
        landed=len(found.landed),
        obsolete=len(found.obsolete),
        fragments=found.fragments,
        no_offers=len(found.no_offers),
        left=dict(sorted(found.left.items())),
        run=run,
    )


def _land(connection: Connection, plan: RunPlan, lease: Lease, found: _Sorted, now: datetime) -> RunReport:
    source, base = plan.config.id, source_row(connection, plan.config.id).accepted_run
    request = Request(lane="quarantine", url="quarantine:")
    values = {
        "source": source, "kind": "replay", "scope": "delta", "fence": lease.fence, "owner": lease.owner,
        "started": now, "base_run": base, "settings_hash": plan.settings_hash, "map_version": plan.map_version,
    }  # fmt: skip
    number = open_run(connection, values, [request])
    arrival = landing.Arrival(
        run=number,
        source=source,
        request=request,
        map_version=plan.map_version,
        now=now,
        keep_quarantine=plan.settings.harvest.keep_quarantine,
    )
    parcel = without_forgotten(
        Parcel(landed=found.landed, not_offers=found.not_offers), source, load_forgotten(connection)
    )
    landing.land_parcel(connection, arrival, parcel, 0, [], frozenset())
    landing.finish_request(
        connection,
        arrival,
        values={"seen": _packed(parcel.landed), "records": len(parcel.landed), "ended": True, "proof": "local"},
        body=None,
        provenance=None,
    )
    return settle(connection, plan.config, run_of(run_row(connection, number)), now)


def _packed(landed: list[Landed]) -> bytes:
    """Id hashes as a request keeps them."""
    return array("q", (one.id_hash for one in landed)).tobytes()
