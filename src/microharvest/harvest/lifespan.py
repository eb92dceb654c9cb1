"""Whether an offer is over: every instance has an end, and the last of them lies in the past. Pure.

Only a stated end counts: a start in the past says nothing of a course that runs for two years, and a feed that is cut
short must not look like a year that came to its end.
"""

from __future__ import annotations

import calendar
from datetime import date

import msgspec

__all__ = ["has_ended"]


class _Dated(msgspec.Struct):
    end_date: str | None = None


class _Offer(msgspec.Struct):
    instances: tuple[_Dated, ...] = ()


_decoder = msgspec.json.Decoder(_Offer)


def has_ended(offer: bytes, today: date) -> bool:
    """True if the encoded offer has instances and the last of them has ended before `today`."""
    instances = _decoder.decode(offer).instances
    ends = [_last_day(one.end_date) for one in instances]
    return bool(ends) and all(end is not None and end < today for end in ends)


def _last_day(text: str | None) -> date | None:
    """The last day a date stands for: `2026` is 31 December, `2026-02` the 28th."""
    if text is None:
        return None
    try:
        year, month, day = ([int(part) for part in text[:10].split("-")] + [0, 0])[:3]
        return date(year, month or 12, day or calendar.monthrange(year, month or 12)[1])
    except ValueError:
        return None
