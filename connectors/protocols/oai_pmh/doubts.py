"""Signs that a readable answer is not the whole answer to its question. Pure.

What must stay true: a doubt never costs a record and never ends a run; it only takes from the answer the power to
prove that something is absent, until a second run says the same. A page that a cache or proxy mixed up, or that lost
bytes and became well formed again, looks whole: what it says of itself (`<request>`, OAI-PMH 2.0 §3.2) is the one
thing that gives it away.
"""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

from microharvest.connectors.protocols.oai_pmh.page import Envelope  # found by a path hook

from microharvest.kit import Finding, Request

__all__ = ["doubts", "tells_something_else"]

_ECHOED = ("verb", "metadataPrefix", "set", "identifier")
_DAY = len("2026-01-01")  # servers add and drop the time of day


def doubts(envelope: Envelope, request: Request) -> tuple[Finding, ...]:
    """What speaks against taking this list answer as proof of what is absent; nothing for a clean one."""
    found = []
    other = _other_question(envelope.asked, dict(parse_qsl(urlsplit(request.url).query)))
    if other:
        found.append(Finding(code="feed.other_answer", detail=other[:200]))
    if envelope.strays:
        found.append(Finding(code="feed.stray_element", detail=", ".join(envelope.strays)[:200]))
    return tuple(found)


def tells_something_else(envelope: Envelope, count: int) -> str:
    """A sentence where a list holds something and no record: a message for people is no empty list."""
    strays = ", ".join(envelope.strays)[:200]
    return f"The list holds {strays} and no record." if strays and not count and not envelope.token else ""


def _other_question(said: dict[str, str], asked: dict[str, str]) -> str:
    """Where `<request>` contradicts what was asked. A server that leaves attributes out, or adds some, does not."""
    for name in _ECHOED:
        if name in said and name in asked and said[name].strip() != asked[name]:
            return f"{name}: asked {asked[name]!r}, answered {said[name]!r}"
    for name in ("from", "until"):
        if name in said and name in asked and said[name].strip()[:_DAY] != asked[name][:_DAY]:
            return f"{name}: asked {asked[name]!r}, answered {said[name]!r}"
    token, answered = unquote(asked.get("resumptionToken", "")), unquote(said.get("resumptionToken", "").strip())
    if answered and not (token.startswith(answered) or answered.startswith(token or "\x00")):
        return f"resumptionToken: asked {token!r}, answered {answered!r}"
    return ""
