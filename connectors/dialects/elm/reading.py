"""Reading one record of a LOQ document: what it refers to, and the small values everything in it is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from microharvest.kit import Draft, Record, Text, thing_of

__all__ = ["Things", "say_address", "say_concept", "say_identifiers", "say_note", "say_one", "skip", "web_addresses"]

OWN = "urn:microharvest:"
"""What an exporting catalogue of this kind calls things within its document (see `publish.elm`)."""


class Things:
    """What a record refers to, by id."""

    def __init__(self, record: Record, draft: Draft) -> None:
        self._draft = draft
        self._by_id: dict[str, Record] = {}
        self._accreditations: set[str] = set()
        self.mapped: list[list[str]] = []
        for name in record.names():
            if not name.startswith("@"):
                for part in record.each(name):
                    for key in part.peek("@id"):
                        self._by_id.setdefault(key, part)

    def linked(self, part: Record, name: str) -> Iterator[Record]:
        """The objects `name` links to; a link to nothing is an issue; an object in place of a link is itself."""
        for link in part.each(name):
            reference = link.value("@idref")
            if reference is None:
                yield link
            elif reference in self._by_id:
                target = self._by_id[reference]
                target.skip("@id", "an id within the document")
                yield target
            else:
                self._draft.issue("record.dangling_reference", name, reference)

    def accreditations(self, part: Record) -> Iterator[Record]:
        """Those `part` links to, each once in a record: body and provider are often the same organisation."""
        for accreditation in self.linked(part, "accreditation"):
            key = "".join(accreditation.peek("@id")[:1])
            if not key or key not in self._accreditations:
                self._accreditations.add(key)
                yield accreditation


def skip(part: Record, left_out: Iterable[str], reason: str = "see the tables of `mapping`") -> None:
    for name in left_out:
        part.skip(name, reason)


def say_concept(draft: Draft, field: str, concept: Record) -> None:
    """A concept has its URI in an attribute and, sometimes, labels inside."""
    uri = concept.text("@uri")
    labels = list(concept.texts("skos:prefLabel"))
    skip(concept, ("skos:altLabel", "skos:notation", "skos:inScheme"), "the URI and its preferred label are kept")
    for label in labels:
        draft.say(field, label, uri=uri.value if uri else None, thing=thing_of(labels))
    if not labels and uri is not None:
        draft.say(field, uri, uri=uri.value)


def say_note(draft: Draft, field: str, part: Record, name: str) -> None:
    for note in part.each(name):
        skip(note, ("dc:subject", "noteFormat"), "what kind of note it is")
        say_one(draft, field, list(note.texts("noteLiteral")))


def say_one(draft: Draft, field: str, texts: list[Text]) -> None:
    """The texts of one thing, in as many languages as there are."""
    for text in texts:
        draft.say(field, text, thing=thing_of(texts))


def web_addresses(part: Record, name: str) -> Iterator[Text]:
    """Of a WebResource, or of an address that stands in its place."""
    for resource in part.each(name):
        bare = resource.own() or resource.text("@uri")
        if bare is not None:
            yield bare
        skip(resource, ("title", "language"), "of the linked page")
        yield from resource.texts("contentUrl")


def say_identifiers(draft: Draft, part: Record, names: dict[str, str]) -> None:
    """`names`: element -> scheme where the identifier itself names none."""
    for name, default in names.items():
        for identifier in part.each(name):
            scheme = identifier.value("schemeId") or identifier.value("schemeName") or default
            skip(identifier, ("schemeName", "schemeAgency", "schemeVersion", "issued", "dc:creator", "dc:type"))
            skip(identifier, ("spatial", "dc:spatial"), "where an identifier is valid")
            for notation in identifier.texts("skos:notation"):
                draft.say("identifier", notation, scheme=scheme)


def say_address(part: Record, draft: Draft) -> None:
    """A thing's own address is an identifier of it, unless somebody made it for the document."""
    uri = part.text("@id")
    if uri is not None and not uri.value.startswith(OWN):
        draft.say("identifier", uri, scheme="uri")
