"""A live feed recorded as a sample, within a number of requests, so that the contract's own checks run over it.

Read-only and polite: the one guarded client, the source's own pace, nothing in any store.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from microharvest.clock import utc_now
from microharvest.harvest.engine import policy_of
from microharvest.harvest.fetch.answers import Validators
from microharvest.kit.manifest import load_protocol
from microharvest.kit.protocol import Batch, Body, Failure, Refused, Request
from microharvest.onboard.probe import Probe, open_probe
from microharvest.settings import Settings
from microharvest.sources import SourceConfig, convert_options
from microharvest.testing.contract import Identity, Response, Sample

__all__ = ["MAX_REQUESTS", "Follower", "Recording", "record_source"]

MAX_REQUESTS = 50
"""One of them is left for robots.txt, which the client asks for by itself."""
MAX_RECORDED_BYTES = 64 * 1024 * 1024
_DEFAULTS = frozenset(("provider", "provider_url", "language"))


class Recording(msgspec.Struct, kw_only=True):
    """`sample`: what was answered. `failures`: requests without a usable answer. `asked`: how many were made.

    `cut`: more was to be asked than allowed. `unmodified`: what a conditional repetition of the first list said; None
    where the server gave no validator.
    """

    sample: Sample
    failures: list[tuple[str, str, str]]
    asked: int
    cut: bool
    unmodified: bool | None


async def record_source(
    config: SourceConfig, settings: Settings, environ: Mapping[str, str], folder: Path
) -> Recording:
    """Ask as a first harvest would, at most 50 times, and keep the answers in `folder`. Raises ConfigError."""
    reader_type, options = load_protocol(config.protocol)
    reader = reader_type(convert_options(config.fetch, options, f"{config.id}: [fetch]"), config.url)
    policy = msgspec.structs.replace(
        policy_of(config, environ), attempts=1, max_wait_s=20.0, robots=bool(getattr(reader, "obeys_robots", False))
    )
    now = utc_now()
    async with open_probe(policy, settings.user_agent, limit=MAX_REQUESTS - 1) as probe:
        record = _Record(reader, probe, folder)
        await record.follow(reader.start({}, now, full=True))
        unmodified = await record.again()
        asked = len(probe.asked)
    sample = Sample(
        protocol=config.protocol, dialect=config.dialect, url=config.url, now=now, fetch=config.fetch,
        columns=config.columns, lookups=config.lookups, identity=Identity(key=config.identity.key),
        defaults={key: value for key, value in config.defaults.items() if key in _DEFAULTS},
        languages=config.languages, country=config.country, responses=tuple(record.responses), folder=folder,
    )  # fmt: skip
    return Recording(
        sample=sample, failures=record.failures, asked=asked, cut=record.cut, unmodified=unmodified
    )  # fmt: skip


class Follower:
    """Follows a protocol, breadth first, as far as its limits allow. `failures`: (url, code, detail)."""

    def __init__(self, reader: Any, probe: Probe) -> None:
        self._reader, self._probe = reader, probe
        self.failures: list[tuple[str, str, str]] = []
        self.cut = False

    async def follow(self, pending: list[Request]) -> None:
        """Ask until nothing is pending or `may_go_on` says no; `cut` tells that more would follow."""
        asked: set[str] = set()
        while pending:
            request = pending.pop(0)
            if request.key in asked:
                continue
            if not self.may_go_on():
                self.cut = True
                return
            asked.add(request.key)
            pending.extend(await self._ask(request))

    def may_go_on(self) -> bool:
        """Whether another request may be made."""
        return self._probe.left > 0

    def has_enough(self) -> bool:
        """Whether the rest of an answer need not be read."""
        return False

    async def fetch(self, request: Request) -> Body | Failure:
        """The answer to a request."""
        return await self._probe.fetch(request)

    def keep(self, request: Request, body: Body) -> None:
        """Called with every answer before it is read."""

    def take(self, batch: Batch, request: Request) -> None:
        """Called with everything an answer holds, batch by batch."""

    def miss(self, request: Request) -> None:
        """Called with every item that is listed and not there."""

    async def _ask(self, request: Request) -> list[Request]:
        answer = await self.fetch(request)
        if isinstance(answer, Failure):
            self.failures.append((request.url, answer.code, answer.detail))
            return list(self._reader.failed(request, answer).requests)
        self.keep(request, answer)
        follow: list[Request] = []
        for said in self._reader.parse(answer, request):
            if isinstance(said, Refused):
                if said.then == "gone":
                    self.miss(request)
                else:
                    self.failures.append((request.url, said.code, said.detail))
                return [*follow, *said.next]
            assert isinstance(said, Batch)
            self.take(said, request)
            follow += said.follow
            if self.has_enough():
                break
        return follow


class _Record(Follower):
    """Keeps what is answered as files; one request is left for a conditional repetition."""

    def __init__(self, reader: Any, probe: Probe, folder: Path) -> None:
        super().__init__(reader, probe)
        self._folder = folder
        self.responses: list[Response] = []
        self._size = 0
        self._first: tuple[Request, Body] | None = None

    def may_go_on(self) -> bool:
        """Until the requests or the bytes are spent."""
        return self._probe.left > 1 and self._size <= MAX_RECORDED_BYTES

    def keep(self, request: Request, body: Body) -> None:
        """Write the answer down."""
        if self._first is None and request.kind == "list" and body.status == 200:
            self._first = (request, body)
        name = f"{len(self.responses)}.body"
        content = body.path.read_bytes()
        (self._folder / name).write_bytes(content)
        self._size += len(content)
        kept = {key: value for key, value in body.headers.items() if key in {"content-type", "date", "last-modified"}}
        self.responses.append(Response(url=request.url, file=name, status=body.status, headers=kept))

    async def again(self) -> bool | None:
        """Ask the first list once more, conditionally; None where it gave no validator."""
        if self._first is None or self._probe.left <= 0:
            return None
        request, body = self._first
        validators = Validators(etag=body.headers.get("etag"), last_modified=body.headers.get("last-modified"))
        if validators == Validators():
            return None
        answer = await self._probe.fetch(request, validators)
        return isinstance(answer, Body) and answer.status == 304
