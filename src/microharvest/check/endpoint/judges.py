"""What the standard and the validators demand of an endpoint, beyond an error code: pure functions over its answers.

A judge gives None where there is nothing to look at, else a place for everything that is wrong. The demands are those
of OAI-PMH 2.0, of the registry's validator (HTTP::OAIPMH::Validator 1.07) and of BASE's OVAL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from microharvest.check.endpoint.answers import MOMENT, SECOND, Answer, Header, Interview
from microharvest.check.report import Place
from microharvest.kit.document import OAI_NS
from microharvest.kit.readers import local_name
from microharvest.telemetry import redact

__all__ = ["JUDGES", "answered_with"]

Judge = Callable[[Interview], list[Place] | None]

_EMAIL = re.compile(r"\w[\w.+-]+@(?!localhost)[a-zA-Z0-9.-]+\.[a-z]{2,}", re.ASCII)
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
_SCHEMA = re.compile(rf"\s*{re.escape(OAI_NS)}\s+http://www\.openarchives\.org/OAI/2\.0/OAI-PMH\.xsd")
_IDENTIFIER_NS = "http://www.openarchives.org/OAI/2.0/oai-identifier"
MODELS = {
    "OAI-PMH": r"responseDate request (?:(?:error )+|\w+ )",
    "Identify": r"repositoryName baseURL protocolVersion (?:adminEmail )+earliestDatestamp deletedRecord granularity "
                r"(?:compression )*(?:description )*",
    "ListSets": r"(?:set )+(?:resumptionToken )?",
    "set": r"setSpec setName (?:setDescription )*",
    "ListMetadataFormats": r"(?:metadataFormat )+",
    "metadataFormat": r"metadataPrefix schema metadataNamespace ",
    "ListRecords": r"(?:record )+(?:resumptionToken )?",
    "ListIdentifiers": r"(?:header )+(?:resumptionToken )?",
    "GetRecord": r"record ",
    "record": r"header (?:metadata )?(?:about )*",
    "header": r"identifier datestamp (?:setSpec )*",
}  # fmt: skip
"""Element of the OAI-PMH namespace -> its children, as OAI-PMH.xsd (2004-10-12) has them."""


def _says(answer: Answer, sentence: str, record: str = "") -> Place:
    return Place(url=redact(answer.url), value=sentence[:200], record=record)


def answered_with(given: Interview, name: str, expect: Iterable[str]) -> list[Place] | None:
    """An error code or a list (`list`) that was expected of a question; None where it was not put."""
    answer = given.get(name)
    if answer is None:
        return None
    listed = answer.is_oai and not answer.errors and answer.kind != "nothing"
    if (listed and "list" in expect) or (answer.is_oai and not set(expect).isdisjoint(answer.errors)):
        return []
    status = f"status {answer.status}: " if answer.status and not 200 <= answer.status < 300 else ""
    return [_says(answer, f"{status}{answer.kind}")]


def _identify(given: Interview, test: Callable[[Answer], str]) -> list[Place] | None:
    answer = given.get("identify")
    if answer is None or answer.part("Identify") is None:
        return None
    wrong = test(answer)
    return [_says(answer, wrong)] if wrong else []


def identify(given: Interview) -> list[Place] | None:
    answer = given.get("identify")
    if answer is None:
        return None
    fine = answer.is_oai and answer.status == 200 and answer.part("Identify") is not None
    return [] if fine else [_says(answer, f"status {answer.status}: {answer.kind}")]


def base_url(given: Interview) -> list[Place] | None:
    def test(answer: Answer) -> str:
        said = answer.text("Identify", "baseURL") or ""
        return "" if said == given.base else f"baseURL is {said!r}, asked was {given.base!r}"

    return _identify(given, test)


def admin_email(given: Interview) -> list[Place] | None:
    def test(answer: Answer) -> str:
        said = [one.text or "" for one in answer.part("Identify") if local_name(one.tag) == "adminEmail"]
        wrong = [one for one in said if not _EMAIL.fullmatch(one)]
        return "no adminEmail" if not said else "an adminEmail that is no address" if wrong else ""

    return _identify(given, test)


def protocol_version(given: Interview) -> list[Place] | None:
    return _identify(given, lambda one: _unless(one.text("Identify", "protocolVersion"), "2.0"))


def _unless(said: str | None, wanted: str) -> str:
    return "" if said == wanted else f"{said!r} instead of {wanted!r}"


def granularity(given: Interview) -> list[Place] | None:
    return _identify(given, lambda one: "" if given.granularity in MOMENT else f"{given.granularity!r}")


def earliest(given: Interview) -> list[Place] | None:
    form = MOMENT.get(given.granularity)

    def test(answer: Answer) -> str:
        said = answer.text("Identify", "earliestDatestamp") or ""
        return "" if form is not None and form.fullmatch(said) else f"{said!r} under {given.granularity!r}"

    return _identify(given, test)


def repository_name(given: Interview) -> list[Place] | None:
    return _identify(given, lambda one: "" if (one.text("Identify", "repositoryName") or "").strip() else "no name")


def deleted_record(given: Interview) -> list[Place] | None:
    def test(answer: Answer) -> str:
        said = (answer.text("Identify", "deletedRecord") or "").strip()
        return "" if said in {"persistent", "transient"} else f"deletedRecord is {said!r}"

    return _identify(given, test)


def identifier_block(given: Interview) -> list[Place] | None:
    answer = given.get("identify")
    if answer is None or answer.part("Identify") is None:
        return None
    blocks = [one for one in answer.root.iter() if one.tag == f"{{{_IDENTIFIER_NS}}}oai-identifier"]
    if not blocks:
        return None
    names = [
        "".join(one.itertext()) for block in blocks for one in block if local_name(one.tag) == "repositoryIdentifier"
    ]
    if len(blocks) > 1:
        return [_says(answer, "more than one oai-identifier")]
    if not re.search(rb"<oai-identifier\s[^>]*?xmlns\s*=\s*[\"']" + re.escape(_IDENTIFIER_NS.encode()), answer.content):
        return [_says(answer, "oai-identifier stands in its namespace by a prefix, or one declared further out")]
    wrong = [
        name for name in names if not re.fullmatch(r"[a-zA-Z][a-zA-Z0-9-]*(?:\.[a-zA-Z][a-zA-Z0-9-]*)+", name.strip())
    ]
    return [_says(answer, f"repositoryIdentifier {wrong[0]!r}")] if wrong else []


def redirects(given: Interview) -> list[Place] | None:
    moved = [one for one in given.every() if one.came_from.partition("?")[0] != one.url.partition("?")[0]]
    return [_says(one, f"answered by {one.came_from}") for one in moved[:1]] if given.every() else None


def _each(given: Interview, test: Callable[[Answer], str]) -> list[Place] | None:
    """A demand on every answer that is OAI-PMH."""
    answers = [one for one in given.every() if one.is_oai]
    return [_says(one, wrong) for one in answers if (wrong := test(one))] if answers else None


def well_formed(given: Interview) -> list[Place] | None:
    answers = given.every()
    return [_says(one, one.problem or f"the root is {one.root.tag}") for one in answers if not one.is_oai] or (
        [] if answers else None
    )


def response_date(given: Interview) -> list[Place] | None:
    return _each(
        given, lambda one: "" if SECOND.fullmatch(one.text("responseDate") or "") else f"{one.text('responseDate')!r}"
    )


def schema_location(given: Interview) -> list[Place] | None:
    return _each(given, lambda one: "" if _SCHEMA.match(one.root.get(_XSI, "")) else f"{one.root.get(_XSI, 'none')}")


def content_type(given: Interview) -> list[Place] | None:
    return _each(given, lambda one: "" if one.media_type == "text/xml" else f"{one.media_type or 'none'}")


def status(given: Interview) -> list[Place] | None:
    return _each(given, lambda one: "" if 200 <= one.status < 300 else f"status {one.status} with {one.kind}")


def structure(given: Interview) -> list[Place] | None:
    return _each(given, _misplaced)


def _misplaced(answer: Answer) -> str:
    for element in answer.root.iter(f"{{{OAI_NS}}}*"):
        name = local_name(element.tag)
        model = MODELS.get(name)
        children = "".join(f"{local_name(one.tag)} " for one in element)
        if model is not None and not re.fullmatch(model, children):
            return f"<{name}> holds {children.strip()[:120] or 'nothing'}"
    return ""


def request_echo(given: Interview) -> list[Place] | None:
    refused = [one for one in given.every() if {"badVerb", "badArgument"} & set(one.errors)]
    wrong = [one for one in refused if (part := one.part("request")) is not None and part.attrib]
    return (
        [_says(one, f"<request> repeats {', '.join(one.part('request').attrib)}") for one in wrong] if refused else None
    )


def formats(given: Interview) -> list[Place] | None:
    return _offers_dc(given.get("formats"))


def formats_item(given: Interview) -> list[Place] | None:
    return _offers_dc(given.get("formats_item"))


def _offers_dc(answer: Answer | None) -> list[Place] | None:
    if answer is None:
        return None
    part = answer.part("ListMetadataFormats")
    offered = [(one.text or "").strip() for each in part for one in each] if part is not None else []
    return [] if "oai_dc" in offered else [_says(answer, answer.kind if part is None else "oai_dc is not among them")]


def identifiers(given: Interview) -> list[Place] | None:
    answer = given.get("identifiers")
    if answer is None:
        return None
    return [] if any(not one.deleted for one in answer.headers) else [_says(answer, answer.kind)]


def identifiers_set(given: Interview) -> list[Place] | None:
    answer = given.get("identifiers_set")
    if answer is None:
        return None
    if "noRecordsMatch" in answer.errors:
        return []
    wanted = given.sets[0] if given.sets else ""
    outside = [
        one for one in answer.headers if not any(name == wanted or name.startswith(f"{wanted}:") for name in one.sets)
    ]
    if not answer.headers:
        return [_says(answer, answer.kind)]
    return [_says(answer, f"not in the set {wanted}", one.identifier) for one in outside[:3]]


def get_record(given: Interview) -> list[Place] | None:
    answer, wanted, form = given.get("record"), given.live, MOMENT.get(given.granularity)
    if answer is None or wanted is None:
        return None
    head = next(iter(answer.headers), None)
    if head is None or head.identifier != wanted.identifier:
        return [_says(answer, answer.kind, wanted.identifier)]
    if form is not None and not form.fullmatch(head.datestamp):
        return [_says(answer, f"datestamp {head.datestamp!r} under {given.granularity}", head.identifier)]
    lost = sorted(set(wanted.sets) - set(head.sets))
    return [_says(answer, f"setSpec {lost[0]} is missing", head.identifier)] if lost else []


def window(given: Interview) -> list[Place] | None:
    return _found_in(given, "window")


def window_day(given: Interview) -> list[Place] | None:
    return _found_in(given, "window_day")


def _found_in(given: Interview, name: str) -> list[Place] | None:
    """The record whose datestamp was asked for; on a page that goes on it may still come."""
    answer, wanted = given.get(name), given.live
    if answer is None or wanted is None:
        return None
    there = any(one.identifier == wanted.identifier for one in answer.headers)
    if not there and answer.token and answer.headers:
        return None
    return [] if there else [_says(answer, f"the record is not listed: {answer.kind}", wanted.identifier)]


def window_only(given: Interview) -> list[Place] | None:
    answers = [one for name in ("window", "window_day") if (one := given.get(name)) is not None and one.headers]
    if not answers or given.live is None:
        return None
    day = given.live.datestamp[:10]
    return [
        _says(answer, f"datestamp {one.datestamp} lies outside", one.identifier)
        for answer in answers for one in answer.headers if one.datestamp[:10] != day
    ][:3]  # fmt: skip


def post_identify(given: Interview) -> list[Place] | None:
    answer = given.get("post_identify")
    return None if answer is None else [] if answer.part("Identify") is not None else [_says(answer, answer.kind)]


def post_record(given: Interview) -> list[Place] | None:
    answer = given.get("post_record")
    return None if answer is None else [] if answer.headers else [_says(answer, answer.kind)]


def _chain(given: Interview) -> list[Answer]:
    """The list's pages from the first to as far as it was read, where it has more than one."""
    first, following = given.get("records"), given.get("next")
    chain = [one for one in given.pages if one.headers and one.part("ListRecords") is not None]
    if len(chain) < 2 and first is not None and first.tokens:
        chain = [first, *([following] if following is not None else [])]
    return chain if chain and chain[0].tokens else []


def token_first(given: Interview) -> list[Place] | None:
    chain = _chain(given)
    if not chain:
        return None
    if len(chain[0].tokens) > 1:
        return [_says(chain[0], f"{len(chain[0].tokens)} resumptionToken elements")]
    return [] if chain[0].token else [_says(chain[0], "an empty resumptionToken on the first page")]


def token_next(given: Interview) -> list[Place] | None:
    answer = given.get("next")
    return None if answer is None else [] if answer.headers else [_says(answer, answer.kind)]


def token_again(given: Interview) -> list[Place] | None:
    before, after = given.get("next"), given.get("next_again")
    if before is None or after is None or not before.headers:
        return None
    same = [one.identifier for one in before.headers] == [one.identifier for one in after.headers]
    return [] if same else [_says(after, f"asked again it gives {len(after.headers)} records: {after.kind}")]


def cursor(given: Interview) -> list[Place] | None:
    before, wrong, counted = 0, [], False
    for page in _chain(given):
        said = page.tokens[0].get("cursor") if page.tokens else None
        counted = counted or said is not None
        if said is not None and said.strip() != str(before):
            wrong.append(_says(page, f"cursor is {said!r}, {before} records came before"))
        before += len(page.headers)
    return wrong[:2] if counted else None


def list_size(given: Interview) -> list[Place] | None:
    chain = _chain(given)
    said = [(page, page.tokens[0].get("completeListSize")) for page in chain if page.tokens]
    sizes = [(page, size.strip()) for page, size in said if size is not None]
    if not sizes:
        return [_says(chain[0], "no completeListSize")] if chain else None
    page, size = sizes[-1]
    if len({one for _, one in sizes}) > 1:
        return [_says(page, f"completeListSize changes from {sizes[0][1]} to {size}")]
    read = sum(len(one.headers) for one in chain)
    if not chain[-1].token and size != str(read):
        return [_says(page, f"completeListSize is {size}, the list has {read}")]
    return (
        []
        if size.isdecimal() and int(size) >= read
        else [_says(page, f"completeListSize is {size} after {read} records")]
    )


def last_token(given: Interview) -> list[Place] | None:
    chain = _chain(given)
    if len(chain) < 2 or chain[-1].token:
        return None
    return [] if chain[-1].tokens else [_says(chain[-1], "no resumptionToken element on the last page")]


def expiration(given: Interview) -> list[Place] | None:
    chain = _chain(given)
    if not chain or not chain[0].token:
        return None
    said, now = chain[0].tokens[0].get("expirationDate"), chain[0].text("responseDate") or ""
    if not said:
        return [_says(chain[0], "no expirationDate")]
    if not SECOND.fullmatch(said.strip()) or not SECOND.fullmatch(now):
        return [_says(chain[0], f"expirationDate {said!r}")]
    ends = datetime.fromisoformat(said.strip().replace("Z", "+00:00"))
    lives = ends - datetime.fromisoformat(now.replace("Z", "+00:00"))
    return [] if lives >= timedelta(hours=23) else [_says(chain[0], f"the token lives {lives}")]


def page_size(given: Interview) -> list[Place] | None:
    chain = _chain(given)
    if not chain or not chain[0].token:
        return None
    count = len(chain[0].headers)
    return [] if 100 <= count <= 500 else [_says(chain[0], f"{count} records on a page")]


def deleted_listed(given: Interview) -> list[Place] | None:
    gone = [(page, one) for page in given.pages for one in page.headers if one.deleted]
    return [
        _says(page, "deleted, with metadata", one.identifier) for page, one in gone if one.metadata is not None
    ] or ([] if gone else None)


def deleted_single(given: Interview) -> list[Place] | None:
    answer = given.get("record_deleted")
    if answer is None:
        return None
    head: Header | None = next(iter(answer.headers), None)
    fine = head is not None and head.deleted and head.metadata is None
    return [] if fine else [_says(answer, answer.kind if head is None else "not marked as deleted, or with metadata")]


JUDGES: dict[str, Judge] = {
    one.__name__: one
    for one in (
        identify, base_url, admin_email, protocol_version, granularity, earliest, repository_name, deleted_record,
        identifier_block, redirects, well_formed, response_date, schema_location, content_type, status, structure,
        request_echo, formats, formats_item, identifiers, identifiers_set, get_record, window, window_day, window_only,
        post_identify, post_record, token_first, token_next, token_again, cursor, list_size, last_token, expiration,
        page_size, deleted_listed, deleted_single,
    )
}  # fmt: skip
"""By name; `dublin.DUBLIN` has those about Dublin Core records."""
