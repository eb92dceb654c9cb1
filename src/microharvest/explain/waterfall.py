"""Evidence as a picture: one self-contained SVG, a waterfall of weights. Pure; nothing but text comes in or goes out.

What must stay true: every text is escaped and free of characters XML forbids; nothing is fetched, scripted or linked;
it reads without colour as well: what speaks against is hatched, and every bar bears its signed number.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Sequence
from xml.sax.saxutils import escape

import msgspec

from microharvest.explain.sheets import ClusterSheet, PairSheet, Piece
from microharvest.link.evidence import REASONS

__all__ = ["Picture", "draw", "picture_of_cluster", "picture_of_pair"]

WIDTH, MARGIN, ROW = 900, 28, 26
NAME_AT, DETAIL_AT, BAR_FROM, BAR_TO = MARGIN, 200, 500, 830
LINE, NAME, DETAIL, WHOLE = 19, 24, 40, 118
"""Height of a line of text; how many characters fit into each column."""
MOST = 60
"""Pieces and sentences drawn; the rest is counted."""

_INK, _SOFT, _RULE, _FOR, _AGAINST, _SUM = "#1f2933", "#5f6b7a", "#d5dae0", "#3d7f87", "#8a5a2b", "#39424e"
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """What is drawn: headline, lines below it, pieces with or without weights, then headed lists of sentences."""

    title: str
    lines: tuple[str, ...] = ()
    heading: str = "Evidence"
    pieces: tuple[Piece, ...] = ()
    total: float | None = None
    lists: tuple[tuple[str, tuple[str, ...]], ...] = ()


def picture_of_pair(sheet: PairSheet) -> Picture:
    """Two records."""
    linked = sheet.one.cluster is not None and sheet.other.cluster is not None
    state = "One entry" if sheet.together else "Two entries" if linked else "Not linked yet"
    said = [f"{one.kind}: {one.about}, {one.state}. {one.who}, {one.at}: {one.why}" for one in sheet.decisions]
    return Picture(
        title=f"{sheet.one.title or sheet.one.id}  /  {sheet.other.title or sheet.other.id}",
        lines=(f"{sheet.one.id}  and  {sheet.other.id}", state),
        heading="Evidence: what speaks for one offer, and against it",
        pieces=sheet.evidence,
        total=sheet.total,
        lists=(("In the way of one entry", sheet.blocked), ("Decisions", tuple(said))),
    )


def picture_of_cluster(sheet: ClusterSheet) -> Picture:
    """An entry: its members, its weakest link, what it was kept apart from."""
    blocked = [
        f"{'/'.join(one['one'])} and {'/'.join(one['other'])}: {REASONS[one['reason']]}" for one in sheet.blocked
    ]
    said = [f"{one.kind}: {one.about}, {one.state}. {one.who}, {one.at}: {one.why}" for one in sheet.decisions]
    members = tuple(f"{one['source']}/{one['native_id']}  {one['status']}" for one in sheet.members)
    weakest, heading = sheet.weakest, "It has one link or none: nothing to weigh"
    if weakest is not None:
        heading = f"The weakest link: {weakest.one.id} and {weakest.other.id}"
    return Picture(
        title=sheet.title or sheet.id,
        lines=(f"{sheet.id}, {sheet.state}", f"{len(members)} records"),
        heading=heading,
        pieces=weakest.evidence if weakest else (),
        total=weakest.total if weakest else None,
        lists=(("Members", members), ("Kept apart from", tuple(blocked)), ("Decisions", tuple(said))),
    )


def draw(picture: Picture) -> str:
    """The SVG, a whole document in UTF-8 text."""
    canvas = _Canvas()
    canvas.text(MARGIN, picture.title, limit=74, size=18, weight="600")
    canvas.down(LINE + 6)
    for line in picture.lines:
        canvas.text(MARGIN, line, limit=WHOLE, fill=_SOFT)
        canvas.down(LINE)
    canvas.heading(picture.heading)
    _draw_pieces(canvas, picture.pieces, picture.total)
    for name, sentences in picture.lists:
        if sentences:
            canvas.heading(name)
            for sentence in sentences[:MOST]:
                for line in textwrap.wrap(_clean(sentence), WHOLE, max_lines=3, placeholder=" …"):
                    canvas.text(MARGIN, line, limit=WHOLE + 2)
                    canvas.down(LINE)
            canvas.rest(len(sentences) - MOST)
    return canvas.document(picture.title)


def _draw_pieces(canvas: _Canvas, pieces: Sequence[Piece], total: float | None) -> None:
    if not pieces:
        canvas.text(MARGIN, "Nothing that joins them directly.", fill=_SOFT)
        canvas.down(ROW)
        return
    scale, at = _Scale(pieces), 0.0
    if total is not None:
        zero, bottom = scale.x(0.0), canvas.y + ROW * min(len(pieces), MOST) + 8
        canvas.put(f'<path d="M{zero:.1f} {canvas.y - LINE + 4}V{bottom}" stroke="{_SOFT}" stroke-width="1"/>')
    for piece in pieces[:MOST]:
        canvas.text(NAME_AT, piece.name, limit=NAME, weight="600")
        canvas.text(DETAIL_AT, piece.detail, limit=DETAIL, fill=_SOFT)
        if piece.weight is not None:
            fill = _FOR if piece.weight >= 0 else "url(#against)"
            canvas.bar(scale, at, at + piece.weight, f"{piece.weight:+.2f}", fill)
            at += piece.weight
        canvas.down(ROW)
    canvas.rest(len(pieces) - MOST)
    if total is not None:
        canvas.text(NAME_AT, "in sum", weight="600")
        canvas.text(DETAIL_AT, "above 0 speaks for one offer", fill=_SOFT)
        canvas.bar(scale, 0.0, total, f"{total:+.2f}", _SUM)
        canvas.down(LINE + 4)
        canvas.text(scale.x(0.0) - 3, "0", fill=_SOFT, size=11)
        canvas.down(LINE)


class _Scale:
    """Weights to places: the running sums of all bars fit between BAR_FROM and BAR_TO."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        at, sums = 0.0, [0.0]
        for piece in pieces:
            at += piece.weight or 0.0
            sums.append(at)
        self._least, most = min(sums), max(sums)
        self._span = (most - self._least) or 1.0

    def x(self, weight: float) -> float:
        return BAR_FROM + (weight - self._least) / self._span * (BAR_TO - BAR_FROM)


class _Canvas:
    """Lines from top to bottom; `y` is the baseline of the next one."""

    def __init__(self) -> None:
        self.y = MARGIN + 14
        self._parts: list[str] = []

    def put(self, part: str) -> None:
        self._parts.append(part)

    def down(self, by: int) -> None:
        self.y += by

    def text(
        self, x: float, said: str, *, limit: int = WHOLE, size: int = 13, weight: str = "400", fill: str = _INK
    ) -> None:
        """One line, cut to `limit` characters; the whole of it is its tooltip."""
        clean = _clean(said)
        cut = _cut(clean, limit)
        tip = f"<title>{escape(clean)}</title>" if cut != clean else ""
        halo = 'paint-order="stroke" stroke="#ffffff" stroke-width="3"'  # a line may run behind
        style = f'font-size="{size}" font-weight="{weight}" fill="{fill}" {halo}'
        self.put(f'<text x="{x:.1f}" y="{self.y}" {style}>{escape(cut)}{tip}</text>')

    def heading(self, said: str) -> None:
        self.down(10)
        self.put(f'<path d="M{MARGIN} {self.y - 14}H{WIDTH - MARGIN}" stroke="{_RULE}"/>')
        self.down(8)
        self.text(MARGIN, said, limit=WHOLE - 14, weight="600", fill=_SOFT)
        self.down(ROW)

    def rest(self, more: int) -> None:
        if more > 0:
            self.text(MARGIN, f"and {more:,} more", fill=_SOFT)
            self.down(LINE)

    def bar(self, scale: _Scale, start: float, end: float, said: str, fill: str) -> None:
        left, right = sorted((scale.x(start), scale.x(end)))
        edge = f'stroke="{_AGAINST}"' if fill.startswith("url") else f'stroke="{fill}"'
        place = f'x="{left:.1f}" y="{self.y - 13}" width="{max(right - left, 1.5):.1f}" height="16" rx="2"'
        self.put(f'<rect {place} fill="{fill}" {edge}/>')
        self.text(right + 6, said, size=12)

    def document(self, title: str) -> str:
        height = self.y + MARGIN - 8
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
            f'viewBox="0 0 {WIDTH} {height}" role="img" font-family="system-ui, sans-serif">'
        )
        hatch = (
            '<defs><pattern id="against" width="6" height="6" patternUnits="userSpaceOnUse" '
            'patternTransform="rotate(45)"><rect width="6" height="6" fill="#f6efe7"/>'
            f'<rect width="2.4" height="6" fill="{_AGAINST}"/></pattern></defs>'
        )
        ground = f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
        return "\n".join([head, f"<title>{escape(_clean(title))}</title>", hatch, ground, *self._parts, "</svg>\n"])


def _clean(text: str) -> str:
    return " ".join(_FORBIDDEN.sub("�", text).split())


def _cut(text: str, limit: int) -> str:
    """At most `limit` columns: signs of East Asia take two."""
    used = 0
    for place, sign in enumerate(text):
        used += 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        if used > limit:
            return text[: max(place - 1, 0)] + "…"
    return text
