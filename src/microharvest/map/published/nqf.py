"""The EU list of national qualification levels, as the ELM gives it out: an XSD enumeration of URIs with labels."""

from __future__ import annotations

import re
from collections.abc import Iterator

from microharvest.kit.readers import Unreadable as BrokenXml
from microharvest.kit.readers.xml import read_tree
from microharvest.map.published.concept import Label, PublishedConcept, Unreadable

__all__ = ["levels"]

_XS = "{http://www.w3.org/2001/XMLSchema}"
_URI = re.compile(r"http://data\.europa\.eu/snb/qdr/[A-Za-z0-9_]+")


def levels(content: bytes, language: str | None) -> Iterator[PublishedConcept]:
    """Every enumerated level or framework; its documentation is its label (English unless `language` says another)."""
    try:
        root = read_tree(content)
    except BrokenXml as error:
        raise Unreadable(f"It is no XML ({error}).") from None
    for item in root.iter(f"{_XS}enumeration"):
        uri = item.get("value", "")
        if not _URI.fullmatch(uri):
            raise Unreadable(f"It enumerates something else than national levels: {uri[:80]}")
        label = " ".join("".join(item.itertext()).split())
        yield PublishedConcept(
            uri, "Level" if re.search(r"\d|[IV]+\b", label) else "Framework", uri.rpartition("/")[2],
            labels=(Label(language or "en", label),) if label else (),
        )  # fmt: skip
