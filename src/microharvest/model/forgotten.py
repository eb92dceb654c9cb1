"""Recognising what must be forgotten without keeping it. Pure.

A forgotten value is kept as a keyed hash over its words: compatibility forms and case folded, marks dropped, order
ignored ("Doe, Jane" is "Jane Doe"). A text is searched by hashing every run of as many words. Words are found through
the escapes of JSON, XML and URLs, across the tags of XML and the members of JSON; names of tags and keys are
never touched, so that what is erased from stays readable.

What this cannot do: find a value that is spelt otherwise (transliterated, abbreviated, within an image or an encoded
block), or hide from somebody who has the store whether a certain value is in the list: he can hash it, too.
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import unquote

import msgspec

__all__ = ["ERASED", "Forgotten", "Rule", "record_rule", "value_rule", "words_of"]

ERASED = "[erased]"
"""What stands where a word was."""

_WORD = re.compile(
    r"\\[\"\\/bfnrt]|((?:\\u[0-9a-fA-F]{4}|&#[xX]?[0-9A-Fa-f]{1,7};|&[A-Za-z]{2,8};|%[0-9A-Fa-f]{2}|\w)+)"
)
_PLAIN = re.compile(r"[^\W_]+")
_ESCAPE = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"(?=\s*(:)?)')
_TAG = re.compile(r"<(?!!\[CDATA\[)[^<>]*>")
_ATTRIBUTE = re.compile(r"""=\s*(?:"([^"]*)"|'([^']*)')""")
_CACHED = 200_000
_SHORT = 100
"""Characters of a text that may be remembered as clean: names of sources, codes and times stand in many rows."""

Word = tuple[str, int, int]
"""A normalised word and where it stands."""

View = list[tuple[str, int]]
"""Pieces of a text that may be read one after the other, and where they stand."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One thing forgotten: a value of `words` words, or a record (`words` 0)."""

    digest: str
    salt: str
    words: int = 0


def words_of(text: str) -> list[str]:
    """The normalised words of a text."""
    return [word for word, _, _ in _words(text, 0)]


def value_rule(value: str, salt: str) -> Rule:
    """The rule for a value."""
    words = words_of(value)
    return Rule(digest=_digest(salt, " ".join(sorted(words))), salt=salt, words=len(words))


def record_rule(source: str, native_id: str, salt: str) -> Rule:
    """The rule for a record."""
    return Rule(digest=_digest(salt, f"\x1e{source}\x1f{native_id}"), salt=salt)


class Forgotten:
    """All rules of a store. False where there are none.

    `values`: what is being forgotten, as far as it is known now. Where every rule's value is (the first erasures of a
    store), a text without any of its words is not looked into: nineteen in twenty.
    """

    def __init__(self, rules: Iterable[Rule], values: Iterable[str] = ()) -> None:
        self.rules = tuple(rules)
        words = {value_rule(value, rule.salt).digest: words_of(value) for value in values for rule in self.rules[:1]}
        known = all(rule.digest in words for rule in self.rules if rule.words)
        self._sought: list[list[str]] | None = list(words.values()) if known else None
        self._values: dict[tuple[str, int], set[str]] = {}
        self._records: dict[str, set[str]] = {}
        self._clean: dict[tuple[str, int], set[tuple[str, ...]]] = {}
        self._spotless: set[str] = set()
        for rule in self.rules:
            if rule.words:
                self._values.setdefault((rule.salt, rule.words), set()).add(rule.digest)
            else:
                self._records.setdefault(rule.salt, set()).add(rule.digest)
        self._least = min((words for _, words in self._values), default=0)

    def __bool__(self) -> bool:
        return bool(self.rules)

    def is_record(self, source: str, native_id: str) -> bool:
        """True for a record that must not come back."""
        return any(record_rule(source, native_id, salt).digest in digests for salt, digests in self._records.items())

    def mark_of(self, source: str, native_id: str) -> str:
        """What stands for the id of a forgotten record: the same for the same record, always."""
        return f"forgotten~{record_rule(source, native_id, self.rules[0].salt).digest[:16]}"

    def native_id(self, native_id: str) -> str:
        """The id without forgotten values, still one of its own; the same for the same id, always."""
        cleaned = self.text(native_id)
        if cleaned == native_id:
            return native_id
        return f"{cleaned}~{_digest(self.rules[0].salt, native_id)[:12]}"

    def text(self, text: str) -> str:
        """The text with every forgotten word replaced by `ERASED`; the same text if there is none."""
        if text in self._spotless or not self._may_hold(text):
            return text
        spans = {span for view in _views(text) for span in self._found(view)}
        parts, end = [], 0
        for begin, stop in sorted(spans):
            if text[max(0, begin - 1) : stop + 1] == ERASED:
                continue
            parts += [text[end:begin], ERASED]
            end = stop
        if not parts and len(text) <= _SHORT:
            if len(self._spotless) >= _CACHED:
                self._spotless.clear()
            self._spotless.add(text)
        return "".join([*parts, text[end:]])

    def _may_hold(self, text: str) -> bool:
        """Looked at without taking it apart. Only ASCII: other letters and escapes may stand for letters of a word."""
        if not text.isascii():
            return True
        if self._least > 1 and text.isalnum():
            return False  # one word is no run of two
        if self._sought is None or "&" in text or "%" in text or "\\u" in text:
            return True
        lowered = text.lower()
        return any(all(word in lowered for word in words) for words in self._sought)

    def content(self, content: bytes) -> bytes:
        """The same for bytes: UTF-8, UTF-16 with a mark, else one byte a character; also zlib-compressed ones."""
        if content[:1] == b"\x78":
            try:
                plain = zlib.decompress(content)
            except zlib.error:
                pass
            else:
                cleaned = self.content(plain)
                return content if cleaned == plain else zlib.compress(cleaned, 1)
        for encoding in (
            ("utf-16", "utf-8", "latin-1")
            if content[:2] in {b"\xff\xfe", b"\xfe\xff"}
            else (
                "utf-8",
                "latin-1",
            )
        ):
            try:
                text = content.decode(encoding)
            except UnicodeDecodeError:
                continue
            cleaned_text = self.text(text)
            return content if cleaned_text == text else cleaned_text.encode(encoding)
        return content

    def _found(self, view: View) -> Iterator[tuple[int, int]]:
        """Where forgotten words stand. Places are only counted where there are any: nearly every text has none."""
        plain = [word for part, _ in view for raw in _WORD.findall(part) if raw for word in _folded(raw)]
        for (salt, count), digests in self._values.items():
            clean = self._clean.setdefault((salt, count), set())
            hits = set()
            for run in set(zip(*(plain[start:] for start in range(count)), strict=False)) - clean:
                if _digest(salt, " ".join(sorted(run))) in digests:
                    hits.add(run)
                else:
                    clean.add(run)
            if len(clean) > _CACHED:
                clean.clear()
            words = [word for part, place in view for word in _words(part, place)] if hits else []
            for place in range(len(words) - count + 1):
                run_here = words[place : place + count]
                if tuple(word for word, _, _ in run_here) in hits:
                    yield from ((begin, end) for _, begin, end in run_here)


def _digest(salt: str, text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=salt.encode(), digest_size=20).hexdigest()


def _views(text: str) -> Iterator[View]:
    """A text in the orders in which its words may follow each other."""
    start = text.lstrip("\ufeff \t\r\n")[:1]
    if start in {"{", "["} and _is_json(text):
        strings = [(found[1], found.start(1)) for found in _STRING.finditer(text) if not found[2]]
        for inner, place in strings:
            if "<" in inner:
                yield [(part, place + at) for part, at in _outside(inner)]
        yield strings
    elif start == "<":
        yield list(_outside(text))
        for tag in _TAG.finditer(text):
            attributes = [(found, found.lastindex or 0) for found in _ATTRIBUTE.finditer(tag[0])]
            if attributes:
                yield [(found[group], tag.start() + found.start(group)) for found, group in attributes]
    else:
        yield [(text, 0)]


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return False
    return True


def _outside(text: str) -> Iterator[tuple[str, int]]:
    """What stands between the tags of a text, and where."""
    end = 0
    for tag in _TAG.finditer(text):
        yield text[end : tag.start()], end
        end = tag.end()
    yield text[end:], end


def _words(text: str, offset: int) -> Iterator[Word]:
    for found in _WORD.finditer(text):
        raw = found[1]
        if not raw:
            continue
        begin, end = offset + found.start(1), offset + found.end(1)
        for word in _folded(raw):
            yield word, begin, end


@lru_cache(maxsize=100_000)
def _folded(raw: str) -> tuple[str, ...]:
    """The normalised words a piece of text stands for."""
    if "\\" in raw or "&" in raw or "%" in raw:
        raw = _unescaped(raw)
    folded = raw.casefold()
    if not folded.isascii():
        folded = "".join(one for one in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(one))
    return tuple(_PLAIN.findall(folded))


def _unescaped(text: str) -> str:
    def decoded(found: re.Match[str]) -> str:
        units = b"".join(int(one, 16).to_bytes(2, "big") for one in found[0].split("\\u")[1:])
        return units.decode("utf-16-be", "replace")

    return unquote(html.unescape(_ESCAPE.sub(decoded, text)))
