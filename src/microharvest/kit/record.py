"""A record as a cursor: the same few verbs over XML and JSON, and a list of what was not read.

Every source value is taken, ignored with a reason, or reported: the cursor notes what was read, and after the
mapping `unread()` tells the rest. Reading twice is allowed; reading is what marks a value as taken.

XML names are `prefix:local` with the prefixes of the dialect's `Names` (several URIs may share a prefix: ELM
moved house in 3.3), attributes `@name` or `@prefix:local`; a name in a namespace the dialect does not list
appears in Clark notation `{uri}local`. JSON names are the keys as they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

__all__ = ["MANY_LINES", "JsonRecord", "Names", "Record", "Text", "XmlRecord"]

_EMAIL = re.compile(r"[\w.+'-]+@(?=[\w-]+\.)")
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
MANY_LINES = 65_535
"""libxml2 counts no further: whatever comes later stands on this line too."""
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


class Text(NamedTuple):
    """A value as the source wrote it (white space at both ends cut), its declared language and its path."""

    value: str
    lang: str | None
    path: str


class Names:
    """Prefixes for namespaces: `Names({"dc": ("http://purl.org/dc/elements/1.1/", ...)})`.

    The empty prefix means names without prefix. Look-ups are cached per instance, so keep one per dialect.
    `lang_attributes`: attributes that give a text its language, beside xml:lang.
    """

    def __init__(
        self, prefixes: Mapping[str, tuple[str, ...]] | None = None, *, lang_attributes: tuple[str, ...] = ()
    ) -> None:
        self._prefix_of = {uri: prefix for prefix, uris in (prefixes or {}).items() for uri in uris}
        self._cache: dict[str, str] = {}
        self.lang_attributes = (XML_LANG, *lang_attributes)

    def qualified(self, tag: str) -> str:
        """`{uri}local` -> `prefix:local`, `local`, or unchanged where the namespace is unknown."""
        name = self._cache.get(tag)
        if name is None:
            name = self.spell(tag)
            if len(self._cache) < 10_000:  # a hostile feed may invent names for ever
                self._cache[tag] = name
        return name

    def spell(self, tag: str) -> str:
        """`qualified` without its cache: what a dialect overrides that reads namespaces nobody can list."""
        uri, _, local = tag[1:].partition("}") if tag.startswith("{") else ("", "}", tag)
        if not uri:
            return local
        if uri not in self._prefix_of:
            return tag
        prefix = self._prefix_of[uri]
        return f"{prefix}:{local}" if prefix else local


class Record:
    """A cursor on one record or a part of it. Header fields are set on the outermost cursor only."""

    native_id: str | None = None
    datestamp: str | None = None
    deleted: bool = False
    raw: bytes = b""
    media_type: str = ""
    url: str = ""
    path: str = ""
    name: str = ""

    @property
    def line(self) -> int | None:
        """The line of its document this part stands on, from 1; None where nobody knows."""
        return None

    @property
    def lang(self) -> str | None:
        """The language in force at this part, as the source writes it."""
        return None

    def names(self) -> list[str]:
        """The names of all direct parts (attributes as `@name`), in document order, each once."""
        raise NotImplementedError

    def each(self, name: str) -> Iterator[Record]:
        """A cursor for every part of that name, in document order."""
        raise NotImplementedError

    def own(self) -> Text | None:
        """The text of this very part (an element's own text, a scalar); None where it is empty."""
        raise NotImplementedError

    def whole(self) -> Text | None:
        """All text inside this very part, tags left out; everything inside counts as read."""
        raise NotImplementedError

    def texts(self, name: str) -> Iterator[Text]:
        """The non-empty text of every part of that name (for XML: all text inside it, tags left out)."""
        raise NotImplementedError

    def peek(self, name: str) -> list[str]:
        """All non-empty texts of that name, looked at without marking them as read."""
        raise NotImplementedError

    def skip(self, name: str, reason: str) -> None:
        """Leave a part out on purpose. The reason is for the reader of the code."""
        raise NotImplementedError

    def unread(self) -> Iterator[tuple[str, str]]:
        """(path, example) for every leaf that nobody read."""
        raise NotImplementedError

    def first(self, name: str) -> Record | None:
        """The first part of that name; the others count as unread if nobody else reads them."""
        raise NotImplementedError

    def text(self, name: str) -> Text | None:
        """The first non-empty text of that name."""
        return next(self.texts(name), None)

    def value(self, name: str) -> str | None:
        """Like `text`, but only the string."""
        found = self.text(name)
        return found.value if found else None


class XmlRecord(Record):
    """A cursor on an lxml element (None for a deleted record without payload)."""

    __slots__ = (
        "_attributes", "_children", "_element", "_lang", "_names", "_own_read", "_parts", "_taken",
        "datestamp", "deleted", "media_type", "name", "native_id", "path", "raw", "url",
    )  # fmt: skip

    def __init__(
        self,
        element: Any,
        names: Names,
        *,
        native_id: str | None = None,
        datestamp: str | None = None,
        deleted: bool = False,
        raw: bytes = b"",
        media_type: str = "",
        url: str = "",
        path: str = "",
        lang: str | None = None,
    ) -> None:
        self._element = element
        self._names = names
        self.native_id, self.datestamp, self.deleted = native_id, datestamp, deleted
        self.raw, self.media_type, self.url, self.path = raw, media_type, url, path
        self.name = "" if element is None else names.qualified(element.tag)
        self._lang = lang
        self._taken: set[str] = set()
        self._parts: dict[str, list[XmlRecord | None]] = {}
        self._own_read = False
        self._children: dict[str, list[Any]] = {}
        self._attributes: Any = None if element is None else element.attrib
        if element is not None:
            if self._attributes:
                self._lang = _language(self._attributes, names.lang_attributes, lang)
            if len(element):
                for child in element:
                    tag = child.tag
                    if isinstance(tag, str):
                        self._children.setdefault(names.qualified(tag), []).append(child)

    @property
    def line(self) -> int | None:
        found = None if self._element is None else self._element.sourceline
        return found if found and found < MANY_LINES else None

    @property
    def lang(self) -> str | None:
        # xml:lang is inherited
        return self._lang

    def names(self) -> list[str]:
        if not self._attributes:
            return list(self._children)
        return ["@" + self._names.qualified(one) for one in self._attributes] + list(self._children)

    def _part(self, name: str, index: int) -> XmlRecord:
        parts = self._parts.get(name)
        if parts is None:
            parts = self._parts[name] = [None] * len(self._children[name])
        part = parts[index]
        if part is None:
            part = parts[index] = XmlRecord(
                self._children[name][index], self._names, path=f"{self.path}/{name}", lang=self._lang
            )
        return part

    def each(self, name: str) -> Iterator[Record]:
        for index in range(len(self._children.get(name, ()))):
            yield self._part(name, index)

    def first(self, name: str) -> Record | None:
        return self._part(name, 0) if name in self._children else None

    def own(self) -> Text | None:
        self._own_read = True
        if self._element is None:
            return None
        value = (self._element.text or "").strip()
        return Text(value, self._lang, self.path) if value else None

    def whole(self) -> Text | None:
        self._own_read = True
        if self._element is None:
            return None
        if self._children:
            self._taken.update(self._children)
            value = "".join(self._element.itertext()).strip()
        else:
            value = (self._element.text or "").strip()
        return Text(value, self._lang, self.path) if value else None

    def peek(self, name: str) -> list[str]:
        return [text.value for text in self._texts(name)]

    def texts(self, name: str) -> Iterator[Text]:
        self._taken.add(name)
        return self._texts(name)

    def _texts(self, name: str) -> Iterator[Text]:
        children = self._children.get(name)
        if children is None:
            return self._attribute_texts(name) if name.startswith("@") and self._attributes else iter(())
        path = f"{self.path}/{name}"
        found: list[Text] = []
        for child in children:
            value = ("".join(child.itertext()) if len(child) else child.text or "").strip()
            if value:
                attributes = child.attrib
                lang = _language(attributes, self._names.lang_attributes, self._lang) if attributes else self._lang
                found.append(Text(value, lang, path))
        return iter(found)

    def _attribute_texts(self, name: str) -> Iterator[Text]:
        for attribute, value in self._attributes.items():
            if "@" + self._names.qualified(attribute) == name and value.strip():
                yield Text(value.strip(), self._lang, f"{self.path}/{name}")

    def skip(self, name: str, reason: str) -> None:
        self._taken.add(name)

    def unread(self) -> Iterator[tuple[str, str]]:
        if self._element is None:
            return
        if not self._own_read:
            value = (self._element.text or "").strip()
            if value and self.path:
                yield self.path, _example(value)
        for attribute, value in self._attributes.items():
            name = "@" + self._names.qualified(attribute)
            if name in self._taken or attribute in self._names.lang_attributes or attribute.startswith(XSI):
                continue
            if value.strip():
                yield f"{self.path}/{name}", _example(value.strip())
        for name, children in self._children.items():
            if name in self._taken:
                continue
            for index in range(len(children)):
                yield from self._part(name, index).unread()


class JsonRecord(Record):
    """A cursor on a JSON value. A list is transparent: `each` yields its members, `texts` their scalars."""

    __slots__ = (
        "_own_read", "_parts", "_taken", "_value",
        "datestamp", "deleted", "media_type", "name", "native_id", "path", "raw", "url",
    )  # fmt: skip

    def __init__(
        self,
        value: Any,
        *,
        native_id: str | None = None,
        datestamp: str | None = None,
        deleted: bool = False,
        raw: bytes = b"",
        media_type: str = "",
        url: str = "",
        path: str = "",
        name: str = "",
    ) -> None:
        self._value = value
        self.native_id, self.datestamp, self.deleted = native_id, datestamp, deleted
        self.raw, self.media_type, self.url, self.path, self.name = raw, media_type, url, path, name
        self._taken: set[str] = set()
        self._parts: dict[str, list[JsonRecord]] = {}
        self._own_read = False

    @property
    def json(self) -> Any:
        """The value itself, for look-ahead (its type, say); reading through it marks nothing as taken."""
        return self._value

    def names(self) -> list[str]:
        return list(self._value) if isinstance(self._value, dict) else []

    def _members(self, name: str) -> list[JsonRecord]:
        parts = self._parts.get(name)
        if parts is None:
            value = self._value.get(name) if isinstance(self._value, dict) else None
            members = _flat(value) if isinstance(value, list) else () if value is None else (value,)
            path = f"{self.path}/{name}"
            parts = self._parts[name] = [JsonRecord(member, path=path, name=name) for member in members]
        return parts

    def each(self, name: str) -> Iterator[Record]:
        yield from self._members(name)

    def first(self, name: str) -> Record | None:
        members = self._members(name)
        return members[0] if members else None

    def own(self) -> Text | None:
        self._own_read = True
        value = _scalar(self._value)
        return Text(value, None, self.path) if value else None

    def whole(self) -> Text | None:
        return self.own()

    def peek(self, name: str) -> list[str]:
        return [value for value in (_scalar(member._value) for member in self._members(name)) if value]

    def texts(self, name: str) -> Iterator[Text]:
        for member in self._members(name):
            found = member.own()
            if found:
                yield found

    def skip(self, name: str, reason: str) -> None:
        self._taken.add(name)

    def unread(self) -> Iterator[tuple[str, str]]:
        # A list of our own: nesting is as deep as the feed likes. A scalar nobody came near needs no cursor.
        pending: list[JsonRecord | tuple[str, str]] = [self]
        while pending:
            part = pending.pop()
            if isinstance(part, tuple):
                yield part
            elif isinstance(part._value, dict):
                for name, value in reversed(part._value.items()):
                    if name in part._taken:
                        continue
                    if name in part._parts or isinstance(value, dict | list):
                        pending.extend(reversed(part._members(name)))
                    elif said := _scalar(value):
                        pending.append((f"{part.path}/{name}", _example(said)))
            elif not part._own_read and part.path:
                value = _scalar(part._value)
                if value:
                    yield part.path, _example(value)


def _language(attributes: Any, names: tuple[str, ...], inherited: str | None) -> str | None:
    for name in names:
        said: str | None = attributes.get(name)
        if said is not None:
            return said.strip() or inherited
    return inherited


def _example(value: str) -> str:
    """What a report may show of a value nobody read: its beginning, without the local part of e-mail addresses."""
    return _EMAIL.sub("…@", value[:200]) if "@" in value else value[:200]


def _flat(value: Any) -> Iterator[Any]:
    pending = [value]  # not recursive: nesting is as deep as the feed likes
    while pending:
        member = pending.pop()
        if isinstance(member, list):
            pending.extend(reversed(member))
        elif member is not None:
            yield member


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | float):
        return str(value)
    return ""
