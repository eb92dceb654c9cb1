"""What can be said of an answer before anybody reads its format: error statuses, firewall pages, HTML instead of data.

A server's error is a value (`Refused`), and its code says what to do. HTML with status 200 is the most frequent
lie of feeds (19 % of 5,105 OAI-PMH endpoints that answered 200), so every reader asks `looks_like_html` first.
"""

from __future__ import annotations

import re

from microharvest.kit.protocol import Body, Refused

__all__ = ["Unreadable", "looks_like_html", "refuse_status", "strip_bom"]

_HTML = re.compile(rb"(?:\s|<!--.*?-->|<\?xml[^>]*\?>)*<(?:!doctype\s+html|html|head|body)[\s>]", re.I | re.S)
_THROTTLED = frozenset({429, 503})
_PASSING = frozenset({408, 425, 500, 502, 504})
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class Unreadable(ValueError):  # noqa: N818 - a fact about a body, on its way to becoming a Refused
    """A body that cannot be read as what it should be. `code` of `errors.ERROR_CODES`, `detail` one sentence."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def strip_bom(head: bytes) -> bytes:
    """The bytes without a byte order mark."""
    for bom in _BOMS:
        if head.startswith(bom):
            return head[len(bom) :]
    return head


def looks_like_html(head: bytes) -> bool:
    """Do the first bytes (a few hundred are enough) begin an HTML page? UTF-16 is seen through."""
    return _HTML.match(strip_bom(head).replace(b"\x00", b"")) is not None


def refuse_status(body: Body) -> Refused | None:
    """What an error status means for a list; None for 2xx. An item's 404 and 410 are the protocol's to judge.

    Firewall challenges are told by their headers (`cf-mitigated`, `x-amzn-waf-action`): asking again soon makes
    them worse, so they block the host for this run.
    """
    for name in ("cf-mitigated", "x-amzn-waf-action"):
        if name in body.headers:
            return Refused(code="source.blocked", then="blocked", detail=f"A firewall answered ({name}).")
    status = body.status
    if 200 <= status < 300:
        return None
    detail = f"The server answered with status {status}."
    if status in {401, 403}:
        return Refused(code="source.unauthorised", then="fatal", detail=detail)
    if status in {404, 410}:
        return Refused(code="source.not_found", then="fatal", detail=detail)
    if status in _THROTTLED:
        return Refused(code="source.throttled", then="retry", detail=detail)
    if status in _PASSING or status >= 500:
        return Refused(code="source.http", then="retry", detail=detail)
    return Refused(code="source.http", then="fatal", detail=detail)
