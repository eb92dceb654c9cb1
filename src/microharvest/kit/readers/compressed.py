"""Files that are gzip themselves (`sitemap.xml.gz`), whatever the transport did: opened with a ceiling.

What must stay true: the decoded size is bounded before anybody reads it, and a stream without its trailer is cut.
"""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from microharvest.kit.readers.answer import Unreadable

__all__ = ["MAX_DECODED_BYTES", "open_plain"]

MAX_DECODED_BYTES = 1024 * 1024 * 1024
_STEP = 1024 * 1024
_GZIP = 31  # zlib window bits: 15, with a gzip header and trailer
_IN_MEMORY = 4 * 1024 * 1024
_RATIO = 200


@contextmanager
def open_plain(stream: BinaryIO, max_bytes: int = MAX_DECODED_BYTES) -> Iterator[BinaryIO]:
    """The stream itself, or what its gzip members hold (spooled to disk beyond 4 MiB), from the start.

    Raises Unreadable: source.bomb, source.too_large, source.cut, source.encoding.
    """
    magic = stream.read(2)
    stream.seek(0)
    if magic != b"\x1f\x8b":
        yield stream
        return
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as plain:
        file = cast(BinaryIO, plain)
        _inflate(stream, file, max_bytes)
        file.seek(0)
        yield file


def _inflate(stream: BinaryIO, plain: BinaryIO, max_bytes: int) -> None:
    inflater, data = zlib.decompressobj(_GZIP), b""
    wire = 0
    try:
        while True:
            if not data:
                data = stream.read(_STEP)
                wire += len(data)
            if inflater.eof:
                if not data.strip(b"\x00"):
                    return
                inflater = zlib.decompressobj(_GZIP)
            elif not data:
                raise Unreadable("source.cut", "The gzip file ends before its trailer.")
            plain.write(inflater.decompress(data, _STEP))
            data = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
            if plain.tell() > max_bytes:
                raise Unreadable("source.too_large", f"The gzip file holds more than {max_bytes} bytes.")
            if plain.tell() > max(_STEP, _RATIO * wire):
                raise Unreadable("source.bomb", "The gzip file decompresses out of all proportion.")
    except zlib.error:
        raise Unreadable("source.encoding", "The gzip file is damaged.") from None
