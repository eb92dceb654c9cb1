"""One offer told by several sources, side by side with its golden record: which value came from whom."""

from __future__ import annotations

from typing import Any

import msgspec

from microharvest.demo.wording import FIELD_NAMES, best_text, lines
from microharvest.model.offer import Offer, decode_offer

__all__ = ["Cell", "Row", "Story", "tell"]

Pair = tuple[str, str]


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """What one source says of a field, line by line: (text, whether the golden record says it too).

    `part`: gave (the golden value is from here), same, lost (something of it), or empty.
    """

    lines: list[tuple[str, bool]]
    part: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A field: the golden value, the rule it was chosen by, and one cell per source."""

    name: str
    golden: list[str]
    rule: str
    cells: list[Cell]


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """A cluster: its public id, its members in the order of the cells, and the fields anybody fills."""

    cluster: str
    title: str
    members: list[Pair]
    rows: list[Row]


RULES = {
    "only": "one source says it",
    "same": "all say the same",
    "precedence": "the more trusted source wins",
    "languages": "languages put together",
    "union": "everything anybody says",
    "decision": "a person decided",
}


def tell(cluster: str, doc: bytes, provenance: dict[str, Any], members: dict[Pair, Offer]) -> Story:
    """The story of a cluster. `doc`: the encoded golden offer; `members`: what each record says."""
    golden = decode_offer(doc)
    rows = []
    for field, name in FIELD_NAMES.items():
        value = lines(getattr(golden, field))
        origin = provenance.get(field, {})
        if not value or not origin:
            continue
        cells = [_cell(pair, offer, field, value, origin) for pair, offer in members.items()]
        rows.append(Row(name=name, golden=value, rule=RULES.get(origin.get("rule", ""), ""), cells=cells))
    return Story(cluster=cluster, title=best_text(golden.title, cluster), members=list(members), rows=rows)


def _cell(pair: Pair, offer: Offer, field: str, golden: list[str], origin: dict[str, Any]) -> Cell:
    said = [(line, line in golden) for line in lines(getattr(offer, field))]
    if not said:
        return Cell(lines=[], part="empty")
    givers = {(origin.get("source"), origin.get("native_id"))}
    givers |= {tuple(giver) for giver in origin.get("languages", {}).values()}
    givers |= {tuple(giver) for giver in origin.get("with", ())}
    if pair in givers:
        return Cell(lines=said, part="gave")
    return Cell(lines=said, part="same" if all(kept for _, kept in said) else "lost")
