"""Storing an answer: parcels, takeovers, refusals and failures, one transaction each, always under the fence.

Every function that writes begins with `check_fence` and a guarded update of its request: no row, no commit.
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec import json

from microharvest.harvest.ahead import SMALL_BODY, Prepared
from microharvest.harvest.fetch.answers import Answer, Failed, Fetched
from microharvest.harvest.sieve import without_forgotten
from microharvest.harvest.spooled import keep_spooled
from microharvest.harvest.worker import DeadWorkerError
from microharvest.kit.credential import is_credential_text
from microharvest.kit.protocol import Failure, Finding, Next, Refused, Rejected, Request
from microharvest.model.ids import id_hash
from microharvest.store import landing, progress
from microharvest.store.forgetting import load_forgotten
from microharvest.store.leases import check_fence
from microharvest.store.parcel import Parcel, decode_parcel
from microharvest.store.runs import (
    Known,
    add_requests,
    forget_landed,
    load_known,
    mark_failed,
    supersede_lane,
    url_key,
)
from microharvest.telemetry import failpoint, mask_bytes, redact

if TYPE_CHECKING:
    from microharvest.harvest.run import SourceRun

__all__ = ["Answers"]

T = TypeVar("T")
MAX_RETRIES = 2
MAX_FRUITLESS = 40
SLOW_COUNTS = 6
MAX_UNANSWERED = 6
ABSENCE = frozenset({"source.dns", "source.connect"})
SILENCE = frozenset({"source.reset", "source.timeout", "source.too_slow"})
MAX_KEPT_BODY = 4 * 1024 * 1024


class _Place(NamedTuple):
    """Where a parcel belongs: its answer, the ledger's number of it, its first record's position and its own number
    within it. `stored`: already, by a process that crashed."""

    request: Request
    answer: Fetched
    number: int
    first: int
    batch: int
    stored: bool


class Answers:
    """The storing half of a run. `blocked`: the server does not want us, or is not there: nothing more is asked."""

    def __init__(self, run: SourceRun) -> None:
        self._run = run
        self._generation: dict[str, int] = {}
        self._fruitless = self._unanswered = 0
        self._dated = self.blocked = False

    def is_superseded(self, request: Request) -> bool:
        """Its lane began anew since it was found."""
        return request.generation < self._generation.get(request.lane, 0)

    async def store(self, request: Request, prepared: Prepared) -> list[Request]:
        """Store one answer; returns the requests that follow from it."""
        retries = min(MAX_RETRIES, self._run.policy.attempts - 1)
        for attempt in range(retries + 1):
            answer = prepared.answer
            self._note_silence(request, answer)
            if isinstance(answer, Failed):
                return await self._fail(request, answer.failure)
            if prepared.unchanged and prepared.known is not None:
                return await self._write(self._take_over, request, prepared, prepared.known)
            if not isinstance(answer, Fetched):
                return await self._fail(
                    request, Failure(code="source.http", detail="304 without a question.", status=304)
                )
            number = self._run.ledger.open_request(request)
            refused, follow, noticed = await self._parcels(request, prepared, answer, number)
            if refused is None:
                return follow
            if refused.then != "retry" or attempt == retries or self._run.engine.stopping.is_set():
                await self._write(self._note, noticed)
                return await self._refused(request, refused, answer)
            await asyncio.sleep(self._run.policy.retry_base_s * 2**attempt)
            await self._write(forget_landed, self._run.run.id, request.key)
            self._run.ledger.forget_request(number)
            prepared.discard()
            prepared.answer = await self._run.engine.client.fetch(request, self._run.policy, None)
            prepared.blobs, prepared.known, prepared.died = None, None, None
        raise AssertionError("the last attempt returns")

    def _note_silence(self, request: Request, answer: Answer) -> None:
        """A host that wants to rest, or gave no answer many times in a row, is left alone for this run.

        Single pages may be slow or break the connection for reasons of their own.
        """
        silence = ABSENCE if request.kind == "item" else ABSENCE | SILENCE
        silent = isinstance(answer, Failed) and answer.failure.code in silence
        self._unanswered = self._unanswered + 1 if silent else 0
        resting = isinstance(answer, Failed) and answer.not_before is not None
        self.blocked = self.blocked or resting or self._unanswered >= MAX_UNANSWERED

    async def _parcels(
        self, request: Request, prepared: Prepared, answer: Fetched, number: int
    ) -> tuple[Refused | None, list[Request], list[Finding]]:
        """Store the parcels of a body one by one; those that a crashed process stored already are skipped.

        A refusal comes with what was noticed beside it: the parcel that carries it is not stored.
        """
        run = self._run
        stored = await self._stored(request, answer) if run.resumed else 0
        seen: array[int] = array("q")
        index = items = batch = 0
        try:
            async for blob in self._blobs(request, prepared, answer):
                parcel = decode_parcel(blob)
                refused = parcel.refused
                if refused is not None and (not parcel.landed or refused.then in {"retry", "restart", "split"}):
                    return refused, [], parcel.findings
                rejected = [id_hash(one.native_id) for one in parcel.rejected if one.native_id]
                place = _Place(request, answer, number, index, batch, stored=batch < stored)
                parcel, follow = await self._write(self._land, place, parcel, rejected, seen, items)
                items += _items(parcel)
                run.ledger.note(number, parcel.landed, index)
                index += len(parcel.landed)
                batch += 1
                if parcel.last:
                    if refused is not None:
                        await self._write(progress.note_seen, run.run.id, request.key, seen.tobytes(), items)
                    return refused, follow, []
                if run.enough:
                    await self._write(self._cut_short, request, seen.tobytes(), items)
                    return None, [], []
        except DeadWorkerError as error:
            return Refused(code="run.worker", then="fatal", detail=str(error)), [], []
        return Refused(code="run.connector", then="fatal", detail="The answer ended without a last parcel."), [], []

    async def _blobs(self, request: Request, prepared: Prepared, answer: Fetched) -> AsyncIterator[bytes]:
        if prepared.died:
            raise DeadWorkerError(prepared.died)
        if prepared.blobs is not None:
            for blob in prepared.blobs:
                yield blob
            return
        if answer.temporary and answer.body.size > SMALL_BODY and answer.body.path != self._run.spool_file(request):
            answer = keep_spooled(answer, self._run.spool_file(request))
            prepared.answer = answer
        failpoint("body.spooled")
        async for blob in self._run.parcels(answer.body, request):
            yield blob

    def _limited(self, parcel: Parcel) -> Parcel:
        limit = self._run.run.item_limit
        if limit is None:
            return parcel
        left = max(0, limit - len(self._run.ledger))
        return msgspec.structs.replace(parcel, landed=parcel.landed[:left]) if len(parcel.landed) > left else parcel

    async def _write(self, work: Callable[..., T], *given: Any) -> T:
        return await self._run.engine.stored(self._transaction, work, *given)

    def _transaction(self, work: Callable[..., T], *given: Any) -> T:
        run = self._run
        with run.engine.database.write() as connection:
            check_fence(connection, run.config.id, run.lease.fence)
            result = work(connection, *given)
            failpoint("batch.before_commit")
        failpoint("batch.committed")
        return result

    def _arrival(self, request: Request) -> landing.Arrival:
        run = self._run
        keep: timedelta = run.engine.settings.harvest.keep_quarantine
        return landing.Arrival(
            run=run.run.id,
            source=run.config.id,
            request=request,
            map_version=run.plan.map_version,
            now=run.engine.now(),
            keep_quarantine=keep,
        )

    async def _stored(self, request: Request, answer: Fetched) -> int:
        """How many parcels of exactly this body are stored; a body fetched anew starts from nothing."""
        run = self._run
        stored = await run.engine.stored(progress.stored_batches, run.engine.database, run.run.id, request.key)
        if stored and answer.temporary and answer.body.path != run.spool_file(request):
            await self._write(forget_landed, run.run.id, request.key)
            return 0
        return stored

    def _land(
        self, connection: Any, place: _Place, parcel: Parcel, rejected: list[int], seen: array[int], items: int
    ) -> tuple[Parcel, list[Request]]:
        """Store a parcel unless a crashed process did; returns what of it may be kept, and what follows. `seen` grows
        by what it lists. What must be forgotten is read within the transaction: no rule is ever missed."""
        run = self._run
        parcel = self._limited(without_forgotten(parcel, run.config.id, load_forgotten(connection)))
        seen.extend(one.id_hash for one in parcel.landed if not one.deleted)
        seen.extend(rejected)
        if place.stored:
            return parcel, []
        arrival = self._arrival(place.request)
        landing.begin_batch(connection, run.run.id, place.request.key, place.batch)
        again, positions = run.ledger.again(place.number, parcel, place.first)
        landing.land_parcel(connection, arrival, parcel, place.first, again, positions)
        failpoint("batch.landed")
        if not parcel.last or parcel.refused is not None:
            return parcel, []
        totals = seen.tobytes(), items + _items(parcel)
        return parcel, self._finish(connection, arrival, place.answer, parcel, totals)

    def _finish(
        self, connection: Any, arrival: landing.Arrival, answer: Fetched, parcel: Parcel, totals: tuple[bytes, int]
    ) -> list[Request]:
        run, body, evidence = self._run, answer.body, parcel.evidence
        wanted = [one for one in parcel.follow if not (one.unless_seen and id_hash(one.unless_seen) in run.ledger)]
        endless = run.ledger.is_endless(arrival.request)
        loops = [one for one in wanted if one.kind == "list" and endless]
        fresh, again = add_requests(
            connection, run.run.id, [one for one in wanted if one not in loops], parent=arrival.request.key
        )
        ended = evidence.ended if evidence else None
        loops += [one for one in again if one.kind == "list"]
        if ended:
            self._fruitless = 0
        if loops:
            ended = False
            landing.add_findings(connection, run.run.id, {"feed.loop": (len(loops), loops[0].url)})
        named = arrival.request.kind == "item" and not parcel.landed and parcel.rejected
        moved = _moved(arrival.request, answer)
        if moved:
            landing.add_findings(connection, run.run.id, {"feed.moved": (1, moved)})
        whole = evidence is None or evidence.whole  # else nothing it leaves out is proven gone, however it was sent
        values = {
            "code": parcel.rejected[0].code if named else None, "seen": totals[0], "records": totals[1], "ended": ended,
            "total": evidence.total if evidence else None, "closed": bool(evidence and evidence.closed and whole),
            "proof": body.proof if whole else "partial", "sha256": answer.sha256, "etag": answer.validators.etag,
            "last_modified": answer.validators.last_modified,
        }  # fmt: skip
        provenance = {
            "url": body.url, "at": answer.ended, "headers": json.encode(body.headers).decode(),
            "sha256": answer.sha256, "wire_bytes": answer.wire_bytes, "proof": body.proof,
            "seconds": (answer.ended - answer.started).total_seconds(),
        }  # fmt: skip
        landing.finish_request(connection, arrival, values=values, body=body, provenance=provenance)
        said = evidence.server_date if evidence else None
        date = None if self._dated else progress.server_date(said, body.headers, answer.started)
        progress.note_state(connection, run.run.id, parcel.state, date)
        self._dated = self._dated or date is not None
        return fresh

    def _take_over(self, connection: Any, request: Request, prepared: Prepared, known: Known) -> list[Request]:
        run = self._run
        follow = progress.take_over(connection, run.run.id, request, known, run.engine.now())
        fresh, _ = add_requests(connection, run.run.id, follow, parent=request.key)
        headers = getattr(prepared.answer, "headers", None) or {}
        progress.note_state(connection, run.run.id, {}, progress.server_date(None, headers, run.engine.now()))
        self._reload(connection, request)
        return fresh

    def _reload(self, connection: Any, request: Request) -> None:
        """Note what a taken-over request stands for, in memory and against what else the run landed."""
        run = self._run
        seen = progress.seen_of(connection, run.run.id, request.key)
        hashes = array("q")
        hashes.frombytes(seen)
        elsewhere = {hashed: index for index, hashed in enumerate(hashes) if hashed in run.ledger}
        for start in range(0, len(elsewhere), 500):
            part = dict(list(elsewhere.items())[start : start + 500])
            landing.contest_heads(connection, self._arrival(request), part)
        run.ledger.reload(request, seen)

    def _note(self, connection: Any, noticed: list[Finding]) -> None:
        counts: dict[str, tuple[int, str]] = {}
        for finding in noticed:
            counts[finding.code] = (counts.get(finding.code, (0, ""))[0] + 1, finding.detail)
        landing.add_findings(connection, self._run.run.id, counts)

    def _cut_short(self, connection: Any, request: Request, seen: bytes, items: int) -> None:
        run = self._run
        now = run.engine.now()
        progress.note_seen(connection, run.run.id, request.key, seen, items)
        mark_failed(connection, run.run.id, request.key, state="cut", code="run.partial", detail="--limit", now=now)

    async def _refused(self, request: Request, refused: Refused, answer: Fetched) -> list[Request]:
        detail = refused.detail or f"{request.url} was refused."
        if refused.then in {"restart", "split"}:
            return await self._replace(request, refused.code, detail, refused.next)
        if refused.then == "gone":
            return await self._write(self._end_request, request, "absent", refused.code, detail)
        if refused.then == "retry":
            return await self._fail(request, Failure(code=refused.code, detail=detail, status=answer.body.status))
        self.blocked = self.blocked or refused.then == "blocked"
        content = mask_bytes(await asyncio.to_thread(answer.body.read, MAX_KEPT_BODY))
        if is_credential_text(content):  # a learner's: its bytes are kept nowhere (rule 12)
            content = b""
        rejected = Rejected(code=refused.code, detail=detail, content=content)
        return await self._write(self._end_request, request, "failed", refused.code, detail, rejected)

    async def _fail(self, request: Request, failure: Failure) -> list[Request]:
        """The client's retries are spent: the protocol says what becomes of it."""
        if failure.code == "source.blocked":
            self.blocked = True
        following: Next = self._run.plan.reader.failed(request, failure)
        if following.requests and not self.blocked:
            return await self._replace(request, failure.code, failure.detail, following.requests)
        if following.rejected is not None:
            return await self._write(self._unserved, request, following.rejected)
        if following.lane == "kept":
            return await self._write(self._keep, request, failure)
        state = "absent" if following.lane == "absent" else "failed"
        return await self._write(self._end_request, request, state, failure.code, failure.detail)

    async def _replace(self, request: Request, code: str, detail: str, following: tuple[Request, ...]) -> list[Request]:
        self._fruitless += SLOW_COUNTS if code in SILENCE else 1
        if self._fruitless > MAX_FRUITLESS:  # asking otherwise has not brought any list to its end for a long time
            self.blocked = self.blocked or code in SILENCE  # nor would the rest, and each of it takes minutes
            return await self._write(self._end_request, request, "failed", code, detail)
        same_lane = [one for one in following if one.lane == request.lane]
        generation = max((one.generation for one in same_lane), default=request.generation + 1)
        if generation > request.generation:
            self._generation[request.lane] = generation
            self._run.ledger.forget_lane(request.lane)
        return await self._write(self._supersede, request, code, detail, following, generation)

    def _supersede(
        self,
        connection: Any,
        request: Request,
        code: str,
        detail: str,
        following: tuple[Request, ...],
        generation: int,
    ) -> list[Request]:
        run = self._run
        mark_failed(
            connection, run.run.id, request.key, state="replaced", code=code, detail=detail, now=run.engine.now()
        )
        if generation > request.generation:
            supersede_lane(connection, run.run.id, request.lane, generation)
        return add_requests(connection, run.run.id, following, parent=request.key)[0]

    def _keep(self, connection: Any, request: Request, failure: Failure) -> list[Request]:
        """An item that must not be asked: what it said before stays as it is."""
        run = self._run
        run_id, now = run.run.id, run.engine.now()
        key = url_key(request.method, request.url, request.body)
        known = load_known(connection, run.config.id, key, run.plan.settings_hash)
        if known is not None:
            progress.take_over(connection, run_id, request, known, now)
            self._reload(connection, request)
        state = "absent" if known is None else "done"
        mark_failed(connection, run_id, request.key, state=state, code=failure.code, detail=failure.detail, now=now)
        landing.add_findings(connection, run_id, {"feed.kept_item": (1, request.url)})
        return []

    def _unserved(self, connection: Any, request: Request, rejected: Rejected) -> list[Request]:
        """The item stands for a record that is there and cannot be read."""
        arrival = self._arrival(request)
        landing.land_parcel(connection, arrival, Parcel(landed=[], rejected=[rejected]), 0, [], frozenset())
        seen = array("q", [id_hash(rejected.native_id)] if rejected.native_id else [])
        values = {"seen": seen.tobytes(), "records": 1, "closed": True, "code": rejected.code}
        landing.finish_request(connection, arrival, values=values, body=None, provenance=None)
        return []

    def _end_request(
        self, connection: Any, request: Request, state: str, code: str, detail: str, rejected: Rejected | None = None
    ) -> list[Request]:
        run = self._run
        if rejected is not None:
            kept = Parcel(landed=[], rejected=[rejected])
            kept = without_forgotten(kept, run.config.id, load_forgotten(connection))
            landing.land_parcel(connection, self._arrival(request), kept, 0, [], frozenset())
        mark_failed(connection, run.run.id, request.key, state=state, code=code, detail=detail, now=run.engine.now())
        return []


def _items(parcel: Parcel) -> int:
    return len(parcel.landed) + len(parcel.rejected) + sum(parcel.not_offers.values())


def _moved(request: Request, answer: Fetched) -> str:
    """Where a list lives now: on another host, or for good at another address. Items may be anywhere."""
    if request.kind == "item" or request.depth:
        return ""
    if answer.moved_to:
        return f"for good: {redact(request.url)} -> {redact(answer.moved_to)}"
    if urlsplit(request.url).netloc != urlsplit(answer.body.url).netloc:
        return f"for now: {redact(request.url)} -> {redact(answer.body.url)}"
    return ""
