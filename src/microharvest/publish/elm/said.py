"""What an export says, before it is XML or JSON-LD: objects of the model's classes and their values, in LOQ's order.

Written down once, so that both forms say the same. Names are the elements of LOQ XML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from microharvest.model.values import LangMap

__all__ = ["Coded", "Link", "Part", "Tagged", "Thing", "clean", "coded", "inside", "link", "text", "texts"]

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""No XML 1.0 document may hold the controls and surrogates; the C1 controls are never meant."""


class Tagged(NamedTuple):
    """A text in a language."""

    text: str
    language: str


class Coded(NamedTuple):
    """A concept by its address, and what it is called where no list of the profile's own says it."""

    uri: str
    labels: LangMap


class Link(NamedTuple):
    """A reference to an object of the same document."""

    ident: str


class Part(NamedTuple):
    """One value of an object; a plain string is a literal of the type that the property has."""

    name: str
    value: Tagged | Coded | Link | Thing | str


class Thing(NamedTuple):
    """An object: its class, its parts, and its address; one without is a part of its owner."""

    kind: str
    parts: tuple[Part, ...]
    ident: str | None = None


Parts = tuple[Part, ...]
"""Zero or more values of one property, so that an absent one vanishes from a sequence."""


def texts(name: str, by_language: LangMap) -> Parts:
    """One value per language."""
    return tuple(Part(name, Tagged(clean(words), tag)) for tag, words in by_language.items())


def text(name: str, value: str | None) -> Parts:
    """A literal, or nothing."""
    return (Part(name, clean(value)),) if value else ()


def clean(value: str) -> str:
    """The text without what no form of a document should hold."""
    return _FORBIDDEN.sub("", value)


def coded(name: str, uris: Iterable[str | None], labels: dict[str, LangMap] | None = None) -> Parts:
    """One value per concept, each address once; None is passed over."""
    known = labels or {}
    return tuple(
        Part(name, Coded(uri, {tag: clean(words) for tag, words in known.get(uri, {}).items()}))
        for uri in dict.fromkeys(uris)
        if uri
    )


def link(name: str, idents: Iterable[str]) -> Parts:
    """References."""
    return tuple(Part(name, Link(ident)) for ident in idents)


def inside(name: str, kind: str, *parts: Parts) -> Parts:
    """An object without an address; nothing where it would say nothing."""
    said = tuple(one for several in parts for one in several)
    return (Part(name, Thing(kind, said)),) if said else ()
