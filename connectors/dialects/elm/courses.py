"""LOQ documents: everything stands once and is linked by `idref`; who offers what, and what belongs to an offer.

What stays true: hasPart, member, publisher and other links that lead from anything to everything are never followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from microharvest.kit import Names

__all__ = ["LINKS", "LOQ", "MODEL", "SPECIFICATIONS", "Courses", "LoqNames", "is_credential_xml"]

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
"""opportunity -> provider -> accreditation -> agent is the longest way to something that is read."""


class LoqNames(Names):
    """LOQ elements without prefix, in whatever edition of the model's namespace they stand."""

    def spell(self, tag: str) -> str:
        name = super().spell(tag)
        return name.rpartition("}")[2] if name.startswith(MODEL) else name


class Courses:
    """The objects of a document by id, and which opportunities offer which specification."""

    def __init__(self, root: Any, names: Names) -> None:
        self._names = names
        self.namespace: str = root.tag[1:].partition("}")[0] if root.tag.startswith("{") else ""
        self._by_id: dict[str, Any] = {}
        self._specifications: list[Any] = []
        self._opportunities: list[Any] = []
        for element in root.iter():
            if not isinstance(element.tag, str) or element.get("idref") is not None:
                continue
            name = names.qualified(element.tag)
            key = element.get("id")
            if key is not None:
                self._by_id.setdefault(key, element)
            if name == "learningOpportunity":
                self._opportunities.append(element)
            elif name in SPECIFICATIONS:
                self._specifications.append(element)

    def offers(self) -> Iterator[tuple[Any, list[Any]]]:
        """(specification or None, its opportunities), in document order."""
        offered: dict[str, list[Any]] = {}
        orphans: list[Any] = []
        known = {element.get("id") for element in self._specifications}
        for opportunity in self._opportunities:
            target = next((ref for name, ref in self._references(opportunity) if name == SPECIFICATIONS[0]), None)
            if target is not None and target in known:
                offered.setdefault(target, []).append(opportunity)
            else:
                orphans.append(opportunity)
        for element in self._specifications:
            yield element, offered.pop(element.get("id"), [])
        for opportunity in orphans:
            yield None, [opportunity]

    def closure(self, heads: list[Any]) -> list[Any]:
        """`heads` and everything they refer to, each once, in the order it is met."""
        found: dict[str, Any] = {}
        taken = {head.get("id") for head in heads}
        level = heads
        for _ in range(DEPTH):
            reached: list[Any] = []
            for element in level:
                for name, reference in self._references(element):
                    target = self._by_id.get(reference)
                    if name in LINKS and target is not None and reference not in taken and reference not in found:
                        found[reference] = target
                        if name != "accreditingAgent":  # of which only the name is read
                            reached.append(target)
            level = reached
        return [*heads, *found.values()]

    def _references(self, element: Any) -> Iterator[tuple[str, str]]:
        for part in element.iter():
            reference = part.get("idref") if isinstance(part.tag, str) else None
            if reference is not None:
                yield self._names.qualified(part.tag), reference


def is_credential_xml(root: Any) -> bool:
    """Whether an XML document is a learner's credential (EDC, its subject inside) or record of results (ELMO)."""
    held = ("credentialSubject", "europeanDigitalCredential", "verifiableCredential", "learner")
    return any(isinstance(each.tag, str) and each.tag.rpartition("}")[2] in held for each in root.iter())
