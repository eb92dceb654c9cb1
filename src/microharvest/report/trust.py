"""How far the accepted offers can be trusted, by source, country or sector, and what costs them most."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Literal

import msgspec

from microharvest.publish.judging import Judged
from microharvest.quality.facts import FACTS
from microharvest.quality.scores import ADVICE, Scores
from microharvest.report.naming import country_name, section_name
from microharvest.report.tally import Spread, SpreadSeen

__all__ = ["By", "Cost", "Group", "TrustReport", "Watched", "trust_report"]

By = Literal["source", "country", "sector"]
EXAMPLES, WATCHED = 3, 20


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What is lacking. `points`: what it costs the overall score of the group's offers on average."""

    code: str
    offers: int
    points: float
    advice: str
    examples: tuple[str, ...]


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Offers of one source, country or sector; the key is "" where nobody knows it. `costs`: the dearest first."""

    key: str
    name: str
    offers: int
    overall: Spread
    scores: dict[str, Spread]
    costs: tuple[Cost, ...]
    microcredential: dict[str, int]


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """An offer whose accreditation has ended or ends soon."""

    id: str
    until: str


class TrustReport(msgspec.Struct, frozen=True, kw_only=True):
    """`all`: every offer once; `groups`: by `by`, largest first (an offer of two sectors stands in both).

    `accreditation`: offers by the state of what they say of it; `ending`, `ended`: the most urgent of them.
    """

    kind: Literal["trust"] = "trust"
    day: str
    by: By
    all: Group
    groups: tuple[Group, ...]
    accreditation: dict[str, int]
    ending: tuple[Watched, ...]
    ended: tuple[Watched, ...]


def trust_report(offers: Iterable[tuple[str, str, Judged]], by: By, day: date) -> TrustReport:
    """The report over (source, native id, offer)."""
    every, groups = _GroupSeen("", "all offers"), dict[str, _GroupSeen]()
    states: Counter[str] = Counter()
    ending: list[tuple[str, str]] = []
    ended: list[tuple[str, str]] = []
    for source, native_id, judged in offers:
        ident = f"{source}/{native_id}"
        every.add(ident, judged)
        for key in _keys(by, source, judged):
            if key not in groups:
                groups[key] = _GroupSeen(key, _name(by, key))
            groups[key].add(ident, judged)
        standing = judged.standing
        states[standing.state] += 1
        if standing.state in {"ends_soon", "ended"}:
            found = ending if standing.state == "ends_soon" else ended
            found.append((standing.until or "", ident))
            if len(found) > 2 * WATCHED:
                found[:] = _urgent(found, standing.state)
    ordered = sorted(groups.values(), key=lambda group: (not group.key, -group.offers, group.key))
    return TrustReport(
        day=day.isoformat(),
        by=by,
        all=every.result(),
        groups=tuple(group.result() for group in ordered),
        accreditation=dict(states),
        ending=_watched(_urgent(ending, "ends_soon")),
        ended=_watched(_urgent(ended, "ended")),
    )


def _keys(by: By, source: str, judged: Judged) -> list[str]:
    if by == "source":
        return [source]
    if by == "country":
        return [judged.country or ""]
    return sorted({one.section for one in judged.sectors}) or [""]


def _name(by: By, key: str) -> str:
    if by == "source":
        return key
    return country_name(key) if by == "country" else section_name(key)


def _urgent(found: list[tuple[str, str]], state: str) -> list[tuple[str, str]]:
    """What ends next first; of what has ended, the latest."""
    return heapq.nsmallest(WATCHED, found) if state == "ends_soon" else heapq.nlargest(WATCHED, found)


def _watched(found: list[tuple[str, str]]) -> tuple[Watched, ...]:
    return tuple(Watched(id=ident, until=until) for until, ident in found)


class _GroupSeen:
    def __init__(self, key: str, name: str) -> None:
        self.key, self._name, self.offers = key, name, 0
        self._spreads = {name: SpreadSeen() for name in ("overall", *FACTS)}
        self._points: Counter[str] = Counter()
        self._lacking: Counter[str] = Counter()
        self._examples: dict[str, list[str]] = {}
        self._micro: Counter[str] = Counter()

    def add(self, ident: str, judged: Judged) -> None:
        self.offers += 1
        self._spreads["overall"].add(judged.scores.overall)
        for name in FACTS:
            self._spreads[name].add(_value(judged.scores, name))
        for code, points in judged.costs.items():
            self._points[code] += points  # type: ignore[assignment]  # typeshed counts whole things alone
            self._lacking[code] += 1
            examples = self._examples.setdefault(code, [])
            if len(examples) < EXAMPLES:
                examples.append(ident)
        micro = judged.offer.is_microcredential
        self._micro[f"{micro.value} ({micro.basis})" if micro.basis else micro.value] += 1

    def result(self) -> Group:
        dearest = sorted(self._points.items(), key=lambda one: (-one[1], one[0]))
        return Group(
            key=self.key,
            name=self._name,
            offers=self.offers,
            overall=self._spreads["overall"].result(),
            scores={name: self._spreads[name].result() for name in FACTS},
            costs=tuple(
                Cost(
                    code=code,
                    offers=self._lacking[code],
                    points=round(points / self.offers, 2),
                    advice=ADVICE[code],
                    examples=tuple(self._examples[code]),
                )
                for code, points in dearest
            ),
            microcredential=dict(self._micro.most_common()),
        )


def _value(scores: Scores, name: str) -> int | None:
    value: int | None = getattr(scores, name).value
    return value
