"""A provider or awarding body as one record names it (elm:Organisation)."""

from __future__ import annotations

import msgspec

from microharvest.model.values import Identifier, LangMap, Registration

__all__ = ["Organisation"]


class Organisation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`name` {language: text}; `country` ISO 3166-1 alpha-2; identifiers from registers (ROR, ETER, VAT...).

    `registrations`: its entries in imported registers, one of each, as they were found."""

    name: LangMap = {}
    identifiers: tuple[Identifier, ...] = ()
    homepage: str | None = None
    country: str | None = None
    city: str | None = None
    registrations: tuple[Registration, ...] = ()
