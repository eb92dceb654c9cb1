"""The outcome of a run, computed from what its requests brought. Pure; asserted by nobody.

*complete*: every lane ended by its own rule, every body's end proven (or the format closed itself), and at least
as many distinct ids as the server's own total; one record in ten that a list names and its server cannot give is
that record's fault, more are the server's. *partial*: something could not be read, what came is good.
*failed*: nothing came. *blocked*: the server does not want us. A body whose end cannot be proven or that was not whole
(`Evidence.whole`), a total that changes from page to page, and pages that give a record again where no total says that
none was passed over for it, make a complete run *unproven*: its absences count only when two runs agree.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Literal

import msgspec

__all__ = ["RequestFacts", "Verdict", "differing_totals", "judge"]

Outcome = Literal["complete", "partial", "failed", "blocked"]
Lanes = dict[str, int]
BLOCKED = frozenset({"source.blocked", "source.unauthorised"})
UNSERVED = "record.unserved"
MAX_UNSERVED = 3
FORBIDDEN, UNREADABLE = "source.robots", "record.unmappable"
UNSERVED_RATIO = 0.1
_COUNTED = frozenset({"done", "failed", "absent", "pending"})


class RequestFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one request at the end. `state`: done, cut (by --limit), absent, failed, replaced, superseded,
    pending."""

    lane: str
    kind: str
    state: str
    ended: bool | None = None
    total: int | None = None
    proven: bool = True
    code: str | None = None
    detail: str | None = None
    distinct: int = 0


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """`because`: one sentence for anything but complete. `code`: the error code behind it."""

    outcome: Outcome
    unproven: bool = False
    because: str = ""
    code: str | None = None


def judge(
    requests: Sequence[RequestFacts], lane_ids: Lanes, again: Collection[str] = (), *, trust_totals: bool, limited: bool
) -> Verdict:
    """`lane_ids`: distinct ids (deleted ones too) each lane delivered; `again`: lanes with one id on several pages.
    `limited`: stopped by --limit on purpose."""
    failed = [one for one in requests if one.state == "failed"]
    done = [one for one in requests if one.state in {"done", "cut"} and one.kind != "meta"]
    first = _cause(requests, failed[0]) if failed else None
    if not done:
        code = first.code if first else "run.partial"
        outcome: Outcome = "blocked" if code in BLOCKED else "failed"
        return Verdict(outcome=outcome, because=_sentence(first) or "Nothing was read.", code=code)
    if limited:
        return Verdict(outcome="complete", because="Stopped by --limit; absences are not judged.")
    if failed:
        outcome = "blocked" if all(one.code in BLOCKED for one in failed) and not any(lane_ids.values()) else "partial"
        return Verdict(outcome=outcome, because=_sentence(first), code=first.code if first else None)
    lanes: dict[str, list[RequestFacts]] = defaultdict(list)
    for one in requests:
        if one.kind != "meta" and one.state in _COUNTED:
            lanes[one.lane].append(one)
    for lane, members in lanes.items():
        because = _unfinished(lane, members, lane_ids.get(lane, 0), trust_totals)
        if because:
            return Verdict(outcome="partial", because=because, code="run.partial")
    reached = {one.lane for one in done if trust_totals and one.total == lane_ids.get(one.lane, -1)}
    moved = (trust_totals and _totals_moved(done)) or not reached.issuperset(again)
    return Verdict(outcome="complete", unproven=moved or any(not one.proven for one in done))


def _totals_moved(done: Sequence[RequestFacts]) -> bool:
    """Whether a server counted otherwise from page to page: what moved up meanwhile may have been passed over."""
    totals = {(one.lane, one.total) for one in done if one.total is not None}
    return len(totals) > len({lane for lane, _ in totals})


def differing_totals(requests: Sequence[RequestFacts], lane_ids: dict[str, int]) -> list[str]:
    """A sentence for each list whose server announced another number of records than it delivered, more or fewer."""
    last = {one.lane: one.total for one in requests if one.total is not None and one.state == "done"}
    pairs = ((lane, total, lane_ids.get(lane, 0)) for lane, total in last.items())
    return [f"{lane}: {total:,} announced, {ids:,} delivered" for lane, total, ids in pairs if ids != total]


def _cause(requests: Sequence[RequestFacts], failed: RequestFacts) -> RequestFacts:
    """What began it: another question asked in place of a failed one may fail for reasons of its own."""
    return next((one for one in requests if one.state == "replaced" and one.lane == failed.lane and one.code), failed)


def _unfinished(lane: str, members: Sequence[RequestFacts], ids: int, trust_totals: bool) -> str:
    if any(one.state == "pending" for one in members):
        return f"The list {lane!r} was not read to its end."
    if any(one.ended is False for one in members):
        return f"The list {lane!r} broke off before its end."
    items = [one for one in members if one.kind == "item"]
    unserved = sum(1 for one in items if one.code == UNSERVED)
    if unserved > max(MAX_UNSERVED, UNSERVED_RATIO * len(items)):
        return f"The server could not give {unserved} of {len(items)} records of {lane!r} one by one."
    if items and all(one.code == FORBIDDEN for one in items):
        return f"robots.txt forbids every page of {lane!r}."
    if items and all(one.code == UNREADABLE for one in items):
        return f"No page of {lane!r} could be read."
    if len(items) == len(members):
        return ""
    if not any(one.ended for one in members):
        return f"The list {lane!r} never came to its end."
    totals = [one.total for one in members if one.total is not None]
    # A total may be revised on the way (OAI-PMH §3.5); a last word counts where it is exactly what came.
    if trust_totals and totals and ids < max(totals) and ids != totals[-1]:
        return (
            f"The server announced {max(totals)} records in {lane!r} and delivered {ids}; "
            'if it always does, write [fetch] declared_total = "ignore".'
        )
    return ""


def _sentence(request: RequestFacts | None) -> str:
    if request is None:
        return ""
    return request.detail or f"A request failed ({request.code})."
