"""A cluster and its entry: who belongs together and why, what the golden record took from whom, what was published."""

from __future__ import annotations

from typing import Any

import msgspec

from microharvest.clock import iso
from microharvest.explain.decisions import decisions_about
from microharvest.explain.evidence import weakest_pair
from microharvest.explain.pair import pair_sheet
from microharvest.explain.record import title_of
from microharvest.explain.sheets import ClusterSheet, EntryStop, judged_stop
from microharvest.link.explain import explain_cluster
from microharvest.model.organisation import Organisation
from microharvest.publish.judging import Judge
from microharvest.store import explaining
from microharvest.store.database import Database

__all__ = ["cluster_sheet", "entry_stop"]


def cluster_sheet(harvest: Database, catalogue: Database, ident: str, judge: Judge) -> ClusterSheet:
    """Raises command.unknown_id where there is no such cluster."""
    found: dict[str, Any] = explain_cluster(harvest, ident)
    with harvest.read() as connection:
        pair = weakest_pair(connection, ident)
        weakest = pair_sheet(connection, *pair) if pair else None
        members = [(one["source"], one["native_id"]) for one in found["members"]]
        provider = msgspec.convert((found["golden"] or {}).get("provider"), Organisation | None)
        said = decisions_about(connection, members, provider)
    return ClusterSheet(
        id=found["id"],
        state=found["state"],
        title=title_of(found["golden"] or {}),
        members=tuple(found["members"]),
        shared_keys=tuple(found["shared_keys"]),
        silenced_keys=tuple(found["silenced_keys"]),
        blocked=tuple(found["blocked"]),
        redirects=tuple(found["redirects"]),
        golden=found["golden"],
        provenance=found["provenance"],
        entry=entry_stop(catalogue, ident, judge),
        weakest=weakest,
        decisions=said,
    )


def entry_stop(catalogue: Database, ident: str, judge: Judge) -> EntryStop | None:
    """What the catalogue holds under an id; None if it never had anything to do with it."""
    with catalogue.read() as connection:
        versions, redirects = explaining.entry_versions(connection, ident)
        withheld = explaining.withheld_of(connection, ident)
        current, published = explaining.release_numbers(connection)
    if not versions and not redirects and not withheld:
        return None
    now = [row for row in versions if _covers(row, current)]
    kept_out = [row.reason for row in withheld if _covers(row, current)]
    day = published[current].date() if now and published.get(current) else None
    shown = day is not None and now[-1].state == "published"
    state = now[-1].state if now else "withheld" if kept_out else "not in the current release"
    return EntryStop(
        id=ident,
        current_release=current,
        state=state,
        versions=tuple(
            {
                "from_release": row.from_release,
                "published": iso(published.get(row.from_release)),
                "to_release": row.to_release,
                "state": row.state,
            }
            for row in versions
        ),
        redirects=tuple(
            {"old_id": row.old_id, "new_id": row.new_id, "reason": row.reason, "from_release": row.from_release}
            for row in redirects
        ),
        withheld=kept_out[-1] if kept_out else None,
        judged=judged_stop(judge.on(day).entry(now[-1].doc), day.isoformat()) if day and shown else None,
    )


def _covers(row: Any, release: int) -> bool:
    return bool(row.from_release <= release and (row.to_release is None or row.to_release > release))
