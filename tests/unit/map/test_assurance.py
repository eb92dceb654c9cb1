"""Quality assurance and learning outcomes."""

from __future__ import annotations

from microharvest.map.apply import apply_draft
from microharvest.model.values import Concept, LearningOutcome, QualityAssurance
from tests.unit.map.drafts import NOTHING, codes, fill, mapped, offer_draft

TYPE = "http://data.europa.eu/snb/accreditation/820101cba6"


def test_flat_statements() -> None:
    offer = mapped(quality_assurance=["NVAO accredited", TYPE, "NVAO accredited"]).offer
    assert offer.quality_assurance == (
        QualityAssurance(title={"und": "NVAO accredited"}),
        QualityAssurance(type=Concept(uri=TYPE)),
    )


def test_a_part() -> None:
    draft = offer_draft()
    draft.part("quality_assurance")
    fill(
        draft.part("quality_assurance"),
        type={"value": "Programme", "uri": TYPE},
        title="Accreditation",
        agent={"value": "NVAO", "lang": "nl"},
        valid_from="2024-01-01",
        valid_to="2020",
        report=["nowhere", "https://x.example/report"],
    )
    found = apply_draft(draft, NOTHING)
    assert found.offer.quality_assurance == (
        QualityAssurance(
            type=Concept(uri=TYPE, label={"und": "Programme"}),
            title={"und": "Accreditation"},
            agent={"nl": "NVAO"},
            valid_from="2024-01-01",
            valid_to="2020",
            report="https://x.example/report",
        ),
    )
    assert codes(found) == [
        ("date.reversed", "quality_assurance.valid_to", "2024-01-01 - 2020"),
        ("url.invalid", "quality_assurance.report", "nowhere"),
    ]


def test_outcomes_with_their_skills() -> None:
    draft = offer_draft(learning_outcomes={"value": "Reads data", "lang": "en"})
    skill = "http://data.europa.eu/esco/skill/1"
    fill(
        draft.part("learning_outcome"),
        title={"value": "Cleans data", "lang": "en"},
        skills={"value": "clean", "uri": skill},
    )
    fill(draft.part("learning_outcome"), title={"value": "Reads data", "lang": "en"})
    draft.part("learning_outcome")
    assert apply_draft(draft, NOTHING).offer.learning_outcomes == (
        LearningOutcome(title={"en": "Cleans data"}, skills=(Concept(uri=skill, label={"und": "clean"}),)),
        LearningOutcome(title={"en": "Reads data"}),
    )
