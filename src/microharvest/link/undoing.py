"""What a revoked decision did to public ids is undone: as if it had never been said.

While a decision holds, link remembers of each record it moves which cluster the record came from. When the decision is
taken back, the records vote with what they remember: an id that had ended comes back, an id that was made ends. What
must stay true: an id that lives outside the records looked at is never claimed; groups that no decision names, and
that share no cluster with one, go by the ordinary vote alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import msgspec

from microharvest.link.identity import Assignment, Redirect
from microharvest.model.decision import Assertion, Record
from microharvest.store import decisions, links
from microharvest.store.database import Connection

__all__ = ["Recalled", "keep_moves", "moved_ids", "recall"]

Groups = Sequence[Sequence[Record]]
Membership = Mapping[Record, str]


class Recalled(msgspec.Struct, frozen=True):
    """Memberships to vote with, of present records and of those that are gone."""

    before: Membership
    gone: Membership


def recall(connection: Connection, groups: Groups, before: Membership, gone: Membership) -> Recalled:
    """Before the vote. `before`, `gone`: the memberships until now."""
    named = decisions.named_in_revoked(connection, {*before, *gone})
    if not named:
        return Recalled(before, gone)
    near = _near(groups, before, gone, named)
    were = links.members_were(connection, near)
    states = links.cluster_states(connection, set(were.values()))
    alive = set(before.values())
    usable = {record: old for record, old in were.items() if old in alive or states.get(old) == "merged"}
    recalled = {record: usable.get(record, cluster) for record, cluster in before.items()}
    absent = {record: usable.get(record, cluster) for record, cluster in gone.items()}
    return Recalled(recalled, absent)


def moved_ids(
    groups: Groups, ids: Sequence[str], before: Membership, decided: Assignment
) -> tuple[list[Redirect], dict[str, int]]:
    """After the vote: redirects of ids that came back; every id that ends now, with the place of who takes it."""
    held = set(before.values())
    came = [Counter(before[record] for record in group if record in before) for group in groups]
    revived = [
        Redirect(old_id=_most(came[place]), new_id=new, reason="split_from")
        for place, new in enumerate(ids)
        if new not in held and decided.ids[place] is not None and came[place]
    ]
    ended = {
        cluster: decided.merged.get(cluster, max(range(len(groups)), key=lambda place: (came[place][cluster], -place)))
        for cluster in sorted(held - set(ids))
    }
    return revived, ended


def keep_moves(
    connection: Connection,
    groups: Groups,
    assertions: Collection[Assertion],
    before: Membership,
    gone: Membership,
    moved: Membership,
) -> None:
    """Remember where records come from that decisions move; what moves by itself, or is back, is forgotten.

    `moved`: the new clusters of those whose cluster changes.
    """
    named = {record for one in assertions for record in (one.one, one.other)}
    near = _near(groups, before, gone, named) if named else set()
    held = {**before, **gone}
    were = links.members_were(connection, held) if moved or named else {}
    kept = {record: held[record] for record in moved if record in near and record in held and record not in were}
    back = {record for record, old in were.items() if moved.get(record, held[record]) == old}
    loose = {record for record in were if record in moved and record not in near}
    links.keep_were(connection, kept, sorted(back | loose))


def _near(groups: Groups, before: Membership, gone: Membership, named: set[Record]) -> set[Record]:
    """Records of groups that hold a named one, and of whatever comes from the same clusters as they do."""
    clusters = {before[one] for group in groups if not named.isdisjoint(group) for one in group if one in before}
    clusters |= {cluster for record, cluster in gone.items() if record in named}
    near = {one for group in groups if any(before.get(each) in clusters for each in group) for one in group}
    return near | {record for record, cluster in gone.items() if cluster in clusters}


def _most(counted: Counter[str]) -> str:
    return min(counted, key=lambda cluster: (-counted[cluster], cluster.encode()))
