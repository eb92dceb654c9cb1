"""Links to ESCO in a third language: real Spanish texts against real labels, judged by eye.

`skills_es.csv` has 269 skills of ESCO 1.0 (© European Union, CC BY 4.0) with their own URIs and Spanish labels, in the
publisher's columns: four stretches of the list, so that what stands beside them is what happens to stand there.
`links_es.csv` has 89 titles and outcomes of courses, curricula and occupational profiles as they stand on public pages,
some of them looked for because they hold a label's words in another sense. `right` was written before anything was run,
by one reader; four labels ("desarrollar modelos") were changed after it, when ESCO's definition of that skill was read:
it means mathematical models of processes, which is what those texts mean. As first written 22 of 28 links are right.
"""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from microharvest.coding.known import SKILLS, Known
from microharvest.coding.labels import Labels
from microharvest.coding.skills import code_concepts
from microharvest.map.published import PublishedConcept, read_published
from microharvest.model.offer import Offer
from microharvest.model.values import Concept, LearningOutcome

HERE = Path(__file__).parent
WRONG = {
    "Escribir código siguiendo las guías de estilo y convenciones de la empresa.": "guías de estilo",  # of writing
    "Pedagogía de las ciencias experimentales - Informática": "ciencias experimentales",  # how to teach them
}


@pytest.fixture(scope="module")
def skills() -> list[PublishedConcept]:
    return read_published("esco-skills", (HERE / "skills_es.csv").read_bytes(), "es")


def links(where: str, text: str, known: Known) -> tuple[Concept, ...]:
    told = {"es": text}
    offer = Offer(title=told) if where == "title" else Offer(learning_outcomes=(LearningOutcome(title=told),))
    coded = code_concepts(offer, known, [])
    return coded.skills if where == "title" else coded.learning_outcomes[0].skills


def test_spanish_texts_are_linked_as_english_and_french_ones_are(skills: list[PublishedConcept]) -> None:
    assert len(skills) == 269
    named = [(one.uri, "1.0", label.text, label.others) for one in skills for label in one.labels]
    index = Labels(named)
    known = Known(
        labels=lambda kind, language: index if (kind, language) == (SKILLS, "es") else None,
        standings={}, entries={}, reports={},
    )  # fmt: skip
    called = {uri: text for uri, _, text, _ in named}
    with (HERE / "links_es.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    told: Counter[tuple[float | None, bool]] = Counter()
    missed = 0
    wrong: dict[str, str] = {}
    for row in rows:
        found = {called[one.uri or ""]: one.score for one in links(row["where"], row["text"], known)}
        told.update((score, name == row["right"]) for name, score in found.items())
        wrong.update((row["text"], name) for name in found if name != row["right"])
        missed += bool(row["right"]) and row["right"] not in found
    assert (len(rows), wrong, missed) == (89, WRONG, 11)
    # the whole text is the label, differs from it in an end ("bases de datos"), or holds it
    assert told == {(1.0, True): 7, (0.96, True): 1, (0.95, True): 18, (0.95, False): 2}
