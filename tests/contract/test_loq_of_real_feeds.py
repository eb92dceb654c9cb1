"""LOQ over offers of real feeds: valid by the published schema and shapes, and read back as the same offers.

Few real feeds say all that LOQ demands. What a feed lacks is filled in here, visibly, so that its own texts, codes and
dates go through the writers; what is withheld without that is counted beside it.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from lxml import etree

from microharvest.model.offer import OFFER_FIELDS, Offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import LearningOutcome, Subject
from microharvest.publish.elm.bodies import BASE
from microharvest.publish.elm.demands import country_of, tagged
from microharvest.publish.elm.losses import LOSSES
from microharvest.publish.elm.terms import language_uri
from microharvest.testing.contract import drive, read_sample
from tests.conftest import SHARED
from tests.contract.test_real_feeds import FEEDS, UDEMY
from tests.loq_files import as_loq_says, read_back, schema, shacl, violations, written

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FEEDS.is_dir(), reason="the real files do not stand beside the project"),
]

CASES = {
    "loq": ("elm/loq.xml", "elm", '[fetch]\nformat = "xml"'),
    "quality_link": ("elm/qualitylink-SI0001.ttl", "elm", ""),
    "open_university": ("xcri/ou-conversion.xml", "xcri_cap", 'languages = ["en"]\n[fetch]\nformat = "xml"'),
    "kouta": ("kouta/koulutus-ajoneuvoalan-perustutkinto.json", "kouta", '[fetch]\nformat = "json"'),
    "kouta_small": ("kouta/europass-toteutus-ihan-tavanomainen.json", "kouta", '[fetch]\nformat = "json"'),
    "udemy": (
        "mooclists/udemy_courses.csv", "columns",
        f'languages = ["en"]\n[fetch]\nformat = "csv"\n[identity]\nkey = ["course_id"]\n{UDEMY}',
    ),
}  # fmt: skip
MOST = 400
"""Offers of one feed: a second or two of libxml2's time for the keys of a document, which grows with its square."""
FIELD = Subject(code="0031", uri="http://data.europa.eu/snb/isced-f/0031")


def offers_of(case: str, folder: Path) -> list[Offer]:
    file, dialect, rest = CASES[case]
    url = f"https://feed.example/f{Path(file).suffix}"
    (folder / "case.toml").write_text(
        f'protocol = "file"\ndialect = "{dialect}"\nurl = "{url}"\nnow = 2026-01-01T00:00:00Z\n{rest}\n'
        f'[[responses]]\nurl = "{url}"\nfile = "{FEEDS / file}"\n',
        encoding="utf-8",
    )
    mapped = drive(read_sample(folder / "case.toml")).mapped
    return [one.offer for one in mapped if one.offer is not None]


def completed(offer: Offer) -> Offer:
    """With everything LOQ demands; what the feed says stays."""
    provider = offer.provider or Organisation(name={"en": "Somebody"})
    outcome = LearningOutcome(title={"en": "Knows what the course is about"})
    has_outcome = any(tagged(one.title) for one in offer.learning_outcomes)
    title = offer.title if tagged(offer.title) else {"en": next(iter(offer.title.values()), "Untitled")}
    return msgspec.structs.replace(
        offer,
        title=title,
        provider=provider if provider.name else msgspec.structs.replace(provider, name={"en": "Somebody"}),
        country=offer.country if country_of(provider, offer) else "FI",
        homepage=offer.homepage or ("https://feed.example/",),
        isced_f=offer.isced_f or (FIELD,),
        languages=offer.languages if any(map(language_uri, offer.languages)) else (*offer.languages, "en"),
        learning_outcomes=offer.learning_outcomes if has_outcome else (*offer.learning_outcomes, outcome),
    )


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> dict[str, etree.XMLSchema]:
    folder = tmp_path_factory.mktemp("schemas")
    return {version: schema(SHARED, folder, version) for version in ("3.1", "3.3")}


@pytest.fixture(scope="module")
def shapes() -> Any:
    pytest.importorskip("pyshacl")
    return shacl(SHARED)


@pytest.mark.parametrize("case", CASES)
def test_real_offers_are_valid_and_come_back(
    case: str, tmp_path: Path, schemas: dict[str, etree.XMLSchema], shapes: Any
) -> None:
    given = offers_of(case, tmp_path)
    assert given
    whole = [completed(one) for one in given[:MOST]]
    for form, version in (("elm-xml", "3.1"), ("elm-xml", "3.3"), ("elm-jsonld", "3.1")):
        document, report = written(whole, version, form)
        assert (report.written, report.withheld) == (len(whole), 0)
        if form == "elm-xml":
            schemas[version].assertValid(etree.fromstring(document))
        else:
            assert violations(written(whole[:40], version, form)[0], shapes) == []
        found = read_back(document, tmp_path, form)
        assert len(found) == len(whole)
        told = {field for code in report.left_out for field in LOSSES[code].fields}
        differing: Counter[str] = Counter()
        for number, one in enumerate(whole):
            mine, theirs = as_loq_says(one), as_loq_says(found[f"{BASE}e{number}#specification"])
            differing.update(field for field in OFFER_FIELDS if getattr(mine, field) != getattr(theirs, field))
        assert differing.keys() <= told


@pytest.mark.parametrize(
    ("case", "count", "reasons"),
    [
        ("loq", 1, {"provider": 1}),  # the other of two is a qualification nobody offers
        ("quality_link", 0, {"provider": 2, "homepage": 1, "country": 1, "language": 2}),  # in "sh" alone
        ("open_university", 0, {"country": 965, "isced_f": 965, "learning_outcomes": 469, "language": 69}),  # no start
        ("kouta_small", 0, {"homepage": 1, "country": 1, "isced_f": 1}),
    ],
)
def test_what_a_feed_lacks_withholds_its_offers(case: str, count: int, reasons: dict[str, int], tmp_path: Path) -> None:
    _, report = written(offers_of(case, tmp_path), "3.1", "elm-xml")
    assert (report.written, report.reasons) == (count, reasons)


def test_what_is_written_from_xml_conforms_too(tmp_path: Path, shapes: Any) -> None:
    """XML in, an offer, JSON-LD out: the sample of the model's own authors by their own shapes."""
    whole = offers_of("loq", tmp_path)
    again = list(read_back(written(whole, "3.1", "elm-xml")[0], tmp_path, "elm-xml").values())
    document, report = written(again, "3.1", "elm-jsonld")
    assert report.written > 0
    assert violations(document, shapes) == []


def test_the_shapes_refuse_what_they_must(shapes: Any) -> None:
    offer = completed(Offer(title={"en": "Welding"}, isced_f=(FIELD,)))
    document, _ = written([offer], "3.1", "elm-jsonld")
    assert violations(document, shapes) == []
    assert violations(document.replace(b'"defaultLanguage"', b'"trustScore"'), shapes) != []
    assert violations(document.replace(b'"ISCEDFCode"', b'"educationSubject"'), shapes) != []
