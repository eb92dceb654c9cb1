"""LOQ documents: everything stands once and is linked by `idref`; who offers what, and what belongs to an offer.

What stays true: hasPart, member, publisher and other links that lead from anything to everything are never followed;
a document of any size is read, for its objects may wait on disk and only numbers are held of them.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Any

from microharvest.kit import Names, XmlObjects
from microharvest.model.idmap import IdMap
from microharvest.model.ids import id_hash

__all__ = ["LEARNERS", "LINKS", "LOQ", "MODEL", "SPECIFICATIONS", "Courses", "LoqNames"]

LOQ = (
    "http://data.europa.eu/snb/model/ap/loq-constraints/",  # 3.0 to 3.2
    "http://data.europa.eu/snb/model/application-profile/loq-constraints/",  # 3.3
    "http://data.europa.eu/snb/model/elm/",
    "http://data.europa.eu/snb/model/ontology/",
)
MODEL = "{http://data.europa.eu/snb/model"
SPECIFICATIONS = ("learningAchievementSpecification", "qualification", "qualificationReference")
LINKS = frozenset(
    ("learningOutcome", "provenBy", "influencedBy", "entitlesTo", "awardingBody", "providedBy", "location",
     "learningActivitySpecification", "accreditation", "accreditingAgent", "ql:publisher")
)  # fmt: skip
"""The links that are followed. Others (hasPart, member, publisher...) lead from anything to everything."""
DEPTH = 4
"""opportunity -> provider -> accreditation -> agent -> location is the longest way to something that is read."""
AGENT = frozenset(("location",))
"""Of an accrediting agent only the name and the country are read."""


class LoqNames(Names):
    """LOQ elements without prefix, in whatever edition of the model's namespace they stand."""

    def spell(self, tag: str) -> str:
        name = super().spell(tag)
        return name.rpartition("}")[2] if name.startswith(MODEL) else name


class Courses:
    """The objects of a document by id, and which opportunities offer which specification."""

    def __init__(self, objects: XmlObjects, names: Names) -> None:
        self._names = names
        self._objects = objects
        self.namespace: str = objects.tag[1:].partition("}")[0] if objects.tag.startswith("{") else ""

    def offers(self) -> Iterator[tuple[Any, list[Any]]]:
        """(specification or None, its opportunities), in document order. Holds a few numbers per object, no more."""
        at = self._objects.at
        specifications = self._positions(*SPECIFICATIONS)
        known = IdMap()
        for position in specifications:
            if at(position).get("id") is not None:
                known.setdefault(id_hash(at(position).get("id")), position)
        opportunities, orphans = self._positions("learningOpportunity"), array("q")
        first, last, following = IdMap(), array("q"), array("q")  # a chain of opportunities per specification
        for number, position in enumerate(opportunities):
            last.append(number)
            following.append(-1)
            target = next((ref for name, ref in self._references(at(position)) if name == SPECIFICATIONS[0]), None)
            if target is None or id_hash(target) not in known:
                orphans.append(position)
                continue
            head = first.setdefault(id_hash(target), number)
            if head != number:
                following[last[head]] = last[head] = number
        for position in specifications:
            element, found = at(position), []
            key = element.get("id")
            if key is not None and known.get(id_hash(key)) == position:
                link = first.get(id_hash(key))
                while link is not None and link >= 0:
                    found.append(at(opportunities[link]))
                    link = following[link]
            yield element, found
        for position in orphans:
            yield None, [at(position)]

    def _positions(self, *names: str) -> array[int]:
        return array("q", self._objects.positions(lambda tag: self._names.qualified(tag) in names))

    def closure(self, heads: list[Any]) -> list[Any]:
        """`heads` and everything they refer to, each once, in the order it is met."""
        found: dict[str, Any] = {}
        taken = {head.get("id") for head in heads}
        level = [(head, LINKS) for head in heads]
        for _ in range(DEPTH):
            reached: list[tuple[Any, frozenset[str]]] = []
            for element, links in level:
                for name, reference in self._references(element):
                    if name not in links or reference in taken or reference in found:
                        continue
                    target = self._objects.find(reference)
                    if target is not None:
                        found[reference] = target
                        reached.append((target, AGENT if name == "accreditingAgent" else LINKS))
            level = reached
        return [*heads, *found.values()]

    def _references(self, element: Any) -> Iterator[tuple[str, str]]:
        for part in element.iter():
            reference = part.get("idref") if isinstance(part.tag, str) else None
            if reference is not None:
                yield self._names.qualified(part.tag), reference


LEARNERS = ("credentialSubject", "europeanDigitalCredential", "verifiableCredential", "learner")
"""Elements that only a learner's credential (EDC, its subject inside) or record of results (ELMO) has."""
