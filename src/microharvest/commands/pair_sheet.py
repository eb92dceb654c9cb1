"""How two records read beside each other, and how decisions read."""

from __future__ import annotations

from collections.abc import Sequence

from microharvest.commands.screen import Screen, clean
from microharvest.commands.values import brief, shown
from microharvest.explain.sheets import DecisionStop, PairSheet, Piece, Side
from microharvest.model.offer import OFFER_FIELDS

__all__ = ["show_decisions", "show_evidence", "show_pair"]

FIRST = ("title", "provider")
UNSHOWN = frozenset({"is_microcredential", "modified", "status"})
"""Fields that say nothing of whether two offers are one."""
CELL, DITTO = 160, "″"
LISTED_WEIGHT = 0.005
"""Weights are shown with two digits; smaller ones are none."""


def show_pair(screen: Screen, sheet: PairSheet) -> None:
    """Both sides, what differs and what agrees, the evidence, what blocked a merge, what people said."""
    screen.heading(f"{sheet.one.id}  and  {sheet.other.id}")
    screen.say(f"  {_state(sheet)}", "dim")
    _show_sides(screen, sheet)
    show_evidence(screen, sheet)
    if sheet.decisions:
        screen.say()
        screen.heading("decisions")
        show_decisions(screen, sheet.decisions)


def show_evidence(screen: Screen, sheet: PairSheet) -> None:
    """The pieces with their weights, their sum, and what stands against a merge."""
    screen.say()
    screen.heading("evidence: what speaks for one offer, and against it")
    if not sheet.evidence:
        screen.say("  They share no key; other records join them." if sheet.together else "  They share no key.", "dim")
    screen.table(["", "", ""], [_piece(piece) for piece in sheet.evidence], indent=2)
    if sheet.total is not None:
        screen.pairs([(f"{sheet.total:+.2f}", "in sum; above 0 speaks for one offer")])
    for sentence in sheet.blocked:
        screen.pairs([("in the way", sentence)], width=12)


def show_decisions(screen: Screen, decisions: Sequence[DecisionStop]) -> None:
    """One decision after the other: what, who, when, why, and whether it holds."""
    for one in decisions:
        what = one.kind if one.value is None else f"{one.kind} {clean(one.value, limit=CELL)}"
        rows: list[tuple[str, object]] = [
            (f"{one.decision}", f"{what}: {one.about}"),
            ("", f"{one.state}; {one.who}, {one.at}: {one.why}"),
        ]
        if one.state == "lapsed":
            rows.append(("", f"seen then: {_values(one.seen)}"))
            rows.append(("", f"said now:  {_values(one.now)}"))
        rows.append(("", f"revoked by {one.revoked}" if one.revoked else None))
        screen.pairs(rows, width=4)


def _state(sheet: PairSheet) -> str:
    said = "; a person said so" if sheet.settled == ("same" if sheet.together else "different") else ""
    if sheet.together:
        return f"one entry: {sheet.one.cluster}{said}"
    if sheet.one.cluster is None or sheet.other.cluster is None:
        return f"not linked yet{said}"
    return f"two entries: {sheet.one.cluster} and {sheet.other.cluster}{said}"


def _show_sides(screen: Screen, sheet: PairSheet) -> None:
    """What an offer is called and who gives it, then what differs, what agrees, and what only one side says.

    ≈ marks what reads the same and differs in a detail that is not shown.
    """
    one, other = sheet.one, sheet.other
    cells = {field: (_cell(one, field), _cell(other, field)) for field in OFFER_FIELDS if field not in UNSHOWN}
    marks = {field: "≈" if cells[field][0] == cells[field][1] else "≠" for field in sheet.differ if field in cells}
    marks |= dict.fromkeys(sheet.agree, "=")
    order = [*FIRST, *(field for mark in "≠≈=" for field in OFFER_FIELDS if marks.get(field) == mark), *OFFER_FIELDS]
    rows = []
    for field in dict.fromkeys(order):
        mine, theirs = cells.get(field, ("", ""))
        if mine or theirs:
            rows.append([marks.get(field, ""), field, mine, theirs if marks.get(field, "≠") == "≠" else DITTO])
    if {one.status, other.status} != {"active"}:
        rows.append(["", "status", one.status, other.status])
    screen.table(["", "", one.id, other.id], rows, indent=2)


def _cell(side: Side, field: str) -> str:
    said = side.said.get(field)
    return "" if said is None else brief(said, limit=CELL) or shown(said, limit=CELL)


def _piece(piece: Piece) -> list[str]:
    weight = "" if piece.weight is None else f"{piece.weight:+.2f}" if abs(piece.weight) >= LISTED_WEIGHT else "0"
    return [weight, piece.name, clean(piece.detail, limit=CELL)]


def _values(values: Sequence[str]) -> str:
    return clean(" | ".join(values), limit=CELL) if values else "nothing"
