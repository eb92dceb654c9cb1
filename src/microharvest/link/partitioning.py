"""Which records of a neighbourhood are one offer: components, all their pairs weighed, the groups they fall into. Pure.

Two records that hang together with nothing else weigh what they did when they were compared: whatever changes that has
them compared again. The pairs of three and more are compared here, for groups are weighed by all that theirs say.
What must stay true: what is found of a component depends on its records, their pairs and what people said of them
alone, whichever other components are looked at with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, combinations

import msgspec
import numpy as np

from microharvest.link.clustering import COMPONENT_CAP, Margin, Partition, Record, bytes_of, components, partition
from microharvest.link.report import Oversized
from microharvest.link.scorecard import Scorecard
from microharvest.link.scoring import statements
from microharvest.link.stored_columns import Gathered, Loaded, read_columns
from microharvest.link.twins import CROWD, twin_of
from microharvest.model.decision import Assertion, ordered

__all__ = ["Edge", "Gathering", "gatherings", "group_part"]

Edge = tuple[Record, Record, int]
PART = 1000
"""Records of one worker's job."""


class Gathering(msgspec.Struct, array_like=True):
    """Whole components with all remembered pairs (the smaller record first, siblings left out) that touch them.

    `rids`: the records' numbers, which `gathered` speaks of where what the pairs say is needed.
    """

    rids: dict[Record, int]
    edges: list[Edge]
    assertions: list[Assertion]
    gathered: Gathered
    card: Scorecard


def gatherings(
    rids: Mapping[Record, int],
    edges: Sequence[Edge],
    assertions: Sequence[Assertion],
    gather: Callable[[set[int]], Gathered],
    card: Scorecard,
) -> Iterator[Gathering]:
    """A closed neighbourhood in parts, to be grouped one by one. `assertions`: of records in it; `gather`: what the
    store knows of records by number."""
    hold = [(one, other) for one, other, weight in edges if weight > 0]
    hold += [(one.one, one.other) for one in assertions if one.kind == "same"]
    part_of: dict[Record, int] = {}
    parts: list[list[Record]] = [[]]
    whole = components(rids, hold)
    for component in whole:
        if len(parts[-1]) >= PART:
            parts.append([])
        part_of.update(dict.fromkeys(component, len(parts) - 1))
        parts[-1] += component
    near: list[list[Edge]] = [[] for _ in parts]
    for edge in edges:
        for number in {part_of[record] for record in edge[:2] if record in part_of}:
            near[number].append(edge)
    sure = {frozenset(edge[:2]) for edge in edges if edge[2] > 0}
    unsure = [part for part in whole if len(part) > 2 or (len(part) == 2 and frozenset(part) not in sure)]
    gathered = gather({rids[record] for part in unsure for record in part})
    places = {rid: place for place, rid in enumerate(gathered.rids)}
    for number, part in enumerate(parts):
        own = {record: rids[record] for record in part}
        said = [one for one in assertions if part_of[one.one] == number or part_of[one.other] == number]
        yield Gathering(
            own, near[number], said, gathered.of([rid for rid in own.values() if rid in places], places), card
        )


def group_part(job: Gathering) -> tuple[Partition, tuple[Oversized, ...]]:
    """Group records; components over the cap, which were cut at their weakest pairs, are reported."""
    loaded = read_columns(job.gathered)
    held = {(one, other): weight for one, other, weight in job.edges if weight > 0}
    same = [(one.one, one.other) for one in job.assertions if one.kind == "same"]
    led = _followers(job, loaded, components(job.rids, [*held, *same]), held)
    positive: dict[tuple[Record, Record], int] = {}
    lifted: list[tuple[Record, Record]] = []
    for pair, weight in held.items():
        ends = ordered(led.get(pair[0], pair[0]), led.get(pair[1], pair[1]))
        if ends[0] != ends[1]:
            positive[ends] = max(weight, positive.get(ends, weight))
            lifted += [pair] if ends != pair else []
    records = [record for record in job.rids if record not in led]
    parts, oversized = _cut(records, positive, same)
    inside = {record: number for number, part in enumerate(parts) for record in part}
    inside.update({record: inside[first] for record, first in led.items()})
    compared = set(job.gathered.rids)
    evidence: dict[tuple[Record, Record], bytes | int] = {}
    evidence.update({pair: weight for pair, weight in positive.items() if job.rids[pair[0]] not in compared})
    pairs = [pair for part in parts for pair in combinations(part, 2) if pair not in evidence]
    pairs += [(one, other) for one, other in lifted if inside[one] == inside[other]]
    if pairs:
        numbers = np.array([[job.rids[one], job.rids[other]] for one, other in pairs], dtype=np.int64)
        said = statements(loaded.columns, loaded.at(numbers[:, 0]), loaded.at(numbers[:, 1]))
        for (one, other), statement in zip(pairs, said, strict=True):
            ends = ordered(led.get(one, one), led.get(other, other))
            known = evidence.get(ends, statement)
            evidence[ends] = bytes(map(max, known, statement)) if isinstance(known, bytes) else known
    across = {(one, other): weight for one, other, weight in job.edges if inside.get(one) != inside.get(other)}
    found = partition(records, evidence, job.card.weigher(), job.assertions)
    return _with_near_misses(_with_followers(found, led), across), oversized


def _followers(
    job: Gathering, loaded: Loaded, whole: Sequence[Sequence[Record]], held: Mapping[tuple[Record, Record], int]
) -> dict[Record, Record]:
    """{record: the first of its crowd}: twins that go where their first goes, for no person said anything of them."""
    about = zip(job.gathered.sources, job.gathered.providers, loaded.features, strict=True)
    said = dict(zip(job.gathered.rids, about, strict=True))
    led: dict[Record, Record] = {}
    for part in (part for part in whole if len(part) > CROWD):
        inside = set(part)
        spoken = [{one.one, one.other} for one in job.assertions]
        named = set(chain(*(both for both in spoken if both <= inside)))
        twins: dict[int | None, list[Record]] = defaultdict(list)
        for record in part:
            twins[twin_of(*said[job.rids[record]], job.card)].append(record)
        for first, *others in (twins[twin] for twin in twins if twin is not None):
            if len(others) >= CROWD:
                led.update({one: first for one in others if one not in named and (first, one) in held})
    return led


def _with_followers(found: Partition, led: Mapping[Record, Record]) -> Partition:
    """The groups of firsts with all that follow them, each of which is greater than its first."""
    following: dict[Record, list[Record]] = defaultdict(list)
    for record, first in led.items():
        following[first].append(record)
    whole = (chain(group, *(following.get(one, ()) for one in group)) for group in found.groups)
    return msgspec.structs.replace(found, groups=tuple(tuple(sorted(group, key=bytes_of)) for group in whole))


def _cut(
    records: Sequence[Record], positive: Mapping[tuple[Record, Record], int], same: Sequence[tuple[Record, Record]]
) -> tuple[list[list[Record]], tuple[Oversized, ...]]:
    """Components; one over the cap is taken apart by leaving out its weakest pairs, a hundredth at a time."""
    parts: list[list[Record]] = []
    oversized = []
    for part in components(records, [*positive, *same]):
        if len(part) <= COMPONENT_CAP:
            parts.append(part)
            continue
        oversized.append(Oversized(records=len(part), one=part[0]))
        inside = set(part)
        parts += _taken_apart(part, {pair: weight for pair, weight in positive.items() if pair[0] in inside})
    return parts, tuple(oversized)


def _taken_apart(part: list[Record], positive: Mapping[tuple[Record, Record], int]) -> list[list[Record]]:
    parts: list[list[Record]] = []
    large, least = part, 0
    while large:
        least += 100
        strong = [pair for pair, weight in positive.items() if weight >= least]
        rest = components(large, strong)
        parts += [one for one in rest if len(one) <= COMPONENT_CAP]
        large = [record for one in rest if len(one) > COMPONENT_CAP for record in one]
        if not strong:
            return [*parts, *([record] for record in large)]
    return parts


def _with_near_misses(found: Partition, across: Mapping[tuple[Record, Record], int]) -> Partition:
    """Margins also know the strongest remembered pair to a record that hangs together with nothing here."""
    group = {record: number for number, members in enumerate(found.groups) for record in members}
    best: dict[int, Margin] = {}
    for pair in sorted(across):
        margin = Margin(kind="apart", margin=across[pair], one=pair[0], other=pair[1])
        for record in pair:
            if record not in group:
                continue
            held = best.get(group[record])
            if held is None or margin.margin > held.margin:
                best[group[record]] = margin
    margins = []
    for number, known in enumerate(found.margins):
        apart = [one for one in known if one.kind == "apart"] + ([best[number]] if number in best else [])
        strongest = max(apart, key=lambda one: one.margin, default=None)
        margins.append((*(one for one in known if one.kind != "apart"), *([strongest] if strongest else [])))
    return msgspec.structs.replace(found, margins=tuple(margins))
