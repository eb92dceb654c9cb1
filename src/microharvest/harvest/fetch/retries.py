"""Which answers are asked again and when: our decision table; tenacity only keeps the schedule.

Asked again: broken networks, cut bodies, silence, and the statuses that say "later" (408, 425, 429, 500, 502, 503,
504). Not asked again: everything that will be the same in a minute (TLS, addresses, codings, caps, other statuses).
An empty 200 is the protocol's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

__all__ = ["CREDIBLE", "RETRIED_CODES", "RETRIED_STATUSES", "challenged", "retry_after"]

RETRIED_CODES = frozenset(
    {"source.dns", "source.connect", "source.reset", "source.cut", "source.timeout"},
)
RETRIED_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})

_SHORTEST, _LONGEST = timedelta(seconds=1), timedelta(hours=6)
"""No wish to be left alone is noted for longer."""
CREDIBLE = _LONGEST + timedelta(hours=1)
"""One that lies further ahead was noted under a clock that was set back; two machines' clocks differ by less."""


def retry_after(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When the server wants to be asked again (RFC 9110 §10.2.3), within 1 second and 6 hours from now.

    Seconds, or an HTTP date: the latter is read against the answer's own Date, so that a wrong clock there or here
    does not matter. Negative numbers and what cannot be read are None.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal():
        wanted = timedelta(seconds=min(int(text[:12]), _LONGEST.total_seconds()))
    else:
        until = _http_date(text)
        if until is None:
            return None
        wanted = until - (_http_date(headers.get("date", "")) or now)
    return now + min(max(wanted, _SHORTEST), _LONGEST)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def challenged(headers: Mapping[str, str]) -> bool:
    """Whether a firewall answered in place of the server (Cloudflare's and AWS WAF's own marks)."""
    return "cf-mitigated" in headers or "x-amzn-waf-action" in headers
