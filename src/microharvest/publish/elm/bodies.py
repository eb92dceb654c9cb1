"""Organisations as LOQ takes them, with what is said of their quality, and the small parts that everything has.

An organisation without an address of its own gets one over everything that is said of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import msgspec

from microharvest.map.vocabulary import concept_list
from microharvest.model.offer import Offer, encode_offer
from microharvest.model.organisation import Organisation
from microharvest.model.values import Identifier, LangMap, Location, QualityAssurance
from microharvest.publish.elm.demands import country_of, tagged
from microharvest.publish.elm.said import Parts, Thing, coded, inside, link, text, texts
from microharvest.publish.elm.terms import Version, country_uri, date_time, is_iri, listed, whitelisted

__all__ = [
    "BASE", "accreditable", "assurance_id", "awarding", "homepages", "html", "identifiers_of", "is_programme",
    "note", "organisation_id", "organisations", "place_of", "placed", "seat_id",
]  # fmt: skip

BASE = "urn:microharvest:"
"""What begins an address made for a document; the elm dialect knows it."""
_PROGRAMME = frozenset({"programme-quality", "programme-licence"})


def awarding(entry: Offer) -> list[Organisation]:
    """The awarding bodies that LOQ takes: with a name and a country."""
    return [body for body in entry.awarding_body if body.name and country_of(body, entry)]


def placed(body: Organisation, entry: Offer) -> Organisation:
    """An organisation with its country: its own, else that of the offer's issuer."""
    return msgspec.structs.replace(body, country=body.country or entry.country)


def organisation_id(body: Organisation) -> str:
    """A URI the body has itself, else one over everything that is said of it."""
    for identifier in body.identifiers:
        if identifier.scheme == "uri" and is_iri(identifier.value) and not identifier.value.startswith(BASE):
            return identifier.value
    return f"{BASE}organisation:{_digest(Offer(provider=body))}"


def seat_id(body: Organisation) -> str:
    """The address of an organisation's place."""
    return f"{BASE}place:{_digest(Offer(country=body.country, source_label=body.city))}"


def _digest(said: Offer) -> str:
    return hashlib.blake2b(encode_offer(said), digest_size=12).hexdigest()


def organisations(entry: Offer, *, qualification: bool) -> Iterator[Thing]:
    """The provider with what is said of its quality, the awarding bodies, and who accredits; each with its place."""
    assert entry.provider is not None
    provider = placed(entry.provider, entry)
    taken = accreditable(entry, qualification=qualification)
    institutional = [one for one in taken if not is_programme(one)]
    yield from _organisation(provider, (assurance_id(one, provider) for one in institutional))
    others: list[Organisation] = [provider]
    for body in (placed(one, entry) for one in awarding(entry)):
        if body not in others:
            others.append(body)
            yield from _organisation(body, ())
    for assurance in taken:
        agent = Organisation(name=assurance.agent, country=assurance.agent_country)
        yield _assurance(assurance, provider, agent)
        yield from _organisation(agent, ())


def _organisation(body: Organisation, assured: Iterable[str]) -> Iterator[Thing]:
    """Names are proper nouns: one without a language keeps `und`, which LOQ's texts may carry."""
    ident = organisation_id(body)
    parts = (
        *texts("legalName", body.name),
        *identifiers_of(one for one in body.identifiers if one.value != ident),
        *homepages((body.homepage,) if body.homepage else ()),
        *link("accreditation", assured),
        *link("location", [seat_id(body)]),
    )
    yield Thing("Organisation", parts, ident)
    yield place_of(seat_id(body), Location(country=body.country, city=body.city))


def accreditable(entry: Offer, *, qualification: bool) -> list[QualityAssurance]:
    """What LOQ has a place for: a listed type, an agent with name and country, and somebody it is certain to be of.

    That of an institution is the provider's where nobody else awards; that of a programme is a Qualification's.
    """
    alone = all(body == entry.provider for body in entry.awarding_body)
    return [
        one
        for one in entry.quality_assurance
        if one.type is not None
        and listed([one.type], "accreditations", "3.1")
        and one.agent
        and country_uri(one.agent_country or "")
        and (qualification if is_programme(one) else alone)
    ]


def is_programme(one: QualityAssurance) -> bool:
    """Whether it says something of a programme and not of the institution."""
    term = concept_list("accreditations").by_uri.get((one.type.uri if one.type else None) or "")
    return term is not None and term.code in _PROGRAMME


def assurance_id(one: QualityAssurance, provider: Organisation) -> str:
    """The same for the same statement about the same provider, whatever entry it stands in."""
    return f"{BASE}accreditation:{_digest(Offer(provider=provider, quality_assurance=(one,)))}"


def _assurance(one: QualityAssurance, provider: Organisation, agent: Organisation) -> Thing:
    assert one.type is not None
    label = concept_list("accreditations").by_uri[one.type.uri or ""].label
    parts = (
        *coded("type", [one.type.uri]),
        *texts("title", tagged(one.title) or {"en": label}),
        *inside("report", "WebResource", text("contentUrl", one.report)),
        *link("organisation", [organisation_id(provider)]),
        *link("accreditingAgent", [organisation_id(agent)]),
        *text("expiryDate", date_time(one.valid_to or "")),
        *text("valid", date_time(one.valid_from or "")),
    )
    return Thing("Accreditation", parts, assurance_id(one, provider))


def place_of(ident: str, place: Location) -> Thing:
    """A location with its address."""
    full = note("fullAddress", {"und": place.address}, "3.1") if place.address else ()
    name = texts("geographicName", {"und": place.city}) if place.city else ()
    code = coded("countryCode", [country_uri(place.country or "")])
    return Thing("Location", (*name, *inside("address", "Address", full, code)), ident)


def homepages(urls: Iterable[str]) -> Parts:
    """Addresses of pages."""
    return tuple(one for url in urls for one in inside("homepage", "WebResource", text("contentUrl", url)))


def html(name: str, by_language: LangMap) -> Parts:
    """Texts that QDR reads as HTML."""
    return texts(name, {tag: whitelisted(words) for tag, words in by_language.items()})


def note(name: str, by_language: LangMap, version: Version) -> Parts:
    """3.1 takes one literal in a note, 3.3.1 one per language."""
    kept = by_language if version == "3.3" else dict(list(by_language.items())[:1])
    return inside(name, "Note", html("noteLiteral", kept))


def identifiers_of(identifiers: Iterable[Identifier]) -> Parts:
    """The scheme `code` needs no name: it is what an identifier without one is."""
    return tuple(
        part
        for one in identifiers
        for part in inside(
            "identifier", "Identifier",
            text("skos:notation", one.value),
            text("schemeName", None if one.scheme == "code" or is_iri(one.scheme) else one.scheme),
            text("schemeId", one.scheme if is_iri(one.scheme) else None),
        )
    )  # fmt: skip
