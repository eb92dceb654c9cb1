"""Who may write a source. A lease runs out by itself; its fence number never goes back.

Every write transaction of a run calls `check_fence` first: a process that slept through its lease finds a higher
fence and writes nothing. Lease time is the database's clock on PostgreSQL and the process's on SQLite. Where the
holder was a process of this machine that is no more (killed, or its disk was full), nobody waits for the lease to end.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zlib import crc32

import msgspec
from sqlalchemy import Connection, bindparam, func, or_, select, update

from microharvest.clock import Clock, utc_now
from microharvest.errors import RunError
from microharvest.store.database import Database, insert_ignore, table_of
from microharvest.store.harvest_tables import SourceRow

__all__ = [
    "Lease",
    "LeaseHeld",
    "acquire",
    "check_fence",
    "ensure_source",
    "free_leases",
    "held_leases",
    "lease_owner",
    "leased",
    "release",
    "renew",
]

_source = table_of(SourceRow)
_FENCE = select(_source.c.fence).where(_source.c.id == bindparam("source")).with_for_update(read=True)


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """The right to write one source, for as long as `fence` is the highest."""

    source: str
    owner: str
    fence: int


class LeaseHeld(msgspec.Struct, frozen=True, kw_only=True):
    """Who is working on a source, until when at least."""

    source: str
    owner: str
    until: datetime


def lease_owner() -> str:
    """Who holds a lease: host, process id, and where that id means anything; callers add what they are at."""
    return f"{socket.gethostname()}:{os.getpid()}{_SPACE}"


_CLOCK_SET_BACK = timedelta(days=1)
"""No lease runs for so long: one that seems to was given under a clock that was ahead."""


def _space() -> str:
    """This start of this machine and its numbering of processes (Linux), as `@…`; empty where neither can be told."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_bytes()
        return f"@{crc32(boot + os.readlink('/proc/self/ns/pid').encode()):08x}"
    except OSError:
        return ""


_SPACE = _space()


def _is_dead(owner: str) -> bool:
    """Whether a holder was a process of this machine and is no more. In doubt it lives: its lease ends by itself."""
    found = re.match(rf"{re.escape(socket.gethostname())}:(\d+){_SPACE}(?::|$)", owner) if _SPACE else None
    if found is None:
        return False
    try:
        os.kill(int(found[1]), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def ensure_source(connection: Connection, source: str, now: datetime) -> None:
    """The row of a source, made at first sight."""
    row = {
        "id": source, "life": "active", "created": now, "fence": 0, "failures": 0, "protocol_state": "{}",
    }  # fmt: skip
    insert_ignore(connection, SourceRow, [row], keys=["id"])


def acquire(database: Database, source: str, owner: str, ttl: timedelta, *, clock: Clock = utc_now) -> Lease:
    """Take the source over if nobody holds it. Raises RunError run.busy with who holds it until when."""
    with database.write() as connection:
        now = _lease_now(connection, clock)
        ensure_source(connection, source, clock())
        running = _source.c.lease_until.between(now, now + _CLOCK_SET_BACK)
        free = or_(_source.c.lease_until.is_(None), ~running, _source.c.lease_owner == owner)
        holder = connection.execute(select(_source.c.lease_owner).where(_source.c.id == source)).scalar()
        if holder is not None and _is_dead(holder):
            free = or_(free, _source.c.lease_owner == holder)
        fence = connection.execute(
            update(_source)
            .where(_source.c.id == source, free)
            .values(lease_owner=owner, lease_until=now + ttl, fence=_source.c.fence + 1)
            .returning(_source.c.fence)
        ).scalar()
        if fence is None:
            held = connection.execute(
                select(_source.c.lease_owner, _source.c.lease_until).where(_source.c.id == source)
            ).one()
            left = max(0, int((held.lease_until - now).total_seconds()))
            raise RunError(
                "run.busy",
                f"{source} is being worked on by {held.lease_owner}: wait for it, or stop it "
                f"(its lease ends in {left} s).",
            )
    return Lease(source=source, owner=owner, fence=fence)


def renew(database: Database, lease: Lease, ttl: timedelta, *, clock: Clock = utc_now) -> bool:
    """Prolong; False if somebody else took over."""
    with database.write() as connection:
        now = _lease_now(connection, clock)
        changed = connection.execute(
            update(_source)
            .where(_source.c.id == lease.source, _source.c.fence == lease.fence)
            .values(lease_until=now + ttl)
        )
        return changed.rowcount == 1


def release(database: Database, lease: Lease) -> None:
    """Give the source back; nothing happens if somebody else holds it by now."""
    with database.write() as connection:
        connection.execute(
            update(_source)
            .where(_source.c.id == lease.source, _source.c.fence == lease.fence)
            .values(lease_owner=None, lease_until=None)
        )


@contextmanager
def leased(database: Database, source: str, what: str, ttl: timedelta, *, clock: Clock = utc_now) -> Iterator[Lease]:
    """The source is this process's while the block lasts; `what`: what it is at. Errors as `acquire`."""
    lease = acquire(database, source, f"{lease_owner()}:{what}", ttl, clock=clock)
    try:
        yield lease
    finally:
        release(database, lease)


def held_leases(connection: Connection, now: datetime) -> list[LeaseHeld]:
    """Sources that somebody is working on: those that `acquire` refuses to everybody else."""
    now = _lease_now(connection, lambda: now)
    columns = select(_source.c.id, _source.c.lease_owner, _source.c.lease_until)
    held = columns.where(_source.c.lease_until.between(now, now + _CLOCK_SET_BACK)).order_by(_source.c.id)
    return [
        LeaseHeld(source=row.id, owner=row.lease_owner, until=row.lease_until)
        for row in connection.execute(held)
        if not _is_dead(row.lease_owner)
    ]


def free_leases(connection: Connection) -> None:
    """In a store that was just put back nobody works; whoever did when it was copied finds a higher fence."""
    connection.execute(update(_source).values(lease_owner=None, lease_until=None, fence=_source.c.fence + 1))


def check_fence(connection: Connection, source: str, fence: int) -> None:
    """Raise RunError run.lease_lost unless `fence` is still the highest; locks the row against a takeover."""
    found = connection.execute(_FENCE, {"source": source}).scalar()
    if found != fence:
        raise RunError(
            "run.lease_lost", f"Another process took {source} over while this one slept: nothing more was written."
        )


def _lease_now(connection: Connection, clock: Clock) -> datetime:
    if connection.dialect.name == "postgresql":
        now = connection.execute(select(func.now())).scalar()
        assert isinstance(now, datetime)
        return now
    return clock()
