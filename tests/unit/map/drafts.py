"""Drafts from plain values, as tests write them."""

from __future__ import annotations

from typing import Any

from microharvest.kit.draft import Draft
from microharvest.map.apply import Defaults, Mapped, apply_draft

NOTHING = Defaults()
Said = str | dict[str, str]


def fill(draft: Draft, **said: Said | list[Said]) -> Draft:
    """`field=value`, `field={"value": ..., hint or lang or basis: ...}` or a list of these."""
    for field, several in said.items():
        for one in several if isinstance(several, list) else [several]:
            hints: dict[str, Any] = dict(one) if isinstance(one, dict) else {"value": one}
            draft.say(field, hints.pop("value"), **hints)
    return draft


def offer_draft(**said: Said | list[Said]) -> Draft:
    """A draft with an English title."""
    return fill(Draft(), **({"title": {"value": "Title", "lang": "en"}} | said))


def mapped(defaults: Defaults = NOTHING, **said: Said | list[Said]) -> Mapped:
    """The statements, mapped."""
    return apply_draft(offer_draft(**said), defaults)


def codes(found: Mapped) -> list[tuple[str, str, str]]:
    """(code, field, value) of every issue."""
    return [(issue.code, issue.field, issue.value) for issue in found.issues]
