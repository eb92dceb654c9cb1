"""Guards: reasons to hold a run although it is complete. Pure arithmetic with defaults an ordinary day passes.

n = active records before the run; allowed = max(1, floor(max_ratio x n)), also at most max_count. Tombstones count
like absences, keys are counted, never rows. An empty list always holds where there was something before.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

__all__ = ["GuardSettings", "RunFacts", "hold_reason"]


class GuardSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`max_ratio` of active records that may go in one run; `max_count` on top; refusals and expectations."""

    max_ratio: float = 0.3
    max_count: int | None = None
    min_records: int | None = None
    max_records: int | None = None
    canary_ids: tuple[str, ...] = ()
    fill: Mapping[str, float] = {}
    refused_ratio: float = 0.2
    refused_min: int = 50


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a run would do. `gone`: newly missing and tombstoned. `rekeyed`: added with the content of one gone."""

    scope: str
    outcome: str
    active: int
    present: int
    added: int = 0
    gone: int = 0
    rekeyed: int = 0
    rejected: int = 0
    absent_canaries: tuple[str, ...] = ()
    fill: Mapping[str, float] = {}


def hold_reason(facts: RunFacts, settings: GuardSettings) -> str | None:
    """One sentence why the run must wait for a person, or None."""
    delivered = facts.present + facts.rejected
    if facts.rejected > settings.refused_min and facts.rejected > settings.refused_ratio * delivered:
        return f"{facts.rejected} of {delivered} records could not be read."
    if facts.scope == "full" and facts.outcome == "complete":
        reason = _full_reason(facts, settings)
        if reason:
            return reason
    allowed = max(1, int(settings.max_ratio * facts.active))
    if settings.max_count is not None:
        allowed = min(allowed, settings.max_count)
    if facts.gone > allowed:
        return f"{facts.gone} of {facts.active} records are gone; {allowed} may go in one run."
    return None


def _full_reason(facts: RunFacts, settings: GuardSettings) -> str | None:
    if facts.present == 0 and facts.active > 0:
        return f"The list is empty; {facts.active} records were there before."
    if facts.gone >= 10 and facts.rekeyed * 2 > facts.gone and facts.gone > 0.1 * facts.active:
        return f"{facts.rekeyed} records came back under other identifiers: the source seems to have re-keyed."
    if settings.min_records is not None and facts.present < settings.min_records:
        return f"{facts.present} records; [expect] asks for at least {settings.min_records}."
    if settings.max_records is not None and facts.present > settings.max_records:
        return f"{facts.present} records; [expect] asks for at most {settings.max_records}."
    if facts.absent_canaries:
        return f"The expected record {facts.absent_canaries[0]!r} is not in the list."
    for field, wanted in settings.fill.items():
        found = facts.fill.get(field, 0.0)
        if found < wanted:
            return f"Only {found:.0%} of the records fill {field}; [expect] asks for {wanted:.0%}."
    return None
