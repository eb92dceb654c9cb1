"""A gzip decoder for bodies: streams, caps the number of members, and insists on every trailer.

aiohttp's own decoder takes a cut gzip stream for a whole one (3.13.5 and 3.14.5), which would make a cut feed look
like a shorter feed; RFC 1952 §2.3.1 puts CRC and length at the end of each member for that very reason.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from microharvest.harvest.fetch.faults import Fault

__all__ = ["Gunzip"]

_STEP = 1024 * 1024
_GZIP = 31  # zlib window bits: 15, with a gzip header and trailer


class Gunzip:
    """Feed it wire bytes, take decoded pieces of at most 1 MiB; `finish` says whether the end was there."""

    def __init__(self, max_members: int) -> None:
        self._max_members = max_members
        self._members = 0
        self._stream = zlib.decompressobj(_GZIP)
        self._open = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The decoded bytes of this piece. Fault `source.encoding` or `source.bomb`."""
        while data or self._open:
            if not self._open:
                self._begin()
            try:
                piece = self._stream.decompress(data, _STEP)
            except zlib.error:
                what = "What follows the gzip stream" if self._members > 1 else "The body"
                raise Fault("source.encoding", f"{what} is not valid gzip.") from None
            if piece:
                yield piece
            if self._stream.eof:
                data, self._open = self._stream.unused_data, False
            else:
                data = self._stream.unconsumed_tail
                if not data and len(piece) < _STEP:
                    return  # all of it is out; a full piece may have more waiting inside zlib

    def _begin(self) -> None:
        self._members += 1
        if self._members > self._max_members:
            raise Fault("source.bomb", f"The body has more than {self._max_members} gzip members.")
        self._stream, self._open = zlib.decompressobj(_GZIP), True

    def finish(self) -> None:
        """Fault `source.cut` unless the last member came with its trailer. No bytes at all are no gzip stream."""
        if self._open or not self._members:
            raise Fault("source.cut", "The gzip stream ended before its trailer.")
