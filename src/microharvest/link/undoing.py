"""What a revoked decision did to public ids is undone: as if it had never been said.

A `same` made ids end in another's; taken back, the part that leaves gets the id it had. A `different` made an id for
the part that left; taken back, that id ends in the one it came out of. Only groups with a record that a revoked
decision names are looked at: everything else goes by the vote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from microharvest.model.decision import Record
from microharvest.store import decisions, links
from microharvest.store.database import Connection

__all__ = ["Undone", "undo_ids"]


class Undone(msgspec.Struct, frozen=True):
    """`before`: memberships to vote with. `revived`: {id that is back: the one it comes out of}. `ended`: {id: place of
    the group that takes its members}."""

    before: dict[Record, str]
    revived: dict[str, str]
    ended: dict[str, int]


def undo_ids(connection: Connection, groups: Sequence[Sequence[Record]], before: Mapping[Record, str]) -> Undone:
    """Look for ids to give back. Reads the store, writes nothing."""
    named = decisions.named_in_revoked(connection, before)
    undone = Undone(dict(before), {}, {})
    if named:
        places = [place for place, group in enumerate(groups) if not named.isdisjoint(group)]
        for place in places:
            _rejoin(connection, groups, place, undone)
        for place in places:
            _revive(connection, groups[place], undone)
    return undone


def _rejoin(connection: Connection, groups: Sequence[Sequence[Record]], place: int, undone: Undone) -> None:
    """An id that came out of another one of the same group ends in it, if the whole of it is here again."""
    group, before = set(groups[place]), undone.before
    held = {before[record] for record in group if record in before}
    for row in links.redirects_of(connection, sorted(held)) if len(held) > 1 else ():
        whole = all(record in group for record, cluster in before.items() if cluster == row.new_id)
        if row.reason == "split_from" and row.old_id in held and row.new_id in held - undone.ended.keys() and whole:
            undone.ended[row.new_id] = place
            _vote(group, row.new_id, row.old_id, undone)


def _revive(connection: Connection, group: Sequence[Record], undone: Undone) -> None:
    """A group that leaves a cluster somebody else founded has back the id that ended in it."""
    before = undone.before
    held = {before[record] for record in group if record in before}
    own = links.founded_by(connection, group)
    if len(held) != 1 or any(row.id in held for row in own):
        return
    (cluster,) = held
    elsewhere = any(found == cluster for record, found in before.items() if record not in group)
    newest = {(row.source, row.native_id): row for row in own}
    ended = [row.id for row in newest.values() if row.state == "merged"]
    if elsewhere and ended:
        back = min(ended, key=str.encode)  # as the vote would choose between them
        undone.revived[back] = cluster
        _vote(set(group), cluster, back, undone)


def _vote(group: set[Record], old: str, new: str, undone: Undone) -> None:
    undone.before.update({record: new for record in group if undone.before.get(record) == old})
