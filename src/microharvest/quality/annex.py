"""Which elements of Annex I of the Council Recommendation 2022/C 243/02 an offer fills.

Nine mandatory elements and four optional ones concern an offer; the learner, the date of issuing and the grade belong
to a credential. Only what a source declares or what is mapped from it counts; a default or a placeholder does not.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from microharvest.model.offer import Offer
from microharvest.quality.repetition import repeats

__all__ = ["ELEMENTS", "Element"]

_NON_FORMAL = "http://data.europa.eu/snb/learning-setting/e207a81fc7"


class Element(msgspec.Struct, frozen=True, kw_only=True):
    """One element: its code and name, whether Annex I makes it mandatory, and how to tell that an offer has it (None:
    it does not apply)."""

    code: str
    name: str
    mandatory: bool
    filled: Callable[[Offer], bool | None]


def _said(*fields: str) -> Callable[[Offer], bool]:
    """Any of the fields has a value that is more than a default."""
    return lambda offer: any(getattr(offer, name) and offer.basis.get(name) != "default" for name in fields)


def _outcomes(offer: Offer) -> bool:
    told = offer.learning_outcomes if offer.basis.get("learning_outcomes") != "default" else ()
    return any(one.title and not repeats(one.title, offer.title) for one in told)


def _levelled(offer: Offer) -> bool | None:
    """Annex I asks the level "if applicable": what is declared non-formal may lie outside every framework."""
    setting = offer.setting.uri if offer.setting else None
    return _said("eqf_level", "nqf_level")(offer) or (None if setting == _NON_FORMAL else False)


ELEMENTS: tuple[Element, ...] = (
    Element(code="title", name="Title", mandatory=True, filled=_said("title")),
    Element(code="country", name="Country of the issuer", mandatory=True, filled=_said("country")),
    Element(code="awarding_body", name="Awarding body", mandatory=True, filled=_said("awarding_body", "provider")),
    Element(code="learning_outcomes", name="Learning outcomes", mandatory=True, filled=_outcomes),
    Element(
        code="workload", name="Workload (ECTS or hours)", mandatory=True, filled=_said("credits", "workload_hours")
    ),
    Element(code="level", name="Level (EQF or national)", mandatory=True, filled=_levelled),
    Element(code="assessment", name="Type of assessment", mandatory=True, filled=_said("assessment")),
    Element(
        code="participation",
        name="Form of participation",
        mandatory=True,
        filled=lambda offer: _said("modes")(offer) or any(each.modes for each in offer.instances),
    ),
    Element(code="quality_assurance", name="Quality assurance", mandatory=True, filled=_said("quality_assurance")),
    Element(code="prerequisites", name="Prerequisites", mandatory=False, filled=_said("entry_requirement")),
    Element(code="supervision", name="Supervision and identity check", mandatory=False, filled=_said("supervision")),
    Element(code="stackability", name="Stackability", mandatory=False, filled=_said("part_of", "has_part")),
    Element(
        code="further_information", name="Further information", mandatory=False, filled=_said("homepage", "description")
    ),
)
"""In the order of Annex I, mandatory ones first."""
