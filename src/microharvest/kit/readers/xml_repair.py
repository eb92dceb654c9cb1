"""The named repairs of XML that is not well formed: `sanitise` the text, then `cut` single records out of it.

Nothing is guessed here: sanitising removes what XML forbids and replaces what HTML defines, and cutting gives up a
broken record as a whole. Neither invents an end: a document without its closing root is cut, and stays refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import html5
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from microharvest.kit.readers.answer import Unreadable
from microharvest.kit.readers.encoding import CP1252_PER_BYTE
from microharvest.kit.readers.xml import read_tree

__all__ = ["CutList", "Piece", "cut_list", "ends_with_root", "sanitise"]

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OPAQUE = (("<![CDATA[", "]]>"), ("<!--", "-->"))
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_AMPERSAND = re.compile(r"&(?!#)(?![A-Za-z][A-Za-z0-9]{0,31};)([A-Za-z][A-Za-z0-9]{0,31})?")
_CHARACTER = re.compile(r"&#(?:[xX]([0-9A-Fa-f]{1,8})|([0-9]{1,10}));")
_INLINE_DECLARATION = re.compile(r"<\?xml\s[^<>]{0,500}\?>")
_DECLARED = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_PREFIX = r"(?:[A-Za-z_][\w.-]*:)?"


def ends_with_root(tail: bytes, root: str) -> bool:
    """Does the closing tag of `root` (a local name, any prefix) stand in these last bytes?"""
    pattern = rf"</{_PREFIX}{re.escape(root)}\s*>".encode()
    return re.search(pattern, tail.replace(b"\x00", b"")) is not None


def sanitise(content: bytes, root: str) -> tuple[bytes, str]:
    """(UTF-8 without declaration from the root's start to its end, the names of what was done).

    Repairs: `junk` around the root cut off, bytes that are not UTF-8 read as Windows-1252 (`bytes`), control
    characters XML forbids removed (`characters`), HTML's named entities replaced (`entities`), an ampersand that begins
    none written as one (`ampersands`), XML declarations in the middle removed (`declarations`), `xsi` declared where
    nobody did (`prefix`). CDATA is left as it is but for `characters`.
    Raises Unreadable: source.cut (no closing root), source.protocol (no root, two of them, a DOCTYPE).
    """
    done: list[str] = []
    text = _decode(content, done)
    name = rf"{_PREFIX}{re.escape(root)}"
    first = re.search(rf"<{name}(?=[\s>/])", text)
    if first is None:
        raise Unreadable("source.protocol", f"There is no element {root}.")
    if "<!DOCTYPE" in text[: first.start()].upper():
        raise Unreadable("source.protocol", "The document has a DOCTYPE, which is refused.")
    ends = list(re.finditer(rf"</{name}\s*>", text))
    if not ends:
        raise Unreadable("source.cut", f"The document ends before its element {root} does.")
    body = text[first.start() : ends[-1].end()]
    if re.search(rf"<{name}(?=[\s>/])", body[1:]):
        raise Unreadable("source.protocol", f"There is more than one element {root}.")
    before, after = text[: first.start()], text[ends[-1].end() :]
    if after.strip() or not re.fullmatch(r"(<\?[^>]*\?>\s*)*", before):
        done.append("junk")
    if " xsi:" in body and "xmlns:xsi" not in body:
        done.append("prefix")  # it says where schemas are, of which none is read (OPUS4#427)
        body = re.sub(rf"(?<=^<)({name})", r'\1 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"', body)
    return _clean(body, done).encode(), ", ".join(done)


def _decode(content: bytes, done: list[str]) -> str:
    declared = _DECLARED.search(content[:1024])
    codec = declared[1].decode() if declared else "utf-8"
    if codec.lower().replace("_", "-").startswith(("utf-16", "utf16", "utf-32", "utf32", "ucs", "iso-10646")):
        codec = "utf-8"  # a declaration that can be read byte by byte is no such thing
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        codec = "utf-16"
    elif content.startswith(b"\xef\xbb\xbf"):
        codec = "utf-8"
    try:
        return content.decode("utf-8-sig" if codec.lower() in {"utf-8", "utf8"} else codec)
    except (UnicodeDecodeError, LookupError):
        done.append("bytes")
        return content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", CP1252_PER_BYTE)


def _clean(body: str, done: list[str]) -> str:
    without = _ILLEGAL.sub("", body)
    if without != body:
        done.append("characters")
    pieces: list[str] = []
    position = 0
    for start, end in _opaque_spans(without):
        pieces += (_clean_markup(without[position:start], done), without[start:end])
        position = end
    pieces.append(_clean_markup(without[position:], done))
    return "".join(pieces)


def _opaque_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where CDATA and comments stand. Linear: a kind that once has no end is not looked for again."""
    position = 0
    nearest = {kind: text.find(kind[0]) for kind in _OPAQUE}
    while True:
        found = [(start, kind) for kind, start in nearest.items() if start >= 0]
        if not found:
            return
        start, kind = min(found)
        end = text.find(kind[1], start + len(kind[0]))
        if end < 0:
            nearest[kind] = -1
            continue
        position = end + len(kind[1])
        yield start, position
        for other, known in nearest.items():
            if 0 <= known < position:
                nearest[other] = text.find(other[0], position)


def _mask(text: str) -> str:
    pieces: list[str] = []
    position = 0
    for start, end in _opaque_spans(text):
        pieces += (text[position:start], "x" * (end - start))
        position = end
    pieces.append(text[position:])
    return "".join(pieces)


def _clean_markup(text: str, done: list[str]) -> str:
    for name, pattern, replace in (
        ("declarations", _INLINE_DECLARATION, lambda _: ""),
        ("entities", _ENTITY, _entity),
        ("ampersands", _AMPERSAND, _ampersand),
        ("characters", _CHARACTER, _character),
    ):
        changed = pattern.sub(replace, text)
        if changed != text and name not in done:
            done.append(name)
        text = changed
    return text


def _entity(match: re.Match[str]) -> str:
    if match[1] in _XML_ENTITIES:
        return match[0]
    known = html5.get(match[1] + ";")
    return match[0] if known is None else escape(known, {'"': "&quot;"})


def _ampersand(match: re.Match[str]) -> str:
    """`R & D`, `?a=1&b=2`; what HTML would read as a character without its semicolon (`&copy=2`) stays an error."""
    name = match[1] or ""
    doubtful = any(name[:length] in html5 for length in range(2, len(name) + 1))
    return match[0] if doubtful else f"&amp;{name}"


def _character(match: re.Match[str]) -> str:
    number = int(match[1], 16) if match[1] else int(match[2])
    legal = number <= 0x10FFFF and not _ILLEGAL.match(chr(number))
    return match[0] if legal else ""


class Piece(NamedTuple):
    """One record cut out by its bytes: the element inside its envelope, or None and why; `content` as it was."""

    element: Any
    detail: str
    content: bytes


class CutList(NamedTuple):
    """A list whose records were cut apart: `root` is the envelope with everything but the records."""

    root: Any
    pieces: Iterator[Piece]


def cut_list(clean: bytes, *, listing: tuple[str, ...], record: str, opening: str) -> CutList:
    """Records cut out of sanitised bytes by their tags and parsed strictly, each inside a copy of its envelope.

    `listing`: local names of the element around the records; `record` its records, which start with a child
    `opening` (so that a record within a record is none). Raises Unreadable source.protocol where the envelope
    itself is broken: then nobody knows how the list goes on.
    """
    text = clean.decode()
    masked = _mask(text)
    inside = re.search(rf"<{_PREFIX}(?:{'|'.join(listing)})(?:\s[^<>]{{0,20000}})?(?<!/)>", masked)
    starts = [
        one.start()
        for one in re.finditer(
            rf"<{_PREFIX}{record}(?:\s[^<>]{{0,2000}})?>\s{{0,2000}}<{_PREFIX}{opening}[\s>/]", masked
        )
    ]
    if inside is None or not starts or starts[0] < inside.end():
        raise Unreadable("source.protocol", "The records cannot be told apart.")
    ends: list[int] = []
    for number, start in enumerate(starts):
        limit = starts[number + 1] if number + 1 < len(starts) else len(masked)
        closing = [one.end() for one in re.finditer(rf"</{_PREFIX}{record}\s*>", masked[start:limit])]
        if not closing:
            raise Unreadable("source.protocol", "A record has no end.")
        ends.append(start + closing[-1])
    closing_tags = "".join(f"</{name}>" for name in reversed(_open_tags(masked[: inside.end()])))
    head = text[: inside.end()]
    root = read_tree((text[: starts[0]] + text[ends[-1] :]).encode())
    return CutList(root, _pieces(text, head, closing_tags, record, list(zip(starts, ends, strict=True))))


def _open_tags(head: str) -> list[str]:
    names: list[str] = []
    for closing, name, empty in re.findall(r"<(/?)([A-Za-z_][\w.:-]*)[^>]*?(/?)>", head):
        if closing and names:
            names.pop()
        elif not closing and not empty:
            names.append(name)
    return names


def _pieces(text: str, head: str, closing: str, record: str, spans: list[tuple[int, int]]) -> Iterator[Piece]:
    for start, end in spans:
        content = text[start:end]
        try:
            tree = read_tree(f"{head}{content}{closing}".encode())
        except Unreadable as error:
            yield Piece(None, error.detail, content.encode())
            continue
        found = [one for one in tree.iterdescendants(f"{{*}}{record}") if one.getparent().getparent() is tree]
        if len(found) == 1:
            yield Piece(found[0], "", content.encode())
        else:
            yield Piece(None, f"{len(found)} records in one.", content.encode())
