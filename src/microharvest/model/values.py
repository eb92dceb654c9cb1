"""The small values an offer is made of. Frozen; empty means absent; texts are {BCP 47 tag: text}.

A concept that resolves to nothing known keeps its label with `uri=None`: matching may use it, scores and
URI exports may not.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

__all__ = [
    "Basis",
    "Concept",
    "Credits",
    "Entitlement",
    "Identifier",
    "LangMap",
    "LearningOutcome",
    "LinkBasis",
    "Location",
    "Microcredential",
    "Price",
    "QualityAssurance",
    "Registration",
    "Sector",
    "SectorBasis",
    "Subject",
]

LangMap = dict[str, str]
"""Text by language: BCP 47 tag -> plain text; `und` where the language is not known."""

Basis = Literal["declared", "mapped", "derived", "default"]
"""How a value is known: said by the source, looked up from what it said, computed, or filled from settings."""


class Identifier(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """adms:identifier. `scheme` is a URI or a short name ("code", "oai", "doi"), never empty."""

    scheme: str
    value: str


LinkBasis = Literal["declared", "label", "fuzzy", "text"]
"""How a link to an imported vocabulary came about: the source gave the URI; its label is the concept's, letter for
letter or but for inflection; or the concept's label stands in an outcome or a title."""


class Concept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A coded value. `uri` from the published list, or None; `label` as the source said it.

    `basis`, `score` (0 to 1) and `edition` stand where an imported vocabulary was asked: `edition` is the newest one
    that has the concept.
    """

    uri: str | None = None
    code: str | None = None
    label: LangMap = {}
    basis: LinkBasis | None = None
    score: float | None = None
    edition: str | None = None

    @property
    def coded(self) -> bool:
        """Whether the source itself names the concept, by URI or label; what a text was found to say does not count."""
        return self.uri is not None and self.basis != "text"


class Registration(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry of an imported register: `register` and `edition` say where, `basis` by what it was found.

    `valid_from`, `valid_to` and `agency` as far as the register gives them: of a report on an institution's quality
    (`deqar-reports`), or of an agency's registration (`deqar-agencies`).
    """

    register: str
    uri: str
    basis: Literal["id", "domain", "name"]
    edition: str
    valid_from: str | None = None
    valid_to: str | None = None
    agency: str | None = None


class Subject(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A field of study in ISCED-F 2013: 2 to 4 digits; `original` where the source said more or other."""

    code: str
    uri: str
    original: str | None = None


class Credits(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """elm:CreditPoint. `framework`: ECTS, ECVET, CATS or the source's own unit; `points` > 0.

    `derived`: computed from the national credits beside it, not said by the source; it never counts for a score.
    """

    framework: str
    points: Decimal
    original: str | None = None
    derived: bool = False


class Price(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """elm:PriceDetail. `amount` >= 0; `currency` ISO 4217 or None where the source does not say."""

    amount: Decimal
    currency: str | None = None
    original: str | None = None


class LearningOutcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """elm:LearningOutcome: what a learner knows or can do afterwards, and the skills it names.

    `type`: knowledge or skill; `reuse_level`: how widely it serves, from one occupation to all.
    """

    title: LangMap
    skills: tuple[Concept, ...] = ()
    type: Concept | None = None
    reuse_level: Concept | None = None


class Entitlement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """elm:LearningEntitlementSpecification: what a holder may do or join, as far as the source says it.

    `type`: an occupation, a learning opportunity, a membership; `status`: prospective or actual.
    """

    type: Concept | None = None
    status: Concept | None = None
    title: LangMap = {}
    occupations: tuple[Concept, ...] = ()


class QualityAssurance(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """elm:Accreditation: type, agent (and its country) and validity as far as the source says them; `registered`: the
    agent's entry."""

    type: Concept | None = None
    title: LangMap = {}
    agent: LangMap = {}
    agent_country: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    report: str | None = None
    registered: Registration | None = None


SectorBasis = Literal["declared", "esco", "isced", "keyword"]
"""How a sector is known: said by the source, or where its occupations, its field of study or a word of it lead."""


class Sector(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A section or division of NACE Rev. 2.1. `because`: the code or word that leads there; `confidence` 0 to 1."""

    uri: str
    code: str
    section: str
    label: LangMap = {}
    basis: SectorBasis
    confidence: float
    because: str | None = None


class Location(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where something takes place. `country` ISO 3166-1 alpha-2 (XK for Kosovo)."""

    country: str | None = None
    city: str | None = None
    address: str | None = None


class Microcredential(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Is it a microcredential, and how do we know: declared, type, document or credits."""

    value: Literal["yes", "no", "undecided"] = "undecided"
    basis: str | None = None
