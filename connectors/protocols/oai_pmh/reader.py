"""OAI-PMH 2.0, as practised: Identify first, then one lane per set and window, each followed by its tokens.

What must stay true: a list ends only by an empty token, an absent token or noRecordsMatch in a document whose end
was seen; everything else is a refusal. `from` is the server's own clock of the last accepted run minus an overlap.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from microharvest.connectors.protocols.oai_pmh import lanes  # found by a path hook
from microharvest.connectors.protocols.oai_pmh.page import (
    LISTS,
    Envelope,
    ListPage,
    read_envelope,
    read_errors,
    read_small,
    token_in_tail,
)

from microharvest.kit import Batch, Body, Evidence, Failure, Finding, Next, ProtocolState, Refused, Request
from microharvest.kit.document import OAI_NS
from microharvest.kit.readers import Unreadable, local_name, refuse_status

__all__ = ["Options", "Reader"]

_FINAL_ERRORS = frozenset({"badArgument", "badVerb", "cannotDisseminateFormat", "idDoesNotExist", "noSetHierarchy"})
_WORTH_A_GUESS = frozenset({"source.http", "source.not_a_feed", "source.protocol", "source.cut", "source.not_found"})
_FAILED_SPLITS = 3


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of `[fetch]` for `protocol = "oai_pmh"`."""

    # Which format to ask for: a prefix of the server's ListMetadataFormats.
    metadata_prefix: str = "oai_dc"
    # Set specs, each harvested as a list of its own; empty: everything.
    sets: tuple[str, ...] = ()
    # incremental: what changed since the last accepted run; full: everything, every time.
    mode: Literal["incremental", "full"] = "incremental"
    # ISO 8601 duration: a full harvest asks window by window (for servers whose tokens die early).
    window: str | None = None
    # ISO 8601 duration: how far before the last accepted run a delta begins (late indexing, local clocks).
    overlap: str = "PT24H"
    # Pages of one list before it counts as endless.
    page_cap: int = 100_000
    # Send tokens without percent-encoding, for servers that do not decode them.
    token_raw: bool = False
    # evidence: completeListSize must be reached for a complete run; ignore: the server lies.
    declared_total: Literal["evidence", "ignore"] = "evidence"

    def __post_init__(self) -> None:
        lanes.parse_duration(self.overlap)
        if self.window is not None and lanes.parse_duration(self.window) < timedelta(hours=1):
            raise ValueError("window must be at least PT1H")
        if self.page_cap < 1:
            raise ValueError("page_cap must be at least 1")


class Reader:
    """Follows `kit.Protocol`."""

    def __init__(self, options: Options, url: str) -> None:
        self._options = options
        self._base = lanes.base_url(url)

    def scope(self, state: ProtocolState, *, full: bool) -> Literal["full", "delta"]:
        """A delta needs a watermark that can be read."""
        return "full" if self._since(state, full=full) is None else "delta"

    def start(self, state: ProtocolState, now: datetime, *, full: bool) -> list[Request]:
        """Identify; its answer leads to the lists. `state`: watermark, granularity, earliest of the last run."""
        since = self._since(state, full=full)
        carry: dict[str, Any] = {"now": lanes.stamp(now)}
        if since is not None:
            carry["from"] = lanes.stamp(since)
        for name in ("granularity", "earliest"):
            if state.get(name):
                carry[name] = state[name]
        return [Request(lane="identify", kind="meta", url=lanes.identify_url(self._base), carry=carry)]

    def parse(self, body: Body, request: Request) -> Iterator[Batch | Refused]:
        """Identify gives state and lists; ListRecords gives documents, the next page or the end."""
        refused = refuse_status(body)
        if refused is not None and refused.then == "blocked":
            yield refused
        elif request.kind == "meta":
            yield from self._identify(body, request, refused)
        elif refused is not None:
            envelope = read_errors(body)
            yield from self._errors(envelope, request) if envelope else [self._bad_status(body, request, refused)]
        else:
            yield from self._list(body, request)

    def failed(self, request: Request, failure: Failure) -> Next:
        """Identify is dispensable. A list too large or too slow for its server is halved where it has a window."""
        if request.kind == "meta":
            if failure.code in _WORTH_A_GUESS:
                return Next(requests=tuple(self._lists(request.carry)), lane="open")
            return Next(lane="incomplete")
        too_large = failure.code == "source.too_large" or failure.status == 413
        if too_large or failure.status in {500, 502, 504}:
            # A server that fails for another reason must not be asked 4,096 times.
            deepest = lanes.MAX_SPLITS if too_large else _FAILED_SPLITS
            smaller = lanes.halves(self._base, self._options.metadata_prefix, request, max_splits=deepest)
            if smaller:
                return Next(requests=smaller, lane="open")
        return Next(lane="incomplete")

    def peek(self, tail: bytes, request: Request) -> list[Request]:
        """The next page, if the token stands whole in the last bytes."""
        if request.kind == "meta":
            return []
        token = token_in_tail(tail)
        following = self._following(request, token) if token else None
        return [following] if following else []

    def _since(self, state: ProtocolState, *, full: bool) -> datetime | None:
        if full or self._options.mode == "full":
            return None
        watermark = lanes.parse_moment(state.get("watermark"))
        return watermark - lanes.parse_duration(self._options.overlap) if watermark else None

    def _lists(self, carry: dict[str, Any]) -> list[Request]:
        window = lanes.parse_duration(self._options.window) if self._options.window else None
        common = {"granularity": "day", **carry}
        prefix, sets = self._options.metadata_prefix, self._options.sets
        requests: list[Request] = lanes.plan_lanes(self._base, prefix, sets, common, window)
        return requests

    def _identify(self, body: Body, request: Request, refused: Refused | None) -> Iterator[Batch | Refused]:
        try:
            root = read_small(body)
            identify = next((child for child in root if local_name(child.tag) == "Identify"), None)
        except Unreadable as error:
            identify = None
            if refused is None and error.code == "source.cut":
                refused = Refused(code=error.code, then="retry", detail=error.detail)
        if identify is None:
            if refused is not None and (refused.then == "retry" or refused.code == "source.unauthorised"):
                yield refused
                return
            missing = Finding(code="feed.identify_missing", detail=f"status {body.status}")
            yield Batch(findings=(missing,), follow=tuple(self._lists(request.carry)))
            return
        said = {local_name(child.tag): (child.text or "").strip() for child in identify}
        granularity = "seconds" if said.get("granularity", "").lower() == "yyyy-mm-ddthh:mm:ssz" else "day"
        date = read_envelope(root).response_date
        state = {
            "granularity": granularity,
            "earliest": said.get("earliestDatestamp"),
            "deleted_record": said.get("deletedRecord", "").lower(),
            "response_date": date,
            "base_url": said.get("baseURL"),
        }
        state = {name: value for name, value in state.items() if value}
        carry = {**request.carry, "granularity": granularity}
        if lanes.parse_moment(state.get("earliest")):
            carry["earliest"] = state["earliest"]
        if lanes.parse_moment(date):
            carry["now"] = date  # the server's own clock decides where its windows end
        evidence = Evidence(closed=True, server_date=date)
        yield Batch(state=state, follow=tuple(self._lists(carry)), evidence=evidence)

    def _list(self, body: Body, request: Request) -> Iterator[Batch | Refused]:
        page = ListPage(body)
        try:
            for documents, rejected in page.batches():
                if documents or rejected:
                    yield Batch(documents=documents, rejected=rejected)
        except Unreadable as error:
            yield Refused(code=error.code, then="retry", detail=error.detail)
            return
        envelope = read_envelope(page.root)
        if envelope.errors:
            yield from self._errors(envelope, request)
        elif envelope.inner_error is not None:
            yield Batch(findings=(Finding(code="feed.error", detail=envelope.inner_error[:200]),))
            yield Refused(code="source.protocol", then="retry", detail="An error stands within the list.")
        elif envelope.verb not in LISTS:
            detail = f"The answer holds {envelope.verb or 'nothing'} instead of ListRecords."
            yield Refused(code="source.protocol", then="retry", detail=detail)
        else:
            yield self._end_of_page(page, envelope, request)

    def _end_of_page(self, page: ListPage, envelope: Envelope, request: Request) -> Batch:
        findings = list(page.findings)
        if envelope.namespace != OAI_NS and not any(one.code == "feed.namespace" for one in findings):
            findings.append(Finding(code="feed.namespace", detail=envelope.namespace or "none"))
        follow: tuple[Request, ...] = ()
        ended: bool | None = True
        if envelope.token:
            following = self._following(request, envelope.token)
            if following:
                follow, ended = (following,), None
            else:
                ended = False
                repeated = envelope.token == request.carry.get("token")
                code = "feed.loop" if repeated else "feed.page_cap"
                findings.append(Finding(code=code, detail=f"page {request.depth + 1} of {request.lane}"))
        evidence = Evidence(
            ended=ended,
            total=envelope.total if self._options.declared_total == "evidence" else None,
            closed=True,
            server_date=envelope.response_date,
        )
        return Batch(findings=tuple(findings), follow=follow, evidence=evidence)

    def _following(self, request: Request, token: str) -> Request | None:
        if token == request.carry.get("token") or request.depth + 1 >= self._options.page_cap:
            return None
        following: Request = lanes.next_request(self._base, request, token, raw=self._options.token_raw)
        return following

    def _errors(self, envelope: Envelope, request: Request) -> Iterator[Batch | Refused]:
        codes = {code for code, _ in envelope.errors}
        said = "; ".join(f"{code or 'no code'}: {text}" for code, text in envelope.errors)[:200]
        if codes == {"noRecordsMatch"}:
            evidence = Evidence(ended=True, closed=True, server_date=envelope.response_date)
            yield Batch(evidence=evidence)
            return
        carry = request.carry
        dated = "token" not in carry and ("from" in carry or "until" in carry)
        if "badArgument" in codes and carry.get("granularity") == "seconds" and dated:
            in_days = lanes.first_request(
                self._base,
                self._options.metadata_prefix,
                {**carry, "granularity": "day"},
                request.lane,
                request.generation + 1,
            )
            yield Batch(
                findings=(Finding(code="feed.granularity", detail=said),),
                state={"granularity": "day"},
                follow=(in_days,),
            )
            return
        yield Batch(findings=(Finding(code="feed.error", detail=said),))
        if "badResumptionToken" in codes and "token" in carry:
            yield self._token_refused(request, said)
        elif codes & _FINAL_ERRORS:
            yield Refused(code="source.protocol", then="fatal", detail=f"The server says {said}")
        else:
            yield Refused(code="source.protocol", then="retry", detail=f"The server says {said}")

    def _token_refused(self, request: Request, said: str) -> Refused:
        detail = f"The server says {said}"
        prefix = self._options.metadata_prefix
        again = lanes.restarted(self._base, prefix, request)
        if again is not None:
            return Refused(code="source.protocol", then="restart", detail=detail, next=(again,))
        smaller = lanes.halves(self._base, prefix, request)
        if smaller:
            return Refused(code="source.protocol", then="split", detail=detail, next=smaller)
        return Refused(code="source.protocol", then="fatal", detail=detail)

    def _bad_status(self, body: Body, request: Request, refused: Refused) -> Refused:
        if body.status != 413:
            return refused
        smaller = lanes.halves(self._base, self._options.metadata_prefix, request)
        if not smaller:
            return refused
        return Refused(code=refused.code, then="split", detail=refused.detail, next=smaller)
