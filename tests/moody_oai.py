"""An OAI-PMH repository with a mood: healthy until a test gives it one of the habits real servers have.

    moody = MoodyRepository()                 30 records over 2025, pages of 10, seconds
    server.add("/oai", moody.serve)           on a `FeedServer`
    moody.mood = MOODS["poison_500"]          from now on

A mood gets the arguments and the healthy answer, and gives the answer that is sent. What each does, and where it was
seen, stands at its function (numbers: pkp-lib#7214 and the like are issues of public trackers).
"""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, unquote

from aiohttp import web

from microharvest.testing.feed_server import Answer
from microharvest.testing.oai_repository import OaiRepository

__all__ = ["FIRST_DAY", "MOODS", "POISON", "MoodyRepository", "course"]

FIRST_DAY = datetime(2025, 1, 5, tzinfo=UTC)
POISON = "oai:x:14"
HTML = b"<!DOCTYPE html><html><head><title>Sorry</title></head><body><p>Please come back later.</p></body></html>"

Arguments = dict[str, str]
Mood = Callable[["MoodyRepository", Arguments, Answer], Answer]
MOODS: dict[str, Mood] = {}


def course(title: str) -> str:
    """An oai_dc payload."""
    return (
        '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></oai_dc:dc>'
    )


class MoodyRepository:
    """`repository` may be changed at any time; `asked`: the arguments of every request; `counted` is a mood's own."""

    def __init__(self, *, records: int = 30, page_size: int = 10, every: timedelta = timedelta(days=11)) -> None:
        self.repository = OaiRepository(now=datetime.now(UTC), page_size=page_size)
        for number in range(records):
            self.repository.put(f"oai:x:{number}", course(f"Course {number}"), at=FIRST_DAY + number * every)
        self.mood: Mood | None = None
        self.asked: list[Arguments] = []
        self.counted: Counter[str] = Counter()

    async def serve(self, request: web.Request) -> Answer:
        """A responder for `FeedServer.add`."""
        arguments = dict(parse_qsl(request.url.raw_query_string, keep_blank_values=True))
        self.asked.append(arguments)
        answer = self.honest(arguments)
        return answer if self.mood is None else self.mood(self, arguments, answer)

    def honest(self, arguments: Arguments) -> Answer:
        status, headers, body = self.repository.respond(arguments)
        return Answer(status=status, headers=headers, body=body)

    def once(self, name: str) -> bool:
        """True the first time."""
        self.counted[name] += 1
        return self.counted[name] == 1


def _mood(function: Mood) -> Mood:
    MOODS[function.__name__] = function
    return function


def _lists(arguments: Arguments) -> bool:
    return arguments.get("verb") == "ListRecords"


def _later(arguments: Arguments) -> bool:
    return _lists(arguments) and "resumptionToken" in arguments


def _changed(answer: Answer, *changes: tuple[str, str]) -> Answer:
    text = answer.body.decode()
    for pattern, replacement in changes:
        text = re.sub(pattern, replacement, text)
    return Answer(status=answer.status, headers=answer.headers, body=text.encode())


def _error(answer: Answer, code: str, status: int = 200, text: str = "no") -> Answer:
    """The envelope of an answer around an error."""
    said = _changed(answer, (r"(?s)(</request>).*(</OAI-PMH>)", rf"\1<error code='{code}'>{text}</error>\2"))
    return Answer(status=status, headers=said.headers, body=said.body)


def _days(arguments: Arguments) -> float:
    """How wide a window the arguments ask for."""
    begin, end = arguments.get("from", "2025-01-05"), arguments.get("until", datetime.now(UTC).isoformat())
    return (datetime.fromisoformat(end[:10]) - datetime.fromisoformat(begin[:10])).days


# --- pages that cannot be given ---------------------------------------------------------------------------------


@_mood
def poison_500(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """One record breaks every page it stands on, and GetRecord (datacite#941, MIT's harvester)."""
    poisoned = POISON.encode() + b"<" in answer.body and arguments["verb"] in {"ListRecords", "GetRecord"}
    return Answer(status=500, body=b"java.lang.NullPointerException") if poisoned else answer


@_mood
def poison_cut(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The answer ends within the record the server stumbles over (dataverse#8306)."""
    at = answer.body.find(POISON.encode() + b"<")
    if at < 0 or arguments["verb"] == "ListIdentifiers":
        return answer
    return Answer(headers=answer.headers, body=answer.body[: answer.body.index(b"<metadata>", at) + 10])


@_mood
def poison_in_lists_only(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The page fails, every record of it can be had alone."""
    poisoned = POISON.encode() + b"<" in answer.body and arguments["verb"] == "ListRecords"
    return Answer(status=502, body=b"Bad gateway") if poisoned else answer


@_mood
def records_fail_alone(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Second pages fail, and so does every GetRecord: that is no poison record, that is a broken server."""
    broken = "resumptionToken" in arguments if _lists(arguments) else arguments["verb"] == "GetRecord"
    return Answer(status=500, body=b"oops") if broken else answer


@_mood
def down_after_first_page(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Everything but the first page fails."""
    return answer if arguments["verb"] == "Identify" or moody.once("page") else Answer(status=500, body=b"oops")


# --- too much, too long, too late ---------------------------------------------------------------------------------


@_mood
def too_large(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """`more than 100000 records, restrict the period`, as HTML (metha#6)."""
    return Answer(status=413, body=HTML) if _lists(arguments) and _days(arguments) > 62 else answer


@_mood
def tokens_die_young(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """No list may be longer than two pages (sickle#19, arxiv-public-datasets#26)."""
    if "resumptionToken" in arguments and b'cursor="10"' not in answer.body:
        return _error(answer, "badResumptionToken", text="expired")
    return answer


@_mood
def tokens_die_in_plain_http(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """An expired token, once, as a 400 page without OAI-PMH in it."""
    return Answer(status=400, body=HTML) if _later(arguments) and moody.once("token") else answer


@_mood
def throttled_for_an_hour(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """429 with Retry-After: 3600 behind the first page (geoportal-server-harvester#89)."""
    return Answer(status=429, headers={"Retry-After": "3600"}) if _later(arguments) else answer


@_mood
def challenged(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """A firewall steps in behind the first page (regluit#1154)."""
    return Answer(status=403, headers={"cf-mitigated": "challenge"}, body=HTML) if _later(arguments) else answer


@_mood
def challenged_softly(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """AWS WAF: status 202 and nothing in it (dspace-angular#5478)."""
    return Answer(status=202, headers={"x-amzn-waf-action": "challenge"}) if _lists(arguments) else answer


# --- tokens ---------------------------------------------------------------------------------------------------------


@_mood
def token_lost(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """An empty token behind the first page (pkp-lib#7214); the total is right."""
    return _changed(answer, (r"(<resumptionToken[^>]*>)[^<]*", r"\1")) if _lists(arguments) else answer


@_mood
def endless(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Ever new tokens, always the same page (geoportal-server-harvester#79: 300,000 of 36,000)."""
    if not _lists(arguments):
        return answer
    moody.counted["page"] += 1
    first = moody.honest({"verb": "ListRecords", "metadataPrefix": "oai_dc"})
    return _changed(first, (r"<resumptionToken.*", f"<resumptionToken>{moody.counted['page']}</resumptionToken>"
                            "</ListRecords></OAI-PMH>"))  # fmt: skip


@_mood
def cycle(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """A, B, A, B (scythe#411)."""
    if not _lists(arguments):
        return answer
    token = {"": "A", "A": "B", "B": "A"}[arguments.get("resumptionToken", "")]
    first = moody.honest({"verb": "ListRecords", "metadataPrefix": "oai_dc"})
    return _changed(
        first, (r"<resumptionToken.*", f"<resumptionToken>{token}</resumptionToken></ListRecords></OAI-PMH>")
    )


@_mood
def one_token(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The server keeps the position itself: the token never changes, the pages do (the kind of gssrjournal)."""
    if not _lists(arguments):
        return answer
    token = "" if "resumptionToken" in arguments else None
    if token is None:
        moody.counted["page"] = 0
    elif arguments["resumptionToken"] != "session":
        return _error(answer, "badResumptionToken")
    wanted: Arguments = {"verb": "ListRecords", "metadataPrefix": "oai_dc"}
    for _ in range(moody.counted["page"]):
        wanted = {"verb": "ListRecords", "resumptionToken": _token(moody.honest(wanted))}
    moody.counted["page"] += 1
    return _changed(moody.honest(wanted), (r"(<resumptionToken[^>]*>)[^<]+<", r"\1session<"))


@_mood
def token_needs_prefix(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """badArgument for a token that comes alone (zenodo#783)."""
    if not _later(arguments):
        return answer
    if "metadataPrefix" not in arguments:
        return _error(answer, "badArgument", text="metadataPrefix is required")
    return moody.honest({"verb": "ListRecords", "resumptionToken": arguments["resumptionToken"]})


@_mood
def token_in_cdata(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """White space, CDATA and single quotes around a token."""
    written = r"<resumptionToken completeListSize='\1'>\n <![CDATA[\2]]>\n<"
    return _changed(answer, (r'<resumptionToken completeListSize="(\d+)"[^>]*>([^<]+)<', written))


@_mood
def page_lost(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """No completeListSize, and the second page is not there; only the cursor of the last one tells."""
    changed = _changed(answer, (r' completeListSize="\d+"', ""))
    if b'cursor="0"' not in changed.body:
        return changed
    second = moody.honest({"verb": "ListRecords", "resumptionToken": _token(changed)})
    return _changed(changed, (r"(<resumptionToken[^>]*>)[^<]+<", rf"\1{_token(second)}<"))


def _token(answer: Answer) -> str:
    found = re.search(rb"<resumptionToken[^>]*>([^<]+)<", answer.body)
    return found[1].decode() if found else ""


# --- lists that say odd things ------------------------------------------------------------------------------------


@_mood
def empty_pages_first(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """35 empty pages before the first record (librisxl#1812)."""
    token = arguments.get("resumptionToken", "skip:0")
    if not _lists(arguments) or not token.startswith("skip:"):
        return answer
    done = int(token[5:])
    first = moody.honest({"verb": "ListRecords", "metadataPrefix": "oai_dc"})
    if done == 35:
        return first
    return _changed(
        first, (r"<record>.*</ListRecords>", f"<resumptionToken>skip:{done + 1}</resumptionToken></ListRecords>")
    )


@_mood
def empty_last_page(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """A token although nothing follows, then a page with nothing in it (pyoai#8, invenio-app-rdm#2715)."""
    if not _lists(arguments):
        return answer
    if arguments.get("resumptionToken") == "more":
        first = moody.honest({"verb": "ListRecords", "metadataPrefix": "oai_dc"})
        return _changed(first, (r"<record>.*</ListRecords>", "</ListRecords>"))
    return _changed(answer, (r"(<resumptionToken[^>]*>)</", r"\1more</"))


@_mood
def always_empty(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Empty pages, ever new tokens."""
    if not _lists(arguments):
        return answer
    moody.counted["page"] += 1
    first = moody.honest({"verb": "ListRecords", "metadataPrefix": "oai_dc"})
    number = moody.counted["page"]
    return _changed(first, (r"<record>.*</ListRecords>", f"<resumptionToken>{number}</resumptionToken></ListRecords>"))


@_mood
def total_of_the_whole_index(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """completeListSize counts something else (DOAJ#1432)."""
    return _changed(answer, (r'completeListSize="\d+"', 'completeListSize="2680000"'))


@_mood
def total_too_small(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """completeListSize is the size of the page, cursor its number (combine#240)."""
    return _changed(answer, (r'completeListSize="\d+" cursor="(\d)\d*"', r'completeListSize="10" cursor="\1"'))


@_mood
def total_no_number(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """completeListSize="unknown"."""
    return _changed(answer, (r'completeListSize="\d+" cursor="\d+"', 'completeListSize="unknown" cursor="-1"'))


@_mood
def doubles(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Every record twice (DOAJ#712)."""
    return _changed(answer, (r"(?s)(<record>.*?</record>)", r"\1\1"))


@_mood
def error_in_the_list(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """An error element inside ListRecords (OpenSKOS#9)."""
    if not _later(arguments):
        return answer
    return _changed(
        answer, (r"<ListRecords>.*</ListRecords>", "<ListRecords><error code=''>Read timed out</error></ListRecords>")
    )


@_mood
def two_documents(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """A second document behind the first (OpenSKOS#9)."""
    return Answer(headers=answer.headers, body=answer.body + answer.body) if _later(arguments) else answer


@_mood
def half_the_list(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The list shrinks in silence, without a total (dataverse#7498)."""
    if not _lists(arguments):
        return answer
    first = moody.honest({"verb": "ListRecords", "metadataPrefix": "oai_dc"})
    return _changed(first, (r"<resumptionToken.*?</resumptionToken>", ""))


@_mood
def empty_list(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """<ListRecords/>: well formed, complete, and empty."""
    return _changed(answer, (r"(?s)<ListRecords>.*</ListRecords>", "<ListRecords/>"))


@_mood
def rekeyed(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The same records under other identifiers (the host moved)."""
    return _changed(answer, (r"oai:x:", "oai:y:"))


@_mood
def all_deleted(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Every record announced as deleted (zenodo#2447)."""
    return _changed(answer, (r"<header>", '<header status="deleted">'), (r"(?s)<metadata>.*?</metadata>", ""))


@_mood
def deleted_in_capitals(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """status="Deleted ", and metadata all the same."""
    return _changed(answer, (rf"<header>(<identifier>{POISON}<)", r'<header status="Deleted ">\1'))


@_mood
def token_outside(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The token stands behind ListRecords instead of in it, and nobody says how many there are."""
    moved = _changed(answer, (r"(<resumptionToken.*?</resumptionToken>)(</ListRecords>)", r"\2\1"))
    return _changed(moved, (r' completeListSize="\d+" cursor="\d+"', ""))


@_mood
def token_in_lower_case(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """<resumptiontoken>, as HTML serialisers write it."""
    return _changed(answer, (r' completeListSize="\d+" cursor="\d+"', ""), (r"resumptionToken", "resumptiontoken"))


@_mood
def two_lists(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Two ListRecords in a document, the token in the second one; an empty token in the first."""
    bare = _changed(answer, (r' completeListSize="\d+" cursor="\d+"', ""))
    cut = r"(?s)(<ListRecords>.*?</record>)(.*)"
    return _changed(bare, (cut, r"\1<resumptionToken/></ListRecords><ListRecords>\2"))


@_mood
def total_revised(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """An estimate that gets better from page to page (OAI-PMH §3.5 allows it)."""
    return _changed(answer, (r'completeListSize="30" cursor="0"', 'completeListSize="45" cursor="0"'))


@_mood
def packed_unsaid(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """gzip without a Content-Encoding."""
    return Answer(headers=answer.headers, body=gzip.compress(answer.body))


@_mood
def declared_utf_16(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """UTF-8 that says it is UTF-16."""
    return _changed(answer, (r'encoding="UTF-8"', 'encoding="UTF-16"'))


@_mood
def wrapped(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The document within another one."""
    return _changed(answer, (r"(<OAI-PMH)", r"<response>\1"), (r"(</OAI-PMH>)", r"\1</response>"))


@_mood
def status_on_the_record(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Deleted, in the way of OAI-PMH 1."""
    gone = rf"(?s)<record>(<header><identifier>{POISON}<.*?</header>)<metadata>.*?</metadata>"
    return _changed(answer, (gone, r'<record status="deleted">\1'))


# --- dates ------------------------------------------------------------------------------------------------------------


@_mood
def clock_of_2099(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The server's clock is ahead by decades."""
    return _changed(answer, (r"<responseDate>[^<]*", "<responseDate>2099-01-01T00:00:00Z"))


@_mood
def clock_of_the_end(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The last second there is, and lists that must be cut."""
    if _lists(arguments) and _days(arguments) > 62:
        return Answer(status=413, body=HTML)
    return _changed(answer, (r"<responseDate>[^<]*", "<responseDate>9999-12-31T23:59:59Z"))


@_mood
def clock_of_the_beginning(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The first second there is."""
    return _changed(answer, (r"<responseDate>[^<]*", "<responseDate>0001-01-01T00:00:00Z"))


@_mood
def clock_of_words(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """A responseDate nobody can read."""
    return _changed(answer, (r"<responseDate>[^<]*", "<responseDate>Mi, 25. Nov"))


@_mood
def odd_datestamps(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Fractions, offsets, compact, empty (pyoai#30, TreeBASE#194)."""
    written = iter(("2025-01-05T10:00:00.485Z", "2025-01-05T10:00:00+02:00", "20250105", "", "yesterday") * 20)
    body = re.sub(r"<datestamp>[^<]*", lambda _: f"<datestamp>{next(written)}", answer.body.decode())
    return Answer(headers=answer.headers, body=body.encode())


@_mood
def seconds_refused(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Identify says seconds, the list takes days only (dataverse#11020)."""
    fine = any("T" in arguments.get(name, "") for name in ("from", "until"))
    return _error(answer, "badArgument", text="wrong granularity") if fine else answer


@_mood
def no_identify(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Identify is a landing page."""
    return Answer(body=HTML, headers={"Content-Type": "text/html"}) if arguments["verb"] == "Identify" else answer


@_mood
def earliest_of_the_year_one(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """earliestDatestamp 0001-01-01, and a list refused for more than two months."""
    if _lists(arguments) and _days(arguments) > 62:
        return Answer(status=413, body=HTML)
    return _changed(answer, (r"<earliestDatestamp>[^<]*", "<earliestDatestamp>0001-01-01"))


# --- documents --------------------------------------------------------------------------------------------------------


@_mood
def no_namespace(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The envelope stands in no namespace."""
    return _changed(answer, (r' xmlns="http://www.openarchives.org/OAI/2.0/"', ""))


@_mood
def prefixed(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Every element of the envelope has a prefix."""
    own = r"(?<=<)(/?)(?!(?:/|oai_dc:|dc:|\?))"
    return _changed(answer, (own, r"\1o:"), (r'xmlns="http://www.openarchives', 'xmlns:o="http://www.openarchives'))


@_mood
def declarations_inside(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """An XML declaration in every record (DPLA's OaiXmlParser)."""
    return _changed(answer, (r"<metadata>", '<metadata><?xml version="1.0" encoding="UTF-8"?>'))


@_mood
def notices_before(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """PHP talks before the document begins (findsorguk#843)."""
    return Answer(
        headers=answer.headers, body=b"<br />\n<b>Notice</b>: Undefined index in /x.php<br />\n" + answer.body
    )


@_mood
def utf_16(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Two bytes a character, with a byte order mark."""
    text = answer.body.decode().replace("UTF-8", "UTF-16")
    return Answer(headers={"Content-Type": "text/xml"}, body=text.encode("utf-16"))


@_mood
def errors_as_404(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Every error of the protocol with a status of its own; empty months are 404 (Invenio)."""
    return Answer(status=404, headers=answer.headers, body=answer.body) if b"<error" in answer.body else answer


@_mood
def errors_as_500(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The same with 500."""
    return Answer(status=500, headers=answer.headers, body=answer.body) if b"<error" in answer.body else answer


@_mood
def unknown_error_once(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """A code nobody knows, once (metha #9717)."""
    return _error(answer, "InternalException") if _later(arguments) and moody.once("error") else answer


async def serve_raw(moody: MoodyRepository, request: web.Request) -> Answer:
    """A server that does not decode its tokens, which hold a colon (metha: dash.harvard.edu)."""
    sent = request.raw_path.partition("resumptionToken=")[2]
    first = moody.honest({"verb": "ListRecords", "metadataPrefix": "oai_dc"})
    if sent and not sent.startswith("oai:"):
        return _error(first, "badResumptionToken")
    arguments = dict(parse_qsl(request.url.raw_query_string))
    if sent:
        arguments["resumptionToken"] = unquote(sent).removeprefix("oai:")
    moody.asked.append(arguments)
    return _changed(moody.honest(arguments), (r"(<resumptionToken[^>]*>)([^<]+)<", r"\1oai:\2<"))
