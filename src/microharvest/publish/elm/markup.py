"""XML text, element by element: small enough that every escape can be seen.

A tree would have to be built whole, or would repeat its namespace declarations at each element; LOQ's sections refer
to each other and are written side by side. Names are ours, every text and attribute value is escaped here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

__all__ = ["concept", "element", "plain", "reference", "texts"]

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""No XML 1.0 document may hold the controls and surrogates; the C1 controls are never meant."""


def element(name: str, *inside: str, **attributes: str) -> str:
    """`<name attributes>inside</name>`; `inside` is XML already (see `texts` for plain text). Empty parts vanish."""
    shown = "".join(f" {key}={quoteattr(_clean(value))}" for key, value in attributes.items())
    content = "".join(inside)
    return f"<{name}{shown}>{content}</{name}>" if content else f"<{name}{shown}/>"


def plain(text: str) -> str:
    """Text as XML content."""
    return escape(_clean(text))


def texts(name: str, by_language: dict[str, str]) -> str:
    """One element per language, as rdf:langString."""
    return "".join(element(name, plain(text), language=tag) for tag, text in by_language.items())


def concept(name: str, uris: Iterable[str | None]) -> str:
    """One element per concept, each URI once; None is passed over."""
    return "".join(element(name, uri=uri) for uri in dict.fromkeys(uris) if uri)


def reference(name: str, ident: str) -> str:
    """A link to a record of the same document."""
    return element(name, idref=ident)


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("", text)
