"""OAI-PMH 2.0, as practised: Identify first, then one lane per set and window, each followed by its tokens.

What must stay true: a list ends only by an empty token, an absent token or noRecordsMatch in a document whose end
was seen; everything else is a refusal. `from` is the server's own clock of the last accepted run minus an overlap.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

import msgspec
from microharvest.connectors.protocols.oai_pmh import lanes, singles  # found by a path hook
from microharvest.connectors.protocols.oai_pmh.doubts import doubts, tells_something_else
from microharvest.connectors.protocols.oai_pmh.page import (
    FINAL_ERROR,
    MAX_REPAIRED_BYTES,
    Envelope,
    ListPage,
    read_envelope,
    read_errors,
    read_headers,
    read_small,
    token_in_tail,
)

from microharvest.kit import Batch, Body, Evidence, Failure, Finding, Next, ProtocolState, Refused, Request
from microharvest.kit.document import OAI_NS
from microharvest.kit.readers import Unreadable, local_name, refuse_status

__all__ = ["Options", "Reader"]

_FINAL_ERRORS = frozenset({"badArgument", "badVerb", "cannotDisseminateFormat", "idDoesNotExist", "noSetHierarchy"})
_TOKEN_ERRORS = frozenset({"badResumptionToken", "badArgument"})
_TOKEN_STATUSES = frozenset({400, 410, 422})
_WORTH_A_GUESS = frozenset({"source.http", "source.not_a_feed", "source.protocol", "source.cut", "source.not_found"})
_TOO_MUCH = frozenset({"source.too_large", "source.timeout", "source.too_slow"})
_OF_A_PAGE = _TOO_MUCH | {"source.cut", "source.protocol", "source.not_a_feed", "source.reset"}
_PASSING_STATUSES = frozenset({500, 502, 504})
_FAILING_BUDGET = 2_000
_SHORT_BUDGET = 400
_REMEMBERED_PAGES = 64


def _budget(request: Request) -> int:
    left: int = request.carry.get("budget", lanes.MAX_BUDGET)
    return left


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of `[fetch]` for `protocol = "oai_pmh"`."""

    # Which format to ask for: a prefix of the server's ListMetadataFormats.
    metadata_prefix: str = "oai_dc"
    # Set specs, each harvested as a list of its own; empty: everything.
    sets: tuple[str, ...] = ()
    # incremental: what changed since the last accepted run; full: everything, every time.
    mode: Literal["incremental", "full"] = "incremental"
    # A full harvest asks window by window (for servers whose tokens die early): year, month, day, hour, or an ISO 8601
    # duration.
    window: str | None = None
    # ISO 8601 duration: how far before the last accepted run a delta begins (late indexing, local clocks).
    overlap: str = "PT24H"
    # Pages of one list before it counts as endless.
    page_cap: int = 100_000
    # Empty pages in a row before a list counts as endless.
    empty_pages: int = 1_000
    # Records of one list asked one by one, where the server cannot give the page they stand on.
    single_records: int = 5_000
    # Send tokens without percent-encoding, for servers that do not decode them.
    token_raw: bool = False
    # evidence: completeListSize must be reached for a complete run; ignore: the server lies.
    declared_total: Literal["evidence", "ignore"] = "evidence"

    def __post_init__(self) -> None:
        lanes.parse_duration(self.overlap)
        if self.window is not None:
            lanes.windows_of(self.window)
        for name in ("page_cap", "empty_pages", "single_records"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1")


class Reader:
    """Follows `kit.Protocol`."""

    final_error = FINAL_ERROR

    def __init__(self, options: Options, url: str) -> None:
        self._options = options
        self._base = lanes.base_url(url)
        self._prefix = options.metadata_prefix

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
            yield from self._errors(envelope, request) if envelope else self._bad_status(body, request, refused)
        elif request.carry.get("ids"):
            yield from self._listing(body, request)
        else:
            yield from self._list(body, request)

    def failed(self, request: Request, failure: Failure) -> Next:
        """Identify is dispensable. A list too large or too slow for its server is asked in narrower windows; a page
        that stays unreadable is read record by record; a record that cannot be given is rejected."""
        if request.kind == "meta":
            if failure.code in _WORTH_A_GUESS:
                return Next(requests=tuple(self._lists(request.carry)), lane="open")
            return Next(lane="incomplete")
        if request.kind == "item":
            of_the_record = singles.is_of_the_record(failure)
            return Next(rejected=singles.unserved(request, failure.detail) if of_the_record else None)
        failing = failure.status in _PASSING_STATUSES or failure.code in _TOO_MUCH
        smaller: tuple[Request, ...] = ()
        if failure.code in _TOO_MUCH or failure.status == 413:
            smaller = lanes.narrower(self._base, self._prefix, request)
        elif request.carry.get("ids") and failing and request.depth == 1 and _budget(request) > _FAILING_BUDGET:
            # Not even a first page of identifiers: perhaps the list is too heavy. A dead server must not be asked for
            # ever, and what a list gave before its server died stands.
            smaller = lanes.narrower(self._base, self._prefix, request, most=2)
        if smaller:
            return Next(requests=smaller, lane="open")
        if not request.carry.get("ids") and (failing or failure.code in _OF_A_PAGE):
            return Next(requests=(lanes.listing_request(self._base, self._prefix, request),), lane="open")
        return Next(lane="incomplete")

    def peek(self, tail: bytes, request: Request) -> list[Request]:
        """The next page, if the token stands whole in the last bytes."""
        if request.kind != "list" or request.carry.get("ids"):
            return []
        token = token_in_tail(tail)
        return [self._behind(request, token)] if token and self._may_follow(request, token) else []

    def _since(self, state: ProtocolState, *, full: bool) -> datetime | None:
        if full or self._options.mode == "full":
            return None
        watermark = lanes.parse_moment(state.get("watermark"))
        return max(watermark, lanes.EPOCH) - lanes.parse_duration(self._options.overlap) if watermark else None

    def _lists(self, carry: dict[str, Any]) -> list[Request]:
        window = lanes.windows_of(self._options.window) if self._options.window else None
        common = {"granularity": "day", **carry}
        requests: list[Request] = lanes.plan_lanes(self._base, self._prefix, self._options.sets, common, window)
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
        date = lanes.moment_text(read_envelope(root).response_date)
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
        if date:
            carry["now"] = lanes.sooner(date, carry["now"])  # the server's own clock decides where its windows end
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
        stray = tells_something_else(envelope, page.count)
        if envelope.errors and not (page.count and {code for code, _ in envelope.errors} == {"noRecordsMatch"}):
            yield from self._errors(envelope, request)
        elif stray:
            yield Refused(code="source.protocol", then="retry", detail=stray)
        elif envelope.inner_error is not None:
            yield Batch(findings=(Finding(code="feed.error", detail=envelope.inner_error[:200]),))
            yield Refused(code="source.protocol", then="retry", detail="An error stands within the list.")
        elif envelope.verb != (wanted := "GetRecord" if request.kind == "item" else "ListRecords"):
            detail = f"The answer holds {envelope.verb or 'nothing'} instead of {wanted}."
            yield Refused(code="source.protocol", then="retry", detail=detail)
        else:
            yield self._end_of_page(page, envelope, request)

    def _end_of_page(self, page: ListPage, envelope: Envelope, request: Request) -> Batch | Refused:
        if request.kind == "item":
            other = not page.holds(request.carry["identifier"])
            rejected = (singles.unserved(request, "The server gave another record."),) if other else ()
            return Batch(findings=tuple(page.findings), rejected=rejected, evidence=Evidence(closed=True))
        doubted = doubts(envelope, request)
        findings = [*page.findings, *doubted]
        if envelope.namespace != OAI_NS and not any(one.code == "feed.namespace" for one in findings):
            findings.append(Finding(code="feed.namespace", detail=envelope.namespace or "none"))
        total = envelope.total
        if total is None and envelope.cursor and not envelope.token:
            # A last page says by its cursor how many there were; some count from 1, or say where the next one begins.
            total = envelope.cursor - request.carry.get("base", 0) + page.distinct
        if self._options.declared_total != "evidence":
            total = None
        follow: tuple[Request, ...] = ()
        ended: bool | None = True
        if envelope.token:
            following, code = self._following(request, envelope, page)
            if following is not None:
                follow, ended = (following,), None
            else:
                ended = False
                findings.append(Finding(code=code, detail=f"page {request.depth + 1} of {request.lane}"))
        elif total is not None and request.depth == 0 and total > 2 * page.count:
            smaller = self._refilled(request, total)
            if smaller:
                detail = f"The server announces {total} records and ends its list after {page.count}."
                return Refused(code="source.protocol", then="split", detail=detail, next=smaller)
        evidence = Evidence(
            ended=ended,
            total=total,
            closed=True,
            whole=page.whole and not doubted,
            server_date=lanes.moment_text(envelope.response_date),
        )
        return Batch(findings=tuple(findings), follow=follow, evidence=evidence)

    def _refilled(self, request: Request, total: int) -> tuple[Request, ...]:
        """Narrower windows for a list that loses its token after the first page (pkp-lib#7214), if its total depends
        on the window at all: a total that does not is a lie."""
        around = request.carry.get("declared")
        if around is not None and total >= around:
            return ()
        budget = min(request.carry.get("budget", _SHORT_BUDGET), _SHORT_BUDGET)
        told = msgspec.structs.replace(request, carry={**request.carry, "declared": total, "budget": budget})
        return tuple(lanes.narrower(self._base, self._prefix, told))

    def _may_follow(self, request: Request, token: str) -> bool:
        return token != request.carry.get("token") and request.depth + 1 < self._options.page_cap

    def _behind(self, request: Request, token: str) -> Request:
        following: Request = lanes.next_request(self._base, self._prefix, request, token, raw=self._options.token_raw)
        return following

    def _following(self, request: Request, envelope: Envelope, page: ListPage) -> tuple[Request | None, str]:
        """(the next page, or None and why not). The carry changes only where something is odd: empty pages are
        counted; behind a token that stays the same there may be other pages, until one of them comes again."""
        if request.depth + 1 >= self._options.page_cap:
            return None, "feed.page_cap"
        token, cursor = envelope.token or "", envelope.cursor
        following = self._behind(request, token)
        carry = {name: value for name, value in following.carry.items() if name != "empty"}
        if request.depth == 0 and cursor:
            carry["base"] = cursor
        if not page.count:
            carry["empty"] = request.carry.get("empty", 0) + 1
            if carry["empty"] >= self._options.empty_pages:
                return None, "feed.page_cap"
        if token == request.carry.get("token"):
            known = carry.get("pages", [])
            if not page.count or page.digest in known:
                return None, "feed.loop"
            carry["pages"] = [*known, page.digest][-_REMEMBERED_PAGES:]
            url = f"{following.url}#{following.depth}"  # another request for the run, the same one for the server
            return msgspec.structs.replace(following, carry=carry, url=url), ""
        return msgspec.structs.replace(following, carry=carry), ""

    def _listing(self, body: Body, request: Request) -> Iterator[Batch | Refused]:
        try:
            root = read_small(body, MAX_REPAIRED_BYTES)
        except Unreadable as error:
            yield Refused(code=error.code, then="retry", detail=error.detail)
            return
        envelope = read_envelope(root)
        if envelope.errors:
            yield from self._errors(envelope, request)
            return
        headers = read_headers(root)
        if envelope.verb != "ListIdentifiers" or tells_something_else(envelope, len(headers)):
            detail = f"The answer holds {envelope.verb or 'nothing'} instead of ListIdentifiers."
            yield Refused(code="source.protocol", then="retry", detail=detail)
            return
        token = envelope.token or ""
        smaller = lanes.narrower(self._base, self._prefix, request) if token and "token" not in request.carry else ()
        if smaller:
            detail = "A page of the list cannot be read; the list is asked in smaller windows."
            yield Refused(code="source.protocol", then="split", detail=detail, next=smaller)
            return
        following = self._behind(request, token) if token and self._may_follow(request, token) else None
        yield from singles.read_listing(
            self._base,
            self._prefix,
            headers,
            envelope,
            request,
            following,
            self._options.single_records,
        )

    def _errors(self, envelope: Envelope, request: Request) -> Iterator[Batch | Refused]:
        codes = {code for code, _ in envelope.errors}
        said = "; ".join(f"{code or 'no code'}: {text}" for code, text in envelope.errors)[:200]
        detail = f"The server says {said}"
        carry = request.carry
        if request.kind == "item":
            if codes & _FINAL_ERRORS:
                yield Batch(rejected=(singles.unserved(request, detail),), evidence=Evidence(closed=True))
            else:
                yield Refused(code="source.protocol", then="retry", detail=detail)
            return
        if codes == {"noRecordsMatch"}:
            date = lanes.moment_text(envelope.response_date)
            doubted = doubts(envelope, request)
            named = "set" in carry and carry.keys().isdisjoint({"from", "until", "token"})
            if named:
                doubted = (*doubted, Finding(code="feed.set_empty", detail=carry["set"][:200]))
            # Behind a token there is no argument that could match nothing: it is the server's way to end, or to lose.
            whole = not doubted and "token" not in carry
            yield Batch(findings=doubted, evidence=Evidence(ended=True, closed=True, whole=whole, server_date=date))
            return
        again = self._otherwise(codes, request)
        if again is not None:
            state = {"granularity": "day"} if "token" not in carry else {}
            code = "feed.granularity" if state else "feed.error"
            yield Batch(findings=(Finding(code=code, detail=said),), state=state, follow=(again,))
            return
        yield Batch(findings=(Finding(code="feed.error", detail=said),))
        if "token" in carry and codes & _TOKEN_ERRORS:
            yield self._token_refused(request, detail)
        elif codes & _FINAL_ERRORS:
            yield Refused(code="source.protocol", then="fatal", detail=detail)
        else:
            yield Refused(code="source.protocol", then="retry", detail=detail)

    def _otherwise(self, codes: set[str], request: Request) -> Request | None:
        """badArgument: the same question in days, or the same token together with metadataPrefix; each once."""
        carry = request.carry
        if "badArgument" not in codes:
            return None
        if "token" in carry:
            if carry.get("named"):
                return None
            named = msgspec.structs.replace(request, carry={**carry, "named": True}, depth=request.depth - 1)
            return self._behind(named, carry["token"])
        if carry.get("granularity") != "seconds" or not ("from" in carry or "until" in carry):
            return None
        in_days = {**carry, "granularity": "day"}
        asked: Request = lanes.first_request(self._base, self._prefix, in_days, request.lane, request.generation + 1)
        return asked

    def _token_refused(self, request: Request, detail: str) -> Refused:
        again = lanes.restarted(self._base, self._prefix, request)
        if again is not None:
            return Refused(code="source.protocol", then="restart", detail=detail, next=(again,))
        smaller = lanes.narrower(self._base, self._prefix, request)
        if smaller:
            return Refused(code="source.protocol", then="split", detail=detail, next=smaller)
        return Refused(code="source.protocol", then="fatal", detail=detail)

    def _bad_status(self, body: Body, request: Request, refused: Refused) -> Iterator[Batch | Refused]:
        if request.kind == "item":
            gone = refused.then == "retry"
            yield refused if gone else Batch(rejected=(singles.unserved(request, refused.detail),))
        elif "token" in request.carry and body.status in _TOKEN_STATUSES:
            yield self._token_refused(request, refused.detail)
        elif body.status == 413 and (smaller := lanes.narrower(self._base, self._prefix, request)):
            yield Refused(code=refused.code, then="split", detail=refused.detail, next=smaller)
        else:
            yield refused
