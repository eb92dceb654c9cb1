"""An OAI-PMH repository: Identify, its formats and sets, and a first page; four requests at most."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode, urlsplit

from microharvest.kit.document import Document
from microharvest.kit.protocol import Body, Failure
from microharvest.kit.readers import Unreadable, local_name, read_tree
from microharvest.onboard.flat import texts_in
from microharvest.onboard.probe import Probe, source_error
from microharvest.onboard.proposal import Proposal
from microharvest.onboard.recognise import Known, dialect_of_prefixes, dialect_of_xml
from microharvest.onboard.tongue import language_of

__all__ = ["base_of", "is_oai", "propose_repository"]

MAX_BYTES = 32 * 1024 * 1024
_SHOWN_SETS = 12
_LICENCE = re.compile(r"https?://creativecommons\.org/[a-z]+/[a-z0-9.\-]+/[0-9.]+/?")
_MICRO = re.compile(r"micro[- ]?(?:credential|certificat|zertifik|qualif)|microcred", re.I)


def is_oai(url: str) -> bool:
    """Whether an address says that it is OAI-PMH: it has a verb, or `oai` in its path."""
    parts = urlsplit(url)
    return bool(re.search(r"(?:^|&)verb=", parts.query)) or bool(re.search(r"oai", parts.path, re.I))


def base_of(url: str) -> str:
    """The base URL: without query and fragment."""
    return url.partition("?")[0].partition("#")[0]


async def propose_repository(probe: Probe, url: str, proposal: Proposal) -> bool:
    """Fill the proposal; False where nothing there speaks OAI-PMH. Raises SourceError where it does, but not for us."""
    base = base_of(url)
    identify = _named(await _root(probe, base, verb="Identify"), "Identify")
    formats = await _formats(probe, base)
    if identify is None and not formats:
        return False
    said = {} if identify is None else {local_name(one.tag): (one.text or "").strip() for one in identify}
    proposal.guess("title", said.get("repositoryName") or f"OAI-PMH at {urlsplit(base).hostname}", "Identify")
    proposal.guess("protocol", "oai_pmh", "it answers Identify" if identify is not None else "it lists formats")
    proposal.guess("url", base, "the base URL, without verb")
    known = dialect_of_prefixes(formats)
    if known is None:
        offered = ", ".join(sorted(formats)) or "nothing that could be read"
        raise source_error("source.not_recognised", base, f"The repository offers {offered}; no dialect here reads it")
    prefix, dialect = known
    proposal.guess("dialect", dialect.manifest.name, dialect.reason)
    proposal.guess("fetch.metadata_prefix", prefix, f"of {', '.join(sorted(formats))}")
    _deletions(said.get("deletedRecord", "").lower(), proposal)
    await _sets(probe, base, proposal)
    await _first_page(probe, base, prefix, proposal)
    return True


def _payload(element: Any) -> Known | None:
    namespace, _, local = element.tag[1:].partition("}") if element.tag.startswith("{") else ("", "", element.tag)
    return dialect_of_xml(local, namespace, b"")


async def _root(probe: Probe, base: str, **arguments: str) -> Any:
    """The root of an answer, or None; errors of the protocol are read by their callers."""
    answer = await probe.ask(f"{base}?{urlencode(arguments)}")
    if isinstance(answer, Failure) or answer.status in {401, 403}:
        if not isinstance(answer, Failure):
            raise source_error("source.unauthorised", base, f"The server answered with status {answer.status}")
        if answer.code not in {"source.http", "source.not_found"}:
            raise source_error(answer.code, base, answer.detail)
        return None
    return _oai_root(answer)


def _oai_root(body: Body) -> Any:
    try:
        root = read_tree(body.read(MAX_BYTES))
    except Unreadable:
        return None
    return root if local_name(root.tag) == "OAI-PMH" else None


def _named(root: Any, name: str) -> Any:
    return None if root is None else next((one for one in root if local_name(one.tag) == name), None)


async def _formats(probe: Probe, base: str) -> dict[str, str]:
    listed = _named(await _root(probe, base, verb="ListMetadataFormats"), "ListMetadataFormats")
    found: dict[str, str] = {}
    for one in listed if listed is not None else ():
        said = {local_name(part.tag): (part.text or "").strip() for part in one}
        if said.get("metadataPrefix"):
            found[said["metadataPrefix"]] = said.get("metadataNamespace", "")
    return found


def _deletions(policy: str, proposal: Proposal) -> None:
    if policy == "persistent":
        proposal.guess("withdraw.strategy", "tombstone", "deletedRecord = persistent: it tells every deletion")
    elif policy == "transient":
        proposal.guess("withdraw.strategy", "tombstone+snapshot", "deletedRecord = transient: some deletions are told")
    else:
        proposal.guess(
            "fetch.mode", "full", f"deletedRecord = {policy or 'unsaid'}: only a whole list shows what is gone"
        )
        proposal.guess("withdraw.strategy", "snapshot", "deletions are not told")


async def _sets(probe: Probe, base: str, proposal: Proposal) -> None:
    listed = _named(await _root(probe, base, verb="ListSets"), "ListSets")
    sets: list[tuple[str, str]] = []
    for one in listed if listed is not None else ():
        said = {local_name(part.tag): (part.text or "").strip() for part in one}
        if said.get("setSpec"):
            sets.append((said["setSpec"], said.get("setName", "")))
    micro = [spec for spec, name in sets if _MICRO.search(f"{spec} {name}")]
    if micro:
        proposal.ask(
            f"only the sets about microcredentials? Write sets = {micro!r} in [fetch] for that.".replace("'", '"')
        )
    elif sets:
        shown = ", ".join(spec for spec, _ in sets[:_SHOWN_SETS])
        more = f" and {len(sets) - _SHOWN_SETS} more" if len(sets) > _SHOWN_SETS else ""
        proposal.ask(f"everything, or some sets alone? There are {shown}{more}.")


async def _first_page(probe: Probe, base: str, prefix: str, proposal: Proposal) -> None:
    root = await _root(probe, base, verb="ListRecords", metadataPrefix=prefix)
    listed = _named(root, "ListRecords")
    if listed is None:
        error = _named(root, "error")
        said = (error.text or error.get("code") or "no list") if error is not None else "no list"
        proposal.ask(f"the first page of ListRecords gave nothing: {said.strip()}.")
        return
    token = next((one for one in listed if local_name(one.tag) == "resumptionToken"), None)
    total = (token.get("completeListSize") or "") if token is not None else ""
    if total.isdecimal():
        proposal.guess("size", int(total), "completeListSize of the first page")
    metadata = [part for one in listed for part in one if local_name(part.tag) == "metadata" and len(part)]
    found = language_of(texts_in(Document(xml=one[0]) for one in metadata[:60]))
    if found:
        proposal.guess("languages", [found[0]], f"the texts: {found[1]} of its small words")
    text = " ".join("".join(one.itertext()) for one in metadata[:60])
    spoken = _payload(metadata[0][0]) if metadata else None
    if metadata and (spoken is None or spoken.manifest.name != proposal.value("dialect")):
        root = local_name(metadata[0][0].tag)
        proposal.ask(f"asked for {prefix} it sends <{root}>, which the dialect may not read: look at the plan.")
    licences = {licence.rstrip("/") + "/" for licence in _LICENCE.findall(text)}
    if licences:
        proposal.ask(
            f"records name licences of their own: {', '.join(sorted(licences)[:3])}; is one meant for the feed?"
        )
