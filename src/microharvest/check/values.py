"""Values by their path: of a mapped offer, and of a record as its feed writes it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from microharvest.kit.record import Record

__all__ = ["Value", "document_values", "offer_values", "parts_of", "record_values"]

MAX_VALUES = 2_000
MAX_CHARS = 20_000
"""Of one value: a rule that needs more to make up its mind is not one of ours."""


class Value(NamedTuple):
    """A text and where it stands: its path, and its line where one is known."""

    text: str
    path: str
    line: int | None = None


def offer_values(offer: Any, path: str) -> list[Value]:
    """The values at a path of an offer as JSON: `a.b`, lists are transparent, `*` is any key; `a | b` is both."""
    defaults = {name for name, basis in offer.get("basis", {}).items() if basis == "default"} if offer else set()
    found: list[Value] = []
    for one in path.split("|"):
        steps = one.strip().split(".")
        if steps[0] not in defaults:
            found += _walk(offer, steps, steps[0])
    return found[:MAX_VALUES]


def _walk(node: Any, steps: list[str], place: str) -> Iterator[Value]:
    if isinstance(node, list):
        for member in node:
            yield from _walk(member, steps, place)
    elif not steps:
        yield from _leaves(node, place)
    elif isinstance(node, dict):
        step, rest = steps[0], steps[1:]
        for key in node if step == "*" else (step,):
            if key in node:
                yield from _walk(node[key], rest, place)


def _leaves(node: Any, place: str) -> Iterator[Value]:
    if isinstance(node, dict):
        if node:
            yield Value("…", place)  # something is there: enough for presence
    elif node is not None and node != "":
        yield Value(str(node)[:MAX_CHARS], place)


def parts_of(record: Record, path: str) -> list[Record]:
    """The parts of a record that a path of names leads to (`course/presentation`); an empty path is the record."""
    here = [record]
    for step in path.split("/") if path else ():
        here = [part for one in here for part in one.each(step)][:MAX_VALUES]
    return here


def record_values(record: Record, path: str) -> list[Value]:
    """The texts at a path of a record's own names; `a | b` is both; `*` at the end is any name. A part that holds
    others and no text of its own counts with all text inside."""
    found: list[Value] = []
    for one in path.split("|"):
        above, _, last = one.strip().rpartition("/")
        for part in parts_of(record, above):
            for name in part.names() if last == "*" else (last,):
                found += _texts(part, name)
    return found[:MAX_VALUES]


def _texts(part: Record, name: str) -> Iterator[Value]:
    if name.startswith("@"):  # attributes in XML, keys such as @type in JSON
        for said in part.texts(name):
            yield Value(said.value[:MAX_CHARS], said.path, part.line)
        return
    for member in part.each(name):
        whole = member.own() or member.whole()
        text = whole.value if whole else "…" if member.names() else ""
        if text:
            yield Value(text[:MAX_CHARS], member.path, member.line)


def document_values(document: dict[str, Any] | None, path: str) -> list[Value]:
    """The values of the document's root: tag, namespace, attributes."""
    return list(_walk(document or {}, path.split("."), path.replace("attributes.", "@")))
