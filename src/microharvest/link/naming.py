"""What people call records and entries on a command line, as (source, native id)."""

from __future__ import annotations

from microharvest.errors import ConfigError
from microharvest.model.decision import Record
from microharvest.store import decisions, explaining, links
from microharvest.store.database import Connection

__all__ = ["echoed", "name_record"]

ECHOED = 100
"""Characters of a word that an answer repeats."""


def name_record(connection: Connection, word: str) -> Record:
    """The record of `source/native id`, of a native id only one source has, or that stands for an entry.

    An entry is named by its first member by bytes, a present one if it has any; its id may be cut where it stays
    unique. Raises ConfigError command.unknown_id.
    """
    word = word.encode(errors="replace").decode()  # a terminal's bytes need not be text; no id holds such
    source, slash, native_id = word.partition("/")
    if slash and decisions.known_records(connection, [(source, native_id)]):
        return (source, native_id)
    named = sorted(decisions.known_records(connection, explaining.records_named(connection, word)))
    if len(named) == 1:
        return named[0]
    clusters = explaining.clusters_like(connection, word, 2) if len(word) > 3 and not named else []
    if word in clusters or len(clusters) == 1:
        return _member(connection, word if word in clusters else clusters[0])
    if named or clusters:
        raise ConfigError("command.unknown_id", f"{echoed(word)} may be several: name a record as source/native id.")
    sentence = f"There is no accepted record and no entry {echoed(word)}: name source/native id, or an entry's id."
    raise ConfigError("command.unknown_id", sentence)


def echoed(word: str) -> str:
    """What somebody typed, in quotation marks, its end left out where it is long."""
    return repr(word if len(word) <= ECHOED else f"{word[:ECHOED]}…")


def _member(connection: Connection, cluster: str) -> Record:
    members = links.members_in(connection, [cluster])
    if not members:
        moved = [row.new_id for row in links.redirects_of(connection, [cluster]) if row.reason == "merged_into"]
        went = f" it was merged into {moved[-1]}." if moved else " it is empty."
        raise ConfigError("command.unknown_id", f"{cluster} has no members any more:{went}")
    present = {(row.source, row.native_id) for row in links.heads_of(connection, members) if row.status != "withdrawn"}
    return min(present or set(members), key=lambda record: (record[0].encode(), record[1].encode()))
