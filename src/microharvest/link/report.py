"""What a pass of link did, and what it would do."""

from __future__ import annotations

import msgspec

from microharvest.link.clustering import Contradiction, Record
from microharvest.link.identity import Redirect

__all__ = ["LinkReport", "Oversized"]


class Oversized(msgspec.Struct, frozen=True, kw_only=True):
    """More records than COMPONENT_CAP hang together: they were taken apart at their weakest pairs."""

    records: int
    one: Record


class LinkReport(msgspec.Struct, kw_only=True):
    """Records looked at, clusters written, and what became of ids.

    `coded`: records that link to imported vocabularies otherwise than before; `touched`: records that changed;
    `compared`: those whose pairs were scored anew; `silenced`: silent keys of the whole store by reason; `epoch`: the
    rules everything is linked under; `newer_rules`: those of the configuration, where they are others; `plan`: nothing
    was stored; `uncoded`: the plan rests on older links to vocabularies, which only a real pass brings up to date.
    """

    coded: int = 0
    touched: int = 0
    compared: int = 0
    clusters: int = 0
    created: int = 0
    joined: int = 0
    moved: int = 0
    merged: int = 0
    split: int = 0
    silenced: dict[str, int] = {}
    oversized: list[Oversized] = []
    contradictions: list[Contradiction] = []
    redirects: list[Redirect] = []
    epoch: str = ""
    newer_rules: str | None = None
    plan: bool = False
    uncoded: bool = False
