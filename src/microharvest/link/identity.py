"""Which public id each group of records has: earlier membership votes, so ids are stable. Pure.

What must stay true: an id is minted once and never used again; a group keeps the id that most of its records had;
an id that ends leaves `merged_into`, an id that comes out of another leaves `split_from` (old id: the cluster it came
out of, new id: the one minted for the part that left).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from microharvest.link.clustering import Record

__all__ = ["Assignment", "Redirect", "assign", "contested"]


class Redirect(msgspec.Struct, frozen=True, kw_only=True):
    """`old_id` leads to `new_id`; `reason` is `merged_into` or `split_from`."""

    old_id: str
    new_id: str
    reason: str


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """`ids[i]`: the id of the i-th group, None where one must be minted. `merged`: {ended id: i of the group that
    takes its members}. `origins`: {i of a group to be minted: the id most of its records came out of}."""

    ids: tuple[str | None, ...]
    merged: dict[str, int]
    origins: dict[int, str]


def contested(groups: Sequence[Sequence[Record]], before: Mapping[Record, str]) -> set[str]:
    """The clusters whose records are in several groups now."""
    claims = Counter(cluster for group in groups for cluster in {before[one] for one in group if one in before})
    return {cluster for cluster, n in claims.items() if n > 1}


def assign(
    groups: Sequence[Sequence[Record]],
    before: Mapping[Record, str],
    withdrawn: Mapping[str, int],
    founders: Mapping[str, Record],
) -> Assignment:
    """Vote. `before`: each active record's cluster until now; `withdrawn`: withdrawn members by cluster; `founders`:
    the record that each of the `contested` ids was minted for.

    The group with most records of a cluster keeps its id, withdrawn ones counting for every group that claims it;
    ties go to the smallest id, then to the group with the id's founder (two offers that were one for a while, because a
    record that keeps them apart was gone, part with the id at the one that brought it), then to the smallest record.
    """
    votes = [Counter(before[member] for member in group if member in before) for group in groups]
    claims = sorted(
        (-(n + withdrawn.get(cluster, 0)), cluster.encode(), founders.get(cluster) not in groups[place], place)
        for place, counted in enumerate(votes)
        for cluster, n in counted.items()
    )
    ids: list[str | None] = [None] * len(groups)
    taken: set[str] = set()
    for _, raw, _, place in claims:
        cluster = raw.decode()
        if ids[place] is None and cluster not in taken:
            ids[place] = cluster
            taken.add(cluster)
    merged: dict[str, int] = {}
    for cluster in sorted(set().union(*votes) - taken) if votes else ():
        merged[cluster] = max(range(len(groups)), key=lambda place: (votes[place][cluster], -place))
    origins = {
        place: min(votes[place], key=lambda cluster: (-votes[place][cluster], cluster.encode()))
        for place in range(len(groups))
        if ids[place] is None and votes[place]
    }
    return Assignment(ids=tuple(ids), merged=merged, origins=origins)
