"""What the imported vocabularies and registers add to one record's offer, as lines to read. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from microharvest.explain.sheets import LinkStop
from microharvest.model.offer import decode_offer
from microharvest.model.values import Concept, LangMap, Registration

__all__ = ["links_in"]


def links_in(doc: bytes) -> tuple[LinkStop, ...]:
    """The links of a coded offer, field by field."""
    offer = decode_offer(doc)
    found: list[LinkStop] = []
    for outcome in offer.learning_outcomes:
        found += _concepts("learning_outcomes", outcome.skills)
    found += _concepts("skills", offer.skills)
    found += _concepts("occupations", offer.occupations)
    for field, bodies in (("provider", [offer.provider]), ("awarding_body", offer.awarding_body)):
        for body in bodies:
            found += [_registration(field, body.name, one) for one in body.registrations] if body else []
    for one in offer.quality_assurance:
        found += [_registration("quality_assurance", one.agent, one.registered)] if one.registered else []
    return tuple(found)


def _concepts(field: str, concepts: tuple[Concept, ...]) -> Iterator[LinkStop]:
    for one in concepts:
        if one.uri and one.basis:
            yield LinkStop(
                field=field, label=_any(one.label), uri=one.uri, basis=one.basis, score=one.score, edition=one.edition
            )


def _registration(field: str, name: LangMap, one: Registration) -> LinkStop:
    valid = f"{one.valid_from or ''}/{one.valid_to or ''}" if one.valid_from or one.valid_to else None
    return LinkStop(
        field=field, label=_any(name), uri=one.uri, basis=one.basis, score=None, edition=one.edition,
        register=one.register, valid=valid,
    )  # fmt: skip


def _any(texts: LangMap) -> str:
    return next(iter(texts.values()), "")
