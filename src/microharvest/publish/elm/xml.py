"""LOQ XML: an object as an element, and the document's sections.

A tree would have to be built whole, or would repeat its namespace declarations at each element; LOQ's sections refer
to each other and are written side by side. Names are ours, every text and attribute value is escaped here.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import ExitStack
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO, BinaryIO
from xml.sax.saxutils import escape, quoteattr

from microharvest.publish.elm.demands import Version
from microharvest.publish.elm.said import Coded, Link, Part, Tagged, Thing, clean

__all__ = ["XmlDocument", "element_of"]

_SECTIONS = {
    "LearningOpportunity": "learningOpportunityReferences",
    "LearningAchievementSpecification": "learningAchievementSpecificationReferences",
    "Qualification": "learningAchievementSpecificationReferences",
    "LearningOutcome": "learningOutcomeReferences",
    "LearningActivitySpecification": "learningActivitySpecificationReferences",
    "LearningAssessmentSpecification": "learningAssessmentSpecificationReferences",
    "LearningEntitlementSpecification": "learningEntitlementSpecificationReferences",
    "Organisation": "agentReferences",
    "Accreditation": "accreditationReferences",
    "Location": "locationReferences",
}
"""Where the objects of a class stand; the sections in the schema's order."""
_SPACES: dict[Version, tuple[str, str]] = {
    "3.1": ("http://data.europa.eu/snb/model/ap/loq-constraints/", "3.1.0"),
    "3.3": ("http://data.europa.eu/snb/model/application-profile/loq-constraints/", "3.3.1"),
}


class XmlDocument:
    """Collects objects; each section grows in a file of its own, for every entry adds to all of them."""

    def __init__(self, out: BinaryIO, version: Version) -> None:
        self._out, self._version = out, version
        self._files: dict[str, IO[bytes]] = {}
        self._stack = ExitStack()

    def __enter__(self) -> XmlDocument:
        for section in dict.fromkeys(_SECTIONS.values()):
            self._files[section] = self._stack.enter_context(TemporaryFile())
        return self

    def write(self, thing: Thing) -> None:
        """Add an object to its section."""
        name = thing.kind[0].lower() + thing.kind[1:]
        self._files[_SECTIONS[thing.kind]].write(element_of(name, thing).encode() + b"\n")

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        with self._stack:
            if kind is None:
                self._compose()

    def _compose(self) -> None:
        space, schema = _SPACES[self._version]
        dc, skos = "http://purl.org/dc/terms/", "http://www.w3.org/2004/02/skos/core#"
        self._out.write(b'<?xml version="1.0" encoding="UTF-8"?>\n')
        self._out.write(
            f'<Courses xmlns="{space}" xmlns:dc="{dc}" xmlns:skos="{skos}" xsdVersion="{schema}">\n'.encode()
        )
        for section, file in self._files.items():
            if file.tell():
                file.seek(0)
                self._out.write(f"<{section}>\n".encode())
                shutil.copyfileobj(file, self._out)
                self._out.write(f"</{section}>\n".encode())
        self._out.write(b"</Courses>\n")


def element_of(name: str, thing: Thing) -> str:
    """An object as one element with everything in it."""
    attributes = {"id": thing.ident} if thing.ident is not None else {}
    return _element(name, map(_part, thing.parts), **attributes)


def _part(part: Part) -> str:
    name, value = part
    match value:
        case Thing():
            return element_of(name, value)
        case Tagged():
            return _element(name, (escape(value.text),), language=value.language)
        case Coded():
            labels = (_part(Part("skos:prefLabel", Tagged(words, tag))) for tag, words in value.labels.items())
            return _element(name, labels, uri=value.uri)
        case Link():
            return _element(name, (), idref=value.ident)
        case _:
            return _element(name, (escape(value),))


def _element(name: str, inner: Iterable[str], **attributes: str) -> str:
    shown = "".join(f" {key}={quoteattr(clean(value))}" for key, value in attributes.items())
    content = "".join(inner)
    return f"<{name}{shown}>{content}</{name}>" if content else f"<{name}{shown}/>"
