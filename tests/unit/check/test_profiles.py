"""Every rule of every profile: a feed it holds for, and one it does not. A rule that cannot fail is a defect."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from microharvest.check.engine import Given, judge
from microharvest.check.grading import Tally, merged, place_of
from microharvest.check.preview import preview_of
from microharvest.check.profile import Condition, Rule, issue_advice, profile_names, read_profile
from microharvest.check.reading import Reading
from microharvest.check.report import Finding, Place, grade_of
from microharvest.check.values import Value
from microharvest.kit import Batch, Body, Request
from microharvest.kit.draft import Draft
from microharvest.kit.manifest import load_protocol
from microharvest.kit.record import JsonRecord, Text
from microharvest.model.instance import Instance
from microharvest.model.issue import ISSUE_CODES
from microharvest.model.offer import Offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import Concept, Credits, Identifier, LearningOutcome, Price, QualityAssurance, Subject
from microharvest.onboard.probe import Probe
from microharvest.settings import PublishSettings
from microharvest.sources import SourceConfig
from tests.unit.check import feeds

FLAT = {"identity": {"key": ["id"]}, "columns": {"title": "attributes.name"}}
FEEDS: dict[str, tuple[str, str, dict[str, feeds.Break], dict[str, Any]]] = {
    "qdr-3.1": ("elm", *feeds.elm_breaks("3.1"), {}),
    "qdr-3.3": ("elm", *feeds.elm_breaks("3.3"), {}),
    "google-course": ("schema_org", feeds.GOOGLE, feeds.GOOGLE_BREAKS, {}),
    "moochub-3": ("columns", feeds.MOOCHUB, feeds.MOOCHUB_BREAKS, FLAT),
    "xcri": ("xcri_cap", feeds.XCRI, feeds.XCRI_BREAKS, {}),
    "qualitylink": ("elm", feeds.QUALITY_LINK, feeds.QUALITY_LINK_BREAKS, {}),
}
CASES = [(name, code) for name, (_, _, breaks, _) in FEEDS.items() for code in breaks]


def verdicts(profile: str, text: str, folder: Path) -> dict[str, bool | None]:
    """Rule -> holds everywhere, is broken somewhere, or had nothing to look at."""
    dialect, _, _, more = FEEDS[profile]
    path = folder / "feed"
    path.write_text(text, encoding="utf-8")
    said = {"id": "x", "title": "X", "protocol": "file", "dialect": dialect, "url": "file:///x", "licence": "unknown"}
    config = msgspec.convert({**said, **more}, SourceConfig)
    tally = Tally(read_profile(profile))
    made, options = load_protocol("file")
    reader = made(options(), config.url)
    reading = Reading(reader, Probe.__new__(Probe), config, tally.add, math.inf)
    request = Request(lane="file", url=config.url)
    for batch in reader.parse(Body(path=path, url=config.url), request):
        assert isinstance(batch, Batch), batch
        reading.take(batch, request)
    assert reading.offers, reading.problems
    grade, findings = tally.close()
    broken = {one.code for one in findings}
    assert all(one.places for one in findings)
    codes = [rule.code for rule in tally.profile.rule]
    return {code: None if code in grade.silent else code not in broken for code in codes}


@pytest.mark.parametrize("profile", FEEDS)
def test_a_good_feed_keeps_every_rule(profile: str, tmp_path: Path) -> None:
    found = verdicts(profile, FEEDS[profile][1], tmp_path)
    assert {code: holds for code, holds in found.items() if holds is not True} == {}


@pytest.mark.parametrize("profile", FEEDS)
def test_every_rule_has_its_bad_feed(profile: str) -> None:
    assert {rule.code for rule in read_profile(profile).rule} == set(FEEDS[profile][2])


@pytest.mark.parametrize(("profile", "code"), CASES)
def test_a_rule_finds_what_it_is_for(profile: str, code: str, tmp_path: Path) -> None:
    text, change = FEEDS[profile][1], FEEDS[profile][2][code]
    assert verdicts(profile, feeds.broken(text, change), tmp_path)[code] is False


SWAPS = {
    "specification": (r"re:(<ISCEDFCode uri=\"[^\"]*0421\"/>)\s*(<volumeOfLearning>PT60H</volumeOfLearning>)", r"\2\1"),
    "qualification": (r"re:(<EQFLevel [^>]*/>)(<NQFLevel [^>]*/>)", r"\2\1"),
    "organisation": (r"re:(<legalName .*?</legalName>)\s*(<location [^>]*/>)", r"\2\1"),
    "outcome": (
        "</title>\n</learningOutcome>",
        "</title><identifier><skos:notation>O-9</skos:notation></identifier></learningOutcome>",
    ),
    "temporal": (r"re:(<startDate>.*?</startDate>)(<endDate>.*?</endDate>)", r"\2\1"),
    "place": ("</address></location>", '</address><geographicName language="de">Graz</geographicName></location>'),
}


@pytest.mark.parametrize("profile", ["qdr-3.1", "qdr-3.3"])
@pytest.mark.parametrize("part", SWAPS)
def test_every_part_stands_in_the_schemas_order(profile: str, part: str, tmp_path: Path) -> None:
    text = FEEDS[profile][1]
    changed = feeds.broken(text, SWAPS[part])
    assert changed != text
    assert verdicts(profile, changed, tmp_path)["qdr.order"] is False


def test_a_line_nobody_knows_is_not_told() -> None:
    given = Given(JsonRecord({}, native_id="1"), Offer(), line=7)
    value = Value("x", "/title", 3)
    assert (place_of(given, value).line, place_of(given).line) == (3, 7)
    given.lined = False
    assert (place_of(given, value).line, place_of(given).line) == (None, None)


def test_a_lacking_title_is_told_once() -> None:
    place = (Place(record="1"),)
    told = {"level": "must", "says": "x", "why": "x", "fix": "x", "example": "x", "of": 1, "places": place}
    issue = Finding(code="record.no_title", count=1, weight=2.0, costs={}, **told)
    rule = Finding(code="annex1.title", count=1, weight=1.0, costs={"annex1": 9.0}, **told)
    assert [one.code for one in merged([issue, rule])] == ["annex1.title"]
    assert [one.code for one in merged([issue])] == ["record.no_title"], "where no profile asks, it is told"


GOOD = Offer(
    title={"en": "Data protection"},
    description={"en": "Eight evenings on the GDPR for people who run a company without a lawyer, with homework."},
    country="AT",
    provider=Organisation(name={"en": "University"}),
    learning_outcomes=(
        LearningOutcome(title={"en": "Keeps a record of processing activities"}),
        LearningOutcome(title={"en": "Answers a request for access"}),
    ),
    credits=(Credits(framework="ECTS", points=Decimal(3)),),
    eqf_level=5,
    assessment=(Concept(label={"en": "exam"}),),
    modes=(Concept(label={"en": "online"}),),
    quality_assurance=(QualityAssurance(title={"en": "accredited"}),),
    entry_requirement={"en": "none"},
    supervision=(Concept(label={"en": "supervised online"}),),
    part_of=(Identifier(scheme="uri", value="https://example.org/programme"),),
    homepage=("https://example.org/1",),
    isced_f=(Subject(code="0421", uri="http://data.europa.eu/snb/isced-f/0421"),),
    languages=("en",),
    prices=(Price(amount=Decimal(0)),),
)
WORSE: dict[str, dict[str, Any]] = {
    "annex1.title": {"title": {}},
    "annex1.country": {"basis": {"country": "default"}},
    "annex1.awarding_body": {"provider": None},
    "annex1.learning_outcomes": {"learning_outcomes": ()},
    "annex1.workload": {"credits": ()},
    "annex1.level": {"eqf_level": None},
    "annex1.assessment": {"assessment": ()},
    "annex1.participation": {"modes": ()},
    "annex1.quality_assurance": {"quality_assurance": ()},
    "annex1.prerequisites": {"entry_requirement": {}},
    "annex1.supervision": {"supervision": ()},
    "annex1.stackability": {"part_of": ()},
    "annex1.further_information": {"homepage": (), "description": {}},
    "annex1.outcome_length": {"learning_outcomes": (LearningOutcome(title={"en": "Privacy"}),)},
    "annex1.description_says_more": {"description": {"en": "Data protection."}},
    "annex1.subject": {"isced_f": ()},
    "annex1.language": {"basis": {"languages": "default"}},
    "annex1.price": {"prices": ()},
}


def annex(offer: Offer) -> dict[str, bool | None]:
    given = Given(JsonRecord({}, native_id="1"), offer)
    return {rule.code: judge(rule, given).holds for rule in read_profile("annex1").rule}


def test_an_outcome_that_repeats_the_title_is_none() -> None:
    told = msgspec.structs.replace(GOOD, learning_outcomes=(LearningOutcome(title={"en": "Data Protection"}),))
    assert annex(told)["annex1.learning_outcomes"] is False


def test_the_annex_of_a_good_offer() -> None:
    assert set(annex(GOOD).values()) == {True}
    assert set(annex(GOOD)) == set(WORSE)
    begun = msgspec.structs.replace(GOOD, languages=(), instances=(Instance(languages=("de",)),))
    assert annex(begun)["annex1.language"]


@pytest.mark.parametrize("code", WORSE)
def test_the_annex_of_a_worse_offer(code: str) -> None:
    assert annex(msgspec.structs.replace(GOOD, **WORSE[code]))[code] is False


def rules() -> Iterator[Rule]:
    for name in profile_names():
        yield from read_profile(name).rule


def test_profiles_are_told_apart_and_say_what_to_do() -> None:
    assert set(profile_names()) == {*FEEDS, "annex1", "oai-pmh"}
    for rule in rules():
        assert re.fullmatch(r"[a-z0-9]+\.[a-z0-9_]+", rule.code)
        assert (rule.says[-1], rule.why[-1]) == (".", "."), rule.code
        assert len(rule.says) <= 140, rule.code


def test_advice_is_about_issues_there_are() -> None:
    assert set(issue_advice()) <= set(ISSUE_CODES)
    assert all(one.why and one.fix and one.example for one in issue_advice().values())


@pytest.mark.parametrize(
    "said",
    [
        {"path": "title", "own": "name"},
        {},
        {"path": "title", "matches": "("},
        {"path": "title", "match": "x"},
    ],
)
def test_a_test_that_cannot_be_right_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(said, Condition)


@pytest.mark.parametrize(
    "changed",
    [{"weight": 9}, {"element": "colour", "test": None}, {"judge": "x"}, {"why": ""}],
)
def test_a_rule_that_cannot_be_right_is_refused(changed: dict[str, Any]) -> None:
    good = {
        "code": "x.y", "level": "must", "weight": 1, "says": "S.", "why": "W.", "fix": "F.", "example": "E",
        "test": {"path": "title"},
    }  # fmt: skip
    assert msgspec.convert(good, Rule).weighs == 2
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({key: value for key, value in {**good, **changed}.items() if value is not None}, Rule)


@pytest.mark.parametrize(
    ("points", "flawed", "everywhere", "grade"),
    [
        (100, False, False, "A"), (95, False, False, "A"), (94.9, False, False, "B"), (100, True, False, "B"),
        (100, True, True, "D"), (60, True, False, "C"), (59.9, False, False, "D"), (39.9, True, True, "E"), (0, True,
        False, "E"),
    ],
)  # fmt: skip
def test_grades(points: float, flawed: bool, everywhere: bool, grade: str) -> None:
    assert grade_of(points, flawed=flawed, everywhere=everywhere) == grade


def test_what_rules_cost_and_what_is_kept_add_up_to_100() -> None:
    tally = Tally(read_profile("annex1"))
    for offer in (GOOD, *(msgspec.structs.replace(GOOD, **change) for change in WORSE.values()), Offer()):
        tally.add(Given(JsonRecord({}, native_id="1"), offer))
    grade, findings = tally.close()
    assert grade.points is not None
    assert sum(one.costs["annex1"] for one in findings) + grade.points == pytest.approx(100, abs=0.2)
    assert len(findings) == len(WORSE)
    ranked = [one.costs["annex1"] for one in merged(findings)]
    assert ranked == sorted(ranked, reverse=True)


def test_findings_stand_by_the_points_they_cost() -> None:
    """A weight costs more points in a profile of few rules; what no profile counts stands between by its weight."""
    told: dict[str, Any] = {"level": "must", "says": "x", "why": "x", "fix": "x", "example": "x", "count": 9, "of": 9}
    findings = [
        Finding(code="qdr.html", weight=6, costs={"qdr-3.3": 4.0}, places=(Place(record="1"),), **told),
        Finding(code="annex1.assessment", weight=4, costs={"annex1": 6.5}, places=(Place(record="2"),), **told),
        Finding(code="feed.truncated", weight=9, places=(Place(record="3"),), **told),
        Finding(code="value.surplus", weight=1, places=(Place(record="4"),), **told),
    ]
    ranked = [one.code for one in merged(findings)]
    assert ranked == ["feed.truncated", "annex1.assessment", "qdr.html", "value.surplus"]
    assert [one.code for one in merged(findings[2:])] == ["feed.truncated", "value.surplus"]


def test_a_value_stands_where_its_own_field_is_said() -> None:
    """The same text may be said of two fields: "0" hours and "0" dollars, an outcome that repeats the title."""
    draft = Draft()
    draft.say("hours", Text("0", None, "/totalclockhours"))
    draft.say("price", Text("0", None, "/totalcost"))
    draft.say("title", Text("Welding", "en", "/title"))
    draft.part("learning_outcome").say("title", Text("Welding", "en", "/outcome/title"))
    start = draft.part("instance")
    start.say("identifier", Text("17", None, "/start/id"))
    start.say("end_date", Text("2026-01-01", None, "/start/until"))
    given = Given(JsonRecord({}, native_id="1"), Offer(), draft=draft)
    places = {path: place_of(given, Value(text, path)).path for text, path in VALUES}
    assert places == dict(zip((path for _, path in VALUES), PATHS, strict=True))


VALUES = [
    ("0", "prices"), ("0", "workload_hours"), ("Welding", "learning_outcomes.title.en"), ("Welding", "title.en"),
    ("other", "prices.amount"), ("0", "nothing"), ("other", "nothing"),
    ("2026-02-01 - 2026-01-01", "instances.end_date"),
]  # fmt: skip
PATHS = [
    "/totalcost",
    "/totalclockhours",
    "/outcome/title",
    "/title",
    "/totalcost",
    "/totalclockhours",
    "",
    "/start/until",
]


def test_a_rule_of_what_stands_there_shows_what_stands_there() -> None:
    """A bare number of hours is broken for its lack of a unit: the place is that of the number."""
    rule = next(one for one in read_profile("moochub-3").rule if one.code == "moochub.workload_unit")
    verdict = judge(rule, Given(JsonRecord({"attributes": {"workload": 1}}, native_id="1"), Offer()))
    assert (verdict.holds, [(one.text, one.path) for one in verdict.values]) == (False, [("1", "/attributes/workload")])
    whole = Given(JsonRecord({"attributes": {"image": {"url": "x"}}}, native_id="1"), Offer())
    image = next(one for one in read_profile("moochub-3").rule if one.code == "moochub.image")
    place = place_of(whole, judge(image, whole).values[0])
    assert (place.path, place.value) == ("/attributes/image", ""), "an object is no value to show"


def test_a_preview_tells_of_outcomes_that_repeat_the_title_and_shows_lines_as_one() -> None:
    offer = Offer(
        title={"en": "Welding"}, description={"en": "One line.\n\nAnother."}, languages=("sh", "de"),
        learning_outcomes=(LearningOutcome(title={"en": "Welding"}),),
    )  # fmt: skip
    rows = dict(preview_of("1", offer, 1.0, PublishSettings()).rows)
    assert rows["Learning outcomes"] == "Welding (says no more than the title)"
    assert (rows["Description"], rows["Language"]) == ("One line. Another.", "Serbo-Croatian; German")
