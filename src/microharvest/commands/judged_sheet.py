"""How trust reads: the sub-scores of an offer, its sectors, and what would raise them. Part of `explain`."""

from __future__ import annotations

from microharvest.commands.screen import Screen
from microharvest.explain.sheets import JudgedStop
from microharvest.model.values import Concept, Sector
from microharvest.quality.facts import FACTS
from microharvest.report.wording import GROUNDS

__all__ = ["show_judged"]


def show_judged(screen: Screen, stop: JudgedStop) -> None:
    """Scores first, then sectors and the microcredential decision, then what is lacking, the dearest first."""
    screen.say()
    overall = "nothing to judge" if stop.scores.overall is None else f"{stop.scores.overall} of 100"
    screen.heading(f"trust: {overall}, as of {stop.day}")
    parts = {name: getattr(stop.scores, name).value for name in FACTS}
    said = (f"{name} {value if value is not None else 'does not apply'}" for name, value in parts.items())
    screen.pairs([("scores", "  ".join(said))], width=12)
    for one in stop.sectors:
        screen.pairs([("sector", _sector(one))], width=12)
    micro = stop.microcredential
    how = f" ({micro.basis})" if micro.basis else ""
    label = f'; the source calls it "{stop.source_label}"' if stop.source_label else ""
    screen.pairs([("micro", f"microcredential: {micro.value}{how}{label}")], width=12)
    if stop.lacking:
        screen.say("  what would raise it, by the points it costs now:")
        screen.table(
            ["points", "code", "advice"], [[f"{cost:.1f}", code, advice] for code, cost, advice in stop.lacking], 6
        )


def _sector(one: Sector | Concept) -> str:
    name = next(iter(one.label.values()), one.uri or "")
    if isinstance(one, Concept):
        return f"{name} (in the source's own words)"
    because = f", {one.because}" if one.because else ""
    return f"{one.code} {name}: {GROUNDS[one.basis]}{because} (confidence {one.confidence:g})"
