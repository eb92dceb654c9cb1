"""What BASE's validator asks of the Dublin Core records a repository gives: pure functions over its answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from microharvest.check.endpoint.answers import Interview
from microharvest.check.report import Place
from microharvest.kit.readers import local_name
from microharvest.map.normalise.language import languages
from microharvest.telemetry import redact

__all__ = ["DUBLIN"]

MINIMAL = ("identifier", "title", "date", "type", "creator")
DC = "http://purl.org/dc/elements/1.1"
_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?)?)?", re.ASCII)
_TWICE = re.compile(
    "[\u00c2\u00c3][\u0080-\u00bf]|\u00e2\u20ac[\u0153\u2122\u201c\u201d\u0161]|\u00e2[\u0080-\u00bf]{2}"
)
"""UTF-8 read as Latin-1 or Windows-1252 and written as UTF-8 again."""


class _Item(NamedTuple):
    """A Dublin Core record: where it came from and its elements' texts."""

    url: str
    identifier: str
    said: dict[str, list[str]]


def _items(given: Interview) -> list[_Item]:
    found: dict[str, _Item] = {}
    for answer in (*given.pages, *(one for name in ("records", "record") if (one := given.get(name)))):
        for head in answer.headers:
            payload = next(iter(head.metadata), None) if head.metadata is not None else None
            if payload is None or local_name(payload.tag) != "dc" or head.identifier in found:
                continue
            said: dict[str, list[str]] = {}
            for one in payload:
                if str(one.tag).startswith(f"{{{DC}"):
                    said.setdefault(local_name(one.tag), []).append("".join(one.itertext()).strip())
            found[head.identifier] = _Item(answer.url, head.identifier, said)
    return list(found.values())


def _wrong(given: Interview, test: Callable[[_Item], str], name: str = "") -> list[Place] | None:
    items = [one for one in _items(given) if not name or one.said.get(name)]
    if not items:
        return None
    return [
        Place(url=redact(one.url), record=one.identifier, value=wrong[:200]) for one in items if (wrong := test(one))
    ]


def dc_minimal(given: Interview) -> list[Place] | None:
    return _wrong(given, lambda one: ", ".join(name for name in MINIMAL if not any(one.said.get(name, ()))))


def dc_date(given: Interview) -> list[Place] | None:
    return _wrong(given, lambda one: next((text for text in one.said["date"] if not _DATE.fullmatch(text)), ""), "date")


def dc_language(given: Interview) -> list[Place] | None:
    def test(one: _Item) -> str:
        coded = [text for text in one.said["language"] if not (len(text) < 9 and languages(text, None).value)]
        return coded[0] if coded else ""

    return _wrong(given, test, "language")


def dc_address(given: Interview) -> list[Place] | None:
    def addresses(one: _Item) -> list[str]:
        return [text for text in one.said.get("identifier", ()) if re.match(r"https?://[^\s/]+\.", text)]

    without = _wrong(given, lambda one: "" if addresses(one) else ", ".join(one.said.get("identifier", ["none"])))
    items = _items(given)
    if without or without is None or len(items) < 2:
        return without
    shared = set.intersection(*(set(addresses(one)) for one in items))
    if shared and all(set(addresses(one)) <= shared for one in items):
        return [Place(url=redact(items[0].url), record=items[0].identifier, value=f"all records have {min(shared)}")]
    return []


def encoded_once(given: Interview) -> list[Place] | None:
    return _wrong(
        given, lambda one: next((text for texts in one.said.values() for text in texts if _TWICE.search(text)), "")
    )


DUBLIN: dict[str, Callable[[Interview], list[Place] | None]] = {
    one.__name__: one for one in (dc_minimal, dc_date, dc_language, dc_address, encoded_once)
}
