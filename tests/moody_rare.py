"""Rarer moods of OAI-PMH servers, each beside what a full harvest in it must come to.

    @rare(Want(...))      what the day after a healthy one must give; `fetch`: how the source is configured

Numbers are issues of public trackers; what has none was thought of.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from typing import NamedTuple

from microharvest.testing.feed_server import Answer
from tests.moody_base import (
    HTML,
    POISON,
    Arguments,
    Mood,
    MoodyRepository,
    changed,
    course,
    error,
    later,
    lists,
    token_of,
)

__all__ = ["RARE", "Rare", "Want"]

LIST: Arguments = {"verb": "ListRecords", "metadataPrefix": "oai_dc"}
NO_TOTAL = (r' completeListSize="\d+" cursor="\d+"', "")
XML = "text/xml"


class Want(NamedTuple):
    """Exit status, records seen alive or dead, the code of the run, hold or issue, rejected, missing and withdrawn."""

    status: int = 0
    seen: int = 30
    code: str | None = None
    quarantined: int = 0
    missing: int = 0
    withdrawn: int = 0


class Rare(NamedTuple):
    mood: Mood
    want: Want
    fetch: str
    max_ratio: float


RARE: dict[str, Rare] = {}


def rare(want: Want | None = None, fetch: str = "", max_ratio: float = 1.0) -> Callable[[Mood], Mood]:
    def note(function: Mood) -> Mood:
        RARE[function.__name__] = Rare(function, want or Want(), fetch, max_ratio)
        return function

    return note


def page_of(arguments: Arguments, moody: MoodyRepository) -> int:
    """0 for the first page of a list, from what the honest answer says."""
    found = re.search(rb'cursor="(\d+)"', moody.honest(arguments).body)
    return int(found[1]) // 10 if found else 0


def pages(moody: MoodyRepository) -> list[Answer]:
    """The honest list."""
    found = [moody.honest(LIST)]
    while token := token_of(found[-1]):
        found.append(moody.honest({"verb": "ListRecords", "resumptionToken": token}))
    return found


def records(moody: MoodyRepository) -> list[str]:
    """The honest records, written out."""
    return [one for page in pages(moody) for one in re.findall(r"(?s)<record>.*?</record>", page.body.decode())]


def listing(answer: Answer, written: list[str], token: str | None) -> Answer:
    """A page of these records; token None: no element for it."""
    closing = "" if token is None else f"<resumptionToken>{token}</resumptionToken>"
    body = re.sub(r"(?s)(</request>).*(</OAI-PMH>)", lambda found: (
        f"{found[1]}<ListRecords>{''.join(written)}{closing}</ListRecords>{found[2]}"
    ), answer.body.decode())  # fmt: skip
    return Answer(headers=answer.headers, body=body.encode())


def at(arguments: Arguments) -> int:
    """The number of a page whose tokens are `p1`, `p2`..."""
    return int(arguments.get("resumptionToken", "p0")[1:])


# --- tokens


@rare()
def token_valid_once(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The first answer to a token is cut on its way, and it cannot be asked for again."""
    if not later(arguments):
        return answer
    moody.counted[arguments["resumptionToken"]] += 1
    if moody.once("cut"):
        return Answer(headers=answer.headers, body=answer.body[:900])
    known = moody.counted["restarted"] or moody.counted[arguments["resumptionToken"]] > 1
    if known and not moody.counted["restarted"]:
        moody.counted["restarted"] += 1
        return error(answer, "badResumptionToken", text="used")
    return answer


@rare()
def token_expired_when_given(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """expirationDate lies in the past: clocks differ, the token is good."""
    return changed(answer, ("<resumptionToken ", '<resumptionToken expirationDate="2001-01-01T00:00:00Z" '))


@rare()
def no_records_behind_the_last_token(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """A token on the last page leads to noRecordsMatch."""
    if arguments.get("resumptionToken") == "end":
        return error(moody.honest(LIST), "noRecordsMatch")
    return changed(answer, (r"(<resumptionToken[^>]*>)</", r"\1end</"))


@rare(Want(0, 10, "feed.unproven", missing=20))
def no_records_in_the_middle(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """noRecordsMatch in place of the second page, and no total: no argument was sent that could match nothing."""
    return error(answer, "noRecordsMatch") if later(arguments) else changed(answer, NO_TOTAL)


@rare()
def no_records_beside_records(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """An error element on top of every page that is fine."""
    bare = changed(answer, NO_TOTAL)
    return changed(bare, ("<ListRecords>", "<error code='noRecordsMatch'>none</error><ListRecords>"))


@rare()
def every_page_twice(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Each page comes twice, with another token: the cursor moves with every second request."""
    if not lists(arguments):
        return answer
    number, honest = at(arguments), pages(moody)
    bare = changed(honest[number // 2], NO_TOTAL)
    token = f"p{number + 1}" if number + 1 < 2 * len(honest) else ""
    return changed(bare, (r"(<resumptionToken[^>]*>)[^<]*", rf"\g<1>{token}"))


@rare()
def last_page_twice(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The last token leads to the last page once more (doaj#1396)."""
    if arguments.get("resumptionToken") == "again":
        return pages(moody)[-1]
    return changed(answer, (r"(<resumptionToken[^>]*>)</", r"\1again</"))


@rare(Want(0, 26, "feed.unproven", missing=4))
def list_that_moved_on(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The list grew at its front while it was read; no total. What comes twice tells that the end was not seen."""
    if not lists(arguments):
        return answer
    number, found = at(arguments), records(moody)
    begin = (0, 8, 16)[number]  # two of every page moved on to the next one
    return listing(answer, found[begin : begin + 10], f"p{number + 1}" if number < 2 else "")


@rare(Want(4, 29, "run.partial"))
def one_passed_over(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """A record went from the first page after it was read; the total stays."""
    if not later(arguments):
        return answer
    shifted = f"<record><header><identifier>{POISON}<"
    return changed(answer, (rf"(?s){shifted}.*?</record>", ""))


@rare()
def empty_page_in_the_middle(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Between two pages one without records; no total."""
    bare = changed(answer, NO_TOTAL)
    token = arguments.get("resumptionToken", "")
    if token.startswith("void-"):
        return changed(moody.honest({"verb": "ListRecords", "resumptionToken": token[5:]}), NO_TOTAL)
    if later(arguments):
        return listing(bare, [], f"void-{token}")
    return bare


@rare()
def cursor_from_one(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The cursor counts from 1; nobody says how many there are."""
    number = page_of(arguments, moody) if lists(arguments) else 0
    return changed(answer, (r' completeListSize="\d+" cursor="\d+"', f' cursor="{10 * number + 1}"'))


@rare()
def cursor_of_the_next_page(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The cursor says where the next page begins."""
    number = page_of(arguments, moody) if lists(arguments) else 0
    return changed(answer, (r' completeListSize="\d+" cursor="\d+"', f' cursor="{10 * number + 10}"'))


@rare()
def total_of_zero(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """completeListSize="0" on the first page, "-1" on the others."""
    said = "-1" if later(arguments) else "0"
    return changed(answer, (r'completeListSize="\d+"', f'completeListSize="{said}"'))


@rare()
def two_tokens(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """An empty token before the records, the real one behind them."""
    return changed(answer, NO_TOTAL, ("<ListRecords>", "<ListRecords><resumptionToken/>"))


# --- documents


@rare(Want(3, 0, "source.not_a_feed"))
def maintenance_in_xhtml(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Status 200, well-formed, text/xml: a page for people."""
    page = b'<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml"><body><p>Maintenance</p></body></html>'
    return Answer(headers={"Content-Type": XML}, body=page)


@rare()
def envelope_with_nothing(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """A good envelope that holds neither list nor error (RecordManager takes it for the end); records come alone."""
    return changed(answer, (r"(?s)(</request>).*(</OAI-PMH>)", r"\1\2")) if lists(arguments) else answer


@rare(Want(3, 0, "source.protocol"))
def captcha_in_the_envelope(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """A list with a message in it instead of records."""
    verb = arguments["verb"]
    said = rf"\1<{verb}><message>Please prove that you are human.</message></{verb}>\2"
    return changed(answer, (r"(?s)(</request>).*(</OAI-PMH>)", said)) if verb.startswith("List") else answer


@rare(Want(3, 0, "source.protocol"))
def identify_for_everything(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """A rewrite rule lost the query: whatever is asked, Identify answers."""
    return moody.honest({"verb": "Identify"})


@rare(Want(3, 0, "source.protocol", quarantined=1))
def bad_verb_for_everything(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """A redirect lost the query."""
    return moody.honest({})


@rare(Want(3, 0, "source.protocol", quarantined=1))
def format_gone(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The format has another prefix since the update."""
    return error(answer, "cannotDisseminateFormat") if lists(arguments) else answer


@rare(Want(4, 10, "source.cut", quarantined=1))
def cut_at_a_records_end(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The second page and all behind it end exactly behind a record, with the right length."""
    if not later(arguments):
        return answer if arguments["verb"] != "ListIdentifiers" and arguments["verb"] != "GetRecord" else error(
            answer, "badVerb"
        )  # fmt: skip
    end = answer.body.index(b"</record>") + len(b"</record>")
    return Answer(headers=answer.headers, body=answer.body[:end])


@rare()
def packed_and_packed(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """gzip that says so, of gzip."""
    packed = gzip.compress(gzip.compress(answer.body))
    return Answer(headers={**answer.headers, "Content-Encoding": "gzip"}, body=packed)


@rare(Want(0, 30, "feed.repaired"))
def other_coding_on_every_page(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """UTF-8, then Latin-1 that says so, then Windows-1252 that says it were UTF-8."""
    number = page_of(arguments, moody) if lists(arguments) else 0
    text = answer.body.decode()
    if number == 0:
        return answer
    declared = text.replace('encoding="UTF-8"', 'encoding="ISO-8859-1"') if number == 1 else text
    return Answer(headers={"Content-Type": XML}, body=declared.encode("cp1252"))


@rare(Want(0, 30, "feed.repaired"))
def xml_1_1(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """version="1.1", with a control character that is allowed there."""
    return changed(answer, (r'version="1.0"', 'version="1.1"'), ("<metadata>", "<metadata>&#1;"))


@rare(Want(3, 0, "source.protocol"))
def doctype_without_anything(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """A DOCTYPE that names a file and declares nothing: refused all the same, for none is ever needed."""
    return changed(answer, (r"(\?>\n)", r'\1<!DOCTYPE OAI-PMH SYSTEM "http://127.0.0.1:9/oai.dtd">' + "\n"))


@rare(Want(0, 30, "feed.repaired"))
def filled_up_with_nul(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Bytes of zero behind the document, up to the next block."""
    return Answer(headers=answer.headers, body=answer.body + bytes(4096 - len(answer.body) % 4096))


@rare(Want(0, 30, "feed.repaired"))
def prefix_undeclared_on_later_pages(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """xmlns:xsi is declared on the first page alone (OPUS4#427)."""
    with_xsi = changed(answer, ("<oai_dc:dc ", '<oai_dc:dc xsi:schemaLocation="a b" '))
    if not later(arguments):
        return with_xsi
    return changed(with_xsi, (r' xmlns:xsi="[^"]*"', ""), (r' xsi:schemaLocation="\s*http[^"]*"', ""))


@rare()
def namespaces_on_the_record(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Declared on <record> instead of on what it holds (vufindharvest#17)."""
    names = re.search(r'xmlns:oai_dc="[^"]*" xmlns:dc="[^"]*"', answer.body.decode())
    if names is None:
        return answer
    return changed(answer, (rf" {names[0]}", ""), ("<record>", f"<record {names[0]}>"))


@rare()
def a_bracket_too_many(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """`<metadata>>` (kitodo-presentation#770)."""
    return changed(answer, ("<metadata>", "<metadata>>"))


@rare(Want(4, 30, "hold.refused", quarantined=30))
def metadata_as_text(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """What should be XML comes escaped."""
    cdata = re.sub(r"(?s)<metadata>(.*?)</metadata>", r"<metadata><![CDATA[\1]]></metadata>", answer.body.decode())
    return Answer(headers=answer.headers, body=cdata.encode())


@rare(Want(0, 30, "feed.repaired", quarantined=1))
def a_comment_on_a_broken_page(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """A record within a comment, on a page that must be repaired: it is not in the list."""
    ghost = (
        "<!-- <record><header><identifier>oai:x:ghost</identifier><datestamp>2025-03-01T00:00:00Z</datestamp></header>"
        f"<metadata>{course('Ghost')}</metadata></record> -->"
    )
    broken = rf"(<identifier>{POISON}<(?s:.*?)<dc:title>)"
    return changed(answer, (broken, r"\1R & D <b "), ("<ListRecords>", f"<ListRecords>{ghost}"))


@rare(Want(0, 30, "feed.repaired", quarantined=1))
def a_record_quoted_on_a_broken_page(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """A record within CDATA of another one, on a page that must be repaired."""
    ghost = (
        "<![CDATA[<record><header><identifier>oai:x:ghost</identifier></header>"
        "<metadata><a/></metadata></record>]]>"
    )  # fmt: skip
    broken = rf"(<identifier>{POISON}<(?s:.*?)<dc:title>)"
    quoted = r"(<identifier>oai:x:15<(?s:.*?)</dc:title>)"
    return changed(answer, (broken, r"\1R & D <b "), (quoted, rf"\1<dc:relation>{ghost}</dc:relation>"))


@rare()
def records_within_records(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """What a record holds has records and headers of its own, as MARC has."""
    own = '<record xmlns="urn:marc"><header><identifier>oai:x:inner</identifier></header></record>'
    return changed(answer, ("(</dc:title>)", rf"\1{own}"))


@rare()
def identifiers_over_lines(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Pretty printing, CDATA and comments within identifiers."""
    return changed(answer, (r"<identifier>oai:x:(\d+)<", r"<identifier>\n  <!-- no --><![CDATA[oai:x:]]>\1\n<"))


@rare()
def media_type_of_a_page(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """XML as text/html."""
    return Answer(headers={"Content-Type": "text/html; charset=iso-8859-1"}, body=answer.body)


# --- what is deleted, what is renamed


@rare(Want(0, 30, withdrawn=1))
def deleted_without_a_date(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """A tombstone has no datestamp (zenodo#2447)."""
    gone = rf"(?s)<record><header>(<identifier>{POISON}</identifier>).*?</record>"
    return changed(answer, (gone, r'<record><header status="deleted">\1</header></record>'))


@rare(Want(0, 33))
def tombstones_of_strangers(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """A full list begins with deletions nobody ever saw (pod4lib#872)."""
    gone = "".join(
        f'<record><header status="deleted"><identifier>oai:y:{n}</identifier>'
        "<datestamp>2025-01-01T00:00:00Z</datestamp></header></record>"
        for n in range(3)
    )
    return changed(answer, ("<ListRecords>", f"<ListRecords>{gone}"), NO_TOTAL) if not later(arguments) else changed(
        answer, NO_TOTAL
    )  # fmt: skip


@rare()
def dead_and_alive_at_once(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """A record is announced as deleted and stands in the same list, under one datestamp (sets that overlap)."""
    head = rf"(<identifier>{POISON}</identifier><datestamp>[^<]*</datestamp>)"
    return changed(answer, (rf"<record><header>{head}", r'<record><header status="deleted">\1</header></record>\g<0>'))


@rare(Want(4, 30, "hold.rekeyed", withdrawn=30), max_ratio=0.3)
def identifiers_in_capitals(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """oai:X:14."""
    return changed(answer, (r"<identifier>oai:x:", "<identifier>OAI:X:"))


@rare(Want(4, 30, "hold.rekeyed", withdrawn=30), max_ratio=0.3)
def identifiers_encoded(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """oai%3Ax%3A14."""
    return changed(answer, (r"<identifier>oai:x:", "<identifier>oai%3Ax%3A"))


@rare(Want(4, 30, "hold.rekeyed", withdrawn=30), max_ratio=0.3)
def identifiers_with_the_set(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The set is part of the identifier now (dataverse#3687)."""
    return changed(answer, (r"<identifier>oai:x:", "<identifier>oai:x/courses:"))


@rare(Want(4, 30, "hold.withdrawals", withdrawn=30), max_ratio=0.3)
def another_repository(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """The address leads to a demonstration server."""
    return changed(answer, ("oai:x:", "oai:demo:"), (r"Kurs für Köche (\d+)", r"Sample of the software, number \1"))


@rare(Want(0, 25, "feed.set_empty", missing=5), fetch='sets = ["a", "b"]')
def a_set_renamed(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """One of the sets that are asked for has another name now."""
    return error(answer, "noRecordsMatch") if arguments.get("set") == "b" else answer


# --- dates and status


@rare()
def datestamps_of_the_future(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """2099 on every record."""
    return changed(answer, (r"<datestamp>\d{4}", "<datestamp>2099"))


@rare()
def days_refused(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Identify says days, the list takes seconds only."""
    dated = [arguments[name] for name in ("from", "until") if name in arguments]
    if any("T" not in one for one in dated):
        return error(answer, "badArgument", text="wrong granularity")
    return changed(answer, (r"<granularity>[^<]*", "<granularity>YYYY-MM-DD"))


@rare()
def from_and_until_ignored(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Whatever the window, everything comes."""
    return moody.honest(LIST) if lists(arguments) and not later(arguments) else answer


@rare(fetch='window = "year"')
def one_day_matches_nothing(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """`until` a day means its first moment (ilri/DSpace#63, pkp-lib#6807)."""
    if lists(arguments) and "until" in arguments:
        earlier = {**arguments, "until": arguments["until"][:10] + "T00:00:00Z"}
        return moody.honest(earlier)
    return answer


@rare()
def wait_as_nobody_understands(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """503 with Retry-After -1, then with a date that is past, then with words; each once."""
    waits = ("-1", "Sun, 06 Nov 1994 08:49:37 GMT", "soon")
    if not later(arguments) or moody.counted["wait"] >= 3 or moody.counted["turn"] % 2:
        moody.counted["turn"] += later(arguments)
        return answer
    moody.counted["turn"] += 1
    moody.counted["wait"] += 1
    return Answer(status=503, headers={"Retry-After": waits[moody.counted["wait"] - 1]}, body=HTML)


@rare(Want(3, 0, "source.not_a_feed"))
def to_the_login(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """Everything is sent on to a page that asks who is there."""
    return Answer(status=302, headers={"Location": "/login"})


@rare(Want(3, 0, "source.encoding"))
def unsupported_coding(moody: MoodyRepository, arguments: Arguments, answer: Answer) -> Answer:
    """It says gzip and is plain."""
    return Answer(headers={**answer.headers, "Content-Encoding": "gzip"}, body=answer.body)
