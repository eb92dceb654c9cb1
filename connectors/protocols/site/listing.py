"""The list side of a site: sitemaps (sitemaps.org 0.9), robots.txt, text lists, HTML pages of links. Pure.

What must stay true: an address is asked as it was listed, trimmed and percent-encoded but not otherwise changed; a
sitemap counts as read only when its root was closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from microharvest.kit.readers import (
    Pull,
    Unreadable,
    decode_page,
    local_name,
    looks_like_html,
    page_links,
    read_root,
    strip_bom,
)

__all__ = ["Listed", "Listing", "is_settled", "read_listing", "written"]

MAX_LIST_BYTES = 64 * 1024 * 1024
_SAFE = "%/:?#[]@!$&'()*+,;=~-._"
_SPACES = re.compile(r"\s+")


class Listed(NamedTuple):
    """An address of a list, and when it last changed, as far as the list says."""

    url: str
    lastmod: str | None = None


class Listing(NamedTuple):
    """`nested`: the entries are sitemaps themselves. `closed`: the format proves its end."""

    nested: bool
    entries: Iterator[Listed]
    closed: bool


def written(url: str, base: str) -> str | None:
    """A listed address as it is asked: absolute, white space gone, non-ASCII percent-encoded, fragment dropped.

    None for what is no http(s) address (or no file beside a local list).
    """
    text = _SPACES.sub("", url) if "\n" in url or "\r" in url else url.strip()
    if not text:
        return None
    try:
        if urlsplit(text).scheme in {"http", "https"} and not urlsplit(text).netloc:
            return None  # urljoin would take it for the base
        parts = urlsplit(urljoin(base, text))
        host = parts.hostname or ""
        if not host.isascii():
            host = host.encode("idna").decode()
            parts = parts._replace(netloc=host if parts.port is None else f"{host}:{parts.port}")
    except (ValueError, UnicodeError):
        return None
    allowed = {"http", "https"} | ({"file"} if urlsplit(base).scheme == "file" else set())
    if parts.scheme not in allowed or (parts.scheme != "file" and not host):
        return None
    return quote(urlunsplit(parts._replace(fragment="", path=parts.path or "/")), safe=_SAFE)


def is_settled(lastmod: str, now: datetime) -> bool:
    """Did it change long enough ago (a day) that a second change under the same date would have another one?"""
    try:
        moment = datetime.fromisoformat(lastmod.strip())
    except ValueError:
        return False
    return moment.replace(tzinfo=moment.tzinfo or UTC) <= now - timedelta(days=2 if len(lastmod.strip()) <= 10 else 1)


def read_listing(stream: BinaryIO, kind: str, content_type: str) -> Listing:
    """What a list holds. `kind`: auto, sitemap or list (text or HTML). Raises Unreadable, also while it is read."""
    head = stream.read(4096)
    stream.seek(0)
    if not head.strip():
        raise Unreadable("source.cut", "The list is empty.")
    if looks_like_html(head):
        if kind == "sitemap":
            raise Unreadable("source.not_a_feed", "The answer is an HTML page, not a sitemap.")
        return _links(stream, content_type)
    if strip_bom(head).replace(b"\x00", b"").lstrip().startswith(b"<"):
        return _sitemap(stream)
    if kind == "sitemap":
        raise Unreadable("source.not_a_feed", "The answer is not a sitemap.")
    return _lines(stream, content_type)


def _sitemap(stream: BinaryIO) -> Listing:
    root = read_root(stream)
    stream.seek(0)
    if root.local not in {"urlset", "sitemapindex"}:
        raise Unreadable("source.not_a_feed", f"The root element is {root.local}, not urlset or sitemapindex.")
    name = "url" if root.local == "urlset" else "sitemap"
    return Listing(name == "sitemap", _entries(Pull(stream, name, accept=_is_entry)), closed=True)


def _is_entry(element: Any) -> bool:
    parent = element.getparent()
    return parent is not None and parent.getparent() is None


def _entries(pull: Pull) -> Iterator[Listed]:
    for batch in pull.batches():
        for element in batch:
            said: dict[str, str] = {}
            for child in element:
                said.setdefault(local_name(child.tag), "".join(child.itertext()))
            yield Listed(said.get("loc", ""), said.get("lastmod", "").strip() or None)


def _lines(stream: BinaryIO, content_type: str) -> Listing:
    content = _bounded(stream)
    text = decode_page(content, content_type)
    lines = [line.strip() for line in text.splitlines()]
    wanted = [line for line in lines if line and not line.startswith("#")]
    sitemaps = [line.partition(":")[2].strip() for line in wanted if line[:8].lower() == "sitemap:"]
    if sitemaps:  # a robots.txt
        return Listing(True, (Listed(line) for line in sitemaps), closed=False)
    if not any(re.match(r"(?:https?|file):", line) for line in wanted):
        raise Unreadable("source.not_a_feed", "The answer is no list of addresses.")
    return Listing(False, (Listed(line) for line in wanted), closed=False)


def _links(stream: BinaryIO, content_type: str) -> Listing:
    content = _bounded(stream)
    links, base = page_links(decode_page(content, content_type))
    entries = (Listed(urljoin(base, link) if base else link) for link in links)
    return Listing(False, entries, closed=b"</html" in content[-65536:].lower())


def _bounded(stream: BinaryIO) -> bytes:
    content = stream.read(MAX_LIST_BYTES + 1)
    if len(content) > MAX_LIST_BYTES:
        raise Unreadable("source.too_large", f"The list is larger than {MAX_LIST_BYTES} bytes.")
    return content
