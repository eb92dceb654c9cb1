"""Which cluster decisions a person should look at: the pair each hangs on, and how thin its margin is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from microharvest.link.clustering import Partition
from microharvest.link.keys import STRENGTH
from microharvest.model.decision import Record, ordered

__all__ = ["margin_rows"]


def margin_rows(found: Partition, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Rows of `link_margin`. `ids`: the cluster of each group.

    A merge by a page alone, of records without a common title, is thin; so is a merge that a conflict prevented, the
    more so the stronger the key. What a person said is settled.
    """
    cluster_of = {record: cluster for group, cluster in zip(found.groups, ids, strict=True) for record in group}
    rows = [
        _row(cluster_of, "merge", each.one, each.other, 1.0)
        for each in found.joined
        if each.kind == "url" and not each.alike
    ]
    rows.extend(
        _row(cluster_of, "apart", each.one, each.other, float(max(STRENGTH.values()) + 1 - STRENGTH[each.kind]))
        for each in found.blocked
        if each.reason != "different"
    )
    return rows


def _row(cluster_of: dict[Record, str], kind: str, one: Record, other: Record, margin: float) -> dict[str, Any]:
    first, second = ordered(one, other)
    return {
        "cluster_id": cluster_of[first],
        "kind": kind,
        "margin": margin,
        "one_source": first[0],
        "one_native_id": first[1],
        "other_source": second[0],
        "other_native_id": second[1],
    }
