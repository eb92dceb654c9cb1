"""HTML pages, read for three things only: JSON-LD script blocks, the language, and links.

The standard library's parser, no tree.
"""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any, NamedTuple

from microharvest.kit.readers.answer import Unreadable
from microharvest.kit.readers.json import decode_json

__all__ = ["Block", "has_course_markup", "json_ld_blocks", "page_language", "page_links", "read_block"]

_BEFORE = re.compile(r"//\s{0,9}<!\[CDATA\[|/\*\s{0,9}<!\[CDATA\[\s{0,9}\*/|<!\[CDATA\[|<!--")
_AFTER = re.compile(r"(?://\s{0,9}\]\]>|/\*\s{0,9}\]\]>\s{0,9}\*/|\]\]>|//\s{0,9}-->|-->)\Z")
_WRAPPER_CHARS = 40
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.S)
_CONTROL = re.compile(r"[\x00-\x1f]")
_COURSE_MARKUP = re.compile(
    r"\b(?:itemtype|typeof)\s{0,9}=\s{0,9}[\"'][^\"'<>]{0,300}?(?:schema\.org/|schema:|(?<=[\"'\s]))"
    r"(?:Course|CourseInstance|EducationalOccupationalProgram)(?=[\"'\s])",
    re.IGNORECASE,
)
_HEAD_CHARS = 16 * 1024
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")


class Block(NamedTuple):
    """One <script type="application/ld+json">: its text, and whether its end tag was there."""

    text: str
    closed: bool


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self.links: list[str] = []
        self.base: str | None = None
        self.language: str | None = None
        self._text: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in reversed(attrs)}  # the first of two equal attributes counts
        if tag == "script":
            media_type = named.get("type", "").partition(";")[0].strip().lower()
            self._text = [] if media_type == "application/ld+json" else None
        elif tag == "a" and named.get("href"):
            self.links.append(named["href"])
        elif tag == "html" and self.language is None:
            said = (named.get("lang") or named.get("xml:lang") or "").strip().replace("_", "-")
            self.language = said if _LANGUAGE.fullmatch(said) else None
        elif tag == "base" and self.base is None:
            self.base = named.get("href")

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self.end_block(closed=True)

    def end_block(self, *, closed: bool) -> None:
        if self._text is not None:
            self.blocks.append(Block("".join(self._text), closed))
            self._text = None


def has_course_markup(page: str) -> bool:
    """Whether a page describes a course in its markup (microdata, RDFa), which is not read."""
    return _COURSE_MARKUP.search(page) is not None


def json_ld_blocks(page: str) -> list[Block]:
    """Every JSON-LD block of a page in document order; one that the page's end cuts off has `closed=False`."""
    parsed = _parse(page)
    parsed.end_block(closed=False)
    return parsed.blocks


def page_language(page: str) -> str | None:
    """The language <html lang> declares, in the form of BCP 47; None where there is none, or it is no such tag."""
    return _parse(page[:_HEAD_CHARS]).language


def page_links(page: str) -> tuple[list[str], str | None]:
    """(the href of every <a> in document order, the href of <base> or None), as written."""
    parsed = _parse(page)
    return parsed.links, parsed.base


def read_block(text: str) -> tuple[Any, str]:
    """(the value of a JSON-LD block, the name of the repair it took, empty for none).

    Repairs, each tried only after strict reading failed: `controls` (raw line breaks and tabs in strings escaped),
    `commas` (one before a closing bracket removed), `entities` (the block was HTML-escaped as a whole). A byte order
    mark, CDATA and comment wrappers are no repair. Raises Unreadable.
    """
    text = _unwrap(text)
    attempts = [(text, "")]
    escaped = _STRING.sub(lambda match: _CONTROL.sub(_escape, match[0]), text)
    attempts.append((escaped, "controls"))
    attempts.append((_outside_strings(escaped), "commas"))
    if "&quot;" in text or "&#34;" in text:
        attempts.append((_unwrap(unescape(text)), "entities"))
    first: Unreadable | None = None
    for attempt, repair in attempts:
        try:
            return decode_json(attempt.encode("utf-8", "surrogatepass")), repair
        except Unreadable as error:
            first = first or error
    assert first is not None
    raise first


def _unwrap(text: str) -> str:
    """Without white space, CDATA marks and comment marks at both ends."""
    while True:
        text = text.strip().removeprefix("\ufeff").strip()
        before = _BEFORE.match(text)
        after = _AFTER.search(text, max(0, len(text) - _WRAPPER_CHARS))
        if not before and not after:
            return text
        text = text[before.end() if before else 0 : after.start() if after else None]


def _parse(page: str) -> _Page:
    """Linear in the length of the page: the parser looks for the end of every tag from each one that has none."""
    parsed = _Page()
    parsed.feed(page[: page.rfind(">") + 1])
    parsed.close()
    return parsed


def _escape(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _outside_strings(text: str) -> str:
    pieces: list[str] = []
    position = 0
    for string in _STRING.finditer(text):
        pieces += (text[position : string.start()], string[0])
        position = string.end()
    pieces.append(text[position:])
    # Every second piece is a string; a comma and its bracket never have one between them.
    pieces[::2] = [_TRAILING_COMMA.sub(r"\1", piece) for piece in pieces[::2]]
    return "".join(pieces)
