"""Whether what an offer says of its quality assurance still holds on a day, and until when. Pure.

What must stay true: a date of a year or a month holds to its end; what has no dates is never called ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple

from microharvest.model.values import QualityAssurance

__all__ = ["Standing", "standing_of"]


class Standing(NamedTuple):
    """`state`: nothing said, said without dates, begins later, in force, ends soon, or ended. `until`: the
    last day the best of the claims holds, as the source wrote it."""

    state: Literal["none", "undated", "later", "in_force", "ends_soon", "ended"]
    until: str | None = None


def standing_of(claims: Sequence[QualityAssurance], on: date, soon_days: int) -> Standing:
    """The best of the claims that bear dates; "undated" where none does. `soon_days`: what ends before ends soon."""
    dated = [one for one in claims if one.valid_from or one.valid_to]
    if not dated:
        return Standing("undated" if claims else "none")
    today, soon = on.isoformat(), (on + timedelta(days=soon_days)).isoformat()
    lasting = [one for one in dated if one.valid_to is None or not _before(one.valid_to, today)]
    begun = [one for one in lasting if (one.valid_from or "") <= today]
    if begun:
        open_ended = any(one.valid_to is None for one in begun)
        until = None if open_ended else max(one.valid_to for one in begun if one.valid_to)
        return Standing("ends_soon" if until is not None and _before(until, soon) else "in_force", until)
    if lasting:
        return Standing("later", min(one.valid_from for one in lasting if one.valid_from))
    return Standing("ended", max(one.valid_to for one in dated if one.valid_to))


def _before(moment: str, day: str) -> bool:
    """Does a date, a month or a year end before a day?"""
    return moment < day[: len(moment)]
