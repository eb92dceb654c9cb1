"""From drafts to offers: every field, every issue code, and properties that hold for whatever a feed says."""

from __future__ import annotations

import re
from decimal import Decimal
from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from microharvest.kit.draft import FIELDS, PARTS, Draft, Statement
from microharvest.map.apply import MAP_VERSION, Defaults, Mapped, apply_draft
from microharvest.model.issue import ISSUE_CODES, Issue
from microharvest.model.offer import OFFER_FIELDS, Offer, decode_offer, encode_offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import Concept, Credits, Identifier, Microcredential, Subject
from tests.unit.map.drafts import NOTHING, Said, codes, fill, mapped, offer_draft

SNB = "http://data.europa.eu/snb/"


def test_a_small_record() -> None:
    found = mapped(
        description={"value": "<p>About data.</p>", "lang": "eng"},
        code="DA-1",
        homepage="https://example.org/da-1",
        ects="5",
        hours="125",
        duration="6 weeks",
        eqf_level="6",
        isced_f="0612",
        languages="eng",
        country="NOR",
        status="published",
        modified="2026-01-02",
        entry_requirement={"value": "None", "lang": "en"},
    )
    offer = found.offer
    assert offer.title == {"en": "Title"}
    assert offer.description == {"en": "About data."}
    assert offer.identifiers == (Identifier(scheme="code", value="DA-1"),)
    assert offer.homepage == ("https://example.org/da-1",)
    assert offer.credits == (Credits(framework="ECTS", points=Decimal(5)),)
    assert (offer.workload_hours, offer.duration, offer.eqf_level) == (Decimal(125), "P6W", 6)
    assert offer.isced_f == (Subject(code="0612", uri=SNB + "isced-f/0612"),)
    assert (offer.languages, offer.country, offer.status, offer.modified) == (("en",), "NO", "released", "2026-01-02")
    assert offer.basis == {
        "title": "declared",
        "description": "declared",
        "identifiers": "declared",
        "homepage": "declared",
        "credits": "declared",
        "workload_hours": "declared",
        "duration": "mapped",
        "eqf_level": "declared",
        "isced_f": "declared",
        "languages": "mapped",
        "country": "mapped",
        "status": "mapped",
        "modified": "declared",
        "entry_requirement": "declared",
    }
    assert codes(found) == [("value.html_removed", "description", "<p>About data.</p>")]


def test_an_empty_draft_is_an_empty_offer() -> None:
    assert apply_draft(Draft(), NOTHING) == Mapped(Offer(), (Issue(code="record.no_title", field="title"),))


def test_the_draft_s_own_issues_are_kept_first_and_each_once() -> None:
    draft = offer_draft(eqf_level="9")
    draft.issue("lookup.unmatched", "mode", "x\x00" * 300)
    draft.issue("lookup.unmatched", "mode", "x\x00" * 300)
    issues = apply_draft(draft, NOTHING).issues
    assert [issue.code for issue in issues] == ["lookup.unmatched", "level.invalid"]
    assert "\x00" not in issues[0].value


def test_what_the_record_says_is_never_changed_by_a_default() -> None:
    defaults = Defaults(country="SE", language="sv", provider="Node", provider_url="https://node.example")
    offer = mapped(defaults, country="NO", languages="en", provider="Uni").offer
    assert (offer.country, offer.languages) == ("NO", ("en",))
    assert offer.provider == Organisation(name={"sv": "Uni"}, country="NO")
    assert "default" not in offer.basis.values()


def test_defaults_fill_what_the_record_is_silent_about() -> None:
    defaults = Defaults(country="SE", language="sv", provider="Node", provider_url="https://node.example")
    offer = mapped(defaults, description="Text utan språk").offer
    assert offer.provider == Organisation(name={"sv": "Node"}, homepage="https://node.example")
    assert (offer.country, offer.languages) == ("SE", ("sv",))
    assert offer.description == {"sv": "Text utan språk"}
    assert {field for field, basis in offer.basis.items() if basis == "default"} == {"provider", "country", "languages"}


def test_the_languages_of_a_source_are_no_teaching_languages() -> None:
    one, two = Defaults(languages=("no",)), Defaults(languages=("no", "en"))
    assert mapped(one, description="x").offer.description == {"no": "x"}
    assert mapped(one).offer.languages == ()
    assert mapped(two, description="x").offer.description == {"und": "x"}


def test_defaults_that_say_nothing_usable() -> None:
    offer = mapped(Defaults(country="Atlantis", language="??", provider_url="no url")).offer
    assert (offer.country, offer.languages, offer.provider) == (None, (), None)


def test_a_constant_column_is_a_default_beside_what_is_said() -> None:
    constant: Said = {"value": "sv", "basis": "default"}
    assert mapped(languages=[constant, "en"]).offer.languages == ("en",)
    alone = mapped(languages=constant).offer
    assert (alone.languages, alone.basis["languages"]) == (("sv",), "default")


def test_the_provider_s_country_is_derived() -> None:
    draft = offer_draft()
    fill(draft.part("provider"), name="Uni", country="DNK")
    offer = apply_draft(draft, Defaults(country="SE")).offer
    assert (offer.country, offer.basis["country"]) == ("DK", "derived")
    assert (offer.basis["provider"], offer.basis["provider.country"]) == ("declared", "mapped")


def test_the_weakest_basis_of_a_field_counts() -> None:
    assert mapped(mode=["Online", SNB + "learning-assessment/e92d221e4d"]).offer.basis["modes"] == "mapped"
    assert mapped(country={"value": "NO", "basis": "derived"}).offer.basis["country"] == "derived"


def test_the_latest_modification_counts() -> None:
    assert mapped(modified=["2026-01-02", "2026-03-01", "soon"]).offer.modified == "2026-03-01"


def test_grants_part_of_and_open_concepts() -> None:
    offer = mapped(
        grants=[{"value": "Loan", "lang": "en"}, {"value": "Lån", "lang": "sv"}],
        part_of="urn:x:1",
        has_part=["A-1", {"value": "B-1", "scheme": "code"}],
        nqf_level={"value": "NLQF 4+", "uri": SNB + "qdr/c_1"},
        subject="Law",
        sectors="http://data.europa.eu/ux2/nace2.1/62",
        accessibility={"value": "captions", "lang": "en"},
        skills=[{"value": "use Python", "lang": "en", "uri": "https://data.europa.eu/esco/skill/1"}],
        occupations={"value": "coder", "uri": "http://rome.example/M1805"},
        assessment="Written exam",
        schedule="Full time",
        target_group="Migrants",
    ).offer
    assert offer.grants == ({"en": "Loan", "sv": "Lån"},)
    assert offer.part_of == (Identifier(scheme="uri", value="urn:x:1"),)
    assert offer.has_part == (Identifier(scheme="local", value="A-1"), Identifier(scheme="code", value="B-1"))
    assert offer.nqf_level == (Concept(uri=SNB + "qdr/c_1", label={"und": "NLQF 4+"}),)
    assert offer.subjects == (Concept(label={"und": "Law"}),)
    assert offer.sectors == (Concept(uri="http://data.europa.eu/ux2/nace2.1/62", code="62"),)
    assert offer.accessibility == (Concept(label={"en": "captions"}),)
    assert offer.skills == (Concept(uri="http://data.europa.eu/esco/skill/1", label={"en": "use Python"}),)
    assert offer.occupations == (Concept(code="http://rome.example/M1805", label={"und": "coder"}),)
    assert offer.assessment[0].uri == SNB + "assessment/6e6cb2cc78"
    assert offer.schedule == Concept(uri=SNB + "learning-schedule/72a0ab92fa", label={"und": "Full time"})
    assert offer.target_group[0].uri == SNB + "target-group/c900d8ecb1"


def test_a_city_beside_a_provider_part_is_where_it_takes_place() -> None:
    draft = offer_draft(city="Oslo")
    fill(draft.part("provider"), name="Uni")
    offer = apply_draft(draft, NOTHING).offer
    assert [place.city for instance in offer.instances for place in instance.locations] == ["Oslo"]
    flat = mapped(city="Oslo", provider="Uni").offer
    assert flat.provider is not None
    assert (flat.provider.city, flat.instances) == ("Oslo", ())


SHOWN: list[tuple[str, str, dict[str, Said | list[Said]]]] = [
    ("value.text_damaged", "title", {"title": "caf\ufffd"}),
    ("value.html_removed", "description", {"description": "<b>x</b>"}),
    ("value.control_removed", "title", {"title": "a\u200bb"}),
    ("value.placeholder", "nqf_level", {"nqf_level": "NR"}),
    ("value.surplus", "amount", {"amount": "5"}),
    ("language.unknown", "languages", {"languages": "Klingonese"}),
    ("language.placeholder", "languages", {"languages": "MUL"}),
    ("title.boilerplate", "title", {"title": "Baker (Fiche incomplète)"}),
    ("date.sentinel", "instances.start_date", {"start_date": "1970-01-01"}),
    ("duration.approximate", "duration", {"duration": "9 months (approx)"}),
    ("language.missing", "description", {"description": "x"}),
    ("country.unknown", "country", {"country": "Atlantis"}),
    ("date.invalid", "instances.start_date", {"start_date": "soon"}),
    ("date.ambiguous", "instances.start_date", {"start_date": "03/04/2026"}),
    ("date.reversed", "instances.end_date", {"start_date": "2026-09-01", "end_date": "2026-01-01"}),
    ("duration.invalid", "duration", {"duration": "9 months or so"}),
    ("credits.invalid", "credits", {"ects": "3-6"}),
    ("credits.no_unit", "credits", {"credits": "5"}),
    ("credits.no_number", "credits", {"ects": "ECTS"}),
    ("credits.out_of_range", "credits", {"ects": "180120"}),
    ("workload.invalid", "workload_hours", {"hours": "2 TO 3 hours."}),
    ("level.invalid", "eqf_level", {"eqf_level": "Level 6"}),
    ("isced.invalid", "isced_f", {"isced_f": "612"}),
    ("isced.truncated", "isced_f", {"isced_f": "073101"}),
    ("isced.placeholder", "isced_f", {"isced_f": "0099"}),
    ("url.invalid", "homepage", {"homepage": "n/a"}),
    ("price.invalid", "prices", {"price": "from 100 EUR"}),
    ("price.no_currency", "prices", {"price": "100"}),
    ("price.several", "prices", {"price": "100-200 EUR"}),
    ("concept.unresolved", "assessment", {"assessment": "by magic"}),
    ("mode.unresolved", "modes", {"mode": "distance learning"}),
    ("identifier.placeholder", "identifiers", {"identifier": "TODO"}),
    ("record.no_title", "title", {"title": " <br> "}),
]


@pytest.mark.parametrize(("code", "field", "said"), SHOWN)
def test_every_code_is_raised_by_something(code: str, field: str, said: dict[str, Said | list[Said]]) -> None:
    assert (code, field) in [(issue.code, issue.field) for issue in mapped(**said).issues]


def test_every_code_of_this_package_is_shown_above() -> None:
    quoted = {word for text in _modules(files("microharvest.map")) for word in re.findall(r'"([a-z]+\.[a-z_]+)"', text)}
    assert quoted & ISSUE_CODES.keys() == {code for code, _, _ in SHOWN}


def _modules(folder: Traversable) -> list[str]:
    texts: list[str] = []
    for entry in folder.iterdir():
        if entry.is_dir():
            texts += _modules(entry)
        elif entry.name.endswith(".py"):
            texts.append(entry.read_text("utf-8"))
    return texts


def test_a_refused_value_is_cut_in_the_issue() -> None:
    (issue,) = mapped(homepage="no url " * 100).issues
    assert len(issue.value) == 200


def test_the_version_is_a_number() -> None:
    assert MAP_VERSION >= 1


def test_microcredential_is_undecided_unless_something_says_so() -> None:
    assert mapped().offer.is_microcredential == Microcredential()


VALUES = st.one_of(
    st.sampled_from(
        ["5 ECTS", "180120", "1.200", "EUR 1.200,50", "http://x.example", "www.x.example/z", "0612", "99", "073101",
         "2026-02-30", "03/04/2026", "en", "MUL", "Online", "free", "\ud800", "\x00", "<p>a</p>", "&lt;b&gt;", "EQF 6",
         "6 weeks", "TODO", "yes", "no", SNB + "eqf/6", "http://[", "²", "٣", "1e5", "12 hours", "P1Y", "100-200", "$5",
         "Micro-credential", SNB + "learning-assessment/920fbb3cbe", SNB + "learning-assessment/x"]
    ),
    st.text(st.characters(), max_size=30),
    st.text("0123456789.,-/:T €$%PYMWDH ", max_size=16),
)  # fmt: skip
STATEMENTS = st.lists(
    st.builds(
        Statement,
        field=st.sampled_from(sorted(FIELDS)),
        value=VALUES,
        lang=st.none() | st.sampled_from(["en", "x-none", "zz", "\ud800", "de"]),
        basis=st.sampled_from(["declared", "mapped", "derived", "default"]),
        hints=st.dictionaries(
            st.sampled_from(["scheme", "uri", "unit", "framework", "currency", "format"]),
            VALUES.filter(bool),
            max_size=2,
        ),
    ),
    max_size=8,
)
DEFAULTS = st.builds(
    Defaults,
    country=st.none() | VALUES,
    language=st.none() | VALUES,
    provider=st.none() | VALUES,
    provider_url=st.none() | VALUES,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STATEMENTS, st.lists(st.tuples(st.sampled_from(sorted(PARTS)), STATEMENTS), max_size=3), DEFAULTS)
def test_whatever_a_feed_says(
    statements: list[Statement], parts: list[tuple[str, list[Statement]]], defaults: Defaults
) -> None:
    draft = Draft()
    draft.statements = statements
    for kind, inside in parts:
        part = draft.part(kind)
        part.statements = inside
        part.part("location").statements = inside
        part.part("price").statements = inside
    found = apply_draft(draft, defaults)
    encoded = encode_offer(found.offer)
    assert decode_offer(encoded) == found.offer
    assert encode_offer(apply_draft(draft, defaults).offer) == encoded
    assert b"\\u0000" not in encoded + msgspec.json.encode(found.issues)
    assert len(set(found.issues)) == len(found.issues)
    filled = {f for f in OFFER_FIELDS if getattr(found.offer, f) not in (None, (), {}, Microcredential())}
    assert {place.partition(".")[0] for place in found.offer.basis} == filled
    for place, known in found.offer.basis.items():
        field, _, inside = place.partition(".")
        told = getattr(found.offer, field)
        several = told if isinstance(told, tuple) else [told]
        assert not inside or any(getattr(one, inside) for one in several), (place, known)
