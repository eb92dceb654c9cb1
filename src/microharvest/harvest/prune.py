"""`prune`: remove what is past its time, by `[prune]` and `[harvest] keep_quarantine`; a row of the audit trail."""

from __future__ import annotations

from microharvest.clock import Clock, utc_now
from microharvest.settings import Settings
from microharvest.store.actions import note_action
from microharvest.store.database import Database
from microharvest.store.pruning import Cutoffs, prune_store, released_versions

__all__ = ["prune"]


def prune(
    harvest: Database,
    catalogue: Database,
    settings: Settings,
    *,
    who: str,
    why: str = "",
    plan: bool = False,
    clock: Clock = utc_now,
) -> dict[str, int]:
    """How many rows of each table were removed, or with `plan` would be. Safe beside a daemon, and to repeat."""
    now, keep = clock(), settings.prune
    cutoffs = Cutoffs(now=now, versions=now - keep.versions, runs=now - keep.runs, notices=now - keep.notices)
    counts = dict(sorted(prune_store(harvest, cutoffs, released_versions(catalogue), plan=plan).items()))
    if not plan:
        with harvest.write() as connection:
            said = ", ".join(f"{count} {table}" for table, count in counts.items()) or "nothing"
            note_action(connection, now, who, "prune", "store", why, "", said)
    return counts
