"""A record as the catalogue would show it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from microharvest.check.report import Preview
from microharvest.map.vocabulary import concept_list
from microharvest.map.vocabulary.levels import nqf_labels
from microharvest.model.offer import Offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import Concept, LangMap, Price
from microharvest.publish.admission import REASONS, withheld_because
from microharvest.publish.elm.demands import taught_in
from microharvest.quality.annex import ELEMENTS
from microharvest.report.naming import country_name, language_name
from microharvest.settings import PublishSettings

__all__ = ["preview_of"]

_TEXT, _SEVERAL = 320, 4
_OUTCOMES = next(one for one in ELEMENTS if one.code == "learning_outcomes")


def preview_of(record: str, offer: Offer, points: float | None, rules: PublishSettings) -> Preview:
    """`rules`: of admission, without the licence, which is the source's and not the record's."""
    reason = withheld_because(offer, rules)
    rows = {
        "Provider": _organisation(offer.provider),
        "Awarding body": ", ".join(_organisation(one) for one in offer.awarding_body),
        "Country": country_name(offer.country) if offer.country else "",
        "Kind": _concepts([offer.credential_type] if offer.credential_type else [], "credential_types")
        or offer.source_label or "",
        "Description": _text(offer.description),
        "Learning outcomes": _several(_text(one.title) for one in offer.learning_outcomes)
        + ("" if _OUTCOMES.filled(offer) or not offer.learning_outcomes else " (says no more than the title)"),
        "Credits": _several(f"{one.points} {one.framework}" for one in offer.credits),
        "Workload": f"{offer.workload_hours} hours" if offer.workload_hours is not None else "",
        "Level": _several(
            [*([f"EQF {offer.eqf_level}"] if offer.eqf_level else []), *map(_label, offer.nqf_level)]
        ),
        "Field of study": _several(f"ISCED-F {one.code}" for one in offer.isced_f),
        "Language": _several(map(language_name, taught_in(offer))),
        "Participation": _concepts(
            [*offer.modes, *(mode for one in offer.instances for mode in one.modes)], "modes"
        ),
        "Assessment": _concepts(offer.assessment, "assessments"),
        "Supervision": _concepts(offer.supervision, "supervision"),
        "Quality assurance": _several(
            _text(one.title) or (_label(one.type, "accreditations") if one.type else "")
            for one in offer.quality_assurance
        ),
        "Entry requirement": _text(offer.entry_requirement),
        "Price": _several(
            map(_price, (*offer.prices, *(price for one in offer.instances for price in one.prices)))
        ),
        "Starts": _several(one.start_date or "" for one in offer.instances),
        "Page": offer.homepage[0] if offer.homepage else "",
        "Micro-credential": {"yes": "yes", "no": "no", "undecided": "cannot be told"}[offer.is_microcredential.value],
        "Shown": "yes, once its licence allows it" if reason is None else f"no: {REASONS[reason].replace('`', '')}",
    }  # fmt: skip
    defaults = {name for name, basis in offer.basis.items() if basis == "default"}
    marked = {"Country": "country", "Language": "languages", "Provider": "provider"}
    return Preview(
        record=record,
        title=_text(offer.title) or "(without a title)",
        points=points,
        rows=[
            (name, f"{value} (a default, not from the feed)" if marked.get(name) in defaults else value)
            for name, value in rows.items()
            if value
        ],
        lacks=[one.name for one in ELEMENTS if one.mandatory and one.filled(offer) is False],
    )


def _text(texts: Mapping[str, str]) -> str:
    """English first, else what stands first."""
    found = " ".join((texts.get("en") or next(iter(texts.values()), "")).split())
    return found if len(found) <= _TEXT else f"{found[:_TEXT].rsplit(' ', 1)[0]} …"


def _several(texts: Iterable[str]) -> str:
    found = list(dict.fromkeys(text for text in texts if text))
    more = f" and {len(found) - _SEVERAL} more" if len(found) > _SEVERAL else ""
    return "; ".join(found[:_SEVERAL]) + more


def _concepts(concepts: Iterable[Concept], listed: str) -> str:
    return _several(_label(one, listed) for one in concepts)


def _label(concept: Concept, listed: str = "") -> str:
    known = concept_list(listed).by_uri.get(concept.uri or "") if listed else None
    national = nqf_labels().get((concept.uri or "").rpartition("/snb/qdr/")[2])
    label: LangMap = concept.label
    return known.label if known else national or _text(label) or concept.code or concept.uri or ""


def _organisation(organisation: Organisation | None) -> str:
    return "" if organisation is None else _text(organisation.name) or organisation.homepage or ""


def _price(price: Price) -> str:
    return "free" if not price.amount else f"{price.amount} {price.currency or '(currency not stated)'}"
