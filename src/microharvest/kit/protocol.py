"""What a protocol and the harvest engine say to each other: requests, bodies, batches, evidence, refusals.

All of it are values. A protocol raises nothing on purpose: what a server does wrong is a `Refused`, one bad
record is a `Rejected`, a noteworthy oddity is a `Finding`. An exception out of a protocol is a bug of ours.
What a later step needs (window, set, granularity, split depth) travels in `Request.carry`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Literal
from typing import Protocol as TypingProtocol

import msgspec

from microharvest.kit.document import Document

__all__ = [
    "Batch",
    "Body",
    "Evidence",
    "Failure",
    "Finding",
    "Next",
    "Protocol",
    "ProtocolState",
    "Refused",
    "Rejected",
    "Request",
]

ProtocolState = dict[str, Any]
"""What the store keeps for a source between runs: JSON values only, written with acceptance."""


class Request(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing a run asks for.

    `lane`: the list it belongs to; a lane must end for the run to be complete. `kind`: `meta` (Identify and
    the like: no lane end expected), `list` (a page of a list that must end), `item` (a detail page: 404 and
    410 mean absent). `depth`: pages before this one in its lane. `conditional`: validators may be sent.
    `carry["stamp"]`, of an item: what its list says of its last change. Where it was read under the same stamp before,
    it counts as present and unchanged without being asked, as long as validators may be sent.
    `unless_seen`: not asked at all where the run has a record of this native id already.
    """

    lane: str
    url: str
    kind: Literal["meta", "list", "item"] = "list"
    method: Literal["GET", "POST"] = "GET"
    body: bytes = b""
    headers: dict[str, str] = {}
    carry: dict[str, Any] = {}
    generation: int = 0
    depth: int = 0
    conditional: bool = False
    unless_seen: str = ""

    @property
    def key(self) -> str:
        """32 hex digits over lane, generation, method, URL and body: unique within a run."""
        parts = (self.lane, str(self.generation), self.method, self.url)
        seed = "\x1f".join(parts).encode() + b"\x1f" + self.body
        return hashlib.blake2b(seed, digest_size=16).hexdigest()


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, spooled to disk and decoded (no content coding left).

    `proof`: how its end is known: `length`, `chunked`, `local` (a file), `none` (the connection just ended).
    `url` is the address that answered, after redirects. Header names are lower case. `recognise`: from a record's id
    and its bytes as the store would keep them to their hash, if these very bytes are accepted and mapped already; None
    where nothing can be recognised. What it recognises may be handed over as `Document(accepted=hash)`, unread.
    """

    path: Path
    url: str
    status: int = 200
    headers: dict[str, str] = {}
    proof: Literal["length", "chunked", "local", "none"] = "length"
    size: int = 0
    recognise: Any = None

    def open(self) -> BinaryIO:
        """The decoded bytes, from the start."""
        return self.path.open("rb")

    def read(self, limit: int = 64 * 1024 * 1024) -> bytes:
        """The first `limit` bytes; for answers that are small by nature (Identify, a page, a manifest)."""
        with self.open() as stream:
            return stream.read(limit)

    def media_type(self) -> str:
        """`text/xml` out of `text/xml; charset=utf-8`; empty where the server says none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an answer tells about its lane.

    `ended`: True where the list ended by its own rule (an empty token, the closing root, the last row with its
    newline), False where it broke off, None where the answer says nothing (a `meta` answer, or a page that
    leads to the next one). `total`: the number of items the server says the lane has. `closed`: the format
    itself proves its end (closing root, closing bracket): needed where transport proves nothing.
    `whole`: False where the answer was repaired, or holds something that may be a record nobody can name: what it
    lists is taken, and what it does not list is absent only when a second run agrees. `server_date`: the server's
    own clock for this answer (responseDate), ISO 8601.
    """

    ended: bool | None = None
    total: int | None = None
    closed: bool = False
    whole: bool = True
    server_date: str | None = None


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An oddity of the feed, not of one record: a code of `model.issue.ISSUE_CODES`, how often, and one example."""

    code: str
    detail: str = ""
    count: int = 1


class Rejected(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One record that cannot be read. Its bytes go to quarantine; it counts as present where its id is known.

    `media_type`: of `content`, where that is a record's own bytes and can be opened again.
    """

    code: str
    detail: str = ""
    native_id: str | None = None
    content: bytes = b""
    media_type: str = ""


class Refused(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer as a whole cannot be used.

    `code`: of `errors.ERROR_CODES` (`source.…`). `then`: what to do about it: `retry` (a passing fault),
    `restart` (the lane from its first request: `next` holds it with a raised generation), `split` (`next` holds
    smaller requests instead), `blocked` (stop asking this host in this run), `gone` (an item that is no more:
    done and absent), `fatal` (no use in asking again).
    """

    code: str
    then: Literal["retry", "restart", "split", "blocked", "gone", "fatal"]
    detail: str = ""
    next: tuple[Request, ...] = ()


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Some documents of an answer, in document order, and what follows from it.

    A protocol yields as many batches as it likes (a few hundred documents each); follow-ups, evidence and state
    may stand in any of them and add up.
    """

    documents: tuple[Document, ...] = ()
    follow: tuple[Request, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    findings: tuple[Finding, ...] = ()
    evidence: Evidence | None = None
    state: ProtocolState = {}


class Failure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a request got no usable body after all retries: a code of `errors.ERROR_CODES` and the HTTP status."""

    code: str
    detail: str = ""
    status: int | None = None


class Next(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a protocol wants done about a failure.

    `requests` replace the failed one (a restart, a split). `lane`: `open` (the replacement carries on),
    `incomplete` (the list cannot be completed in this run), `absent` (an item that is no more), `kept` (an
    item that must not be asked: what it said before stays). `rejected`: an item
    that its list names and its server cannot give: it counts as present, and the list as read.
    """

    requests: tuple[Request, ...] = ()
    lane: Literal["open", "incomplete", "absent", "kept"] = "incomplete"
    rejected: Rejected | None = None


class Protocol(TypingProtocol):
    """How a feed is fetched. One instance serves one run; it must be cheap to make and hold no open things.

    Two attributes may be there. `obeys_robots`: true for a protocol that visits pages; the client then obeys
    robots.txt. `final_error`: a pattern of bytes; an error status whose body holds it is not asked again by the client,
    because the protocol has its own errors.

    Constructed as `Protocol(options, url)` where `options` is the protocol's own `Options` struct.
    """

    def scope(self, state: ProtocolState, *, full: bool) -> Literal["full", "delta"]:
        """What a run begun with this state covers: everything, or what changed since the watermark."""
        ...

    def start(self, state: ProtocolState, now: datetime, *, full: bool) -> list[Request]:
        """What to ask first. `state` is what the last accepted run left; `full` asks for everything."""
        ...

    def parse(self, body: Body, request: Request) -> Iterator[Batch | Refused]:
        """Read an answer of any status. A `Refused` ends the answer; batches yielded before it stand."""
        ...

    def failed(self, request: Request, failure: Failure) -> Next:
        """What to do when the client's retries are spent."""
        ...

    def peek(self, tail: bytes, request: Request) -> list[Request]:
        """Follow-ups that can be seen in the last bytes of an answer, before it is parsed; may be empty."""
        ...
