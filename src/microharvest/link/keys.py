"""Keys under which records of different sources may be the same offer, and the facts that can speak against it. Pure.

A key is evidence, never an unconditional merge: `guard_of` tells whether a key says anything at all,
`conflict_of` whether two records may be one in spite of it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec

from microharvest.link.titles import discriminators, fold, numbers_differ
from microharvest.model.offer import Offer
from microharvest.model.organisation import Organisation

__all__ = [
    "BLOCK_CAP",
    "CONFLICTS",
    "GUARDS",
    "MAX_TITLES",
    "STRENGTH",
    "Facts",
    "canonical_url",
    "conflict_of",
    "facts_of",
    "guard_of",
    "keys_of",
]

STRENGTH = {"id": 3, "code": 2, "url": 1}
"""Kinds of keys, strongest first: a declared global identifier, provider and code, the page of the offer."""

BLOCK_CAP = 60
"""A key that more records carry joins nobody: matching is quadratic in it, and it names a page, not an offer."""

MAX_TITLES = 3
"""Distinct titles one page may have over all sources: one offer told in three languages still passes."""

GUARDS = {
    "crowded": "More records carry the key than one offer can have.",
    "several_titles": "One source gives the key to offers with different titles.",
    "several_codes": "One source gives the key to offers with different codes.",
    "many_titles": "The key is shared by offers with too many different titles.",
    "provider_page": "The address is the provider's own homepage.",
    "two_providers": "Two different providers claim the identifier.",
}
CONFLICTS = {
    "same_source": "Two native ids of one source are two offers.",
    "title": "The titles name different levels, parts, numbers or years.",
    "eqf_level": "The EQF levels differ.",
    "credits": "The ECTS credits differ.",
    "code": "One provider gives them different codes.",
    "different": "A person said they are different.",
}

_LOCAL = frozenset({"", "code", "local", "internal", "oai", "id", "kode", "course_code"})
_TRACKING = re.compile(r"^(utm_.*|fbclid|gclid|gad_source|mc_cid|mc_eid|msclkid|_ga|_gl|ref|referrer)$")
_URN = re.compile(r"^(urn:[a-z0-9][a-z0-9-]{1,31}:.+|did:[a-z0-9]+:.+|ce-[0-9a-f-]{36}|oai:[^:]+:.+)$", re.IGNORECASE)
_DOI = re.compile(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/\S+)$", re.IGNORECASE)
_RUN_CODE = re.compile(r"[-_/ ](?:20)?\d{2}[-_ ]?(?:h|v|hs|vs|ht|vt|ws|ss)$", re.IGNORECASE)
_HTTP = re.compile(r"^https?://", re.IGNORECASE)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What link compares of one record. `titles`, `names` and `codes` are folded; `home`: the provider's page."""

    source: str
    native_id: str
    titles: frozenset[str]
    numbers: dict[str, frozenset[str]]
    names: frozenset[str]
    provider_ids: frozenset[str]
    domain: str
    home: str
    codes: frozenset[str]
    eqf_level: int | None
    ects: frozenset[str]

    @property
    def identity(self) -> tuple[str, str]:
        """(source, native id)."""
        return (self.source, self.native_id)


def keys_of(offer: Offer, native_id: str) -> list[tuple[str, str]]:
    """(kind, value) of every key of an offer, sorted; values are at most 300 bytes."""
    provider = offer.provider or Organisation()
    keys: set[tuple[str, str]] = set()
    for scheme, value in [("", native_id), *((known.scheme, known.value) for known in offer.identifiers)]:
        identifier = _global_identifier(scheme, value)
        if identifier is not None:
            keys.add(("id", identifier))
    for code in _codes(offer):
        for owner in _owners(provider):
            keys.add(("code", f"{owner}|{code}"))
    own_page = canonical_url(provider.homepage or "")
    for page in offer.homepage:
        address = canonical_url(page)
        if address is not None and address != own_page and "/" in address:
            keys.add(("url", address))
    return sorted((kind, _bounded(value)) for kind, value in keys)


def facts_of(offer: Offer, source: str, native_id: str) -> Facts:
    """The comparable facts of one accepted record. Values filled from settings (basis default) do not count."""
    provider = offer.provider if offer.provider and offer.basis.get("provider") != "default" else Organisation()
    ects = offer.credits if offer.basis.get("credits") != "default" else ()
    return Facts(
        source=source,
        native_id=native_id,
        titles=frozenset(fold(title) for title in offer.title.values() if fold(title)),
        numbers=discriminators(offer.title.values()),
        names=frozenset(fold(name) for name in provider.name.values() if fold(name)),
        provider_ids=frozenset(f"{known.scheme}:{known.value}".casefold() for known in provider.identifiers),
        domain=_domain(provider.homepage or ""),
        home=_bounded(canonical_url(provider.homepage or "") or ""),
        codes=_codes(offer),
        eqf_level=offer.eqf_level if offer.basis.get("eqf_level") != "default" else None,
        ects=frozenset(format(given.points.normalize(), "f") for given in ects if given.framework.upper() == "ECTS"),
    )


def guard_of(kind: str, value: str, block: Sequence[Facts]) -> str | None:
    """Why a key joins nobody (a code of GUARDS), or None. `block`: all active records that carry it."""
    if len(block) > BLOCK_CAP:
        return "crowded"
    if kind == "url" and any(member.home == value for member in block):
        return "provider_page"
    by_source: dict[str, list[Facts]] = {}
    for member in block:
        by_source.setdefault(member.source, []).append(member)
    if kind != "code":
        if any(_apart([member.titles for member in own]) > 1 for own in by_source.values()):
            return "several_titles"
        if any(_apart([member.codes for member in own]) > 1 for own in by_source.values()):
            return "several_codes"
        if _apart([member.titles for member in block]) > MAX_TITLES:
            return "many_titles"
    if kind == "id" and any(
        _provider_relation(one, other) == "different" for place, one in enumerate(block) for other in block[place + 1 :]
    ):
        return "two_providers"
    return None


def conflict_of(one: Facts, other: Facts) -> str | None:
    """Why two records cannot be the same offer (a code of CONFLICTS), or None."""
    if one.source == other.source:
        return "same_source"
    if numbers_differ(one.numbers, other.numbers) is not None:
        return "title"
    if one.eqf_level is not None and other.eqf_level is not None and one.eqf_level != other.eqf_level:
        return "eqf_level"
    if one.ects and other.ects and not one.ects & other.ects:
        return "credits"
    if one.codes and other.codes and not one.codes & other.codes and _provider_relation(one, other) == "same":
        return "code"
    return None


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


def _global_identifier(scheme: str, value: str) -> str | None:
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


def _codes(offer: Offer) -> frozenset[str]:
    codes = set()
    for known in offer.identifiers:
        if known.scheme.lower() in _LOCAL - {"oai"} and _global_identifier("", known.value) is None:
            code = re.sub(r"[\s._/-]+", "", _RUN_CODE.sub("", known.value.strip()).casefold())
            if code:
                codes.add(code)
    return frozenset(codes)


def _owners(provider: Organisation) -> set[str]:
    owners = {f"id:{known.scheme}:{known.value}".casefold() for known in provider.identifiers}
    owners |= {f"name:{fold(name)}" for name in provider.name.values() if fold(name)}
    domain = _domain(provider.homepage or "")
    return owners | ({f"web:{domain}"} if domain else set())


def _domain(homepage: str) -> str:
    address = canonical_url(homepage)
    return re.split(r"[/?#]", address)[0] if address else ""


def _provider_relation(one: Facts, other: Facts) -> str:
    """`same`, `different` or `unknown`: two names without anything in common are two providers."""
    if one.provider_ids & other.provider_ids or one.names & other.names or (one.domain and one.domain == other.domain):
        return "same"
    return "different" if one.names and other.names else "unknown"


def _apart(sets: Sequence[frozenset[str]]) -> int:
    """Into how many groups sets fall that share a member, directly or through others; empty ones do not count."""
    groups: list[set[str]] = []
    for each in sets:
        if not each:
            continue
        near = [group for group in groups if group & each]
        groups = [group for group in groups if not group & each]
        groups.append(set(each).union(*near))
    return len(groups)


def _bounded(value: str) -> str:
    """Index keys have a size: a long value becomes its beginning and a hash of the whole."""
    raw = value.encode()
    if len(raw) <= 300:
        return value
    return raw[:200].decode(errors="ignore") + "#" + hashlib.blake2b(raw, digest_size=16).hexdigest()
