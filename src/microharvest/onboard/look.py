"""From an address to a proposal: what answers there, asked politely, decides who looks closer."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin, urlsplit

from microharvest.kit.protocol import Body, Failure
from microharvest.kit.readers import Unreadable, decode_json, looks_like_html, open_plain, read_root, refuse_status
from microharvest.onboard.files import propose_file
from microharvest.onboard.oai import base_of, is_oai, propose_repository
from microharvest.onboard.pages import propose_one_page, propose_page, propose_sitemap
from microharvest.onboard.probe import Probe, source_error
from microharvest.onboard.proposal import Proposal
from microharvest.onboard.tongue import country_of_host
from microharvest.sources.licences import grant_of

__all__ = ["look_at"]

_QUALITY_LINK = "/.well-known/quality-link-manifest"
_LINKED_TYPES = ("elm", "ooapi", "edu-api", "eduapi")
_LICENCE_LINK = re.compile(r"<([^>]+)>\s*;[^,]*rel=\"?license\"?", re.I)


async def look_at(probe: Probe, url: str, *, one_page: bool = False) -> Proposal:
    """`one_page`: a page with offers in it is meant itself, not its site.

    Raises SourceError: what the server or file does wrong, or source.not_recognised.
    """
    proposal = Proposal()
    if not (is_oai(url) and await propose_repository(probe, url, proposal)):
        answer = await probe.ask(url)
        refused = answer if isinstance(answer, Failure) else refuse_status(answer)
        if refused is not None:
            if isinstance(answer, Failure) or not await propose_repository(probe, url, proposal):
                raise source_error(refused.code, url, refused.detail)
        else:
            assert isinstance(answer, Body)
            await _by_bytes(probe, answer, url, proposal, one_page=one_page)
    _around(probe, url, proposal)
    return proposal


async def _by_bytes(probe: Probe, body: Body, url: str, proposal: Proposal, *, one_page: bool = False) -> None:
    try:
        root = _root_of(body)
    except Unreadable as error:
        raise source_error(error.code, url, error.detail) from None
    if root == "OAI-PMH":
        if not await propose_repository(probe, url, proposal):
            detail = "A page of an OAI-PMH list, but no repository answers there: name its base URL"
            raise source_error("source.not_recognised", url, detail)
        return
    if root == "html":
        if not (one_page and propose_one_page(body, url, proposal)):
            await propose_page(probe, body, url, proposal)
        return
    if root in {"urlset", "sitemapindex"}:
        if not await propose_sitemap(probe, body, proposal):
            raise source_error(
                "source.not_recognised", url, "A sitemap, but no page that was tried holds courses in JSON-LD"
            )
        return
    linked = _linked(body, url)
    if linked:
        await _follow_manifest(probe, linked, url, proposal)
        return
    propose_file(body, url, proposal)


def _root_of(body: Body) -> str:
    """The root element's name, `html` for a page, empty for anything that is no markup. Raises Unreadable."""
    with body.open() as stream, open_plain(stream) as plain:
        head = plain.read(4096)
        plain.seek(0)
        if not head.strip():
            raise Unreadable("source.cut", "The answer is empty.")
        if looks_like_html(head):
            return "html"
        return read_root(plain).local if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else ""


def _linked(body: Body, url: str) -> list[tuple[str, str]]:
    """The data sources of a QualityLink manifest: (type, address); empty where it is none."""
    if _QUALITY_LINK not in urlsplit(url).path and body.size > 256 * 1024:
        return []
    try:
        value = decode_json(body.read(256 * 1024 + 1))
    except Unreadable:
        return []
    lists = [one for one in value.values() if isinstance(one, list)] if isinstance(value, dict) else []
    found: list[tuple[str, str]] = []
    for entry in (entry for one in lists for entry in one if isinstance(entry, dict)):
        kind = str(entry.get("type", "")).lower()
        address = next(
            (entry[key] for key in ("path", "url", "uri", "endpoint") if isinstance(entry.get(key), str)), ""
        )
        if kind in _LINKED_TYPES and address:
            found.append((kind, urljoin(body.url, address)))
    return found


async def _follow_manifest(probe: Probe, linked: list[tuple[str, str]], url: str, proposal: Proposal) -> None:
    order = sorted(linked, key=lambda one: _LINKED_TYPES.index(one[0]))
    kind, address = order[0]
    await _by_bytes(probe, await probe.need(address), address, proposal)
    proposal.ask(f"found through the QualityLink manifest {url}, type {kind}.")
    for other, further in order[1:]:
        proposal.ask(f"the manifest names another source: {further} ({other}); add it by itself.")


def _around(probe: Probe, url: str, proposal: Proposal) -> None:
    """What the address says beside the feed: country and licence; what nobody says stays open."""
    country = country_of_host(proposal.value("url", url))
    if country:
        proposal.guess("country", country, "the address's top-level domain, where a record is silent")
    else:
        proposal.ask("of which country are the offers, where a record is silent? (country)")
    licence = _linked_licence(probe, proposal.value("url", url))
    if licence:
        proposal.guess("licence", licence, "the answer's Link header")
        if grant_of(licence) is None:
            proposal.ask("may the texts be shown and merged? The licence is not one we know (redistribute, derive).")
    else:
        proposal.guess("licence", "unknown", "the feed names none; unknown keeps its texts off public pages")
        proposal.ask("under which licence may the texts be shown? (licence)")
    if "languages" not in proposal.guesses:
        proposal.ask("in which language are the texts? (languages)")


def _linked_licence(probe: Probe, url: str) -> str | None:
    answer: Any = probe.answered(url) or probe.answered(base_of(url))
    found = _LICENCE_LINK.search(answer.headers.get("link", "")) if isinstance(answer, Body) else None
    return found[1] if found and re.match(r"https?://\S+\.\S+$", found[1]) else None
