"""JSON of any size, one member of a list at a time: cut apart here by its brackets, decoded strictly by msgspec.

What must stay true: a number is never changed (orjson makes a float of 2^64) and no document crashes the parser (ijson
does); memory is bounded by the largest member; a member that is not JSON is told as such while the others stand,
and whether its neighbours can still be trusted to be whole is told too.
"""

from __future__ import annotations

import codecs
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, NamedTuple, cast

from microharvest.kit.readers.answer import Unreadable
from microharvest.kit.readers.json import ABSENT, decode_json
from microharvest.model.idmap import IdMap
from microharvest.model.ids import id_hash

__all__ = ["Member", "MemberList", "open_utf8", "repeats_keys"]

MAX_MEMBER_BYTES = 64 * 1024 * 1024
MAX_REST_BYTES = 4 * 1024 * 1024
_STEP = 64 * 1024
_IN_MEMORY = 4 * 1024 * 1024
_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_BRACKET = re.compile(rb'(?:%s|[^"\[\]{}]++)*+([\[\]{}])' % _STRING, re.S)
_SCALAR = re.compile(rb"[^\s,:\[\]{}\"]+")
_WHOLE_STRING = re.compile(_STRING, re.S)
_KEY = re.compile(rb"%s\s*+(:?)" % _STRING, re.S)
_TOKEN = re.compile(rb'\s*+(?:(?P<value>%s|[^\s,:\[\]{}"]++)|(?P<open>[\[{])|(?P<close>[\]}])|[,:])' % _STRING, re.S)
_SPACE = re.compile(rb"[ \t\r\n]*+")
_CLOSING = {b"[": b"]", b"{": b"}"}


class Member(NamedTuple):
    """One member. `key`: its name, where the selection is an object read by its keys. `value` is ABSENT where
    `content` is no JSON: `problem` says why, and `framed` whether its ends are beyond doubt all the same."""

    key: str | None
    value: Any
    content: bytes
    problem: str = ""
    framed: bool = True


class MemberList:
    """The members of the list at a dotted path (list positions as numbers; a name that holds dots itself is found
    too), or with `keyed` of an object; anything else there is one member. `stream` is UTF-8.

    Iterate it once. `found` says whether there was something at the path, `is_list` whether a list. Afterwards `rest`
    holds what stands beside the selection (up to 4 MiB of it), by the same path, and `repeated` the names that an
    object on the way to it has twice.
    """

    def __init__(self, stream: BinaryIO, select: str = "", *, keyed: bool = False) -> None:
        self.rest: Any = {}
        self.repeated: list[str] = []
        self.found = False
        self.is_list = False
        self._scan = _Scanner(stream)
        self._rest_bytes = MAX_REST_BYTES
        self._path = select.split(".") if select else []
        self._keyed = keyed

    def __iter__(self) -> Iterator[Member]:
        """Raises Unreadable: source.cut (it ends too early), source.protocol (its skeleton is no JSON, or something
        follows it), source.too_large (a member over 64 MiB)."""
        yield from self._at(self._path, self.rest)
        if self._scan.peek():
            raise self._scan.unexpected()

    def _at(self, path: list[str], rest: dict[str, Any]) -> Iterator[Member]:
        here = self._scan.peek()
        if not path:
            self.found = True
            self.is_list = here == b"["
            if here == b"[":
                yield from (_member(None, self._scan.value()) for _ in self._scan.elements())
            elif here == b"{" and self._keyed:
                yield from (_member(key, self._scan.value()) for key in self._keys())
            else:
                yield _member(None, self._scan.value())
        elif here == b"{":
            for key in self._keys():
                if not self.found and key in (path[0], ".".join(path)):
                    inner = rest.setdefault(key, {})
                    yield from self._at(path[1:] if key == path[0] else [], inner)
                else:
                    self._skip(key, rest)
        elif here == b"[" and path[0].isdecimal():
            for index in self._scan.elements():
                if index == int(path[0]):
                    yield from self._at(path[1:], rest)
                else:
                    self._scan.value()
        else:
            self._scan.value()

    def _keys(self) -> Iterator[str]:
        seen = IdMap()  # by hash: an object may have millions of names
        for number, key in enumerate(self._scan.names()):
            if seen.setdefault(id_hash(key), number) != number and len(self.repeated) < 10:
                self.repeated.append(key)
            yield key

    def _skip(self, key: str, rest: dict[str, Any]) -> None:
        content = self._scan.value()
        if len(content) <= self._rest_bytes:
            self._rest_bytes -= len(content) + len(key)
            rest[key] = decode_json(content)


@contextmanager
def open_utf8(stream: BinaryIO) -> Iterator[BinaryIO]:
    """The stream behind its UTF-8 byte order mark; UTF-16 and UTF-32 are written anew. Raises source.encoding."""
    head = stream.read(4)
    stream.seek(3 if head.startswith(codecs.BOM_UTF8) else 0)
    wide = {codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32"}.get(head)
    wide = wide or {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}.get(head[:2])
    if wide is None:
        yield stream
        return
    decoder = codecs.getincrementaldecoder(wide)()
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as plain:
        try:
            while chunk := stream.read(_STEP):
                plain.write(decoder.decode(chunk).encode())
            plain.write(decoder.decode(b"", final=True).encode())
        except UnicodeError as error:
            raise Unreadable("source.encoding", f"The file is not {wide}: {error}"[:200]) from None
        plain.seek(0)
        yield cast(BinaryIO, plain)


def repeats_keys(value: Any, content: bytes) -> bool:
    """Whether an object in `content`, whose value this is, names a key twice: parsers keep the last one silently."""
    return sum(1 for colon in _KEY.findall(content) if colon) != _count_keys(value)


def _count_keys(value: Any) -> int:
    count = 0
    pending = [value]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            count += len(part)
            pending.extend(one for one in part.values() if isinstance(one, dict | list))
        elif isinstance(part, list):
            pending.extend(one for one in part if isinstance(one, dict | list))
    return count


def _member(key: str | None, content: bytes) -> Member:
    try:
        return Member(key, decode_json(content), content)
    except Unreadable as error:
        return Member(key, ABSENT, content, error.detail, _is_framed(content))


def _is_framed(content: bytes) -> bool:
    """Do brackets and quotes of this text pair, whatever else is wrong? If not, what lies behind it is in doubt."""
    closing: list[bytes] = []
    position, after_value = 0, False
    while position < len(content):
        token = _TOKEN.match(content, position)
        if token is None:
            return not content[position:].strip()
        if token["value"] and (after_value or b"\n" in token["value"]):
            return False
        if token["open"]:
            closing.append(_CLOSING[token["open"]])
        elif token["close"] and (not closing or closing.pop() != token["close"]):
            return False
        after_value = bool(token["value"])
        position = token.end()
    return not closing


class _Scanner:
    """A cursor over the bytes of one JSON text. Values are cut out, never looked into."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._buffer = b""
        self._at = 0
        self._before = 0

    def peek(self) -> bytes:
        """The next byte that is no white space; empty at the end."""
        while True:
            self._at = _SPACE.match(self._buffer, self._at).end()  # type: ignore[union-attr]  # matches always
            if self._at < len(self._buffer) or not self._more():
                return self._buffer[self._at : self._at + 1]

    def unexpected(self) -> Unreadable:
        """What to raise for what stands here."""
        if not self.peek():
            return Unreadable("source.cut", "The JSON ends too early.")
        return Unreadable("source.protocol", f"JSON is malformed at byte {self._before + self._at}.")

    def elements(self) -> Iterator[int]:
        """Stands at a list; yields before each of its values, which is to be consumed."""
        return (index for index, _ in enumerate(self._parts(b"]")))

    def names(self) -> Iterator[str]:
        """Stands at an object; yields the name of each of its values, which is to be consumed."""
        for _ in self._parts(b"}"):
            if self.peek() != b'"':
                raise self.unexpected()
            key = decode_json(self.value())
            self._expect(b":")
            yield key

    def _parts(self, closing: bytes) -> Iterator[None]:
        self._at += 1
        if self.peek() != closing:
            while True:
                yield None
                if self.peek() != b",":
                    break
                self._at += 1
        self._expect(closing)

    def _expect(self, byte: bytes) -> None:
        if self.peek() != byte:
            raise self.unexpected()
        self._at += 1

    def value(self) -> bytes:
        """The bytes of the value that stands here."""
        here = self.peek()
        if here in (b"[", b"{"):
            return self._container()
        pattern = _WHOLE_STRING if here == b'"' else _SCALAR
        while True:
            found = pattern.match(self._buffer, self._at)
            if found is not None and (here == b'"' or found.end() < len(self._buffer)):
                break
            if not self._more():
                if found is None or here == b'"':
                    raise self.unexpected() if here != b'"' else Unreadable("source.cut", "The JSON ends too early.")
                break
        self._at = found.end()
        return found[0]

    def _container(self) -> bytes:
        start_to_end = depth = 0
        while True:
            found = _BRACKET.match(self._buffer, self._at + start_to_end)
            if found is None:
                if not self._more():
                    raise Unreadable("source.cut", "The JSON ends too early.")
                continue
            start_to_end = found.end() - self._at
            depth += 1 if found[1] in b"[{" else -1
            if depth == 0:
                content = self._buffer[self._at : self._at + start_to_end]
                self._at += start_to_end
                return content

    def _more(self) -> bool:
        """Read on, as much as is held already, so that a long value is not scanned again for every few bytes."""
        held = len(self._buffer) - self._at
        if held > MAX_MEMBER_BYTES:
            raise Unreadable("source.too_large", f"One member of the JSON has more than {MAX_MEMBER_BYTES} bytes.")
        chunk = self._stream.read(max(_STEP, held))
        self._before += self._at
        self._buffer = self._buffer[self._at :] + chunk
        self._at = 0
        return bool(chunk)
