"""What happens to a feed from one day to the next: a record gone, a record changed, none left, many more.

Edits are made on the bytes of a sample's answers and judged by what the connector itself then reads: an edit counts
only if it did exactly what it was meant to do. Pure, and bounded in tries.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import islice

from microharvest.kit.readers import Unreadable, decode_json
from microharvest.model.offer import encode_offer
from microharvest.testing.contract import Run, Sample, drive

__all__ = ["Variation", "grown"]

Span = tuple[int, int]
MAX_TRIES = 120
SPOILT = 3
_TAG = re.compile(rb"<(/?)([A-Za-z_][\w.:-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*?)(/?)>")


class Variation:
    """The days of a sample, as {place of a response: its bytes}; None where no edit does it."""

    def __init__(self, sample: Sample) -> None:
        self._sample = sample
        run = drive(sample)
        self.keys, self._count = _keys(run), len(run.mapped)

    @cached_property
    def less(self) -> dict[int, bytes] | None:
        """Exactly one live record is gone."""

        def fits(run: Run) -> bool:
            keys = _keys(run)
            return len(keys) == len(self.keys) - 1 and keys.items() <= self.keys.items()

        return self._first(_removals, fits)

    @cached_property
    def changed(self) -> dict[int, bytes] | None:
        """Exactly one record says something else."""

        def fits(run: Run) -> bool:
            keys = _keys(run)
            return keys.keys() == self.keys.keys() and sum(keys[key] != self.keys[key] for key in keys) == 1

        return self._first(_changes, fits)

    @cached_property
    def twice(self) -> dict[int, bytes] | None:
        """A record stands there two times; nothing else differs."""

        def fits(run: Run) -> bool:
            return _keys(run) == self.keys and len(run.mapped) > self._count

        return self._first(_doubles, fits)

    @cached_property
    def multiplied(self) -> int:
        """How many keys a record gets that stands there two times; 0 where it keeps its one."""
        for place, content in _each(self._sample, {}):
            for edited in islice(_doubles(content), MAX_TRIES):
                keys = _keys(drive(self._sample, bodies={place: edited}))
                if len(keys) > len(self.keys):
                    return 1 + len(keys) - len(self.keys)
        return 0

    @cached_property
    def spoilt(self) -> list[dict[int, bytes]]:
        """Some days on which bytes inside one record are broken: it may be lost, the others may not."""
        found: list[dict[int, bytes]] = []
        for place, content in _each(self._sample, {}):
            for edited in _breaks(content):
                keys = _keys(drive(self._sample, bodies={place: edited}))
                if len(self.keys) - 1 <= len(keys.keys() & self.keys.keys()) and keys != self.keys:
                    found.append({place: edited})
                if len(found) >= SPOILT:
                    return found
        return found

    @cached_property
    def none(self) -> dict[int, bytes] | None:
        """No record at all, in documents that are whole."""
        bodies: dict[int, bytes] = {}
        left = dict(self.keys)
        for _ in range(len(self.keys)):
            if not left:
                break
            for place, content in _each(self._sample, bodies):
                taken = False
                for edited in _removals(content):
                    keys = _keys(drive(self._sample, bodies={**bodies, place: edited}))
                    if keys.keys() < left.keys():
                        bodies[place], left, taken = edited, keys, True
                        break
                if taken:
                    break
            else:
                return None
        return bodies if not left else None

    def _first(self, edits: Callable[[bytes], Iterator[bytes]], fits: Callable[[Run], bool]) -> dict[int, bytes] | None:
        tries = 0
        for place, content in _each(self._sample, {}):
            for edited in edits(content):
                tries += 1
                if tries > MAX_TRIES:
                    return None
                if fits(drive(self._sample, bodies={place: edited})):
                    return {place: edited}
        return None


def grown(sample: Sample, url: str, content: bytes, times: int) -> bytes | None:
    """The answer with one of its records repeated; None where none can be found."""
    before = len(drive(sample).mapped)
    place = next((place for place, one in enumerate(sample.responses) if one.url == url), None)
    if place is None:
        return None
    for start, end in _spans(content)[:MAX_TRIES]:
        piece = content[start:end]
        run = drive(sample, bodies={place: content[:end] + piece + content[end:]})
        if len(run.mapped) > before:
            return content[:end] + piece * times + content[end:]
    return None


def _each(sample: Sample, bodies: dict[int, bytes]) -> Iterator[tuple[int, bytes]]:
    for place, response in enumerate(sample.responses):
        if response.status == 200:
            yield place, bodies.get(place, response.content(sample.folder))


def _keys(run: Run) -> dict[str, bytes]:
    """Live records by key, with what was made of them."""
    return {
        each.record.native_id: encode_offer(each.offer)
        for each in run.mapped
        if each.record.native_id is not None and each.offer is not None
    }


def _removals(content: bytes) -> Iterator[bytes]:
    for start, end in _spans(content):
        yield content[:start] + content[end:]


def _doubles(content: bytes) -> Iterator[bytes]:
    for start, end in _spans(content):
        yield content[:end] + content[start:end] + content[end:]


def _breaks(content: bytes) -> Iterator[bytes]:
    """A record that lost bytes in its middle."""
    for start, end in _spans(content)[:MAX_TRIES]:
        middle = (start + end) // 2
        yield content[:middle] + content[min(middle + 3, end) :]


def _changes(content: bytes) -> Iterator[bytes]:
    """A word more in a text: of an element, a JSON string, a cell."""
    for pattern in (
        rb">([^<>]*\w[^<>]*)<",
        rb'":\s*"([^"\\]*\w[^"\\]*)"',
        rb"(?:^|[;,\t\n])([^;,\t\n\"{}<>]*[A-Za-z]{3}[^;,\t\n\"{}<>]*)",
    ):
        for match in re.finditer(pattern, content):
            yield content[: match.end(1)] + b" again" + content[match.end(1) :]


def _spans(content: bytes) -> list[Span]:
    """Where a record may stand, the outermost first: members of JSON lists and objects, elements, lines."""
    start = content.lstrip()[:1]
    if b"\0" in content[:1024]:
        return []
    if start == b"<":
        return sorted(_elements(content), key=lambda span: span[0] - span[1])[1:]
    if start in {b"{", b"["}:
        found = _json_members(content)
        if found:
            return found
    return _lines(content)[0 if start in {b"{", b"["} else 1 :] if b"\n" in content.strip() else []


def _elements(content: bytes) -> Iterator[Span]:
    """Spans of elements that have a sibling of the same name, or parts of their own."""
    opened: list[tuple[bytes, int]] = []
    for match in _TAG.finditer(content):
        closing, name, _, empty = match.groups()
        if closing:
            while opened:
                top, start = opened.pop()
                if top == name:
                    yield start, match.end()
                    break
        elif empty:
            yield match.start(), match.end()
        else:
            opened.append((name, match.start()))


def _json_members(content: bytes) -> list[Span]:
    """Spans of the objects inside a JSON list or object, each with one comma; none where it is no JSON."""
    try:
        decode_json(content)
    except Unreadable:
        return []
    spans: list[Span] = []
    depth_at: list[int] = []
    text, position, inside = content, 0, False
    while position < len(text):
        sign = text[position : position + 1]
        if inside:
            position += 1 if sign != b"\\" else 2
            inside = sign != b'"'
            continue
        inside = sign == b'"'
        if sign == b"{":
            depth_at.append(position)
        elif sign == b"}" and depth_at:
            spans.append(_with_comma(text, depth_at.pop(), position + 1))
        position += 1
    return sorted(spans, key=lambda span: span[0] - span[1])


def _with_comma(text: bytes, start: int, end: int) -> Span:
    """A member together with its key, if it has one, and the comma that parts it from a neighbour."""
    key = re.search(rb'"(?:[^"\\]|\\.)*"\s*:\s*\Z', text[max(0, start - 300) : start])
    if key:
        start -= len(key[0])
    after = re.match(rb"\s*,", text[end:])
    if after:
        return start, end + len(after[0])
    before = re.search(rb",\s*\Z", text[:start])
    return (start - len(before[0]), end) if before else (start, end)


def _lines(content: bytes) -> list[Span]:
    spans: list[Span] = []
    place = 0
    for line in content.splitlines(keepends=True):
        if line.strip():
            spans.append((place, place + len(line)))
        place += len(line)
    return spans
