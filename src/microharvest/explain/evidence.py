"""What link knows of two records, as pieces of evidence: the one place that knows how link tells it."""

from __future__ import annotations

import functools
from importlib import resources

import msgspec

from microharvest.explain.sheets import Piece
from microharvest.link import evidence as link_evidence
from microharvest.link.evidence import REASONS
from microharvest.link.keys import told
from microharvest.link.rules import scorecard_in_force
from microharvest.model.decision import Record
from microharvest.store import matching
from microharvest.store.database import Connection

__all__ = ["Evidence", "evidence_of", "phrase_of", "weakest_pair"]


class Evidence(msgspec.Struct, frozen=True):
    """`pieces` for and against; `blocked`: one sentence for each conflict between the two or between their clusters."""

    pieces: tuple[Piece, ...]
    blocked: tuple[str, ...]


def evidence_of(connection: Connection, one: Record, other: Record) -> Evidence:
    """Compare two records as link would now. Withdrawn ones have no evidence."""
    found = link_evidence.evidence_of(connection, [(one, other)], scorecard_in_force(connection)).get((one, other))
    if found is None:
        return Evidence((), ())
    pieces = [Piece(name="to begin with", detail="most pairs are two offers", weight=found.prior / 1000)]
    for said in found.weights:
        name, phrase = phrase_of(said.feature, said.bucket)
        code = f"{said.feature}.{said.bucket}"
        pieces.append(Piece(name=name, detail=phrase, weight=said.weight / 1000, code=code))
    for key in found.keys:
        shown = told(key)
        if shown is not None:
            name = f"same {shown[0]}, silent" if key in found.silent else f"same {shown[0]}"
            pieces.append(Piece(name=name, detail=shown[1]))
    pieces += [Piece(name="never one offer", detail=REASONS[reason]) for reason in found.conflicts]
    pair = f"{'/'.join(one)} and {'/'.join(other)}"
    return Evidence(tuple(pieces), tuple(f"{pair}: {REASONS[reason]}" for reason in found.conflicts))


@functools.cache
def _phrases() -> dict[str, dict[str, str]]:
    file = resources.files("microharvest.explain").joinpath("phrases.toml")
    return msgspec.toml.decode(file.read_bytes(), type=dict[str, dict[str, str]])


def phrase_of(feature: str, bucket: str) -> tuple[str, str]:
    """What a feature is called, and how two records stand in it, in words."""
    said = _phrases()["every"] | _phrases()[feature]
    return said["name"], said[bucket]


def weakest_pair(connection: Connection, cluster: str) -> tuple[Record, Record] | None:
    """The two present members on whose weakest link a cluster hangs; None for a cluster of one."""
    for row in matching.margins_of(connection, [cluster]):
        if row.kind == "merge":
            return (row.one_source, row.one_native_id), (row.other_source, row.other_native_id)
    return None
