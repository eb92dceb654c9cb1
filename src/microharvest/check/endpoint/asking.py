"""The questions of the profile put to an endpoint, in order, within the probe's requests."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from urllib.parse import quote

from microharvest.check.endpoint.answers import Answer, Interview
from microharvest.kit.protocol import Body, Failure, Request
from microharvest.onboard.probe import Probe

__all__ = ["ask_all", "question"]

MAX_BYTES = 16 * 1024 * 1024
"""Of an answer that is looked at."""
_GAP = re.compile(r"\{(\w+)\}")
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def question(asked: str, values: Mapping[str, str]) -> tuple[str, str] | None:
    """(method, arguments) of a line of `[asks]`, gaps filled and encoded once; None where a value is not known."""
    if any(name not in values for name in _GAP.findall(asked)):
        return None
    method, _, query = asked.rpartition(" ")
    return method or "GET", _GAP.sub(lambda gap: quote(values[gap[1]], safe=""), query)


async def ask_all(
    probe: Probe, base: str, prefix: str, asks: Mapping[str, str], pages: list[tuple[str, Body]], until: float
) -> tuple[Interview, list[str]]:
    """The interview, and the names of questions that were not put for want of requests or time. `pages`: of the list,
    as they were read already."""
    interview = Interview(base, prefix, {}, [_opened(url, body) for url, body in pages])
    left_out: list[str] = []
    for name, asked in asks.items():
        found = question(asked, interview.values())
        if found is None:
            continue
        method, query = found
        url = f"{base}{'&' if '?' in base else '?'}{query}" if method == "GET" else base
        if method == "GET" and not name.endswith("_again") and probe.answered(url) is not None:
            interview.answers[name] = _opened(url, await probe.ask(url))
            continue
        if probe.left <= 0 or time.monotonic() >= until:
            left_out.append(name)
            continue
        if method == "POST":
            request = Request(lane="check", url=base, kind="meta", method="POST", body=query.encode(), headers=_FORM)
            interview.answers[name] = _opened(f"{url}#{query}", await probe.fetch(request))
        elif name.endswith("_again"):
            interview.answers[name] = _opened(url, await probe.fetch(Request(lane="check", url=url, kind="meta")))
        else:
            interview.answers[name] = _opened(url, await probe.ask(url))
    return interview, left_out


def _opened(url: str, answer: Body | Failure) -> Answer:
    if isinstance(answer, Failure):
        return Answer(url, status=answer.status or 0, failure=f"{answer.detail.rstrip('.')} [{answer.code}]")
    came_from = answer.url if "#" not in url else url
    return Answer(
        url, content=answer.read(MAX_BYTES), status=answer.status, media_type=answer.media_type(), came_from=came_from
    )
