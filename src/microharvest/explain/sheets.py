"""What an explanation holds, as values: one struct per stop of a record's way. Rendered by the command, JSON as it is.

Times are ISO 8601 in UTC. Texts are as the feed wrote them: whoever prints them cleans them.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from microharvest.explain.tracing import FieldOrigin, Said
from microharvest.model.values import Concept, Microcredential, Sector
from microharvest.publish.judging import Judged
from microharvest.quality.scores import ADVICE, Scores

__all__ = [
    "Candidates",
    "ClusterSheet",
    "DecisionStop",
    "EntryStop",
    "FileStop",
    "IssueStop",
    "JudgedStop",
    "LinkStop",
    "LogLine",
    "MappingStop",
    "PairSheet",
    "Piece",
    "RawStop",
    "RecordSheet",
    "RequestStop",
    "RunSheet",
    "Side",
    "StateStop",
    "VersionStop",
    "judged_stop",
]


class FileStop(msgspec.Struct, frozen=True, kw_only=True):
    """The source file. `problem`: it cannot be read, or is not there (then the other fields are as the store knows)."""

    source: str
    title: str | None = None
    protocol: str | None = None
    dialect: str | None = None
    url: str | None = None
    licence: str | None = None
    redistribute: str | None = None
    authority: str | None = None
    life: str = "active"
    problem: str | None = None


class RequestStop(msgspec.Struct, frozen=True, kw_only=True):
    """The request that delivered the bytes, and its answer.

    `proof` says how the answer's end was known (`length`, `chunked`, `local`, `none`), or, in a run's list of requests,
    that it was known and the answer still does not hold all it should (`partial`: repaired, a record without a name).
    """

    run: int
    url: str
    method: str
    lane: str
    state: str
    done_at: str | None
    status: int | None = None
    content_type: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    size: int | None = None
    wire_bytes: int | None = None
    sha256: str | None = None
    proof: str | None = None
    seconds: float | None = None
    note: str | None = None


class RawStop(msgspec.Struct, frozen=True, kw_only=True):
    """The record's own bytes. `first_lines`: the beginning, for reading."""

    media_type: str
    size: int
    datestamp: str | None
    url: str | None
    version: int
    first_lines: tuple[str, ...]
    more: bool


class MappingStop(msgspec.Struct, frozen=True, kw_only=True):
    """What the dialect and the normalisers make of the bytes now. `stale`: fields that are stored differently.

    `fields` is empty and `problem` says why where the record cannot be mapped here and now; `stored` then holds the
    offer as it was accepted.
    """

    dialect: str
    mapped_with: str
    present: str | None
    fields: tuple[FieldOrigin, ...] = ()
    idle: tuple[Said, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    stale: tuple[str, ...] = ()
    cut: int = 0
    problem: str | None = None
    stored: dict[str, Any] | None = None


class IssueStop(msgspec.Struct, frozen=True, kw_only=True):
    """One problem, with what its code means."""

    code: str
    field: str
    value: str
    meaning: str


class VersionStop(msgspec.Struct, frozen=True, kw_only=True):
    """One version: what the run that landed it was, and what differs from the version before, field by field."""

    version: int
    run: int
    kind: str
    at: str | None
    acceptance: str | None
    deleted: bool
    head: bool
    changed: dict[str, tuple[Any, Any]]
    why: str | None = None


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the change log."""

    seq: int
    at: str | None
    run: int
    kind: str


class StateStop(msgspec.Struct, frozen=True, kw_only=True):
    """Where the record stands now. `confirmed`: the last complete run of its source, none after the
    accepted one, if it is active."""

    status: str
    first_seen: str | None
    last_seen: str | None
    missing_since: str | None
    missing_runs: int
    confirmed: str | None


class JudgedStop(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is made of an offer on a day: scores, sectors, whether it is a microcredential and how that is known.

    `lacking`: (code, points of the overall score it costs, what would raise it), the dearest first.
    """

    day: str
    scores: Scores
    lacking: tuple[tuple[str, float, str], ...]
    sectors: tuple[Sector | Concept, ...]
    microcredential: Microcredential
    source_label: str | None = None


def judged_stop(judged: Judged, day: str) -> JudgedStop:
    """As it is shown."""
    dearest = sorted(judged.costs.items(), key=lambda one: (-one[1], one[0]))
    return JudgedStop(
        day=day,
        scores=judged.scores,
        lacking=tuple((code, round(points, 1), ADVICE[code]) for code, points in dearest),
        sectors=tuple(judged.all_sectors),
        microcredential=judged.offer.is_microcredential,
        source_label=judged.offer.source_label,
    )


class EntryStop(msgspec.Struct, frozen=True, kw_only=True):
    """The entry of a cluster: its versions by release. `withheld`: why it is not published now; `judged`: what the
    current release's version is worth, on the day it was made."""

    id: str
    current_release: int
    state: str
    versions: tuple[dict[str, Any], ...]
    redirects: tuple[dict[str, Any], ...]
    withheld: str | None
    judged: JudgedStop | None


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of evidence on two records: what was compared, what came of it, and what it weighs (log-odds; positive
    speaks for one offer), where the matching weighs it; `code`: feature.bucket, as the scorecard has them."""

    name: str
    detail: str
    weight: float | None = None
    code: str | None = None


class DecisionStop(msgspec.Struct, frozen=True, kw_only=True):
    """A decision as it is shown. `state`: active, revoked, lapsed (the sources say something else now), torn (it stands
    against another one) or waiting (a record it names is not here). `now`: what the sources say, of a lapsed one."""

    decision: int
    kind: str
    state: str
    about: str
    who: str
    at: str
    why: str
    value: str | None = None
    seen: tuple[str, ...] = ()
    now: tuple[str, ...] = ()
    revoked: str | None = None


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of two records beside each other. `said`: the accepted offer by field, as it is stored."""

    id: str
    title: str
    status: str
    cluster: str | None
    said: dict[str, Any]


class PairSheet(msgspec.Struct, frozen=True, kw_only=True):
    """Two records, and why they are one cluster, or are not.

    `agree`, `differ`: fields both fill; `total`: the sum of the weights, if there are any; `blocked`: what stands or
    stood against a merge, one sentence each; `settled`: what people said makes them one or two, also through others.
    """

    kind: Literal["pair"] = "pair"
    one: Side
    other: Side
    together: bool
    agree: tuple[str, ...]
    differ: tuple[str, ...]
    evidence: tuple[Piece, ...]
    total: float | None
    blocked: tuple[str, ...]
    settled: Literal["same", "different"] | None
    decisions: tuple[DecisionStop, ...]


class ClusterSheet(msgspec.Struct, frozen=True, kw_only=True):
    """A cluster, its members and why they are one, its golden record, its entry; `weakest`: its thinnest link."""

    kind: Literal["cluster"] = "cluster"
    id: str
    state: str
    title: str
    members: tuple[dict[str, Any], ...]
    shared_keys: tuple[dict[str, Any], ...]
    silenced_keys: tuple[dict[str, Any], ...]
    blocked: tuple[dict[str, Any], ...]
    redirects: tuple[dict[str, Any], ...]
    golden: dict[str, Any] | None
    provenance: dict[str, dict[str, Any]] | None
    entry: EntryStop | None
    weakest: PairSheet | None
    decisions: tuple[DecisionStop, ...]


class LinkStop(msgspec.Struct, frozen=True, kw_only=True):
    """One link to an imported vocabulary or register: of which field, to what, on what ground, in which edition."""

    field: str
    label: str
    uri: str
    basis: str
    score: float | None
    edition: str | None
    register: str | None = None
    valid: str | None = None


class RecordSheet(msgspec.Struct, frozen=True, kw_only=True):
    """One record, stop by stop. Stops that were never reached are None or empty; `judged` is of today."""

    kind: Literal["record"] = "record"
    id: str
    source: str
    native_id: str
    title: str
    file: FileStop
    request: RequestStop | None
    raw: RawStop | None
    mapping: MappingStop | None
    judged: JudgedStop | None
    links: tuple[LinkStop, ...]
    issues: tuple[IssueStop, ...]
    versions: tuple[VersionStop, ...]
    log: tuple[LogLine, ...]
    state: StateStop | None
    quarantine: tuple[dict[str, Any], ...]
    cluster: ClusterSheet | None
    won: dict[str, str]
    lost: dict[str, tuple[Any, str]]


class RunSheet(msgspec.Struct, frozen=True, kw_only=True):
    """One run: its three facts, what it asked, what it noticed, what it changed, what a person decided.

    `detail`: (what, words) that a person needs beside `held_because` to judge a held run.
    """

    kind: Literal["run"] = "run"
    id: int
    source: str
    facts: dict[str, Any]
    counts: dict[str, int]
    issues: dict[str, int]
    examples: dict[str, list[str]]
    detail: tuple[tuple[str, str], ...] = ()
    requests: tuple[dict[str, Any], ...]
    more_requests: int
    findings: tuple[dict[str, Any], ...]
    unmapped: tuple[dict[str, Any], ...]
    quarantine: tuple[dict[str, Any], ...]
    logged: dict[str, int]
    actions: tuple[dict[str, Any], ...]


class Candidates(msgspec.Struct, frozen=True, kw_only=True):
    """What an incomplete id could mean; `more` if there are more than are listed."""

    kind: Literal["candidates"] = "candidates"
    asked: str
    records: tuple[str, ...]
    clusters: tuple[str, ...]
    more: bool
