"""What is written is read back: the same offer, but for what the report says is left out. Nothing goes silently."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microharvest.map.vocabulary import concept_list
from microharvest.model.instance import Instance
from microharvest.model.offer import OFFER_FIELDS, Offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import (
    Concept,
    Credits,
    Entitlement,
    Identifier,
    LearningOutcome,
    Location,
    Microcredential,
    Price,
    QualityAssurance,
    Subject,
)
from microharvest.publish.elm.losses import LOSSES
from tests.loq_files import as_loq_says, read_back, written

FORMS = ("elm-xml", "elm-jsonld")
SNB = "http://data.europa.eu/snb/"
ESCO = "http://data.europa.eu/esco/"
QDR = f"{SNB}qdr/c_060f2f91"

WORDS = st.sampled_from(
    [
        "Batteries & <safety>",
        "R&D",
        "Näyttötutkinto",
        "x < y > z",
        "&amp; twice",
        "use <b> here",
        "Øl",
        "&lt;p&gt;",
        '"quoted" inside',
        "λ",
        "two  blanks",
        " edge",
        "a\nb",
        "日本",
    ]
)
CLEAN = st.sampled_from(["Batteries & <safety>", "R&D", "Näyttö", "x < y > z", 'say "quoted" words', "λ", "日本 入門"])
PROSE = st.sampled_from(["One.\n\nTwo & three <b>bold</b>.", "Line\nline", "plain", "&lt;script&gt; is a tag", "1 < 2"])


def texts(words: st.SearchStrategy[str], *tags: str, least: int = 0) -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(st.sampled_from(tags or ("en", "nb", "pt-BR")), words, min_size=least, max_size=2)


def several(one: st.SearchStrategy[Any], most: int = 2) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(one, max_size=most, unique_by=repr).map(tuple)


def term(name: str) -> st.SearchStrategy[Concept]:
    return st.sampled_from([Concept(uri=uri) for uri in sorted(concept_list(name).by_uri)])


def maybe(one: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | one


DAYS = st.sampled_from(["2026-10-05", "2027-02-28T12:30:00Z", "2027-03-01T08:00:00+02:00"])
SKILLS = st.sampled_from(
    [
        Concept(uri=f"{ESCO}skill/6a6c7e04", label={"en": "store cells"}),
        Concept(code="http://x.example/f/1"),
        Concept(uri=f"{ESCO}skill/77777777"),
    ]
)
JOBS = st.sampled_from(
    [Concept(uri=f"{ESCO}occupation/1", label={"en": "welder"}), Concept(code="https://x.example/j")]
)
IDENTIFIERS = st.sampled_from(
    [
        Identifier(scheme="code", value="A 1<2"),
        Identifier(scheme="https://x.example/s", value="77"),
        Identifier(scheme="uri", value="https://x.example/c/9?a=1&b=2"),
        Identifier(scheme="doi", value="10.1/x"),
    ]
)
BODIES = st.builds(
    Organisation,
    name=texts(CLEAN, "en", "nb", "und", least=1),
    country=maybe(st.sampled_from(["NO", "XK"])),
    identifiers=several(
        st.sampled_from(
            [
                Identifier(scheme="uri", value="https://x.example/org/1"),
                Identifier(scheme="uri", value="not an address"),
                Identifier(scheme="vat", value="NO 123"),
                Identifier(scheme="code", value="org-7"),
            ]
        )
    ),
    homepage=maybe(st.just("https://x.example/")),
)
HELD = st.builds(
    QualityAssurance,
    type=term("accreditations"),
    title=texts(CLEAN, "en"),
    agent=texts(CLEAN, "en", "und", least=1),
    agent_country=st.just("FI"),
    valid_from=maybe(DAYS),
    valid_to=maybe(DAYS),
    report=maybe(st.just("https://x.example/r")),
)
ENTITLEMENTS = st.builds(
    Entitlement,
    type=term("entitlements"),
    status=term("entitlement_statuses"),
    title=texts(CLEAN, "en", "fi"),
    occupations=several(JOBS),
)
ASSURANCES = st.builds(
    QualityAssurance,
    type=maybe(term("accreditations")),
    title=texts(CLEAN, "en"),
    agent=texts(CLEAN, "en", "und"),
    agent_country=maybe(st.just("FI")),
    valid_from=maybe(DAYS),
    valid_to=st.none() | st.just("2029"),
    report=maybe(st.just("https://x.example/r.pdf")),
)
PLAIN: dict[str, Any] = {
    "title": texts(CLEAN, least=1),
    "alt_title": several(texts(st.sampled_from(["Other", "Annet"]), "en", "nb", least=1)),
    "description": texts(PROSE),
    "identifiers": several(IDENTIFIERS, 4),
    "homepage": st.just(("https://x.example/a?b=1&c=2", "https://x.example/b")),
    "credential_type": maybe(term("credential_types")),
    "credits": several(
        st.builds(
            Credits,
            framework=st.sampled_from(["ECTS", "ECVET"]),
            points=st.sampled_from([Decimal("2.5"), Decimal(60), Decimal("0.1")]),
        ),
        1,
    ),
    "workload_hours": maybe(st.sampled_from(list(map(Decimal, ["62.5", "1", "0.25"])))),
    "eqf_level": maybe(st.integers(1, 8)),
    "isced_f": st.just((Subject(code="0713", uri=f"{SNB}isced-f/0713"), Subject(code="07", uri=f"{SNB}isced-f/07"))),
    "nqf_level": st.sampled_from(
        [(), (Concept(uri=QDR),), (Concept(uri="http://x.example/n/5", label={"en": "Five"}),)]
    ),
    "quality_assurance": several(HELD),
    "entitlements": several(ENTITLEMENTS),
    "subjects": several(st.just(Concept(uri="http://x.example/s/1", label={"fr": "Énergie"}))),
    "languages": st.sampled_from([("nb", "en"), ("fi",)]),
    "modes": several(term("modes").filter(lambda one: "c_3a" not in one.uri)),
    "setting": maybe(term("settings")),
    "activities": several(term("activities")),
    "assessment": several(term("assessments") | st.just(Concept(label={"en": "A chat over coffee"}))),
    "supervision": several(term("supervision")),
    "learning_outcomes": several(
        st.builds(
            LearningOutcome,
            title=texts(CLEAN, "en", "fi", least=1),
            skills=several(SKILLS),
            type=maybe(term("skill_types")),
            reuse_level=maybe(term("skill_reuse_levels")),
        )
    ),
    "entry_requirement": texts(PROSE, "en"),
    "target_group": several(term("target_groups")),
    "grants": several(texts(CLEAN, "en", "nb", least=1), 1),
    "country": st.just("NO"),
    "status": maybe(st.sampled_from(["released", "obsolete"])),
    "modified": maybe(DAYS),
    "instances": several(
        st.builds(
            Instance,
            title=texts(CLEAN, "en"),
            identifiers=several(st.just(Identifier(scheme="code", value="run-1")), 1),
            start_date=maybe(DAYS),
            application_deadline=maybe(DAYS),
            modes=several(term("schedules").map(lambda _: Concept(uri=f"{SNB}learning-assessment/920fbb3cbe"))),
            duration=maybe(st.sampled_from(["P2W", "P3M", "PT8H"])),
            schedule=maybe(term("schedules")),
            prices=several(
                st.builds(Price, amount=st.sampled_from([Decimal(0), Decimal("1200.5")]), currency=st.just("NOK"))
            ),
            locations=several(
                st.sampled_from(
                    [Location(country="NO", address="Vei 1\n0001 Oslo"), Location(country="SE", city="Umeå")]
                )
            ),
            status=maybe(st.just("cancelled")),
        ),
        1,
    ),
}
ODD: dict[str, Any] = {
    **PLAIN,
    "title": st.builds(lambda one, more: one | more, texts(WORDS, "en", least=1), texts(WORDS, "nb", "sh", "und")),
    "alt_title": several(texts(WORDS, "en", "und")),
    "description": texts(WORDS | PROSE, "en", "und"),
    "awarding_body": several(BODIES | st.just(Organisation(name={"en": "Nowhere"}, city="Bodø"))),
    "credential_type": maybe(
        term("credential_types")
        | st.sampled_from(
            [Concept(code="microcredential", label={"en": "Microcredential"}), Concept(label={"en": "Zertifikat"})]
        )
    ),
    "source_label": maybe(st.sampled_from(["Modul", "Kurs", "nanodegree", "Microcredential"])),
    "is_microcredential": st.sampled_from([Microcredential(), Microcredential(value="yes", basis="declared")]),
    "credits": st.lists(
        st.builds(
            Credits,
            framework=st.sampled_from(["ECTS", "CATS"]),
            points=st.sampled_from([Decimal(5), Decimal(90)]),
            original=maybe(st.just("5 op")),
            derived=st.booleans(),
        ),
        max_size=2,
        unique_by=lambda one: one.framework,
    ).map(tuple),
    "duration": maybe(st.sampled_from(["P2W", "about a week", "P1Y"])),
    "schedule": maybe(term("schedules") | st.just(Concept(label={"en": "evenings"}))),
    "nqf_level": several(
        st.sampled_from(
            [
                Concept(uri=QDR),
                Concept(uri="http://x.example/nqf/5", label={"en": "Five"}),
                Concept(label={"en": "Level 5"}),
            ]
        ),
        3,
    ),
    "languages": st.sampled_from([("nb", "en"), ("pt-BR",), ("sr-Latn", "en"), ("sh", "sl")]),
    "modes": several(term("modes") | st.just(Concept(label={"en": "somehow"}))),
    "quality_assurance": several(ASSURANCES | HELD),
    "learning_outcomes": several(
        st.builds(
            LearningOutcome,
            title=texts(WORDS, "en", "und"),
            skills=several(SKILLS | st.just(Concept(label={"en": "x"}))),
            type=maybe(st.just(Concept(label={"en": "attitude"}))),
        )
    ),
    "supervision": several(term("supervision") | st.just(Concept(label={"en": "supervised online"}))),
    "skills": several(SKILLS),
    "occupations": several(JOBS),
    "sectors": several(st.just(Concept(code="C"))),
    "entitlements": several(
        ENTITLEMENTS | st.builds(Entitlement, type=maybe(term("entitlements")), title=texts(WORDS, "en", "und"))
    ),
    "entry_requirement": texts(PROSE, "en", "nb", "und"),
    "part_of": several(st.just(Identifier(scheme="uri", value="https://x.example/whole"))),
    "prices": several(st.builds(Price, amount=st.just(Decimal(3)), currency=maybe(st.sampled_from(["EUR", "ZWG"])))),
    "grants": several(texts(WORDS, "en", "und"), 2),
    "accessibility": several(st.just(Concept(label={"en": "captions"}))),
    "country": maybe(st.sampled_from(["NO", "SE"])),
    "instances": several(
        st.builds(
            Instance,
            title=texts(WORDS, "en", "und"),
            identifiers=several(IDENTIFIERS),
            languages=st.sampled_from([(), ("fi",)]),
            start_date=maybe(st.sampled_from(["2026-10", "2026-10-05"])),
            duration=maybe(st.just("P1.5W")),
            prices=several(st.just(Price(amount=Decimal(7), currency="EUR", original="7 €"))),
            locations=several(
                st.sampled_from([Location(city="Bodø"), Location(country="NO", city="Bodø", address="Vei 1")])
            ),
        )
    ),
}


def offers(fields: dict[str, Any]) -> st.SearchStrategy[Offer]:
    return st.builds(Offer, provider=BODIES, **fields).map(_levelled)


def _levelled(offer: Offer) -> Offer:
    """As when any feed is mapped: a national level of the list gives the EQF level, and the occupations of an
    entitlement are the offer's."""
    named = [job for one in offer.entitlements for job in one.occupations]
    jobs = tuple({repr(job): job for job in (*offer.occupations, *named)}.values())
    return msgspec.structs.replace(
        offer, eqf_level=(offer.eqf_level or 6) if offer.nqf_level else offer.eqf_level, occupations=jobs
    )


def back(offer: Offer, version: str, form: str) -> tuple[Offer | None, dict[str, int]]:
    document, report = written([offer], version, form)
    with tempfile.TemporaryDirectory() as folder:
        found = read_back(document, Path(folder), form)
    assert len(found) == report.written
    return (found["urn:microharvest:e0#specification"] if found else None), report.left_out


def differing(offer: Offer, found: Offer) -> dict[str, tuple[Any, Any]]:
    one, other = as_loq_says(offer), as_loq_says(found)
    return {
        field: (getattr(one, field), getattr(other, field))
        for field in OFFER_FIELDS
        if getattr(one, field) != getattr(other, field)
    }


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("version", ["3.1", "3.3"])
@given(offer=offers(PLAIN))
@settings(max_examples=25, deadline=None)
def test_an_offer_loq_has_words_for_comes_back_whole(version: str, form: str, offer: Offer) -> None:
    if not offer.learning_outcomes:
        offer = msgspec.structs.replace(offer, learning_outcomes=(LearningOutcome(title={"en": "Can weld"}),))
    found, left_out = back(offer, version, form)
    assert found is not None
    programme = bool(offer.quality_assurance) and not any(one.uri == QDR for one in offer.nqf_level)
    assert set(left_out) <= ({"country", "quality_assurance"} if programme else {"country"})
    assert differing(offer, found).keys() <= set(left_out)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("version", ["3.1", "3.3"])
@given(offer=offers(ODD))
@settings(max_examples=60, deadline=None)
def test_nothing_is_lost_that_is_not_told(version: str, form: str, offer: Offer) -> None:
    found, left_out = back(offer, version, form)
    if found is not None:
        told = {field for code in left_out for field in LOSSES[code].fields}
        assert differing(offer, found).keys() <= told, left_out


def test_every_field_of_an_offer_is_written_or_has_a_reason() -> None:
    touched = {field for loss in LOSSES.values() for field in loss.fields}
    assert {"sectors", "accessibility", "skills", "part_of", "has_part"} <= touched <= set(OFFER_FIELDS)
    assert ODD.keys() | {"provider", "has_part"} == set(OFFER_FIELDS), "a field nobody tries"
