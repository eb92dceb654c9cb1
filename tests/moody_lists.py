"""Moods of lists, dates and documents that say odd things."""

from __future__ import annotations

import gzip
import re

from microharvest.testing.feed_server import Answer
from tests.moody_base import (
    HTML,
    POISON,
    Arguments,
    MoodyRepository,
    changed,
    days,
    error,
    later,
    lists,
    mood,
)

# --- lists that say odd things


@mood
def empty_pages_first(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """35 empty pages before the first record (librisxl#1812)."""
    token = arguments.get("resumptionToken", "skip:0")
    if not lists(arguments) or not token.startswith("skip:"):
        return answer
    done = int(token[5:])
    first = moody.honest({"verb": "ListRecords", "metadataPrefix": "oai_dc"})
    if done == 35:
        return first
    return changed(
        first, (r"<record>.*</ListRecords>", f"<resumptionToken>skip:{done + 1}</resumptionToken></ListRecords>")
    )


@mood
def empty_last_page(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """A token although nothing follows, then a page with nothing in it (pyoai#8, invenio-app-rdm#2715)."""
    if not lists(arguments):
        return answer
    if arguments.get("resumptionToken") == "more":
        first = moody.honest({"verb": "ListRecords", "metadataPrefix": "oai_dc"})
        return changed(first, (r"<record>.*</ListRecords>", "</ListRecords>"))
    return changed(answer, (r"(<resumptionToken[^>]*>)</", r"\1more</"))


@mood
def always_empty(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Empty pages, ever new tokens."""
    if not lists(arguments):
        return answer
    moody.counted["page"] += 1
    first = moody.honest({"verb": "ListRecords", "metadataPrefix": "oai_dc"})
    number = moody.counted["page"]
    return changed(first, (r"<record>.*</ListRecords>", f"<resumptionToken>{number}</resumptionToken></ListRecords>"))


@mood
def total_of_the_whole_index(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """completeListSize counts something else (DOAJ#1432)."""
    return changed(answer, (r'completeListSize="\d+"', 'completeListSize="2680000"'))


@mood
def total_too_small(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """completeListSize is the size of the page, cursor its number (combine#240)."""
    return changed(answer, (r'completeListSize="\d+" cursor="(\d)\d*"', r'completeListSize="10" cursor="\1"'))


@mood
def total_no_number(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """completeListSize="unknown"."""
    return changed(answer, (r'completeListSize="\d+" cursor="\d+"', 'completeListSize="unknown" cursor="-1"'))


@mood
def doubles(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Every record twice (DOAJ#712)."""
    return changed(answer, (r"(?s)(<record>.*?</record>)", r"\1\1"))


@mood
def error_in_the_list(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """An error element inside ListRecords (OpenSKOS#9)."""
    if not later(arguments):
        return answer
    return changed(
        answer, (r"<ListRecords>.*</ListRecords>", "<ListRecords><error code=''>Read timed out</error></ListRecords>")
    )


@mood
def two_documents(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """A second document behind the first (OpenSKOS#9)."""
    return Answer(headers=answer.headers, body=answer.body + answer.body) if later(arguments) else answer


@mood
def half_the_list(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The list shrinks in silence, without a total (dataverse#7498)."""
    if not lists(arguments):
        return answer
    first = moody.honest({"verb": "ListRecords", "metadataPrefix": "oai_dc"})
    return changed(first, (r"<resumptionToken.*?</resumptionToken>", ""))


@mood
def empty_list(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """<ListRecords/>: well formed, complete, and empty."""
    return changed(answer, (r"(?s)<ListRecords>.*</ListRecords>", "<ListRecords/>"))


@mood
def rekeyed(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The same records under other identifiers (the host moved)."""
    return changed(answer, (r"oai:x:", "oai:y:"))


@mood
def all_deleted(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Every record announced as deleted (zenodo#2447)."""
    return changed(answer, (r"<header>", '<header status="deleted">'), (r"(?s)<metadata>.*?</metadata>", ""))


@mood
def deleted_in_capitals(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """status="Deleted ", and metadata all the same."""
    return changed(answer, (rf"<header>(<identifier>{POISON}<)", r'<header status="Deleted ">\1'))


@mood
def token_outside(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The token stands behind ListRecords instead of in it, and nobody says how many there are."""
    moved = changed(answer, (r"(<resumptionToken.*?</resumptionToken>)(</ListRecords>)", r"\2\1"))
    return changed(moved, (r' completeListSize="\d+" cursor="\d+"', ""))


@mood
def token_in_lower_case(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """<resumptiontoken>, as HTML serialisers write it."""
    return changed(answer, (r' completeListSize="\d+" cursor="\d+"', ""), (r"resumptionToken", "resumptiontoken"))


@mood
def two_lists(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Two ListRecords in a document, the token in the second one; an empty token in the first."""
    bare = changed(answer, (r' completeListSize="\d+" cursor="\d+"', ""))
    cut = r"(?s)(<ListRecords>.*?</record>)(.*)"
    return changed(bare, (cut, r"\1<resumptionToken/></ListRecords><ListRecords>\2"))


@mood
def total_revised(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """An estimate that gets better from page to page (OAI-PMH §3.5 allows it)."""
    return changed(answer, (r'completeListSize="30" cursor="0"', 'completeListSize="45" cursor="0"'))


@mood
def packed_unsaid(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """gzip without a Content-Encoding."""
    return Answer(headers=answer.headers, body=gzip.compress(answer.body))


@mood
def declared_utf_16(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """UTF-8 that says it is UTF-16."""
    return changed(answer, (r'encoding="UTF-8"', 'encoding="UTF-16"'))


@mood
def wrapped(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The document within another one."""
    return changed(answer, (r"(<OAI-PMH)", r"<response>\1"), (r"(</OAI-PMH>)", r"\1</response>"))


@mood
def status_on_the_record(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Deleted, in the way of OAI-PMH 1."""
    gone = rf"(?s)<record>(<header><identifier>{POISON}<.*?</header>)<metadata>.*?</metadata>"
    return changed(answer, (gone, r'<record status="deleted">\1'))


# --- dates


@mood
def clock_of_2099(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The server's clock is ahead by decades."""
    return changed(answer, (r"<responseDate>[^<]*", "<responseDate>2099-01-01T00:00:00Z"))


@mood
def clock_of_the_end(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The last second there is, and lists that must be cut."""
    if lists(arguments) and days(arguments) > 62:
        return Answer(status=413, body=HTML)
    return changed(answer, (r"<responseDate>[^<]*", "<responseDate>9999-12-31T23:59:59Z"))


@mood
def clock_of_the_beginning(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The first second there is."""
    return changed(answer, (r"<responseDate>[^<]*", "<responseDate>0001-01-01T00:00:00Z"))


@mood
def clock_of_words(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """A responseDate nobody can read."""
    return changed(answer, (r"<responseDate>[^<]*", "<responseDate>Mi, 25. Nov"))


@mood
def odd_datestamps(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Fractions, offsets, compact, empty (pyoai#30, TreeBASE#194)."""
    written = iter(("2025-01-05T10:00:00.485Z", "2025-01-05T10:00:00+02:00", "20250105", "", "yesterday") * 20)
    body = re.sub(r"<datestamp>[^<]*", lambda _: f"<datestamp>{next(written)}", answer.body.decode())
    return Answer(headers=answer.headers, body=body.encode())


@mood
def seconds_refused(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Identify says seconds, the list takes days only (dataverse#11020)."""
    fine = any("T" in arguments.get(name, "") for name in ("from", "until"))
    return error(answer, "badArgument", text="wrong granularity") if fine else answer


@mood
def no_identify(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Identify is a landing page."""
    return Answer(body=HTML, headers={"Content-Type": "text/html"}) if arguments["verb"] == "Identify" else answer


@mood
def earliest_of_the_year_one(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """earliestDatestamp 0001-01-01, and a list refused for more than two months."""
    if lists(arguments) and days(arguments) > 62:
        return Answer(status=413, body=HTML)
    return changed(answer, (r"<earliestDatestamp>[^<]*", "<earliestDatestamp>0001-01-01"))


# --- documents


@mood
def no_namespace(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The envelope stands in no namespace."""
    return changed(answer, (r' xmlns="http://www.openarchives.org/OAI/2.0/"', ""))


@mood
def prefixed(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Every element of the envelope has a prefix."""
    own = r"(?<=<)(/?)(?!(?:/|oai_dc:|dc:|\?))"
    return changed(answer, (own, r"\1o:"), (r'xmlns="http://www.openarchives', 'xmlns:o="http://www.openarchives'))


@mood
def declarations_inside(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """An XML declaration in every record (DPLA's OaiXmlParser)."""
    return changed(answer, (r"<metadata>", '<metadata><?xml version="1.0" encoding="UTF-8"?>'))


@mood
def notices_before(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """PHP talks before the document begins (findsorguk#843)."""
    return Answer(
        headers=answer.headers, body=b"<br />\n<b>Notice</b>: Undefined index in /x.php<br />\n" + answer.body
    )


@mood
def utf_16(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Two bytes a character, with a byte order mark."""
    text = answer.body.decode().replace("UTF-8", "UTF-16")
    return Answer(headers={"Content-Type": "text/xml"}, body=text.encode("utf-16"))


@mood
def errors_as_404(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Every error of the protocol with a status of its own; empty months are 404 (Invenio)."""
    return Answer(status=404, headers=answer.headers, body=answer.body) if b"<error" in answer.body else answer


@mood
def errors_as_500(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The same with 500."""
    return Answer(status=500, headers=answer.headers, body=answer.body) if b"<error" in answer.body else answer


@mood
def unknown_error_once(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """A code nobody knows, once (metha #9717)."""
    return error(answer, "InternalException") if later(arguments) and moody.once("error") else answer
