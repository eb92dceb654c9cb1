"""LOQ files in tests: written from offers, read back with the elm dialect, and held to the published schemas."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pyoxigraph as ox
from lxml import etree

from microharvest.harvest.worker import ReadingPlan, inline_parcels, make_reading
from microharvest.kit import Body, DialectSettings, Request
from microharvest.map.apply import Defaults
from microharvest.map.vocabulary import concept_list
from microharvest.model.instance import Instance
from microharvest.model.offer import Offer, decode_offer, encode_offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import Concept, Microcredential
from microharvest.publish.elm.document import LoqReport, export_loq
from microharvest.publish.elm.terms import date_time, xs_duration
from microharvest.store.parcel import decode_parcel

DAY = date(2026, 11, 25)
NEW, OLD = (
    "http://data.europa.eu/snb/model/application-profile/loq-constraints/",
    "http://data.europa.eu/snb/model/ap/loq-constraints/",
)


def written(offers: Iterable[Offer], version: Any, form: Any) -> tuple[bytes, LoqReport]:
    """A document over entries called e0, e1, …"""
    out = io.BytesIO()
    entries = ((f"e{number}", encode_offer(one), DAY) for number, one in enumerate(offers))
    report = export_loq(entries, out, version, form)
    return out.getvalue(), report


def read_back(document: bytes, folder: Path, form: str) -> dict[str, Offer]:
    """What our own elm dialect makes of it, by record id."""
    xml = form == "elm-xml"
    path = folder / "loq"
    path.write_bytes(document)
    url = "https://x.example/loq.xml" if xml else "https://x.example/loq.jsonld"
    plan = ReadingPlan(
        protocol="file", dialect="elm", url=url, fetch={} if xml else {"format": "rdf"}, settings=DialectSettings(),
        defaults=Defaults(), known_file=None, batch_size=100,
    )  # fmt: skip
    kind = "application/xml" if xml else "application/ld+json"
    body = Body(path=path, url=url, headers={"content-type": kind}, size=len(document))
    blobs = inline_parcels(make_reading(plan), body, Request(lane="file", url=url), use_known=False)
    parcels = [decode_parcel(blob) for blob in blobs]
    assert not [one for parcel in parcels for one in parcel.rejected]
    return {one.native_id: decode_offer(one.doc) for parcel in parcels for one in parcel.landed}


def schema(shared: Path, folder: Path, version: Any) -> etree.XMLSchema:
    """The published schema of 3.1. That of 3.3.1 does not lie here: 3.1's under the new name, with the two changes
    that are known (notes of several languages, outcomes that may be absent), stands in for it."""
    target = folder / f"xsd-{version}"
    shutil.copytree(shared / "feeds" / "elm" / "xsd", target, copy_function=shutil.copyfile)
    target.chmod(0o755)
    shutil.copytree(shared / "vocab" / "elm-cv", target / "cv", copy_function=shutil.copyfile)
    if version == "3.3":
        for path in (target / "loq.xsd", target / "cv" / "loq_individuals.xsd"):
            text = path.read_text("utf-8").replace(OLD, NEW).replace('"3.1.0"', '"3.3.1"')
            path.chmod(0o644)
            path.write_text(text, "utf-8")
        tree = etree.parse(target / "loq.xsd")
        space = {"xs": "http://www.w3.org/2001/XMLSchema"}
        for found in tree.xpath('//xs:element[@ref="noteLiteral"]', namespaces=space):
            found.set("maxOccurs", "unbounded")
        for found in tree.xpath('//xs:element[@ref="learningOutcome" and @minOccurs="1"]', namespaces=space):
            found.set("minOccurs", "0")
        tree.write(target / "loq.xsd")
        modes = target / "cv" / "europass-modes.xsd"
        modes.chmod(0o644)
        known = "http://data.europa.eu/snb/learning-assessment/920fbb3cbe"
        newer = '<xs:enumeration value="http://data.europa.eu/snb/learning-assessment/c_3a90b26d"/>'
        text = modes.read_text("utf-8")
        at = text.index("<xs:enumeration", text.index("<xs:restriction"))
        assert known in text
        modes.write_text(text[:at] + newer + text[at:], "utf-8")
    return etree.XMLSchema(etree.parse(target / "loq.xsd"))


def shacl(shared: Path) -> Any:
    """The published shapes of LOQ and of its vocabularies, with the three patterns replaced that no Python engine
    takes (`(?i)` behind the start, classes of Java), with the shape of the specification switched on, which is shipped
    switched off, and without what contradicts itself: a scheme asked of ESCO that it does not have, a status
    of entitlements that the closed shape beside it takes for a text."""
    import rdflib

    model = shared / "feeds" / "elm" / "model"
    text = (model / "LOQ-constraints.ttl").read_text("utf-8")
    text, changed = re.subn(
        r'sh:pattern "(\^\(\?i\))?[^"]*\\p\{[^"]*"',
        lambda found: f'sh:pattern "{"^https?://" if found[1] else "^."}"',
        text,
    )
    assert changed == 3
    shapes = rdflib.Graph()
    shapes.parse(data=text, format="turtle")
    listed = (model / "LOQ-constraints-mdr.ttl").read_text("utf-8")
    shapes.parse(data=listed, format="turtle")
    shapes.remove((None, rdflib.URIRef("http://www.w3.org/ns/shacl#deactivated"), None))
    odd = ("EscoSkillRestriction", "EscoOccupationRestriction", "LearningEntitlementSpecificationShapeCV")
    for name in odd:
        shape = rdflib.URIRef(f"http://data.europa.eu/snb/model/ap/loq-constraints-mdr/{name}")
        shapes.remove((shape, None, None))
    return shapes


def violations(document: bytes, shapes: Any) -> list[str]:
    """What the shapes say against a JSON-LD document of 3.1."""
    import pyshacl
    import rdflib

    turtle = ox.serialize(ox.parse(input=document, format=ox.RdfFormat.JSON_LD), format=ox.RdfFormat.N_TRIPLES)
    assert turtle is not None
    data = rdflib.Graph().parse(data=turtle, format="nt")
    conforms, _, report = pyshacl.validate(data, shacl_graph=shapes, advanced=False, inference="none")
    return [] if conforms else [report]


def as_loq_says(offer: Offer) -> Offer:
    """The same offer where LOQ has other places for what it says; see `publish.elm.losses`."""
    alone = [one.label for one in (offer.credential_type,) if one is not None]
    label = offer.source_label or next((text for texts in alone for text in texts.values()), None)
    return msgspec.structs.replace(
        offer,
        alt_title=_apart(offer.alt_title),
        grants=_apart(offer.grants),
        identifiers=tuple(sorted(offer.identifiers, key=_key)),
        provider=_seated(offer.provider, offer) if offer.provider else None,
        awarding_body=tuple(sorted((_seated(body, offer) for body in offer.awarding_body), key=_key)),
        source_label=label,
        credential_type=Concept(uri=offer.credential_type.uri)
        if offer.credential_type and offer.credential_type.uri
        else None,
        is_microcredential=Microcredential(),
        modified=_midnight(offer.modified),
        duration=None,
        schedule=None,
        prices=(),
        instances=tuple(sorted((_instance(one, offer) for one in offer.instances or (Instance(),)), key=_key)),
        quality_assurance=tuple(
            sorted(
                (
                    msgspec.structs.replace(
                        one, valid_from=_midnight(one.valid_from), valid_to=_midnight(one.valid_to),
                        title=one.title or _type_label(one.type, "accreditations"),
                    )
                    for one in offer.quality_assurance
                ), key=_key,
            )
        ),
        entitlements=tuple(
            sorted(
                (
                    msgspec.structs.replace(
                        one,
                        title=one.title or _type_label(one.type, "entitlements"),
                        occupations=_sorted(one.occupations),
                    )
                    for one in offer.entitlements
                ), key=_key,
            )
        ),
        learning_outcomes=tuple(
            sorted(
                (msgspec.structs.replace(one, skills=_sorted(one.skills)) for one in offer.learning_outcomes), key=_key
            )
        ),
        **{
            name: _sorted(getattr(offer, name))
            for name in (
                *("homepage", "credits", "nqf_level", "isced_f", "subjects", "languages", "modes", "activities"),
                *("assessment", "supervision", "occupations", "target_group"),
            )
        },
        basis={},
    )  # fmt: skip


def _key(one: Any) -> bytes:
    return msgspec.json.encode(one, order="sorted")


def _sorted(values: Iterable[Any]) -> tuple[Any, ...]:
    """RDF has no order."""
    return tuple(sorted(values, key=_key))


def _apart(several: Iterable[dict[str, str]]) -> tuple[dict[str, str], ...]:
    return _sorted({tag: text} for tag, text in {pair for texts in several for pair in texts.items()})


def _seated(body: Organisation, offer: Offer) -> Organisation:
    return msgspec.structs.replace(body, country=body.country or offer.country, identifiers=_sorted(body.identifiers))


def _midnight(moment: str | None) -> str | None:
    return moment and (date_time(moment) or moment)


def _type_label(kind: Concept | None, name: str) -> dict[str, str]:
    term = concept_list(name).by_uri.get((kind.uri if kind else None) or "")
    return {"en": term.label} if term else {}


def _instance(one: Instance, offer: Offer) -> Instance:
    duration = one.duration or offer.duration
    return msgspec.structs.replace(
        one,
        title=one.title or {tag: text for tag, text in offer.title.items() if tag != "und"},
        homepage=_sorted(one.homepage or offer.homepage),
        identifiers=_sorted(one.identifiers),
        start_date=_midnight(one.start_date), end_date=_midnight(one.end_date),
        application_deadline=_midnight(one.application_deadline),
        duration=duration and (xs_duration(duration) or duration),
        schedule=one.schedule or offer.schedule,
        modes=_sorted(one.modes),
        prices=_sorted(one.prices or offer.prices),
        locations=_sorted(
            msgspec.structs.replace(place, city=None, address=place.address or place.city) for place in one.locations
        ),
    )  # fmt: skip
