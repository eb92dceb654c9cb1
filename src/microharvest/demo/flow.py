"""The picture of the way from delivered records to published entries: bars, ribbons, and what fell out where. Pure.

Coordinates are those of the SVG's own box; heights are proportional to counts, and nothing that counts is thinner than
a hair line.
"""

from __future__ import annotations

from itertools import pairwise

import msgspec

from microharvest.demo.facts import Facts, Fallout
from microharvest.publish.admission import REASONS

__all__ = ["HEIGHT", "WIDTH", "Ribbon", "Stage", "flow", "stages"]

WIDTH, HEIGHT = 1080, 336
TOP, TALLEST, BAR, GAP = 46, 176, 12, 250
FALL, THIN = 254, 1.5


class Stage(msgspec.Struct, kw_only=True):
    """A stop on the way. `merged`: how many offers another source tells as well (they are not lost)."""

    name: str
    count: int
    out: list[Fallout]
    merged: int = 0
    x: float = 0.0
    height: float = 0.0

    @property
    def lost(self) -> int:
        """How many went no further."""
        return sum(one.count for one in self.out)


class Ribbon(msgspec.Struct, frozen=True, kw_only=True):
    """A filled path. `kind`: on (to the next stage) or out (what fell out); `title` says what it means."""

    path: str
    kind: str
    title: str


def stages(facts: Facts) -> list[Stage]:
    """The five stops with what fell out at each; falling counts of zero are left out."""

    def out(*found: tuple[int, str]) -> list[Fallout]:
        return [Fallout(count=count, why=why) for count, why in found if count]

    sources = facts.sources
    delivered = out(
        (sum(one.quarantined for one in sources), "in quarantine: unreadable"),
        (sum(one.not_offers for one in sources), "not an offer"),
        (sum(one.deleted for one in sources), "announced as deleted"),
        (sum(one.held for one in sources), "held for a person"),
    )
    withdrawn = out((sum(one.withdrawn for one in sources), "withdrawn since"))
    withheld = [Fallout(count=one.count, why=_short(one.why)) for one in facts.withheld]
    return [
        Stage(name="Delivered", count=facts.delivered, out=delivered),
        Stage(name="Accepted", count=facts.accepted, out=withdrawn),
        Stage(name="Offers", count=facts.offers, out=[], merged=facts.offers - facts.clusters),
        Stage(name="Clusters", count=facts.clusters, out=withheld),
        Stage(name="Entries", count=len(facts.entries), out=[]),
    ]


def _short(reason: str) -> str:
    """A few words for the picture; the list below says the whole sentence."""
    names = {"licence": "licence keeps it off", "status": "draft or ended", "credits": "too many credits"}
    if reason.startswith("incomplete."):
        return f"no {reason.partition('.')[2].replace('_', ' ')}"
    if reason.startswith("microcredential."):
        return "not a microcredential"
    return names.get(reason, REASONS.get(reason, reason))


def flow(found: list[Stage]) -> list[Ribbon]:
    """Place the stages (x and height are set) and draw the ribbons between them."""
    scale = TALLEST / max(1, max(stage.count for stage in found))
    for place, stage in enumerate(found):
        stage.x = 4 + place * GAP
        stage.height = max(THIN, stage.count * scale) if stage.count else 0.0
    ribbons = []
    for stage, following in pairwise(found):
        leaving = stage.count - stage.lost
        if leaving > 0:
            ribbons.append(_onward(stage, following, leaving * scale))
        if stage.lost:
            ribbons.append(_down(stage, stage.lost * scale, leaving * scale))
    return ribbons


def _onward(stage: Stage, following: Stage, thick: float) -> Ribbon:
    left, right = stage.x + BAR, following.x
    middle = (left + right) / 2
    start, end = TOP + max(THIN, thick), TOP + following.height
    path = (
        f"M{left:.1f},{TOP} C{middle:.1f},{TOP} {middle:.1f},{TOP} {right:.1f},{TOP} L{right:.1f},{end:.1f} "
        f"C{middle:.1f},{end:.1f} {middle:.1f},{start:.1f} {left:.1f},{start:.1f} Z"
    )
    told = f", {stage.merged} of them told by another source too" if stage.merged else ""
    return Ribbon(path=path, kind="on", title=f"{stage.name} to {following.name}: {stage.count - stage.lost}{told}")


def _down(stage: Stage, thick: float, above: float) -> Ribbon:
    thick = max(THIN, thick)
    left, begin = stage.x + BAR, TOP + above
    right = left + 34
    path = (
        f"M{left:.1f},{begin:.1f} C{right + thick:.1f},{begin:.1f} {right + thick:.1f},{begin:.1f} "
        f"{right + thick:.1f},{FALL} L{right:.1f},{FALL} "
        f"C{right:.1f},{begin + thick:.1f} {right:.1f},{begin + thick:.1f} {left:.1f},{begin + thick:.1f} Z"
    )
    return Ribbon(path=path, kind="out", title=f"{stage.lost} went no further")
