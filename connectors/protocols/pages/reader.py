"""A JSON or XML API page by page.

What must stay true: the list is one lane, and it has ended only where the server says so, a page holds nothing, or a
page past the end repeats the one before; what repeats is known by the items' ids, for its bytes may differ; a page
that fails, a loop, or a list longer than allowed leaves the lane incomplete.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

from microharvest.connectors.protocols.pages.content import Content, read_page, read_value  # found by a path hook
from microharvest.connectors.protocols.pages.options import Options
from microharvest.connectors.protocols.pages.paging import announced, ask, ask_detail, is_foreign, next_address

from microharvest.kit import (
    Batch,
    Body,
    Document,
    Evidence,
    Failure,
    Finding,
    Next,
    ProtocolState,
    Refused,
    Rejected,
    Request,
)
from microharvest.kit.readers import Unreadable, encode_json, refuse_status

__all__ = ["Options", "Reader"]

MAX_EMPTY_PAGES = 10
_BATCH = 200
_GONE = frozenset({404, 410})
_PASSING = frozenset({"source.cut", "source.not_a_feed"})


class Reader:
    """Follows `kit.Protocol`. What a page must know of those before it travels in `carry`:

    `at` (its number, offset or token), `count` (items before it), `first` and `last` (marks of the first page and of
    the one before), `kept` (mark of an earlier page: Brent's way to notice a loop of any length), `empty` (pages
    without items just before it).
    """

    def __init__(self, options: Options, url: str) -> None:
        self._options = options
        self._url = url

    def scope(self, state: ProtocolState, *, full: bool) -> Literal["full", "delta"]:
        """A list is always everything."""
        return "full"

    def start(self, state: ProtocolState, now: datetime, *, full: bool) -> list[Request]:
        """The first page."""
        first = {"page": str(self._options.first_page), "offset": "0"}.get(self._options.pager)
        return [ask(self._options, self._url, first, {"at": first} if first else {}, 0)]

    def parse(self, body: Body, request: Request) -> Iterator[Batch | Refused]:
        """The items of a page, and the next one or the evidence of the end."""
        if request.depth and body.status in self._options.past_end:
            yield Batch(evidence=Evidence(ended=True, closed=True))
            return
        refused = refuse_status(body)
        if refused is not None:
            gone = request.kind == "item" and body.status in _GONE
            yield Refused(code=refused.code, then="gone", detail=refused.detail) if gone else refused
            return
        try:
            if request.kind == "item":
                document = Document(value=read_value(body), url=body.url, context=request.carry["context"])
                yield Batch(documents=(document,), evidence=Evidence(closed=True))
                return
            content = read_page(body, self._options.select, self._options.item_id)
            yield from self._batches(content, body, request)
        except Unreadable as error:
            then: Literal["retry", "fatal"] = "retry" if error.code in _PASSING else "fatal"
            yield Refused(code=error.code, then=then, detail=error.detail)

    def failed(self, request: Request, failure: Failure) -> Next:
        """Without this page nobody knows how the list goes on; an item's own page may be no more."""
        return Next(lane="absent" if request.kind == "item" and failure.status in _GONE else "incomplete")

    def peek(self, tail: bytes, request: Request) -> list[Request]:
        """Where the next page is stands before the items as often as behind them."""
        return []

    def _batches(self, content: Content, body: Body, request: Request) -> Iterator[Batch]:
        carry = request.carry
        repeated = bool(content.mark) and content.mark in (carry.get("first"), carry.get("last"), carry.get("kept"))
        for start in range(0, 0 if repeated else len(content.items), _BATCH):
            part = content.items[start : start + _BATCH]
            documents = tuple(one for one in part if isinstance(one, Document))
            rejected = tuple(one for one in part if isinstance(one, Rejected))
            follow: tuple[Request, ...] = ()
            if self._options.detail:
                asked = [(one, ask_detail(self._options, one.value)) for one in documents]
                follow = tuple(request for _, request in asked if request is not None)
                rejected += tuple(_nameless(one) for one, request in asked if request is None)
                documents = ()
            yield Batch(documents=documents, rejected=rejected, follow=follow)
        total = announced(content, self._options.total, body.headers, "x-wp-total", "x-total-count")
        total = None if self._options.declared_total == "ignore" else total
        following, ended, finding = self._goes_on(content, body, request, total, repeated=repeated)
        findings = (*content.findings, finding) if finding else content.findings
        ended = ended and content.framed if ended is not None else (None if content.framed else False)
        if self._options.detail:
            total = None  # an item whose page is gone is listed and not delivered
        evidence = Evidence(ended=ended, total=total, closed=True)
        yield Batch(follow=(following,) if following else (), findings=findings, evidence=evidence)

    def _goes_on(
        self, content: Content, body: Body, request: Request, total: int | None, *, repeated: bool
    ) -> tuple[Request | None, bool | None, Finding | None]:
        """(the next page, or whether the list has ended, and what was noticed)."""
        options, carry = self._options, request.carry
        counted = carry.get("count", 0) + len(content.items)
        if repeated:
            return self._repeated(content, body, request, total)
        following = self._following(content, body, carry, counted, total)
        if following is None:
            return None, True, None
        address, value = following
        empty = 0 if content.items else carry.get("empty", 0) + 1
        if empty > MAX_EMPTY_PAGES:
            return None, False, Finding(code="feed.loop", detail=f"{empty} pages without items, up to {body.url}")
        if request.depth + 1 >= options.max_pages:
            return None, False, Finding(code="feed.page_cap", detail=f"more than {options.max_pages} pages")
        if is_foreign(address, self._url) and is_foreign(address, body.url):  # a redirect may have led elsewhere
            return None, False, Finding(code="feed.foreign_item", detail=f"the next page is {address}"[:200])
        number = request.depth + 1
        keeps = number & (number - 1) == 0  # at 1, 2, 4, 8 ... pages
        onward: dict[str, Any] = {
            "count": counted, "empty": empty,
            "first": carry.get("first") or content.mark, "last": content.mark or carry.get("last", ""),
            "kept": content.mark if keeps and content.mark else carry.get("kept", ""),
        }  # fmt: skip
        if value is not None:
            onward["at"] = value
        return ask(options, address, value, onward, number), None, None

    def _repeated(
        self, content: Content, body: Body, request: Request, total: int | None
    ) -> tuple[None, bool, Finding | None]:
        """Past the end many servers give the last page again, or the first; anything else that repeats is a loop.

        If the second page is the first one again, then perhaps nobody reads our parameter: only a total proves more.
        """
        options, carry = self._options, request.carry
        pages = announced(content, options.pages, body.headers, "x-wp-totalpages", "x-total-pages")
        known = content.mark in (carry.get("last"), carry.get("first"))
        past = options.pager in ("page", "offset") and known and not options.more
        if past and (request.depth > 1 or total is not None or pages is not None):
            return None, True, None
        return None, False, Finding(code="feed.loop", detail=f"{body.url} repeats an earlier page"[:300])

    def _following(
        self, content: Content, body: Body, carry: dict[str, Any], counted: int, total: int | None
    ) -> tuple[str, str | None] | None:
        """(address, number or token) of the next page; None where this was the last one."""
        options = self._options
        more = content.said(options.more)
        if options.more and more is None:
            raise Unreadable("source.protocol", f"The page says nothing at {options.more!r} ([fetch] more).")
        if options.more and str(more).lower() in {"false", "0", ""}:
            return None
        if options.pager == "next":
            address = next_address(options, content, body)
            return None if address is None else (address, None)
        if options.pager == "cursor":
            token = next_address(options, content, body)
            return None if token is None or not content.items else (self._url, token)
        is_short = options.short_page_ends and len(content.items) < options.size
        is_all = total is not None and counted >= total
        pages = announced(content, options.pages, body.headers, "x-wp-totalpages", "x-total-pages")
        at = int(carry["at"])
        is_last = options.pager == "page" and pages is not None and at - options.first_page + 1 >= pages
        if not options.more and (not content.items or is_short or is_all or is_last):
            return None
        return self._url, str(at + 1 if options.pager == "page" else at + len(content.items))


def _nameless(document: Document) -> Rejected:
    detail = "The item does not say where its page is ([fetch] detail)."
    return Rejected(code="record.no_identifier", detail=detail, content=encode_json(document.value))
