"""Which redirects are followed. Pure; the client follows by hand, one hop at a time.

Only GET goes on (a POST after 303 becomes one, RFC 9110 §15.4.4); never to a worse scheme, never in a loop.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Literal

from yarl import URL

from microharvest.harvest.fetch.faults import Fault

__all__ = ["PERMANENT", "REDIRECTS", "next_method", "next_url", "same_origin", "sendable"]

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})

_RANK = {"http": 0, "https": 1}


def sendable(text: str) -> URL:
    """A request's URL as it is sent: http or https, without fragment and user info (credentials belong in [auth])."""
    try:
        url = URL(text)
        if url.scheme in _RANK and url.host and url.port:
            return url.with_user(None).with_fragment(None)
    except ValueError:
        pass
    raise Fault("source.protocol", "The address is not an http or https URL.", final=True)


def next_url(current: URL, location: str, seen: Set[URL]) -> URL:
    """Where a redirect leads; Fault `source.redirect` where it may not be followed."""
    try:
        target = current.join(URL(location))
    except ValueError:
        raise Fault("source.redirect", f"{current.raw_host} redirects to something that is no URL.") from None
    rank = _RANK.get(target.scheme)
    if rank is None:
        raise Fault("source.redirect", f"{current.raw_host} redirects to something other than http or https.")
    if rank < _RANK[current.scheme]:
        raise Fault("source.redirect", f"{current.raw_host} redirects from https to http.")
    try:
        target = sendable(str(target))
    except Fault:
        raise Fault("source.redirect", f"{current.raw_host} redirects to something that is no URL.") from None
    if target in seen:
        raise Fault("source.redirect", f"{current.raw_host} redirects in a loop.")
    return target


def next_method(method: Literal["GET", "POST"], status: int, host: str | None) -> Literal["GET"]:
    """The method after a redirect; Fault `source.redirect` where a POST would have to be repeated elsewhere."""
    if method == "GET" or status == 303:
        return "GET"
    raise Fault("source.redirect", f"{host} redirects a POST.")


def same_origin(one: URL, other: URL) -> bool:
    """Same scheme, host and port (RFC 6454 §5)."""
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)
