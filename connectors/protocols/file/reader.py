"""One URL or path as a whole, in any format of `FORMATS`, plain, gzip or one member of a ZIP archive.

What must stay true: an HTML page or an error message with status 200 is no feed; the list has ended only where the
format or its last line says so; an archive in an archive is not opened.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import PurePosixPath
from typing import BinaryIO, Literal
from urllib.parse import unquote, urlsplit

from microharvest.connectors.protocols.file.formats import (  # found by a path hook
    EXTENSIONS,
    FORMATS,
    find_format,
    refuse_binary,
)
from microharvest.connectors.protocols.file.options import Options
from microharvest.connectors.protocols.file.plain import Plain

from microharvest.kit import Batch, Body, Failure, Next, ProtocolState, Refused, Request
from microharvest.kit.readers import (
    Unreadable,
    is_workbook,
    is_zip,
    looks_like_html,
    open_member,
    open_plain,
    refuse_status,
)

__all__ = ["Options", "Reader"]

MAX_DECODED_BYTES = 8 * 1024 * 1024 * 1024
_HEAD_BYTES = 64 * 1024
_PASSING = frozenset({"source.cut", "source.not_a_feed"})


class Reader:
    """Follows `kit.Protocol`."""

    def __init__(self, options: Options, url: str) -> None:
        self._options = options
        self._url = url

    def scope(self, state: ProtocolState, *, full: bool) -> Literal["full", "delta"]:
        """A file is always everything."""
        return "full"

    def start(self, state: ProtocolState, now: datetime, *, full: bool) -> list[Request]:
        """The file itself."""
        return [Request(lane="file", url=self._url, conditional=self._options.conditional)]

    def parse(self, body: Body, request: Request) -> Iterator[Batch | Refused]:
        """Documents in file order, and the evidence of the end."""
        refused = refuse_status(body)
        if refused is not None:
            yield refused
            return
        try:
            name = PurePosixPath(unquote(urlsplit(body.url).path)).name.lower()
            with body.open() as stream, _unpacked(stream, name, self._options.member) as (plain, inner):
                yield from self._read(plain, inner, body)
        except Unreadable as error:
            then: Literal["retry", "fatal"] = "retry" if error.code in _PASSING else "fatal"
            yield Refused(code=error.code, then=then, detail=error.detail)

    def failed(self, request: Request, failure: Failure) -> Next:
        """Without its file a run has nothing."""
        return Next(lane="incomplete")

    def peek(self, tail: bytes, request: Request) -> list[Request]:
        """A file leads nowhere."""
        return []

    def _read(self, stream: BinaryIO, name: str, body: Body) -> Iterator[Batch]:
        head = stream.read(_HEAD_BYTES)
        stream.seek(0)
        if not head.strip():
            raise Unreadable("source.cut", "The file is empty.")
        if looks_like_html(head):
            raise Unreadable("source.not_a_feed", "The answer is an HTML page.")
        chosen: str = self._options.format
        refuse_binary(head, chosen)
        extension = PurePosixPath(name.lower()).suffix
        if chosen == "auto":
            chosen = find_format(head, extension, body.media_type())
        said = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", body.headers.get("content-type", ""), re.I)
        plain = Plain(stream, body.url, extension, body.media_type(), said[1] if said else "")
        yield from FORMATS[chosen].read(plain, self._options)


@contextmanager
def _unpacked(stream: BinaryIO, name: str, member: str) -> Iterator[tuple[BinaryIO, str]]:
    """The file itself and its name: out of gzip, and out of a ZIP archive that is no workbook."""
    with open_plain(stream, MAX_DECODED_BYTES) as plain:
        name = name.removesuffix(".gz")
        head = plain.read(4)
        plain.seek(0)
        if not is_zip(head) or is_workbook(plain):
            yield _flat(plain), name
            return
        with open_member(plain, member, EXTENSIONS) as (inner, file):
            yield _flat(file), inner


def _flat(stream: BinaryIO) -> BinaryIO:
    head = stream.read(4)
    stream.seek(0)
    if head.startswith(b"\x1f\x8b") or (is_zip(head) and not is_workbook(stream)):
        raise Unreadable("source.unsafe_archive", "The archive holds another archive, which is not opened.")
    return stream
