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
    "Location",
    "Microcredential",
    "Price",
    "QualityAssurance",
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


class Concept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A coded value. `uri` from the published list, or None; `label` as the source said it."""

    uri: str | None = None
    code: str | None = None
    label: LangMap = {}


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
    """elm:Accreditation: type, agent (and its country) and validity as far as the source says them."""

    type: Concept | None = None
    title: LangMap = {}
    agent: LangMap = {}
    agent_country: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    report: str | None = None


class Location(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where something takes place. `country` ISO 3166-1 alpha-2 (XK for Kosovo)."""

    country: str | None = None
    city: str | None = None
    address: str | None = None


class Microcredential(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Is it a microcredential, and how do we know: declared, type, document or credits."""

    value: Literal["yes", "no", "undecided"] = "undecided"
    basis: str | None = None
