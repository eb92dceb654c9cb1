"""What is made of an offer or an entry whenever it is read: its sectors, its scores, and what each lacking fact costs.

What must stay true: nothing of it is stored, so that better tables and weights hold for everything at once; the same
document on the same day is judged alike, wherever it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import msgspec

from microharvest.map.sectors import is_nace, sectors_of
from microharvest.model.offer import Offer, decode_offer, without_defaults
from microharvest.model.values import Concept, Sector
from microharvest.quality.assurance import Standing, standing_of
from microharvest.quality.facts import Given
from microharvest.quality.scores import Scores, judge
from microharvest.settings import QualitySettings

__all__ = ["Judge", "Judged"]


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """An offer with what was made of it. `costs`: points of the overall score by code of what is lacking;
    `standing`: of its accreditation on the day."""

    offer: Offer
    sectors: tuple[Sector, ...]
    scores: Scores
    costs: dict[str, float]
    standing: Standing

    @property
    def all_sectors(self) -> list[Sector | Concept]:
        """Those of NACE, and those a source says in other words, as they stand."""
        return [*self.sectors, *(one for one in self.offer.sectors if not is_nace(one))]

    @property
    def country(self) -> str | None:
        """Where it is offered from: its own country, or its provider's."""
        return self.offer.country or (self.offer.provider.country if self.offer.provider else None)


class _Member(msgspec.Struct, frozen=True):
    source: str
    authority: str


class _Entry(msgspec.Struct, frozen=True):
    members: tuple[_Member, ...] = ()


_entries = msgspec.json.Decoder(_Entry)


class Judge:
    """Judges by weights, on a day. `isco`: the codes of imported ESCO occupations by URI."""

    def __init__(self, weights: QualitySettings, day: date, isco: Mapping[str, str] | None = None) -> None:
        self._weights, self.day, self._isco = weights, day, isco or {}

    def on(self, day: date) -> Judge:
        """The same judge, another day."""
        return Judge(self._weights, day, self._isco)

    def entry(self, doc: bytes) -> Judged:
        """An entry as the catalogue stores it."""
        told = {one.source: one.authority for one in _entries.decode(doc).members}
        return self.offer(decode_offer(doc), told)

    def offer(self, offer: Offer, told_by: Mapping[str, str], seen: datetime | None = None) -> Judged:
        """An offer, who tells it, and when a complete run last showed it: an entry does not say that, for it would
        change with every run."""
        sectors = sectors_of(offer, self._isco)
        soon = self._weights.expiry_days
        given = Given(
            offer=offer, authorities=tuple(told_by.values()), on=self.day, sectors=sectors, soon_days=soon,
            unseen=None if seen is None else (self.day - seen.date()).days - self._weights.seen_days,
        )  # fmt: skip
        scores, costs = judge(given, self._weights)
        standing = standing_of(without_defaults(offer).quality_assurance, self.day, soon)
        return Judged(offer=offer, sectors=sectors, scores=scores, costs=costs, standing=standing)
