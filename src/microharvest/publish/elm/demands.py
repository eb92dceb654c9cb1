"""What LOQ demands of an offer and an entry may not say: the reasons an entry is withheld from the export. Pure."""

from __future__ import annotations

from microharvest.model.offer import Offer
from microharvest.model.organisation import Organisation
from microharvest.publish.elm.terms import Version, country_uri, language_uri

__all__ = ["DEMANDS", "Version", "country_of", "missing", "tagged", "taught_in"]

DEMANDS: dict[str, str] = {
    "title": "LearningOpportunity and its specification need a title in a known language.",
    "homepage": "Each LearningOpportunity needs a homepage, its own or the offer's.",
    "provider": "LearningOpportunity needs an organisation with a name that provides it.",
    "country": "The organisation needs a location, and that a country.",
    "isced_f": "The specification needs a field of study of ISCED-F 2013.",
    "language": "The specification needs a language of instruction.",
    "learning_outcomes": "3.1 wants a learning outcome in a known language; 3.3.1 does not ask.",
}
"""Reason -> what the profile says (LOQ application profile 1.1.0, LOQ XSD 3.1.0 and 3.3.1)."""


def missing(entry: Offer, version: Version) -> list[str]:
    """Every demand that is not met, in the order of `DEMANDS`; empty where the entry can be written."""
    provider = entry.provider
    met = {
        "title": any(map(language_uri, tagged(entry.title))),  # it is the default language, too
        "homepage": bool(entry.homepage) or (entry.instances != () and all(one.homepage for one in entry.instances)),
        "provider": provider is not None and bool(provider.name),
        "country": provider is None or country_of(provider, entry) is not None,
        "isced_f": bool(entry.isced_f),
        "language": any(map(language_uri, taught_in(entry))),
        "learning_outcomes": version != "3.1" or any(tagged(outcome.title) for outcome in entry.learning_outcomes),
    }
    return [reason for reason in DEMANDS if not met[reason]]


def tagged(texts: dict[str, str]) -> dict[str, str]:
    """The texts whose language is known: LOQ asks for it, and a guess would be a lie."""
    return {tag: text for tag, text in texts.items() if tag != "und"}


def taught_in(entry: Offer) -> tuple[str, ...]:
    """The languages of instruction: the offer's own, else those in which its starts are held."""
    return entry.languages or tuple(dict.fromkeys(tag for one in entry.instances for tag in one.languages))


def country_of(organisation: Organisation, entry: Offer) -> str | None:
    """The country's URI: the organisation's own, else that of the offer's issuer."""
    return next((uri for code in (organisation.country, entry.country) if code and (uri := country_uri(code))), None)
