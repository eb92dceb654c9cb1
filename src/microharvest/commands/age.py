"""Moments as people say them."""

from __future__ import annotations

from datetime import datetime, timedelta

__all__ = ["ago", "span", "until"]


def span(length: timedelta) -> str:
    """`40 s`, `12 min`, `5 h`, `3 days`: the largest unit that fits, cut, never rounded up."""
    seconds = int(length.total_seconds())
    for unit, name in ((86_400, "day"), (3600, "h"), (60, "min")):
        if seconds >= unit * (2 if name == "day" else 1):
            return f"{seconds // unit} {name}{'s' if name == 'day' else ''}"
    return f"{max(seconds, 0)} s"


def ago(moment: datetime | None, now: datetime) -> str:
    """`5 h ago`; `never` for None."""
    return "never" if moment is None else f"{span(now - moment)} ago"


def until(moment: datetime | None, now: datetime) -> str:
    """`in 5 h`, `now` where it has come; empty for None."""
    if moment is None:
        return ""
    return "now" if moment <= now else f"in {span(moment - now)}"
