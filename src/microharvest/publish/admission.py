"""May an offer stand in the public catalogue? Pure. Rules: `config/publish.toml`; the licence rule is no setting.

What must stay true: whatever is not admitted has a reason of `REASONS`; nothing is dropped in silence.
"""

from __future__ import annotations

from typing import Any

from microharvest.model.offer import OFFER_FIELDS, Offer
from microharvest.model.organisation import Organisation
from microharvest.settings import PublishSettings

__all__ = ["REASONS", "withheld_because"]

REASONS: dict[str, str] = {
    "decision": "A person withheld it, or its provider: `microharvest review list` says who and why.",
    "licence": 'No source that tells this offer may be shown: `redistribute` must be "yes".',
    "microcredential.yes": "It is a microcredential, and these are not let in.",
    "microcredential.no": "It is not a microcredential.",
    "microcredential.undecided": "Whether it is a microcredential is undecided.",
    "status": "Its status keeps it out (`exclude_status`).",
    "credits": "It has more ECTS than allowed and does not call itself a microcredential.",
    "credits.derived": "Its national credits make more ECTS than allowed; it does not call itself a microcredential.",
    **{f"incomplete.{field}": f"`{field}` is required and absent." for field in OFFER_FIELDS},
}
"""Why a cluster is withheld, by code."""

_EMPTY = Offer()


def withheld_because(offer: Offer, settings: PublishSettings) -> str | None:
    """The first rule a golden offer fails (a code of REASONS), or None: it is admitted."""
    for field in settings.require:
        if not _says_something(getattr(offer, field), getattr(_EMPTY, field)):
            return f"incomplete.{field}"
    kind = offer.is_microcredential.value
    if kind not in settings.microcredential:
        return f"microcredential.{kind}"
    if offer.status is not None and offer.status.casefold() in {one.casefold() for one in settings.exclude_status}:
        return "status"
    if settings.max_credits is not None and kind != "yes":
        # 40 CATS are as long a course as 20 ECTS: what was computed counts, under its own name, where nothing is said.
        ects = [given for given in offer.credits if given.framework.upper() == "ECTS"]
        said = [given for given in ects if not given.derived]
        if any(given.points > settings.max_credits for given in said or ects):
            return "credits" if said else "credits.derived"
    return None


def _says_something(value: Any, absent: Any) -> bool:
    """Not absent, no text of blanks, and an organisation has a name or an identifier."""
    if value == absent:
        return False
    if isinstance(value, Organisation):
        return bool(value.identifiers) or any(name.strip() for name in value.name.values())
    return not isinstance(value, dict) or any(text.strip() for text in value.values())
