"""Addresses: absolute http(s) URLs, fragments kept. "www.example.org/x" (or www2) gets its scheme, derived."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from microharvest.map.normalise.taken import Taken, refused

__all__ = ["url"]

_SPACE = re.compile(r"[\s\x00-\x20\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffd\ud800-\udfff<>\"]")
_WITHOUT_SCHEME = re.compile(r"www[0-9]?\.[^\s/:?#.]+\.[^\s/:?#]+(?::[0-9]+)?(?:[/?#].*)?", re.IGNORECASE)
_PLAIN = re.compile(r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[A-Za-z0-9_./~%?=&#+,:@!$'()*;-]*)?")
_MAX = 2048


def url(value: str) -> Taken[str]:
    """An address with a host. White space within, user names, other schemes and bare names: `url.invalid`."""
    value = value.strip().strip("\ufeff\u200b")
    if len(value) > _MAX:
        return refused("url.invalid")
    if _PLAIN.fullmatch(value):
        return Taken(value)
    if _SPACE.search(value):
        return refused("url.invalid")
    if _WITHOUT_SCHEME.fullmatch(value):
        return Taken("http://" + value, "derived") if _has_host("http://" + value) else refused("url.invalid")
    scheme, colon, rest = value.partition(":")
    if not colon or scheme.lower() not in ("http", "https") or not _has_host(value):
        return refused("url.invalid")
    return Taken(f"{scheme.lower()}:{rest}")


def _has_host(value: str) -> bool:
    try:
        parts = urlsplit(value)
        host, named = parts.hostname or "", parts.username is not None or parts.password is not None
        _ = parts.port  # raises for a port that is no number
    except ValueError:
        return False
    return not named and (host == "localhost" or (("." in host.strip(".") or ":" in host) and ".." not in host))
