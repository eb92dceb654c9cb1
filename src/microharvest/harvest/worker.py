"""Parse processes: children of the nursery, each lent to one run, with an address-space limit and a deadline.

A body is parsed where it can do no harm: a crash, an endless loop or a memory bomb ends the process, not the
daemon, and fails only its body. A worker dies after its run, or when it has grown past `recycle_bytes` (libxml2
keeps a growing name dictionary for ever).
"""

from __future__ import annotations

import mmap
import resource
import signal
import tempfile
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec

from microharvest.harvest.nursery import Nursery
from microharvest.harvest.parse import KnownHashes, Reading, parse_body
from microharvest.kit.dialect import DialectSettings
from microharvest.kit.manifest import load_dialect, load_protocol
from microharvest.kit.protocol import Body, Request
from microharvest.map.apply import Defaults
from microharvest.store.parcel import encode_parcel

__all__ = [
    "NURSERY",
    "DeadWorkerError",
    "ParseWorker",
    "ReadingPlan",
    "inline_parcels",
    "make_reading",
    "read_known",
    "serve",
    "write_known",
]

_END = b""
_HASH_BYTES = 16
SLOWEST_BYTES_PER_S = 2 * 1024 * 1024
"""A body is read once before its first record (encoding, links), so its deadline grows with its size."""


class DeadWorkerError(Exception):
    """The parse process ended within a body: killed, out of memory, or past its deadline."""


class ReadingPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a worker needs to make its `Reading`; plain values that cross a pipe. `spool`: where what it unpacks
    may lie, on the store's disk rather than in a temporary folder that may be memory."""

    protocol: str
    url: str
    fetch: dict[str, Any]
    dialect: str
    settings: DialectSettings
    defaults: Defaults
    known_file: str | None
    batch_size: int
    spool: str | None = None


class _Job(msgspec.Struct, frozen=True):
    path: str
    url: str
    status: int
    headers: dict[str, str]
    proof: str
    size: int
    request: Request
    use_known: bool


NURSERY = Nursery(__name__, "serve")
_jobs = msgspec.msgpack.Decoder(_Job)
_starts = msgspec.msgpack.Decoder(tuple[ReadingPlan, int, int])
_encode = msgspec.msgpack.Encoder().encode


def make_reading(plan: ReadingPlan) -> Reading:
    """Load protocol and dialect and the accepted hashes. Raises ConfigError for an unknown connector."""
    reader, options = load_protocol(plan.protocol)
    mapping = load_dialect(plan.dialect)
    return Reading(
        protocol=reader(msgspec.convert(plan.fetch, options), plan.url),
        dialect=mapping(plan.settings),
        defaults=plan.defaults,
        known=read_known(Path(plan.known_file)) if plan.known_file else {},
        batch_size=plan.batch_size,
    )


def write_known(path: Path, known: Iterator[tuple[int, bytes]]) -> None:
    """Accepted (id hash, raw hash) pairs by id hash, for workers to read: all raw hashes, then all id hashes."""
    ids = array("q")
    with path.open("wb") as stream:
        for id_hash, raw_hash in known:
            ids.append(id_hash)
            stream.write(raw_hash)
        ids.tofile(stream)


class _KnownFile:
    """The file of `write_known`, mapped into memory and searched by halving: two million records cost no memory."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as stream:
            self._map = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
        self._count = len(self._map) // (_HASH_BYTES + 8)
        self._ids = self._map[self._count * _HASH_BYTES :].cast("q")

    def __len__(self) -> int:
        return self._count

    def get(self, id_hash: int) -> bytes | None:
        """The accepted raw hash of an id."""
        index = bisect_left(self._ids, id_hash)
        if index >= self._count or self._ids[index] != id_hash:
            return None
        return bytes(self._map[index * _HASH_BYTES : (index + 1) * _HASH_BYTES])


def read_known(path: Path) -> KnownHashes:
    """The inverse of `write_known`, for a file that is not empty."""
    return _KnownFile(path)


def inline_parcels(reading: Reading, body: Body, request: Request, *, use_known: bool) -> Iterator[bytes]:
    """The same blobs a worker would send, parsed in this very process."""
    if not use_known:
        reading = msgspec.structs.replace(reading, known={})
    for parcel in parse_body(reading, body, request):
        yield encode_parcel(parcel)


class ParseWorker:
    """One parse process. Not for use from two threads at once. Blocking: call it from an executor."""

    def __init__(self, plan: ReadingPlan, *, memory_bytes: int, deadline: timedelta, recycle_bytes: int) -> None:
        self._deadline_s = deadline.total_seconds()
        self._pipe, self._child = NURSERY.fork()
        with suppress(OSError):  # whoever asks for parcels is told that it is dead
            self._pipe.send_bytes(_encode((plan, memory_bytes, recycle_bytes)))
        self.usable = True

    def parcels(self, body: Body, request: Request, *, use_known: bool) -> Iterator[bytes]:
        """Blobs of one body, as they come. Raises DeadWorkerError; the worker is unusable afterwards."""
        job = _Job(str(body.path), body.url, body.status, body.headers, body.proof, body.size, request, use_known)
        deadline_s = self._deadline_s + body.size / SLOWEST_BYTES_PER_S
        try:
            self._pipe.send_bytes(_encode(job))
            while self._pipe.poll(deadline_s):
                blob = self._pipe.recv_bytes()
                if blob == _END:
                    self.usable = self._pipe.recv_bytes() == b"more"
                    return
                yield blob
        except (EOFError, OSError):
            raise DeadWorkerError(f"The parse process ended (exit status {self.close()}).") from None
        self.close()
        raise DeadWorkerError(f"The parse process gave nothing for {deadline_s:.0f} s.")

    def close(self) -> int | None:
        """End the process at once; harmless if it is gone. Its exit status, where it is known."""
        self.usable = False
        self._pipe.close()
        child, self._child = self._child, 0
        return NURSERY.end(child) if child else None


def serve(pipe: Connection) -> None:
    """What a parse process does: read what its run is about, then one body after the other."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the engine decides when a run stops
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with suppress(EOFError, ConnectionError):  # the run ended, or its process did: nobody listens any more
        plan, memory_bytes, recycle_bytes = _starts.decode(pipe.recv_bytes())
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        tempfile.tempdir = plan.spool
        reading = make_reading(plan)
        while _serve_one(pipe, reading, recycle_bytes):
            pass


def _serve_one(pipe: Connection, reading: Reading, recycle_bytes: int) -> bool:
    """Parse one body; False once this process has grown too large to be used again."""
    job = _jobs.decode(pipe.recv_bytes())
    body = Body(
        path=Path(job.path),
        url=job.url,
        status=job.status,
        headers=job.headers,
        proof=job.proof,  # type: ignore[arg-type]  # one of the literals: it was a Body on the other side
        size=job.size,
    )
    for blob in inline_parcels(reading, body, job.request, use_known=job.use_known):
        pipe.send_bytes(blob)
    pipe.send_bytes(_END)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 > recycle_bytes
    pipe.send_bytes(b"stop" if grown else b"more")
    return not grown
