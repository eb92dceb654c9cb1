"""A site: a sitemap, a list of links, or one page, and the JSON-LD its pages hold."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import urljoin, urlsplit

from microharvest.kit.document import Document
from microharvest.kit.manifest import load_protocol
from microharvest.kit.protocol import Batch, Body, Failure, Refused, Request
from microharvest.kit.readers import Unreadable, decode_page, json_ld_blocks, page_links, read_block
from microharvest.onboard.files import name_from
from microharvest.onboard.flat import texts_in
from microharvest.onboard.probe import Probe, source_error
from microharvest.onboard.proposal import Proposal
from microharvest.onboard.recognise import dialect_of_json, json_types
from microharvest.onboard.tongue import language_of

__all__ = ["propose_one_page", "propose_page", "propose_sitemap"]

MAX_PAGE_BYTES = 16 * 1024 * 1024
_COURSE = re.compile(
    r"course|kurs|formation|opleiding|cursus|koulutus|opinto|curso|corso|corsi|training|program|micro|lehrgang|"
    r"utdanning|uddannelse|tecaj|teča|tutorial|material|lehr|studi|educat", re.I,
)  # fmt: skip
_TITLE = re.compile(r"<title[^<>]*>([^<]{1,200})</title>", re.I)
_LANG = re.compile(r"<html[^<>]*\slang\s*=\s*[\"']?([A-Za-z]{2,3})\b", re.I)


async def propose_sitemap(probe: Probe, body: Body, proposal: Proposal, *, like: str = "") -> bool:
    """A sitemap (or index of them) whose pages hold offers; `like`: a page it should be about. False if none does."""
    listed = await _listed(probe, body)
    for start, pages in _groups(listed, like):
        for page in pages[:2]:
            if probe.left <= 0:
                break
            answer = await probe.ask(page)
            if isinstance(answer, Failure) or answer.status != 200:
                continue
            if not _says(answer, proposal):
                continue
            proposal.guess("title", urlsplit(body.url).hostname or "A site", "the host")
            proposal.guess("protocol", "site", f"a sitemap of {len(listed):,} addresses")
            proposal.guess("url", body.url, "the sitemap")
            if len(pages) < len(listed):
                proposal.guess("fetch.include", [re.escape(start).replace(r"\-", "-").replace(r"\/", "/")],
                               f"{len(pages):,} of its addresses; pages there hold offers")  # fmt: skip
            return True
    return False


def propose_one_page(body: Body, url: str, proposal: Proposal) -> bool:
    """A page by itself, `alone`, where its own JSON-LD holds offers. No source file can say that: a site is a list."""
    if not _says(body, proposal):
        return False
    title = _TITLE.search(decode_page(body.read(MAX_PAGE_BYTES), body.headers.get("content-type", "")))
    proposal.guess("title", " ".join(title[1].split()) if title else name_from(url), "the page's title")
    proposal.guess("protocol", "site", "a page with JSON-LD")
    proposal.guess("url", url, "the page itself")
    proposal.guess("alone", True, "one page was named")
    return True


async def propose_page(probe: Probe, body: Body, url: str, proposal: Proposal) -> None:
    """A page: by its site's sitemap, else as a list of links. Raises SourceError where neither leads to offers."""
    text = decode_page(body.read(MAX_PAGE_BYTES), body.headers.get("content-type", ""))
    own = _says(body, proposal)
    root = urljoin(body.url, "/")
    for address in [*await _announced(probe, root), urljoin(root, "sitemap.xml")]:
        answer = await probe.ask(address)
        if isinstance(answer, Failure) or answer.status != 200:
            continue
        if await propose_sitemap(probe, answer, proposal, like=body.url if own else ""):
            return
    links, base = page_links(text)
    near = _same_site(body.url, [urljoin(urljoin(body.url, base or ""), link) for link in links])
    for start, pages in _groups(near, ""):
        answer = await probe.ask(pages[0])
        if isinstance(answer, Body) and answer.status == 200 and _says(answer, proposal):
            title = _TITLE.search(text)
            proposal.guess("title", " ".join(title[1].split()) if title else name_from(url), "the page's title")
            proposal.guess("protocol", "site", f"a page with links to {len(pages):,} pages that hold offers")
            proposal.guess("url", url, "the page of links")
            proposal.guess("fetch.kind", "list", "an HTML page")
            proposal.guess("fetch.include", [re.escape(start).replace(r"\-", "-").replace(r"\/", "/")], "those links")
            return
    types = ", ".join(sorted(json_types(_values(text)))) or "none"
    detail = (
        f"An HTML page (JSON-LD types: {types}), and neither sitemap nor links lead to pages with courses in JSON-LD"
    )
    raise source_error("source.not_recognised", url, detail)


async def _listed(probe: Probe, body: Body) -> list[str]:
    """The pages of a sitemap, and of the first sitemaps of an index, as the protocol `site` reads them."""
    reader_type, options = load_protocol("site")
    reader = reader_type(options(), body.url)
    request = Request(lane="list", url=body.url)
    found: list[str] = []
    for follow in _follow(reader, body, request):
        if follow.kind == "item":
            found.append(follow.url)
        elif probe.left > 3:
            answer = await probe.ask(follow.url)
            if isinstance(answer, Body) and answer.status == 200:
                found += [one.url for one in _follow(reader, answer, follow) if one.kind == "item"]
    return list(dict.fromkeys(found))


def _follow(reader: object, body: Body, request: Request) -> list[Request]:
    found: list[Request] = []
    for answer in reader.parse(body, request):  # type: ignore[attr-defined]
        if isinstance(answer, Refused):
            break
        assert isinstance(answer, Batch)
        found += answer.follow
    return found


async def _announced(probe: Probe, root: str) -> list[str]:
    """Sitemaps that robots.txt names."""
    answer = await probe.ask(urljoin(root, "robots.txt"))
    if isinstance(answer, Failure) or answer.status != 200:
        return []
    lines = answer.read(256 * 1024).decode("utf-8", "replace").splitlines()
    return [line.split(":", 1)[1].strip() for line in lines if line.lower().startswith("sitemap:")][:2]


def _groups(urls: list[str], like: str) -> list[tuple[str, list[str]]]:
    """Addresses by their first one or two path segments, the likeliest to be courses first."""
    groups: dict[str, list[str]] = {}
    for url in urls:
        groups.setdefault(_start(url), []).append(url)
    wanted = _start(like) if like else None
    sizes = Counter({start: len(pages) for start, pages in groups.items()})
    return sorted(
        groups.items(),
        key=lambda group: (group[0] != wanted, not _COURSE.search(group[0]), -sizes[group[0]], group[0]),
    )[:5]


def _start(url: str) -> str:
    """The folder a page stands in, at most two segments: `/course/` of `/course/7`, `/` of `/imprint`."""
    segments = urlsplit(url).path.split("/")[1:-1]
    return "/" + "".join(f"{one}/" for one in segments[:2])


def _same_site(page: str, links: list[str]) -> list[str]:
    host = urlsplit(page).netloc
    clean = [link.partition("#")[0] for link in links]
    return [one for one in dict.fromkeys(clean) if one != page and _host(one) == host]


def _host(link: str) -> str:
    try:
        return urlsplit(link).netloc
    except ValueError:  # http://[x
        return ""


def _says(body: Body, proposal: Proposal) -> bool:
    """Note dialect and language if this page holds offers."""
    text = decode_page(body.read(MAX_PAGE_BYTES), body.headers.get("content-type", ""))
    values = _values(text)
    known = dialect_of_json(values)
    if known is None:
        return False
    proposal.guess("dialect", known.manifest.name, f"{known.reason}, in {urlsplit(body.url).path}")
    lang = _LANG.search(text)
    found = language_of(texts_in(Document(value=value) for value in values))
    if found or lang:
        tag = found[0] if found else str(lang[1]).lower() if lang else ""
        proposal.guess("languages", [tag], f"the texts: {found[1]} of its small words" if found else "<html lang>")
    return True


def _values(text: str) -> list[object]:
    values: list[object] = []
    for block in json_ld_blocks(text):
        try:
            values.append(read_block(block.text)[0])
        except Unreadable:
            continue
    return values
