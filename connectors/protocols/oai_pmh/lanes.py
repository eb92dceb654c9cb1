"""The lists of an OAI-PMH harvest: which windows and sets are asked, and how a broken list is asked again. Pure.

A lane is one set in one window. What it asks travels in `Request.carry`: `set`, `from`, `until` (UTC, seconds; cut
to days only when the URL is written), `granularity`, `earliest`, `now`, `token`; how it was asked before: `restarts`,
`budget` (windows it may still be cut into), `raw`, `named` (tokens unencoded, tokens with metadataPrefix), `ids`.
Neighbouring windows share their boundary: some servers keep fractions of a second, some take `until=<day>` for its
first moment, and a record seen twice is harmless while a record between two windows is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

import msgspec

from microharvest.kit import Request

__all__ = [
    "EPOCH",
    "base_url",
    "first_request",
    "identify_url",
    "listing_request",
    "moment_text",
    "narrower",
    "next_request",
    "parse_duration",
    "parse_moment",
    "plan_lanes",
    "restarted",
    "single_request",
    "sooner",
    "stamp",
    "windows_of",
]

MAX_RESTARTS = 2
MAX_BUDGET = 10_000
MAX_PIECES = 400
MAX_WINDOWS = 1_000
CALENDAR = ("year", "month", "day", "hour")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # no repository is older; the first window is open anyway
_RAW_SAFE = "!$&'()*+,;=:@/?%|^[]{}~"
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


def moment_text(text: str | None) -> str | None:
    """A server's date as RFC 3339 in UTC; None if it cannot be read."""
    moment = parse_moment(text)
    return stamp(moment) if moment else None


def sooner(said: str, now: str) -> str:
    """A server's time, or ours where it is more than a year ahead."""
    server, own = parse_moment(said), parse_moment(now)
    return now if server is None or (own is not None and server - own > timedelta(days=366)) else said


def stamp(moment: datetime, granularity: str = "seconds") -> str:
    """A date as OAI-PMH §3.3 writes it: `2026-11-24`, or `2026-11-24T03:45:04Z` for granularity seconds."""
    rest = moment.strftime("-%m-%dT%H:%M:%SZ" if granularity == "seconds" else "-%m-%d")
    return f"{moment.year:04}{rest}"  # strftime does not pad the year everywhere


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


def windows_of(text: str) -> timedelta | str:
    """`[fetch] window`: a word of the calendar, or an ISO 8601 duration of at least an hour. Raises ValueError."""
    if text in CALENDAR:
        return text
    duration = parse_duration(text)
    if duration < timedelta(hours=1):
        raise ValueError("window must be at least PT1H")
    return duration


def plan_lanes(
    base: str, prefix: str, sets: tuple[str, ...], common: dict[str, Any], window: timedelta | str | None
) -> list[Request]:
    """The first request of every lane. `common` is the carry they share; windows need `earliest`, and no `from`."""
    earliest, now = parse_moment(common.get("earliest")), parse_moment(common.get("now"))
    spans: list[tuple[str | None, str | None]] = [(common.get("from"), None)]
    if window and earliest and now and "from" not in common and earliest < now:
        earliest = max(earliest, EPOCH)
        # Open at both ends: earliestDatestamp is often wrong, and records change while they are read.
        cuts = [stamp(cut) for cut in _cuts(earliest, now, window, common["granularity"])]
        spans = list(zip([None, *cuts], [*cuts, None], strict=True))
    requests = []
    for set_spec in sets or ("",):
        for begin, end in spans:
            carry = {**common, "set": set_spec, "from": begin, "until": end}
            lane = ":".join(filter(None, ("records", set_spec, (begin or "") if len(spans) > 1 else "")))
            requests.append(first_request(base, prefix, carry, lane))
    return requests


def _cuts(earliest: datetime, now: datetime, window: timedelta | str, granularity: str) -> list[datetime]:
    """Where windows meet: at most 1,000 of them, whole days where the server knows no seconds."""
    if isinstance(window, str):
        unit = "day" if window == "hour" and granularity != "seconds" else window
        return _thinned(list(_boundaries(earliest, now, unit)), MAX_WINDOWS - 1)
    step = max(window, timedelta(seconds=1) if granularity == "seconds" else timedelta(days=1))
    step = max(step, (now - earliest) / MAX_WINDOWS)
    cuts: list[datetime] = []
    cut = earliest + step
    while cut < now:
        whole = cut.replace(microsecond=0) if granularity == "seconds" else _floor(cut, "day")
        if whole not in cuts[-1:]:
            cuts.append(whole)
        cut += step
    return cuts


def _floor(moment: datetime, unit: str) -> datetime:
    moment = moment.replace(minute=0, second=0, microsecond=0)
    if unit != "hour":
        moment = moment.replace(hour=0)
    if unit in {"month", "year"}:
        moment = moment.replace(day=1)
    return moment.replace(month=1) if unit == "year" else moment


def _boundaries(low: datetime, high: datetime, unit: str) -> Iterator[datetime]:
    """The beginnings of calendar years, months, days or hours strictly between two moments."""
    leap = {"year": timedelta(days=367), "month": timedelta(days=32), "day": timedelta(hours=25)}.get(
        unit, timedelta(minutes=61)
    )
    moment = _floor(low, unit)
    while True:
        moment = _floor(moment + leap, unit)
        if moment >= high:
            return
        if moment > low:
            yield moment


def _thinned(cuts: list[datetime], most: int) -> list[datetime]:
    """At most so many of the cuts, evenly spread."""
    if len(cuts) <= most:
        return cuts
    return [cuts[(number + 1) * len(cuts) // (most + 1)] for number in range(most)]


def first_request(base: str, prefix: str, carry: dict[str, Any], lane: str, generation: int = 0) -> Request:
    """ListRecords (or ListIdentifiers) without a token, as the carry says."""
    carry = {name: value for name, value in carry.items() if value not in (None, "") and name != "token"}
    arguments = {"verb": "ListIdentifiers" if carry.get("ids") else "ListRecords", "metadataPrefix": prefix}
    for name in ("from", "until"):
        moment = parse_moment(carry.get(name))
        if moment is not None:
            arguments[name] = stamp(moment, carry["granularity"])
    if "set" in carry:
        arguments["set"] = carry["set"]
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in arguments.items())
    return Request(lane=lane, url=_with(base, query), carry=carry, generation=generation)


def next_request(base: str, prefix: str, request: Request, token: str, *, raw: bool) -> Request:
    """The page behind a token. The token is opaque and the only argument (§3.5), unless the server wants it otherwise:
    `raw` (or the carry's) sends it unencoded, the carry's `named` sends metadataPrefix with it."""
    carry = {**request.carry, "token": token}
    written = quote(token, safe=_RAW_SAFE) if raw or carry.get("raw") else quote(token, safe="")
    verb = "ListIdentifiers" if carry.get("ids") else "ListRecords"
    named = f"&metadataPrefix={quote(prefix, safe='')}" if carry.get("named") else ""
    return Request(
        lane=request.lane,
        url=_with(base, f"verb={verb}{named}&resumptionToken={written}"),
        carry=carry,
        generation=request.generation,
        depth=request.depth + 1,
    )


def listing_request(base: str, prefix: str, request: Request) -> Request:
    """ListIdentifiers over the same list, in its present generation: what was delivered of it stands."""
    asked = first_request(base, prefix, {**request.carry, "ids": True}, request.lane, request.generation)
    return msgspec.structs.replace(asked, depth=request.depth + 1)


def single_request(base: str, prefix: str, request: Request, identifier: str) -> Request:
    """GetRecord, for a record of a list whose pages the server cannot give."""
    query = f"verb=GetRecord&metadataPrefix={quote(prefix, safe='')}&identifier={quote(identifier, safe='')}"
    return Request(
        lane=request.lane,
        kind="item",
        url=_with(base, query),
        carry={"identifier": identifier},
        generation=request.generation,
        depth=request.depth + 1,
        unless_seen=identifier,
    )


def restarted(base: str, prefix: str, request: Request) -> Request | None:
    """The lane from its first request, one generation on; None where it began again often enough.

    The last time tokens go out unencoded, where that makes a difference: some servers do not decode them.
    """
    restarts = request.carry.get("restarts", 0)
    if restarts >= MAX_RESTARTS:
        return None
    carry = {**request.carry, "restarts": restarts + 1}
    token = request.carry.get("token", "")
    if restarts + 1 == MAX_RESTARTS and quote(token, safe="") != quote(token, safe=_RAW_SAFE):
        carry["raw"] = True
    return first_request(base, prefix, carry, request.lane, request.generation + 1)


def narrower(base: str, prefix: str, request: Request, *, most: int = MAX_PIECES) -> tuple[Request, ...]:
    """The lane's window cut at months, days or hours into lanes of their own; empty where it is as small as it gets.

    `most`: pieces. The new lanes are one generation on, so that the old lane counts as given up for them. An open end
    stays open. Each piece inherits its share of the budget, so that a server that refuses everything is not asked
    for ever.
    """
    carry = request.carry
    low = parse_moment(carry.get("from") or carry.get("earliest"))
    high = parse_moment(carry.get("until") or carry.get("now"))
    budget = carry.get("budget", MAX_BUDGET)
    low = max(low, EPOCH) if low else None
    if low is None or high is None or low >= high or budget < 2:
        return ()
    unit = "month" if high - low > timedelta(days=62) else "day" if high - low > timedelta(days=2) else "hour"
    if carry.get("granularity") != "seconds" and unit == "hour":
        unit = "day"
    cuts = _thinned(list(_boundaries(low, high, unit)), min(most, budget) - 1)
    if not cuts:
        return ()
    # A piece begins again once at most: the whole did so in vain.
    shared = {**carry, "restarts": MAX_RESTARTS - 1, "budget": budget // (len(cuts) + 1)}
    shared.pop("ids", None)
    begins, ends = [carry.get("from"), *map(stamp, cuts)], [*map(stamp, cuts), carry.get("until")]
    return tuple(
        first_request(
            base, prefix, {**shared, "from": begin, "until": end}, f"{request.lane}/{number}", request.generation + 1
        )
        for number, (begin, end) in enumerate(zip(begins, ends, strict=True), start=1)
    )


def _with(base: str, query: str) -> str:
    if "?" not in base:
        return f"{base}?{query}"
    return f"{base}{query}" if base.endswith(("?", "&")) else f"{base}&{query}"
