"""What link compares of one record: computed once from its offer, stored, and read back for candidates. Pure.

What must stay true: features are a function of the offer and its identity alone; values filled from settings (basis
default) do not count, but for the provider, which a source's settings may know. Raise VERSION when reading changes:
link then looks at everything anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec
from rapidfuzz import fuzz

from microharvest.link.organisations import Node, fold_organisation
from microharvest.link.titles import fold, read_title
from microharvest.link.tongues import spoken
from microharvest.model.ids import id_hash
from microharvest.model.offer import Offer
from microharvest.model.organisation import Organisation

__all__ = ["VERSION", "Features", "Spelling", "canonical_url", "decode_features", "encode_features", "features_of"]

VERSION = 6

_LOCAL = frozenset({"", "code", "local", "internal", "id", "kode", "course_code"})
_TRACKING = re.compile(r"^(utm_.*|fbclid|gclid|gad_source|mc_cid|mc_eid|msclkid|_ga|_gl|ref|referrer)$")
_URN = re.compile(r"^(urn:[a-z0-9][a-z0-9-]{1,31}:.+|did:[a-z0-9]+:.+|ce-[0-9a-f-]{36}|oai:[^:]+:.+)$", re.IGNORECASE)
_DOI = re.compile(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/\S+)$", re.IGNORECASE)
_RUN_CODE = re.compile(r"[-_/ ](?:(?:20)?\d{2}[-_ ]?(?:h|v|s|w|f|hs|vs|ht|vt|ws|ss)|(?:hs|vs|ht|vt|ws|ss)(?:20)?\d\d)$",
                       re.IGNORECASE)  # fmt: skip
_BEFORE_NAME = re.compile(r"\s+[|–—@-]\s+|(?<=\S)\s+\((?=[^()]+\)$)")
_SLIP = 88.0
"""Two spellings of a name at least this much alike (ratio) are one."""
_HTTP = re.compile(r"^https?://", re.IGNORECASE)
_LANGUAGE_FOLDER = re.compile(r"^/(?:[a-z]{2}|[a-z]{2}-[a-z]{2})(?=/)", re.IGNORECASE)


class Spelling(msgspec.Struct, frozen=True, array_like=True):
    """One title: its language ("" or "?" unknown, "en?" not stated), its own words, whether its end is lost, the
    words of its frame and its tags."""

    language: str
    words: tuple[str, ...]
    cut: bool
    frame: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class Features(msgspec.Struct, frozen=True, array_like=True):
    """Everything is folded and sorted; numbers are whole (ECTS and prices in hundredths, hours in tenths)."""

    titles: tuple[Spelling, ...]
    marks: tuple[tuple[str, str], ...]
    provider: Node | None
    home: str
    ids: tuple[str, ...]
    codes: tuple[str, ...]
    urls: tuple[str, ...]
    ects: tuple[int, ...]
    hours: int
    eqf: int
    isced: tuple[str, ...]
    skills: tuple[str, ...]
    languages: tuple[str, ...]
    starts: tuple[str, ...]
    prices: tuple[int, ...]
    country: str

    def marked(self, kind: str) -> tuple[str, ...]:
        """The marks of one kind."""
        return tuple([value for known, value in self.marks if known == kind]) if self.marks else ()


_encoder, _decoder = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(Features)


def encode_features(features: Features) -> bytes:
    """Compact bytes; equal features give equal bytes."""
    return _encoder.encode(features)


def decode_features(document: bytes) -> Features:
    """The inverse of `encode_features`."""
    return _decoder.decode(document)


def features_of(offer: Offer, native_id: str) -> Features:
    """The features of one accepted record."""
    provider = offer.provider or Organisation()
    names = [fold_organisation(name) for _, name in sorted(provider.name.items()) if name.strip()]
    places = (place for instance in offer.instances for place in instance.locations)
    cities = {fold(city) for city in (provider.city, *(place.city for place in places)) if city}
    read = [
        (language, read_title(half))
        for declared, title in sorted(offer.title.items())
        for language, half in spoken(_without(title, names, cities), _base(declared))
    ]
    assumed = {field for field in offer.basis if offer.basis[field] == "default"}
    home = _languageless(canonical_url(provider.homepage or "") or "")
    urls = {_languageless(url) for url in map(canonical_url, offer.homepage) if url is not None} - {home}
    ects = () if "credits" in assumed else offer.credits
    return Features(
        titles=tuple(Spelling(language, title.words, title.cut, title.frame, title.tags) for language, title in read),
        marks=tuple(sorted({mark for _, title in read for mark in title.marks})),
        provider=_node(provider, offer, "" if "country" in assumed else offer.country or "", urls),
        home=_bounded(home),
        ids=_ids(offer, native_id),
        codes=tuple(sorted({*_codes(offer), *(_bare(title.code) for _, title in read if title.code)})),
        urls=tuple(sorted(_bounded(url) for url in urls if "/" in url)),
        ects=_whole((given.points for given in ects if given.framework.upper() == "ECTS"), 100),
        hours=int((offer.workload_hours or 0) * 10) if "workload_hours" not in assumed else 0,
        eqf=(offer.eqf_level or 0) if "eqf_level" not in assumed else 0,
        isced=tuple(sorted({subject.code for subject in offer.isced_f})),
        skills=tuple(sorted({skill.uri or next(iter(skill.label.values()), "").casefold() for skill in offer.skills})),
        languages=() if "languages" in assumed else tuple(sorted({tag.split("-")[0] for tag in offer.languages})),
        starts=tuple(sorted({instance.start_date[:10] for instance in offer.instances if instance.start_date})),
        prices=_whole(
            (price.amount for price in (*offer.prices, *(one for each in offer.instances for one in each.prices))), 100
        ),
        country="" if "country" in assumed else offer.country or "",
    )


def _base(tag: str) -> str:
    return "" if tag == "und" else tag.split("-")[0].casefold()


def _without(title: str, names: Sequence[tuple[str, str]], cities: AbstractSet[str]) -> str:
    """A title without its provider's name or its town at the end, as pages put them there: "Welding | Ulm College"."""
    for found in list(_BEFORE_NAME.finditer(title))[:-3:-1] if names or cities else ():
        said = title[found.end() :].rstrip(")")
        name, words = fold_organisation(said)
        if fold(said) in cities or any(name == known or fuzz.ratio(words, plain) >= _SLIP for known, plain in names):
            return _without(title[: found.start()].rstrip(" |–—@-"), names, cities)
    return title


def _whole(numbers: Iterable[Decimal], times: int) -> tuple[int, ...]:
    return tuple(sorted({int(number * times) for number in numbers}))


def _node(provider: Organisation, offer: Offer, country: str, urls: set[str]) -> Node | None:
    names = [name for _, name in sorted(provider.name.items()) if name.strip()]
    ids = tuple(sorted({f"{known.scheme}:{known.value}".casefold() for known in provider.identifiers}))
    if not names and not ids:
        return None
    name, words = fold_organisation(names[0]) if names else ("", "")
    hosts = sorted({_host(url) for url in (canonical_url(provider.homepage or ""), *urls) if url})
    return Node(name, words, ids, provider.country or country, hosts[0] if len(hosts) == 1 else "")


@lru_cache(maxsize=4096)
def canonical_url(address: str) -> str | None:
    """`host/path?query` without scheme, `www.`, default port, tracking parameters, end slash and fragment.

    A fragment that is a path (`#!/course/1`, `#/course/1`) is kept. None if it is no http(s) address.
    """
    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname:
        return None
    host = parts.hostname.rstrip(".").removeprefix("www.")
    if port is not None and port not in {80, 443}:
        host += f":{port}"
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(pair[0].lower())]
    path = parts.path.rstrip("/")
    fragment = parts.fragment if parts.fragment.startswith(("!/", "/")) else ""
    return host + path + (f"?{urlencode(sorted(query))}" if query else "") + (f"#{fragment}" if fragment else "")


def _host(canonical: str) -> str:
    return re.split(r"[/?#]", canonical)[0]


def _languageless(canonical: str) -> str:
    """One page in several languages: a leading language folder does not count."""
    host = _host(canonical)
    return host + _LANGUAGE_FOLDER.sub("", canonical[len(host) :])


def _ids(offer: Offer, native_id: str) -> tuple[str, ...]:
    said = [("", native_id), *((known.scheme, known.value) for known in offer.identifiers)]
    return tuple(sorted({_bounded(known) for known in (_global_id(*each) for each in said) if known is not None}))


def _global_id(scheme: str, value: str) -> str | None:
    value = value.strip()
    doi = _DOI.match(value)
    if doi and (scheme.lower() in {"doi", ""} or not value.startswith("10.")):
        return f"doi:{doi[1].lower()}"
    if _HTTP.match(value):
        address = canonical_url(value)
        return address if address is not None and ("/" in address or "?" in address) else None
    if _URN.match(value):
        head, _, rest = value.partition(":")
        return f"{head.lower()}:{rest}" if rest else value.lower()
    if _HTTP.match(scheme) or scheme.lower().startswith("urn:"):
        return f"{scheme}|{value}" if value else None
    return None


def _codes(offer: Offer) -> set[str]:
    codes = set()
    for known in offer.identifiers:
        if known.scheme.lower() in _LOCAL and _global_id("", known.value) is None:
            codes.add(_bounded(_bare(_RUN_CODE.sub("", known.value.strip()))))
    return codes - {""}


def _bare(code: str) -> str:
    """Without separators, case and leading zeros of numbers."""
    return re.sub(r"(?<=[a-z])0+(?=\d)", "", re.sub(r"[\s._/-]+", "", code.casefold()))


def _bounded(value: str) -> str:
    """Nobody needs more than 300 characters of an address to tell it from another, but for a hash of the rest."""
    return value if len(value) <= 300 else f"{value[:200]}#{id_hash(value):x}"
