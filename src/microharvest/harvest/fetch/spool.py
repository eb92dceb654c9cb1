"""A body on its way to disk: decoded, counted, hashed, capped, and with proof of its end.

Everything is written in the event loop: pieces of 64 KiB to 1 MiB go to the page cache, a thread hop each would cost
more. Nothing is synced: after a power cut the file may be short, so whoever parses it later compares size and hash.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Literal

import aiohttp
import msgspec

from microharvest.errors import StoreError
from microharvest.harvest.fetch.faults import Fault
from microharvest.harvest.fetch.gunzip import Gunzip
from microharvest.harvest.fetch.policy import MIB, FetchPolicy

__all__ = ["RateWatch", "Spooled", "spool_body"]

_CHUNK = 64 * 1024
_RATIO_FLOOR = MIB


class Spooled(msgspec.Struct, frozen=True, kw_only=True):
    """A whole body on disk; sizes in bytes."""

    path: Path
    sha256: str
    size: int
    wire_bytes: int
    proof: Literal["length", "chunked", "none"]


class RateWatch:
    """Says when fewer bytes than asked for came within the sliding window. Times in seconds of any steady clock.

    A server that drips a byte now and then never trips a read timeout; this ends it.
    """

    def __init__(self, min_bytes_s: int, window_s: float, now: float) -> None:
        self._least, self._window = min_bytes_s * window_s, window_s
        self._marks: deque[tuple[float, int]] = deque([(now, 0)])

    def too_slow(self, now: float, total: int) -> bool:
        """Note the bytes so far; True where the window holds too few of them."""
        marks = self._marks
        while len(marks) > 1 and marks[1][0] <= now - self._window:
            marks.popleft()
        since, before = marks[0]
        if len(marks) > 1 and now - marks[-2][0] < self._window / 32:
            marks[-1] = (now, total)  # a fast stream keeps some dozens of marks, not thousands
        else:
            marks.append((now, total))
        return now - since >= self._window and total - before < self._least


class _Sink:
    """The decoded side: writes, hashes and counts against the caps."""

    def __init__(self, stream: BinaryIO, policy: FetchPolicy) -> None:
        self._stream, self._policy = stream, policy
        self._hash = hashlib.sha256()
        self.size = 0

    def take(self, piece: bytes, wire: int) -> None:
        self.size += len(piece)
        if self.size > self._policy.max_bytes:
            raise Fault("source.too_large", f"The answer is larger than {self._policy.max_bytes} bytes.")
        if self.size > _RATIO_FLOOR and self.size > wire * self._policy.max_ratio:
            raise Fault(
                "source.bomb", f"The answer decompresses to more than {self._policy.max_ratio:g} times its size."
            )
        self._hash.update(piece)
        try:
            self._stream.write(piece)
        except OSError as error:
            raise _spool_error(error) from None

    def sha256(self) -> str:
        return self._hash.hexdigest()


async def spool_body(
    response: aiohttp.ClientResponse, path: Path, policy: FetchPolicy, steady: Callable[[], float]
) -> Spooled:
    """Read the body into a new file. If anything goes wrong the caller removes what there is of it.

    Fault for what the policy refuses, aiohttp's errors as they come, StoreError where the disk will not take it.
    """
    gunzip = Gunzip(policy.max_members) if _is_gzip(response) else None
    declared = response.content_length or 0
    if declared > policy.max_wire_bytes or (gunzip is None and declared > policy.max_bytes):
        raise Fault("source.too_large", f"The answer announces {declared} bytes.")
    try:
        stream = open(path, "xb", buffering=0)  # noqa: ASYNC230, SIM115 - see the module's first lines
    except OSError as error:
        raise _spool_error(error) from None
    with stream:
        return await _copy(response, stream, path, policy, gunzip, steady)


async def _copy(
    response: aiohttp.ClientResponse,
    stream: BinaryIO,
    path: Path,
    policy: FetchPolicy,
    gunzip: Gunzip | None,
    steady: Callable[[], float],
) -> Spooled:
    sink = _Sink(stream, policy)
    watch = RateWatch(policy.min_rate_bytes_s, policy.min_rate_window_s, steady())
    wire = 0
    async for chunk in response.content.iter_chunked(_CHUNK):
        wire += len(chunk)
        if wire > policy.max_wire_bytes:
            raise Fault("source.too_large", f"The answer is larger than {policy.max_wire_bytes} bytes as sent.")
        if gunzip is None:
            sink.take(chunk, wire)
        else:
            for piece in gunzip.feed(chunk):
                sink.take(piece, wire)
        if watch.too_slow(steady(), wire):
            raise Fault("source.too_slow", f"The answer came at less than {policy.min_rate_bytes_s} bytes a second.")
    proof = _proof(response)
    if gunzip is not None and (wire or proof == "none"):
        gunzip.finish()  # a body declared empty needs no trailer: error answers often say gzip and send nothing
    return Spooled(path=path, sha256=sink.sha256(), size=sink.size, wire_bytes=wire, proof=proof)


_CODINGS = frozenset(
    {
        "aes128gcm",
        "br",
        "compress",
        "dcb",
        "dcz",
        "deflate",
        "exi",
        "gzip",
        "pack200-gzip",
        "x-compress",
        "x-gzip",
        "zstd",
    }
)
"""Of the IANA registry, without `identity`."""


def _is_gzip(response: aiohttp.ClientResponse) -> bool:
    codings = [
        coding.strip().lower()
        for line in response.headers.getall("Content-Encoding", [])
        for coding in line.split(",")
        if coding.strip()
    ]
    codings = [coding for coding in codings if coding in _CODINGS]  # "none", "utf-8": no coding, whoever says so
    if not codings:
        return False
    if codings in (["gzip"], ["x-gzip"]):
        return True
    raise Fault("source.encoding", "The body has a content coding that was not offered, or several.")


def _proof(response: aiohttp.ClientResponse) -> Literal["length", "chunked", "none"]:
    if "chunked" in response.headers.get("Transfer-Encoding", "").lower():
        return "chunked"
    if "Content-Length" in response.headers or response.status in (204, 304):
        return "length"
    return "none"


def _spool_error(error: OSError) -> StoreError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StoreError("store.full", "The disk is full while an answer is written to the spool folder.")
    reason = os.strerror(error.errno) if error.errno else "unknown error"
    return StoreError("store.read_only", f"An answer cannot be written to the spool folder: {reason}.")
