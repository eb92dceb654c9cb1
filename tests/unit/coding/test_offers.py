"""Offers held against vocabularies and registers: what is linked, on what ground, and what is told instead."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microharvest.coding.known import Entry, Known, Standing, asks_of, body_keys
from microharvest.coding.labels import Labels
from microharvest.coding.registers import code_organisations
from microharvest.coding.skills import code_concepts
from microharvest.model.coded import as_said, assured, registered
from microharvest.model.issue import Issue
from microharvest.model.offer import OFFER_FIELDS, Offer, decode_offer, encode_offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import Concept, Identifier, LearningOutcome, QualityAssurance
from microharvest.quality.facts import FACTS, Given

SKILL = "http://data.europa.eu/esco/skill/"
JOB = "http://data.europa.eu/esco/occupation/"
LABELS = {
    ("esco-skills", "en"): Labels([(SKILL + "1", "2", "manage budgets", []), (SKILL + "2", "2", "solar energy", [])]),
    ("esco-skills", "fr"): Labels([(SKILL + "1", "2", "gérer des budgets", []), (SKILL + "3", "2", "énergie", [])]),
    ("esco-occupations", "en"): Labels([(JOB + "9", "2", "welder", [])]),
}
STANDINGS = {
    "esco-skills": {
        SKILL + "1": Standing("2", False),
        SKILL + "old": Standing("1", True),
        SKILL + "no": Standing(None, False),
    }
}


def known(
    entries: Mapping[str, Mapping[str, tuple[Entry, ...]]] | None = None, reports: Mapping[str, Entry] | None = None
) -> Known:
    return Known(
        labels=lambda kind, language: LABELS.get((kind, language)), standings=STANDINGS,
        entries=entries or {}, reports=reports or {},
    )  # fmt: skip


def coded(offer: Offer, **more: object) -> tuple[Offer, list[tuple[str, str]]]:
    issues: list[Issue] = []
    sight = known(**more)  # type: ignore[arg-type]
    found = code_organisations(code_concepts(offer, sight, issues), sight, issues)
    assert decode_offer(encode_offer(found)) == found
    return found, [(one.code, one.value) for one in issues]


def test_declared_links_are_checked_and_kept() -> None:
    said = tuple(Concept(uri=uri) for uri in (SKILL + "1", SKILL + "old", SKILL + "no", "https://other.example/x"))
    found, issues = coded(Offer(skills=said, title={"en": "Solar energy"}))
    assert [(one.uri, one.basis, one.edition) for one in found.skills] == [
        (SKILL + "1", "declared", "2"),
        (SKILL + "old", "declared", "1"),
        (SKILL + "no", "declared", None),
        ("https://other.example/x", None, None),
    ]
    assert issues == [("concept.withdrawn", SKILL + "old"), ("concept.unresolved", SKILL + "no")]
    assert as_said(found.skills) == said


def test_labels_are_linked_in_their_language() -> None:
    said = (
        Concept(label={"en": "Manage budget"}, code="own-7"),
        Concept(label={"de": "manage budgets"}),
        Concept(label={"und": "manage budgets"}),
        Concept(label={"en": "manage budgets", "fr": "énergie"}),
        Concept(label={"en": "manage budgets", "fr": "Gérer des budgets"}),
    )
    found, issues = coded(Offer(skills=said, occupations=(Concept(label={"en-GB": "Welder"}),)))
    assert [(one.uri, one.basis, one.edition) for one in found.skills] == [
        (SKILL + "1", "fuzzy", "2"),
        (None, None, None),
        (None, None, None),
        (None, None, None),
        (SKILL + "1", "label", "2"),
    ]
    assert (found.skills[0].code, found.skills[0].label) == ("own-7", {"en": "Manage budget"}), "nothing is taken away"
    assert [(one.uri, one.basis) for one in found.occupations] == [(JOB + "9", "label")]
    assert issues == []
    assert as_said(found.skills) == said


def test_outcomes_and_titles_are_read_where_the_source_links_nothing() -> None:
    texts = LearningOutcome(title={"en": "- manage budgets\n- use solar energy"})
    linked = LearningOutcome(title={"en": "use solar energy"}, skills=(Concept(uri=SKILL + "1"),))
    found, _ = coded(Offer(title={"en": "Solar energy in practice"}, learning_outcomes=(texts,)))
    assert [one.uri for one in found.learning_outcomes[0].skills] == [SKILL + "1", SKILL + "2"]
    assert found.skills == (), "the title says nothing more"
    assert as_said(found.learning_outcomes) == (texts,)
    found, _ = coded(Offer(title={"en": "Solar energy in practice"}))
    assert [(one.uri, one.basis, one.coded) for one in found.skills] == [(SKILL + "2", "text", False)]
    assert found.basis == {"skills": "derived"}
    assert as_said(found.skills) == ()
    found, _ = coded(Offer(title={"en": "Solar energy in practice"}, learning_outcomes=(linked,)))
    assert found.skills == ()
    assert [one.basis for one in found.learning_outcomes[0].skills] == ["declared"]


def test_without_vocabularies_nothing_happens() -> None:
    offer = Offer(
        title={"en": "manage budgets"}, skills=(Concept(uri=SKILL + "1"),), provider=Organisation(name={"en": "X"})
    )
    nothing = Known(labels=lambda *_: None, standings={}, entries={}, reports={})
    issues: list[Issue] = []
    assert code_organisations(code_concepts(offer, nothing, issues), nothing, issues) == offer
    assert issues == []


ROR = {
    "ror:05abc1234": (Entry("r:1", "e"),),
    "domain:uni.example": (Entry("r:1", "e"),),
    "domain:shared.example": (Entry("r:1", "e"), Entry("r:2", "e")),
    "name:NO:universitetet i oslo": (Entry("r:1", "e"),),
    "name:NO:handelsskolen": (Entry("r:2", "e"), Entry("r:3", "e")),
    "name:NO:gammel skole": (Entry("r:4", "e", live=False),),
    "name:NO:annen skole": (Entry("r:2", "e"),),
}


@pytest.mark.parametrize(
    ("body", "country", "found"),
    [
        (Organisation(identifiers=(Identifier(scheme="ror", value="https://ror.org/05abc1234"),)), None, ("r:1", "id")),
        (Organisation(homepage="https://www.law.uni.example/courses"), None, ("r:1", "domain")),
        (Organisation(name={"no": "Universitetet i Oslo!"}), "NO", ("r:1", "name")),
        (Organisation(name={"no": "UNIVERSITETET I OSLO"}, country="SE"), "NO", None),
        (Organisation(name={"no": "Universitetet i Oslo"}), None, None),
        (Organisation(name={"no": "Handelsskolen"}), "NO", None),
        (Organisation(name={"no": "Gammel skole"}), "NO", None),
        (Organisation(homepage="https://shared.example"), "NO", None),
        (Organisation(homepage="https://shared.example", name={"no": "Annen skole"}), "NO", ("r:2", "domain")),
        (Organisation(homepage="https://uni.example", name={"no": "Annen skole"}), "NO", None),
        (Organisation(homepage="https://uni.example", name={"no": "Noe annet"}), "NO", ("r:1", "domain")),
        (Organisation(name={"no": "Universitetet i Oslo", "en": "Annen skole"}), "NO", None),
        (Organisation(homepage="http://[broken", name={}), "NO", None),
    ],
)
def test_the_surest_ground_decides(body: Organisation, country: str | None, found: tuple[str, str] | None) -> None:
    offer, _ = coded(Offer(provider=body, country=country), entries={"ror": ROR})
    assert offer.provider is not None
    assert [(one.uri, one.basis) for one in offer.provider.registrations] == ([found] if found else [])
    assert registered(offer) is (found is not None)
    assert as_said(offer.provider) == body


def test_an_id_nobody_has_is_told_and_nothing_else_is_tried_in_vain() -> None:
    body = Organisation(
        identifiers=(
            Identifier(scheme="ror", value="https://ror.org/0zzzzzz99"),
            Identifier(scheme="vat", value="NO1"),
        ),
        homepage="https://uni.example",
    )
    offer, issues = coded(Offer(provider=body), entries={"ror": ROR, "eter": {}})
    assert issues == [("identifier.unresolved", "ror:0zzzzzz99")]
    assert offer.provider is not None
    assert [one.basis for one in offer.provider.registrations] == ["domain"]
    assert body_keys(body, None)["id"] == ("ror:0zzzzzz99",)


def test_what_registers_say_of_assurance() -> None:
    body = Organisation(identifiers=(Identifier(scheme="x", value="DEQARINST0007"),))
    deqar = {"deqar:DEQARINST0007": (Entry("urn:deqar:DEQARINST0007", "d"),)}
    report = {"urn:deqar:DEQARINST0007": Entry("u", "p", valid_from="2022-01-01", valid_to="2026-06-30", agency="QAA")}
    offer, _ = coded(Offer(provider=body), entries={"deqar": deqar}, reports=report)
    assert offer.provider is not None
    assert [(one.register, one.edition, one.valid_to) for one in offer.provider.registrations] == [
        ("deqar", "d", None),
        ("deqar-reports", "p", "2026-06-30"),
    ]
    assert [assured(offer, date(year, 6, 30)) for year in (2021, 2026, 2027)] == [False, True, False]
    (in_force,) = (fact for fact in FACTS["assurance"] if fact.code == "trust.in_force")
    assert in_force.holds(Given(offer=offer, on=date(2026, 1, 1))) is True
    assert in_force.holds(Given(offer=Offer(), on=date(2026, 1, 1))) is None


def test_an_agency_is_known_by_name_or_acronym() -> None:
    agency = Entry("urn:deqar:agency:37", "d", valid_from="2008-03-04", valid_to="2027-03-31")
    other = Entry("urn:deqar:agency:38", "d")
    by_key = {"agency:nvao": (agency,), "agency:quality": (agency, other)}
    said = (QualityAssurance(agent={"nl": "NVAO"}), QualityAssurance(agent={"en": "Quality"}), QualityAssurance())
    offer, _ = coded(Offer(quality_assurance=said), entries={"deqar-agencies": by_key})
    assert [one.registered and one.registered.uri for one in offer.quality_assurance] == [agency.uri, None, None]
    assert as_said(offer.quality_assurance) == said
    assert assured(offer, date(2027, 4, 1)) is False


def test_an_offer_asks_only_what_bears_on_it() -> None:
    assert asks_of(Offer()) == ""
    assert asks_of(Offer(title={"en": "x"})) == "esco-skills"
    assert asks_of(Offer(occupations=(Concept(label={"en": "x"}),))) == "esco-occupations"
    assert asks_of(Offer(provider=Organisation(name={"en": "No country"}))) == ""
    assert "ror" in asks_of(Offer(provider=Organisation(name={"en": "A Country"}, country="NO")))
    assert asks_of(Offer(quality_assurance=(QualityAssurance(agent={"en": "NVAO"}),))) == "deqar-agencies"


_WORDS = st.sampled_from(
    ["manage budgets", "Manage budget", "solar energy", "énergie", "x", "", "\n- use solar energy;\n"]
)
_TEXT = st.one_of(_WORDS, st.text(max_size=30), st.tuples(_WORDS, st.text(max_size=9)).map(" ".join))
_TEXTS = st.dictionaries(st.sampled_from(["en", "fr", "und", "en-US", "zz"]), _TEXT, max_size=3)
_URIS = st.sampled_from([None, None, SKILL + "1", SKILL + "old", SKILL + "no", JOB + "9", "https://x.example/1"])
_CONCEPTS = st.lists(st.builds(Concept, uri=_URIS, label=_TEXTS), max_size=4).map(tuple)
_IDS = st.lists(
    st.builds(Identifier, scheme=st.sampled_from(["ror", "eter", "x"]), value=_TEXT), max_size=2
).map(tuple)  # fmt: skip
_BODIES = st.builds(
    Organisation, name=_TEXTS, identifiers=_IDS, homepage=st.one_of(st.none(), st.just("https://uni.example"), _TEXT)
)


@given(
    st.builds(
        Offer,
        title=_TEXTS,
        skills=_CONCEPTS,
        occupations=_CONCEPTS,
        provider=st.one_of(st.none(), _BODIES),
        awarding_body=st.lists(_BODIES, max_size=2).map(tuple),
        learning_outcomes=st.lists(st.builds(LearningOutcome, title=_TEXTS, skills=_CONCEPTS), max_size=3).map(tuple),
        quality_assurance=st.lists(st.builds(QualityAssurance, agent=_TEXTS), max_size=2).map(tuple),
        country=st.sampled_from([None, "NO"]),
    )
)
def test_nothing_a_source_said_is_taken_away(offer: Offer) -> None:
    found, issues = coded(offer, entries={"ror": ROR})
    for field in OFFER_FIELDS:
        assert as_said(getattr(found, field)) == getattr(offer, field), field
    assert coded(offer, entries={"ror": ROR}) == (found, issues), "the same again"
    for concept in (
        *found.skills,
        *found.occupations,
        *(one for each in found.learning_outcomes for one in each.skills),
    ):
        assert (concept.basis is None) or concept.uri
        assert (concept.score is None) == (concept.basis in {None, "declared"})
