"""What is put on the wire: method, URL, headers, body; and what of it another origin may see after a redirect.

Headers of the source and its credentials stay at the origin they were meant for: aiohttp itself would hand an
X-API-Key on. Once dropped they do not come back, though a redirect may lead back: the other origin chose that URL.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Literal

import msgspec
from yarl import URL

from microharvest.harvest.fetch.answers import Validators
from microharvest.harvest.fetch.faults import Fault
from microharvest.harvest.fetch.policy import FetchPolicy
from microharvest.harvest.fetch.redirects import next_method, next_url, same_origin, sendable
from microharvest.kit.protocol import Request

__all__ = ["Ask", "first_ask", "redirected_ask"]

_TRAVELLING = frozenset({"accept", "accept-language", "accept-encoding", "if-none-match", "if-modified-since"})
"""Content negotiation (identifier resolvers such as w3id.org live by it) and our own conditions."""
_OF_A_BODY = frozenset({"content-type", "content-length"})


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP exchange to make. Header names are lower case; `secret` are those that stay at their origin."""

    method: Literal["GET", "POST"]
    url: URL
    headers: dict[str, str]
    body: bytes
    secret: frozenset[str]

    def __repr__(self) -> str:
        return f"Ask({self.method} {self.url.raw_host})"


def first_ask(request: Request, policy: FetchPolicy, validators: Validators | None) -> Ask:
    """What a request and its source's policy say; Fault `source.protocol` for what cannot be sent as it is."""
    url = sendable(request.url)
    headers = {name.lower(): value for name, value in (*policy.headers.items(), *request.headers.items())}
    auth = {name.lower(): secret.reveal() for name, secret in policy.auth.items()}
    headers |= auth
    if request.method == "POST":
        headers.setdefault("content-type", "application/x-www-form-urlencoded")
    elif validators is not None:
        if validators.etag:
            headers["if-none-match"] = validators.etag
        if validators.last_modified:
            headers["if-modified-since"] = validators.last_modified
    headers["accept-encoding"] = "gzip"
    if any(not (sign.isprintable() or sign == "\t") for value in headers.values() for sign in value):
        raise Fault("source.protocol", f"A request header for {url.raw_host} holds control characters.", final=True)
    return Ask(method=request.method, url=url, headers=headers, body=request.body, secret=frozenset(auth))


def redirected_ask(ask: Ask, location: str, status: int, seen: Set[URL]) -> Ask:
    """The next hop; Fault `source.redirect` where there may be none. `seen`: the URLs asked by GET so far."""
    method = next_method(ask.method, status, ask.url.raw_host)
    url = next_url(ask.url, location, seen)
    headers = {name: value for name, value in ask.headers.items() if name not in _OF_A_BODY}
    if not same_origin(ask.url, url):
        headers = {name: value for name, value in headers.items() if name in _TRAVELLING - ask.secret}
    return Ask(method=method, url=url, headers=headers, body=b"", secret=ask.secret)
