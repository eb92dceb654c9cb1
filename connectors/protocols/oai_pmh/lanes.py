"""The lists of an OAI-PMH harvest: which windows and sets are asked, and how a broken list is asked again. Pure.

A lane is one set in one window. What it asks travels in `Request.carry`: `set`, `from`, `until` (UTC, seconds; cut
to days only when the URL is written), `granularity`, `earliest`, `now`, `restarts`, `splits`, `token`. Neighbouring
windows share their boundary: some servers keep fractions of a second, some take `until=<day>` for its first
moment, and a record seen twice is harmless while a record between two windows is lost.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from microharvest.kit import Request

__all__ = [
    "base_url",
    "first_request",
    "halves",
    "identify_url",
    "next_request",
    "parse_duration",
    "parse_moment",
    "plan_lanes",
    "restarted",
    "stamp",
]

MAX_RESTARTS = 2
MAX_SPLITS = 12
MAX_WINDOWS = 1_000
_ARGUMENTS = frozenset({"verb", "metadataPrefix", "from", "until", "set", "resumptionToken", "identifier"})
_DURATION = re.compile(
    r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.ASCII
)
_MOMENT = re.compile(
    r"\s*(\d{4})-?(\d\d)-?(\d\d)(?:[Tt ](\d\d):?(\d\d)(?::?(\d\d)(?:\.\d+)?)?\s*([Zz]|[+-]\d\d:?\d\d)?)?\s*", re.ASCII
)


def parse_duration(text: str) -> timedelta:
    """An ISO 8601 duration; a year counts 365 days, a month 30. Raises ValueError."""
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        raise ValueError(f"{text!r} is no ISO 8601 duration such as P30D or PT24H")
    years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return timedelta(days=365 * years + 30 * months + 7 * weeks + days, hours=hours, minutes=minutes, seconds=seconds)


def parse_moment(text: str | None) -> datetime | None:
    """A datestamp as servers write it (days, compact, fractions, offsets); without offset UTC. None if unreadable."""
    match = _MOMENT.fullmatch(text or "")
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    offset = (match[7] or "Z").upper()
    shift = timedelta()
    if offset != "Z":
        digits = offset[1:].replace(":", "")
        shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:])) * (-1 if offset[0] == "-" else 1)
    try:
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC) - shift
    except (ValueError, OverflowError):
        return None


def stamp(moment: datetime, granularity: str = "seconds") -> str:
    """A date as OAI-PMH §3.3 writes it: `2026-11-24`, or `2026-11-24T03:45:04Z` for granularity seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ" if granularity == "seconds" else "%Y-%m-%d").zfill(10)


def base_url(url: str) -> str:
    """The address without OAI-PMH arguments somebody may have pasted with it; other arguments stay."""
    parts = urlsplit(url)
    if not any(name in _ARGUMENTS for name, _ in parse_qsl(parts.query, keep_blank_values=True)):
        return urlunsplit(parts._replace(fragment=""))
    kept = [piece for piece in parts.query.split("&") if piece.partition("=")[0] not in _ARGUMENTS]
    return urlunsplit(parts._replace(query="&".join(kept), fragment=""))


def identify_url(base: str) -> str:
    """Where Identify is asked."""
    return _with(base, "verb=Identify")


def plan_lanes(
    base: str, prefix: str, sets: tuple[str, ...], common: dict[str, Any], window: timedelta | None
) -> list[Request]:
    """The first request of every lane. `common` is the carry they share; windows need `earliest`, and no `from`."""
    earliest, now = parse_moment(common.get("earliest")), parse_moment(common.get("now"))
    spans: list[tuple[str | None, str | None]] = [(common.get("from"), None)]
    if window and earliest and now and "from" not in common and earliest < now:
        spans = _windows(earliest, now, window, common["granularity"])
    requests = []
    for set_spec in sets or ("",):
        for begin, end in spans:
            carry = {**common, "set": set_spec, "from": begin, "until": end}
            lane = ":".join(filter(None, ("records", set_spec, (begin or "") if len(spans) > 1 else "")))
            requests.append(first_request(base, prefix, carry, lane))
    return requests


def _windows(
    earliest: datetime, now: datetime, window: timedelta, granularity: str
) -> list[tuple[str | None, str | None]]:
    unit = timedelta(seconds=1) if granularity == "seconds" else timedelta(days=1)
    step = max(window, unit, (now - earliest) / MAX_WINDOWS)
    cuts: list[str] = []
    cut = earliest + step
    while cut < now:
        text = stamp(cut if granularity == "seconds" else cut.replace(hour=0, minute=0, second=0))
        if text not in cuts[-1:]:
            cuts.append(text)
        cut += step
    # Open at both ends: earliestDatestamp is often wrong, and records change while they are read.
    return list(zip([None, *cuts], [*cuts, None], strict=True))


def first_request(base: str, prefix: str, carry: dict[str, Any], lane: str, generation: int = 0) -> Request:
    """ListRecords without a token, as the carry says."""
    carry = {name: value for name, value in carry.items() if value not in (None, "") and name != "token"}
    arguments = {"verb": "ListRecords", "metadataPrefix": prefix}
    for name in ("from", "until"):
        moment = parse_moment(carry.get(name))
        if moment is not None:
            arguments[name] = stamp(moment, carry["granularity"])
    if "set" in carry:
        arguments["set"] = carry["set"]
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in arguments.items())
    return Request(lane=lane, url=_with(base, query), carry=carry, generation=generation)


def next_request(base: str, request: Request, token: str, *, raw: bool) -> Request:
    """The page behind a token. The token is opaque and the only argument (§3.5); `raw` sends it unencoded."""
    written = quote(token, safe="!$&'()*+,;=:@/?%|^[]{}~") if raw else quote(token, safe="")
    return Request(
        lane=request.lane,
        url=_with(base, f"verb=ListRecords&resumptionToken={written}"),
        carry={**request.carry, "token": token},
        generation=request.generation,
        depth=request.depth + 1,
    )


def restarted(base: str, prefix: str, request: Request) -> Request | None:
    """The lane from its first request, one generation on; None where it began again often enough."""
    restarts = request.carry.get("restarts", 0)
    if restarts >= MAX_RESTARTS:
        return None
    carry = {**request.carry, "restarts": restarts + 1}
    return first_request(base, prefix, carry, request.lane, request.generation + 1)


def halves(base: str, prefix: str, request: Request, *, max_splits: int = MAX_SPLITS) -> tuple[Request, ...]:
    """The lane's window as two lanes of their own; empty where there is no window or it is as small as it gets.

    The new lanes are one generation on, so that the old lane counts as given up for them. An open end stays open.
    """
    carry = request.carry
    splits = carry.get("splits", 0)
    low = parse_moment(carry.get("from") or carry.get("earliest"))
    high = parse_moment(carry.get("until") or carry.get("now"))
    if splits >= max_splits or low is None or high is None or low >= high:
        return ()
    middle = low + (high - low) / 2
    if carry["granularity"] != "seconds":
        middle = middle.replace(hour=0, minute=0, second=0, microsecond=0)
    middle_text = stamp(middle)
    if middle_text in {stamp(low), stamp(high)} or not low < middle < high:
        return ()
    # A half begins again once at most: the whole did so in vain, and there may be 4,096 halves.
    shared = {**carry, "restarts": MAX_RESTARTS - 1, "splits": splits + 1}
    generation = request.generation + 1
    return (
        first_request(base, prefix, {**shared, "until": middle_text}, f"{request.lane}/1", generation),
        first_request(base, prefix, {**shared, "from": middle_text}, f"{request.lane}/2", generation),
    )


def _with(base: str, query: str) -> str:
    if "?" not in base:
        return f"{base}?{query}"
    return f"{base}{query}" if base.endswith(("?", "&")) else f"{base}&{query}"
