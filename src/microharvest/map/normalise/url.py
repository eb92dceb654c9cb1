"""Addresses: absolute http(s) URLs, fragments kept. "www.example.org/x" gets its scheme, derived.

So does "example.org/x" where its end is that of a host: a word of `_ENDS`, or a country's two letters behind a name of
three or more ("b.sc" is none), but not those that files end in ("readme.md").
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from microharvest.map.normalise.taken import Taken, refused
from microharvest.map.vocabulary import country_authority, words

__all__ = ["url"]

_SPACE = re.compile(r"[\s\x00-\x20\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffd\ud800-\udfff<>\"]")
_WITHOUT_SCHEME = re.compile(r"www[0-9]?\.[^\s/:?#.]+\.[^\s/:?#]+(?::[0-9]+)?(?:[/?#].*)?", re.IGNORECASE)
_HOST_ALONE = re.compile(
    r"(?:[a-z0-9-]+\.)*(?P<name>[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)\.(?P<end>[a-z]{2,9})(?::[0-9]+)?(?:/.*)?",
    re.IGNORECASE,
)
_ENDS = words("com org net edu gov info eu uk int biz cat academy college school training university education online")
_FILES = frozenset({"md", "ps", "py", "sh"})
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
    alone = _HOST_ALONE.fullmatch(value)
    if alone is not None and _is_host(alone["name"], alone["end"].lower()):
        return Taken("http://" + value, "derived") if _has_host("http://" + value) else refused("url.invalid")
    scheme, colon, rest = value.partition(":")
    if not colon or scheme.lower() not in ("http", "https") or not _has_host(value):
        return refused("url.invalid")
    return Taken(f"{scheme.lower()}:{rest}")


def _is_host(name: str, end: str) -> bool:
    return end in _ENDS or (len(name) > 2 and end not in _FILES and end.upper() in country_authority())


def _has_host(value: str) -> bool:
    try:
        parts = urlsplit(value)
        host, named = parts.hostname or "", parts.username is not None or parts.password is not None
        _ = parts.port  # raises for a port that is no number
    except ValueError:
        return False
    return not named and (host == "localhost" or (("." in host.strip(".") or ":" in host) and ".." not in host))
