"""From one page to the next: where an answer says it, and how the request for it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from microharvest.connectors.protocols.pages.content import Content  # found by a path hook
from microharvest.connectors.protocols.pages.options import Options

from microharvest.kit import Body, Request
from microharvest.kit.readers import encode_json, local_name, locate

__all__ = ["LANE", "announced", "ask", "ask_detail", "is_foreign", "next_address"]

LANE = "pages"
# JSON:API (links.next), HAL (_links.next.href), OData, Laravel and Django REST framework, and what others call it.
_PLACES = (
    "links.next", "_links.next", "next", "@odata.nextLink", "next_page_url", "nextPageUrl", "nextPage", "next_url",
    "nextLink", "paging.next", "pagination.next", "pagination.next_url", "pagination.links.next", "meta.next",
    "meta.links.next", "view.next", "hydra:view.hydra:next",
)  # fmt: skip
_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s",;]+))?)*)')
_PLACE = re.compile(r"\{([^{}]+)\}")
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]+))', re.I)
_DEFAULT_PARAM = {"page": "page", "offset": "offset", "cursor": "cursor", "next": ""}


def ask(options: Options, url: str, value: str | None, carry: dict[str, Any], depth: int) -> Request:
    """The request for a page: `value` is its number, offset or token; None where the address says it all."""
    given: dict[str, str | int] = {options.size_param: options.size} if options.size_param and depth == 0 else {}
    if options.size_param and options.pager != "next":
        given = {options.size_param: options.size}
    if value is not None:
        given[options.param or _DEFAULT_PARAM[options.pager]] = int(value) if value.isdecimal() else value
    headers = {"Accept": options.accept} if options.accept else {}
    if options.method == "GET":
        for name, one in given.items():
            url = _with_param(url, name, str(one))
        return Request(lane=LANE, url=url, headers=headers, carry=carry, depth=depth)
    body: dict[str, Any] = {**options.body}
    for name, one in given.items():
        _put(body, name.split("."), one)
    return Request(
        lane=LANE,
        url=url,
        method="POST",
        body=encode_json(body),
        headers={"Content-Type": "application/json", **headers},
        carry=carry,
        depth=depth,
    )


def ask_detail(options: Options, item: Any) -> Request | None:
    """The request for an item's own page, the item being its context; None where the item does not say which. Never a
    conditional one: the page may be the same and the item another."""
    said = {name: locate(item, name) for name in _PLACE.findall(options.detail)}
    if not all(isinstance(one, str | int) and str(one).strip() for one in said.values()):
        return None
    url = _PLACE.sub(lambda found: quote(str(said[found[1]]), safe=""), options.detail)
    headers = {"Accept": options.accept} if options.accept else {}
    return Request(lane=LANE, kind="item", url=url, headers=headers, carry={"context": item})


def next_address(options: Options, content: Content, body: Body) -> str | None:
    """The address (or, for `cursor`, the token) of the next page as the answer says it."""
    if options.pager == "cursor":
        said = content.said(options.next)
        return str(said) if isinstance(said, str | int) and not isinstance(said, bool) and str(said).strip() else None
    for target in _said_links(options, content, body):
        if target.strip():
            return urljoin(body.url, target.strip())
    return None


def _said_links(options: Options, content: Content, body: Body) -> Iterator[str]:
    if options.next:
        yield from _targets(content.said(options.next))
        return
    for target, parameters in _LINK.findall(body.headers.get("link", "")):  # RFC 8288 section 3
        relations = [one or other for one, other in _REL.findall(parameters)][:1]
        if any("next" in relation.lower().split() for relation in relations):
            yield target
    if isinstance(content.envelope, dict):
        for place in _PLACES:
            yield from _targets(content.said(place))
        links = content.envelope.get("links")
        for link in links if isinstance(links, list) else ():
            if isinstance(link, dict) and link.get("rel") == "next":
                yield from _targets(link)
    elif not isinstance(content.envelope, list):
        for element in content.envelope.iter("{*}link"):
            if local_name(element.tag) == "link" and element.get("rel") == "next":  # Atom, RFC 5005 section 3
                yield element.get("href") or ""


def _targets(said: Any) -> Iterator[str]:
    if isinstance(said, dict):
        said = next((said[name] for name in ("href", "url", "uri", "@id") if name in said), None)
    if isinstance(said, str):
        yield said


def announced(content: Content, path: str, headers: dict[str, str], *names: str) -> int | None:
    """A number the answer announces, at a path or in one of some headers."""
    said = content.said(path) if path else next((headers[name] for name in names if name in headers), None)
    if isinstance(said, str) and said.strip().isdecimal():
        said = int(said)
    return said if isinstance(said, int) and not isinstance(said, bool) and said >= 0 else None


def is_foreign(url: str, own: str) -> bool:
    """Whether an address leads to another host, or away from https: our credentials do not go there."""
    here, there = urlsplit(own), urlsplit(url)
    worse = here.scheme == "https" and there.scheme != "https"
    return worse or there.scheme not in ("http", "https") or _host(there.hostname) != _host(here.hostname)


def _host(name: str | None) -> str:
    return (name or "").removeprefix("www.")


def _with_param(url: str, name: str, value: str) -> str:
    """The address with one parameter set; the rest stays byte for byte as it was written."""
    address, hash_sign, fragment = url.partition("#")
    pair = f"{quote(name, safe='[]$.:')}={quote(value, safe='')}"
    known = re.compile(rf"(?<=[?&])(?:{re.escape(name)}|{re.escape(quote(name, safe=''))})=[^&]*")
    if known.search(address):
        address = known.sub(lambda _: pair, address, count=1)
    else:
        address += ("&" if "?" in address else "?") + pair
    return address + hash_sign + fragment


def _put(body: dict[str, Any], path: list[str], value: Any) -> None:
    here = body
    for name in path[:-1]:
        inner = here.get(name)
        here[name] = dict(inner) if isinstance(inner, dict) else {}
        here = here[name]
    here[path[-1]] = value
