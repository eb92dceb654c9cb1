"""The rules about an endpoint over recorded answers: a repository that keeps them all, and one change for each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import parse_qsl

import pytest

from microharvest.check.endpoint.answers import Answer, Interview
from microharvest.check.endpoint.asking import question
from microharvest.check.endpoint.dublin import DUBLIN
from microharvest.check.endpoint.judges import JUDGES, answered_with
from microharvest.check.profile import Rule, read_profile
from microharvest.check.report import Place
from microharvest.testing.oai_repository import OaiRepository

BASE = "http://127.0.0.1/oai"
NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
PROFILE = read_profile("oai-pmh")
DC = (
    '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<dc:title>Kurs {0} über München</dc:title><dc:identifier>https://example.org/{0}</dc:identifier>"
    "<dc:date>2026-01-02</dc:date><dc:type>course</dc:type><dc:creator>Uni</dc:creator><dc:language>de</dc:language>"
    "</oai_dc:dc>"
)
OWN = (
    b'<description><oai-identifier xmlns="http://www.openarchives.org/OAI/2.0/oai-identifier"><scheme>oai</scheme>'
    b"<repositoryIdentifier>example.org</repositoryIdentifier></oai-identifier></description></Identify>"
)


def repository(granularity: Literal["day", "seconds"]) -> OaiRepository:
    made = OaiRepository(BASE, now=NOW, page_size=100, granularity=granularity)
    for number in range(220):
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number // 10, hours=number % 10)
        made.put(f"oai:x:{number}", DC.format(number), at=at, sets=("a",))
    made.delete("oai:x:50", at=datetime(2026, 1, 6, tzinfo=UTC))
    return made


def asked(made: OaiRepository, query: str) -> bytes:
    """What the repository answers, and what it leaves out that a better one says."""
    arguments: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, encoding="latin-1"):
        repeated = name in arguments
        arguments[f"{name} again" if repeated else name] = value
        if repeated and name == "verb":
            arguments["verb"] = ""
    _, _, body = made.respond(arguments)
    body = re.sub(rb"(<resumptionToken) ([^>]*>[^<])", rb'\1 expirationDate="2026-03-02T08:30:00Z" \2', body)
    return body.replace(b"</Identify>", OWN)


def interview(granularity: Literal["day", "seconds"] = "seconds") -> Interview:
    made = repository(granularity)
    told = Interview(BASE, "oai_dc", {}, [])
    for name, line in PROFILE.asks.items():
        found = question(line, told.values())
        if found is not None:
            url = f"{BASE}?{found[1]}" if found[0] == "GET" else f"{BASE}#{found[1]}"
            told.answers[name] = Answer(url, content=asked(made, found[1]))
    query = "verb=ListRecords&metadataPrefix=oai_dc"
    while query:
        page = Answer(f"{BASE}?{query}", content=asked(made, query))
        told.pages.append(page)
        query = f"verb=ListRecords&resumptionToken={page.token}" if page.token else ""
    return told


def verdict(rule: Rule, told: Interview) -> list[Place] | None:
    judge = {**JUDGES, **DUBLIN}.get(rule.judge)
    return judge(told) if judge else answered_with(told, rule.ask, rule.expect)


def rule_of(code: str) -> Rule:
    return next(one for one in PROFILE.rule if one.code == f"oai.{code}")


def changed(answer: Answer, old: bytes, new: bytes) -> Answer:
    content = re.sub(old, new, answer.content)
    assert content != answer.content, old
    return Answer(answer.url, content=content)


def test_a_repository_that_keeps_the_standard_keeps_every_rule() -> None:
    told = interview()
    found = {rule.code: verdict(rule, told) for rule in PROFILE.rule}
    assert {code: places for code, places in found.items() if places != []} == {"oai.date_finer": None}


def test_a_repository_of_days() -> None:
    told = interview("day")
    found = {rule.code: verdict(rule, told) for rule in PROFILE.rule}
    assert {code: places for code, places in found.items() if places != []} == {
        "oai.date_mixed": None, "oai.window_day": None
    }  # fmt: skip


def test_every_judge_and_every_question_is_used() -> None:
    assert {rule.judge for rule in PROFILE.rule if rule.judge} == {*JUDGES, *DUBLIN}
    assert not JUDGES.keys() & DUBLIN.keys()
    read = {rule.ask for rule in PROFILE.rule if rule.ask}
    looked_at = {"identify", "formats", "records", "identifiers", "next", "next_again", "record", "window"}
    looked_at |= {"formats_item", "window_day", "post_identify", "post_record", "identifiers_set", "record_deleted"}
    assert set(PROFILE.asks) == read | looked_at


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.code) for rule in PROFILE.rule if rule.ask])
def test_another_answer_than_the_expected_code_is_found(rule: Rule) -> None:
    told = interview("day" if rule.ask == "date_finer" else "seconds")
    code = b"cannotDisseminateFormat" if "cannotDisseminateFormat" not in rule.expect else b"badVerb"
    answer = told.answers[rule.ask]
    for content in (
        asked(repository("seconds"), "verb=junk").replace(b"badVerb", code),
        b"<html>500</html>",
        b"",
    ):
        told.answers[rule.ask] = Answer(answer.url, content=content)
        assert verdict(rule, told), content
    told.answers[rule.ask] = Answer(answer.url, failure="The connection broke. [source.reset]", status=0)
    places = verdict(rule, told)
    assert places
    assert "source.reset" in places[0].value
    del told.answers[rule.ask]
    assert verdict(rule, told) is None


ALL_PAGES = "pages"
FIRST, LAST = "page 0", "page 2"
CHANGES: dict[str, tuple[str, bytes, bytes]] = {
    "identify": ("identify", rb"Identify>", b"Identity>"),
    "base_url": ("identify", rb"<baseURL>http:", b"<baseURL>https:"),
    "admin_email": ("identify", rb"admin@example.org", b"mailto:admin@example.org"),
    "protocol_version": ("identify", rb">2\.0<", b">2.0 <"),
    "granularity": ("identify", rb"YYYY-MM-DDThh:mm:ssZ", b"seconds"),
    "earliest": ("identify", rb"<earliestDatestamp>[^<]*", b"<earliestDatestamp>2026-01-01"),
    "repository_name": ("identify", rb"Sample repository", b" "),
    "deleted_record": ("identify", rb"persistent", b"no"),
    "identifier_block": ("identify", rb"example\.org</repositoryIdentifier", b"example</repositoryIdentifier"),
    "well_formed": ("verb_junk", rb"<error", b"Notice: x <error y"),
    "response_date": ("sets", rb"Z</responseDate", b".5Z</responseDate"),
    "schema_location": ("sets", rb"xsi:schemaLocation", b"schemaLocation"),
    "structure": ("record", rb"(<identifier>.*?</identifier>)(<datestamp>.*?</datestamp>)", rb"\2\1"),
    "request_echo": ("verb_junk", rb"<request>", b'<request verb="junk">'),
    "formats": ("formats", rb">oai_dc<", b">lom<"),
    "formats_item": ("formats_item", rb">oai_dc<", b">lom<"),
    "identifiers": ("identifiers", rb"<header>", b'<header status="deleted">'),
    "identifiers_set": ("identifiers_set", rb"<setSpec>a<", b"<setSpec>b<"),
    "get_record": ("record", rb"<setSpec>a</setSpec>", b""),
    "window": ("window", rb"oai:x:0<", b"oai:x:1<"),
    "window_day": ("window_day", rb"oai:x:0<", b"oai:x:999<"),
    "window_only": ("window_day", rb"<datestamp>2026-01-01T03", b"<datestamp>2026-01-02T03"),
    "post_identify": ("post_identify", rb"Identify>", b"Identity>"),
    "post_record": ("post_record", rb"header>", b"head>"),
    "token_first": (FIRST, rb"(<resumptionToken[^>]*>)[^<]*<", rb"\1<"),
    "token_next": ("next", rb"ListRecords>", b"Nothing>"),
    "token_again": ("next_again", rb"oai:x:100<", b"oai:x:101<"),
    "cursor": ("page 1", rb'cursor="100"', b'cursor="1"'),
    "list_size": (LAST, rb'completeListSize="220"', b'completeListSize="360"'),
    "last_token": (LAST, rb"<resumptionToken.*?</resumptionToken>", b""),
    "expiration": (FIRST, rb'expirationDate="2026-03-02', b'expirationDate="2026-03-01'),
    "page_size": (FIRST, rb"<record><header><identifier>oai:x:\d</identifier>.*?</record>", b""),
    "deleted_listed": (FIRST, rb'(status="deleted">.*?</header>)', rb"\1<metadata><x/></metadata>"),
    "deleted_single": ("record_deleted", rb' status="deleted"', b""),
    "dc_minimal": (FIRST, rb"<dc:creator>Uni</dc:creator>", b""),
    "dc_date": (FIRST, rb"<dc:date>2026-01-02", b"<dc:date>January 2026"),
    "dc_language": (FIRST, rb"<dc:language>de<", b"<dc:language>unknown tongue<"),
    "dc_address": (FIRST, rb"https://example.org/(\d+)<", rb"course \1<"),
    "encoded_once": (FIRST, "ü".encode(), "Ã¼".encode()),
}


@pytest.mark.parametrize("code", CHANGES)
def test_a_change_is_found(code: str) -> None:
    told = interview()
    name, old, new = CHANGES[code]
    if name.startswith("page "):
        place = int(name[5:])
        told.pages[place] = changed(told.pages[place], old, new)
        told.answers["records"] = told.pages[0]
    else:
        told.answers[name] = changed(told.answers[name], old, new)
    places = verdict(rule_of(code), told)
    assert places, code
    assert all(one.url and one.value for one in places)


def test_what_stands_around_an_answer_is_looked_at() -> None:
    around: dict[str, Mapping[str, object]] = {
        "status": {"status": 422}, "content_type": {"media_type": "text/html"},
        "redirects": {"came_from": "https://127.0.0.1/oai?verb=ListSets"},
    }  # fmt: skip
    assert {*CHANGES, *around} == {rule.code[4:] for rule in PROFILE.rule if rule.judge}
    for code, said in around.items():
        told = interview()
        sets = told.answers["sets"]
        told.answers["sets"] = Answer(sets.url, content=sets.content, **said)  # type: ignore[arg-type]
        assert verdict(rule_of(code), told), code


def test_the_same_address_for_all_records_is_none_of_their_own() -> None:
    told = interview()
    for place, page in enumerate(told.pages):
        told.pages[place] = changed(page, rb"https://example.org/\d+", b"https://example.org/")
    told.answers = {"record": changed(told.answers["record"], rb"https://example.org/\d+", b"https://example.org/")}
    assert verdict(rule_of("dc_address"), told)


@pytest.mark.parametrize("content", [b"", b"\x00\xff", b"<a/>", b"<OAI-PMH", b"[]", b"<?xml version='1.0'?><x>" * 3])
def test_rubbish_breaks_rules_and_nothing_else(content: bytes) -> None:
    told = interview()
    for name, one in told.answers.items():
        told.answers[name] = Answer(one.url, content=content)
    told.pages = [Answer(BASE, content=content)]
    found = {rule.code: verdict(rule, told) for rule in PROFILE.rule}
    assert found["oai.identify"] and found["oai.well_formed"]  # noqa: PT018
    assert Interview(BASE, "oai_dc", {}, []).values() == {"prefix": "oai_dc"}
    assert all(verdict(rule, Interview(BASE, "oai_dc", {}, [])) is None for rule in PROFILE.rule)


def test_a_question_is_encoded_once_and_left_out_where_a_value_is_not_known() -> None:
    assert question("verb=GetRecord&identifier={identifier}", {"identifier": "a b+c/1"}) == (
        "GET", "verb=GetRecord&identifier=a%20b%2Bc%2F1"
    )  # fmt: skip
    assert question("POST verb=Identify", {}) == ("POST", "verb=Identify")
    assert question("verb=ListRecords&resumptionToken={token}", {}) is None
