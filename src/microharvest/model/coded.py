"""What coding adds to an offer: telling it from what the source said, and what it answers about assurance. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import msgspec

from microharvest.model.offer import Offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import Concept, LearningOutcome, QualityAssurance, Registration

__all__ = ["as_said", "assured", "named", "registered"]


def as_said(value: Any) -> Any:
    """A field's value as the source said it: a person who decided on it need not decide again for a new edition."""
    if isinstance(value, tuple):
        return tuple(said for said in map(as_said, value) if said is not None)
    if isinstance(value, Concept) and value.basis is not None:
        uri = value.uri if value.basis == "declared" else None
        return None if value.basis == "text" else Concept(uri=uri, code=value.code, label=value.label)
    if isinstance(value, LearningOutcome) and value.skills:
        return msgspec.structs.replace(value, skills=as_said(value.skills))
    if isinstance(value, Organisation) and value.registrations:
        return msgspec.structs.replace(value, registrations=())
    if isinstance(value, QualityAssurance) and value.registered:
        return msgspec.structs.replace(value, registered=None)
    return value


def named(offer: Offer) -> Offer:
    """The offer with links to what the source names itself, by address or label; without what a text was found to say
    and what registers add: a form that cannot tell how a value came to be may hold nothing else."""

    def own(concepts: Iterable[Concept]) -> tuple[Concept, ...]:
        return tuple(one for one in concepts if one.basis != "text")

    return msgspec.structs.replace(
        offer,
        skills=own(offer.skills),
        learning_outcomes=tuple(
            msgspec.structs.replace(one, skills=own(one.skills)) for one in offer.learning_outcomes
        ),
        provider=as_said(offer.provider),
        awarding_body=as_said(offer.awarding_body),
        quality_assurance=as_said(offer.quality_assurance),
    )


def registered(offer: Offer) -> bool:
    """Whether its provider or an awarding body stands in an imported register."""
    return any(body.registrations for body in _bodies(offer))


def assured(offer: Offer, day: date) -> bool | None:
    """What registers say of its quality assurance on a day: a report on one of its bodies is in force, or the agency
    that assures it is registered. None where no register gives a date."""
    dated = [one for one in _assurances(offer) if one.valid_from or one.valid_to]
    today = day.isoformat()
    return any(_in_force(one, today) for one in dated) if dated else None


def _in_force(one: Registration, today: str) -> bool:
    return (one.valid_from or "") <= today <= (one.valid_to or "9999")


def _bodies(offer: Offer) -> Iterator[Organisation]:
    yield from (body for body in (offer.provider, *offer.awarding_body) if body)


def _assurances(offer: Offer) -> Iterable[Registration]:
    reports = [one for body in _bodies(offer) for one in body.registrations if one.register == "deqar-reports"]
    return [*reports, *(one.registered for one in offer.quality_assurance if one.registered)]
