"""One start of an offer: when, where, how much (elm:LearningOpportunity)."""

from __future__ import annotations

import msgspec

from microharvest.model.values import Concept, Identifier, LangMap, Location, Price

__all__ = ["Instance"]


class Instance(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Dates are ISO 8601 cut to what is known (`2026`, `2026-09`, `2026-09-01`, with time); duration ISO 8601."""

    identifiers: tuple[Identifier, ...] = ()
    title: LangMap = {}
    homepage: tuple[str, ...] = ()
    start_date: str | None = None
    end_date: str | None = None
    application_deadline: str | None = None
    duration: str | None = None
    schedule: Concept | None = None
    modes: tuple[Concept, ...] = ()
    languages: tuple[str, ...] = ()
    locations: tuple[Location, ...] = ()
    prices: tuple[Price, ...] = ()
    status: str | None = None
