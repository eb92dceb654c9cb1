"""Which cluster decisions a person should look at: the pair each hangs on, and how thin its margin is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from microharvest.link.clustering import Partition
from microharvest.link.keys import STRENGTH
from microharvest.model.decision import Record, ordered

__all__ = ["margin_rows"]

UNIT = 1000
"""Margins are in thousandths."""


def margin_rows(found: Partition, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Rows of `link_margin`, at most one of a kind for a cluster, the thinnest. `ids`: the cluster of each group.

    A merge by a page alone, of records without a common title, is thin; so is a merge that a conflict prevented, the
    more so the stronger the key. What a person said is settled.
    """
    cluster_of = {record: cluster for group, cluster in zip(found.groups, ids, strict=True) for record in group}
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for joined in found.joined:
        if joined.kind == "url" and not joined.alike:
            _keep(rows, cluster_of[joined.one], "merge", UNIT, joined.one, joined.other)
    for blocked in found.blocked:
        for cluster in (cluster_of[blocked.one], cluster_of[blocked.other]):
            if blocked.reason != "different":
                lacks = max(STRENGTH.values()) - STRENGTH[blocked.kind]
                _keep(rows, cluster, "apart", -UNIT * lacks, blocked.one, blocked.other)
    return list(rows.values())


def _keep(
    rows: dict[tuple[str, str], dict[str, Any]], cluster: str, kind: str, margin: int, one: Record, other: Record
) -> None:
    held = rows.get((cluster, kind))
    if held is None or abs(margin) < abs(held["margin"]):
        first, second = ordered(one, other)
        rows[cluster, kind] = {
            "cluster_id": cluster,
            "kind": kind,
            "margin": margin,
            "one_source": first[0],
            "one_native_id": first[1],
            "other_source": second[0],
            "other_native_id": second[1],
        }
