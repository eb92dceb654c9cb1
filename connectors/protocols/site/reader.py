"""Pages with JSON-LD in them: a list of addresses, then one request per page.

What must stay true: the list is a lane that must end; every page is an item; a page that is gone (404, 410) is
absent, any other failure leaves what it said before in place, and so does a block that cannot be read; a block is
read as it stands, and what its @context names is never fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
from microharvest.connectors.protocols.site.listing import (  # found by a path hook
    Listed,
    Listing,
    is_settled,
    read_listing,
    written,
)

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
from microharvest.kit.readers import (
    Unreadable,
    decode_json,
    decode_page,
    has_course_markup,
    json_ld_blocks,
    open_plain,
    page_language,
    read_block,
    refuse_status,
)

__all__ = ["Options", "Reader"]

MAX_PAGE_BYTES = 16 * 1024 * 1024
MAX_SITEMAP_BYTES = 256 * 1024 * 1024
MAX_NESTING = 5
_BATCH = 500
_PASSING = frozenset({"source.cut", "source.not_a_feed"})
_GONE = frozenset({404, 410})
_KEPT = frozenset({"source.robots", "record.unmappable"})


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The keys of `[fetch]` for `protocol = "site"`."""

    # What the URL is; auto looks at its bytes. list: a text file of addresses or an HTML page of links.
    kind: Literal["auto", "sitemap", "list"] = "auto"
    # Regular expressions (searched in the absolute URL): a page is asked if one of them fits; empty: all pages.
    include: tuple[str, ...] = ()
    # Regular expressions: a page is not asked if one of them fits.
    exclude: tuple[str, ...] = ()
    # Pages of one list; a longer list counts as incomplete.
    max_pages: int = 10_000
    # trust: a page whose <lastmod> is what it was, and older than a day, counts as unchanged without being asked
    # (never in a full harvest); ignore: every page is asked, with validators.
    lastmod: Literal["ignore", "trust"] = "ignore"
    # obey: robots.txt is obeyed; ignore: only for sites whose publisher allows it.
    robots: Literal["obey", "ignore"] = "obey"
    # Leave out pages of other hosts than the list's (a leading `www.` makes no difference).
    same_host: bool = True

    def __post_init__(self) -> None:
        for pattern in (*self.include, *self.exclude):
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
        if self.max_pages < 1:
            raise ValueError("max_pages must be at least 1")


class Reader:
    """Follows `kit.Protocol`."""

    def __init__(self, options: Options, url: str) -> None:
        self._options = options
        self._url = url
        self.obeys_robots = options.robots == "obey"
        self._include = [re.compile(pattern) for pattern in options.include]
        self._exclude = [re.compile(pattern) for pattern in options.exclude]

    def scope(self, state: ProtocolState, *, full: bool) -> Literal["full", "delta"]:
        """A list is always everything; unchanged pages answer 304."""
        return "full"

    def start(self, state: ProtocolState, now: datetime, *, full: bool) -> list[Request]:
        """The list."""
        carry = {"now": now.isoformat()} if self._options.lastmod == "trust" else {}
        return [Request(lane="list", url=self._url, conditional=True, carry=carry)]

    def parse(self, body: Body, request: Request) -> Iterator[Batch | Refused]:
        """A list leads to lists and pages; a page gives one document per JSON-LD block."""
        if request.kind == "item" and body.status in _GONE:
            yield Refused(code="source.not_found", then="gone", detail=f"The page answers {body.status}.")
            return
        refused = refuse_status(body)
        if refused is not None:
            yield refused
            return
        try:
            if request.kind == "item":
                yield from self._page(body, request.url)
            else:
                with body.open() as stream, open_plain(stream, MAX_SITEMAP_BYTES) as plain:
                    listing = read_listing(plain, self._options.kind, body.headers.get("content-type", ""))
                    yield from self._list(listing, body, request)
        except Unreadable as error:
            then: Literal["retry", "fatal"] = "retry" if error.code in _PASSING else "fatal"
            yield Refused(code=error.code, then=then, detail=error.detail)

    def failed(self, request: Request, failure: Failure) -> Next:
        """A page that is no more is absent, one that must not be asked stays as it was; anything else is not known."""
        if request.kind == "item" and failure.code in _KEPT:
            return Next(lane="kept")
        gone = request.kind == "item" and failure.status in _GONE
        return Next(lane="absent" if gone else "incomplete")

    def peek(self, tail: bytes, request: Request) -> list[Request]:
        """Lists are read from their beginning."""
        return []

    def _list(self, listing: Listing, body: Body, request: Request) -> Iterator[Batch]:
        seen: set[str] = set()
        follow: list[Request] = []
        repeated = foreign = 0
        over = False
        for entry in listing.entries:
            url = written(entry.url, body.url)
            if url is None or (not listing.nested and not self._wanted(url)):
                continue
            if self._options.same_host and _host(url) != _host(body.url):
                foreign += 1
            elif url in seen:
                repeated += 1
            elif len(seen) >= self._options.max_pages or (listing.nested and request.depth >= MAX_NESTING):
                over = True
                break
            else:
                seen.add(url)
                follow.append(_request(url, entry, request, len(seen), nested=listing.nested))
                if len(follow) >= _BATCH:
                    yield Batch(follow=tuple(follow))
                    follow = []
        counted = (("feed.repeated_item", repeated), ("feed.foreign_item", foreign))
        findings = [Finding(code=code, detail=f"{count} of {body.url}") for code, count in counted if count]
        if over:
            findings.append(Finding(code="feed.page_cap", detail=f"{body.url} lists more than {len(seen)}."))
        ended = None if listing.nested and seen and not over else not over
        evidence = Evidence(ended=ended, closed=listing.closed)
        yield Batch(follow=tuple(follow), findings=tuple(findings), evidence=evidence)

    def _wanted(self, url: str) -> bool:
        if self._include and not any(pattern.search(url) for pattern in self._include):
            return False
        return not any(pattern.search(url) for pattern in self._exclude)

    def _page(self, body: Body, key: str) -> Iterator[Batch | Refused]:
        """`key`: the page's address as listed, for what stands alone on a page and has no id of its own."""
        content = body.read(MAX_PAGE_BYTES + 1)
        if len(content) > MAX_PAGE_BYTES:
            raise Unreadable("source.too_large", f"A page of more than {MAX_PAGE_BYTES} bytes.")
        if not content.strip():
            raise Unreadable("source.cut", "The page is empty.")
        if body.media_type() in {"application/ld+json", "application/json"}:
            evidence = Evidence(ended=True, closed=True)
            yield Batch(
                documents=(Document(value=decode_json(content), native_id=key, url=body.url),), evidence=evidence
            )
            return
        page = decode_page(content, body.headers.get("content-type", ""))
        values: list[Any] = []
        rejected: list[Rejected] = []
        findings: list[Finding] = []
        blocks = json_ld_blocks(page)
        for block in blocks:
            if not block.closed:  # the page was cut: what it says is not known, rather than gone
                raise Unreadable("source.cut", "The page ends within a JSON-LD block.")
            try:
                value, repair = _read_thing(block.text)
            except Unreadable as error:
                findings.append(Finding(code="feed.bad_json_ld", detail=f"{body.url}: {error.detail}"))
                raw = block.text.encode("utf-8", "replace")
                rejected.append(Rejected(code="record.unmappable", detail=error.detail, content=raw))
                continue
            if repair:
                findings.append(Finding(code="feed.repaired", detail=f"{body.url}: {repair}"))
            values.append(value)
        if not values and not rejected:
            findings.append(Finding(code="feed.no_json_ld", detail=body.url))
        if has_course_markup(page) and not any("Course" in block.text for block in blocks):
            findings.append(Finding(code="feed.microdata", detail=body.url))
        evidence = Evidence(ended=True, closed=b"</html" in content[-65536:].lower())
        # The blocks of a page are one document: what one of them names is told by another (`"provider": {"@id": …}`).
        value = values if len(values) > 1 else next(iter(values), None)
        document = Document(value=value, native_id=key, url=body.url, language=page_language(page))
        lost = any(b"Course" in one.content for one in rejected) or (rejected and not values)
        documents = (document,) if values and not lost else ()
        yield Batch(documents=documents, rejected=tuple(rejected), findings=tuple(findings), evidence=evidence)
        if lost:  # the page is there: what it said before is not gone
            yield Refused(code="record.unmappable", then="retry", detail=f"A JSON-LD block of {body.url} is broken.")


def _read_thing(text: str) -> tuple[Any, str]:
    value, repair = read_block(text)
    if not isinstance(value, dict | list):
        raise Unreadable("source.protocol", "The block is neither an object nor a list.")
    return value, repair


def _request(url: str, entry: Listed, parent: Request, number: int, *, nested: bool) -> Request:
    """`number`: its place in the list, which decides between two pages that give one id."""
    carry = {"lastmod": entry.lastmod} if entry.lastmod else {}
    now = parent.carry.get("now")
    if nested:
        carry |= {"now": now} if now else {}
        return Request(lane="list", url=url, carry=carry, depth=parent.depth + 1, conditional=True)
    if now and entry.lastmod and is_settled(entry.lastmod, datetime.fromisoformat(now)):
        carry["stamp"] = entry.lastmod
    return Request(lane="pages", kind="item", url=url, carry=carry, depth=number, conditional=True)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")
