"""Skills and occupations of an offer: declared URIs checked, labels and outcomes linked. Pure.

What must stay true: a declared URI is never replaced; where a source links an outcome or an offer itself, nothing is
read out of its texts; a text whose language is not known links to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from microharvest.coding.known import OCCUPATIONS, SKILLS, Known, kind_of
from microharvest.coding.labels import Found
from microharvest.coding.words import base_language, statements_in
from microharvest.model.issue import Issue
from microharvest.model.offer import Offer
from microharvest.model.values import Concept, LangMap, LearningOutcome

__all__ = ["code_concepts"]

_MOST = 20
"""Links out of one text: more are a catalogue, not an outcome."""


def code_concepts(offer: Offer, known: Known, issues: list[Issue]) -> Offer:
    """The offer with its links; `issues` gets declared ones that were withdrawn or never were."""
    outcomes = tuple(_outcome(one, known, issues) for one in offer.learning_outcomes)
    skills = _coded(SKILLS, "skills", offer.skills, known, issues)
    occupations = _coded(OCCUPATIONS, "occupations", offer.occupations, known, issues)
    basis = offer.basis
    if not any(
        one.uri and one.basis != "text" for one in (*skills, *(one for each in outcomes for one in each.skills))
    ):
        told = {one.uri for each in outcomes for one in each.skills}
        more = tuple(one for one in _in_text(offer.title, known) if one.uri not in told)
        if more and not skills:
            basis = {**basis, "skills": "derived"}
        skills += more
    return msgspec.structs.replace(
        offer, learning_outcomes=outcomes, skills=skills, occupations=occupations, basis=basis
    )


def _outcome(outcome: LearningOutcome, known: Known, issues: list[Issue]) -> LearningOutcome:
    skills = _coded(SKILLS, "learning_outcomes", outcome.skills, known, issues)
    if not any(one.uri for one in skills):
        skills += tuple(_in_text(outcome.title, known))
    return outcome if skills == outcome.skills else msgspec.structs.replace(outcome, skills=skills)


def _coded(
    kind: str, field: str, concepts: Iterable[Concept], known: Known, issues: list[Issue]
) -> tuple[Concept, ...]:
    return tuple(_declared(field, one, known, issues) if one.uri else _labelled(kind, one, known) for one in concepts)


def _declared(field: str, concept: Concept, known: Known, issues: list[Issue]) -> Concept:
    assert concept.uri is not None
    kind = kind_of(concept.uri)
    standing = known.standings.get(kind or "", {}).get(concept.uri)
    if standing is None:
        return concept
    if standing.withdrawn or standing.edition is None:
        code = "concept.withdrawn" if standing.withdrawn else "concept.unresolved"
        issues.append(Issue(code=code, field=field, value=concept.uri[:200]))
    return msgspec.structs.replace(concept, basis="declared", edition=standing.edition)


def _labelled(kind: str, concept: Concept, known: Known) -> Concept:
    """Linked where every language that finds anything finds the same concept."""
    found = [one for tag, text in sorted(concept.label.items()) if (one := _named(kind, tag, text, known)) is not None]
    if len({one.uri for one in found}) != 1:
        return concept
    best = max(found, key=lambda one: one.score)
    return msgspec.structs.replace(concept, uri=best.uri, basis=best.basis, score=best.score, edition=best.edition)


def _named(kind: str, tag: str, text: str, known: Known) -> Found | None:
    labels = known.labels(kind, base_language(tag))
    return labels.named(text) if labels is not None else None


def _in_text(texts: LangMap, known: Known) -> list[Concept]:
    """What the statements of a text name, each concept once."""
    found: dict[str, Concept] = {}
    for tag, text in sorted(texts.items()):
        language = base_language(tag)
        labels = known.labels(SKILLS, language)
        if labels is None:
            continue
        for statement in statements_in(text):
            whole = labels.named(statement) if " " in statement else None
            for one in [whole] if whole is not None else labels.within(statement):
                if one.uri not in found and len(found) < _MOST:
                    found[one.uri] = Concept(
                        uri=one.uri, label={language: one.label}, basis="text", score=one.score, edition=one.edition
                    )
    return list(found.values())
